"""A lost graphics context and a killed server are made good by the page itself, with the reader's place kept."""

import base64
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.driving import at_rest, held_back, inspector, opened, state, stats
from playwright.sync_api import Page, Route, expect

COMPARE = """async (pictures) => {
  const [one, other] = await Promise.all(pictures.map(async (picture) => {
    const image = new Image()
    image.src = `data:image/png;base64,${picture}`
    await image.decode()
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)
  }))
  return one.length === other.length ? one.filter((pixel, place) => pixel !== other[place]).length / one.length : 1
}"""
PLACE = "text=BACCAB&step=1&cell=blocks.0.attn.q:2,3,7&camera=20,-100,0,420,35,25"
LOSE = """() => {
  const canvas = document.querySelector('canvas')
  const lost = new Promise((resolve) => canvas.addEventListener('webglcontextlost', resolve, { once: true }))
  window.loss = canvas.getContext('webgl2').getExtension('WEBGL_lose_context')
  window.loss.loseContext()
  return lost.then(() => undefined)
}"""
RESTORE = """() => {
  const canvas = document.querySelector('canvas')
  const restored = new Promise((resolve) => canvas.addEventListener('webglcontextrestored', resolve, { once: true }))
  window.loss.restoreContext()
  return restored.then(() => undefined)
}"""


class Server:
    """A `pellucid serve` that can be killed and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = Path(sys.executable).with_name("pellucid")
        self.command = [str(program), "serve", str(folder), "--port", str(port), "--no-browser"]
        self.start()

    has_died = False

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()
        """With the token in it, which is the same after another start."""

    def kill(self) -> None:
        self.has_died = True
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture
def mortal(nano_folder: Path) -> Iterator[Server]:
    server = Server(nano_folder)
    yield server
    server.kill()


def share_apart(page: Page, one: bytes, other: bytes) -> float:
    """The share of pixels in which two pictures differ: smoothed edges may fall otherwise when they are drawn anew."""
    blank = page.context.new_page()
    pictures = [base64.b64encode(picture).decode() for picture in (one, other)]
    share = float(blank.evaluate(COMPARE, pictures))
    blank.close()
    return share


@pytest.mark.asks_host("what the browser keeps is never on its way")
def test_the_stage_is_blank_until_it_is_drawn_on(page: Page, server: str) -> None:
    """A canvas that nothing shines through would be black."""
    canvas = page.locator("canvas")
    with held_back(page, "**/assets/stage-*.js*"):
        page.goto(f"{server}?{PLACE}")
        expect(page.get_by_role("region", name="The model in 3D").get_by_text("1.118")).to_be_visible()
        before = canvas.screenshot()
        canvas.evaluate("canvas => (canvas.style.visibility = 'hidden')")
        assert share_apart(page, before, page.locator(".view").screenshot()) == 0
        canvas.evaluate("canvas => (canvas.style.visibility = '')")
    page.wait_for_function("() => window.pellucid?.stats?.frames > 0")
    at_rest(page)
    assert share_apart(page, before, canvas.screenshot()) > 0.1


@pytest.mark.asks_host("what the browser keeps is never on its way")
def test_icons_wait_for_the_first_picture_but_not_for_long(page: Page, server: str) -> None:
    icon = page.get_by_role("button", name="Search").locator("svg")
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    with held_back(page, "**/assets/stage-*.js*"):
        page.goto(f"{server}?{PLACE}")
        expect(icon).to_have_css("visibility", "hidden")
        page.clock.run_for(3000)
        expect(icon).to_be_visible()


def test_a_lost_context_is_restored_with_the_same_picture(page: Page, server: str) -> None:
    opened(page, f"{server}?{PLACE}")
    canvas = page.locator("canvas")
    page.wait_for_load_state("networkidle")  # what lies over the canvas comes late
    at_rest(page)
    before, place = canvas.screenshot(), state(page)
    page.evaluate(LOSE)
    frames = stats(page)["frames"]
    page.evaluate(RESTORE)
    page.wait_for_function("frames => window.pellucid.stats.frames > frames", arg=frames)
    at_rest(page)
    assert state(page) == place
    assert share_apart(page, before, canvas.screenshot()) < 1e-4


def test_a_killed_server_is_missed_and_the_page_goes_on_once_it_is_back(page: Page, mortal: Server) -> None:
    opened(page, f"{mortal.address}&{PLACE}")
    at_rest(page)
    place = state(page)
    page.wait_for_load_state("networkidle")
    mortal.kill()
    page.get_by_role("button", name="Next token").click()
    expect(page.get_by_role("button", name="Answer token 2: A")).to_be_visible()
    page.evaluate("() => { window.pellucid.state = { beside: ['gpt2'] } }")
    expect(page.get_by_role("status").filter(has_text="The server does not answer.")).to_be_visible()
    assert state(page)["cell"] == place["cell"]
    mortal.start()
    expect(page.get_by_text("The server does not answer.")).to_be_hidden(timeout=90_000)
    expect(page.get_by_role("button", name="Answer token 2: A")).to_be_visible()
    expect(inspector(page)).to_have_attribute("aria-busy", "false")
    expect(inspector(page).get_by_role("table")).to_be_visible()
    assert state(page) == {**place, "step": 2, "beside": ["gpt2"]}


LATE = ["Inspector", "theatre", "katex", "Search", "LookUp", "stage"]
"""Parts of the page that come late, by the names of their files."""


@pytest.mark.parametrize("part", LATE)
def test_a_part_that_was_on_its_way_when_the_server_died_comes_once_it_is_back(
    page: Page, mortal: Server, part: str
) -> None:
    files = re.compile(rf"/assets/{part}[-.][^/]*\.js")
    held: list[Route] = []
    page.route(files, lambda route: route.continue_() if mortal.has_died else held.append(route))
    page.goto(f"{mortal.address}&{PLACE}&view=explore")
    while not held:
        page.wait_for_timeout(50)
    mortal.kill()
    with page.expect_event("requestfailed", lambda request: files.search(request.url) is not None):
        for route in held:
            route.continue_()
    mortal.start()
    opened_again(page, part)


def opened_again(page: Page, part: str) -> None:
    """What the part is for is there."""
    page.wait_for_function("() => window.pellucid?.ready.then(() => true)", timeout=120_000)
    if part == "Inspector":
        expect(inspector(page).get_by_role("table")).to_be_visible()
    elif part == "katex":
        expect(inspector(page).locator(".katex").first).to_be_visible()
    elif part == "theatre":
        # What is played ends when the server is back, perhaps with other numbers.
        expect(page.get_by_text("The server does not answer.")).to_be_hidden()
        page.locator("canvas").focus()
        page.keyboard.press("p")
        expect(page.get_by_role("slider", name="Position")).to_be_visible()
    elif part == "Search":
        page.keyboard.press("/")
        expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    elif part == "LookUp":
        page.get_by_role("button", name="Glossary").click()
        expect(page.locator("dt").first).to_be_visible()


def test_a_part_that_the_browser_would_not_ask_for_again_comes_by_another_address(page: Page, server: str) -> None:
    page.route(re.compile(r"/assets/Inspector[^/]*\.js$"), lambda route: route.abort())
    opened(page, f"{server}?{PLACE}")
    expect(inspector(page).get_by_role("table")).to_be_visible()
