"""The reading view in a real browser: readable by a screen reader, on a phone and on paper, in both languages."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Page, expect

ONE_PAGE = "a site has the whole tour as one page, which nobody fills in for other letters"

ORDER = """() => [...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]))"""
NAMED = "svg[role=img], main section.chapter, nav, input:not([type=hidden]), button, summary, a"
NAMELESS = """(named) => [...document.querySelectorAll(named)]
  .filter((element) => {
    const labels = (element.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id))
    const labelled = [...labels, ...(element.labels ?? [])].map((label) => label?.textContent)
    return ![element.getAttribute('aria-label'), element.textContent, ...labelled].some((text) => text?.trim())
  }).map((element) => element.outerHTML.slice(0, 200))"""
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def reading(is_site: bool) -> str:
    """Where the whole tour is as one page: a file of a site, or what a server answers."""
    return "read-{}.html" if is_site else "read/{}?text=CBABBC"


@pytest.mark.parametrize(("language", "title"), [("en", "How a GPT works"), ("ja", "GPT の仕組み")])
def test_it_reads_well_in_every_language(page: Page, server: str, reading: str, language: str, title: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{server}{reading.format(language)}", wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    expect(page.locator("html")).to_have_attribute("lang", language)
    levels: list[int] = page.evaluate(ORDER)
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.evaluate(NAMELESS, NAMED) == []
    expect(page.get_by_role("banner")).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("contentinfo")).to_have_count(1)
    assert page.evaluate("document.querySelectorAll('math').length") > 100
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate(WIDE) == 0
    assert not said


@pytest.mark.asks_server(ONE_PAGE)
def test_letters_are_typed_without_a_script(page: Page, server: str) -> None:
    page.goto(f"{server}read/en/00-overview?text=CBABBC")
    field = page.get_by_role("textbox", name="Letters for the model to read")
    field.fill("CBX")
    page.get_by_role("button", name="Show").click()
    assert field.evaluate("(field) => field.validity.patternMismatch")
    field.fill("BACCAB")
    field.press("Enter")
    page.wait_for_url("**text=BACCAB*")
    expect(page.get_by_role("main")).to_contain_text("B A C C A B")
    page.get_by_role("link", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.get_by_role("main")).to_contain_text("B A C C A B")


@pytest.mark.asks_server(ONE_PAGE)
def test_answers_and_python_are_kept_apart_and_references_lead_on(page: Page, server: str) -> None:
    page.goto(f"{server}read/en/04-self-attention?text=CBABBC")
    question = page.get_by_role("group", name="Question 1")
    question.get_by_role("link", name="The answer", exact=True).click()
    answers = page.get_by_role("region", name="Answers")
    expect(answers.get_by_text("Question 1", exact=True)).to_be_in_viewport()
    folded = page.locator("details.python").first
    height = folded.evaluate("(details) => details.clientHeight")
    folded.get_by_text("The same in Python", exact=True).click()
    expect(folded).to_have_attribute("open", "")
    expect(folded.locator("pre")).to_contain_text("np.")
    assert folded.evaluate("(details) => details.clientHeight") > height
    page.get_by_role("link", name="causal mask").first.click()
    assert page.url.endswith("#term-causal-mask")
    expect(page.locator("#term-causal-mask")).to_be_in_viewport()


@pytest.mark.asks_server(ONE_PAGE)
def test_it_can_be_printed(page: Page, server: str) -> None:
    page.goto(f"{server}read/en/04-self-attention?text=CBABBC")
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF-")
    assert len(printed) > 50_000
    page.emulate_media(media="print")
    shown: Any = page.evaluate("getComputedStyle(document.querySelector('form')).display")
    assert shown == "none"
    expect(page.get_by_role("region", name="Answers")).to_be_visible()
    expect(page.locator("details.python pre").first).to_be_visible()
