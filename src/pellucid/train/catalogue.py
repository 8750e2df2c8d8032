"""Models by what a person calls them: a folder, or a preset.

Most presets are sizes only. The nano-GPT is small enough to be trained where it is wanted: the first time that somebody
asks for it, into the user's cache folder.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from pellucid.files import huggingface
from pellucid.graph import PellucidError
from pellucid.models import PRESETS, Architecture, preset
from pellucid.run.model import Model
from pellucid.train import Progress, train
from pellucid.train.state import STATE

TAUGHT = {"nano": "sort"}
"""The presets that Pellucid can train by itself, and the task that each is taught."""


def configuration(name: str) -> Architecture:
    """The architecture and sizes of a folder's model, or of a preset. Raises PellucidError where there is neither."""
    folder = named_folder(name)
    return preset(name) if folder is None else huggingface.configuration(folder)


def load(name: str | Path, progress: Callable[[Progress], object] | None = None) -> Model:
    """The model with its weights, by folder or preset; `progress` hears of the nano-GPT's training if that is needed.

    Raises PellucidError where there is no such model, it has no weights here, or its folder is not as it should be.
    """
    folder = named_folder(name)
    if folder:
        return Model.load(folder)
    name = str(name)
    sizes = ", ".join(f"{size.value:,} {size.title}" for size in preset(name).sizes())
    if name not in TAUGHT:
        raise PellucidError(
            "no-weights",
            f"The preset {name} is known by its sizes only ({sizes}): give a folder that holds its weights.",
            name=name,
        )
    return taught(name, progress)


def named_folder(name: str | Path) -> Path | None:
    """The folder meant; None for a preset, which is meant only where no folder of its name holds a model."""
    folder = Path(name)
    if isinstance(name, str) and name in PRESETS and not (folder / huggingface.CONFIG).is_file():
        return None
    if folder.is_dir() or isinstance(name, Path) or "/" in name or os.sep in name:
        return folder.resolve()
    return None


def taught(name: str, progress: Callable[[Progress], object] | None) -> Model:
    """The preset's model from the cache, trained if it is not there yet."""
    folder = cache() / "models" / name
    if not (folder / huggingface.WEIGHTS).exists():
        stopped_before_its_end = (folder / STATE).exists()
        return train(TAUGHT[name], folder=folder, resume=stopped_before_its_end, progress=progress)
    try:
        return Model.load(folder)
    except PellucidError as error:
        raise PellucidError(
            "bad-cache",
            f"{error.message} This is in Pellucid's cache: remove {folder}, and {name} will be trained again.",
            exit_code=1,
        ) from error


def cache() -> Path:
    """Where Pellucid keeps what it can make again: PELLUCID_HOME, or the platform's place for caches."""
    if chosen := os.environ.get("PELLUCID_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "pellucid"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "pellucid"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pellucid"
