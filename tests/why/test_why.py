"""Measured answers to why: they sum to what they explain, and agree with the same done by other programs."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest
from small import DEEP, random_model

from pellucid import PellucidError, why
from pellucid.run.model import Model
from pellucid.why.asking import By, Question, answer

TOLERANCE = 1e-4
"""Sums of some thousand float32 products, taken in another order than the model's own pass takes them."""


def unembedding(model: Model) -> np.ndarray:
    weights = model.parameters
    return weights["unembed.W_U"] if "unembed.W_U" in weights else weights["embed.W_E"].T


@pytest.fixture(params=[*DEEP, "nano"])
def model(request: pytest.FixtureRequest, nano_model: Model) -> Model:
    return nano_model if request.param == "nano" else random_model(DEEP[request.param], seed=3)


def test_the_lens_ends_with_the_logits(model: Model) -> None:
    run = model.trace("CBABBC"[: model.context].replace("C", "B"))
    lens = why.logit_lens(run)
    layers = [name for name in run if run.find(name).residual]
    assert lens.axes == ("layer", "t", "v")
    assert list(lens.labels["layer"]) == layers
    np.testing.assert_allclose(lens[-1], run["logits"], atol=1e-6)
    # What the first layer would say, from the formulas of a GPT-2 written out.
    x, weights = run[layers[0]], model.parameters
    normal = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    expected = (normal * weights["ln_final.w"] + weights["ln_final.b"]) @ unembedding(model)
    np.testing.assert_allclose(lens[0], expected, atol=1e-5)


@pytest.mark.parametrize("position", [0, 3, -1])
def test_attributions_sum_to_the_logit(model: Model, position: int) -> None:
    run = model.trace("CBABBC".replace("C", "B"))
    found = why.attribution(run, "A", position)
    assert found.about["sum"] == run["logits"][position, 0]
    assert float(found.values.sum()) == pytest.approx(found.about["sum"], abs=TOLERANCE)
    assert len(found) == len(set(found.labels["part"])), "each part stands once"
    compared = why.attribution(run, "A", position, against="B")
    difference = run["logits"][position, 0] - run["logits"][position, 1]
    assert float(compared.values.sum()) == pytest.approx(difference, abs=TOLERANCE)


def test_biases_at_the_end_are_a_part_where_they_add_something(nano_model: Model) -> None:
    model = deepcopy(nano_model)
    assert "final biases" in why.attribution(model.trace("CBABBC"), "A").labels["part"]
    model.parameters.named["ln_final.b"][:] = 0
    found = why.attribution(model.trace("CBABBC"), "A")
    assert "final biases" not in found.labels["part"]
    assert float(found.values.sum()) == pytest.approx(found.about["sum"], abs=TOLERANCE)


