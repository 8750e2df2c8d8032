"""The models that were trained at this server's bidding and kept: a folder each, in the user's own, with a title.

They are listed by every server of the user's, and opened like any other folder. Whoever removes one can have it back
until the server ends or the next one is removed: until then its folder is moved aside.
"""

import io
import json
import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import load

from pellucid.files.locks import lock, opened
from pellucid.files.reading import is_there, read_bytes, read_json
from pellucid.files.together import replace_together
from pellucid.files.weights import CONFIG
from pellucid.graph import PellucidError
from pellucid.models import Architecture
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.tasks import Task
from pellucid.train.loop import told
from pellucid.train.recipe import Recipe
from pellucid.words.errors import shortened

FOLDER = "kept"
"""Where they are, in the folder of the user's."""
PREFIX = "kept-here:"
"""What their ids begin with, so that no folder or preset has the same."""
TITLE = "title.json"
ASIDE = ".removed"
UNDER_WAY = ".new-"
LONGEST_TITLE = 60
LONGEST_STEM = 40
"""Letters of a folder's name, each of which may take four of the 255 bytes that a name has."""
LONGEST_TITLE_FILE = 1 << 12
"""Bytes."""
RESERVED = re.compile(r"(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])", re.IGNORECASE)
"""Names that Windows has taken."""
LEFT_OVER = 24 * 3600.0
"""Seconds after which what a server that was killed left behind is taken away; one that is there holds a lock on it."""
HALF_WRITTEN = 3600.0
"""Seconds after which nobody is writing a folder any more: it takes two minutes at most."""
LARGEST_ARCHIVE = 256 * 2**20
EARLIEST_MOMENT = (1980, 1, 1, 0, 0, 0)
"""That a zip file can say."""
LATEST_MOMENT = 2**32 - 1
"""In 2106; a zip file's years end with 2107."""

Stamp = frozenset[tuple[str, int, int, int]]
"""What changes when anybody puts something else into a folder."""


@dataclass(frozen=True)
class Removed:
    """A folder that was moved aside, the name it had, and what keeps other servers from taking it away: its lock."""

    aside: Path
    name: str
    lock: ExitStack


class Kept:
    """The folders, read as they come and go; another server, or a person, may put one there or take one away."""

    def __init__(self, home: Path | None) -> None:
        """Without a home nothing can be kept."""
        self.root = None if home is None else home / FOLDER
        self._models: dict[str, Model] = {}
        self._stamps: dict[str, Stamp] = {}
        """Of all the folders that there are, those that hold no model included."""
        self._removed: Removed | None = None
        self._lock = threading.RLock()
        if self.root is not None:
            sweep(self.root)

    def models(self) -> dict[str, Model]:
        """Those that there are now, by id; each goes by its title."""
        with self._lock:
            names = folders(self.root)
            stamps = {name: stamp(self._folder(name)) for name in names}
            self._models = {
                name: model for name, model in self._models.items() if self._stamps.get(name) == stamps.get(name)
            }
            for name in names:
                if stamps[name] != self._stamps.get(name):
                    self._read(name)
            self._stamps = stamps
            return {PREFIX + name: self._models[name] for name in names if name in self._models}

    def _read(self, name: str) -> None:
        folder = self._folder(name)
        try:
            model = Model.load(folder)
        except (PellucidError, OSError):  # whoever opens it by its name is told why
            return
        model.name = title_of(folder)
        self._models[name] = model

    def _forget(self, name: str) -> None:
        """Read it anew when somebody asks next."""
        self._models.pop(name, None)
        self._stamps.pop(name, None)

    def _folder(self, name: str) -> Path:
        if self.root is None:
            raise nowhere()
        return self.root / name

    def known(self, id: str) -> Path:
        """The folder of a model that was kept. Raises PellucidError (`not-kept`) for others, which are not touched."""
        if id not in self.models():
            raise PellucidError(
                "not-kept",
                f"{shortened(id, 40)} was not kept here by the page, so the page does not change its folder.",
                model=id,
            )
        return self._folder(id.removeprefix(PREFIX))

    def place(self) -> Path:
        """Where another one is to be kept. Raises PellucidError (`nowhere-to-keep`)."""
        if self.root is None:
            raise nowhere()
        sweep(self.root)
        return self.root

    def rename(self, id: str, title: str) -> None:
        """Call it so from now on; its folder, and so its address, stay."""
        title = checked_title(title)
        with self._lock:
            folder = self.known(id)
            if not is_there(folder / CONFIG):  # another server has just removed it: no folder is made for its title
                raise gone(id)
            with changing(folder.parent):
                replace_together(folder, {TITLE: titled(title)})
            # A new object, because who shows a model keeps what is made of it.
            self._forget(folder.name)

    def read_again(self, id: str) -> None:
        """Show what its folder holds now."""
        with self._lock:
            self._forget(id.removeprefix(PREFIX))

    def remove(self, id: str) -> None:
        """Move its folder aside; the one that was moved before is gone from then on."""
        with self._lock:
            folder = self.known(id)
            aside = folder.parent / ASIDE / secrets.token_hex(8)
            if aside.parent.is_symlink():
                raise PellucidError(
                    "cannot-write",
                    f"{aside.parent} is a link, which the server does not follow: remove it, then try again.",
                )
            with changing(folder.parent):
                aside.parent.mkdir(exist_ok=True)
                try:
                    os.utime(folder)  # from now on it is left over
                    folder.rename(aside)
                except FileNotFoundError:  # another server was faster, and may have taken away what was aside
                    raise gone(id) from None
            self.forget_removed()  # not before: where this one stays, the one before can still be had back
            self._removed = Removed(aside, folder.name, held(aside))
            self._forget(folder.name)

    def restore(self, id: str) -> str:
        """Put back the one that was removed last; its id. Raises PellucidError (`nothing-removed`)."""
        with self._lock:
            if self._removed is None or id != PREFIX + self._removed.name or not self._removed.aside.is_dir():
                raise PellucidError(
                    "nothing-removed",
                    f"{shortened(id, 40)} cannot be put back: it was not removed here, or another was removed since.",
                    model=id,
                )
            aside, name = self._removed.aside, self._removed.name
            with changing(aside.parent.parent):
                place = put(aside, self.place(), name)
            self._removed.lock.close()
            self._removed = None
            with suppress(OSError):  # another server has one there
                aside.parent.rmdir()
            return PREFIX + place.name

    def forget_removed(self) -> None:
        with self._lock:
            if self._removed is not None:
                shutil.rmtree(self._removed.aside, ignore_errors=True)
                self._removed.lock.close()
                with suppress(OSError):  # another server has one there
                    self._removed.aside.parent.rmdir()
                self._removed = None

    def archive(self, id: str) -> tuple[str, bytes]:
        """The name of its folder, and a zip file of that. Raises PellucidError (`too-large`)."""
        folder = self.known(id)
        try:
            return folder.name, packed(id, folder)
        except OSError:
            raise gone(id) from None


