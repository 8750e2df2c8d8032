"""A first look, in a real browser at a real server: type letters, read the answer, take a number apart."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from browser.driving import at_rest, opened, sent_before_numbers
from playwright.sync_api import Locator, Page, expect

import pellucid

LETTERS = [2, 1, 0, 1, 1, 2]
MINUS = "−"


def number(text: str) -> float:
    return float(text.replace(MINUS, "-").replace("\N{INFINITY}", "inf"))


def answer(page: Page) -> str:
    slots = page.get_by_role("button", name=re.compile(r"^Answer token \d"))
    return "".join((slot.text_content() or "").strip()[:1] for slot in slots.all())


def type_letters(page: Page, letters: str) -> Locator:
    field = page.get_by_role("textbox", name=re.compile("^The input"))
    field.fill(letters)
    return field


def test_type_letters_and_read_the_answer_token_by_token(page: Page, server: str) -> None:
    opened(page, server)
    type_letters(page, "BACCAB")
    expect(page.get_by_role("listitem", name="B is token 1, at position 0")).to_be_visible()
    step = page.get_by_role("button", name="Next token")
    for expected in ("A", "AA", "AAB", "AABB", "AABBC", "AABBCC"):
        step.click()
        expect(page.get_by_role("button", name=f"Answer token {len(expected)}: {expected[-1]}")).to_be_visible()
        assert answer(page).startswith(expected)
    assert "BACCAB" in page.url
    page.get_by_role("button", name="One token back").click()
    expect(page.get_by_role("button", name="Answer token 6: not generated yet")).to_be_visible()


def test_a_click_on_an_attention_cell_shows_arithmetic_that_pytorch_agrees_with(
    page: Page, server: str, nano_folder: Path, torch: ModuleType, transformers: ModuleType
) -> None:
    """The pattern's cell, the score it was made of, and the query and key behind that, all against PyTorch."""
    model = transformers.GPT2LMHeadModel.from_pretrained(nano_folder, attn_implementation="eager").eval()
    seen: dict[str, Any] = {}
    model.transformer.h[1].attn.c_attn.register_forward_hook(lambda m, given, out: seen.update(qkv=out[0]))
    with torch.no_grad():
        pattern = model(torch.tensor([LETTERS]), output_attentions=True).attentions[1][0].numpy()
    q, k, _ = (part.reshape(6, 3, 16).numpy() for part in seen["qkv"].split(48, dim=-1))
    head, t, s = 0, 5, 2

    page.set_viewport_size({"width": 1600, "height": 1000})  # high enough for all terms at once
    opened(page, f"{server}?text=CBABBC")
    page.evaluate("window.pellucid.select('blocks.1.attn.pattern')")
    page.evaluate("window.pellucid.goto('blocks.1.attn.pattern')")
    at_rest(page)
    place = page.evaluate("window.pellucid.locate('blocks.1.attn.pattern', [0, 5, 2])")
    page.locator("canvas").click(position=place)
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_role("heading", name="attention pattern", exact=True)).to_be_visible()
    assert page.evaluate("window.pellucid.state.cell") == {"tensor": "blocks.1.attn.pattern", "index": [head, t, s]}
    expect(inspector.locator("math").first).to_be_attached()
    shown = inspector.get_by_text(re.compile(rf"^{MINUS}?\d[\d.]*(e.*)?$")).first
    assert number(shown.inner_text()) == pytest.approx(float(pattern[head, t, s]), rel=1e-3, abs=1e-6)

    page.evaluate("window.pellucid.select('blocks.1.attn.qk', [0, 5, 2])")
    expect(inspector.get_by_role("table")).to_be_visible()
    rows = inspector.get_by_role("table").get_by_role("row").filter(has_text="d=")
    expect(rows).to_have_count(16)
    for d in range(16):
        cells = [number(button.inner_text()) for button in rows.nth(d).get_by_role("button").all()]
        assert cells == pytest.approx([float(q[t, head, d]), float(k[s, head, d])], rel=1e-3, abs=1e-4)


@pytest.mark.asks_server("a site tells browsers of its files in the head of the page")
def test_what_the_page_asks_for_first_is_on_its_way_before_its_scripts_and_comes_once(page: Page, server: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(server)))
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    opened(page, f"{server}?view=explore&text=CBABBC")
    first = ["api/models", "api/models/nano", "api/models/nano/weights", "api/lessons?model=nano"]
    assert [asked.count(path) for path in first] == [1, 1, 1, 1]
    initiators = page.evaluate(
        "performance.getEntriesByType('resource').map(entry => [entry.name, entry.initiatorType])"
    )
    assert {name.removeprefix(server) for name, initiator in initiators if initiator == "link"} >= {*first}
    page.wait_for_timeout(4000)  # Chromium tells of what was brought in vain after three seconds
    assert not [text for text in warnings if "preload" in text]


