"""Every op computes the same with NumPy and with JAX, and its vector-Jacobian product is JAX's own derivative of it."""

from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from formula.models import LIBRARY
from graph.library import LLAMA, MIXTURE, NEIGHBOURS, OPS, adamw, random_weights, small_llama
from small import TIED, UNTIED, random_parameters

from pellucid.graph import Graph
from pellucid.graph.op import Op
from pellucid.models import gpt2, with_loss
from pellucid.run.engine import engine, inputs
from pellucid.run.reference import walk

TOLERANCE = 1e-5
"""Relative to the largest number of the array: float32 keeps 6e-8, and sums of tens of terms lose one or two digits."""


Case = tuple[Op, list[np.ndarray], np.ndarray]


def cases(batch: bool) -> list[Case]:
    """One op of every kind and set of axes, with operands as they occur in a forward pass."""
    found: dict[str, Case] = {}
    for graph in (gpt2(TIED), gpt2(UNTIED), small_llama(LLAMA), small_llama(MIXTURE), small_llama(NEIGHBOURS)):
        found.update(cases_of(with_loss(graph), batch))
    found.update(cases_of(adamw(), batch))
    tried = {op.kind for op, _, _ in found.values()}
    for kind in sorted(OPS - tried):  # what no model of these has
        alone = cases_of(LIBRARY[kind](), batch)
        found.update({name: case for name, case in alone.items() if case[0].kind == kind})
    return list(found.values())


def cases_of(graph: Graph, batch: bool) -> dict[str, Case]:
    values = walk(graph.ops, {**random_weights(graph), **given(graph, batch)})
    return {
        f"{op.kind} {[operand.axes for operand in op.operands]}": (
            op,
            [values[name] for name in op.operand_names],
            values[op.name],
        )
        for op in graph.ops
    }


def given(graph: Graph, batch: bool) -> dict[str, np.ndarray]:
    """A text, or several, with right answers but for its beginning; the number of a step where a step is taken."""
    if "step" in graph.tensors:
        return {"step": np.array(3), "v": np.square(random_weights(graph)["v"])}
    random, shape = np.random.default_rng(1), (3, 7) if batch else (7,)
    tokens, targets = random.integers(0, graph.sizes["v"], (2, *shape))
    targets[..., :3] = -1
    return inputs(graph, tokens, targets)


@pytest.mark.parametrize("batch", [False, True], ids=["one text", "batch"])
def test_every_op_computes_and_differentiates_as_jax_does(jax: ModuleType, batch: bool) -> None:
    random = np.random.default_rng(2)
    kinds = set()
    for op, operands, output in cases(batch):
        kinds.add(op.kind)
        real = [place for place, operand in enumerate(operands) if operand.dtype == np.float32]

        gradient = np.where(np.isfinite(output), random.normal(size=output.shape), 0).astype(np.float32)
        expected, expected_gradients = jax.jit(partial(theirs_of, jax, op, operands, real))(gradient)
        assert_close(op, "value", output, np.asarray(expected))
        found = op.vjp(operands, output, gradient, np)
        for place, theirs in zip(real, expected_gradients, strict=True):
            ours = found[place]
            if ours is None:
                assert not np.any(theirs), "what is counted has no slope"
                continue
            assert ours.dtype == np.float32
            assert_close(op, op.roles[place], ours, np.asarray(theirs))
    assert kinds == OPS, "every op of the library has a case in tests/formula/models.py"


def theirs_of(
    jax: ModuleType, op: Op, operands: list[np.ndarray], real: list[int], gradient: np.ndarray
) -> tuple[Any, Sequence[Any]]:
    """What the op computes in jax.numpy, and JAX's own gradients of its real operands."""

    def compute(*floats: Any) -> Any:
        arguments = [jax.numpy.asarray(operand) for operand in operands]
        for place, array in zip(real, floats, strict=True):
            arguments[place] = array
        return op.compute(jax.numpy, *arguments)

    value, pull = jax.vjp(compute, *[operands[place] for place in real])
    return value, pull(gradient)


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


@pytest.mark.parametrize("graph", [small_llama(LLAMA), small_llama(MIXTURE)], ids=["Llama", "mixture"])
def test_decoding_with_a_cache_computes_what_a_whole_pass_does(graph: Graph) -> None:
    parameters = random_parameters(graph)
    tokens = np.random.default_rng(4).integers(0, graph.sizes["v"], 8)
    whole = walk(graph.ops, {**parameters, **inputs(graph, tokens)})["logits"]
    decoder = engine("reference", parameters).decode()
    read = 0
    for end in (3, 4, 5, 8):
        np.testing.assert_allclose(decoder.logits(tokens[read:end].tolist()), whole[end - 1], rtol=1e-5, atol=1e-5)
        read = end
    assert decoder.length == 8


@pytest.mark.parametrize("graph", [small_llama(LLAMA), small_llama(MIXTURE)], ids=["Llama", "mixture"])
def test_the_compiled_program_computes_what_the_formulas_say(graph: Graph) -> None:
    """Kernels are recognised by the shape of formulas: none may take an op of these graphs for another."""
    parameters = random_parameters(graph)
    given = inputs(graph, np.random.default_rng(4).integers(0, graph.sizes["v"], (2, 8)))
    expected = engine("reference", parameters).run(given).values
    found = engine("numpy", parameters).run(given).values
    assert expected.keys() == set(found)
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-5, atol=1e-5, err_msg=name)


def test_flops_of_a_linear_map_count_a_product_with_its_addition_as_two() -> None:
    graph = gpt2(TIED)
    op = graph.makers["blocks.0.mlp.pre"]
    rows, inner, outputs = 9, 12, 48
    assert op.flops(graph.sizes) == 2 * rows * inner * outputs + rows * outputs
