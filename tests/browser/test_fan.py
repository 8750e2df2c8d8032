"""Heads laid side by side: by a key, by a link, by a step of the tour, and behind one another again."""

import re
from typing import Any

from browser.driving import at_rest, inspector, opened, opened_at, state
from playwright.sync_api import Page, expect

PATTERN = "blocks.0.attn.pattern"


def heads(page: Page, tensor: str = PATTERN) -> list[dict[str, float]]:
    """Where the first cell of each head is."""
    return [
        dict(page.evaluate("([tensor, h]) => window.pellucid.locate(tensor, [h, 0, 0])", [tensor, head]))
        for head in range(3)
    ]


def are_apart(page: Page, tensor: str = PATTERN) -> bool:
    """Whether the heads' first cells stand in a row, a matrix and more from one to the next."""
    first, second, third = heads(page, tensor)
    corner: Any = page.evaluate("tensor => window.pellucid.locate(tensor, [0, 0, 5])", tensor)
    matrix = corner["x"] - first["x"]
    level = max(each["y"] for each in (first, second, third)) - min(each["y"] for each in (first, second, third))
    return bool(
        second["x"] - first["x"] > 1.2 * matrix and third["x"] - second["x"] > 1.2 * matrix and level < matrix / 4
    )


def shown_names(page: Page) -> list[str]:
    return page.locator(".stage-head:visible").all_inner_texts()


def test_a_key_lays_heads_side_by_side_and_folds_them_back(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&view=explore&cell=blocks.0.attn.pattern:0,5,2&lang=en")
    at_rest(page)
    assert not are_apart(page)
    page.keyboard.press("f")
    page.wait_for_function("window.pellucid.state.fan !== null")
    at_rest(page)
    assert PATTERN in state(page)["fan"]
    assert are_apart(page)
    names = shown_names(page)
    assert {"attention pattern", "head 0", "head 1", "head 2"} <= set(names), names
    # What is pointed at there is what is opened.
    place = heads(page)[2]
    page.locator("canvas").click(position={"x": place["x"], "y": place["y"]})
    expect(inspector(page)).to_have_attribute("data-tensor", PATTERN)
    page.wait_for_function("window.pellucid.state.cell?.index?.join() === '2,0,0'")
    link = page.url
    opened(page, link)
    at_rest(page)
    assert are_apart(page)
    page.get_by_role("button", name="Heads side by side").click()
    page.wait_for_function("window.pellucid.state.fan === null")
    at_rest(page)
    assert not are_apart(page)
    assert shown_names(page) == []


def test_a_step_lays_them_out_until_the_reader_folds_them_or_goes_on(page: Page, server: str) -> None:
    opened_at(page, f"{server}?text=CBABBC&tour=04-self-attention:7:1&lang=ja")
    at_rest(page)
    assert are_apart(page)
    assert {"ヘッド 0", "ヘッド 1", "ヘッド 2"} <= set(shown_names(page))
    assert state(page)["fan"] is None
    page.keyboard.press("f")
    page.wait_for_function("window.pellucid.state.fan?.length === 0")
    expect(page).to_have_url(re.compile("fan=none"))
    at_rest(page)
    assert not are_apart(page)
    page.keyboard.press("f")
    page.wait_for_function("window.pellucid.state.fan === null")
    at_rest(page)
    assert are_apart(page)
    page.keyboard.press("Space")
    page.wait_for_function("window.pellucid.state.tour.step === 7")
    at_rest(page)
    assert not are_apart(page)
