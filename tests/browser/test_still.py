"""A browser without WebGL: still pictures where the stage would be, and every number taken apart all the same."""

from collections.abc import Iterator

import pytest
from browser.driving import faultless, opened_at, select
from chromium import ARGUMENTS, find
from playwright.sync_api import Browser, Page, expect

WITHOUT = [argument for argument in ARGUMENTS if "swiftshader" not in argument] + ["--disable-gpu", "--disable-3d-apis"]
STEP = "tour=04-self-attention:3:1"
# In English and in Japanese: what a picture is called, and why it is still.
LANGUAGES = {"en": ("A still picture: ", "WebGL 2"), "ja": ("静止画：", "WebGL 2")}


@pytest.fixture(scope="module")
def flat_browser(browser: Browser) -> Iterator[Browser]:
    with browser.browser_type.launch(executable_path=find(), args=WITHOUT) as launched:
        yield launched


def picture(page: Page, called: str) -> str:
    """The address of the picture of that name, once it is seen."""
    shown = page.get_by_role("region").get_by_role("img", name=called, exact=True)
    expect(shown).to_be_visible(timeout=60_000)
    page.wait_for_function("() => { const img = document.querySelector('figure img'); return img.complete && img.naturalWidth }")
    return shown.get_attribute("src") or ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_webgl_steps_and_what_is_looked_into_are_still_pictures(
    flat_browser: Browser, server: str, language: str
) -> None:
    still, reason = LANGUAGES[language]
    titles = {"en": ("Self-attention 3", "queries"), "ja": ("自己注意 3", "クエリ")}[language]
    with faultless(flat_browser, viewport={"width": 1280, "height": 800}) as page:
        opened_at(page, f"{server}?{STEP}&lang={language}")
        assert "step=3" in picture(page, still + titles[0])
        expect(page.locator("figcaption").first).to_contain_text(reason)
        expect(page.locator("canvas")).to_be_hidden()
        page.keyboard.press("Space")
        page.wait_for_function("() => document.querySelector('figure img')?.src.includes('step=4')")
        # A key that needs the stage does nothing.
        page.keyboard.press("g")
        panel = select(page, "blocks.0.attn.q", [2, 3, 7])
        expect(panel.locator("data").first).to_have_attribute("value", "0.")
        assert "cells=blocks.0.attn.q" in picture(page, still + titles[1])
        page.goto(f"{server}?view=explore&lang={language}")
        assert "/nano/picture" in picture(page, still + "nano")
