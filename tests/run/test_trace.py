"""A run holds every intermediate by name, and keeps a reader from asking for what is not there."""

import numpy as np
import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.run.trace import Run


@pytest.fixture(scope="module")
def model() -> Model:
    return random_model()


def test_a_run_is_a_mapping_in_the_order_of_computing(model: Model) -> None:
    run = model.trace("ABCD")
    names = list(run)
    assert names[:3] == ["tokens", "positions", "embed"]
    assert names[-1] == "probs"
    assert names.index("blocks.0.attn.q") < names.index("blocks.0.attn.pattern") < names.index("blocks.1.attn.q")
    assert len(run) == len(names) == len(set(names))
    assert all(array.shape == model.graph.shape(model.graph.tensors[name], 4) for name, array in run.items())
    assert "embed.W_E" not in run


def test_text_and_token_numbers_mean_the_same(model: Model) -> None:
    np.testing.assert_array_equal(model.trace("CAB")["logits"], model.trace([2, 0, 1])["logits"])


def test_only_what_is_asked_for_is_kept(model: Model) -> None:
    whole = model.trace("ABC")
    part = model.trace("ABC", ["blocks.0.hook_out", "blocks.0.attn.pattern"])
    assert list(part) == ["blocks.0.attn.pattern", "blocks.0.resid_post"]
    np.testing.assert_array_equal(part["blocks.0.resid_post"], whole["blocks.0.resid_post"])
    with pytest.raises(PellucidError, match="not kept"):
        part["logits"]
    with pytest.raises(PellucidError, match=r"'grad.logits'.* are asked of the run, as in run\['loss'\]"):
        model.trace("ABC", ["grad.logits"])
    assert part.explain("logits", t=1, v=2).value == whole.explain("logits", t=1, v=2).value


def test_weights_can_be_asked_for_by_either_name(model: Model) -> None:
    run = model.trace("ABC")
    fused = run["transformer.h.0.attn.c_attn.weight"]
    assert fused.shape == (12, 36)
    np.testing.assert_array_equal(run["blocks.0.attn.W_K"][1, :, 2], fused[:, 12 + 6 + 2])


def test_traced_numbers_cannot_be_overwritten_by_accident(model: Model) -> None:
    run = model.trace("ABC")
    with pytest.raises(ValueError, match="read-only"):
        run["logits"][0, 0] = 1


def test_rows_of_attention_patterns_sum_to_one_and_never_look_ahead(model: Model) -> None:
    pattern = model.trace("ABCDEFG")["blocks.1.attn.pattern"]
    np.testing.assert_allclose(pattern.sum(-1), 1, rtol=1e-6)
    assert (pattern[:, np.triu(np.ones((7, 7), bool), 1)] == 0).all()


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("ABX", r"'X' is not in this model's alphabet: use only A, B, C"),
        ("", "empty"),
        ([], "empty"),
        ("ABCABCABCA", "10 tokens, but this model reads at most 9"),
        ([0, 7], "no token 7: numbers run from 0 to 6"),
        ([-1], "no token -1"),
    ],
)
def test_unreadable_prompts_are_answered_with_a_sentence(model: Model, prompt: str | list[int], sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence):
        model.trace(prompt)


def test_a_run_takes_the_right_answers_as_a_trace_does(model: Model) -> None:
    assert Run(model, "ABC", targets="BCA")["loss"] == model.trace("ABC", targets=[1, 2, 0])["loss"]
    for targets in (True, 5, 1.5, np.array(3), {"a": 1}):
        with pytest.raises(PellucidError, match="targets are one text, or token numbers"):
            Run(model, "ABC", targets=targets)  # type: ignore[arg-type]


def test_a_run_is_no_array(model: Model) -> None:
    run = model.trace("CAB")
    assert run != np.array([1, 2, 3])
    assert np.array([1.0, 2.0]) != run
    assert run != np.ma.array([1, 2], mask=[False, True])
