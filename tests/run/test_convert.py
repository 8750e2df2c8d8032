"""A run in the hands of other libraries: named axes in xarray, tensors in PyTorch, axes in Matplotlib."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from small import random_model

import pellucid

MODEL = random_model()
RUN = MODEL.trace("ABCDE")


def test_xarray_has_the_axes_by_name_and_the_tokens_along_them(xarray: ModuleType) -> None:
    logits = RUN.to_xarray("logits")
    assert logits.dims == ("t", "v")
    assert logits.attrs["long_name"] == "logits"
    assert list(logits.token_t.values) == list("ABCDE")
    np.testing.assert_array_equal(logits.sel(v="B"), RUN["logits"][:, 1])
    assert np.shares_memory(logits.values, RUN["logits"])
    pattern = RUN.to_xarray("blocks.0.attn.hook_pattern")
    assert pattern.dims == ("h", "t", "s")
    assert float(pattern.sum("s").isel(h=1, t=3)) == pytest.approx(1)
    weight = RUN.to_xarray("embed.W_E")
    assert dict(weight.sizes) == dict(zip("vc", RUN["embed.W_E"].shape, strict=True))
    assert RUN.to_xarray("grad.blocks.0.attn.q").dims == ("h", "t", "d")
    whole = RUN.to_xarray()
    assert set(whole) == set(RUN)
    np.testing.assert_array_equal(whole["probs"], RUN["probs"])


def test_torch_gets_a_tensor_of_its_own(torch: ModuleType) -> None:
    logits = RUN.to_torch("logits")
    assert logits.dtype == torch.float32
    np.testing.assert_array_equal(logits.numpy(), RUN["logits"])
    logits[0, 0] = 100.0
    assert RUN["logits"][0, 0] != 100.0


def test_run_with_cache_keeps_what_its_filter_names() -> None:
    logits, cache = MODEL.run_with_cache("ABCDE")
    assert cache == RUN
    np.testing.assert_array_equal(logits, RUN["logits"])
    _, cache = MODEL.run_with_cache("ABC", lambda name: name.endswith("hook_pattern"))
    assert list(cache) == ["blocks.0.attn.pattern", "blocks.1.attn.pattern", "logits"]
    np.testing.assert_array_equal(cache["blocks.1.attn.hook_pattern"], MODEL.trace("ABC")["blocks.1.attn.pattern"])
    logits, cache = MODEL.run_with_cache("ABC", "blocks.0.hook_resid_post", interventions="blocks.0.attn.z[h=1]")
    assert list(cache) == ["blocks.0.resid_post", "logits"]
    np.testing.assert_array_equal(logits, MODEL.trace("ABC", interventions="blocks.0.attn.z[h=1]")["logits"])
    with pytest.raises(pellucid.PellucidError, match="no tensor named 'nothing'"):
        MODEL.run_with_cache("ABC", ["nothing"])


def test_a_run_takes_a_name_and_a_layer_as_transformer_lens_does() -> None:
    keys: dict[Any, str] = {
        ("pattern", 0): "blocks.0.attn.pattern",
        ("attn_scores", np.int64(1)): "blocks.1.attn.scores",
        ("resid_post", -1): "blocks.1.resid_post",
        ("post", 0): "blocks.0.mlp.post",
        ("scale", 1, "ln2"): "blocks.1.ln2.scale",
        ("q", 0, "attn"): "blocks.0.attn.q",
        ("k", 0, "a"): "blocks.0.attn.k",
        ("resid_mid", 0, "block"): "blocks.0.resid_mid",
    }
    for key, name in keys.items():
        np.testing.assert_array_equal(RUN[key], RUN[name])
        assert key in RUN
    wrongs: list[Any] = [
        ("pattern", 2),
        ("pattern", -3),
        ("pattern", "0"),
        ("pattern",),
        ("q", 0, 1),
        ("q", 0, "a", "b"),
        (),
    ]
    for wrong in wrongs:
        with pytest.raises(KeyError, match="names no tensor"):
            RUN[wrong]
        assert wrong not in RUN
    with pytest.raises(KeyError, match="did you mean"):
        RUN["patern", 0]
    _, cache = MODEL.run_with_cache("ABC", lambda name: name.endswith("hook_pattern"))
    kept: list[Any] = [key for key in keys if key in cache]
    assert kept == [("pattern", 0)]
    with pytest.raises(KeyError, match="was not kept by this run"):
        cache["q", 0]


def test_matplotlib_draws_matrices_and_rows_with_their_axes_named(matplotlib: ModuleType) -> None:
    matplotlib.use("agg")
    import matplotlib.pyplot as pyplot

    axes = pellucid.plot(RUN, "blocks.0.attn.pattern", h=1)
    assert axes.get_xlabel() == "position looked at (s)"
    assert axes.get_ylabel() == "position (t)"
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0 A", "1 B", "2 C", "3 D", "4 E"]
    assert axes.get_title() == "attention pattern: blocks.0.attn.pattern[h=1]"
    (image,) = axes.images
    np.testing.assert_array_equal(image.get_array(), RUN["blocks.0.attn.pattern"][1])
    assert axes.texts[0].get_text() == "1.00"
    given = pyplot.figure().subplots()
    assert pellucid.plot(RUN, "probs[t=2]", given) is given
    assert [bar.get_height() for bar in given.patches] == pytest.approx(RUN["probs"][2])
    assert [tick.get_text() for tick in given.get_xticklabels()] == [
        f"{v} {letter}" for v, letter in enumerate(MODEL.pieces(range(len(RUN["probs"][2]))))
    ]
    scores = pellucid.plot(RUN, "blocks.0.attn.scores[h=0]")  # with minus infinities
    assert "−∞" in {text.get_text() for text in scores.texts}
    scores.figure.canvas.draw()
    for wrong, sentence in (
        ("blocks.0.attn.pattern", "has the axes h t s, and at most two can be drawn: give an index for h"),
        ("probs[t=2,v=1]", "is one number"),
        ("probs[t=7]", "t=7 is outside probs"),
    ):
        with pytest.raises(pellucid.PellucidError, match=sentence):
            pellucid.plot(RUN, wrong)
    pyplot.close("all")
