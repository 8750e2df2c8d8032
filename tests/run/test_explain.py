"""Every number can be taken apart: the arithmetic shown makes the number shown, from the cells it says it read."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import UNTIED, mask, random_model, shaken

from pellucid.graph import PellucidError
from pellucid.run.explain import Explanation
from pellucid.run.model import Model
from pellucid.run.trace import Run

CELLS = 20


def cells(array: np.ndarray, random: np.random.Generator) -> list[tuple[int, ...]]:
    return [tuple(int(random.integers(length)) for length in array.shape) for _ in range(CELLS)]


def assert_every_tensor_is_explained(model: Model, prompt: str | list[int]) -> None:
    run, random = model.trace(prompt), np.random.default_rng(0)
    for name, array in run.items():
        for index in cells(array, random):
            explained, traced = run.explain(name, index).value, float(array[index])
            error = 0.0 if explained == traced else abs(explained - traced)
            assert error <= max(1e-6, 1e-5 * abs(traced)), f"{name}{index}: {explained} instead of {traced}"


def test_explaining_any_cell_of_a_small_model_gives_its_value() -> None:
    assert_every_tensor_is_explained(random_model(), "ABCDEFGAB")
    assert_every_tensor_is_explained(random_model(UNTIED), "ABCDEABC")


def test_explaining_any_cell_of_the_trained_model_gives_its_value(nano_model: Model) -> None:
    assert_every_tensor_is_explained(nano_model, "CBABBCABBBC")


def test_terms_and_cells_are_consistent_with_the_value_and_the_run() -> None:
    run, random = random_model().trace("ABCDEF"), np.random.default_rng(1)
    for name, array in run.items():
        for index in cells(array, random)[:5]:
            check_terms(run, run.explain(name, index))


def check_terms(run: Run, explanation: Explanation) -> None:
    regions = {tensor.name: region for _, tensor, region in explanation.reads}
    for term in explanation.terms:
        for cell in term.cells:
            assert cell.value == float(run[cell.tensor.name][cell.index])
            region = regions[cell.tensor.name]
            inside = [start <= place < stop for place, (start, stop) in zip(cell.index, region, strict=True)]
            assert all(inside), f"{explanation.tensor.name}: {cell.tensor.name}{cell.index} is outside what was read"
    values = [term.value for term in explanation.terms]
    if explanation.combine == "max":
        assert explanation.steps[0].value == max(values)
    elif explanation.combine == "sum" and explanation.op and explanation.op.kind != "normalise":
        assert explanation.steps[0].value == pytest.approx(sum(values), abs=1e-9)
    if explanation.op:
        assert explanation.steps[-1].value == explanation.value


def test_exactly_the_cells_read_decide_the_value() -> None:
    """Changing any number outside `reads` leaves the cell as it was; changing all inside does not."""
    model, random = random_model(UNTIED), np.random.default_rng(2)
    run = model.trace("ABCDE")
    for op in model.graph.ops:
        operands = [run[name] for name in op.operand_names]
        index = tuple(int(random.integers(length)) for length in run[op.name].shape)
        before = op.compute(np, *operands)[index]
        regions = op.reads(index, operands)
        inside = [mask(operand, region) for operand, region in zip(operands, regions, strict=True)]
        outside = op.compute(np, *[shaken(o, ~i) for o, i in zip(operands, inside, strict=True)])[index]
        assert outside == pytest.approx(before, rel=1e-5, abs=1e-6), f"{op.name}{index} read more than it says"
        if before not in (0, -np.inf) and any(
            i.any() and o.dtype == np.float32 for o, i in zip(operands, inside, strict=True)
        ):
            changed = op.compute(np, *[shaken(o, i) for o, i in zip(operands, inside, strict=True)])[index]
            assert changed != before, f"{op.name}{index} does not read what it says"


def test_what_a_reader_sees_of_one_query() -> None:
    run = random_model().trace("ABCD")
    explanation = run.explain("blocks.0.attn.q", h=1, t=3, d=2)
    assert explanation.index == {"h": 1, "t": 3, "d": 2}
    assert explanation.formula == r"Q_{h,t,d} = \sum_{c} \hat{X}_{t,c}\,W^Q_{h,c,d} + b^Q_{h,d}"
    assert len(explanation.terms) == 12 + 1
    assert explanation.terms[-1].label == "bias"
    assert [(role, tensor.name, region) for role, tensor, region in explanation.reads] == [
        ("x", "blocks.0.ln1.normalized", ((3, 4), (0, 12))),
        ("weight", "blocks.0.attn.W_Q", ((1, 2), (0, 12), (2, 3))),
        ("bias", "blocks.0.attn.b_Q", ((1, 2), (2, 3))),
    ]
    text = str(explanation)
    assert "blocks.0.attn.q[h=1, t=3, d=2]" in text
    assert "blocks.0.attn.W_Q[1,11,2]" in text


@pytest.mark.parametrize(
    "changed",
    ["blocks.0.ln1.scale~set(0)", "blocks.0.attn.sum~set(0)", "embed.W_E~set(inf)"],
)
def test_what_is_not_finite_is_explained_as_the_pass_computes_it(changed: str) -> None:
    run, random = random_model().trace("ABCD", interventions=changed), np.random.default_rng(0)
    assert not all(np.isfinite(array).all() for array in run.values())
    for name, array in run.items():
        for index in cells(array, random):
            explained = run.explain(name, index)
            json.dumps(explained.to_json(), allow_nan=False)
            np.testing.assert_allclose(explained.value, array[index], rtol=1e-4, atol=1e-5, err_msg=f"{name}{index}")


def test_looking_ahead_is_explained_as_masked() -> None:
    explanation = random_model().trace("ABCD").explain("blocks.0.attn.scores", (0, 1, 3))
    assert explanation.value == -np.inf
    assert explanation.terms == ()
    assert explanation.substituted == r"\tilde{S}_{0,1,3} = -\infty"
    assert json.loads(json.dumps(explanation.to_json(), allow_nan=False))["value"] == "-Infinity"


def test_a_number_taken_over_as_it_is_is_written_once() -> None:
    run = random_model().trace("ABCD")
    for name, index in (("embed", (2, 5)), ("blocks.0.attn.scores", (0, 3, 1))):
        assert run.explain(name, index).substituted.count("=") == 1
    assert run.explain("blocks.0.attn.pattern", (0, 3, 1)).substituted.count("=") == 2


def test_weights_and_inputs_say_where_they_come_from() -> None:
    model = random_model()
    run = model.trace("ABCD")
    weight = run.explain("embed.W_E", (2, 5))
    assert weight.op is None
    assert weight.value == float(model.parameters["embed.W_E"][2, 5])
    assert "learned" in weight.formula
    assert "given" in run.explain("tokens", (3,)).formula


@pytest.mark.parametrize(
    ("name", "index", "sentence"),
    [
        ("nonsense", (0,), "no tensor named 'nonsense'"),
        ("blocks.0.attn.q", (0, 0), r"has the axes h t d: an index needs 3 numbers, not 2"),
        ("blocks.0.attn.q", (0, 4, 0), r"t=4 is outside .*runs from 0 to 3"),
        ("blocks.0.attn.q", (0, -1, 0), r"t=-1 is outside"),
    ],
)
def test_cells_that_do_not_exist_are_answered_with_a_sentence(name: str, index: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence):
        random_model().trace("ABCD").explain(name, index)


def test_missing_and_wrong_axis_letters_are_answered_with_an_example() -> None:
    run = random_model().trace("ABCD")
    cases: tuple[dict[str, Any], ...] = ({"h": 0, "t": 1}, {"h": 0, "t": 1, "x": 2})
    for letters in cases:
        with pytest.raises(PellucidError, match=r"one number for each, such as \[h=0,t=0,d=0\]"):
            run.explain("blocks.0.attn.q", **letters)


def test_every_cell_agrees_with_the_numbers_of_another_program() -> None:
    """The golden file holds what transformers computed (tests/golden/make.py); explaining must reach those numbers."""
    from safetensors.numpy import load_file

    folder = Path(__file__).parent.parent / "golden" / "tiny"
    theirs, model = load_file(folder / "expected.safetensors"), Model.load(folder)
    run, random = model.trace(theirs["tokens"].tolist()), np.random.default_rng(3)
    for name in ("logits", "blocks.1.attn.pattern", "blocks.0.mlp_out", "blocks.1.resid_pre"):
        for index in cells(theirs[name], random):
            assert run.explain(name, index).value == pytest.approx(float(theirs[name][index]), rel=1e-4, abs=1e-5)


def test_a_notebook_shows_an_explanation_as_print_does(nano_model: Model) -> None:
    pretty = pytest.importorskip("IPython.lib.pretty")
    explanation = nano_model.trace("CBABBC").explain("probs[t=5,v=0]")
    assert pretty.pretty(explanation) == str(explanation)


def test_as_text_every_line_says_something_new(nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    lines = str(run.explain("blocks.0.mlp.post[t=2,f=3]")).splitlines()
    assert lines[3] == f"    blocks.0.mlp.pre[2,3]={run['blocks.0.mlp.pre'][2, 3]:.6g}"
    assert "  divide (÷ 48): " in str(run.explain("blocks.0.ln1.mean[t=0]"))
    assert not re.search(r"-0(?![.\d])", str(run.explain("grad.blocks.0.attn.scores[h=0,t=3,s=1]")))


@pytest.mark.parametrize("name", ["grad.loss", "grad.probs"])
def test_what_has_no_gradient_is_said_with_what_has(nano_model: Model, name: str) -> None:
    with pytest.raises(KeyError, match=f"There is no {name}: only what the loss is computed from .* grad.logits"):
        nano_model.trace("CBABBC")[name]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("probs[t=5,v=A]", "probs[5,0]"),
        ("probs[answer, C]", "probs[5,2]"),
        ("probs[last,v=1]", None),
        ("probs[v=B,t=last]", "probs[7,1]"),
        ("blocks.0.attn.pattern[h=1,t=last,s=answer]", "blocks.0.attn.pattern[1,7,5]"),
    ],
)
def test_letters_and_positions_may_stand_for_an_index(nano_model: Model, said: str, meant: str | None) -> None:
    run = nano_model.trace("CBABBCAB")
    if meant is None:
        with pytest.raises(PellucidError, match="does not name a cell"):
            run.explain(said)
    else:
        assert run.explain(said).to_json() == run.explain(meant).to_json()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("probs[t=5,v=D]", "v is a whole number, or one of A, B, C, not 'D'."),
        ("probs[A,0]", "t is a whole number, or one of last, answer, not 'A'."),
        ("blocks.0.attn.q[h=A,t=0,d=0]", "h is a whole number, not 'A'."),
    ],
)
def test_words_that_stand_for_no_index_are_refused_with_those_that_do(
    nano_model: Model, said: str, sentence: str
) -> None:
    with pytest.raises(PellucidError) as refusal:
        nano_model.trace("CBABBC").explain(said)
    assert refusal.value.message == f"'{said}' does not name a cell: {sentence}"
