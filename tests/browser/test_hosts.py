"""The page is the same wherever it stands: in a folder on a plain web host, or behind another server, under a path.

All other browser tests can be run there too: `pytest tests/browser --host static`.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from browser.driving import (
    BEEN_HERE,
    changed_list,
    inspector,
    opened,
    opened_at,
    ready,
    sent_before_numbers,
    settled,
    state,
)
from browser.test_local import assert_explained, computes_itself, type_letters
from playwright.sync_api import Browser, BrowserContext, Page, expect
from running import running_host

from pellucid.run.model import Model
from pellucid.site import export
from pellucid.train.again import untrained
from pellucid.train.descent import descend

DESKTOP = {"width": 1280, "height": 800}


def goes_on(page: Page, model: Model) -> None:
    """Type, generate, take a number apart, change the run and search, where one explores."""
    type_letters(page, "BACCAB")
    assert_explained(page, model, "BACCAB", "blocks.1.attn.sum", (0, 5))
    for number, letter in enumerate("AA", 1):
        page.get_by_role("button", name="Next token").click()
        expect(page.get_by_role("button", name=f"Answer token {number}: {letter}")).to_be_visible()
    page.evaluate("window.pellucid.state = { change: 'blocks.1.attn.z[h=2]', step: 0, cell: null }")
    expect(changed_list(page)).to_be_visible()
    page.locator("canvas").focus()
    page.keyboard.press("/")
    page.get_by_role("dialog").get_by_role("combobox").fill("blocks.2.attn.q[2,3,7]")
    page.keyboard.press("Enter")
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.2.attn.q")


def led(page: Page, link: str) -> str:
    """Where a link leads. To click it would have all of a long article drawn first."""
    return urljoin(page.url, page.locator(link).first.get_attribute("href") or "")


def tells(page: Page, address: str) -> None:
    """A chapter, filled in for the letters that the address says, and for others."""
    opened_at(page, f"{address}?tour=00-overview:1&text=BACCAB&lang=en")
    settled(page)
    step = page.locator("[data-step='0']")
    expect(step).to_contain_text("B A C C A B")
    expect(step).to_contain_text("A A B B C C")
    page.evaluate("window.pellucid.state = { text: 'CCCBBA' }")
    expect(step).to_contain_text("A B B C C C")


# Where the page leads for the reading view, and an article there that is soon written.
READING = {"hosted": ("read-en.html", "read-en.html"), "prefixed": ("read/en?text=CCCBBA", "read/en/14-llama")}


@pytest.mark.parametrize("host", READING)
def test_the_page_works_on_any_host_under_any_path(
    page: Page, host: str, request: pytest.FixtureRequest, nano_model: Model
) -> None:
    address: str = request.getfixturevalue(host)
    strangers: list[str] = []
    page.on("request", lambda asked: strangers.append(asked.url) if not asked.url.startswith(address) else None)
    tells(page, address)
    # The reading view and back, by links alone.
    page.get_by_role("button", name="Contents").click()
    whole, article = READING[host]
    expect(page.get_by_role("link", name="The whole tour as one page")).to_have_attribute("href", whole)
    page.goto(address + article, wait_until="commit")
    page.goto(led(page, ".ways a[hreflang=ja]"), wait_until="commit")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.goto(led(page, ".ways a:not([hreflang])"))
    ready(page)
    # A deep link, explored further.
    opened(page, f"{address}?text=CBABBC&cell=blocks.0.attn.q:2,3,7&lang=en")
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.0.attn.q")
    computes_itself(page)
    goes_on(page, nano_model)
    assert state(page)["text"] == "BACCAB"
    assert not [url for url in strangers if not url.startswith(("data:", "blob:"))]


def test_every_number_of_the_tour_is_there_without_a_server(page: Page, hosted: str, nano_model: Model) -> None:
    """What a server computes from the weights alone lies in the folder; a step of descent is computed in the page."""
    opened_at(page, f"{hosted}?tour=11-training:5&lang=en")
    settled(page)
    done = descend(untrained(nano_model), "CBABBC", 0.1)
    losses = page.locator("tr").filter(has_text=re.compile("^loss", re.IGNORECASE)).locator("td")
    expect(losses).to_have_count(2)
    shown = [float(re.findall(r"[\d.]+", text)[0]) for text in losses.all_inner_texts()]
    assert shown == pytest.approx([done.loss, done.loss_after], rel=1e-3)
    page.get_by_role("button", name="Train it anew").first.click()
    expect(page.get_by_text(re.compile("729")).first).to_be_visible(timeout=90_000)
    opened_at(page, f"{hosted}?tour=13-look-inside:2&lang=en")
    settled(page)
    expect(page.get_by_text(re.compile("of 729|/ 729|729")).first).to_be_visible()


def kept_for_later(page: Page) -> None:
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody who has nothing of the site yet, and whose browser keeps what it is told to keep."""
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 800})
    context.add_init_script(BEEN_HERE)
    yield context
    context.close()


