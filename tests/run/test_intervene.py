"""Interventions: a changed number changes all that depends on it, and nothing else."""

import numpy as np
import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.intervene import switched_off


def test_switching_a_head_off_is_zeroing_its_rows_of_the_projection() -> None:
    model = random_model()
    run = model.trace("ABCDE", edits=switched_off(model.graph, "blocks.1.attn.z", h=1))
    assert (run["blocks.1.attn.z"][1] == 0).all()
    assert (run["blocks.1.attn.z"][0] != 0).all()
    without = random_model()
    without.parameters["blocks.1.attn.W_O"][1] = 0
    np.testing.assert_allclose(run["logits"], without.trace("ABCDE")["logits"], rtol=1e-5, atol=1e-6)


def test_what_comes_before_stays_as_it_was() -> None:
    model = random_model()
    before, run = model.trace("ABCDE"), model.trace("ABCDE", edits=switched_off(model.graph, "blocks.1.attn.z", h=1))
    for name in run:
        same = np.allclose(before[name], run[name], rtol=1e-5, atol=1e-6)
        assert same == (not run_depends(name)), name


def run_depends(name: str) -> bool:
    later = ("blocks.1.attn.z", "blocks.1.attn_out", "blocks.1.resid", "blocks.1.ln2", "blocks.1.mlp")
    return name.startswith((*later, "ln_final", "logits", "probs"))


def test_inputs_and_weights_can_be_edited_and_the_model_keeps_its_own() -> None:
    model = random_model()
    weight = model.parameters["embed.W_E"].copy()
    run = model.trace("ABC", edits={"embed.W_E": lambda table: table * 2, "tokens": lambda tokens: tokens[::-1]})
    np.testing.assert_allclose(run["embed"], 2 * weight[[2, 1, 0]], rtol=1e-6)
    np.testing.assert_array_equal(run["embed.W_E"], 2 * weight)
    np.testing.assert_array_equal(model.parameters["embed.W_E"], weight)


def test_other_programs_names_and_kept_names_work() -> None:
    model = random_model()
    run = model.trace("ABC", ["logits"], edits={"blocks.0.hook_attn_out": lambda array: array * 0})
    assert list(run) == ["logits"]
    assert (run["logits"] != model.trace("ABC")["logits"]).any()


def test_a_changed_cell_is_explained_as_set_by_hand_and_the_others_as_computed() -> None:
    model = random_model()
    run = model.trace("ABC", edits=switched_off(model.graph, "blocks.0.attn.z", h=1))
    assert "set by hand" in run.explain("blocks.0.attn.z", h=1, t=2, d=0).formula
    assert run.explain("blocks.0.attn.z", h=0, t=2, d=0).op is not None
    output = run.explain("blocks.0.attn_out", t=2, c=3)
    assert output.value == pytest.approx(float(run["blocks.0.attn_out"][2, 3]), rel=1e-5, abs=1e-6)


def test_impossible_edits_are_answered_with_a_sentence() -> None:
    model = random_model()
    with pytest.raises(PellucidError, match="no tensor named 'nothing'"):
        model.trace("ABC", edits={"nothing": lambda array: array})
    with pytest.raises(PellucidError, match=r"gives the shape \(1, 12\) instead of \(3, 12\)"):
        model.trace("ABC", edits={"embed": lambda array: array[:1]})
    with pytest.raises(PellucidError, match="no cells at h=2"):
        switched_off(model.graph, "blocks.0.attn.z", h=2)
