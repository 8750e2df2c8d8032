"""Playing: how any cell comes about and the whole forward pass, where what is seen follows from the position alone."""

import re

import pytest
from browser.driving import at_rest, opened, select, state, turn
from playwright.sync_api import Locator, Page, Route, expect

from pellucid.run.model import Model

# Where there is room for some names only, those stay that were shown before, so that they do not flicker.
WITHOUT_NAMES = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('.stage-label { display: none }')
  document.adoptedStyleSheets = [sheet]
}"""


def played(page: Page) -> Locator:
    """The slider of what is being played, once that is there; it stands still."""
    page.locator("canvas").focus()
    page.keyboard.press("p")
    slider = page.get_by_role("slider", name="Position")
    expect(slider).to_be_visible()
    pause(page)
    return slider


def pause(page: Page) -> None:
    button = page.get_by_role("navigation", name="Playing on the stage").get_by_role("button", name="Pause", exact=True)
    if button.is_visible():
        button.click()
    expect(button).to_be_hidden()


def picture_at(page: Page, slider: Locator, time: float) -> bytes:
    page.mouse.move(0, 0)  # where it points at no cell
    slider.fill(f"{time:.2f}")
    at_rest(page)
    return page.locator("canvas").screenshot()


def length(slider: Locator) -> float:
    return float(slider.get_attribute("max") or "nan")


def test_a_position_shows_one_picture_however_it_was_reached(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    select(page, "blocks.1.attn.q", [0, 3, 5])
    page.evaluate("window.pellucid.goto('blocks.1.attn.q')")
    select(page, "blocks.1.attn.q", [0, 3, 5])
    slider = played(page)
    page.evaluate(WITHOUT_NAMES)
    turn(page, moves=5)  # from now on the camera stays where the reader has put it
    middle, end = 0.55 * length(slider), length(slider)
    jumped = picture_at(page, slider, middle)
    assert jumped != picture_at(page, slider, 0)
    play = page.get_by_role("navigation", name="Playing on the stage").get_by_role("button", name="Play", exact=True)
    play.click()
    expect(slider).not_to_have_value("0")
    page.wait_for_function("() => Number(document.querySelector('nav input[type=range]').value) > 0.3")
    pause(page)
    assert picture_at(page, slider, middle) == jumped
    picture_at(page, slider, end)
    page.get_by_role("button", name="Play backwards").click()
    play.click()
    page.wait_for_function("end => Number(document.querySelector('nav input[type=range]').value) < end", arg=0.9 * end)
    pause(page)
    assert picture_at(page, slider, middle) == jumped


def test_every_kind_of_op_can_be_played(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text=CBABBC")
    kinds = {op.kind: op.output for op in reversed(nano_model.graph.ops)}
    assert len(kinds) >= 8
    for kind, made in kinds.items():
        select(page, made.name, [0] * len(made.axes))
        slider = played(page)
        assert 0.5 < length(slider) < 60, kind
        slider.fill(f"{length(slider) / 2:.2f}")
        page.get_by_role("button", name="End", exact=True).click()
        expect(slider).to_be_hidden()


def test_the_forward_pass_feeds_its_outcome_back_in(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    slider = played(page)
    assert state(page)["step"] == 0
    slider.press("End")
    expect(page.get_by_role("button", name=re.compile("^Answer token 5: C"))).to_be_visible()
    expect(page.get_by_role("navigation", name="Playing on the stage")).to_contain_text("answer token 6")
    slider.press("Home")
    page.wait_for_function("() => window.pellucid.state.step === 0")
    page.get_by_role("button", name="One step on").click()
    expect(slider).not_to_have_value("0")
    page.get_by_role("button", name="One step back").click()
    expect(slider).to_have_value("0")


@pytest.mark.asks_server("nobody computes a run there where the page's own worker is kept away")
def test_the_end_is_that_of_all_passes_however_late_they_come(page: Page, server: str) -> None:
    """The passes after the first are asked for when playing has begun, here of the server."""
    page.route("**/worker*", lambda route: route.abort())
    opened(page, f"{server}?text=CBABBC")
    held: list[Route] = []
    page.route("**/api/models/nano/*", lambda route: held.append(route))
    slider = played(page)
    first = length(slider)
    slider.press("End")
    expect(slider).to_have_value(re.compile(f"^{first:g}"))
    page.unroute("**/api/models/nano/*")
    for route in held:
        route.continue_()
    expect(page.get_by_role("button", name=re.compile("^Answer token 5: C"))).to_be_visible()
    assert length(slider) > first
    expect(slider).to_have_value(re.compile(f"^{length(slider):g}"))


def test_those_who_want_no_motion_see_how_it_begins_and_how_it_ends(page: Page, server: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, f"{server}?text=CBABBC")
    select(page, "blocks.1.attn.q", [0, 3, 5])
    slider = played(page)
    page.evaluate(WITHOUT_NAMES)
    end = length(slider)
    shown = [picture_at(page, slider, share * end) for share in (0, 0.4, 0.6, 1)]
    assert shown[0] == shown[1]
    assert shown[2] == shown[3]
    assert shown[0] != shown[3]
