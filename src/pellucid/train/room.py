"""Whether a folder has room for a training: whatever else it holds is not lost to it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.files.huggingface import read_config
from pellucid.files.reading import is_there
from pellucid.files.safetensors import StoredArrays
from pellucid.files.weights import CONFIG, INDEX, WEIGHTS
from pellucid.files.writing import refusals_said
from pellucid.graph import PellucidError
from pellucid.models import Architecture, architecture_of
from pellucid.tasks import Teachable
from pellucid.train.metrics import METRICS
from pellucid.train.state import STATE
from pellucid.words.errors import LONGEST, printable, shortened


@dataclass(frozen=True)
class Held:
    """What was taught to what, as the folder says. `kind` is what the folder holds: a model, or a stopped training."""

    kind: str
    task: Mapping[str, Any]
    config: Architecture

    def differs(self, task: Mapping[str, Any], config: Architecture) -> str | None:
        """In what it is another one than this, in words; None where it is not. Which questions are held out makes no
        other task."""
        name = shortened(printable(str(self.task.get("name"))), LONGEST)
        if name != task["name"]:
            return name
        if unlike(self.task) != unlike(task):
            return f"{name} with other settings"
        return None if self.config == config else f"{name} of other sizes"


def unlike(task: Mapping[str, Any]) -> dict[str, Any]:
    """What tells one task from another."""
    return {key: value for key, value in task.items() if key != "hold_out"}


def require_room(folder: Path, task: Teachable, config: Architecture) -> None:
    """Raises PellucidError if a training would cost the folder's owner something: a model that Pellucid did not train,
    a model or a training of another task or of other sizes, or a folder of other things."""
    with refusals_said(folder):  # such as a name that is too long for a file
        if not folder.is_dir():
            return
    models = any(is_there(folder / name) for name in (CONFIG, WEIGHTS, INDEX))
    trained = is_there(folder / STATE) or is_there(folder / METRICS)
    if models:
        refuse_another_model(folder)
    elif not trained:
        refuse_others(folder)
    there = held(folder)
    sized = config.resized(vocabulary=len(task.vocabulary.pieces), context=task.context)
    if there and (other := there.differs(task.describe(), sized)):
        raise PellucidError(
            "holds-another-model",
            f"{folder} holds {there.kind} of {other}, which would be lost: name another folder, or remove it.",
        )


def refuse_another_model(folder: Path) -> None:
    """Raises PellucidError if the folder holds a model that was not trained by Pellucid: it could not be had again."""
    if not was_trained_here(folder):
        raise PellucidError(
            "holds-another-model",
            f"{folder} holds a model that Pellucid did not train, which would be lost: name another folder.",
        )


def was_trained_here(folder: Path) -> bool:
    """By what its config.json says; where that cannot be read, by what a training leaves beside it."""
    try:
        about = read_config(folder).get("pellucid")
    except PellucidError:
        return is_there(folder / STATE) or is_there(folder / METRICS)
    return isinstance(about, dict) and "training" in about


def refuse_others(folder: Path) -> None:
    """Raises PellucidError if anything is there, but for what is hidden: it is somebody's, or was named by mistake."""
    with refusals_said(folder):
        strangers = [name for name in os.listdir(folder) if not name.startswith(".")]
    if strangers:
        raise PellucidError(
            "not-empty",
            f"{folder} holds other things than a model ({printable(min(strangers))[:40]}): name a new folder, or an "
            "empty one.",
        )


def held(folder: Path) -> Held | None:
    """The model or, where there is none, the stopped training; None for neither, or one that is damaged."""
    try:
        if is_there(folder / CONFIG):
            content = read_config(folder)
            about = content["pellucid"]
            return Held("a model", dict(about.get("task") or about["corpus"]), architecture_of(content))
        if is_there(folder / STATE):
            told = json.loads(StoredArrays(folder / STATE).metadata["training"])
            return Held("a training", dict(told["task"]), architecture_of(told["config"]))
    except (PellucidError, OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None  # nothing that anybody could open again would be lost
    return None
