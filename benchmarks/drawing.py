"""What a frame costs in a Chromium that draws in software: while the model is turned, from afar and from near by, while
something is played, while GPT-3 is turned, and the first frame of all. Beside the time stands the work of the browser's
graphics process, which other programs on the machine disturb less. While one program is measured, the browsers of the
others stand still: a page that only waits has its script called before every frame, too.

Others take part where they are at hand: PELLUCID_BEFORE names the `src` folder of another checkout whose page has been
built, PELLUCID_PEER a folder with the static files of bbycroft/llm-viz (`next build`, without its one server route).
PELLUCID_CHROMIUM names the browser.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from benchmarks.measure import Comparison, Contender

FRAMES = 20
TURNS = 80
PATIENCE = 5000
"""Milliseconds after which a page is at rest that has just been opened, or changed its model."""
SOURCE = Path(__file__).parents[1] / "src"
SERVE = [sys.executable, "-m", "pellucid", "serve", "nano", "--no-browser", "--port", "0", "--no-token"]
SERVE_FILES = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"]
EXPLORE = "?view=explore&text=CBABBC"
FLAGS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--no-first-run"]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    FLAGS.append("--no-sandbox")  # Chromium's sandbox refuses to start for root

# Counts the frames in which something is drawn, whoever draws it. To those who were here before no opening is shown.
COUNT_FRAMES = """(() => {
  let drawn = false
  window.framesDrawn = 0
  const context = WebGL2RenderingContext.prototype
  for (const name of ['drawElements', 'drawArrays', 'drawElementsInstanced', 'drawArraysInstanced']) {
    const draw = context[name]
    context[name] = function (...given) { drawn = true; return draw.apply(this, given) }
  }
  const look = () => { if (drawn) window.framesDrawn++; drawn = false; requestAnimationFrame(look) }
  requestAnimationFrame(look)
  if (location.protocol.startsWith('http')) localStorage.setItem('pellucid.opened', 'true')
})()"""

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Program:
    """Whose page is drawn: how it is served, where it shows nano, how it shows GPT-3, how it plays something."""

    name: str
    command: list[str]
    source: str
    place: str
    show_gpt3: Act
    play: Act
    near: tuple[float, float, int]
    """Where on the canvas (shares of its width and height) so many turns of the wheel lead to boxes that fill it."""


@dataclass(frozen=True)
class Running:
    """A program that is served, and a browser to see it with."""

    program: Program
    browser: Browser
    address: str

    def opened(self) -> Page:
        page = self.browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(COUNT_FRAMES)
        page.goto(self.address)
        return page


def pellucid(name: str, source: str) -> Program:
    def show_gpt3(page: Page) -> None:
        page.evaluate("window.pellucid.state = { model: 'gpt3' }")

    return Program(name, SERVE, source, EXPLORE, show_gpt3, lambda page: page.keyboard.press("p"), (0.63, 0.41, 12))


def llm_viz(folder: str) -> Program:
    def show_gpt3(page: Page) -> None:
        page.get_by_text("GPT-3", exact=True).first.click()

    def play(page: Page) -> None:
        page.keyboard.press("Space")

    # Nearer still, its boxes leave the canvas.
    return Program("llm-viz", [*SERVE_FILES, folder], "", "llm.html", show_gpt3, play, (0.5, 0.5, 4))


def comparisons() -> Iterator[Comparison]:
    programs = [pellucid("Pellucid", str(SOURCE))]
    if before := os.environ.get("PELLUCID_BEFORE"):
        programs.append(pellucid("Pellucid before", before))
    if peer := os.environ.get("PELLUCID_PEER"):
        programs.append(llm_viz(peer))
    scenes: list[tuple[str, Callable[[Running, Page], None], Callable[[Page, Program], Act]]] = [
        ("The model is turned", lambda running, page: None, turning),
        ("The model is turned, seen from near by", come_nearer, turning),
        ("Something is played", lambda running, page: None, playing),
        ("GPT-3 is turned", lambda running, page: running.program.show_gpt3(page), turning),
    ]
    with sync_playwright() as playwright, ExitStack() as stack:
        running = [stack.enter_context(served(playwright, program)) for program in programs]
        for title, prepare, moving in scenes:
            with ExitStack() as pages:
                contenders = [pages.enter_context(drawn(each, prepare, moving)) for each in running]
                yield Comparison(title, contenders, amount=FRAMES, unit="frames/s")
        yield Comparison(
            "From the address to the first frame", [Contender(e.program.name, first_frame(e)) for e in running]
        )


@contextmanager
def served(playwright: Playwright, program: Program) -> Iterator[Running]:
    environment = {**os.environ, "PYTHONPATH": program.source}
    with subprocess.Popen(
        program.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        said = next(line for line in server.stdout if "http://" in line)
        address = next(word for word in said.replace("(", " ").replace(")", " ").split() if word.startswith("http://"))
        chromium = os.environ.get("PELLUCID_CHROMIUM")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield Running(program, browser, address.rstrip(".") + program.place)
        browser.close()
        server.terminate()


@contextmanager
def drawn(
    running: Running, prepare: Callable[[Running, Page], None], moving: Callable[[Page, Program], Act]
) -> Iterator[Contender]:
    """Someone whose page draws some frames."""
    system = running.browser.new_browser_cdp_session()
    browser = Standstill(running.browser)
    page = running.opened()
    page.wait_for_timeout(PATIENCE)
    prepare(running, page)
    page.wait_for_timeout(PATIENCE)
    move = moving(page, running.program)
    browser.stop()
    contender = Contender(running.program.name, None, wake=browser.go_on, rest=browser.stop)
    frames_in_all = 0
    milliseconds_in_all = 0.0

    def graphics() -> float:
        processes = system.send("SystemInfo.getProcessInfo")["processInfo"]
        return float(1e3 * sum(process["cpuTime"] for process in processes if process["type"] == "GPU"))

    def run() -> None:
        nonlocal frames_in_all, milliseconds_in_all
        first, work = page.evaluate("framesDrawn"), graphics()
        while (frames := page.evaluate("framesDrawn") - first) < FRAMES:
            move(page)
        frames_in_all += frames
        milliseconds_in_all += graphics() - work
        contender.note = f"graphics process: {milliseconds_in_all / frames_in_all:.0f} ms a frame"

    contender.run = run
    yield contender
    browser.go_on()
    page.close()


class Standstill:
    """Stops all processes of a browser, where the system can, until they are to go on."""

    def __init__(self, browser: Browser) -> None:
        self.session = browser.new_browser_cdp_session()
        self.stopped: list[int] = []

    def stop(self) -> None:
        if hasattr(signal, "SIGSTOP"):
            processes = self.session.send("SystemInfo.getProcessInfo")["processInfo"]
            self.stopped = [process["id"] for process in processes]
            self.send(signal.SIGSTOP)

    def go_on(self) -> None:
        if hasattr(signal, "SIGCONT"):
            self.send(signal.SIGCONT)
        self.stopped = []

    def send(self, number: int) -> None:
        for process in self.stopped:
            os.kill(process, number)


def point_on(page: Page, across: float, down: float) -> tuple[float, float]:
    box = page.locator("canvas").first.bounding_box()
    assert box
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def come_nearer(running: Running, page: Page) -> None:
    across, down, turns = running.program.near
    page.mouse.move(*point_on(page, across, down))
    for _ in range(turns):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(50)


def turning(page: Page, program: Program) -> Act:
    """A frame after each move of the mouse."""
    x, y = point_on(page, 0.5, 0.5)
    page.mouse.move(x, y)
    page.mouse.down()
    moves = 0

    def turn(page: Page) -> None:
        nonlocal moves
        moves += 1
        page.mouse.move(x + 4 * min(moves % TURNS, TURNS - moves % TURNS), y + moves % 5)

    return turn


def playing(page: Page, program: Program) -> Act:
    """Frames as they come; where none do, what was played is over, or waits, and is gone on with."""
    seen = since = 0

    def wait(page: Page) -> None:
        nonlocal seen, since
        page.wait_for_timeout(30)
        drawn = page.evaluate("framesDrawn")
        since = since + 1 if drawn == seen else 0
        seen = drawn
        if since == IDLE:
            since = 0
            program.play(page)

    program.play(page)
    return wait


IDLE = 60
"""After so many looks without a frame nothing is being played."""


def first_frame(running: Running) -> Callable[[], None]:
    def run() -> None:
        page = running.opened()
        page.wait_for_function("() => window.framesDrawn > 0")
        page.close()

    return run
