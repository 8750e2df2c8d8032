"""How the page opens for somebody who comes for the first time, and the letters at the model's entrance and exit."""

import re
from typing import Any

import pytest
from browser.driving import at_rest, faultless, inspector, opened, opened_at, place_of
from playwright.sync_api import Browser, Page, expect

DESKTOP = {"width": 1280, "height": 800}

# The names of what is not computed yet, at each frame from here on.
WATCH = """() => {
  window.moments = []
  const look = () => {
    const shown = place => {
      const letters = [...document.querySelectorAll(`.stage-gate.${place} span`)]
      return letters.filter(one => (one.style.opacity || '1') > 0.5).map(one => one.dataset.face === 'number'
        ? one.querySelector('i').textContent : one.querySelector('b').textContent).join('')
    }
    window.moments.push([shown('entrance'), shown('exit'), document.querySelector('.opening .pulse') !== null])
    requestAnimationFrame(look)
  }
  look()
}"""


# How far below its place the letter is that goes back in, at each frame at which it moves.
FLIGHT = """() => {
  window.flight = []
  const look = () => {
    const last = document.querySelector('.stage-gate.entrance span:nth-child(7)')
    if (last) window.flight.push(new DOMMatrix(getComputedStyle(last).transform).f)
    requestAnimationFrame(look)
  }
  look()
}"""


def letters(page: Page, gate: str) -> str:
    return "".join(page.locator(f".stage-gate.{gate} b").all_inner_texts())


def test_the_letters_go_in_as_numbers_and_the_answer_comes_out(browser: Browser, server: str) -> None:
    with faultless(browser, first_visit=True, viewport=DESKTOP) as page:
        page.add_init_script(f"addEventListener('DOMContentLoaded', {WATCH})")
        opened_at(page, server)
        line = page.get_by_text("Click any number to take it apart")
        expect(line).to_be_visible()
        moments = page.evaluate("window.moments")
        entered = [entrance for entrance, _, _ in moments]
        assert any(0 < len(one) < 6 for one in entered), "letters come one after another"
        assert any(set("012") & set(one) for one in entered), "and turn into their numbers"
        pulses = [place for place, (_, _, pulse) in enumerate(moments) if pulse]
        assert pulses, "a pulse goes through the model"
        assert not moments[pulses[0]][1], "before the answer"
        assert (letters(page, "entrance"), letters(page, "exit")) == ("CBABBC", "ABBBCC")

        at_rest(page)
        spot = place_of(page, "blocks.0.mlp.post", [3, 40])
        page.mouse.click(spot["x"], spot["y"])
        expect(line).to_have_count(0)
        expect(inspector(page)).to_be_visible()

        opened_at(page, server)
        at_rest(page)
        expect(page.locator(".opening")).to_have_count(0)


@pytest.mark.parametrize("inputs", ["key", "still"])
def test_the_opening_can_be_skipped_and_does_not_move_for_who_wants_none(
    browser: Browser, server: str, inputs: str
) -> None:
    reduced: dict[str, Any] = {"reduced_motion": "reduce"} if inputs == "still" else {}
    with faultless(browser, first_visit=True, viewport=DESKTOP, **reduced) as page:
        page.add_init_script(f"addEventListener('DOMContentLoaded', {WATCH})")
        opened_at(page, server)
        if inputs == "key":
            page.keyboard.press("Space")
            expect(page.get_by_text(re.compile(r"^2 / \d+$"))).to_be_visible()  # the key does what it does at any time
            expect(page.locator(".opening")).to_have_count(0)
        else:
            expect(page.get_by_text("Click any number to take it apart")).to_be_visible()
            assert not any(pulse for _, _, pulse in page.evaluate("window.moments"))


def test_an_address_that_asks_for_something_opens_there_at_once(browser: Browser, server: str) -> None:
    with faultless(browser, first_visit=True, viewport=DESKTOP) as page:
        opened(page, server)
        at_rest(page)
        expect(page.locator(".opening")).to_have_count(0)
        expect(page.locator(".stage-gate.exit .later")).to_have_count(5)
        # What is not written yet is not given away: the model expects A, and that is all that stands there.
        assert (letters(page, "entrance"), letters(page, "exit")) == ("CBABBC", "A")
        expect(page.locator(".slots .letter[data-expected]")).to_have_attribute("data-expected", "A")
        page.evaluate(FLIGHT)
        page.get_by_role("button", name="Next token").click()
        expect(page.locator(".stage-gate.entrance span")).to_have_count(7)
        at_rest(page)
        flight = page.evaluate("window.flight")
        assert max(flight) > 300, "the letter comes from the exit, far below"
        assert flight[-1] == 0, "and arrives"
        assert letters(page, "exit") == "AB", "the first is written, the second expected"
        expect(page.locator(".stage-gate.exit .later")).to_have_count(4)


def test_whoever_comes_back_is_where_they_were(page: Page, server: str) -> None:
    opened_at(page, f"{server}?tour=05-projection:3&lang=en")
    expect(page.get_by_text("3 / ")).to_be_visible()
    expect(page).to_have_title("Projection · nano · Pellucid")
    opened_at(page, server)
    expect(page.get_by_text("You are back where you were: Projection.")).to_be_visible()
    expect(page.get_by_text("3 / ")).to_be_visible()


def test_the_tour_has_an_end(page: Page, server: str) -> None:
    opened_at(page, f"{server}?tour=14-llama:4")
    page.get_by_role("button", name="Finish").click()
    # Who has seen the last chapter alone has not seen it all, and is not told so.
    end = page.get_by_role("region", name=re.compile("still to see: 14 chapters"))
    expect(end).to_be_focused()
    expect(page.get_by_role("button", name="Finish")).to_have_count(0)
    expect(page.locator(".stage-gate.entrance")).to_be_visible()  # the whole model stands there again
    expect(end.get_by_role("button", name="Overview")).to_be_visible()  # whose steps have not been seen
    end.get_by_role("button", name="Explore the model").click()
    expect(page.get_by_role("heading", name="Inside a GPT that sorts letters")).to_be_visible()


def test_keys_go_by_the_sign_they_write_and_not_to_who_is_composing(page: Page, server: str) -> None:
    opened(page, f"{server}?cell=blocks.0.attn.q:2,3,7")
    press = (
        "keys => document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...keys}))"
    )
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.0.attn.q")
    page.evaluate(press, {"key": "Escape", "keyCode": 229})
    page.evaluate(press, {"key": "Escape", "isComposing": True})
    page.evaluate(press, {"key": "[", "ctrlKey": True})
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.0.attn.q")
    for keys in ({"key": "[", "ctrlKey": True, "altKey": True}, {"key": "[", "altKey": True}):
        before = inspector(page).get_attribute("data-tensor")
        page.evaluate(press, keys)
        expect(inspector(page)).not_to_have_attribute("data-tensor", before or "")
