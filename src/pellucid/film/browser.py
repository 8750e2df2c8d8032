"""The page in a real browser, its clock driven from here: no time passes in it but what we let pass.

What the page asks its worker or its server for takes real time, while its own stands still. Before every frame all that
has been asked for is waited for, so that a frame follows from the time in the film alone.
"""

import base64
import importlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from pellucid.graph import PellucidError
from pellucid.words.errors import no_font, warn

NAMED = "PELLUCID_CHROMIUM"
"""The environment's variable that names a browser."""
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
WIDE, NARROW = 1280, 960
"""How wide the page is laid out, in its own pixels, for large films and for small ones, in which letters are larger."""
TICK = 50
SETTLING = 3000
"""Milliseconds of the page's time: of one step, and until all has come to rest before the film begins."""
PATIENCE = 60_000
"""Real milliseconds in which the page must have begun."""

# Software rendering draws the same picture on every machine; the rest keeps the browser from calling home.
STEADY = (
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
ARGUMENTS = [*STEADY, "--hide-scrollbars", "--force-color-profile=srgb"]

QUIET = "() => window.filming.quiet()"


def script(name: str) -> str:
    return files("pellucid.film").joinpath(name).read_text(encoding="utf-8")


@contextmanager
def browser(folder: Path) -> Iterator[Any]:
    """A browser whose own files are in the folder, closed at the end. Raises PellucidError (`no-film`) without one."""
    try:
        playwright: Any = importlib.import_module("playwright.sync_api")
    except ModuleNotFoundError:
        raise PellucidError(
            "no-film", "A film takes the package playwright: `pip install 'pellucid[film]'` installs it."
        ) from None
    with ExitStack() as stack:
        with temporary_files_in(folder):
            driver = stack.enter_context(playwright.sync_playwright())
        running = launched(driver, playwright.Error)
        try:
            yield running
        finally:
            with suppress(playwright.Error):  # it may have ended by itself at Ctrl-C
                running.close()


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Programs that are started meanwhile put their temporary files there."""
    name = "TEMP" if os.name == "nt" else "TMPDIR"
    before = os.environ.get(name)
    os.environ[name] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def launched(driver: Any, error: type[Exception]) -> Any:
    """The browser that is named, or else Playwright's own, or else the system's."""
    named = os.environ.get(NAMED)
    own = driver.chromium.executable_path
    found = [path for path in map(shutil.which, SYSTEM_NAMES) if path]
    wanted = [named] if named else [*([own] if os.path.exists(own) else []), *found]
    arguments = [*ARGUMENTS, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else ARGUMENTS
    for path in wanted:
        with suppress(error):
            return driver.chromium.launch(executable_path=path, args=arguments, handle_sigint=False)
    tried = f"{named} does not start as a browser" if named else "No Chromium or Chrome was found"
    raise PellucidError(
        "no-film",
        f"{tried}: `python -m playwright install chromium` brings one, or {NAMED} names one.",
        exit_code=1,
    )


class Screen:
    """The page at a step of a chapter, filling the whole picture with its stage and a caption.

    `heed` is called again and again between one answer of the browser and the next: what it raises ends the film.
    """

    def __init__(self, running: Any, address: str, size: tuple[int, int], theme: str, heed: Callable[[], None]) -> None:
        self._heed = heed
        width, height = size
        laid_out = WIDE if width >= WIDE else NARROW
        scale = width / laid_out
        context = running.new_context(
            viewport={"width": laid_out, "height": round(height / scale)},
            device_scale_factor=max(1.0, scale),  # a smaller film is made smaller by whoever writes it
            color_scheme=theme,
            reduced_motion="no-preference",
        )
        self._page = page = context.new_page()
        self._requests = 0
        page.on("request", lambda _: self._asked(1))
        page.on("requestfinished", lambda _: self._asked(-1))
        page.on("requestfailed", lambda _: self._asked(-1))
        page.add_init_script(script("filming.js"))
        page.clock.install(time=0)
        page.clock.pause_at(1000)
        page.goto(address)
        self._session = context.new_cdp_session(page)
        self._until("ready")
        page.evaluate("looks => window.filming.frame(looks)", script("film.css"))
        if letter := page.evaluate("() => window.filming.unwritten()"):
            warn(no_font(letter, "film"))

    def _asked(self, by: int) -> None:
        self._requests += by

    def _until(self, done: str) -> None:
        """Lets time pass until the page says that this is done."""
        waited = 0
        while not self._page.evaluate(f"() => window.filming.{done}()"):
            self._page.clock.fast_forward(TICK)
            self._wait()
            self._page.wait_for_timeout(5)
            waited += TICK
            if waited > PATIENCE:
                raise PellucidError("no-film", "The page did not begin in the browser: try again.", exit_code=1)

    def rehearse(self, steps: Sequence[int]) -> None:
        """Goes to the steps once, so that whatever they take is there, and back to rest at the first.

        What comes to the page only when it is first wanted would otherwise come to a busy machine some frames later.
        """
        for step in (*steps, steps[0]):
            self.begin(step)
            self._until("settled")
        self._rest()

    def _rest(self) -> None:
        self.advance(SETTLING)

    def _wait(self) -> None:
        """Until nothing is asked for any more: not by the page, its worker, nor for parts of it."""
        while not self._page.evaluate(QUIET) or self._requests > 0:
            self._heed()
        self._heed()

    def begin(self, step: int) -> int:
        """Goes to a step, which begins to play; returns how many captions it has."""
        count: int = self._page.evaluate("step => window.filming.begin(step)", step)
        self._wait()
        return count

    def caption(self, share: float) -> None:
        """The part of the text that is read at that share of the step's time."""
        self._page.evaluate("share => window.filming.caption(share)", share)

    def advance(self, milliseconds: int) -> None:
        """In ticks: the page takes a longer one for the sign of a slow machine, and draws coarsely."""
        for start in range(0, milliseconds, TICK):
            self._page.clock.fast_forward(min(TICK, milliseconds - start))
            self._wait()

    def picture(self) -> bytes:
        """A PNG of what is shown."""
        taken = self._session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
        return base64.b64decode(taken["data"])
