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
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pellucid
from benchmarks.measure import shown
from benchmarks.site import TESTS, Figures, visitor

READERS = 10
STEPS = 400
ROUNDS = 5
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
        yield Figures(f"{STEPS} steps of nano on the server", list(watched(served)))
        yield Figures("From pressing start to 729 of 729 right and shown, in a browser", list(in_browser(served)))


def watched(address: str) -> Iterator[tuple[str, str]]:
    alone, together, heard = [], [], []
    for _ in range(ROUNDS):
        alone.append(taken(address, 0)[0])
        seconds, updates = taken(address, READERS)
        together.append(seconds)
        heard += updates
    yield "nobody watches", f"{shown(statistics.median(alone))} ({spread(alone)})"
    yield f"{READERS} readers watch", f"{shown(statistics.median(together))} ({spread(together)})"
    yield "ratio", f"{statistics.median(together) / statistics.median(alone):.3f}"
    yield "updates a second of each reader, weights included", f"{statistics.median(heard):.1f} ({spread(heard)})"


def spread(numbers: list[float]) -> str:
    return f"{min(numbers):.2f} to {max(numbers):.2f}"


def taken(address: str, readers: int) -> tuple[float, list[float]]:
    """How long the steps take; how many updates a second each of the readers gets, all of them in one process."""
    asking = Asking(address)
    id = json.loads(asking.ask("POST", "/api/trainings", {"model": "nano", "steps": STEPS}))["id"]
    command = [sys.executable, "-m", "benchmarks.watched", address, id, str(readers)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True) if readers else None
    while asking.told(id, STEPS)["step"] < STEPS // 8:  # whoever watches is there by then
        time.sleep(0.02)
    begun, first = time.perf_counter(), asking.told(id, STEPS)["step"]
    while (now := asking.told(id, STEPS))["state"] == "running":
        time.sleep(0.05)
    seconds = (time.perf_counter() - begun) * STEPS / (now["step"] - first)
    heard = json.loads(process.communicate()[0]) if process else []
    asking.ask("DELETE", f"/api/trainings/{id}")
    return seconds, heard


def watch(address: str, id: str) -> float:
    """What a page does: the updates a second that it got while the training went on."""
    asking, after, updates, begun = Asking(address), 0, 0, time.perf_counter()
    while True:
        asked = time.perf_counter()
        told = asking.told(id, after)
        if told["progress"] and told["moments"]:
            asking.ask("GET", f"/api/trainings/{id}/weights?step={told['moments'][-1]}")
            updates += 1
        after = told["step"]
        if told["state"] != "running":
            return updates / (time.perf_counter() - begun)
        time.sleep(max(0.0, BETWEEN - (time.perf_counter() - asked)))


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


if __name__ == "__main__":
    from concurrent.futures import ThreadPoolExecutor

    place, training, count = sys.argv[1:]
    with ThreadPoolExecutor(int(count)) as pool:
        print(json.dumps(list(pool.map(lambda _: watch(place, training), range(int(count))))))