def packed(id: str, folder: Path) -> bytes:
    """A zip file of the folder. Raises PellucidError (`too-large`), and OSError where somebody removes it meanwhile."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not hidden(path)]
    if (size := sum(path.stat().st_size for path in files)) > LARGEST_ARCHIVE:
        raise PellucidError(
            "too-large",
            f"{id} takes {size / 2**20:,.0f} MiB, and {LARGEST_ARCHIVE / 2**20:,.0f} MiB are the most that is sent "
            f"at once: copy its folder {folder}.",
            bytes=size,
            most=LARGEST_ARCHIVE,
        )
    archived = io.BytesIO()
    with zipfile.ZipFile(archived, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in files:
            # A zip file knows no time before 1980, and no names that are no text.
            name = os.fsencode(path.name).decode("utf-8", "replace")
            about = zipfile.ZipInfo(f"{folder.name}/{name}", moment(path.stat().st_mtime))
            about.external_attr = 0o644 << 16
            archive.writestr(about, read_bytes(path, LARGEST_ARCHIVE, LARGEST_ARCHIVE), zipfile.ZIP_DEFLATED, 1)
    return archived.getvalue()


def moment(seconds: float) -> tuple[int, int, int, int, int, int]:
    """The moment as a zip file says it; the nearest that it can say."""
    found = time.localtime(min(max(seconds, 0), LATEST_MOMENT))
    return max((found.tm_year, found.tm_mon, found.tm_mday, found.tm_hour, found.tm_min, found.tm_sec), EARLIEST_MOMENT)


def folders(root: Path | None) -> list[str]:
    """The names of the folders that hold models, the oldest first.

    A link is nobody's folder, and neither is one whose name no address can say.
    """
    found = []
    with suppress(OSError):  # there is none, or it may not be read
        for path in [] if root is None else root.iterdir():
            with suppress(OSError):  # it has just been removed
                if is_text(path.name) and not hidden(path) and path.is_dir() and is_there(path / CONFIG):
                    found.append(((path / CONFIG).lstat().st_mtime, path.name))
    return [name for _, name in sorted(found)]


def is_text(name: str) -> bool:
    """Whether it can be said in an address and in JSON, which bytes that are no UTF-8 cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.is_symlink()


def stamp(folder: Path) -> Stamp:
    found = []
    with suppress(OSError):  # it has just been removed
        for path in folder.iterdir():
            state = path.lstat()
            found.append((path.name, state.st_ino, state.st_size, state.st_mtime_ns))
    return frozenset(found)


