"""The documentation site is built without a warning, its links lead somewhere, and nothing comes from elsewhere."""

import importlib.util
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

import pellucid
from pellucid import Model, Run
from pellucid.lessons import TOUR

pytestmark = pytest.mark.timeout(900)  # whole sites and packages are built

SCRIPT = Path(__file__).parents[1] / "docs" / "build_site.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_site", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def documentation(build: ModuleType, site: Path, nano_model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documentation")
    shutil.copytree(site, build.prepared(folder) / "demo")
    built: Path = build.built(folder)
    return built


class Fetched(HTMLParser):
    """The addresses that a browser fetches by itself when it opens a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.addresses += [value for name in ("src", "srcset", "poster") if (value := given.get(name))]
        if tag == "link":
            self.addresses.append(given.get("href") or "")


def test_the_site_is_whole_and_fetches_nothing_from_elsewhere(documentation: Path) -> None:
    pages = [page for page in documentation.rglob("*.html") if "demo" not in page.parts]
    assert {"index.html", "api.html", "tour.html", "train.html", "changelog.html"} <= {page.name for page in pages}
    fetched = {address for page in pages for address in Fetched(page).addresses}
    assert len(fetched) > 10
    assert not [address for address in fetched if re.match(r"(https?:)?//", address)]
    assert not re.search(r"url\(['\"]?(https?:)?//", (documentation / "stylesheets" / "docs.css").read_text())
    assert (documentation / "demo" / "index.html").exists()


def test_each_chapter_can_be_taken_and_read(documentation: Path) -> None:
    tour = (documentation / "tour.html").read_text(encoding="utf-8")
    for language in ("en", "ja"):
        slugs = [path.stem for path in sorted((TOUR / language).glob("*.md"))]
        assert len(slugs) > 10
        for slug in slugs:
            assert f"demo/index.html?tour={slug}&amp;lang={language}" in tour
            assert f"demo/read-{language}.html#{slug}" in tour


def test_the_reference_names_all_that_is_public(documentation: Path) -> None:
    reference = (documentation / "api.html").read_text(encoding="utf-8")
    headings = set(re.findall(r'<h\d id="[\w.]*?(\w+)"', reference))
    assert set(pellucid.__all__) - headings == set()
    for kind in (Model, Run):
        methods = {name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}
        assert methods - headings == set()


def test_links_that_lead_nowhere_are_found(build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(
        '<h1 id="here"><a href="two.html#there"></a><a href="#here"></a><img src="no.png">'
    )
    (tmp_path / "two.html").write_text('<a href="one.html#gone"></a><a href="https://example.org/no">')
    assert build.lost_links(tmp_path) == ["one.html: no.png", "one.html: two.html#there", "two.html: one.html#gone"]
    (tmp_path / "pages").mkdir()
    shutil.copy(SCRIPT.with_name("zensical.toml"), tmp_path)
    (tmp_path / "pages" / "index.md").write_text("[nowhere](nothing.md)\n")
    with pytest.raises(SystemExit, match=r"could not be built without a warning:(.|\n)*nothing\.md"):
        build.built(tmp_path)
