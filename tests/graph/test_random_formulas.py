"""Formulas at random: every array namespace computes the same value, and the derivative is that of the value."""

from types import ModuleType
from typing import Any

import numpy as np
from graph.random_formulas import Example, examples
from hypothesis import HealthCheck, given, settings

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
MANY = settings(FEW, max_examples=300)
STEP = 1e-5


@MANY
@given(examples())
def test_derivatives_agree_with_central_differences(example: Example) -> None:
    op, numbers = example.op(), example.numbers()
    random = np.random.default_rng(example.seed)
    output = op.compute(np, *numbers)
    gradient = random.normal(size=output.shape)
    for place, found in enumerate(op.vjp(numbers, output, gradient, np)):
        if found is None:
            continue
        direction = random.normal(size=numbers[place].shape)
        ahead, behind = (
            op.compute(np, *numbers[:place], numbers[place] + step * direction, *numbers[place + 1 :])
            for step in (STEP, -STEP)
        )
        expected = float(np.sum(gradient * (ahead - behind))) / (2 * STEP)
        ours = float(np.sum(found * direction))
        size = max(1, abs(expected), float(np.abs(found).max()))
        assert abs(ours - expected) <= 1e-5 * size, f"{op.operands[place].name}: {ours} instead of {expected}"


@FEW
@given(examples())
def jax_agrees(jax: ModuleType, example: Example) -> None:
    op, numbers = example.op(), example.numbers()
    real = [place for place, array in enumerate(numbers) if array.dtype == np.float64]

    def compute(*floats: Any) -> Any:
        arguments = [jax.numpy.asarray(array) for array in numbers]
        for place, array in zip(real, floats, strict=True):
            arguments[place] = array
        return op.compute(jax.numpy, *arguments)

    output = op.compute(np, *numbers)
    gradient = np.random.default_rng(example.seed).normal(size=output.shape).astype(output.dtype)
    expected, pull = jax.vjp(compute, *[numbers[place] for place in real])
    close(output, np.asarray(expected))
    ours = op.vjp(numbers, output, gradient, np)
    for place, theirs in zip(real, pull(jax.numpy.asarray(gradient, expected.dtype)), strict=True):
        found = ours[place]
        close(np.zeros(numbers[place].shape) if found is None else found, np.asarray(theirs))


def close(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5 * max(1, float(np.abs(theirs).max(initial=0))))


def test_values_and_derivatives_agree_with_jax(jax: ModuleType) -> None:
    with jax.enable_x64(True):
        jax_agrees(jax)
