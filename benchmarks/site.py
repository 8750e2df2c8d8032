"""The page without a server, in a real browser: what is sent before its numbers are seen, how soon that is, and how
long a typed letter keeps it busy.

Needs Playwright and a Chromium, as the browser tests do.
"""

import gzip
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

import pellucid
from benchmarks.measure import Comparison, Contender, shown
from pellucid.site import export

TESTS = Path(__file__).parents[1] / "tests"
"""Where the browser and the hosts are that the tests use."""

LETTERS = ("BACCAB", "CCBBAA", "ABCABC", "CABACB", "AACCBB")
"""Typed in turn, so that every run is another one."""

ROUNDS = 20
COUNTED = {"ScriptDuration": "script", "LayoutDuration": "layout", "RecalcStyleDuration": "styles"}
PACKED = (".html", ".js", ".css", ".svg")
"""What hosts compress."""


def comparisons() -> Iterator[Any]:
    sys.path.insert(0, str(TESTS))
    import chromium
    from playwright.sync_api import sync_playwright
    from running import running_host, running_server

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        pellucid.load("nano").save(folder / "nano")
        written = export([pellucid.load(folder / "nano")], folder / "host" / "gpt")
        hosted = stack.enter_context(running_host(folder / "host")) + "gpt/"
        served = stack.enter_context(running_server(folder / "nano", folder / "log"))
        program = chromium.find()
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
        stack.callback(browser.close)
        yield Comparison(
            "From an empty browser to the first picture with real numbers",
            [
                Contender("the site, on a plain host", lambda: first_view(browser, hosted)),
                Contender("pellucid serve", lambda: first_view(browser, served)),
            ],
        )
        sizes = list(sent(browser, hosted, written.folder))
        yield Figures("The site of nano", [*sizes, ("the whole folder", f"{written.size / 1e6:.2f} MB")])
        yield Figures("A typed letter: what the page's own thread does until all is shown", list(busy(browser, hosted)))


@dataclass(frozen=True)
class Figures:
    """A table of what is measured once, where nothing is compared."""

    title: str
    rows: Sequence[tuple[str, str]]

    def race(self, _seconds: float) -> "Figures":
        return self

    def table(self) -> Table:
        table = Table(title=self.title, title_justify="left", title_style="bold", show_header=False)
        for row in self.rows:
            table.add_row(*row)
        return table


@contextmanager
def visitor(browser: Any) -> Iterator[Any]:
    """Somebody whose browser has nothing of the page yet, and who is not shown its opening."""
    from browser.driving import BEEN_HERE

    context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
    context.add_init_script(BEEN_HERE)
    yield context.new_page()
    context.close()


def first_view(browser: Any, address: str) -> None:
    with visitor(browser) as page:
        page.goto(address, wait_until="commit")
        page.wait_for_function("() => window.pellucid")
        page.evaluate("() => window.pellucid.ready")


def sent(browser: Any, address: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Until the numbers are there, as a host sends it that compresses texts."""
    asked: list[str] = []
    with visitor(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address, wait_until="commit")
        page.wait_for_function("() => window.pellucid")
        page.evaluate("() => window.pellucid.ready")
    names = {url.removeprefix(address).partition("?")[0] or "index.html" for url in asked if url.startswith(address)}
    sizes = {name: packed(folder / name) for name in names}
    weights = sum(size for name, size in sizes.items() if name.endswith("weights.safetensors"))
    yield "sent before the first picture", f"{(sum(sizes.values()) - weights) / 1e3:.0f} kB"
    yield "the weights, which come beside it", f"{weights / 1e3:.0f} kB"
    yield "files", str(len(sizes))


def packed(path: Path) -> int:
    content = path.read_bytes()
    return len(gzip.compress(content)) if path.suffix in PACKED else len(content)


def busy(browser: Any, address: str) -> Iterator[tuple[str, str]]:
    """Of many letters, how long the average one takes, as the browser itself counts it; and how much longer a fixed
    piece of work takes than on a machine that has nothing else to do."""
    from browser.driving import WORK, WORK_MS

    slower: list[float] = []
    with visitor(browser) as page:
        page.goto(f"{address}?text=CBABBC&tour=00-overview:1&lang=en")
        page.wait_for_function("() => window.pellucid")
        page.evaluate("() => window.pellucid.ready")
        page.wait_for_function("() => window.pellucid.local")
        client = page.context.new_cdp_session(page)
        client.send("Performance.enable")
        page.wait_for_timeout(3000)
        spent = dict.fromkeys(COUNTED, 0.0)
        for number in range(ROUNDS):
            slower.append(page.evaluate(WORK) / WORK_MS)
            typed = LETTERS[number % len(LETTERS)]
            before = counted(client)
            page.evaluate("text => { window.pellucid.state = { text } }", typed)
            page.locator("[data-step='0']").filter(has_text=" ".join(typed)).wait_for()
            after = counted(client)
            for name in COUNTED:
                spent[name] += after[name] - before[name]
    machine = statistics.median(slower)
    yield "this machine at the moment, against the one that budgets are set on", f"{machine:.1f}× slower"
    for name, what in COUNTED.items():
        each = spent[name] / ROUNDS
        yield f"{what}, and on that machine", f"{shown(each)}, {shown(each / machine)}"


def counted(client: Any) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in client.send("Performance.getMetrics")["metrics"]}
