"""The presets that Pellucid trains by itself, and the folder of the user's where it keeps what it can make again.

Where nothing can be kept, a preset is taught anew each time; where what was kept is damaged, it is made again. Both are
said as warnings, which the command line prints in a line.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pellucid.files.reading import is_there
from pellucid.files.weights import WEIGHTS
from pellucid.graph import PellucidError
from pellucid.models import PRESETS
from pellucid.run.model import Model
from pellucid.train import Progress, train
from pellucid.train.state import STATE
from pellucid.words.errors import warn

TAUGHT = {"nano": "sort"}
"""The presets that Pellucid can train by itself, and the task that each is taught."""

PATIENCE = 120.0
"""How many seconds another process may take to teach the same preset, which takes two."""

VARIABLE = "PELLUCID_HOME"
"""What says where the folder is."""

Hear = Callable[[Progress], object] | None


def taught(name: str, progress: Hear) -> Model:
    """The preset's model from the cache, trained if it is not there yet."""
    home = cache()
    if home is None:
        warn(f"There is no home folder, so {name} is trained anew each time: set {VARIABLE} to a folder to keep it in.")
        return anew(name, progress)
    folder = home / "models" / name
    deadline = time.monotonic() + PATIENCE
    while True:
        found = kept(name, folder)
        if found is not None:
            return found
        try:
            return taught_into(name, folder, progress)
        except PellucidError as error:
            if error.code == "cannot-write":
                warn(f"{folder} cannot be written, so {name} is trained anew: set {VARIABLE} to a folder that can be.")
                return anew(name, progress)
            if error.code != "folder-in-use" or time.monotonic() > deadline:
                raise
            time.sleep(0.1)  # another process teaches it at this moment


def anew(name: str, progress: Hear) -> Model:
    """Teach the preset where nothing is kept; it goes by its own name, as the one that is kept does."""
    model = train(TAUGHT[name], progress=progress)
    model.name = name
    return model


def kept(name: str, folder: Path) -> Model | None:
    """The model in the folder, if it is whole and the one that is meant."""
    if not is_there(folder / WEIGHTS):
        return None
    try:
        model = Model.load(folder)
        if model.config == PRESETS[name]:
            return model
    except PellucidError:
        pass  # whatever is wrong with it, it is made anew
    warn(
        f"{folder} holds a damaged {name}, which is trained again and kept there anew: there is nothing for you to do."
    )
    return None


def taught_into(name: str, folder: Path, progress: Hear) -> Model:
    """Teach the preset, going on where that was stopped before."""
    if is_there(folder / STATE):
        try:
            return train(TAUGHT[name], folder=folder, resume=True, progress=progress)
        except PellucidError as error:
            if error.code not in ("bad-state", "diverged"):
                raise
    return train(TAUGHT[name], folder=folder, replace=True, progress=progress)


def cache() -> Path | None:
    """The folder that PELLUCID_HOME names, or the platform's place for caches; None where nobody has a home."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen)
    try:
        if sys.platform == "win32":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "pellucid"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "pellucid"
        named = Path(os.environ.get("XDG_CACHE_HOME", ""))
        return (named if named.is_absolute() else Path.home() / ".cache") / "pellucid"  # as its standard asks
    except RuntimeError:  # no HOME, and no entry among the users: as in containers
        return None
