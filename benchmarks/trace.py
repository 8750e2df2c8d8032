"""A traced forward pass of the nano model: every tensor kept here and in TransformerLens, none in transformers.

One thread each: at this size a second one only gets in the way.
"""

from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Comparison, Contender, Work, peer
from benchmarks.models import check_same, in_transformer_lens, in_transformers, random_model, threads
from pellucid import Model, preset
from pellucid.run.engine import inputs
from pellucid.run.reference import walk

PROMPTS = ("CBABBC", "CBABBCABBBC")


def comparisons() -> Iterator[Comparison]:
    threads(1)
    model = random_model("nano", preset("nano"))
    for prompt in PROMPTS:
        yield comparison(model, prompt)


def comparison(model: Model, prompt: str) -> Comparison:
    return Comparison(
        f"Nano, {len(prompt)} tokens, every tensor",
        [
            Contender("Pellucid: trace", lambda: model.trace(prompt)),
            Contender("Pellucid: trace, then every tensor taken out", lambda: dict(model.trace(prompt))),
            Contender("Pellucid, op by op", op_by_op(model, prompt), "the reference that kernels are tested with"),
            peer("transformers: forward", "transformers", lambda: bare(model, prompt), "keeps nothing"),
            peer("TransformerLens: run_with_cache", "transformer_lens", lambda: cached(model, prompt)),
        ],
    )


def op_by_op(model: Model, prompt: str) -> Work:
    tokens = np.array(model.tokens(prompt))
    return lambda: walk(model.graph.ops, {**model.parameters, **inputs(model.graph, tokens)})


def bare(model: Model, prompt: str) -> Work:
    import torch

    peer = in_transformers(model)
    tokens = torch.tensor([model.tokens(prompt)])

    def run() -> object:
        with torch.no_grad():
            return peer(tokens)

    check_same(model.trace(prompt)["logits"], peer(tokens).logits)
    return run


def cached(model: Model, prompt: str) -> Work:
    import torch

    bridge = in_transformer_lens(model)
    tokens = torch.tensor([model.tokens(prompt)])

    def run() -> object:
        with torch.no_grad():
            return bridge.run_with_cache(tokens)

    check_same(model.trace(prompt)["logits"], bridge.run_with_cache(tokens)[0])
    return run
