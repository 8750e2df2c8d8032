"""How the browser tests drive the page: open it, wait until it rests, turn the model, choose another, measure."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Position, Route, expect

# Resolves with the number of frames drawn once none has been drawn for so many milliseconds, although the browser asked
# for some: on a busy machine the next frame of a moving picture may take longer than that.
REST = """quiet => new Promise((resolve) => {
  let frames = -1
  let since = 0
  let asked = 0
  const look = () => {
    const drawn = window.pellucid.stats.frames
    if (drawn !== frames) [frames, since, asked] = [drawn, performance.now(), 0]
    if (performance.now() - since >= quiet && asked++ >= 8) resolve(frames)
    else requestAnimationFrame(look)
  }
  look()
})"""

ROUNDS = 25
# The milliseconds that a fixed piece of work takes at the moment, on average, and those that it takes where nothing
# else runs on the machine that the tests' budgets were set on.
WORK = """() => {
  const start = performance.now()
  for (let round = 0; round < ROUNDS; round++) {
    const numbers = Array.from({ length: 6000 }, (_, place) => Math.sin(place * 12.9898) * 43758.5453)
    numbers.sort((one, other) => one - other)
  }
  return (performance.now() - start) / ROUNDS
}""".replace("ROUNDS", str(ROUNDS))
WORK_MS = 2.0

CHOSEN = """model => {
  const chooser = document.querySelector('[data-model]')
  return chooser.dataset.model === model && chooser.getAttribute('aria-busy') === 'false'
}"""


# Whoever has been here before is not shown the opening.
BEEN_HERE = "if (location.protocol.startsWith('http')) localStorage.setItem('pellucid.opened', 'true')"


PATIENCE = 90_000
"""Milliseconds after which what has not come never will, on a machine that others use too."""


unplugged_from: str | None = None
"""The address of a site whose network is cut off from pages that begin, once their browsers have kept it."""


def unplug(page: Page, address: str) -> None:
    """Cuts the network when the browser has kept the site, and leaves no other trace of having been there."""
    page.goto(address)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.context.set_offline(True)


@contextmanager
def faultless(
    browser: Browser,
    counts: Callable[[str], bool] = lambda text: True,
    locale: str = "en-US",
    first_visit: bool = False,
    **options: Any,
) -> Iterator[Page]:
    """A page that must not throw, nor write an error that counts to the console."""
    context = browser.new_context(locale=locale, **options)
    if not first_visit:
        context.add_init_script(BEEN_HERE)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and counts(message.text):
            faults.append(message.text)

    page.on("pageerror", lambda error: faults.append(error.stack or error.message))
    page.on("console", heard)
    if unplugged_from is not None:
        unplug(page, unplugged_from)
    yield page
    context.close()
    assert not faults, "\n".join(faults)


# However slow the machine is: what only comes later is left out.
SENT_BEFORE_NUMBERS = """async () => {
  while (!window.pellucid) await new Promise(requestAnimationFrame)
  await window.pellucid.ready
  return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .map(({ name, encodedBodySize }) => [name, encodedBodySize])
}"""


def sent_before_numbers(page: Page, address: str) -> list[tuple[str, int]]:
    """What has come when the page shows its numbers, with the bytes of each on their way."""
    page.goto(address, wait_until="commit")
    sent: list[tuple[str, int]] = page.evaluate(SENT_BEFORE_NUMBERS)
    return sent


def opened(page: Page, address: str) -> Page:
    """The page where one explores, which is not where it opens."""
    return opened_at(page, f"{address}{'&' if '?' in address else '?'}view=explore")


def opened_at(page: Page, address: str) -> Page:
    page.goto(address)
    ready(page)
    return page


def ready(page: Page) -> None:
    """Returns once a frame with real values has been drawn. Unlike a bare evaluation it gives up at some time."""
    page.wait_for_function("() => window.pellucid?.ready.then(() => true)")


@contextmanager
def held_back(page: Page, files: str | re.Pattern[str]) -> Iterator[None]:
    """What the page asks for at such addresses comes at the end, not before."""
    held: list[Route] = []
    page.route(files, lambda route: held.append(route))
    yield
    for route in held:
        route.continue_()
    page.unroute(files)


def settled(page: Page) -> None:
    """Returns once the stage shows what the present step of the tour says, as far as that is not played."""
    page.wait_for_function("() => window.pellucid.settled.then(() => true)")


def at_rest(page: Page, quiet: int = 400) -> int:
    """Waits until the stage has drawn nothing for a while; how many frames it has drawn."""
    return int(page.evaluate(REST, quiet))


def stats(page: Page) -> dict[str, float]:
    return dict(page.evaluate("({...window.pellucid.stats})"))


def state(page: Page) -> dict[str, Any]:
    return dict(page.evaluate("window.pellucid.state"))


def inspector(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Inspector")


def changed_list(page: Page) -> Locator:
    """What lists the changes of the run, above the text."""
    return page.get_by_role("region", name=re.compile(r"^\d+ changes? in this run$"))


def place_of(page: Page, tensor: str, index: list[int]) -> Position:
    """Where a cell is in the window, in CSS pixels."""
    box = page.locator("canvas").bounding_box()
    place = page.evaluate("([tensor, index]) => window.pellucid.locate(tensor, index)", [tensor, index])
    assert box
    assert place
    return {"x": box["x"] + place["x"], "y": box["y"] + place["y"]}


def turn(page: Page, moves: int, step: int = 6) -> None:
    """Drags over the stage: the camera goes round the model, there and back."""
    box = page.locator("canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for move in range(1, moves + 1):
        page.mouse.move(x + step * min(move, moves - move), y + move % 5)
    page.mouse.up()
    at_rest(page)


def calls(page: Page, act: Callable[[], None]) -> int:
    """How many functions the page calls meanwhile: how much it does, and not how fast a machine does it."""
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
    session.send("Profiler.takePreciseCoverage")
    act()
    scripts = session.send("Profiler.takePreciseCoverage")["result"]
    session.detach()
    return sum(function["ranges"][0]["count"] for script in scripts for function in script["functions"])


def calls_in_a_frame(page: Page, moves: int) -> float:
    """How many functions the page calls for each frame while the model is turned, on average."""
    before = stats(page)["frames"]
    called = calls(page, lambda: turn(page, moves))
    return called / (stats(page)["frames"] - before)


def longest_task(page: Page, act: Callable[[], object]) -> float:
    """How many milliseconds of the processor the longest task of the page's own thread takes meanwhile.

    What other programs take of the machine does not count, as it would by the clock.
    """
    browser = page.context.browser
    assert browser
    browser.start_tracing(page=page, categories=["toplevel"])
    act()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    tasks: list[float] = [
        event["tdur"] / 1000
        for event in events
        if event["name"].endswith("RunTask")
        and threads[event["pid"], event["tid"]] == "CrRendererMain"
        and "tdur" in event  # the task that asks for the tracing has none
    ]
    return max(tasks)


def slowness(page: Page) -> float:
    """How many times longer the processor takes for a fixed piece of work than that which budgets were set on; at
    least 1."""
    return max(1.0, longest_task(page, lambda: page.evaluate(WORK)) / (ROUNDS * WORK_MS))


def choose(page: Page, model: str) -> None:
    """Another model, through the list of models; returns once it stands."""
    page.get_by_role("button", name=re.compile("Choose another$")).click()
    page.locator("#models").get_by_role("button").filter(has=page.get_by_text(model, exact=True)).click()
    page.wait_for_function(CHOSEN, arg=model)
    at_rest(page)


def answered(address: str) -> Any:
    """What a server says at an address of docs/protocol.md."""
    with urllib.request.urlopen(address) as answer:
        return json.load(answer)


def select(page: Page, tensor: str, index: list[int] | None) -> Locator:
    """The inspector, showing this cell."""
    page.evaluate("([tensor, index]) => window.pellucid.select(tensor, index)", [tensor, index])
    panel = inspector(page)
    expect(panel).to_have_attribute("data-tensor", tensor)
    expect(panel).to_have_attribute("aria-busy", "false")
    return panel