def title_of(folder: Path) -> str:
    """What a person called it; the folder's name where that is not known."""
    file = folder / TITLE
    try:
        return folder.name if file.is_symlink() else checked_title(read_json(file, LONGEST_TITLE_FILE).get("title"))
    except PellucidError:
        return folder.name


def titled(title: str) -> bytes:
    return (json.dumps({"title": title}, ensure_ascii=False) + "\n").encode()


def checked_title(title: object) -> str:
    """Raises PellucidError (`bad-title`) for what cannot stand in a list."""
    found = unicodedata.normalize("NFC", title).strip() if isinstance(title, str) else ""
    if not 0 < len(found) <= LONGEST_TITLE or not found.isprintable():
        raise PellucidError(
            "bad-title", f"A title has 1 to {LONGEST_TITLE} letters, all of which can be shown.", most=LONGEST_TITLE
        )
    return found


def stem(title: str) -> str:
    """A name for a folder that every system takes and no shell misreads."""
    plain = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", title))[:LONGEST_STEM].strip("-_")
    return plain if plain and not RESERVED.fullmatch(plain) else f"model-{plain}".strip("-")


def put(folder: Path, root: Path, name: str) -> Path:
    """Move the folder to that name, or with a number behind it where somebody has that; where it is then."""
    number, place = 1, root / name
    while True:
        if not os.path.lexists(place):
            try:
                return folder.rename(place)
            except OSError:  # unless somebody has just come before
                if not os.path.lexists(place):
                    raise
        number += 1
        place = root / f"{name}-{number}"


def sweep(root: Path) -> None:
    """Take away what servers left that were killed. Links are not followed, and stay."""
    aside = root / ASIDE
    with suppress(OSError):
        take_away(root.glob(f"{UNDER_WAY}*"), HALF_WRITTEN)
        if not aside.is_symlink():
            take_away(aside.glob("*"), LEFT_OVER)


def take_away(folders: Iterable[Path], age: float) -> None:
    """Those that nobody holds and that are so old, or as far in the future, where a clock was put back."""
    for folder in folders:
        with suppress(OSError):
            if abs(time.time() - folder.lstat().st_mtime) > age and not is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)


def held(folder: Path) -> ExitStack:
    """Has other servers leave the folder alone until what is returned is closed, or this process ends."""
    holding = ExitStack()
    handle = holding.enter_context(opened(folder))
    if handle is not None:
        lock(handle)
    return holding


def is_held(folder: Path) -> bool:
    with opened(folder) as handle:
        return handle is not None and not lock(handle)


@contextmanager
def changing(root: Path) -> Iterator[None]:
    """What keeps the system from changing something in the folder, said to who cannot choose another."""
    try:
        yield
    except (OSError, PellucidError) as error:
        cause = error.__cause__ if isinstance(error, PellucidError) else error
        if not isinstance(cause, OSError) or (isinstance(error, PellucidError) and error.code != "cannot-write"):
            raise
        raise PellucidError(
            "cannot-write",
            f"Nothing can be changed in {root} ({cause.strerror or cause}): make room there, or see to it that you may "
            "write there, and try again.",
        ) from error


def gone(id: str) -> PellucidError:
    return PellucidError(
        "unknown-model", f"{shortened(id, 40)} has just been removed or changed: look at the list anew.", model=id
    )


def nowhere() -> PellucidError:
    return PellucidError(
        "nowhere-to-keep", "There is no home folder to keep a model in: set PELLUCID_HOME to one and start again."
    )


def keep(
    root: Path,
    title: str,
    lesson: tuple[Task, Architecture, Recipe, int],
    moment: tuple[int, float, bytes],
    files: Mapping[str, Any],
) -> str:
    """Keep the weights of a moment (after which step and how many seconds they are, as safetensors) as a model: its id.

    It is there whole, or not at all. `files` is what else the model has: its vocabulary, and which tokens end a text.
    """
    task, config, recipe, seed = lesson
    step, seconds, weights = moment
    parameters, _ = Parameters.zeros(config.graph())
    for name, array in load(weights).items():
        parameters.set_cells(name, ..., array)
    about = told(task, parameters, seed, step, seconds, recipe)
    folder = root / f"{UNDER_WAY}{secrets.token_hex(8)}"
    with changing(root):
        root.mkdir(parents=True, exist_ok=True)
        try:
            Model(title, config, parameters, about=about, **files).save(folder)
            replace_together(folder, {TITLE: titled(title)})
            return PREFIX + put(folder, root, stem(title)).name
        finally:
            shutil.rmtree(folder, ignore_errors=True)
