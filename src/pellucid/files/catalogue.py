"""Models by what a person calls them: a folder, or a preset.

Most presets are sizes only. The nano-GPT is small enough to be trained where it is wanted: the first time that somebody
asks for it, into the user's cache folder.
"""

import os
import sys
from pathlib import Path

from pellucid.graph import PellucidError
from pellucid.models import PRESETS, GPT2Config, preset
from pellucid.run import checkpoint
from pellucid.run.model import Model
from typing import Any
Progress = Any

TAUGHT = {"nano": "sort"}
"""The presets that Pellucid can train by itself, and the task that each is taught."""


def configuration(name: str) -> GPT2Config:
    """The sizes of a folder's model, or of a preset. Raises PellucidError where there is neither."""
    folder = named_folder(name)
    if folder is None:
        return preset(name)
    return checkpoint.config_from(checkpoint.read_json(folder / checkpoint.CONFIG))


def load(name: str | Path, progress: Progress | None = None) -> Model:
    """The model with its weights, by folder or preset; `progress` hears of the nano-GPT's training if that is needed.

    Raises PellucidError where there is no such model, it has no weights here, or its folder is not as it should be.
    """
    folder = named_folder(name)
    if folder:
        return Model.load(folder)
    name = str(name)
    config = preset(name)
    if name not in TAUGHT:
        raise PellucidError(
            "no-weights",
            f"The preset {name} is known by its sizes only ({config.n_layer} layers, {config.n_embd} channels): "
            "give a folder that holds its weights.",
            name=name,
        )
    return taught(name, progress)


def named_folder(name: str | Path) -> Path | None:
    """The folder meant, or None for a preset: which wins only where there is no model's folder of its name."""
    folder = Path(name)
    if isinstance(name, str) and name in PRESETS and not (folder / checkpoint.CONFIG).is_file():
        return None
    if folder.is_dir() or isinstance(name, Path) or len(folder.parts) > 1:
        return folder.resolve()
    return None


def taught(name: str, progress: Progress | None) -> Model:
    """The preset's model from the cache, trained if it is not there yet."""
    from pellucid.train import train
    folder = cache() / "models" / name
    if not (folder / checkpoint.WEIGHTS).exists():
        return train(TAUGHT[name], folder=folder, progress=progress)
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
