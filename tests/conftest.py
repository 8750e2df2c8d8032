"""What tests share: a model trained once, a running server, a browser, and the programs we compare our numbers with."""

import importlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import chromium
import pytest
from browser import driving
from browser.driving import faultless
from playwright.sync_api import Browser, Page, expect, sync_playwright
from running import in_front, running_host, running_server

import pellucid
from pellucid.site import export


def pytest_configure() -> None:
    """Ctrl-C reaches the programs that tests start, even where a shell has started the tests in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the tests' own, so that they neither read nor change the user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("PELLUCID_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def nano_model() -> Any:
    """The nano-GPT, trained to sort. Shared by all tests: whoever changes it works on a copy."""
    return pellucid.train("sort", seed=0)


@pytest.fixture(scope="session")
def nano_folder(nano_model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "nano"
    nano_model.save(folder)
    return folder


@pytest.fixture(scope="session")
def served(nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real `pellucid serve` of the trained nano model, such as http://127.0.0.1:40123/."""
    with running_server(nano_folder, tmp_path_factory.mktemp("server") / "stderr.txt") as address:
        yield address


@pytest.fixture(scope="session")
def site(nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `pellucid site` writes of the trained nano model, in a folder of a host."""
    return export([pellucid.load(nano_folder)], tmp_path_factory.mktemp("host") / "course" / "gpt").folder


@pytest.fixture(scope="session")
def hosted(site: Path) -> Iterator[str]:
    """The address of that folder on a plain web host, such as http://127.0.0.1:40123/course/gpt/."""
    with running_host(site.parents[1]) as address:
        yield f"{address}course/gpt/"


@pytest.fixture(scope="session")
def prefixed(served: str) -> Iterator[str]:
    """The address of the server behind another, such as http://127.0.0.1:40123/user/ann/proxy/8420/."""
    with in_front(served) as address:
        yield address


WITHOUT_SERVER = ("static", "unplugged")
HOSTS = {"server": "served", "static": "hosted", "prefix": "prefixed", "unplugged": "hosted"}


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> str:
    """The address of the page of the trained nano model: on the host that `--host` names, a real server by default."""
    return str(request.getfixturevalue(HOSTS[request.config.getoption("--host")]))


@pytest.fixture(scope="session")
def is_site(request: pytest.FixtureRequest) -> bool:
    """Whether that is a folder of files."""
    return request.config.getoption("--host") in WITHOUT_SERVER


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--host",
        choices=[*HOSTS],
        default="server",
        help="where the browser tests find the page: at `pellucid serve`, in the folder that `pellucid site` writes, "
        "on a plain web host, at a server behind another one, under a path, or unplugged: in that folder, whose host "
        "is out of reach once the page has been there",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks a server says what for, and is left out where there is none."""
    host = config.getoption("--host")
    for item in items:
        for marker in item.iter_markers("asks_server"):
            (reason,) = marker.args
            if host in WITHOUT_SERVER:
                item.add_marker(pytest.mark.skip(reason=f"needs a server: {reason}"))
        for marker in item.iter_markers("asks_host"):
            (reason,) = marker.args
            if host == "unplugged":
                item.add_marker(pytest.mark.skip(reason=f"needs the network: {reason}"))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    try:
        return chromium.find()
    except chromium.NoBrowserError as error:
        skip_unless_ci(str(error))


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # On a slow machine what comes takes its time; what has not come by then never will.
        expect.set_options(timeout=90_000)
        running = playwright.chromium.launch(executable_path=chromium_path, args=chromium.ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(autouse=True)
def unplugging(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--host unplugged`, the pages of tests that ask for the host are cut off from it: others have their own."""
    is_cut = request.config.getoption("--host") == "unplugged" and "server" in request.fixturenames
    driving.unplugged_from = request.getfixturevalue("server") if is_cut else None
    yield
    driving.unplugged_from = None


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty 1280 × 800 page. A test fails if its page throws or asks for what the content policy forbids."""
    with faultless(
        browser, lambda text: "Content Security Policy" in text, viewport={"width": 1280, "height": 800}
    ) as opened:
        yield opened


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which finds what keeps people from using a page."""
    script = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        skip_unless_ci("needs axe-core: `npm ci` in web/ installs it")
    return script.read_text()


def skip_unless_ci(reason: str) -> NoReturn:
    """A test that cannot run is skipped where a person runs the tests, and fails where nobody would read of it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def oracle(name: str) -> Callable[[], ModuleType]:
    @pytest.fixture(scope="session", name=name)
    def load() -> ModuleType:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            skip_unless_ci(f"needs {name}: `make oracle` installs it")

    return load


torch = oracle("torch")
transformers = oracle("transformers")
jax = oracle("jax")
onnxruntime = oracle("onnxruntime")
transformer_lens = oracle("transformer_lens")
xarray = oracle("xarray")
matplotlib = oracle("matplotlib")
anywidget = oracle("anywidget")
jupyterlab = oracle("jupyterlab")
marimo = oracle("marimo")
