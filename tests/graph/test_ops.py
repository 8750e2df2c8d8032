"""Every op computes the same with NumPy and with JAX, and its vector-Jacobian product is JAX's own derivative of it."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from small import TIED, UNTIED, random_parameters

from pellucid.graph.op import Op
from pellucid.models import GPT2Config, gpt2, with_loss
from pellucid.run.engine import inputs
from pellucid.run.reference import walk

TOLERANCE = 1e-5
"""Relative to the largest number of the array: float32 keeps 6e-8, and sums of tens of terms lose one or two digits."""


def cases(batch: bool) -> list[tuple[Op, list[np.ndarray], np.ndarray]]:
    """One op of every kind and set of axes, with operands as they occur in a forward pass."""
    found = {}
    for config in (TIED, UNTIED):
        found.update(cases_of(config, batch))
    return list(found.values())


def cases_of(config: GPT2Config, batch: bool) -> dict[str, tuple[Op, list[np.ndarray], np.ndarray]]:
    graph, random = with_loss(gpt2(config)), np.random.default_rng(1)
    shape = (3, 7) if batch else (7,)
    tokens = random.integers(0, config.vocab_size, shape)
    targets = random.integers(0, config.vocab_size, shape)
    targets[..., :3] = -1
    values = walk(graph.ops, {**random_parameters(graph), **inputs(graph, tokens, targets)})
    return {
        f"{op.kind} {[operand.axes for operand in op.operands]}": (
            op,
            [values[name] for name in op.operand_names],
            values[op.name],
        )
        for op in graph.ops
    }


@pytest.mark.parametrize("batch", [False, True], ids=["one text", "batch"])
def test_every_op_computes_and_differentiates_as_jax_does(jax: ModuleType, batch: bool) -> None:
    random = np.random.default_rng(2)
    kinds = set()
    for op, operands, output in cases(batch):
        kinds.add(op.kind)
        real = [place for place, operand in enumerate(operands) if operand.dtype == np.float32]

        def compute(
            *floats: np.ndarray, op: Op = op, operands: list[np.ndarray] = operands, real: list[int] = real
        ) -> Any:
            arguments = list(operands)
            for place, array in zip(real, floats, strict=True):
                arguments[place] = array
            return op.compute(jax.numpy, *[jax.numpy.asarray(argument) for argument in arguments])

        expected, pull = jax.vjp(compute, *[operands[place] for place in real])
        assert_close(op, "value", output, np.asarray(expected))
        gradient = np.where(np.isfinite(output), random.normal(size=output.shape), 0).astype(np.float32)
        found = op.vjp(operands, output, gradient, np)
        for place, theirs in zip(real, pull(gradient), strict=True):
            ours = found[place]
            assert ours is not None
            assert ours.dtype == np.float32
            assert_close(op, op.roles[place], ours, np.asarray(theirs))
    assert len(kinds) == 14, "every kind of op is a case here"


def assert_close(op: Op, what: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.shape, f"{op.kind} {what}"
    same = ours == theirs  # infinities
    error = np.abs(np.where(same, 0, ours) - np.where(same, 0, theirs)).max(initial=0)
    size = max(1, np.abs(np.where(same, 0, theirs)).max(initial=0))
    assert error <= TOLERANCE * size, f"{op.kind} {what}: off by {error}"


def test_batch_computes_what_each_text_computes_alone() -> None:
    graph = gpt2(TIED)
    weights = random_parameters(graph)
    tokens = np.random.default_rng(3).integers(0, TIED.vocab_size, (4, 6))
    together = walk(graph.ops, {**weights, **inputs(graph, tokens)})
    for row in range(4):
        alone = walk(graph.ops, {**weights, **inputs(graph, tokens[row])})
        np.testing.assert_allclose(together["probs"][row], alone["probs"], rtol=1e-5, atol=1e-6)


def test_flops_of_a_linear_map_count_a_product_with_its_addition_as_two() -> None:
    graph = gpt2(TIED)
    op = graph.makers["blocks.0.mlp.pre"]
    rows, inner, outputs = 9, 12, 48
    assert op.flops(graph.sizes) == 2 * rows * inner * outputs + rows * outputs
