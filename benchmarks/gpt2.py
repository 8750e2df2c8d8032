"""A model of GPT-2's size (random weights): one forward pass, and greedy generation; all processors for everyone."""

import os
from collections.abc import Iterator

import numpy as np

from benchmarks.measure import Comparison, Contender, Work, peer
from benchmarks.models import check_same, in_transformers, random_model, threads
from pellucid import Model, preset
from pellucid.run.engine import inputs
from pellucid.run.reference import walk

READ, PROMPT, WRITTEN = 64, 8, 32


def comparisons() -> Iterator[Comparison]:
    threads(os.cpu_count() or 1)
    model = random_model("gpt2", preset("gpt2"))
    tokens = np.random.default_rng(0).integers(0, model.config.vocab_size, READ).tolist()
    yield Comparison(
        f"GPT-2 small, {READ} tokens at once",
        [
            Contender("Pellucid: trace", lambda: model.trace(tokens), "every tensor kept, probabilities too"),
            Contender("Pellucid, op by op", op_by_op(model, tokens), "the same"),
            Contender("Pellucid: the logits alone", lambda: model.trace(tokens, ["logits"])),
            peer("transformers: forward", "transformers", lambda: bare(model, tokens), "keeps nothing"),
        ],
        rounds=5,
    )
    yield Comparison(
        f"GPT-2 small, {WRITTEN} tokens written after {PROMPT}, greedily, keys and values kept",
        [
            Contender("Pellucid: steps", lambda: list(model.steps(tokens[:PROMPT], WRITTEN)), "with the distributions"),
            peer("transformers: generate", "transformers", lambda: generating(model, tokens[:PROMPT])),
        ],
        rounds=5,
        amount=WRITTEN,
        unit="tokens/s",
    )


def op_by_op(model: Model, tokens: list[int]) -> Work:
    return lambda: walk(model.graph.ops, {**model.parameters, **inputs(model.graph, np.array(tokens))})


def bare(model: Model, tokens: list[int]) -> Work:
    import torch

    peer = in_transformers(model)
    given = torch.tensor([tokens])

    def run() -> object:
        with torch.no_grad():
            return peer(given)

    check_same(model.trace(tokens, ["logits"])["logits"], peer(given).logits)
    return run


def generating(model: Model, tokens: list[int]) -> Work:
    import torch

    peer = in_transformers(model)
    given = torch.tensor([tokens])
    mask = torch.ones_like(given)

    def run() -> list[int]:
        written = peer.generate(given, attention_mask=mask, max_new_tokens=WRITTEN, do_sample=False)
        return list(written[0, PROMPT:].tolist())

    assert run() == [step.token for step in model.steps(tokens, WRITTEN)], "the two do not write the same"
    return run
