"""Takes the pictures of the documentation, from a server that shows the trained nano model.

    PYTHONPATH=tests python docs/take_pictures.py http://127.0.0.1:8420/ [NAME...]

Needs the test extra (Playwright and its Chromium) and Pillow, which makes the files small.
"""

import io
import sys
from pathlib import Path

import chromium
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
DESKTOP, PHONE = (1280, 800), (390, 844)

GOTO = "window.pellucid.goto('blocks.0.attn.{}').then(() => window.pellucid.select({}))"
PATTERN = GOTO.format("pattern", "'blocks.0.attn.pattern', [0, 5, 2]")
QUERIES = GOTO.format("q", "null")

PICTURES = {
    "nano-light": (DESKTOP, "light", "en-US", "text=CBABBC&view=explore", PATTERN),
    "nano-dark": (DESKTOP, "dark", "en-US", "text=CBABBC&view=explore", PATTERN),
    "zoom-cells": (DESKTOP, "light", "en-US", "text=CBABBC", QUERIES),
    "tour-dark": (DESKTOP, "dark", "en-US", "text=CBABBC&tour=04-self-attention:3", ""),
    "tour-ja": (DESKTOP, "light", "ja-JP", "text=CBABBC&tour=06-mlp:2", ""),
    "phone": (PHONE, "light", "en-US", "text=CBABBC&tour=00-overview", ""),
    "phone-dark-ja": (PHONE, "dark", "ja-JP", "text=CBABBC&tour=04-self-attention:2", ""),
    "towers": (DESKTOP, "light", "en-US", "text=CBABBC&tour=12-bigger-models", ""),
    "zoom-model": (DESKTOP, "light", "en-US", "text=CBABBC", ""),
    "zoom-block": (DESKTOP, "light", "en-US", "text=CBABBC&tour=05-projection:2", ""),
    "design-first": (DESKTOP, "light", "en-US", "text=CBABBC&view=contents", ""),
    "design-dark": (DESKTOP, "dark", "en-US", "text=CBABBC&view=glossary", ""),
    "design-norm": (DESKTOP, "light", "en-US", "text=CBABBC&tour=03-layer-norm:2:1", ""),
}

SMALL = "design-"
"""The pictures of that name stand side by side with those from before, which are kept as they were."""
SMALL_SIZE = (800, 500)


def take(browser: Browser, address: str, name: str) -> None:
    (width, height), scheme, locale, query, script = PICTURES[name]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale)
    page = context.new_page()
    page.goto(f"{address}?{query}")
    page.wait_for_function("() => window.pellucid !== undefined")
    page.evaluate("window.pellucid.ready")
    if script:
        page.evaluate(script)
    page.wait_for_timeout(6000)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if name.startswith(SMALL):
        image = image.resize(SMALL_SIZE, Image.Resampling.LANCZOS)
    image.quantize(192, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)
    context.close()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    path = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        for name in sys.argv[2:] or PICTURES:
            take(browser, sys.argv[1].rstrip("/") + "/", name)
        browser.close()


if __name__ == "__main__":
    main()
