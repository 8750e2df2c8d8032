"""A model at rest: a folder with config.json, model.safetensors and vocab.json, in the form of Hugging Face's GPT-2.

Such a folder opens with `transformers.GPT2LMHeadModel.from_pretrained`, and one that transformers wrote opens here.
Every file is written beside its place and renamed into it, so that a kill at any moment leaves a whole file there.
"""

import json
import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialise

from pellucid.graph import PellucidError
from pellucid.models import GPT2Config, gpt2
from pellucid.run.parameters import Parameters, stored_shapes
from pellucid.run.vocabulary import Vocabulary

CONFIG, WEIGHTS, VOCABULARY = "config.json", "model.safetensors", "vocab.json"
PREFIX, UNEMBEDDING = "transformer.", "lm_head.weight"
DTYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": np.uint16}
TANH_GELU = ("gelu_new", "gelu_pytorch_tanh")
ABOUT: dict[str, dict[str, type]] = {
    "task": {"name": str, "alphabet": list, "length": int, "answer_length": int},
    "accuracy": {"trained_correct": int, "trained_total": int, "heldout_correct": int, "heldout_total": int},
}
"""What Pellucid adds to config.json, where it knows it."""

CAUSAL_MASKS = (".attn.bias", ".attn.masked_bias")
"""Older checkpoints keep the causal mask among the weights."""


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds. `about` is what Pellucid adds to config.json: `task` and `accuracy`."""

    config: GPT2Config
    parameters: Parameters
    vocabulary: Vocabulary | None
    about: dict[str, Any]


def replace_file(path: Path, content: bytes) -> None:
    """Put the content there, whole or not at all. Raises PellucidError (`cannot-write`)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise PellucidError(
            "cannot-write", f"{path} cannot be written ({error.strerror}): choose another folder.", exit_code=1
        ) from error


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Write a model's folder; files of other names in it are left alone."""
    config = {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        **asdict(checkpoint.config),
        "activation_function": TANH_GELU[0],
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "resid_pdrop": 0.0,
        "bos_token_id": None,
        "eos_token_id": None,
        "pellucid": checkpoint.about,
    }
    replace_file(folder / CONFIG, to_json(config))
    if checkpoint.vocabulary:
        replace_file(folder / VOCABULARY, to_json(checkpoint.vocabulary.numbers))
    arrays = {key: np.ascontiguousarray(array) for key, array in checkpoint.parameters.stored.items()}
    replace_file(folder / WEIGHTS, serialise(arrays, {"format": "pt"}))


def to_json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def read(folder: Path) -> Checkpoint:
    """Open a model's folder. Raises PellucidError if anything in it is not as it should be."""
    if not folder.is_dir():
        raise PellucidError("no-such-folder", f"There is no folder {folder}: give a folder that holds {CONFIG}.")
    content = read_json(folder / CONFIG)
    config = config_from(content)
    graph = gpt2(config)
    parameters = Parameters(graph, renamed(read_safetensors(folder / WEIGHTS), stored_shapes(graph)))
    return Checkpoint(config, parameters, read_vocabulary(folder, config), checked_about(folder / CONFIG, content))


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


def config_from(content: Mapping[str, Any]) -> GPT2Config:
    """The sizes from Hugging Face's config.json. Raises PellucidError for what GPT-2 alone does not say."""
    if content.get("model_type") != "gpt2":
        raise PellucidError(
            "unknown-architecture",
            f"config.json says model_type {content.get('model_type')!r}: only 'gpt2' can be opened so far.",
        )
    expected = {
        "activation_function": TANH_GELU,
        "scale_attn_weights": (True,),
        "scale_attn_by_inverse_layer_idx": (False,),
    }
    for name, allowed in expected.items():
        if content.get(name, allowed[0]) not in allowed:
            raise PellucidError(
                "unknown-architecture",
                f"config.json says {name} {content[name]!r}: only {' or '.join(map(repr, allowed))} can be computed.",
            )
    known = {field.name for field in fields(GPT2Config)}
    defaults = {"n_layer": 12, "n_head": 12, "n_embd": 768, "vocab_size": 50257, "n_positions": 1024}
    return GPT2Config(**{**defaults, **{name: value for name, value in content.items() if name in known}})


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Every array of a safetensors file, float32, memory-mapped where it is float32 already."""
    try:
        with safe_open(str(path), framework="numpy") as file:
            names = set(file.keys())
    except FileNotFoundError:
        raise PellucidError(
            "missing-file", f"{path.parent} holds no {path.name}: it is not a model's folder."
        ) from None
    except (SafetensorError, OSError) as error:
        raise PellucidError(
            "bad-safetensors", f"{path} is not a whole safetensors file ({error}): copy it again from where it came."
        ) from error
    raw = np.asarray(np.memmap(path, np.uint8, "r"))
    start = 8 + int.from_bytes(raw[:8].tobytes(), "little")
    header = json.loads(raw[8:start].tobytes())
    return {name: as_float32(name, header[name], raw[start:]) for name in names if not name.endswith(CAUSAL_MASKS)}


def as_float32(name: str, entry: Mapping[str, Any], data: np.ndarray) -> np.ndarray:
    if entry["dtype"] not in DTYPES:
        raise PellucidError(
            "bad-dtype", f"{name} holds {entry['dtype']}: weights must be one of {', '.join(DTYPES)}; convert it first."
        )
    first, last = entry["data_offsets"]
    numbers = data[first:last].view(DTYPES[entry["dtype"]]).reshape(entry["shape"])
    if entry["dtype"] == "BF16":
        return (numbers.astype(np.uint32) << 16).view(np.float32)
    return numbers.astype(np.float32, copy=False)


def renamed(arrays: Mapping[str, np.ndarray], wanted: Collection[str]) -> dict[str, np.ndarray]:
    """With GPT2LMHeadModel's names: older files leave `transformer.` out, and some hold a tied unembedding twice."""
    return {
        PREFIX + name if PREFIX + name in wanted else name: array
        for name, array in arrays.items()
        if name in wanted or name != UNEMBEDDING
    }


def read_vocabulary(folder: Path, config: GPT2Config) -> Vocabulary | None:
    """The letters of vocab.json, or None where there is none or its pieces are not single letters."""
    if not (folder / VOCABULARY).exists():
        return None
    numbers = read_json(folder / VOCABULARY)
    whole = all(type(number) is int for number in numbers.values())
    if not whole or sorted(numbers.values()) != list(range(config.vocab_size)):
        raise PellucidError(
            "bad-vocabulary",
            f"{VOCABULARY} must give each number from 0 to {config.vocab_size - 1} to one piece of text.",
        )
    pieces = sorted(numbers, key=lambda piece: numbers[piece])
    return Vocabulary(pieces) if all(len(piece) == 1 for piece in pieces) else None
