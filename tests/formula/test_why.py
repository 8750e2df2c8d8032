"""Why a logit is what it is, measured by the page: the formulas, the numbers and the sentences are Python's."""

import json
from typing import Any

import numpy as np
import pytest
from formula.models import LIBRARY, model
from small import DEEP, random_model
from walking import Walker

from pellucid.graph import Graph
from pellucid.graph.facts import formula_to_json
from pellucid.run.model import Model
from pellucid.serve.tour import heads, without_each_part
from pellucid.why.asking import Question, answer
from pellucid.why.measurement import flat
from pellucid.why.saying import titles
from pellucid.words import words_in

TOLERANCE = 1e-4
"""A logit is a sum of some thousand float32 products, each below 10, which the page takes in another order."""


@pytest.mark.parametrize("name", ["tied", "untied", "nano", *LIBRARY])
def test_derivatives_are_pythons_letter_by_letter(walker: Walker, name: str) -> None:
    graph = LIBRARY[name]() if name in LIBRARY else model(name)[0]
    weights = {one.name: np.zeros(graph.shape(one), np.float32) for one in graph.weights()}
    walker.load(graph, weights)
    ops = [op for op in graph.ops if op.output.gradient_of is None]
    for op, found in zip(ops, walker.ask("slopes"), strict=False):
        try:
            expected = op.derivatives
        except ValueError:
            assert found is None
            continue
        read = [*op.operands, op.output, op.gradient]
        assert found == {
            tensor.name: json.loads(json.dumps(formula_to_json(formula, read))) for tensor, formula in expected.items()
        }, op.name


@pytest.fixture(params=[*DEEP, "nano"])
def loaded(request: pytest.FixtureRequest, walker: Walker, nano_model: Model) -> Model:
    found = nano_model if request.param == "nano" else random_model(DEEP[request.param], seed=3)
    walker.load(found.graph, dict(found.parameters.items()))
    return found


def asked_of(model: Model, language: str, by: str, tokens: list[int], **more: Any) -> dict[str, Any]:
    vocabulary = list(model.pieces(range(model.graph.sizes["v"])))
    words, called = dict(words_in(language).why), titles(model.graph, language)
    return {"by": by, "tokens": tokens, "vocabulary": vocabulary, "words": words, "titles": called, **more}


def texts(graph: Graph, count: int) -> list[list[int]]:
    random = np.random.default_rng(4)
    lengths = random.integers(2, graph.sizes["t"] + 1, count)
    return [random.integers(0, graph.sizes["v"], int(length)).tolist() for length in lengths]


def assert_alike(found: dict[str, Any], expected: dict[str, Any], by: str) -> None:
    assert found["sentence"] == expected["sentence"]
    assert (found["token"], found["position"]) == (expected["token"], expected["position"])
    assert found["about"] == pytest.approx(expected["about"], abs=TOLERANCE)
    ours, theirs = ({row["label"]: row for row in each["rows"]} for each in (found, expected))
    if by != "patches":  # of the many that are alike to rounding, others may be among the forty that are shown
        assert ours.keys() == theirs.keys()
    for label in ours.keys() & theirs.keys():
        assert ours[label]["cells"] == theirs[label]["cells"]
        assert ours[label]["value"] == pytest.approx(theirs[label]["value"], abs=TOLERANCE)
    flows = [{(edge["source"], edge["target"]): edge["value"] for edge in each["edges"]} for each in (found, expected)]
    assert flows[0] == pytest.approx(flows[1], abs=TOLERANCE)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("by", ["parts", "ways", "layers", "letters"])
def test_answers_are_pythons(walker: Walker, loaded: Model, by: Any, language: str) -> None:
    for tokens in texts(loaded.graph, 4):
        position, token = len(tokens) - 1, tokens[0]
        expected = answer(loaded, tokens, Question(by, token=token, position=position), language).to_json()
        found = walker.ask("why", asked_of(loaded, language, by, tokens, token=token, position=position))
        assert_alike(found, expected, by)


@pytest.mark.parametrize("by", ["parts", "ways"])
def test_differences_of_logits_are_pythons(walker: Walker, loaded: Model, by: Any) -> None:
    for tokens in texts(loaded.graph, 3):
        expected = answer(loaded, tokens, Question(by, token=1, position=1, against=0)).to_json()
        found = walker.ask("why", asked_of(loaded, "en", by, tokens, token=1, position=1, against=0))
        assert_alike(found, expected, by)


def test_ways_sum_to_the_logit(walker: Walker, loaded: Model) -> None:
    for tokens in texts(loaded.graph, 4):
        asked = asked_of(loaded, "en", "ways", tokens, token=0, position=len(tokens) - 1)
        found = walker.ask("why", asked)
        arrived: dict[str, float] = {}
        for edge in found["edges"]:
            arrived[edge["target"]] = arrived.get(edge["target"], 0) + edge["value"]
        logit = float(loaded.trace(tokens)["logits"][-1, 0])
        flows = {row["cells"]: row["value"] for row in found["rows"]}
        entered = {cells for cells in flows if cells not in arrived}
        assert arrived.pop(f"logits[t={len(tokens) - 1},v=0]") == pytest.approx(logit, abs=TOLERANCE)
        assert arrived == pytest.approx({cells: flows[cells] for cells in arrived}, abs=TOLERANCE)
        assert all(cells.startswith(("embed", "pos_embed", "embed.pos")) for cells in entered), entered


