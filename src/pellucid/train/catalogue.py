"""Models by what a person calls them: a folder, or a preset.

Most presets are sizes only. The nano-GPT is small enough to be trained where it is wanted: the first time that somebody
asks for it, into the user's cache folder.
"""

import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from pellucid.files import huggingface
from pellucid.files.reading import is_there
from pellucid.files.together import read_together
from pellucid.files.weights import CONFIG
from pellucid.graph import PellucidError
from pellucid.models import PRESETS, Architecture, preset
from pellucid.run.model import Model
from pellucid.train import Progress
from pellucid.train.cache import TAUGHT, taught
from pellucid.words.errors import printable
from pellucid.words.given import LONGEST, bad_argument, path_of, shown


def configuration(name: str) -> Architecture:
    """The architecture and sizes of a folder's model, or of a preset. Raises PellucidError where there is neither."""
    folder = named_folder(name)
    if folder is None:
        return known(name)
    return read_together(folder, huggingface.FILES, lambda: huggingface.configuration(folder))


def load(name: str | Path, progress: Callable[[Progress], object] | None = None) -> Model:
    """The model with its weights, by folder or preset; `progress` hears of the nano-GPT's training if that is needed.

    Raises PellucidError where there is no such model, it has no weights here, or its folder is not as it should be.
    """
    folder = named_folder(name)
    if progress is not None and not callable(progress):
        raise bad_argument("progress", progress, "a function, or None")
    if folder:
        return Model.load(folder)
    name = str(name)
    sizes = ", ".join(f"{size.value:,} {size.title}" for size in known(name).sizes())
    if name not in TAUGHT:
        raise PellucidError(
            "no-weights",
            f"The preset {name} is known by its sizes only ({sizes}): give a folder that holds its weights.",
            name=name,
        )
    return taught(name, progress)


def known(name: str) -> Architecture:
    """The preset of that name. Raises PellucidError where there is none, with a folder that is called nearly so."""
    if name not in PRESETS:
        try:
            models = [entry.name for entry in os.scandir() if is_there(Path(entry.name) / CONFIG)]
        except OSError:  # a folder that cannot be listed suggests nothing
            models = []
        near = get_close_matches(name[:LONGEST], models, n=1)
        if near:
            raise PellucidError(
                "unknown-preset",
                f"{shown(name)} is neither a preset nor a folder: did you mean the folder {printable(near[0])}?",
                name=name,
                presets=", ".join(PRESETS),
            )
    return preset(name)


def named_folder(name: str | Path) -> Path | None:
    """The folder meant; None for a preset, which is meant only where no folder of its name holds a model."""
    folder = path_of(name, "the name of a model")
    if isinstance(name, str) and name in PRESETS and not is_there(folder / CONFIG):
        return None
    if not isinstance(name, str) or "/" in name or os.sep in name or is_there(folder):
        try:
            return Path(os.path.realpath(folder))
        except OSError as error:  # a path from the folder in which this runs, which somebody has removed
            raise PellucidError(
                "no-such-folder",
                f"{shown(str(folder))} cannot be found: the folder in which this runs is gone. Change to another one.",
            ) from error
    return None
