"""A small model is computed in the page: nobody is asked while one types, generates and takes numbers apart."""

import html
import re
from collections.abc import Sequence

import numpy as np
import pytest
from browser.driving import inspector, opened, opened_at
from browser.test_recovery import Server, mortal
from playwright.sync_api import Page, Request, expect

from pellucid.lessons import TOUR, Subject, chapter_for, compile_lesson
from pellucid.run.model import Model

__all__ = ["mortal"]


def computes_itself(page: Page) -> None:
    page.wait_for_function("() => window.pellucid.local")


def type_letters(page: Page, letters: str) -> None:
    page.get_by_role("textbox", name=re.compile("^The input")).fill(letters)


def assert_explained(page: Page, model: Model, letters: str, tensor: str, index: Sequence[int]) -> None:
    page.evaluate("([tensor, index]) => window.pellucid.select(tensor, index)", [tensor, list(index)])
    expect(inspector(page)).to_have_attribute("data-tensor", tensor)
    explained = model.trace(letters).explain(tensor, index)
    shown = inspector(page).locator("data").first
    expect(shown).to_have_attribute("value", re.compile(r"\d"))
    value = float(shown.get_attribute("value") or "nan")
    assert value == pytest.approx(explained.value, rel=1e-5, abs=1e-6)
    for step in explained.steps:
        expect(inspector(page)).to_contain_text(step.label, ignore_case=True)


def test_typing_generating_and_explaining_ask_nobody(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text=CBABBC")
    computes_itself(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    type_letters(page, "BACCAB")
    assert_explained(page, nano_model, "BACCAB", "blocks.1.attn.sum", (0, 5))
    for letter in np.sort(list("BACCAB")):
        page.get_by_role("button", name="Next token").click()
        expect(page.get_by_role("button", name=re.compile(f"Answer token .: {letter}")).first).to_be_visible()
    # What a chapter needs to be filled in here comes a moment after its first letters, and is asked for once.
    ahead = ("/file", "/compiled?model=nano", "/consequences?")
    assert not [url for url in asked if "/api/" in url and not any(part in url for part in ahead)]


def test_the_page_goes_on_while_the_server_is_gone(page: Page, mortal: Server, nano_model: Model) -> None:
    opened(page, f"{mortal.address}&text=CBABBC")
    computes_itself(page)
    page.evaluate("window.pellucid.select('blocks.0.ln1.scale', [0])")
    expect(inspector(page).get_by_role("table")).to_be_visible()
    page.wait_for_load_state("networkidle")  # parts of the page that come when there is nothing else to do
    mortal.kill()
    type_letters(page, "CCBBAA")
    assert_explained(page, nano_model, "CCBBAA", "blocks.2.ln2.scale", (3,))
    page.get_by_role("button", name="Next token").click()
    expect(page.get_by_role("button", name="Answer token 1: A")).to_be_visible()


# Whether every number of the text is one of those known.
ALL_KNOWN = """known => [...document.querySelectorAll('.reader-pane [data-value]')].every(
  (value) => known.includes(value.textContent.trim()),
)"""


def test_a_chapter_is_filled_in_for_other_letters_while_the_server_is_gone(
    page: Page, mortal: Server, nano_model: Model
) -> None:
    """As Python fills it in; what that takes comes a moment after the chapter itself."""
    lesson = compile_lesson(TOUR, Subject.of(nano_model))
    missing = {"/assets/chapter-", "/file", "/compiled?", "/consequences?"}

    def heard(request: Request) -> None:
        missing.difference_update({part for part in missing if part in request.url})

    page.on("requestfinished", heard)
    opened_at(page, f"{mortal.address}&text=CBABBC&tour=00-overview:7&lang=en")
    computes_itself(page)
    while missing:
        page.wait_for_event("requestfinished")
    page.wait_for_load_state("networkidle")
    mortal.kill()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for letters in ("BACCAB", "CCACBC"):
        type_letters(page, letters)
        chapter = chapter_for(lesson, "en", "00-overview", nano_model, nano_model.tokens(letters))
        numbers = [value["text"] for value in chapter["values"] if re.fullmatch(r"[\d.,% ABC]+", value["text"])]
        assert "".join(sorted(letters)) in [number.replace(" ", "") for number in numbers]
        first = page.locator("[data-value]").filter(has_text=" ".join(sorted(letters))).first
        expect(first).to_be_attached()
        page.wait_for_function(ALL_KNOWN, arg=[html.unescape(value["text"]) for value in chapter["values"]])
    assert not [url for url in asked if "/api/lessons/" in url or "/consequences" in url]
