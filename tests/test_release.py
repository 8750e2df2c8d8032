"""What is released: wheel and sdist hold what they should and nothing else, and are the same whoever makes them.

They are built from the page that is there, if it was made from the sources as they are. Otherwise nothing of this can
be said: installing Pellucid builds it.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml
from conftest import skip_unless_ci

import pellucid
from pellucid.lessons import TOUR

pytestmark = pytest.mark.timeout(900)  # whole sites and packages are built

ROOT = Path(__file__).parents[1]
VERSION = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[0]
NEVER = re.compile(r"(^|/)(node_modules|__pycache__|\.venv|\.git|shared|test-results)(/|$)|\.(map|pyc)$")


def built(source: Path, folder: Path) -> list[Path]:
    """The sdist and the wheel of a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(folder.iterdir(), key=lambda path: path.suffix)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    if not hook.page_is_current(ROOT):
        skip_unless_ci("the page is not that of the sources: `pip install --editable .` builds it")
    sdist, wheel = built(ROOT, tmp_path_factory.mktemp("packages"))
    return sdist, wheel


@pytest.fixture(scope="module")
def in_wheel(packages: tuple[Path, Path]) -> set[str]:
    with zipfile.ZipFile(packages[1]) as wheel:
        return set(wheel.namelist())


def test_both_are_what_the_package_index_takes(packages: tuple[Path, Path]) -> None:
    assert [path.name for path in packages] == [f"pellucid-{VERSION}.tar.gz", f"pellucid-{VERSION}-py3-none-any.whl"]
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, packages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_holds_the_package_with_its_pages_and_nothing_else(in_wheel: set[str]) -> None:
    assert {name.partition("/")[0] for name in in_wheel} == {"pellucid", f"pellucid-{VERSION}.dist-info"}
    assert not [name for name in in_wheel if NEVER.search(name) or "/tests/" in name]
    package = Path(pellucid.__file__).parent
    ours = {path.relative_to(package.parent).as_posix() for path in package.rglob("*.py")}
    assert ours <= in_wheel
    lessons = {f"pellucid/lessons/{path.relative_to(TOUR).as_posix()}" for path in TOUR.glob("[ej]*/*.md")}
    page = {f"pellucid/serve/page/{name}" for name in ("index.html", "index.html.br", "icon.svg", "licences.txt")}
    notebook = {f"pellucid/notebook/bundle/{name}" for name in ("view.js", "page.js", "page.css")}
    assert {*lessons, *page, *notebook, "pellucid/py.typed", "pellucid/words/ja.json"} <= in_wheel
    assert f"pellucid-{VERSION}.dist-info/licenses/LICENSE" in in_wheel


def test_the_sdist_holds_what_the_wheel_is_made_of(packages: tuple[Path, Path], in_wheel: set[str]) -> None:
    with tarfile.open(packages[0]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert not [name for name in names if NEVER.search(name)]
    assert {f"src/{name}" for name in in_wheel if name.startswith("pellucid/")} <= names
    assert {"web/package-lock.json", "hatch_build.py", "README.md", "LICENSE", "CITATION.cff", "Makefile"} <= names


def test_the_same_sources_give_the_same_packages(packages: tuple[Path, Path], tmp_path: Path) -> None:
    """Made later; and a wheel that is made somewhere else, from the sdist, which carries the page."""
    assert [path.read_bytes() for path in built(ROOT, tmp_path / "later")] == [path.read_bytes() for path in packages]
    with tarfile.open(packages[0]) as sdist:
        sdist.extractall(tmp_path / "sources", filter="data")
    (source,) = (tmp_path / "sources").iterdir()
    _, wheel = built(source, tmp_path / "elsewhere")
    assert wheel.read_bytes() == packages[1].read_bytes()


def test_the_same_sources_give_the_same_page(packages: tuple[Path, Path], tmp_path: Path) -> None:
    path = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    if not (npx := shutil.which("npx", path=path)) or not (ROOT / "web" / "node_modules").exists():
        skip_unless_ci("needs npm, and `npm ci` in web/")
    command = [npx, "vite", "build", "--outDir", str(tmp_path), "--emptyOutDir"]
    done = subprocess.run(
        command, cwd=ROOT / "web", env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    page = Path(pellucid.__file__).parent / "serve" / "page"
    first, second = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in (page, tmp_path)
    )
    first.pop(Path("sources.sha256"))
    assert first == second


def test_all_that_names_the_version_names_the_same() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == VERSION
    assert pellucid.__version__ == VERSION
    assert citation["license"] == "MIT"
    assert re.search(rf"^## {re.escape(VERSION)}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert f"pellucid-{VERSION}-py3-none-any.whl" in (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def test_every_python_that_is_promised_is_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8"))
    tested = workflow["jobs"]["systems"]["strategy"]["matrix"]["python"]
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert tested == promised
