"""What the reader changes in a widget is seen on the stage, marked as changed, and taken back by one key."""

from typing import Any

from browser.driving import at_rest, opened_at
from playwright.sync_api import Locator, Page, expect


def slide(slider: Locator, value: float) -> None:
    slider.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', {bubbles: true})) }", value
    )


def picture(page: Page) -> Any:
    at_rest(page)
    return page.locator("canvas").screenshot()


def test_moving_a_logit_recolours_the_stage_until_it_is_undone(page: Page, server: str) -> None:
    opened_at(page, f"{server}?text=CBABBC&tour=08-softmax:4:1&lang=en")
    slider = page.get_by_role("slider", name="Value of A")
    expect(slider).to_be_visible()
    before, usual = picture(page), slider.input_value()
    badge = page.locator(".changed")
    slide(slider, float(usual) - 8)
    expect(badge).to_contain_text("logits moved by hand")
    assert picture(page) != before
    page.keyboard.press("Escape")
    expect(badge).to_be_hidden()
    assert picture(page) == before
    assert slider.input_value() == usual


def test_a_training_is_seen_on_the_stage_and_the_model_comes_back(page: Page, server: str) -> None:
    opened_at(page, f"{server}?text=CBABBC&tour=11-training:6:1&lang=en")
    button = page.get_by_role("button", name="Train it anew").first
    expect(button).to_be_visible()
    before = picture(page)
    button.click()
    expect(page.locator(".changed")).to_contain_text("160 steps", timeout=120_000)
    expect(page.get_by_role("img", name="Loss over 160 steps")).to_be_in_viewport(ratio=0.8)
    assert picture(page) != before
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".changed")).to_be_hidden()
    assert picture(page) == before
