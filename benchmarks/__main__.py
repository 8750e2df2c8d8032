"""`python -m benchmarks [SUBJECT ...]`: run the subjects, or all where none is named, and print their tables."""

import argparse
import importlib
import os
import platform

import numpy as np
from rich.console import Console

SUBJECTS = ("start", "page", "site", "drawing", "trace", "training", "watched", "why", "gpt2")
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"one of {', '.join(SUBJECTS)}; all without any")
    parser.add_argument("--seconds", type=float, default=10, help="about how long each table may take (default: 10)")
    asked = parser.parse_args()
    for subject in asked.subjects:
        if subject not in SUBJECTS:
            parser.error(f"there is no subject {subject!r}: choose from {', '.join(SUBJECTS)}")
    console = Console()
    console.print(machine())
    for subject in asked.subjects or SUBJECTS:
        for comparison in importlib.import_module(f"benchmarks.{subject}").comparisons():
            console.print(comparison.race(asked.seconds).table())


def machine() -> str:
    """What a reader of the numbers has to know."""
    facts = [f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} processors"]
    if hasattr(os, "getloadavg"):
        facts.append(f"load {os.getloadavg()[0]:.1f} (other programs disturb these numbers if it is not near 0)")
    facts += [f"{name}={os.environ[name]} is set and may slow NumPy down" for name in SLOWING if name in os.environ]
    return "\n".join(facts)


if __name__ == "__main__":
    main()
