"""The camera goes along with the inspector: to a cell, with what it was read from joined to it or pointed to."""

import re
from typing import Any

from browser.driving import at_rest, inspector, opened, state
from playwright.sync_api import Page, expect

QUERY = ("blocks.0.attn.q", [2, 3, 7])
SCORE = ("blocks.0.attn.qk", [0, 5, 2])


def locate(page: Page, tensor: str, index: list[int]) -> dict[str, float]:
    place = page.evaluate("([tensor, index]) => window.pellucid.locate(tensor, index)", [tensor, index])
    assert place
    return dict(place)


def is_read(page: Page, tensor: str, index: list[int]) -> bool:
    """Whether the cell is on the stage, and large enough for its number to be printed."""
    stage = page.locator("canvas").bounding_box()
    assert stage
    here = locate(page, tensor, index)
    beside = locate(page, tensor, [*index[:-1], index[-1] + 1])
    return 0 < here["x"] < stage["width"] and 0 < here["y"] < stage["height"] and beside["x"] - here["x"] >= 30


def camera(page: Page) -> Any:
    """Where some cell of the model is on the screen tells from where one looks."""
    return page.evaluate("window.pellucid.locate('blocks.0.attn.qk', [0, 0, 0])")


def test_a_link_to_a_cell_shows_it_large_with_signs_to_what_is_out_of_sight(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&cell=blocks.0.attn.qk:0,5,2")
    sign = page.get_by_role("button", name="Out of sight: queries. Show it")
    expect(sign).to_be_visible()
    at_rest(page)
    assert is_read(page, *SCORE)
    assert state(page)["camera"] is None
    assert "camera" not in page.url
    sign.click()
    at_rest(page)
    assert is_read(page, "blocks.0.attn.q", [0, 5, 14])
    expect(sign).to_be_hidden()
    page.get_by_role("button", name="Out of sight: scaled dot products. Show it").click()
    at_rest(page)
    assert is_read(page, *SCORE)


def test_a_link_to_a_cell_shows_it_whatever_the_step_of_the_tour_plays(page: Page, server: str) -> None:
    opened(page, f"{server}?text=BACCAB&tour=04-self-attention:3&cell=blocks.1.attn.q:2,3,7")
    at_rest(page)
    assert is_read(page, "blocks.1.attn.q", [2, 3, 7])
    assert "camera" not in page.url


def test_walking_from_cell_to_cell_and_back(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&cell=blocks.0.attn.q:2,3,7")
    at_rest(page)
    assert is_read(page, *QUERY)
    first = camera(page)
    panel = inspector(page)
    panel.get_by_role("button", name=re.compile(r"Show normalised before attention \[t=3 \(B\), c=0\]")).last.click()
    expect(panel).to_have_attribute("data-tensor", "blocks.0.ln1.normalized")
    at_rest(page)
    assert is_read(page, "blocks.0.ln1.normalized", [3, 0]) or is_tall(page, "blocks.0.ln1.normalized", [3, 0])
    # All of a row of what it is made from is the link.
    row = panel.get_by_role("listitem").filter(has_text="standard deviation")
    row.click(position={"x": 40, "y": 10})
    expect(panel).to_have_attribute("data-tensor", "blocks.0.ln1.scale")
    way = panel.get_by_role("navigation", name="The way here").get_by_role("button")
    expect(way).to_have_text([re.compile("^queries"), re.compile("^normalised"), re.compile("^standard deviation")])
    expect(way.nth(2)).to_have_attribute("aria-current", "true")
    way.first.click()
    expect(panel).to_have_attribute("data-tensor", "blocks.0.attn.q")
    at_rest(page)
    assert camera(page) == first
    expect(way).to_have_count(3)
    page.go_back()
    expect(panel).to_have_attribute("data-tensor", "blocks.0.ln1.scale")
    at_rest(page)
    assert camera(page) != first
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def is_tall(page: Page, tensor: str, index: list[int]) -> bool:
    """The same where the last axis runs downwards."""
    here, below = locate(page, tensor, index), locate(page, tensor, [*index[:-1], index[-1] + 1])
    return below["y"] - here["y"] >= 30


def test_the_reader_s_own_view_stays_until_another_cell_is_chosen(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&cell=blocks.0.attn.qk:0,5,2")
    at_rest(page)
    page.locator("canvas").hover()
    for _ in range(4):
        page.mouse.wheel(0, 240)
    at_rest(page)
    taken = camera(page)
    page.wait_for_function("() => window.pellucid.state.camera !== null")
    inspector(page).get_by_role("button", name="By size").click()
    at_rest(page)
    assert camera(page) == taken
    inspector(page).get_by_role("table").get_by_role("button").first.click()
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.0.attn.q")
    at_rest(page)
    assert is_read(page, "blocks.0.attn.q", state(page)["cell"]["index"])
