"""Builds the documentation site: `make docs`, or `python docs/build_site.py [FOLDER]`.

Its pages are the Markdown files of this folder, with what is written from the program itself: the list of the tour's
chapters, and the live demo, which is what `pellucid site` writes. Zensical makes the site of them. A warning, or a link
that leads nowhere, is an error. Needs the extra `docs` and the built page.
"""

import argparse
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pellucid
from pellucid.lessons import TOUR, Subject, compile_lesson
from pellucid.site import export

DOCS = Path(__file__).parent
ROOT = DOCS.parent
NOT_PAGES = ("*.py", "__pycache__", "zensical.toml")
FROM_ROOT = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
COLOURS = re.compile(r"\x1b\[[\d;]*m")
LANGUAGES = {"en": "English", "ja": "日本語"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "documentation")
    folder = parser.parse_args().folder
    pages = prepared(folder)
    export([pellucid.load("nano")], pages / "demo")
    print(f"The documentation is in {built(folder)}.")


def prepared(folder: Path) -> Path:
    """The sources of the site, all but the demo, in a fresh folder `pages`."""
    pages = folder / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, pages, ignore=shutil.ignore_patterns(*NOT_PAGES))
    shutil.copy(DOCS / "zensical.toml", folder)
    shutil.copy(ROOT / "web" / "public" / "icon.svg", pages / "pictures")
    for name, page in FROM_ROOT.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        for other, its_page in FROM_ROOT.items():
            text = text.replace(f"]({other})", f"]({its_page})")
        (pages / page).write_text(text, encoding="utf-8")
    tour = pages / "tour.md"
    tour.write_text(tour.read_text(encoding="utf-8") + chapters(), encoding="utf-8")
    return pages


def chapters() -> str:
    """The chapters of the tour, each with its summary and with links to where it can be taken and read."""
    lesson = compile_lesson(TOUR, Subject.of(pellucid.load("nano")))
    parts = []
    for language, name in LANGUAGES.items():
        parts.append(f"\n## {name}\n")
        for chapter in lesson.chapters[language]:
            walk = f"demo/index.html?tour={chapter.slug}&lang={language}"
            read = f"demo/read-{language}.html#{chapter.slug}"
            parts.append(f"- **[{chapter.title}]({walk})** ([read]({read})): {chapter.summary}")
    return "\n".join(parts) + "\n"


def built(folder: Path) -> Path:
    """The site made of the sources in this folder. Whatever is amiss ends the program."""
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
    said = COLOURS.sub("", done.stdout + done.stderr)
    if done.returncode or re.search(r"warning|\d issues? found", said, re.IGNORECASE):
        sys.exit(f"The documentation could not be built without a warning:\n{said}")
    site = folder / "site"
    if lost := lost_links(site):
        sys.exit("Links of the documentation lead nowhere:\n" + "\n".join(lost))
    return site


class Links(HTMLParser):
    """What a page leads to and takes in, and the places in it that can be led to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.places: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src", "poster") and value and (tag, name) != ("base", "href"):
                self.targets.add(value)
            elif name in ("id", "name") and value:
                self.places.add(value)


def lost_links(site: Path) -> list[str]:
    """Links of the documentation's own pages to files and places of the site that are not there."""
    read = {page.resolve(): Links(page) for page in site.rglob("*.html")}
    lost = []
    for page, links in read.items():
        if "demo" in page.relative_to(site.resolve()).parts or page.name == "404.html":
            continue
        for target in sorted(links.targets):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            place = unquote(parts.fragment)
            if not file.is_file() or (place and file in read and place not in read[file].places):
                lost.append(f"{page.relative_to(site.resolve())}: {target}")
    return sorted(lost)


if __name__ == "__main__":
    main()
