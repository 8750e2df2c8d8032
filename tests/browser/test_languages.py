"""A language is added by the recipe of docs/architecture.md alone: by files of its own, and one line in the page.

What is added is a machine's draft in German, of one chapter and some of the page's words (tests/languages/de). It is no
part of the program: nobody who writes German has read it.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from os import environ
from pathlib import Path

import pytest
from browser.driving import opened_at, settled
from playwright.sync_api import Page, expect
from running import running_host
from walking import node

ROOT = Path(__file__).parents[2]
DRAFT = ROOT / "tests" / "languages" / "de"

PLACES = {
    "shared.json": "src/pellucid/words/de.json",
    "alone.json": "src/pellucid/words/alone/de.json",
    "messages.ts": "web/src/words/de.ts",
    "tour.ts": "web/src/words/tour/de.ts",
    "00-overview.md": "src/pellucid/lessons/de/00-overview.md",
    "glossary.yaml": "src/pellucid/lessons/de/glossary.yaml",
}
"""Where the recipe puts each of the files."""

LINE = "  de: { name: 'Deutsch', words: (): Promise<Words> => import('./de') },\n"
"""What it adds to the list of the page's languages."""


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the program with the draft."""
    node()
    folder = tmp_path_factory.mktemp("drafted")
    unwanted = shutil.ignore_patterns("node_modules", "page", "bundle", "__pycache__")
    for part in ("src", "web", "docs"):
        shutil.copytree(ROOT / part, folder / part, ignore=unwanted)
    (folder / "web" / "node_modules").symlink_to((ROOT / "web" / "node_modules").resolve())
    for name, place in PLACES.items():
        path = folder / place
        path.parent.mkdir(exist_ok=True)
        shutil.copy(DRAFT / name, path)
    languages = folder / "web" / "src" / "words" / "spoken.ts"
    listed = re.sub(r"(const SPOKEN = \{\n(?:  .*\n)*)", rf"\1{LINE}", languages.read_text("utf-8"))
    assert LINE in listed
    languages.write_text(listed, "utf-8")
    return folder


def checked(folder: Path, language: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "docs/check_language.py", language]
    found = {**environ, "PYTHONPATH": str(folder / "src"), "PATH": f"{Path(node()).parent}:{environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=found, capture_output=True, text=True, check=False)


def test_what_a_translator_still_has_to_do_is_listed(drafted: Path) -> None:
    done = checked(drafted, "ja")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    overview = drafted / PLACES["00-overview.md"]
    text = overview.read_text("utf-8")
    overview.write_text(text.replace("generated: 3", "generated: 2", 1).replace("{t: last}", "{t: answer}", 1), "utf-8")
    listed = checked(drafted, "de")
    overview.write_text(text, "utf-8")
    assert listed.returncode == 1, listed.stderr
    said = listed.stdout.replace(f"{drafted}/", "").splitlines()
    assert "src/pellucid/words/de.json: titles.right answers is missing." in said
    assert "src/pellucid/words/alone/de.json: article.references is missing." in said
    assert "src/pellucid/words/alone/de.json: refusals.unknown-model is missing." in said
    assert "web/src/words/de.ts: inspector.pin is still said in English." in said
    assert "web/src/words/de.ts: tour.finish is still said in English." in said
    assert "web/src/words/de.ts: late.learning.terms.product is still said in English." in said
    differs = r"lessons/de/00-overview.md:\d+: step 3 differs from en/.* in 'at' and 'generated'\."
    assert any(re.search(differs, line) for line in said)
    assert any(line.startswith("src/pellucid/lessons/de/01-preliminaries.md:1: en/") for line in said)
    assert any("the term 'softmax'" in line for line in said)
    assert not [
        line for line in said if "titles.block #" in line or "article.title" in line or "tokens.heading is" in line
    ]
    nothing = checked(drafted, "xx").stdout.splitlines()
    assert len(nothing) == 4
    assert all("there is no such" in line for line in nothing)


@pytest.fixture(scope="module")
def in_german(drafted: Path, nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site of that program."""
    subprocess.run(
        [node(), "node_modules/vite/bin/vite.js", "build"], cwd=drafted / "web", check=True, capture_output=True
    )
    host = tmp_path_factory.mktemp("host")
    command = [sys.executable, "-m", "pellucid", "site", str(nano_folder), "-o", str(host / "gpt")]
    subprocess.run(command, env={**environ, "PYTHONPATH": str(drafted / "src")}, check=True, capture_output=True)
    with running_host(host) as address:
        yield f"{address}gpt/"


@pytest.mark.timeout(900)
def test_the_draft_of_a_chapter_opens_in_a_third_language(page: Page, in_german: str) -> None:
    opened_at(page, f"{in_german}?tour=00-overview:2&text=BACCAB&lang=de")
    settled(page)
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", name="Dann liest es, was es geschrieben hat")).to_be_visible()
    expect(page.locator("[data-step='2']")).to_contain_text("B A C C A B A A B gelesen und erwartet B")
    expect(page.get_by_role("button", name="Nächster Schritt").first).to_be_visible()
    page.evaluate("window.pellucid.state = { text: 'CCCBBA' }")
    expect(page.locator("[data-step='2']")).to_contain_text("C C C B B A A B B gelesen")
    page.goto(f"{in_german}read-de.html")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wie ein GPT funktioniert, Zahl für Zahl")
    expect(page.get_by_role("link", name="日本語")).to_be_visible()