@pytest.mark.parametrize("language", ["en", "ja"])
def test_patches_are_pythons(walker: Walker, loaded: Model, language: str) -> None:
    for tokens in texts(loaded.graph, 3):
        other, position = [(token + 1) % loaded.graph.sizes["v"] for token in tokens], len(tokens) - 1
        wanted = Question("patches", token=0, position=position, other=other)
        expected = answer(loaded, tokens, wanted, language)
        asked = asked_of(loaded, language, "patches", tokens, token=0, position=position, other=other)
        found = walker.ask("why", asked)
        assert_alike(found, expected.to_json(), "patches")
        assert expected.grid is not None
        grid = flat(expected.grid)
        assert (found["grid"]["axes"], found["grid"]["labels"]) == (grid["axes"], grid["labels"])
        assert found["grid"]["values"] == pytest.approx(grid["values"], abs=TOLERANCE)


SET, SCALED = {"kind": "set", "number": 0.3}, {"kind": "scale", "number": 3.0}
CHANGES: dict[str, list[dict[str, Any]]] = {
    "what a head hands on": [{"cells": {"tensor": "blocks.0.attn.z", "at": {"h": [0, 1]}}, "change": SET}],
    "a channel of an MLP": [
        {"cells": {"tensor": "blocks.1.mlp.post", "at": {"f": [3, 4]}}, "change": {"kind": "set", "number": 30.0}}
    ],
    "what is written to the stream": [{"cells": {"tensor": "blocks.0.mlp_out", "at": {"t": [5, 6]}}, "change": SCALED}],
    "what is held": [
        {"cells": {"tensor": "blocks.0.attn.pattern", "at": {"h": [1, 2]}}, "change": SET},
        {"cells": {"tensor": "ln_final.scale", "at": {}}, "change": SCALED},
    ],
    "weights": [{"cells": {"tensor": "blocks.0.attn.W_O", "at": {"h": [0, 1]}}, "change": SCALED}],
    "what enters": [{"cells": {"tensor": "embed", "at": {"t": [2, 3]}}, "change": SET}],
    "the answer": [{"cells": {"tensor": "logits", "at": {"t": [5, 6]}}, "change": SET}],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_runs_with_changes_are_asked_like_others(
    walker: Walker, nano_model: Model, change: list[dict[str, Any]]
) -> None:
    """What is changed counts as given: parts and ways still add up to the logit that there is then."""
    walker.load(nano_model.graph, dict(nano_model.parameters.items()))
    tokens = nano_model.tokens("CBABBC")
    more = {"token": 0, "position": 5, "interventions": change}
    logits = walker.run({"tokens": tokens, "interventions": change}, ["logits"])["logits"]
    assert logits[5, 0] != pytest.approx(nano_model.trace(tokens)["logits"][5, 0], abs=1e-2)
    parts = walker.ask("why", asked_of(nano_model, "en", "parts", tokens, **more))
    assert parts["about"]["sum"] == pytest.approx(logits[5, 0], abs=TOLERANCE)
    assert sum(row["value"] for row in parts["rows"]) == pytest.approx(logits[5, 0], abs=TOLERANCE)
    ways = walker.ask("why", asked_of(nano_model, "en", "ways", tokens, **more))
    arriving = sum(edge["value"] for edge in ways["edges"] if edge["target"] == "logits[t=5,v=0]")
    assert arriving == pytest.approx(logits[5, 0], abs=TOLERANCE)
    layers = walker.ask("why", asked_of(nano_model, "en", "layers", tokens, **more))
    if change[0]["cells"]["tensor"] not in ("logits", "blocks.0.attn.pattern"):  # behind the last layer
        assert layers["rows"][-1]["value"] == pytest.approx(logits[5, 0], abs=TOLERANCE)


def test_letters_do_not_matter_where_other_numbers_are_put_in(walker: Walker, nano_model: Model) -> None:
    walker.load(nano_model.graph, dict(nano_model.parameters.items()))
    tokens = nano_model.tokens("CBABBC")
    change = [{"cells": {"tensor": "blocks.0.resid_pre", "at": {"t": [0, 3]}}, "change": SET}]
    asked = asked_of(nano_model, "en", "letters", tokens, token=0, position=5, interventions=change)
    values = [row["value"] for row in walker.ask("why", asked)["rows"]]
    assert values[:3] == [0, 0, 0]
    assert all(value != 0 for value in values[3:])


def test_what_each_part_is_needed_for_is_pythons(walker: Walker, nano_model: Model) -> None:
    walker.load(nano_model.graph, dict(nano_model.parameters.items()))
    found = walker.ask("needed", {"task": nano_model.about["task"], "told": None})
    assert found["ablations"] == json.loads(without_each_part(nano_model).content)
    assert found["heads"] == json.loads(heads(nano_model).content)
    shares = found["progress"]
    assert shares[-1] == 1
    assert shares == sorted(shares)