def test_the_site_goes_on_without_the_network(visitor: BrowserContext, site: Path, nano_model: Model) -> None:
    page = visitor.new_page()
    with running_host(site.parents[1]) as host:
        address = f"{host}course/gpt/"
        opened(page, address)
        kept_for_later(page)
    visitor.set_offline(True)
    page.reload()
    ready(page)
    computes_itself(page)
    goes_on(page, nano_model)
    tells(page, address)
    for _ in range(3):
        page.keyboard.press("Space")
    expect(page.get_by_text(re.compile(r"^4 / \d+$"))).to_be_visible()
    page.goto(f"{address}read-ja.html")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


LESSON = """---
title: Mine
summary: A lesson of my own.
---

## What it has read

It has read {letters}.
"""


@pytest.fixture(scope="module")
def of_two(nano_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """The address of a site of two models with a short lesson, `first` and `& <second>`, on a plain web host; and what
    the models are called whose folders it has, in their order."""
    host = tmp_path_factory.mktemp("host")
    for language in ("en", "ja"):
        lesson = host / "lessons" / language / "01-mine.md"
        lesson.parent.mkdir(parents=True)
        lesson.write_text(LESSON)
    nano = nano_model
    models = [
        Model(name, nano.config, nano.parameters, nano.vocabulary, nano.about) for name in ("first", "& <second>")
    ]
    written = export(models, host / "course" / "two", host / "lessons")
    listed = json.loads(gzip.decompress((written.folder / written.version / "models.json.gz").read_bytes()))
    with running_host(host) as address:
        yield f"{address}course/two/", [model["id"] for model in (*listed["models"], *listed["new"])]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", "first"),
        ("?model=first&lang=ja", "first"),
        ("?model=%26+%3Csecond%3E", "& <second>"),
        ("?view=explore&model=%26%20%3Csecond%3E&text=BACCAB", "& <second>"),
        ("?model=gpt2&view=explore", "gpt2"),
        ("?model=new:reverse&view=explore", "new:reverse"),
    ],
)
def test_of_several_models_only_the_one_that_is_opened_is_brought(
    page: Page, of_two: tuple[str, list[str]], query: str, wanted: str
) -> None:
    """Of the others nothing comes before the numbers are seen, and nothing comes twice."""
    address, models = of_two
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if "preload" in message.text else None)
    asked = [url for url, _ in sent_before_numbers(page, address + query) if "/models/" in url]
    assert {models[int(url.partition("/models/")[2].partition("/")[0])] for url in asked} == {wanted}
    assert [url for url in asked if url.endswith("/description.json.gz")]
    assert len(set(asked)) == len(asked)
    assert not told, "the browser says what was brought in vain"


@pytest.mark.parametrize("query", ["", "?lang=ja", "?view=explore"])
def test_little_is_sent_before_the_site_shows_its_numbers(page: Page, hosted: str, site: Path, query: str) -> None:
    """At most 350 kB, as a host compresses them, and the weights' 350 kB apart; none of it from anywhere else."""
    asked = [url for url, _ in sent_before_numbers(page, hosted + query)]
    early = {url.removeprefix(hosted).partition("?")[0] or "index.html" for url in asked if url.startswith(hosted)}
    assert not [name for name in early if "/worker-" in name], "nothing that is computed holds up the first picture"
    sizes = {name: sent(site / name) for name in early if "katex" not in name.lower()}
    weights = sum(size for name, size in sizes.items() if name.endswith("weights.safetensors"))
    assert 0 < weights <= 350_000
    assert sum(sizes.values()) - weights <= 350_000, sizes
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 12_000_000


def sent(path: Path) -> int:
    """The bytes of a file on their way, from a host that compresses texts."""
    content = path.read_bytes()
    return len(gzip.compress(content)) if path.suffix in (".html", ".js", ".css", ".svg") else len(content)
