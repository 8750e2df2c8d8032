"""Interventions as data: spelled in one way, read back as they were, and comparable."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import TIED, random_model

from pellucid.graph import Graph, PellucidError
from pellucid.models.gpt2 import gpt2
from pellucid.run.cells import Cells
from pellucid.run.engine import inputs
from pellucid.run.interventions import Intervention, interventions_of, possible_at, together
from pellucid.run.reference import ReferenceEngine

GRAPH = gpt2(TIED)
Z = Cells.of(GRAPH.tensors["blocks.1.attn.z"], h=1)
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)
TEXTS = st.lists(st.integers(0, 50_000), min_size=1, max_size=4)
INTERVENTIONS = st.one_of(
    st.just(Intervention.zero(Z)),
    NUMBERS.map(lambda number: Intervention.set(Z, number)),
    st.sampled_from([Intervention.set(Z, np.inf), Intervention.set(Z, -np.inf)]),
    NUMBERS.map(lambda number: Intervention.scale(Z, number)),
    NUMBERS.map(lambda number: Intervention.add(Z, number)),
    st.lists(st.sampled_from("htd"), min_size=1, max_size=3, unique=True).map(lambda axes: Intervention.mean(Z, *axes)),
    st.lists(TEXTS, min_size=1, max_size=3).map(lambda texts: Intervention.mean_over(Z, *texts)),
    TEXTS.map(lambda text: Intervention.replace(Z, text)),
    st.just(Intervention.freeze(Z)),
)


@given(st.lists(INTERVENTIONS, max_size=3))
def test_what_is_spelled_is_read_back(some: list[Intervention]) -> None:
    text = together(some)
    assert interventions_of(text, GRAPH) == tuple(some)
    assert "+" not in text
    assert " " not in text
    for intervention in some:
        said = json.loads(json.dumps(intervention.to_json()))
        assert Intervention.from_json(said, GRAPH) == intervention
        assert hash(Intervention.parse(str(intervention), GRAPH)) == hash(intervention)


@pytest.mark.parametrize(
    ("intervention", "text"),
    [
        (Intervention.zero(Z), "blocks.1.attn.z[h=1]"),
        (Intervention.set(Z, 0.5), "blocks.1.attn.z[h=1]~set(0.5)"),
        (Intervention.set(Z, -np.inf), "blocks.1.attn.z[h=1]~set(-inf)"),
        (Intervention.scale(Z, 2), "blocks.1.attn.z[h=1]~scale(2)"),
        (Intervention.scale(Z, Fraction(1, 4)), "blocks.1.attn.z[h=1]~scale(0.25)"),
        (Intervention.add(Z, np.float32(-0.5)), "blocks.1.attn.z[h=1]~add(-0.5)"),
        (Intervention.add(Z, 1e-7), "blocks.1.attn.z[h=1]~add(1e-7)"),
        (Intervention.add(Z, 1e20), "blocks.1.attn.z[h=1]~add(1e20)"),
        (Intervention.mean(Z, "t"), "blocks.1.attn.z[h=1]~mean(t)"),
        (Intervention.mean_over(Z, [2, 1, 0], (0, 1, 2)), "blocks.1.attn.z[h=1]~mean(2,1,0|0,1,2)"),
        (Intervention.replace(Z, np.array([2, 1, 0])), "blocks.1.attn.z[h=1]~from(2,1,0)"),
        (Intervention.freeze(Z), "blocks.1.attn.z[h=1]~freeze"),
    ],
)
def test_each_kind_has_its_spelling(intervention: Intervention, text: str) -> None:
    assert str(intervention) == text
    assert Intervention.parse(text, GRAPH) == intervention
    assert intervention.to_json()["cells"] == {"tensor": "blocks.1.attn.z", "at": {"h": [1, 2], "t": None, "d": None}}


GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "changes.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "canonical", "at", "change"), GOLDEN["read"])
def test_the_page_and_python_read_the_same(
    text: str, canonical: str | None, at: dict[str, Any] | None, change: str | None
) -> None:
    """The page's own parser (web/src/protocol/interventions.ts) is held to the same file."""
    graph = Graph("golden", dict.fromkeys("htdv", 16))
    for name, axes in GOLDEN["tensors"].items():
        graph.input(name, " ".join(axes), name, name)
    if canonical is None:
        with pytest.raises(PellucidError):
            Intervention.parse(text, graph)
    else:
        found = Intervention.parse(text, graph)
        assert str(found) == canonical
        assert found.to_json() == {"cells": {"tensor": found.cells.tensor, "at": at}, "change": change}


def test_cells_given_as_text_are_read_when_the_model_is_known() -> None:
    assert Intervention.scale("blocks.1.attn.hook_z[h=1]", 2).bound(GRAPH) == Intervention.scale(Z, 2)
    several: list[Intervention | str] = [
        "blocks.1.attn.z[h=1]; blocks.1.attn.z[h=1]~ scale( 2 )",
        Intervention.freeze("logits"),
        "",
    ]
    assert together(interventions_of(several, GRAPH)) == (
        "blocks.1.attn.z[h=1];blocks.1.attn.z[h=1]~scale(2);logits~freeze"
    )
    assert interventions_of("", GRAPH) == ()


