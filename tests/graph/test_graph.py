"""A graph knows its tensors by every name that people type, and its sizes without allocating."""

import json
import math
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
from small import TIED

from pellucid.graph import Graph, PellucidError, Stored, ops
from pellucid.graph.axes import axes
from pellucid.graph.formula import Cell, Formula, cell
from pellucid.graph.op import op as titled
from pellucid.graph.typeset import Typesetter
from pellucid.models import PRESETS, gpt2, with_loss
from pellucid.words.errors import UnknownName

SPELLINGS = {
    "hook_embed": "embed",
    "hook_pos_embed": "pos_embed",
    "blocks.1.hook_resid_pre": "blocks.0.resid_post",
    "blocks.1.resid_pre": "blocks.0.resid_post",
    "blocks.0.hook_resid_mid": "blocks.0.resid_mid",
    "blocks.0.ln1.hook_scale": "blocks.0.ln1.scale",
    "blocks.0.ln1.hook_normalized": "blocks.0.ln1.normalized",
    "blocks.0.attn.hook_q": "blocks.0.attn.q",
    "blocks.0.attn.hook_attn_scores": "blocks.0.attn.scores",
    "blocks.0.attn.hook_pattern": "blocks.0.attn.pattern",
    "blocks.0.hook_attn_out": "blocks.0.attn_out",
    "blocks.1.mlp.hook_post": "blocks.1.mlp.post",
    "blocks.1.hook_mlp_out": "blocks.1.mlp_out",
    "ln_final.hook_normalized": "ln_final.normalized",
    "blocks.0.hook_in": "blocks.0.resid_pre",
    "blocks.1.hook_in": "blocks.0.resid_post",
    "blocks.0.hook_out": "blocks.0.resid_post",
    "blocks.0.attn.q.hook_out": "blocks.0.attn.q",
    "blocks.0.attn.hook_out": "blocks.0.attn_out",
    "blocks.0.mlp.hook_out": "blocks.0.mlp_out",
    "unembed.hook_out": "logits",
    "transformer.wte": "embed",
    "transformer.h.1": "blocks.1.resid_post",
    "transformer.h.0.attn": "blocks.0.attn_out",
    "transformer.h.0.mlp.c_fc": "blocks.0.mlp.pre",
    "transformer.ln_f": "ln_final.normalized",
    "lm_head": "logits",
}


@pytest.mark.parametrize(("theirs", "ours"), SPELLINGS.items())
def test_other_programs_names_find_the_tensor(theirs: str, ours: str) -> None:
    assert gpt2(TIED).find(theirs).name == ours


