"""What a frame costs while the model is turned, in a Chromium that draws in software: the time, and the work of its
graphics process, which other programs on the machine disturb less.

Others take part where they are at hand: PELLUCID_BEFORE names the `src` folder of another checkout whose page has been
built, PELLUCID_PEER a folder with the static files of bbycroft/llm-viz (`next build`, without its one server route).
PELLUCID_CHROMIUM names the browser.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from benchmarks.measure import Comparison, Contender

FRAMES = 20
TURNS = 80
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


def comparisons() -> Iterator[Comparison]:
    before, peer = os.environ.get("PELLUCID_BEFORE"), os.environ.get("PELLUCID_PEER")
    with sync_playwright() as playwright, ExitStack() as stack:
        contenders = [stack.enter_context(turned(playwright, "Pellucid", SERVE, str(SOURCE), EXPLORE))]
        if before:
            contenders.append(stack.enter_context(turned(playwright, "Pellucid before", SERVE, before, EXPLORE)))
        if peer:
            contenders.append(stack.enter_context(turned(playwright, "llm-viz", [*SERVE_FILES, peer], "", "llm.html")))
        yield Comparison("The model is turned", contenders, amount=FRAMES, unit="frames/s")


@contextmanager
def turned(playwright: Playwright, name: str, command: list[str], source: str, place: str) -> Iterator[Contender]:
    """Someone whose page draws some frames, each after a move of the mouse."""
    environment = {**os.environ, "PYTHONPATH": source}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        said = next(line for line in server.stdout if "http://" in line)
        address = next(word for word in said.replace("(", " ").replace(")", " ").split() if word.startswith("http://"))
        chromium = os.environ.get("PELLUCID_CHROMIUM")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        system = browser.new_browser_cdp_session()
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(COUNT_FRAMES)
        page.goto(address.rstrip(".") + place)
        page.wait_for_timeout(5000)
        box = page.locator("canvas").first.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        contender = Contender(name, None)
        moves = frames_in_all = 0
        milliseconds_in_all = 0.0

        def graphics() -> float:
            processes = system.send("SystemInfo.getProcessInfo")["processInfo"]
            return float(1e3 * sum(process["cpuTime"] for process in processes if process["type"] == "GPU"))

        def turn() -> None:
            nonlocal moves, frames_in_all, milliseconds_in_all
            first, work = page.evaluate("framesDrawn"), graphics()
            while (frames := page.evaluate("framesDrawn") - first) < FRAMES:
                moves += 1
                page.mouse.move(x + 4 * min(moves % TURNS, TURNS - moves % TURNS), y + moves % 5)
            frames_in_all += frames
            milliseconds_in_all += graphics() - work
            contender.note = f"graphics process: {milliseconds_in_all / frames_in_all:.0f} ms a frame"

        contender.run = turn
        yield contender
        browser.close()
        server.terminate()