def test_walking_back_through_operands_and_returning(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&cell=blocks.0.attn.q:2,3,7")
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_role("heading", name="queries")).to_be_visible()
    before = re.compile(r"Show normalised before attention \[t=3 \(B\), c=0\]")
    inspector.get_by_role("button", name=before).last.click()
    expect(inspector.get_by_role("heading", name="normalised before attention", exact=True)).to_be_visible()
    inspector.get_by_role("button", name="Back", exact=True).click()
    expect(inspector.get_by_role("heading", name="queries")).to_be_visible()
    page.keyboard.press("Escape")
    expect(inspector).to_be_hidden()


@pytest.mark.parametrize(
    ("letters", "sentence"), [("CBX", "X"), ("CB", "type four more"), ("CBABBCA", "six"), ("", "letters")], ids=str
)
def test_bad_letters_get_a_sentence_and_the_picture_stays(page: Page, server: str, letters: str, sentence: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    field = type_letters(page, letters)
    expect(field).to_have_attribute("aria-invalid", "true")
    message = page.locator(f"#{field.get_attribute('aria-describedby')}")
    expect(message).to_contain_text(sentence)
    assert page.evaluate("window.pellucid.state.text") == "CBABBC"


def test_japanese_for_a_japanese_browser_and_at_a_click(page: Page, server: str) -> None:
    opened(page, server)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.get_by_role("button", name="次のトークン")).to_be_visible()
    assert page.context.browser
    context = page.context.browser.new_context(locale="ja-JP")
    japanese = opened(context.new_page(), server)
    expect(japanese.locator("html")).to_have_attribute("lang", "ja")
    context.close()


def test_what_a_model_was_taught_is_said_wherever_it_is_met(page: Page, server: str) -> None:
    opened(page, server)
    expect(page.locator("main header")).to_contain_text("Its task is to sort its letters: write them in the order")
    page.get_by_role("button", name=re.compile("^Model: nano")).click()
    entry = page.get_by_role("listitem").filter(has_text="85,728")
    expect(entry).to_contain_text("sort its letters: write them in the order of the alphabet")
    opened(page, f"{server}?model=new:reverse&lang=ja")
    expect(page.locator("main header")).to_contain_text("課題は、渡された文字を逆の順に（reverse）")
    for _ in range(6):
        page.get_by_role("button", name="次のトークン").click()
    expect(page.locator(".verdict")).to_contain_text("CBABBC を逆の順にした結果とは違います")


@pytest.mark.parametrize("width", [880, 640])
def test_header_and_footer_are_whole_in_a_narrow_frame(page: Page, server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    opened(page, f"{server}?cell=blocks.0.mlp.W_in[0,0]")
    toolbar = page.get_by_role("navigation", name="Pellucid")
    assert toolbar.evaluate(
        """bar => {
          const { left, right } = bar.getBoundingClientRect()
          return [...bar.children].filter((part) => getComputedStyle(part).display !== 'none')
            .map((part) => part.getBoundingClientRect())
            .every((part) => part.left >= left && part.right <= right + 0.5 && part.width > 20 && part.height < 40)
        }"""
    )
    chosen = page.locator(".readout .chosen")
    if width > 800:  # else the inspector, which lies below at once, says it
        expect(chosen).to_contain_text("expansion weights")
        assert chosen.evaluate("line => [line, ...line.children].every((part) => part.scrollWidth <= part.clientWidth)")


def test_a_page_opened_as_a_file_says_how_it_is_to_be_opened(page: Page, server: str) -> None:
    sentence = "This page must be opened through a web server"
    opened(page, server)
    expect(page.get_by_text(sentence)).to_be_hidden()
    page.goto((Path(pellucid.__file__).parent / "serve" / "page" / "index.html").as_uri())
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_text("Web サーバーを通して開いてください")).to_be_visible()


@pytest.mark.asks_server("of a site test_hosts.py says how little is sent")
@pytest.mark.parametrize("query", ["", "?lang=ja", "?view=explore"])
def test_little_is_sent_before_the_first_frame(page: Page, server: str, query: str) -> None:
    """At most 300 kB, the weights' 343 kB apart."""
    sizes = sent_before_numbers(page, server + query)
    assert any("/stage-" in url and size > 0 for url, size in sizes)
    early = [(url, size) for url, size in sizes if "/weights" not in url and "katex" not in url.lower()]
    assert sum(size for _, size in early) <= 300_000, early