def test_a_graph_lists_what_other_programs_call_its_tensors() -> None:
    graph = gpt2(TIED)
    names = graph.other_names()
    for theirs, ours in SPELLINGS.items():
        assert theirs in names[ours] or theirs in graph.tensors, theirs
    for ours, spelled in names.items():
        assert ours not in spelled
        assert len(set(spelled)) == len(spelled)
        for name in spelled:
            if graph.tensors[ours].kind != "weight":
                assert graph.find(name).name == ours
    assert names["blocks.0.attn.W_K"] == ["transformer.h.0.attn.c_attn.weight"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(PellucidError, match=r"no tensor named 'blocks\.0\.attn\.patern'.*blocks\.0\.attn\.pattern"):
        gpt2(TIED).find("blocks.0.attn.patern")


def test_every_tensor_has_what_readers_need() -> None:
    for tensor in gpt2(TIED).tensors.values():
        assert tensor.title, tensor.name
        assert tensor.symbol, tensor.name
        assert tensor.group, tensor.name
        assert (tensor.stored is not None) == (tensor.kind == "weight"), tensor.name


def test_operands_come_before_what_is_made_of_them() -> None:
    for config in PRESETS.values():
        graph = config.graph()
        known = {name for name, tensor in graph.tensors.items() if tensor.kind in ("input", "weight")}
        for op in graph.ops:
            assert known.issuperset(op.operand_names), op.name
            known.add(op.name)
        assert known == set(graph.tensors)


def test_ancestors_are_what_a_tensor_needs_and_no_more() -> None:
    names = [op.name for op in gpt2(TIED).ancestors(["blocks.0.attn.q"])]
    assert names == [
        "embed",
        "pos_embed",
        "blocks.0.resid_pre",
        "blocks.0.ln1.mean",
        "blocks.0.ln1.scale",
        "blocks.0.ln1.normalized",
        "blocks.0.attn.q",
    ]


def test_the_description_is_json_and_refers_to_what_exists() -> None:
    described = json.loads(json.dumps(gpt2(TIED).describe()))
    names = [tensor["name"] for tensor in described["tensors"]]
    assert len(set(names)) == len(names)
    for place, op in enumerate(described["ops"]):
        assert set(op["inputs"].values()) <= set(names)
        assert described["tensors"][names.index(op["output"])]["op"] == place
    counted = {axis for axis, about in described["axes"].items() if about["vocabulary"]}
    assert counted == set(described["tensors"][names.index("logits")]["axes"]) - {"t"}
    groups = {group["name"] for group in described["groups"]}
    assert {tensor["group"] for tensor in described["tensors"]} <= groups


def test_shapes_grow_with_the_text_but_weights_do_not() -> None:
    graph = gpt2(TIED)
    assert graph.shape(graph.tensors["blocks.0.attn.pattern"], 4) == (2, 4, 4)
    assert graph.shape(graph.tensors["pos_embed.W_pos"], 4) == (9, 12)


def test_builders_refuse_what_would_not_compute() -> None:
    graph = Graph("wrong", {"t": 3, "c": 4, "f": 5})
    x = graph.input("x", "t c", "x", "x")
    with pytest.raises(ValueError, match="does not make"):
        graph.apply(ops.linear(x, graph.input("w", "f t", "w", "w")), "y", "t f", "y", "y")
    assert list(graph.tensors) == ["x", "w"]  # nothing is left of what was refused, so that it can be tried again
    with pytest.raises(ValueError, match="two tensors named x"):
        graph.apply(ops.add(x, x), "x", "t c", "x", "x")
    with pytest.raises(ValueError, match="unknown axis letter 'q'"):
        axes("t q")


@pytest.mark.parametrize("name", ["transformer.h.0.attn.c_attn", "transformer.h.0.attn.c_attn.weight"])
def test_what_lies_in_one_array_elsewhere_is_named(name: str) -> None:
    with pytest.raises(UnknownName, match=re.escape("did you mean blocks.0.attn.W_Q or ")):
        gpt2(TIED).find(name)


def refused_by(sentence: str) -> AbstractContextManager[object]:
    return pytest.raises(PellucidError, match=sentence)


def test_builders_refuse_slips_of_whoever_writes_an_architecture() -> None:
    graph = Graph("wrong", {"t": 3, "c": 4, "f": 5})
    x = graph.input("x", "t c", "x", "x")
    stored = Stored.at("w", "f | c")
    with refused_by("must be an op with its operands, such as ops.relu"):
        graph.apply(ops.relu, "y", "t c", "y", "y")  # type: ignore[arg-type]
    with refused_by("x of the op relu is 5: it must be a tensor of a graph"):
        ops.relu(5)
    with refused_by("the kind of y is 'number': it must be one of input, weight, activation"):
        graph.apply(ops.relu(x), "y", "t c", "y", "y", kind="number")  # type: ignore[arg-type]
    with refused_by("the role of r is 'text': it must be one of tokens, positions, targets"):
        graph.input("r", "t", "r", "r", role="text")  # type: ignore[arg-type]
    with refused_by("the initial of w is 'one': it must be one of normal, residual, zeros, ones"):
        graph.weight("w", "c f", "w", "W", stored=stored, initial="one")  # type: ignore[arg-type]
    with refused_by("w has the axes t c, but is stored with f c: name the same axes in both"):
        graph.weight("w", "t c", "w", "W", stored=stored)
    with refused_by("z has the axis v, but the graph wrong has no size for it: add one"):
        graph.input("z", "t v", "z", "z")
    assert list(graph.tensors) == ["x"], "what is refused leaves nothing behind"


def test_an_op_that_gives_no_formula_is_refused() -> None:
    @titled("three")
    def three(x: Cell) -> Any:
        return 3.0

    x = Graph("small", {"t": 3}).input("x", "t", "x", "x")
    with refused_by("The op three returns 3.0: return a formula of its cells"):
        three(x)
    with refused_by("x has no axis c: its axes are t"):
        cell(x).at(c="t")


def test_a_number_can_be_raised_to_a_cell() -> None:
    @titled("power of two")
    def power(x: Cell) -> Formula:
        return 2**x

    graph = Graph("small", {"t": 3})
    graph.apply(power(graph.input("x", "t", "x", "x")), "y", "t", "y", "y")
    made = graph.makers["y"]
    np.testing.assert_array_equal(made.compute(np, np.array([0, 1, 3], np.float32)), [1, 2, 8])
    assert made.latex() == "y_{t} = 2^{x_{t}}"
    (gradient,) = made.derivatives.values()
    assert Typesetter().text(gradient) == r"\frac{\partial \mathcal{L}}{\partial y_{t}}\,y_{t}\,\ln \left(2\right)"


def test_a_graph_gets_its_loss_and_its_gradients_once_and_stays_what_it_was() -> None:
    graph = gpt2(TIED)
    before = list(graph.tensors)
    with refused_by("The graph gpt2 has no loss: add one, with models.with_loss"):
        graph.gradients("loss")
    scored = with_loss(graph)
    assert list(graph.tensors) == before
    assert graph.inputs.targets is None
    with refused_by("the graph gpt2 has a loss already"):
        with_loss(scored)
    with refused_by("the graph gpt2 has gradients already: ask the graph that it was made from"):
        scored.gradients("loss").gradients()


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (lambda x: np.tanh(x), "Cell"),
        (lambda x: math.tanh(x), "write the functions of pellucid.graph.formula, such as tanh"),
        (lambda x: sum(x), r"write total\(x, 'c'\)"),
        (lambda x: abs(x), r"write choose\(x < 0, -x, x\)"),
        (lambda x: x * (x == 0), r"write equal\(x, 0\) instead of x == 0"),
    ],
)
def test_what_is_no_formula_is_said_to_be_none(rule: Callable[[Cell], Formula], sentence: str) -> None:
    graph = Graph("by hand", {"t": 2})
    x = graph.input("x", "t", "x", "x")
    with pytest.raises((TypeError, PellucidError), match=sentence):
        titled("wrong")(rule)(x)
    titled("a number of NumPy's")(lambda x: np.float32(3) * x)(x)


def test_an_op_that_is_given_too_much_is_named() -> None:
    x = Graph("by hand", {"t": 2}).input("x", "t", "x", "x")
    with pytest.raises(PellucidError, match="The op relu takes x: too many positional arguments"):
        ops.relu(x, 3)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("grad.blocks.0.attn.qq", "did you mean grad.blocks.0.attn.q"),
        ("grad.logits", "the loss and gradients are read off a run"),
        ("loss", "the loss and gradients are read off a run"),
    ],
)
def test_what_is_near_a_gradient_is_a_gradient(name: str, hint: str) -> None:
    with pytest.raises(UnknownName, match=hint):
        gpt2(TIED).find(name)