def test_an_attribution_is_what_the_part_writes_along_the_logit(nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    found = dict(zip(*why.attribution(run, "A").labels.values(), why.attribution(run, "A").values, strict=True))
    head = run["blocks.1.attn.z"][2, 5] @ nano_model.parameters["blocks.1.attn.W_O"][2]
    scaled = (head - head.mean()) / run["ln_final.scale"][5] * nano_model.parameters["ln_final.w"]
    assert found["blocks.1.attn.z[h=2]"] == pytest.approx(float(scaled @ unembedding(nano_model)[:, 0]), abs=1e-5)


@pytest.mark.parametrize(("position", "share", "most"), [(5, 0.8, 40), (5, 0.3, 8), (4, 1.0, 4000), (0, 0.5, 3)])
def test_ways_carry_to_each_node_what_it_passes_on(model: Model, position: int, share: float, most: int) -> None:
    run = model.trace("CBABBC".replace("C", "B"))
    found = why.contributions(run, "A", position, share=share, most=most)
    assert re.fullmatch(r"<Ways to logits\[t=\d,v=0\] = .{,80} edges(, most through .{,40} \(.*\))?>", repr(found))
    assert len(found.nodes) <= most
    assert found.value == run["logits"][position, 0]

    def arriving(cells: str) -> float:
        return sum(edge.value for edge in found.into(cells))

    assert arriving(found.target) == pytest.approx(found.value, abs=TOLERANCE)
    known = {node.cells for node in found.nodes}
    for node in found.nodes:
        assert sum(edge.value for edge in found.out_of(node.cells)) == pytest.approx(node.flow, abs=TOLERANCE)
        if not node.cells.startswith(("embed", "pos_embed")):
            assert arriving(node.cells) == pytest.approx(node.flow, abs=TOLERANCE)
    ends = [edge.value for edge in found.edges if edge.source not in known]
    entered = [node.flow for node in found.nodes if node.cells.startswith(("embed", "pos_embed"))]
    assert sum(ends) + sum(entered) == pytest.approx(found.value, abs=TOLERANCE), "all of it comes from somewhere"
    if share == 1.0:
        rest = sum(abs(edge.value) for edge in found.edges if edge.source == "rest")
        assert rest < TOLERANCE, "nothing is left out where everything is shown"


def test_the_letters_share_by_gradient_is_the_difference_that_a_small_change_makes(nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    found = why.gradient_times_input(run, "A")
    assert list(found.labels["t"]) == ["0:C", "1:B", "2:A", "3:B", "4:B", "5:C"]
    for t in range(6):
        step = 1e-2
        logits = [
            nano_model.on("reference").trace("CBABBC", interventions=f"embed[t={t}]~scale({factor})")["logits"][5, 0]
            for factor in (1 - step, 1 + step)
        ]
        assert found[t] == pytest.approx((logits[1] - logits[0]) / (2 * step), abs=2e-3)


CHANGES = [
    "blocks.0.attn.z[h=0]",
    "blocks.0.attn.z[h=0]~scale(-2);blocks.1.mlp.post~add(0.5)",
    "blocks.0.attn.z~mean(t)",
    "blocks.1.attn.q[h=0]~mean(h,t);blocks.1.attn.q[h=0]~scale(3)",
    "blocks.0.attn.pattern[t=3]~set(0.25)",
    "blocks.0.resid_post[t=0..2]~from(1,1,0,1,0,1)",
    "blocks.1.resid_mid[t=5]~freeze",
    "blocks.0.ln1.scale~scale(1.5)",
    "embed[t=2]",
    "tokens[t=1]~set(0)",
    "blocks.0.mlp.W_in~scale(0.5)",
    "logits~scale(3)",
]


@pytest.mark.parametrize("changes", CHANGES)
def test_the_letters_share_of_a_changed_run_is_the_difference_that_a_small_change_makes_there(changes: str) -> None:
    """The embedding is made larger and smaller before anything else is done to it."""
    model = random_model(DEEP["tied"], seed=3)
    slow, step = model.on("reference"), 1e-2
    found = why.gradient_times_input(model.trace("CBABBC", interventions=changes), "A")
    for t in range(6):
        logits = [
            slow.trace("CBABBC", interventions=f"embed[t={t}]~scale({factor});{changes}")["logits"][5, 0]
            for factor in (1 - step, 1 + step)
        ]
        assert found[t] == pytest.approx((logits[1] - logits[0]) / (2 * step), abs=2e-4)


def test_patches_are_the_interventions_that_take_from_another_run(nano_model: Model) -> None:
    tensors = ["blocks.0.attn.z", "blocks.2.attn.z"]
    found = why.patching(nano_model, "CBABBC", "CBBBBC", "A", tensors=tensors)
    assert found.axes == ("tensor", "h", "t")
    assert found.about["clean"] == nano_model.trace("CBABBC")["logits"][5, 0]
    assert found.about["corrupted"] == pytest.approx(nano_model.trace("CBBBBC")["logits"][5, 0], abs=1e-5)
    for place in np.ndindex(found.shape):
        tensor, head, t = place
        change = f"{tensors[tensor]}[h={head},t={t}]~from(2,1,0,1,1,2)"
        run = nano_model.trace("CBBBBC", interventions=change)
        assert found[place] == pytest.approx(float(run["logits"][5, 0]), abs=1e-5)
    stream = why.patching(nano_model, "CBABBC", "CBBBBC", "A", against="B")
    run = nano_model.trace("CBABBC")
    assert stream[-1, 5] == pytest.approx(float(run["logits"][5, 0] - run["logits"][5, 1]), abs=1e-5)


def test_patching_agrees_with_hooks_of_pytorch(
    nano_model: Model, nano_folder: Path, transformers: ModuleType, torch: ModuleType
) -> None:
    theirs = transformers.GPT2LMHeadModel.from_pretrained(nano_folder).eval()
    clean, corrupted = (torch.tensor([nano_model.tokens(text)]) for text in ("CABACB", "CABBCB"))
    found = why.patching(nano_model, "CABACB", "CABBCB", "A", 3)
    for number, block in enumerate(theirs.transformer.h):
        kept: list[Any] = []
        row = list(found.labels["tensor"]).index(f"blocks.{number}.resid_post")
        with torch.no_grad(), hooked(block, kept.append):
            theirs(clean)
        for t in range(6):

            def patch(states: Any, t: int = t, kept: list[Any] = kept) -> None:
                states[0, t] = kept[0][0, t]

            with torch.no_grad(), hooked(block, patch):
                assert found[row, t] == pytest.approx(float(theirs(corrupted).logits[0, 3, 0]), abs=1e-5)


@contextmanager
def hooked(block: Any, told: Callable[[Any], None]) -> Iterator[None]:
    """What the block makes is told, and may be changed in its place."""

    def heard(module: Any, given: Any, made: Any) -> None:
        told(made[0] if isinstance(made, tuple) else made)

    hook = block.register_forward_hook(heard)
    yield
    hook.remove()


def test_what_a_cell_answers_to_most(nano_model: Model) -> None:
    cell = "blocks.0.mlp.post[f=22]"
    found = why.top_activations(nano_model, cell, 3)
    assert found[0].value >= found[1].value >= found[2].value
    values = nano_model.trace(found[0].tokens)["blocks.0.mlp.post"][:, 22]
    assert found[0].value == pytest.approx(float(values.max()), abs=1e-5)
    assert found[0].position == int(values.argmax())
    few = why.top_activations(nano_model, cell, 9, texts=["ABC", "CCCC", "AB"])
    assert sorted(len(one.tokens) for one in few) == [2, 3, 4]


def test_a_measurement_has_names(nano_model: Model) -> None:
    found = why.attribution(nano_model.trace("CBABBC"), "A")
    (largest, number), *_ = found.largest(1)
    assert number == max(found.values, key=abs)
    assert largest == (found.labels["part"][int(np.abs(found.values).argmax())],)
    assert np.asarray(found).shape == found.shape
    assert not found.values.flags.writeable
    pytest.importorskip("xarray")
    assert float(found.to_xarray().sel(part="embed")) == found[0]


def test_what_cannot_be_asked_is_said(nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    with pytest.raises(PellucidError, match="no token 'Z'"):
        why.attribution(run, "Z")
    with pytest.raises(PellucidError, match="position is 6: it must be a whole number from 0 to 5"):
        why.attribution(run, "A", 6)
    with pytest.raises(PellucidError, match="share is 2"):
        why.contributions(run, "A", share=2)
    with pytest.raises(PellucidError, match="has interventions"):
        why.contributions(nano_model.trace("CBABBC", interventions="blocks.0.attn.z[h=0]"), "A")
    with pytest.raises(PellucidError, match="6 and 5 tokens"):
        why.patching(nano_model, "CBABBC", "CBABB", "A")
    with pytest.raises(PellucidError, match="is not computed for each position"):
        why.patching(nano_model, "CBABBC", "CBBBBC", "A", tensors="blocks.0.attn.W_Q")
    with pytest.raises(PellucidError, match="not one number a position"):
        why.top_activations(nano_model, "blocks.0.mlp.post")
    with pytest.raises(PellucidError, match="count is 0"):
        why.top_activations(nano_model, "blocks.0.mlp.post[f=1]", 0)


@pytest.mark.parametrize("by", get_args(By))
def test_numbers_that_overflow_are_said_to_explain_nothing(by: By) -> None:
    model = random_model(DEEP["tied"])
    model.parameters.named["blocks.1.mlp.W_in"][:] = 3e38
    question = Question(by=by, other=[1, 2] if by == "patches" else None)
    with pytest.raises(PellucidError, match=r"^What adds to the logit of [A-E] cannot be told") as refusal:
        answer(model, [0, 1], question)
    assert refusal.value.code == "not-finite"
