"""A model at rest: a folder with config.json, model.safetensors and vocab.json, in the form of Hugging Face.

A GPT-2 saved here opens with `transformers.GPT2LMHeadModel.from_pretrained`, and what transformers wrote opens here.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as serialise

from pellucid.files.safetensors import Damaged, StoredArrays
from pellucid.files.together import replace_together
from pellucid.graph import Graph, PellucidError
from pellucid.models import Architecture, architecture_of

CONFIG, WEIGHTS, VOCABULARY = FILES = "config.json", "model.safetensors", "vocab.json"
SMALL = 1 << 24
"""Weights of so many bytes at most are read at once, which takes milliseconds; larger ones when they are needed."""
ABOUT: dict[str, dict[str, type]] = {
    "task": {"name": str, "alphabet": list, "length": int, "answer_length": int},
    "accuracy": {"trained_correct": int, "trained_total": int, "heldout_correct": int, "heldout_total": int},
}
"""What Pellucid adds to config.json, where it knows it."""


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds. `arrays` have the checkpoint's own names; `pieces` are the letters of the vocabulary, if its
    pieces are letters; `about` is what Pellucid adds to config.json: `task` and `accuracy`."""

    config: Architecture
    arrays: Mapping[str, np.ndarray]
    pieces: Sequence[str] | None
    about: dict[str, Any]


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write a model's folder, all of it or nothing; files of other names in it are left alone."""
    arrays = {key: np.ascontiguousarray(array) for key, array in checkpoint.arrays.items()}
    numbers = {piece: number for number, piece in enumerate(checkpoint.pieces or ())}
    replace_together(
        folder,
        {
            CONFIG: to_json({**checkpoint.config.to_json(), "pellucid": checkpoint.about}),
            VOCABULARY: to_json(numbers) if numbers else None,
            WEIGHTS: serialise(arrays, {"format": "pt"}),
        },
    )


def to_json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def read(folder: Path) -> Checkpoint:
    """Open a model's folder. Raises PellucidError if anything in it is not as it should be."""
    if not folder.is_dir():
        raise PellucidError("no-such-folder", f"There is no folder {folder}: give a folder that holds {CONFIG}.")
    content = read_json(folder / CONFIG)
    config, arrays = architecture_of(content), open_weights(folder / WEIGHTS)
    graph = config.graph()
    use_own_names(config, stored_names(graph), arrays)
    fitting = config.fitting(arrays)
    if fitting != config:
        config, graph = fitting, fitting.graph()
    wanted = stored_names(graph)
    arrays.rename({name: name for name in arrays if name in wanted or name not in config.copies})
    arrays.check_kinds()
    return Checkpoint(
        config,
        dict(arrays) if arrays.size <= SMALL else arrays,
        read_vocabulary(folder, graph.sizes["v"]),
        checked_about(folder / CONFIG, content),
    )


def configuration(folder: Path) -> Architecture:
    """The architecture and sizes of a folder's model, as its config.json says."""
    return architecture_of(read_json(folder / CONFIG))


def read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise PellucidError(
            "missing-file", f"{path.parent} holds no {path.name}: it is not a model's folder."
        ) from None
    except (OSError, ValueError) as error:
        raise PellucidError("bad-file", f"{path} cannot be read as JSON ({error}): restore or remove it.") from error
    if not isinstance(content, dict):
        raise PellucidError("bad-file", f"{path} holds {type(content).__name__}, not an object of settings.")
    return content


def checked_about(path: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    """What Pellucid added to config.json, or nothing. Raises PellucidError if it is not what Pellucid writes."""
    about = content.get("pellucid", {})
    sound = isinstance(about, dict)
    for part, kinds in ABOUT.items():
        told = about.get(part) if sound else None
        if told is not None:
            sound = isinstance(told, dict) and all(type(told.get(key)) is kind for key, kind in kinds.items())
    if not sound:
        raise PellucidError(
            "bad-file", f"What {path} says under 'pellucid' is not what Pellucid writes: restore or remove that entry."
        )
    return dict(about)


def open_weights(path: Path) -> StoredArrays:
    try:
        return StoredArrays(path)
    except FileNotFoundError:
        raise PellucidError(
            "missing-file", f"{path.parent} holds no {path.name}: it is not a model's folder."
        ) from None
    except (Damaged, OSError) as error:
        raise PellucidError(
            "bad-safetensors", f"{path} is not a whole safetensors file ({error}): copy it again from where it came."
        ) from error


def use_own_names(config: Architecture, own: Collection[str], arrays: StoredArrays) -> None:
    """Forget what is no weight, and know the rest by the names that the architecture has for its arrays."""
    names = {}
    for name in arrays:
        if not name.endswith(config.buffers):
            names[config.prefix + name if config.prefix + name in own else name] = name
    arrays.rename(names)


def stored_names(graph: Graph) -> set[str]:
    """The names of the arrays that a checkpoint of that graph holds."""
    return {weight.stored.key for weight in graph.weights() if weight.stored}


def read_vocabulary(folder: Path, count: int) -> Sequence[str] | None:
    """The letters of vocab.json, or None where there is none or its pieces are not single letters."""
    if not (folder / VOCABULARY).exists():
        return None
    numbers = read_json(folder / VOCABULARY)
    whole = all(type(number) is int for number in numbers.values())
    if not whole or sorted(numbers.values()) != list(range(count)):
        raise PellucidError(
            "bad-vocabulary", f"{VOCABULARY} must give each number from 0 to {count - 1} to one piece of text."
        )
    pieces = sorted(numbers, key=lambda piece: numbers[piece])
    return pieces if all(len(piece) == 1 for piece in pieces) else None
