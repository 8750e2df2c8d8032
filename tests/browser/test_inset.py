"""The inset: what a step speaks of, too far from the rest, is read and found in a corner of the stage."""

import re
from typing import Any

from browser.driving import at_rest, faultless, held_back, opened_at, place_of, settled, state
from playwright.sync_api import Browser, Page, expect

SCORES, PATTERN, VALUES = "blocks.0.attn.scores", "blocks.0.attn.pattern", "blocks.0.attn.v"
TITLES = re.compile(r"/assets/Inset[^/]*\.js$")
IS_SETTLED = """() => Promise.race([
    window.pellucid.settled.then(() => true), new Promise(resolve => setTimeout(resolve, 100, false))
])"""
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def at_step(page: Page, server: str, place: str) -> None:
    opened_at(page, f"{server}?text=CBABBC&tour={place}&lang=en")
    settled(page)
    at_rest(page)


def measured(page: Page, tensor: str, index: list[int]) -> dict[str, float]:
    return dict(page.evaluate("([tensor, index]) => window.pellucid.measure(tensor, index)", [tensor, index]))


def test_while_something_else_is_played_neither_inset_nor_caption_speaks_of_the_step(page: Page, server: str) -> None:
    at_step(page, server, "04-self-attention:8:1")
    inset = page.get_by_role("region", name="Seen apart: attention scores")
    caption = page.locator(".stage .note")
    expect(inset).to_be_visible()
    expect(caption).to_be_visible()
    page.keyboard.press("p")
    expect(page.locator("nav.transport")).to_be_visible()
    expect(inset).to_be_hidden()
    expect(caption).to_be_hidden()
    page.keyboard.press("Escape")
    expect(caption).to_be_visible()
    expect(inset).to_be_visible()


def test_an_inset_shows_the_second_of_two_tensors_until_it_is_put_away(page: Page, server: str) -> None:
    at_step(page, server, "04-self-attention:8:1")
    inset = page.get_by_role("region", name="Seen apart: attention scores")
    expect(inset).to_be_visible()
    spoken = measured(page, PATTERN, [0, 0, 0])
    assert spoken["printed"]
    assert measured(page, SCORES, [0, 5, 0])["printed"]
    # Pointing and clicking there means the cells that are seen there.
    place = place_of(page, SCORES, [0, 2, 3])
    box = inset.bounding_box()
    assert box
    assert box["x"] < place["x"] < box["x"] + box["width"]
    assert box["y"] < place["y"] < box["y"] + box["height"]
    page.mouse.move(place["x"], place["y"])
    expect(page.get_by_role("tooltip")).to_contain_text("attention scores")
    expect(page.get_by_role("tooltip")).to_contain_text("−∞")
    page.mouse.click(place["x"], place["y"])
    expect(page.locator("[data-step='7'] .exercise").first).to_contain_text("Yes")
    # Dragging moves what it shows, and the stage stays.
    before = page.evaluate("window.pellucid.stats.frames")
    page.mouse.down()
    page.mouse.move(place["x"] + 30, place["y"] + 20, steps=4)
    page.mouse.up()
    assert at_rest(page) > before
    assert measured(page, PATTERN, [0, 0, 0]) == spoken
    # Its title leads there, and then it shows the other one.
    inset.get_by_role("button", name="attention scores").click()
    other = page.get_by_role("region", name="Seen apart: attention pattern")
    expect(other).to_be_visible()
    at_rest(page)
    assert measured(page, SCORES, [0, 2, 3])["printed"]
    page.keyboard.press("Escape")
    expect(page.locator("section.inset, .stage-inset:visible")).to_have_count(0)
    assert state(page)["tour"]["step"] == 7
    # The next step needs none; whoever comes back finds it again.
    page.keyboard.press("Space")
    page.wait_for_function("() => window.pellucid.state.tour.chapter !== '04-self-attention'")
    settled(page)
    at_rest(page)
    expect(page.locator("section.inset, .stage-inset:visible")).to_have_count(0)
    page.keyboard.press("Backspace")
    page.wait_for_function("() => window.pellucid.state.tour.chapter === '04-self-attention'")
    expect(inset).to_be_visible()
    inset.get_by_role("button", name="Put away").click()
    expect(inset).to_have_count(0)


def test_what_is_compared_is_seen_together_though_neither_is_computed_from_the_other(page: Page, server: str) -> None:
    at_step(page, server, "10-generation:3:1")
    expect(page.get_by_role("region", name="Seen apart: keys")).to_be_visible()
    assert measured(page, VALUES, [0, 8, 0])["printed"]
    assert measured(page, "blocks.0.attn.k", [0, 8, 0])["printed"]


def test_the_stage_is_settled_once_the_inset_has_its_title(page: Page, server: str) -> None:
    with held_back(page, TITLES):
        opened_at(page, f"{server}?text=CBABBC&tour=04-self-attention:4:1&lang=en")
        expect(page.locator(".stage-inset")).to_be_visible()
        at_rest(page)
        assert not page.evaluate(IS_SETTLED)
    settled(page)
    assert page.locator("section.inset header").count() == 1


def test_on_a_phone_a_tap_in_the_inset_answers(browser: Browser, server: str) -> None:
    with faultless(browser, **PHONE) as page:
        at_step(page, server, "13-look-inside:9:1")
        inset = page.get_by_role("region", name="Seen apart: values")
        expect(inset).to_be_visible()
        stage, box = page.locator("canvas").bounding_box(), inset.bounding_box()
        assert stage
        assert box
        assert stage["x"] <= box["x"]
        assert box["x"] + box["width"] <= stage["x"] + stage["width"]
        assert box["y"] + box["height"] <= stage["y"] + stage["height"]
        assert measured(page, VALUES, [0, 2, 0])["printed"]
        place = place_of(page, VALUES, [0, 2, 0])
        page.touchscreen.tap(place["x"], place["y"])
        expect(page.locator("[data-step='8'] .exercise").first).to_contain_text("Yes")
