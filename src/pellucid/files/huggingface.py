"""A model at rest: a folder with config.json, model.safetensors and vocab.json, in the form of Hugging Face.

A GPT-2 saved here opens with `transformers.GPT2LMHeadModel.from_pretrained`, and what transformers wrote opens here.
"""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as serialise

from pellucid.files import tokenizer
from pellucid.files.about import checked_about
from pellucid.files.generation import GENERATION, read_ends, read_unheeded
from pellucid.files.reading import is_there, read_json, unreadable
from pellucid.files.together import replace_together
from pellucid.files.tokenizer import VOCABULARY
from pellucid.files.weights import CONFIG, INDEX, WEIGHTS, arranged, missing_file, open_weights, told_of
from pellucid.graph import PellucidError
from pellucid.models import Architecture, architecture_of
from pellucid.words.errors import printable

FILES = (CONFIG, WEIGHTS, INDEX, GENERATION, *tokenizer.NAMES)
SMALL = 1 << 24
"""Weights of so many bytes at most are read at once, which takes milliseconds; larger ones when they are needed."""


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds. `arrays` have the architecture's names for them; `letters` are those of the vocabulary, if
    its pieces are letters, and `tokenizer` the files of any other one; `about` is what Pellucid adds to config.json:
    `task` and `accuracy`; `ends` are the tokens with which a text ends, `unheeded` the settings that make
    transformers write other texts."""

    config: Architecture
    arrays: Mapping[str, np.ndarray]
    letters: Sequence[str] | None
    tokenizer: tokenizer.Files | None
    about: dict[str, Any]
    ends: tuple[int, ...] = ()
    unheeded: tuple[str, ...] = ()


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write a model's folder, all of it or nothing; files of other names in it are left alone."""
    arrays = {key: np.ascontiguousarray(array) for key, array in checkpoint.arrays.items()}
    letters = letters_of(checkpoint)
    replace_together(
        folder,
        {
            CONFIG: to_json(config_of(checkpoint)),
            **dict.fromkeys((GENERATION, *tokenizer.NAMES)),
            **({VOCABULARY: to_json(letters)} if letters else checkpoint.tokenizer or {}),
            WEIGHTS: serialise(arrays, {"format": "pt"}),
        },
    )


def config_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """All that config.json says."""
    ends = {"eos_token_id": list(checkpoint.ends)} if checkpoint.ends else {}
    return {**checkpoint.config.to_json(), **ends, "pellucid": checkpoint.about}


def letters_of(checkpoint: Checkpoint) -> dict[str, int] | None:
    """The numbers of letters, where the model has any."""
    return {letter: number for number, letter in enumerate(checkpoint.letters or ()) if letter} or None


def to_json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def read(folder: Path) -> Checkpoint:
    """Open a model's folder. Raises PellucidError if anything in it is not as it should be."""
    content = read_config(folder)
    config, arrays = architecture_of(content), open_weights(folder)
    config, wanted = arranged(config, arrays)
    about = checked_about(folder / CONFIG, content, wanted.sizes["t"])
    files = tokenizer.read(folder, wanted.sizes["v"])
    letters = None if files else read_letters(folder, wanted.sizes["v"])
    kept = dict(arrays) if arrays.size <= SMALL else arrays
    ends, unheeded = read_ends(folder, content), read_unheeded(folder, content)
    return Checkpoint(config, kept, letters, files, about, ends, unheeded)


def configuration(folder: Path) -> Architecture:
    """The architecture and sizes of a folder's model, as its config.json says."""
    return architecture_of(read_config(folder))


def name_of(folder: Path) -> str:
    """What a model is called: as its folder, in letters that can be shown."""
    return printable(os.path.basename(os.path.realpath(folder)))


def read_config(folder: Path) -> dict[str, Any]:
    """What config.json says. Raises PellucidError where there is none, and says what else is there."""
    try:
        there = stat.S_ISDIR(folder.stat().st_mode)
    except PermissionError as error:
        raise unreadable(folder, error) from error
    except (OSError, ValueError):
        raise PellucidError(
            "no-such-folder", f"There is no folder {folder}: give a folder that holds {CONFIG}."
        ) from None
    if not there:
        told = told_of(folder.name) or f"a file: give a folder that holds {CONFIG} and {WEIGHTS}"
        raise PellucidError("foreign-file", f"{folder} is {told}.", path=str(folder))
    if not is_there(folder / CONFIG):
        raise missing_file(folder, CONFIG)
    return read_json(folder / CONFIG)


def read_letters(folder: Path, count: int) -> Sequence[str] | None:
    """The letters of vocab.json, "" for tokens that have none; None where there is no such file, or its pieces are not
    single letters."""
    if not is_there(folder / VOCABULARY):
        return None
    numbers = tokenizer.checked(tokenizer.vocabulary_of(folder, count))
    if not all(len(piece) == 1 for piece in numbers):
        return None
    if numbers and max(numbers.values()) >= count:
        raise PellucidError(
            "bad-vocabulary",
            f"{VOCABULARY} gives numbers up to {max(numbers.values()):,}, but the model's tokens have "
            f"each number from 0 to {count - 1}: the two do not belong together.",
        )
    letters = {number: piece for piece, number in numbers.items()}
    return [letters.get(number, "") for number in range(count)] if letters else None
