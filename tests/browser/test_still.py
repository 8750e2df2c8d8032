"""A browser without WebGL: still pictures where the stage would be, and every number taken apart all the same. The same
pictures can be saved anywhere, as files that say their numbers."""

import re
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
from browser.driving import faultless, opened, opened_at, settled
from chromium import ARGUMENTS
from playwright.sync_api import Browser, Page, expect

from pellucid.run.model import Model

WITHOUT = [argument for argument in ARGUMENTS if "swiftshader" not in argument] + ["--disable-gpu", "--disable-3d-apis"]
STEP = "tour=04-self-attention:3:1"
# What pictures are called: all of them, steps of the chapter, the tensor; and what saves them.
LANGUAGES = {
    "en": ("A still picture: ", "Self-attention ", "queries", "Save a drawing of it (SVG)", "Share"),
    "ja": ("静止画：", "自己注意 ", "クエリ", "図として保存（SVG）", "共有"),
}
SVG = "{http://www.w3.org/2000/svg}"
# What a browser without a server draws itself, which knows these letters by no file.
OTHER = "BACCAB"
SHOWN = "() => { const img = document.querySelector('figure img'); return img?.complete && img.naturalWidth > 0 }"


@pytest.fixture(scope="module")
def flat_browser(browser: Browser, chromium_path: str) -> Iterator[Browser]:
    launched = browser.browser_type.launch(executable_path=chromium_path, args=WITHOUT)
    yield launched
    launched.close()


def picture(page: Page, called: str) -> ElementTree.Element:
    """The picture of that name, once it is seen."""
    shown = page.get_by_role("region").get_by_role("img", name=called, exact=True)
    expect(shown).to_be_visible(timeout=60_000)
    page.wait_for_function(SHOWN)
    _, _, text = (shown.get_attribute("src") or "").partition(",")
    return plain_drawing(unquote(text))


def plain_drawing(text: str) -> ElementTree.Element:
    """An SVG that every program shows: it has no style sheet, and leads nowhere."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title")
    assert root.find(f".//{SVG}style") is None
    assert not re.search(r'href="(?!#|data:image/png;base64,\w)', text)
    return root


def numbers(drawing: ElementTree.Element) -> list[float]:
    """All that is written with decimals, in the order of the file."""
    said = " ".join("".join(text.itertext()) for text in drawing.iter(f"{SVG}text")).replace("−", "-")
    return [float(text) for text in re.findall(r"(?<![\w.])-?\d*\.\d+(?:e-?\d+)?", said)]


def assert_printed(drawing: ElementTree.Element, expected: np.ndarray) -> None:
    """These numbers, one after the other, as far as they have been rounded."""
    found = numbers(drawing)
    places = range(len(found) - expected.size + 1)
    assert any(np.allclose(found[at : at + expected.size], expected.ravel(), atol=6e-3) for at in places)


@pytest.mark.parametrize(("host", "language"), [("served", "en"), ("hosted", "ja"), ("hosted", "en")])
def test_without_webgl_steps_and_what_is_looked_into_are_still_pictures(
    flat_browser: Browser, host: str, language: str, request: pytest.FixtureRequest, nano_model: Model
) -> None:
    address: str = request.getfixturevalue(host)
    still, chapter, tensor, save, _ = LANGUAGES[language]
    with faultless(flat_browser, viewport={"width": 1280, "height": 800}) as page:
        opened_at(page, f"{address}?{STEP}&lang={language}")
        third = picture(page, f"{still}{chapter}3")
        expect(page.locator("figcaption").first).to_contain_text("WebGL 2")
        expect(page.locator("canvas")).to_be_hidden()
        page.keyboard.press("Space")
        assert ElementTree.tostring(picture(page, f"{still}{chapter}4")) != ElementTree.tostring(third)
        # A key that needs the stage does nothing.
        page.keyboard.press("g")
        page.evaluate("window.pellucid.select('blocks.0.attn.q', [2, 3, 7])")
        expect(page.locator("[data-tensor='blocks.0.attn.q'] data").first).to_have_attribute("value", re.compile(r"\d"))
        queries = nano_model.trace("CBABBC")["blocks.0.attn.q"]
        assert any(abs(found - queries[2, 3, 7]) < 6e-3 for found in numbers(picture(page, still + tensor)))
        # The whole model; and what it answers to letters of which there is no picture in a folder.
        opened(page, f"{address}?lang={language}")
        assert len(list(picture(page, f"{still}nano").iter(f"{SVG}image"))) > 0
        page.evaluate(f"window.pellucid.go({{ text: '{OTHER}' }})")
        if host == "hosted":
            page.wait_for_function(
                "() => !decodeURIComponent(document.querySelector('figure img').src).includes('<image')"
            )
            assert_printed(picture(page, f"{still}nano"), nano_model.trace(OTHER)["probs"])
        with page.expect_download() as saved:
            page.get_by_role("link", name=save).click()
        assert saved.value.suggested_filename == "pellucid-nano.svg"
        plain_drawing(saved.value.path().read_text(encoding="utf-8"))


def saved(page: Page, language: str) -> ElementTree.Element:
    *_, save, share = LANGUAGES[language]
    page.get_by_role("button", name=share, exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=save).click()
    assert download.value.suggested_filename.endswith(".svg")
    return plain_drawing(download.value.path().read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_seen_is_saved_as_a_drawing_with_its_numbers(
    page: Page, server: str, language: str, nano_model: Model
) -> None:
    run = nano_model.trace(OTHER)
    opened(page, f"{server}?text={OTHER}&cell=blocks.0.attn.pattern:2,3,1&lang={language}")
    expect(page.locator("[data-tensor='blocks.0.attn.pattern'] data").first).to_be_visible()
    assert_printed(saved(page, language), run["blocks.0.attn.pattern"][2][3, :4])
    page.evaluate("window.pellucid.select(null)")
    whole = saved(page, language)
    assert list(whole.iter(f"{SVG}rect"))
    opened_at(page, f"{server}?{STEP}&lang={language}")
    settled(page)
    step = saved(page, language)
    assert numbers(step)
    assert ElementTree.tostring(step) != ElementTree.tostring(whole)
