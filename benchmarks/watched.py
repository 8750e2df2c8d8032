"""A training on the server that ten readers watch, and one that nobody does; how often they hear of it; and how soon it
is done in a browser, by Python and by the page itself.

Needs Playwright and a Chromium, as the browser tests do.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pellucid
from benchmarks.measure import shown
from benchmarks.site import TESTS, Figures, visitor

READERS = 10
MOST_STEPS = 100_000
TURNS, TURN = 20, 2.0
"""So many turns of so many seconds each, watched and not."""
BETWEEN = 0.09
"""Seconds between two questions of a page."""


class Asking:
    """A connection to the server, as a page has one."""

    def __init__(self, address: str) -> None:
        base, _, token = address.partition("?token=")
        self._connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, said: object = None) -> bytes:
        body = None if said is None else json.dumps(said)
        self._connection.request(method, path, body, self._headers)
        return self._connection.getresponse().read()

    def told(self, id: str, after: int) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.ask("GET", f"/api/trainings/{id}?after={after}"))
        return told


def comparisons() -> Iterator[Figures]:
    sys.path.insert(0, str(TESTS))
    from running import running_server

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        os.environ["PELLUCID_HOME"] = str(folder / "home")
        pellucid.load("nano").save(folder / "nano")
        served = stack.enter_context(running_server(folder / "nano", folder / "log", token=True))
        yield Figures("A training of nano on the server, watched", list(watched(served)))
        yield Figures("From pressing start to 729 of 729 right and shown, in a browser", list(in_browser(served)))


def watched(address: str) -> Iterator[tuple[str, str]]:
    """One long training, watched and left alone in turns: what else the machine does disturbs both alike."""
    asking = Asking(address)
    id = json.loads(asking.ask("POST", "/api/trainings", {"model": "nano", "steps": MOST_STEPS}))["id"]
    command = [sys.executable, "-m", "benchmarks.watched", address, id]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as readers:
        alone, together, heard = [], [], []
        for _ in range(TURNS):
            alone.append(speed(asking, id))
            say(readers, "watch")
            together.append(speed(asking, id))
            say(readers, "rest")
            assert readers.stdout
            heard += json.loads(readers.stdout.readline())
        assert readers.stdin
        readers.stdin.close()
    asking.ask("DELETE", f"/api/trainings/{id}")
    slower = [one / other for one, other in zip(alone, together, strict=True)]
    yield "nobody watches", f"{statistics.median(alone):.1f} steps/s ({spread(alone)})"
    yield f"{READERS} readers watch", f"{statistics.median(together):.1f} steps/s ({spread(together)})"
    yield "how much slower, one turn after the other", f"{statistics.median(slower):.3f}× ({spread(slower)})"
    yield "updates a second of each reader, weights included", f"{statistics.median(heard):.1f} ({spread(heard)})"


def say(readers: "subprocess.Popen[str]", what: str) -> None:
    assert readers.stdin
    print(what, file=readers.stdin, flush=True)


def spread(numbers: list[float]) -> str:
    return f"{min(numbers):.2f} to {max(numbers):.2f}"


def speed(asking: Asking, id: str) -> float:
    """Steps a second, over one turn."""
    begun, first = time.perf_counter(), asking.told(id, MOST_STEPS)["step"]
    time.sleep(TURN)
    last = asking.told(id, MOST_STEPS)["step"]
    return float((last - first) / (time.perf_counter() - begun))


def watch(address: str, id: str, wanted: threading.Event) -> float:
    """What a page does for as long as is wanted; how many updates a second it gets."""
    asking, updates, begun = Asking(address), 0, time.perf_counter()
    after = asking.told(id, MOST_STEPS)["step"]
    while wanted.is_set():
        asked = time.perf_counter()
        told = asking.told(id, after)
        if told["progress"] and told["moments"]:
            asking.ask("GET", f"/api/trainings/{id}/weights?step={told['moments'][-1]}")
            updates += 1
        after = told["step"]
        time.sleep(max(0.0, BETWEEN - (time.perf_counter() - asked)))
    return updates / (time.perf_counter() - begun)


def in_browser(address: str) -> Iterator[tuple[str, str]]:
    import chromium
    from playwright.sync_api import sync_playwright

    program = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.ARGUMENTS)
        for name, place in (("by Python", "on this computer, with Python"), ("by the page", "in this page")):
            seconds = [pressed(browser, address, place) for _ in range(3)]
            yield name, f"{shown(statistics.median(seconds))} ({spread(seconds)})"
        browser.close()


def pressed(browser: Any, address: str, place: str) -> float:
    with visitor(browser) as page:
        page.set_default_timeout(300_000)
        page.goto(f"{address}&view=explore&lang=en")
        page.wait_for_function("() => window.pellucid?.ready.then(() => true)")
        training = page.get_by_role("region", name="Train it here")
        training.get_by_label(place).check()
        begun = time.perf_counter()
        training.get_by_role("button", name=re.compile("Start")).click()
        done = re.compile("547 of the 547 .* 182 of the 182")
        training.get_by_role("status").filter(has_text=done).wait_for()
        seconds = time.perf_counter() - begun
        training.get_by_role("button", name="Stop").click()
        training.get_by_role("slider").wait_for(state="detached")
        return seconds


def readers(address: str, id: str) -> None:
    """All readers, in a process of their own, as they are told to watch and to rest."""
    wanted = threading.Event()
    with ThreadPoolExecutor(READERS) as pool:
        for line in sys.stdin:
            if line.strip() == "watch":
                wanted.set()
                watching = [pool.submit(watch, address, id, wanted) for _ in range(READERS)]
            else:
                wanted.clear()
                print(json.dumps([one.result() for one in watching]), flush=True)


if __name__ == "__main__":
    readers(*sys.argv[1:])
