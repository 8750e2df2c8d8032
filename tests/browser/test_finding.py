"""Finding things again: by search, under any name and in both languages, and by a link that opens on what was seen."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browser.driving import at_rest, inspector, opened, ready, select, state, turn
from playwright.sync_api import Browser, Page, expect

LINK = (
    "text=BACCAB&step=2&cell=blocks.1.attn.q:2,3,7&pin=blocks.1.attn.q:0,3,7"
    "&camera=20,-300,0,420,35,25&lang=ja&theme=dark"
)


def search(page: Page, key: str, query: str, finds: str) -> None:
    page.keyboard.press(key)
    field = page.get_by_role("dialog").get_by_role("combobox")
    expect(field).to_be_focused()
    field.fill(query)
    first = page.get_by_role("option").first
    expect(first).to_have_attribute("aria-selected", "true")
    expect(first).to_contain_text(finds)
    field.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize(
    ("key", "query", "tensor", "index"),
    [
        ("Control+k", "blocks.1.attn.hook_pattern", "blocks.1.attn.pattern", None),
        ("/", "blocks.2.attn.q[2,3,7]", "blocks.2.attn.q", [2, 3, 7]),
    ],
    ids=["another program's name", "a cell"],
)
def test_search_finds_a_tensor_under_any_name(
    page: Page, server: str, key: str, query: str, tensor: str, index: list[int] | None
) -> None:
    opened(page, f"{server}?text=CBABBC")
    page.locator("canvas").focus()
    search(page, key, query, "")
    expect(inspector(page)).to_have_attribute("data-tensor", tensor)
    assert state(page)["cell"] == {"tensor": tensor, "index": index}


def test_search_finds_a_tensor_by_its_japanese_title(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&lang=ja&cell=blocks.0.attn.pattern")
    title = page.get_by_role("complementary").get_by_role("heading", level=2).inner_text()
    assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", title)
    opened(page, f"{server}?text=CBABBC")
    page.locator("canvas").focus()
    search(page, "/", title, "attention pattern")
    expect(inspector(page)).to_have_attribute("data-tensor", re.compile("attn.pattern$"))


def test_search_says_when_nothing_is_called_so_and_escape_leaves_it(page: Page, server: str) -> None:
    opened(page, server)
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("zzzz")
    expect(page.get_by_text("Nothing is called “zzzz”.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_link_opens_on_the_same(page: Page, server: str) -> None:
    opened(page, f"{server}?{LINK}")
    seen = state(page)
    assert seen["text"] == "BACCAB"
    assert seen["step"] == 2
    assert seen["cell"] == {"tensor": "blocks.1.attn.q", "index": [2, 3, 7]}
    assert seen["pin"] == {"tensor": "blocks.1.attn.q", "index": [0, 3, 7]}
    assert seen["camera"]["target"] == [20, -300, 0]
    assert [seen["camera"][part] for part in ("distance", "azimuth", "elevation")] == [420, 35, 25]
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    wanted = parse_qs(LINK)
    assert {key: value for key, value in parse_qs(urlsplit(page.url).query).items() if key in wanted} == wanted


def test_what_the_reader_does_can_be_shared(page: Page, server: str, browser: Browser) -> None:
    opened(page, f"{server}?text=CBABBC")
    page.get_by_role("button", name="Next token").click()
    expect(page.get_by_role("button", name="Answer token 1: A")).to_be_visible()
    select(page, "blocks.0.mlp.post", [3, 5])
    turn(page, moves=5)
    page.wait_for_function("() => location.search.includes('camera=')")
    shared = page.url
    mine = state(page)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    theirs = context.new_page()
    theirs.goto(shared)
    ready(theirs)
    other = state(theirs)
    camera, same = mine.pop("camera"), other.pop("camera")
    assert other == mine
    assert same["target"] == pytest.approx(camera["target"], abs=0.1)
    for part in ("distance", "azimuth", "elevation"):
        assert same[part] == pytest.approx(camera[part], abs=0.1)
    context.close()


def test_the_browsers_back_leads_back(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    select(page, "blocks.0.attn.q", [2, 3, 7])
    select(page, "blocks.0.attn.k", [2, 3, 7])
    page.go_back()
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.0.attn.q")
    page.go_back()
    expect(inspector(page)).to_be_hidden()
    page.go_forward()
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.0.attn.q")
    at_rest(page)
