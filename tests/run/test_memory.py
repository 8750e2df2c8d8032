"""A pass that keeps only some tensors lets go of the others on the way, and computes the same."""

import tracemalloc

import numpy as np
import pytest
from small import random_parameters

from pellucid.models import GPT2Config
from pellucid.run.model import Model
from pellucid.run.size import trace_bytes

MIDDLING = GPT2Config(n_layer=6, n_head=8, n_embd=256, vocab_size=500, n_positions=512)
"""Sizes at which most of a trace is attention, in six layers that need as much each."""

TOKENS = np.random.default_rng(0).integers(0, MIDDLING.vocab_size, MIDDLING.n_positions).tolist()

PART = 1 / 5
"""The most of a whole trace's memory that its logits alone may take: a layer at a time, which is a sixth, or less where
even a layer's own tensors are let go of early."""


@pytest.fixture(scope="module")
def model() -> Model:
    parameters = random_parameters(MIDDLING.graph())
    for weight in parameters.named.values():
        weight *= 0.2  # lest the attention of so many channels falls on one position alone
    return Model("middling", MIDDLING, parameters)


def peak(model: Model, names: list[str] | None) -> int:
    """The most memory that a pass takes at a time, beside the weights."""
    tracemalloc.start()
    try:
        model.trace(TOKENS, names)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("engine", ["numpy", "reference"])
def test_the_logits_alone_take_a_part_of_the_memory_of_a_whole_trace(model: Model, engine: str) -> None:
    computing, whole = model.on(engine), trace_bytes(model.graph, len(TOKENS))
    assert peak(computing, None) >= whole, "what is measured is what a pass takes"
    assert peak(computing, ["logits"]) <= PART * whole


@pytest.mark.parametrize("engine", ["numpy", "reference"])
def test_memory_that_is_used_again_changes_no_number(model: Model, engine: str) -> None:
    computing = model.on(engine)
    whole = computing.trace(TOKENS)
    for names in (["logits"], ["blocks.2.attn.pattern", "blocks.0.mlp.post", "logits"]):
        some = computing.trace(TOKENS, names)
        assert set(some) == set(names)
        for name, array in some.items():
            np.testing.assert_allclose(array, whole[name], rtol=0, atol=1e-6, err_msg=name)
