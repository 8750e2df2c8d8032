"""Interventions: a changed number changes all that depends on it, and nothing else."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.cells import Cells
from pellucid.run.engine import inputs
from pellucid.run.interventions import Intervention, interventions_of
from pellucid.run.model import Model

HEAD = "blocks.1.attn.z[h=1]"


def test_switching_a_head_off_is_zeroing_its_rows_of_the_projection() -> None:
    run = random_model().trace("ABCDE", interventions=HEAD)
    assert (run["blocks.1.attn.z"][1] == 0).all()
    assert (run["blocks.1.attn.z"][0] != 0).all()
    without = random_model()
    without.parameters["blocks.1.attn.W_O"][1] = 0
    np.testing.assert_allclose(run["logits"], without.trace("ABCDE")["logits"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        random_model().trace("ABCDE", interventions="blocks.1.attn.W_O[h=1]")["logits"],
        without.trace("ABCDE")["logits"],
        rtol=1e-5,
        atol=1e-6,
    )


def test_what_comes_before_stays_as_it_was() -> None:
    model = random_model()
    before, run = model.trace("ABCDE"), model.trace("ABCDE", interventions=HEAD)
    for name in run:
        same = np.allclose(before[name], run[name], rtol=1e-5, atol=1e-6)
        assert same == (not run_depends(name)), name


def run_depends(name: str) -> bool:
    later = ("blocks.1.attn.z", "blocks.1.attn_out", "blocks.1.resid", "blocks.1.ln2", "blocks.1.mlp")
    return name.startswith((*later, "ln_final", "logits", "probs"))


def test_inputs_and_weights_can_be_changed_and_the_model_keeps_its_own() -> None:
    model = random_model()
    weight = model.parameters["embed.W_E"].copy()
    run = model.trace("ABC", interventions=["embed.W_E~scale(2)", "tokens~from(2,1,0);tokens[t=2]~set(4)"])
    np.testing.assert_array_equal(run["tokens"], [2, 1, 4])
    np.testing.assert_allclose(run["embed"], 2 * weight[[2, 1, 4]], rtol=1e-6)
    np.testing.assert_array_equal(run["embed.W_E"], 2 * weight)
    np.testing.assert_array_equal(model.parameters["embed.W_E"], weight)
    model.parameters["embed.W_E"][0] = 0  # still the model's own, to be trained on


def test_other_programs_names_and_kept_names_work() -> None:
    model = random_model()
    run = model.trace("ABC", ["logits"], interventions=Intervention.scale("blocks.0.hook_attn_out", 0))
    assert list(run) == ["logits"]
    assert (run["logits"] != model.trace("ABC")["logits"]).any()
    assert run.interventions == interventions_of("blocks.0.attn_out~scale(0)", model.graph)


def test_a_changed_cell_is_explained_as_set_by_hand_and_the_others_as_computed() -> None:
    run = random_model().trace("ABC", interventions="blocks.0.attn.z[h=1];embed.W_E[v=0,c=3]~add(1)")
    assert "changed by hand" in run.explain("blocks.0.attn.z[h=1,t=2,d=0]").formula
    assert "changed by hand" in run.explain("embed.W_E[0,3]").formula
    assert "learned" in run.explain("embed.W_E[0,4]").formula
    assert run.explain("blocks.0.attn.z[h=0,t=2,d=0]").op is not None
    for cell in ("blocks.0.attn_out[t=2,c=3]", "embed[0,3]"):
        place = Cells.parse(cell, run.model.graph)
        traced = float(run[place.tensor][place.index])
        assert run.explain(place).value == pytest.approx(traced, rel=1e-5, abs=1e-6)
    few = random_model().trace("ABC", ["probs"], interventions=run.interventions)
    assert few.explain("logits[2,1]").value == pytest.approx(float(run["logits"][2, 1]), rel=1e-5, abs=1e-6)


def test_cells_of_one_tensor_are_changed_one_after_the_other() -> None:
    model = random_model()
    plain = model.trace("ABCD")["blocks.0.attn.z"]
    changes = "blocks.0.attn.z[h=0]~add(1);blocks.0.attn.z[t=1..2]~scale(3);blocks.0.attn.z[h=1,t=0]~set(0.25)"
    z = model.trace("ABCD", interventions=changes)["blocks.0.attn.z"]
    expected = plain.copy()
    expected[0] += 1
    expected[:, 1:3] *= 3
    expected[1, 0] = 0.25
    np.testing.assert_allclose(z, expected, rtol=1e-5, atol=1e-6)


def test_means_are_taken_along_axes_of_the_whole_tensor_or_over_other_runs() -> None:
    model = random_model()
    plain = model.trace("ABCD")["blocks.0.mlp.post"]
    along = model.trace("ABCD", interventions="blocks.0.mlp.post[t=1,f=2..4]~mean(t)")["blocks.0.mlp.post"]
    np.testing.assert_allclose(along[1, 2:5], plain[:, 2:5].mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.delete(along, 1, axis=0), np.delete(plain, 1, axis=0), rtol=1e-5, atol=1e-6)
    z = model.trace("ABCD", interventions="blocks.1.attn.z[h=1]~mean(h,t)")["blocks.1.attn.z"]
    assert z[1] == pytest.approx(np.tile(model.trace("ABCD")["blocks.1.attn.z"].mean((0, 1)), (4, 1)), abs=1e-6)
    texts = [[0, 1, 2, 3, 4], [4, 3, 2, 1], [0, 0, 0, 0]]
    over = Intervention.mean_over("blocks.0.mlp.post[t=1..3]", *texts)
    expected = np.mean([model.trace(text)["blocks.0.mlp.post"][1:4] for text in texts], axis=0)
    np.testing.assert_allclose(model.trace("ABCD", interventions=over)["blocks.0.mlp.post"][1:], expected, rtol=1e-6)


def test_freezing_holds_cells_against_what_comes_before() -> None:
    model = random_model()
    plain = model.trace("ABCD")
    changes = ["blocks.0.mlp_out~scale(5)", "blocks.1.attn.pattern[h=0]~freeze"]
    moved, held = (model.trace("ABCD", interventions=each) for each in (changes[0], changes))
    assert not np.allclose(moved["blocks.1.attn.pattern"][0], plain["blocks.1.attn.pattern"][0])
    np.testing.assert_array_equal(held["blocks.1.attn.pattern"][0], plain["blocks.1.attn.pattern"][0])
    np.testing.assert_allclose(held["blocks.1.attn.pattern"][1], moved["blocks.1.attn.pattern"][1], rtol=1e-5)
    with_all = model.trace("ABCD", interventions=[changes[0], "logits~freeze"])
    np.testing.assert_allclose(with_all["probs"], plain["probs"], rtol=1e-6)


def test_a_batch_is_changed_as_each_of_its_texts() -> None:
    model = random_model()
    graph = model.graph
    texts = np.array([[0, 1, 2], [3, 4, 5]])
    said = "blocks.0.mlp_out~scale(3);blocks.0.attn.z[h=1,t=1]~from(5,5,5);logits[t=0]~freeze;blocks.1.attn.z~mean(t)"
    changes = interventions_of(said, graph)

    passed = model.engine.run(inputs(graph, texts), None, changes)
    values = passed.values
    for text, logits in zip(texts.tolist(), values["logits"], strict=True):
        np.testing.assert_allclose(logits, model.trace(text, interventions=said)["logits"], rtol=1e-4, atol=1e-5)
    changed = passed.changed["blocks.0.attn.z"]
    assert changed[:, 1, 1].any()
    assert not np.delete(changed[:, 1], 1, axis=1).any()
    assert not changed[:, 0].any()


def test_generation_goes_on_with_the_change() -> None:
    model = random_model()
    later = "blocks.1.attn.z[h=1];blocks.0.mlp.post[t=4]~mean(t)"
    tokens = model.tokens("ABC")
    for step in model.steps("ABC", 5, interventions=later):
        possible = later if len(tokens) > 4 else HEAD
        assert step.token == model.trace(tokens, interventions=possible)["logits"][-1].argmax()
        tokens.append(step.token)
    assert model.generate("ABC", 5, interventions=later) == model.text(tokens[3:])
    with pytest.raises(PellucidError, match=r"t=4 is outside blocks.0.mlp.post: t \(position\) runs from 0 to 3"):
        model.generate("ABC", 2, interventions=later)


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ("nothing", "unknown-tensor", "no tensor named 'nothing'"),
        ("blocks.0.attn.z[h=2]", "index-out-of-range", r"h=2 is outside blocks.0.attn.z: h \(head\) runs from 0 to 1"),
        ("blocks.0.attn.z[t=3]", "index-out-of-range", r"t=3 is outside .* runs from 0 to 2\."),
        ("blocks.0.attn.z[t=1..3]", "index-out-of-range", r"t=1\.\.3 is outside"),
        ("embed.W_E[v=7]", "index-out-of-range", r"v=7 is outside embed.W_E"),
        ("blocks.0.attn.z[s=1]", "bad-index", "has the axes h t d and none named s"),
        ("blocks.0.attn.z~mean(c)", "bad-change", "has no axis c to take the mean along: its axes are h, t, d"),
        ("blocks.0.attn.z~scale()", "bad-change", r"'scale\(\)' does not say what happens to cells"),
        ("blocks.0.attn.z~set(1e39)", "bad-change", "needs a number that float32 can hold"),
        ("blocks.0.attn.z~from(1,2)", "bad-change", "up to position 2 from a text of 2 tokens: give one of at least 3"),
        ("blocks.0.attn.z~from(1,2,9)", "unknown-token", "There is no token 9"),
        ("tokens[t=0]", "bad-change", "holds whole numbers that stand for something, so zero makes no sense there"),
        ("tokens~mean(t)", "bad-change", r"so mean\(t\) makes no sense there"),
        ("tokens[t=0]~set(7)", "bad-change", "whole numbers from 0 to 6: it cannot be set to 7"),
        ("tokens[t=0]~set(0.5)", "bad-change", "it cannot be set to 0.5"),
        ("tokens[t=0]~set(-1)", "bad-change", "it cannot be set to -1"),
        ("positions[t=0]~set(9)", "bad-change", "whole numbers from 0 to 8: it cannot be set to 9"),
    ],
)
def test_impossible_changes_are_answered_with_a_sentence(change: str, code: str, sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence) as caught:
        random_model().trace("ABC", interventions=change)
    assert caught.value.code == code
    assert "\n" not in caught.value.message


def test_numbers_that_lead_to_infinities_are_computed_without_a_word() -> None:
    run = random_model().trace("ABC", interventions="blocks.0.attn.scores[h=0,t=2,s=0..1]~set(-inf)")
    assert run["blocks.0.attn.pattern"][0, 2].tolist() == [0, 0, 1]
    nowhere = random_model().trace("ABC", interventions="blocks.0.attn.scores[h=0,t=2]~set(-inf)")
    assert np.isnan(nowhere["probs"][2]).all()


# Against PyTorch.


@pytest.fixture(scope="module")
def theirs(torch: ModuleType, transformers: ModuleType) -> Any:
    """A GPT2LMHeadModel whose weights and biases are all random."""
    torch.manual_seed(2)
    sizes: dict[str, Any] = {"n_layer": 2, "n_head": 3, "n_embd": 24, "vocab_size": 11, "n_positions": 12}
    settings = {"bos_token_id": None, "eos_token_id": None, "attn_implementation": "eager"}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, **settings)).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


@pytest.fixture(scope="module")
def ours(theirs: Any, tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder: Path = tmp_path_factory.mktemp("theirs")
    theirs.save_pretrained(folder)
    return Model.load(folder)


TEXT, OTHER, THIRD = [3, 1, 4, 1, 5, 9], [2, 7, 1, 8, 2, 8], [10, 0, 10, 0, 10, 0]
MIDDLE = slice(8, 16)
"""The channels of head 1 in the input of c_proj, which is z with its heads side by side."""


def hidden(theirs: Any, torch: ModuleType, tokens: Sequence[int]) -> np.ndarray:
    """z of block 1, heads side by side."""
    seen: list[np.ndarray] = []
    hook = theirs.transformer.h[1].attn.c_proj.register_forward_pre_hook(lambda _, given: seen.append(given[0].numpy()))
    with torch.no_grad():
        theirs(torch.tensor([tokens]))
    hook.remove()
    z: np.ndarray = seen[0][0]
    return z


def hooked(theirs: Any, torch: ModuleType, change: Callable[[np.ndarray], None]) -> np.ndarray:
    """The logits when c_proj of block 1 is given what `change` makes of z."""

    def hook(module: Any, given: tuple[Any]) -> tuple[Any]:
        z = given[0].clone()
        change(z[0].numpy())
        return (z,)

    handle = theirs.transformer.h[1].attn.c_proj.register_forward_pre_hook(hook)
    with torch.no_grad():
        logits: np.ndarray = theirs(torch.tensor([TEXT])).logits[0].numpy()
    handle.remove()
    return logits


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("", lambda z, elsewhere: 0 * z),
        ("~set(0.5)", lambda z, elsewhere: 0 * z + 0.5),
        ("~scale(-2)", lambda z, elsewhere: -2 * z),
        ("~add(0.75)", lambda z, elsewhere: z + 0.75),
        ("~mean(t)", lambda z, elsewhere: 0 * z + z.mean(axis=0)),
        ("~mean(2,7,1,8,2,8|10,0,10,0,10,0)", lambda z, elsewhere: (elsewhere(OTHER) + elsewhere(THIRD)) / 2),
        ("~from(2,7,1,8,2,8)", lambda z, elsewhere: elsewhere(OTHER)),
        ("~freeze", lambda z, elsewhere: elsewhere(TEXT)),
    ],
)
def test_each_kind_equals_a_hook_in_pytorch(
    theirs: Any, ours: Model, torch: ModuleType, change: str, expected: Callable[..., np.ndarray]
) -> None:
    known = {tuple(text): hidden(theirs, torch, text)[:, MIDDLE] for text in (TEXT, OTHER, THIRD)}

    def by_hand(z: np.ndarray) -> None:
        z[:, MIDDLE] = expected(z[:, MIDDLE], lambda text: known[tuple(text)])

    logits = ours.trace(TEXT, interventions=f"blocks.1.attn.z[h=1]{change}")["logits"]
    np.testing.assert_allclose(logits, hooked(theirs, torch, by_hand), atol=1e-5)
    moved = np.abs(logits - ours.trace(TEXT)["logits"]).max()
    assert moved < 1e-5 if change == "~freeze" else moved > 1e-3


def test_changed_weights_and_tokens_equal_pytorchs(theirs: Any, ours: Model, torch: ModuleType) -> None:
    embedding = theirs.transformer.wte.weight
    before = embedding.detach().clone()
    try:
        with torch.no_grad():
            embedding[4, 2:5] += 0.5
            logits = theirs(torch.tensor([[3, 1, 4, 1, 6, 9]])).logits[0].numpy()
    finally:
        embedding.data.copy_(before)
    run = ours.trace(TEXT, interventions=["embed.W_E[v=4,c=2..4]~add(0.5)", "tokens[t=4]~set(6)"])
    np.testing.assert_allclose(run["logits"], logits, atol=1e-5)


def test_a_changed_run_has_the_loss_of_what_it_computed() -> None:
    model = random_model()
    run = model.trace("ABCDE", interventions="blocks.0.attn.z[h=1]")
    logits = run["logits"].astype(np.float64)
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    expected = -np.mean([np.log(shares[place, token]) for place, token in enumerate(run.tokens[1:])])
    assert float(run["loss"]) == pytest.approx(expected, rel=1e-5)
    assert run.explain("loss").value == pytest.approx(float(run["loss"]), rel=1e-6)
    assert float(run["loss"]) != float(model.trace("ABCDE")["loss"])
    only_one = model.trace("ABCDE", "probs", interventions="blocks.0.attn.z[h=1]")
    assert float(only_one["loss"]) == float(run["loss"])
    with pytest.raises(PellucidError, match="has a loss, but no gradients"):
        run["grad.blocks.0.attn.q"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("change", ["logits~set(inf)", "logits.max~set(inf)", "logits.max~set(-inf)"])
def test_numbers_that_overflow_are_computed_without_a_word(change: str) -> None:
    run = random_model().trace("ABCDE", interventions=change)
    assert not np.isfinite(run["loss"])
    assert run.explain("loss").value is not None