def test_of_a_shorter_text_there_is_what_it_has_cells_for() -> None:
    said = "logits[t=1..4];probs[t=3]~scale(2);embed~freeze"
    assert together(possible_at(interventions_of(said, GRAPH), GRAPH, 3)) == "logits[t=1..2];embed~freeze"
    with pytest.raises(PellucidError, match="graph is 'logits': it must be a model's graph"):
        Intervention.zero(Z).within("logits", 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", ["", "scale", "set(1,2)", "set(+1)", "set(0x1)", "set(nan)", "set(1_0)", "mean()"])
@pytest.mark.parametrize("around", ["blocks.1.attn.z~{}", "blocks.1.attn.z[h=1]~{}"])
def test_what_spells_no_change_is_said(change: str, around: str) -> None:
    refused(around.format(change), "does not say what happens to cells: write nothing, for zero, or ~ and set")


@pytest.mark.parametrize(
    "change", ["mean(2,1,)", "mean(t|1)", "from()", "from(-1)", "freeze()", "halve", "zero(1)", "mean(|)"]
)
def test_what_spells_no_other_change_is_said(change: str) -> None:
    refused(f"blocks.1.attn.z~{change}", "does not say what happens to cells")


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ("from(CBA)", "from takes the numbers of a text's tokens"),
        ("mean(CBA)", "mean takes letters of axes or"),
    ],
)
def test_what_another_run_is_named_by_is_said(change: str, taken: str) -> None:
    refused(f"blocks.1.attn.z~{change}", taken)


def refused(text: str, sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence) as caught:
        Intervention.parse(text, GRAPH)
    assert caught.value.code == "bad-change"


@pytest.mark.parametrize("number", [True, "2", None, float("nan"), 1e39, float("inf"), 2j])
def test_what_is_no_number_is_said(number: Any) -> None:
    for make in (Intervention.scale, Intervention.add):
        with pytest.raises(PellucidError, match="it needs a number"):
            make(Z, number)


@pytest.mark.parametrize("axes", ["", "tt", "tx", "x"])
def test_what_are_no_axes_is_said(axes: str) -> None:
    with pytest.raises(PellucidError, match="name axes, each once"):
        Intervention.mean(Z, *axes)


def test_what_is_no_intervention_is_said() -> None:
    with pytest.raises(PellucidError, match="3 is no intervention"):
        interventions_of([3], GRAPH)  # type: ignore[list-item]
    with pytest.raises(PellucidError, match="There is no mean over no texts"):
        Intervention.mean_over(Z)
    with pytest.raises(PellucidError, match="along t, t: name axes, each once"):
        Intervention.parse("blocks.1.attn.z~mean(t,t)", GRAPH)
    with pytest.raises(PellucidError, match=r"mean can be taken along t, x: name axes"):
        Intervention.parse("blocks.1.attn.z~mean(t,x)", GRAPH)
    with pytest.raises(PellucidError, match="is no change of cells"):  # whose keys alone would count
        interventions_of({"blocks.1.attn.z": 0.5}, GRAPH)


@pytest.mark.parametrize("tokens", ["CBA", [0.5], [True], ["0"], [], 2])
def test_what_are_no_tokens_is_said(tokens: Any) -> None:
    with pytest.raises(PellucidError, match="are no token numbers"):
        Intervention.replace(Z, tokens)
    with pytest.raises(PellucidError, match="are no token numbers"):
        Intervention.mean_over(Z, [1], tokens)


EACH = (
    "blocks.0.attn.z[h=1]",
    ["blocks.1.mlp_out", "blocks.0.attn_out~scale(2)"],
    "blocks.0.attn.W_O[h=0]~scale(0.5)",
    ["blocks.0.attn.pattern~freeze", "tokens[t=1]~set(2)"],
    ["blocks.1.attn.z~mean(t)", "blocks.1.attn.z[h=0]~from(0,0,0)", "logits[t=2]~add(1)"],
    (),
)


def test_side_by_side_they_give_what_each_gives_alone() -> None:
    model = random_model()
    tokens = np.random.default_rng(0).integers(0, 5, (4, 3))
    engine, given = ReferenceEngine(model.parameters), inputs(model.graph, tokens)
    changes = [interventions_of(said, model.graph) for said in EACH]
    for alone, beside in zip(changes, engine.runs(given, {"logits"}, changes), strict=True):
        expected = engine.run(given, {"logits"}, alone)
        np.testing.assert_array_equal(beside.values["logits"], expected.values["logits"])
        assert beside.values.keys() == expected.values.keys()
        assert beside.changed.keys() == expected.changed.keys()
        for name, cells in expected.changed.items():
            np.testing.assert_array_equal(beside.changed[name], cells)
