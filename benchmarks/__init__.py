"""Pellucid beside its peers, on this machine, in one run: `python -m benchmarks`, or with subjects, `... trace gpt2`.

A subject is a file here whose `tables` yields the results. What is compared takes turns, so that a machine that slows
down slows all of it; what counts is the ratio. Peers come with `pip install '.[bench]'`; one that is missing is named.
"""
