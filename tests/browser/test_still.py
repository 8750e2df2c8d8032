"""A browser without WebGL: still pictures where the stage would be, and every number taken apart all the same."""

import re
from collections.abc import Iterator

import pytest
from browser.driving import faultless, opened_at
from chromium import ARGUMENTS
from playwright.sync_api import Browser, Page, expect

WITHOUT = [argument for argument in ARGUMENTS if "swiftshader" not in argument] + ["--disable-gpu", "--disable-3d-apis"]
STEP = "tour=04-self-attention:3:1"
# What pictures are called: all of them, that of the step, that of the tensor.
LANGUAGES = {"en": ("A still picture: ", "Self-attention 3", "queries"), "ja": ("静止画：", "自己注意 3", "クエリ")}


@pytest.fixture(scope="module")
def flat_browser(browser: Browser, chromium_path: str) -> Iterator[Browser]:
    launched = browser.browser_type.launch(executable_path=chromium_path, args=WITHOUT)
    yield launched
    launched.close()


def picture(page: Page, called: str) -> str:
    """The address of the picture of that name, once it is seen."""
    shown = page.get_by_role("region").get_by_role("img", name=called, exact=True)
    expect(shown).to_be_visible(timeout=60_000)
    page.wait_for_function("() => document.querySelector('figure img').naturalWidth > 0")
    return shown.get_attribute("src") or ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_webgl_steps_and_what_is_looked_into_are_still_pictures(
    flat_browser: Browser, server: str, language: str
) -> None:
    still, step, tensor = LANGUAGES[language]
    with faultless(flat_browser, viewport={"width": 1280, "height": 800}) as page:
        opened_at(page, f"{server}?{STEP}&lang={language}")
        assert "step=3" in picture(page, still + step)
        expect(page.locator("figcaption").first).to_contain_text("WebGL 2")
        expect(page.locator("canvas")).to_be_hidden()
        page.keyboard.press("Space")
        page.wait_for_function("() => document.querySelector('figure img')?.src.includes('step=4')")
        # A key that needs the stage does nothing.
        page.keyboard.press("g")
        page.evaluate("window.pellucid.select('blocks.0.attn.q', [2, 3, 7])")
        expect(page.locator("[data-tensor='blocks.0.attn.q'] data").first).to_have_attribute("value", re.compile(r"\d"))
        assert "cells=blocks.0.attn.q" in picture(page, still + tensor)
        page.goto(f"{server}?view=explore&lang={language}")
        assert "/nano/picture" in picture(page, still + "nano")
