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
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from safetensors.numpy import load

from pellucid.files.reading import is_there
from pellucid.files.weights import CONFIG
from pellucid.files.writing import refusals_said, replace_file
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
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that Windows has taken."""
LEFT_OVER = 24 * 3600.0
"""Seconds after which what a server that was killed left behind is taken away."""
LARGEST_ARCHIVE = 256 * 2**20


class Kept:
    """The folders, read as they come and go; another server, or a person, may put one there or take one away."""

    def __init__(self, home: Path | None) -> None:
        """Without a home nothing can be kept."""
        self.root = None if home is None else home / FOLDER
        self._models: dict[str, Model] = {}
        self._unreadable: set[str] = set()
        self._removed: tuple[Path, str] | None = None
        self._lock = threading.RLock()
        if self.root is not None:
            sweep(self.root)

    def models(self) -> dict[str, Model]:
        """Those that there are now, by id; each goes by its title."""
        with self._lock:
            names = folders(self.root)
            for name in [name for name in self._models if name not in names]:
                del self._models[name]
            self._unreadable &= set(names)
            for name in names:
                if name not in self._models and name not in self._unreadable:
                    self._read(name)
            return {PREFIX + name: self._models[name] for name in names if name in self._models}

    def _read(self, name: str) -> None:
        folder = self._folder(name)
        try:
            model = Model.load(folder)
        except PellucidError:  # whoever opens it by its name is told why
            self._unreadable.add(name)
            return
        model.name = title_of(folder)
        self._models[name] = model

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
        return self.root

    def rename(self, id: str, title: str) -> None:
        """Call it so from now on; its folder, and so its address, stay."""
        title = checked_title(title)
        with self._lock:
            folder = self.known(id)
            replace_file(folder / TITLE, titled(title))
            # A new object, because who shows a model keeps what is made of it.
            self._models.pop(folder.name)

    def read_again(self, id: str) -> None:
        """Show what its folder holds now."""
        with self._lock:
            self._models.pop(id.removeprefix(PREFIX), None)

    def remove(self, id: str) -> None:
        """Move its folder aside; the one that was moved before is gone from then on."""
        with self._lock:
            folder = self.known(id)
            self.forget_removed()
            aside = folder.parent / ASIDE / f"{folder.name}-{secrets.token_hex(4)}"
            with refusals_said(folder):
                aside.parent.mkdir(exist_ok=True)
                folder.rename(aside)
                os.utime(aside)  # from now on it is left over
            self._removed = aside, folder.name
            self._models.pop(folder.name, None)

    def restore(self, id: str) -> str:
        """Put back the one that was removed last; its id. Raises PellucidError (`nothing-removed`)."""
        with self._lock:
            if self._removed is None or id != PREFIX + self._removed[1] or not self._removed[0].is_dir():
                raise PellucidError(
                    "nothing-removed",
                    f"{shortened(id, 40)} cannot be put back: it was not removed here, or another was removed since.",
                    model=id,
                )
            aside, name = self._removed
            with refusals_said(aside):
                place = put(aside, self.place(), name)
            self._removed = None
            with suppress(OSError):  # another server has one there
                aside.parent.rmdir()
            return PREFIX + place.name

    def forget_removed(self) -> None:
        with self._lock:
            if self._removed is not None:
                shutil.rmtree(self._removed[0], ignore_errors=True)
                with suppress(OSError):  # another server has one there
                    self._removed[0].parent.rmdir()
                self._removed = None

    def archive(self, id: str) -> tuple[str, bytes]:
        """The name of its folder, and a zip file of that. Raises PellucidError (`too-large`)."""
        folder = self.known(id)
        files = [path for path in sorted(folder.iterdir()) if path.is_file() and not hidden(path)]
        if (size := sum(path.stat().st_size for path in files)) > LARGEST_ARCHIVE:
            raise PellucidError(
                "too-large",
                f"{id} takes {size / 2**20:,.0f} MiB, and {LARGEST_ARCHIVE / 2**20:,.0f} MiB are the most that is sent "
                f"at once: copy its folder {folder}.",
                bytes=size,
                most=LARGEST_ARCHIVE,
            )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in files:
                archive.write(path, f"{folder.name}/{path.name}")
        return folder.name, packed.getvalue()


def folders(root: Path | None) -> list[str]:
    """The names of the folders that hold models, the oldest first. A link is nobody's folder."""
    if root is None or not root.is_dir():
        return []
    found = [path for path in root.iterdir() if not hidden(path) and path.is_dir() and is_there(path / CONFIG)]
    return [path.name for path in sorted(found, key=lambda path: ((path / CONFIG).stat().st_mtime, path.name))]


def hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.is_symlink()


def title_of(folder: Path) -> str:
    """What a person called it; the folder's name where that is not known."""
    try:
        return checked_title(json.loads((folder / TITLE).read_text(encoding="utf-8"))["title"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, PellucidError):
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
    """Take away what servers left that were killed."""
    left = [*root.glob(f"{UNDER_WAY}*"), *(root / ASIDE).glob("*")]
    for path in left:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > LEFT_OVER:
                shutil.rmtree(path, ignore_errors=True)


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
    with refusals_said(root):
        root.mkdir(parents=True, exist_ok=True)
        try:
            Model(title, config, parameters, about=about, **files).save(folder)
            replace_file(folder / TITLE, titled(title))
            return PREFIX + put(folder, root, stem(title)).name
        finally:
            shutil.rmtree(folder, ignore_errors=True)
