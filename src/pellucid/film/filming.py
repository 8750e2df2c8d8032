"""Filming a chapter: the server, the browser and ffmpeg at work, and the film put in its place when it is whole."""

import os
import re
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from pellucid.files.locks import lock, opened
from pellucid.files.undisturbed import undisturbed
from pellucid.files.writing import check_place, replace_file
from pellucid.film.browser import Screen, browser
from pellucid.film.encoder import Encoder, ffmpeg
from pellucid.film.shots import Range, Shot, shots
from pellucid.graph import PellucidError
from pellucid.lessons import TOUR, Subject, compile_lesson
from pellucid.run.model import Model
from pellucid.serve.start import address, listen, server
from pellucid.words.given import of_kind

Hear = Callable[[int, int], None]
"""Called with how many frames there are, and how many there will be."""
WORKSHOP = "pellucid-film-"
NUMBERS = re.compile(r"[0-9, ]+")
"""Token numbers, as the page reads them for a model without letters."""


@dataclass(frozen=True)
class Filmed:
    """How much film there is."""

    frames: int
    seconds: float
    size: int


def film(
    model: Model,
    chapter: str,
    path: Path,
    *,
    text: str | None = None,
    language: str = "en",
    theme: str = "light",
    steps: Range | None = None,
    size: tuple[int, int] = (1920, 1080),
    fps: int = 30,
    pace: float = 1.0,
    lessons: Path = TOUR,
    progress: Hear = lambda done, all: None,
) -> Filmed:
    """Film a chapter of these lessons, as the page tells it of this model, into a file.

    Each step is shown for as long as its text takes to read; with a `pace` of 2, all goes twice as fast. Raises
    PellucidError for a chapter or steps that there are none of, and where what it takes is not installed.
    """
    of_kind(chapter, str, "chapter", "the name of a chapter, such as 04-self-attention")
    lesson = compile_lesson(lessons, Subject.of(model))
    told = lesson.chapter(language, chapter)
    if not lesson.fits(told):
        raise PellucidError(
            "unfit-chapter", f"{told.slug} cannot be told of {model.name}: choose another chapter, or another model."
        )
    wanted = shots(told, steps, fps, pace)
    ffmpeg()  # before anything is started
    check_place(path)
    asked = {"tour": f"{told.slug}:{wanted[0].step + 1}:0", "lang": language, "theme": theme}
    if text is not None:
        if model.vocabulary is not None or not NUMBERS.fullmatch(text):
            model.tokens(text)  # else it is the page that says what cannot be read, in every picture of the film
        asked["text"] = text
    # What drives the browser complains at length when Ctrl-C breaks into it: it waits until no answer is awaited.
    with workshop() as folder, undisturbed() as heed, browser(folder) as running:
        made = folder / f"film{path.suffix.lower()}"
        with served(model, lessons) as origin, Encoder(made, fps, size) as encoder:
            screen = Screen(running, f"{origin}?{urlencode(asked)}", size, theme, heed)
            screen.rehearse([shot.step for shot in wanted])
            total = sum(shot.frames for shot in wanted)
            for done, frame in enumerate(frames(screen, wanted, fps, pace), 1):
                encoder.add(frame)
                progress(done, total)
        content = made.read_bytes()
    replace_file(path, content)
    return Filmed(total, total / fps, len(content))


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder for all that is needed while a film is made. What a film that was killed has left is removed first."""
    for old in Path(tempfile.gettempdir()).glob(f"{WORKSHOP}*"):
        with suppress(OSError), opened(old) as handle:
            if handle is not None and is_own(old) and lock(handle):
                shutil.rmtree(old, ignore_errors=True)
    with ExitStack() as stack:
        while True:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=WORKSHOP, ignore_cleanup_errors=True)))
            handle = stack.enter_context(opened(folder))
            if handle is not None and lock(handle) and folder.exists():  # nobody has just taken it for an old one
                break
        yield folder


def is_own(folder: Path) -> bool:
    """Whether it is a folder, not a link, that belongs to whoever runs this."""
    known = folder.lstat()
    return stat.S_ISDIR(known.st_mode) and (not hasattr(os, "getuid") or known.st_uid == os.getuid())


def frames(screen: Screen, wanted: list[Shot], fps: int, pace: float) -> Iterator[bytes]:
    """A picture for each moment of the film."""
    moment, each = 0, 1000 * pace / fps
    for shot in wanted:
        screen.begin(shot.step)
        for place in range(shot.frames):
            screen.caption(place / shot.frames)
            moment += 1
            screen.advance(round(moment * each) - round((moment - 1) * each))
            yield screen.picture()


@contextmanager
def served(model: Model, lessons: Path) -> Iterator[str]:
    """The page of the model at an address of this machine, for as long as it is filmed."""
    listener = listen(0)
    running = server([model], lessons)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield address(listener)
    finally:
        running.should_exit = True
        thread.join()
