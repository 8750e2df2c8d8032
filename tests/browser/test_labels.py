"""Labels and the figures of rulers never overlap one another and stay on the stage, from wherever one looks."""

from itertools import combinations
from typing import Any

import pytest
from browser.driving import at_rest, opened, opened_at
from playwright.sync_api import Page, expect

SHOWN = """() => [...document.querySelectorAll('.stage-label.shown, .stage-tick')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .map((element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect()
    const isLabel = element.matches('.stage-label')
    return { text: element.textContent, isLabel, left, top, right, bottom }
  })"""
TENSORS_NAMED = "() => [...document.querySelectorAll('.stage-label.tensor.shown')].map(({ dataset }) => dataset.name)"
GO = """camera => { window.pellucid.state = { camera } }"""
CAMERAS = {
    "nano": [
        (0, -300, 0, 900, 20, 9),
        (0, -300, 0, 300, -40, 30),
        (-40, -300, 0, 120, 14, 7),
        (-62, -311, -10, 40, 0, 0),
    ],
    # All columns, numbers on each block; a few blocks between two columns; the tables over the first column.
    "gpt3": [
        (270000, -300000, 0, 900000, 20, 9),
        (20000, -60000, 0, 160000, -30, 20),
        (0, -3000, 0, 100000, 20, 9),
    ],
}
HAIR = 0.5


@pytest.mark.parametrize("model", CAMERAS)
def test_labels_never_overlap(page: Page, server: str, model: str) -> None:
    opened(page, f"{server}?model={model}")
    at_rest(page)
    canvas = page.locator("canvas").bounding_box()
    assert canvas
    most = 0
    for x, y, z, distance, azimuth, elevation in CAMERAS[model]:
        turned = {"azimuth": azimuth, "elevation": elevation, "parallel": False}
        page.evaluate(GO, {"target": [x, y, z], "distance": distance, **turned})
        at_rest(page)
        labels = page.evaluate(SHOWN)
        most = max(most, len(labels))
        assert labels
        for label in (one for one in labels if one["isLabel"]):
            assert label["left"] >= canvas["x"] - HAIR, label
            assert label["right"] <= canvas["x"] + canvas["width"] + HAIR, label
            assert label["top"] >= canvas["y"] - HAIR, label
            assert label["bottom"] <= canvas["y"] + canvas["height"] + HAIR, label
        apart(labels)
    assert most >= 5


def apart(texts: list[dict[str, Any]]) -> None:
    for one, other in combinations(texts, 2):
        across = min(one["right"], other["right"]) - max(one["left"], other["left"])
        down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
        assert across <= HAIR or down <= HAIR, (one, other)


def test_only_what_is_to_be_looked_at_is_named_and_never_over_another_name(page: Page, server: str) -> None:
    opened_at(page, f"{server}?tour=03-layer-norm:1:1")
    at_rest(page)
    # The one end of the stream is seen and the other one has its name in an inset.
    titles = {title.removeprefix("nano/") for title in page.evaluate(TENSORS_NAMED)}
    assert titles <= {"blocks.0.resid_pre", "blocks.2.resid_post"}
    expect(page.get_by_role("region", name="Seen apart: residual stream")).to_be_visible()
    opened_at(page, f"{server}?tour=04-self-attention:2:1")
    at_rest(page)
    apart(page.evaluate(SHOWN))
    named = [name.removeprefix("nano/") for name in page.evaluate(TENSORS_NAMED)]
    assert "blocks.0.attn.q" in named, named
    # Who is asked for a cell of a tensor reads which one that is.
    opened_at(page, f"{server}?text=CBABBC&tour=08-softmax:5:1")
    at_rest(page)
    apart(page.evaluate(SHOWN))
    named = [name.removeprefix("nano/") for name in page.evaluate(TENSORS_NAMED)]
    assert {"blocks.0.attn.sum", "blocks.0.attn.pattern"} <= set(named), named


def test_figures_along_the_vocabulary_say_which_token_they_count(page: Page, server: str) -> None:
    opened_at(page, f"{server}?tour=00-overview:2:1")
    at_rest(page)
    figures = [text["text"] for text in page.evaluate(SHOWN) if not text["isLabel"]]
    assert {"0 A", "1 B", "2 C", "v", "0 C", "5 C", "t"} <= {figure.replace("\n", " ") for figure in figures}
