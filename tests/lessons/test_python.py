"""The same in Python: the lines made from a formula compute what the model has computed."""

import builtins
import math
from typing import Any

import numpy as np
import pytest
from graph.library import LLAMA, MIXTURE, NEIGHBOURS, small_llama
from graph.test_ops import assert_close, cases_of

from pellucid.graph import Graph
from pellucid.graph.op import Op
from pellucid.lessons.python import LONGEST, names, program, python_of
from pellucid.run.model import Model

MOST_LINES = 6


def computed(op: Op, operands: list[np.ndarray]) -> np.ndarray:
    """What the lines give, run with nothing but NumPy, `math` and the operands."""
    called = names([*op.operands, op.output])
    known: dict[str, Any] = {"np": np, "math": math}
    known.update((called[tensor], array) for tensor, array in zip(op.operands, operands, strict=True))
    exec("\n".join(python_of(op)), known)
    result = known[called[op.output]]
    assert isinstance(result, np.ndarray)
    return result


def test_every_op_of_the_tours_model_is_a_few_lines_that_compute_it(nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    for op in nano_model.graph.ops:
        lines = python_of(op)
        assert len(lines) <= 3, lines
        assert max(map(len, lines)) <= LONGEST
        assert_close(op, op.name, computed(op, [run[name] for name in op.operand_names]), run[op.name])


@pytest.mark.parametrize(
    "graph", [small_llama(sizes) for sizes in (LLAMA, MIXTURE, NEIGHBOURS)], ids=["Llama", "mixture", "neighbours"]
)
def test_so_is_every_op_of_llamas_kind(graph: Graph) -> None:
    for op, operands, output in cases_of(graph, batch=False).values():
        assert_close(op, op.name, computed(op, operands), output)
        assert len(python_of(op)) <= MOST_LINES


def test_no_variable_hides_a_function_of_pythons_own(nano_model: Model) -> None:
    called = {name for op in nano_model.graph.ops for name in names([*op.operands, op.output]).values()}
    assert not called & set(dir(builtins))


def test_it_reads_as_a_person_would_write_it(nano_model: Model) -> None:
    said = {op.name.removeprefix("blocks.0."): python_of(op) for op in nano_model.graph.ops}
    for name, line in {
        "embed": "embed = W_E[tokens]",
        "resid_mid": "resid_mid = resid_pre + attn_out",
        "ln1.mean": "mean = np.mean(resid_pre, axis=-1)",
        "ln1.normalized": "normalized = (resid_pre - mean[:, None]) / scale[:, None] * w + b",
        "attn.q": 'q = np.einsum("tc,hcd->htd", normalized, W_Q) + b_Q[:, None]',
        "attn.qk": 'qk = np.einsum("htd,hsd->hts", q, k) / np.sqrt(16)',
        "attn.pattern": "pattern = np.exp(scores - attn_max[..., None]) / attn_sum[..., None]",
        "attn.z": 'z = np.einsum("hts,hsd->htd", pattern, v)',
        "mlp.pre": "pre = normalized @ W_in + b_in",
        "logits": "logits = normalized @ W_U",
    }.items():
        assert said[name][-1] == line
    assert said["attn.scores"][-1] == "scores = np.where(s <= t[:, None], qk, -np.inf)"


def test_parts_that_are_built_alike_are_told_once(nano_model: Model) -> None:
    makers = nano_model.graph.makers
    assert program(makers[f"blocks.{block}.attn.z"] for block in range(3)) == python_of(makers["blocks.0.attn.z"])
    assert len(program([makers["blocks.0.attn.q"], makers["blocks.0.attn.k"]])) == 2
