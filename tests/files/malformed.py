"""Folders that hold no model, or hardly one, as strangers may send them: over three hundred, the same ones each time.

Each is a small model of two layers with one thing about it that nobody would write. They are grouped by what that is: a
setting, a file that is none, the header of the weights, the weights, the index of several files, the tokenizer, what
Pellucid itself adds, the name of the folder.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save, save_file
from small import random_model

Spoil = Callable[[Path], object]

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
HUGE = 100 * 2**30

ODD = {
    "null": "null",
    "true": "true",
    "minus one": "-1",
    "nought": "0",
    "a half": "0.5",
    "infinite": "1e999",
    "not a number": "NaN",
    "a billion": "1000000000",
    "beyond 64 bits": str(10**30),
    "of 4,000 digits": "1" + "0" * 4000,
    "of 5,000 digits": "1" + "0" * 5000,
    "a list": "[[]]",
    "an object": '{"a": {}}',
    "a text": '"x"',
    "half a character": r'"\ud800"',
    "a command to the terminal": r'"\u001b[2J\u009b\u202e\n"',
    "a long text": f'"{"x" * 100_000}"',
}
"""Values as JSON has them."""
SETTINGS = ("n_layer", "n_head", "n_embd", "vocab_size", "n_positions", "n_inner", "layer_norm_epsilon")
FURTHER = ("model_type", "activation_function", "tie_word_embeddings", "hidden_size", "architectures", "pellucid")


def folders(root: Path) -> Iterator[tuple[str, Path]]:
    """Write them one by one; what each is, and where."""
    random_model().save(root / "model")
    good = {path.name: path.read_bytes() for path in (root / "model").iterdir()}
    for number, (what, spoil) in enumerate(kinds()):
        folder = root / f"{number}"
        folder.mkdir()
        for name, content in good.items():
            (folder / name).write_bytes(content)
        spoil(folder)
        yield what, folder
    for what, written in NAMES.items():
        folder = root / os.fsdecode(written)
        folder.mkdir()
        for file, content in good.items():
            (folder / file).write_bytes(content)
        yield f"a folder named with {what}", folder


NAMES = {
    "bytes that are no UTF-8": b"caf\xe9\xff",
    "commands to the terminal": b"a\x1b[2J\nb\x07",
    "two hundred and fifty letters": b"n" * 250,
    "signs that turn the writing round": "a\u202eb".encode(),
}


def kinds() -> Iterator[tuple[str, Spoil]]:
    for setting in SETTINGS + FURTHER:
        for value, written in ODD.items():
            yield f"{setting} is {value}", partial(set_raw, setting, written)
    for file in (CONFIG, WEIGHTS, INDEX, "vocab.json", "tokenizer.json", "merges.txt", "tokenizer_config.json"):
        for value, put in NO_FILES.items():
            yield f"{file} is {value}", partial(in_place_of, file, put)
    yield from headers()
    for value, change in ARRAYS.items():
        yield f"weights: {value}", partial(change_arrays, change)
    for part, values in ABOUT.items():
        for value, about in values.items():
            yield f"{part} is {value}", partial(set_raw, "pellucid", json.dumps({part: about}))
    for value, content in TOKENIZERS.items():
        yield f"tokenizer.json is {value}", partial(write_text, "tokenizer.json", content)
    for value, content in INDICES.items():
        yield f"the index says {value}", partial(index_of, content)
    for value, content in VOCABULARIES.items():
        yield f"vocab.json is {value}", partial(write_text, "vocab.json", content)
    yield "a note of a save that is a pipe", lambda folder: os.mkfifo(folder / ".save.pellucid")
    yield "a note of a save that is endless", lambda folder: sparse(folder / ".save.pellucid")


# Settings.


def set_raw(setting: str, written: str, folder: Path) -> None:
    content = json.loads((folder / CONFIG).read_text())
    content[setting] = "HERE"
    (folder / CONFIG).write_text(json.dumps(content).replace('"HERE"', written))


# Files that are none.


def in_place_of(name: str, put: Callable[[Path], object], folder: Path) -> None:
    if name == INDEX:
        (folder / WEIGHTS).unlink()
    if name == "merges.txt":
        (folder / "vocab.json").write_text('{"a": 0, "b": 1, "ab": 2}')
    if name == "tokenizer_config.json":
        (folder / "merges.txt").write_text("")
    (folder / name).unlink(missing_ok=True)
    put(folder / name)


def loop(path: Path) -> None:
    path.symlink_to(path.with_name("other"))
    path.with_name("other").symlink_to(path)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(HUGE)


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": os.mkfifo,
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "an empty device": lambda path: path.symlink_to("/dev/null"),
    "a link in a circle": loop,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a hundred gigabytes": sparse,
    "empty": lambda path: path.write_bytes(b""),
    "no UTF-8": lambda path: path.write_bytes(b'{"\xff": 1}'),
    "of NUL bytes": lambda path: path.write_bytes(bytes(5000)),
    "deep": lambda path: path.write_bytes(b"[" * 1_000_000),
    "deep in objects": lambda path: path.write_bytes(b'{"a":' * 500_000),
    "long": lambda path: path.write_bytes(b'{"a": [' + b"0," * 3_000_000 + b"0]}"),
    "a list of nothings": lambda path: path.write_bytes(b'{"a": [' + b"{}," * 1_300_000 + b"0]}"),
    "of many names": lambda path: path.write_text(json.dumps({str(number): {} for number in range(100_000)})),
    "a list": lambda path: path.write_bytes(b"[]"),
    "an object of nothing": lambda path: path.write_bytes(b"{}"),
}


# The header of the weights.


def headers() -> Iterator[tuple[str, Spoil]]:
    for value, entry in ENTRIES.items():
        yield f"an entry is {value}", partial(add_entry, "x", entry)
    for value, name in {"a terminal's": "\x1b[2J", "half a character": "\ud800", "long": "y" * 100_000, "": ""}.items():
        fine = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
        yield f"an array's name is {value}", partial(add_entry, name, fine)
    yield "a header of eighty megabytes", partial(long_header, 80_000_000)
    yield "a header of four megabytes", partial(long_header, 4_000_000)
    yield "a header of forty thousand arrays", many_entries
    for seed in range(40):
        yield f"a header with chance at work, {seed}", partial(disturbed, seed)
    for seed in range(20):
        yield f"a file that ends by chance, {seed}", partial(cut, seed)


ENTRIES: dict[str, Any] = {
    "of 65 dimensions": {"dtype": "F32", "shape": [1] * 65, "data_offsets": [0, 4]},
    "of a million dimensions": {"dtype": "F32", "shape": [1] * 1_000_000, "data_offsets": [0, 4]},
    "of great length and none": {"dtype": "F32", "shape": [10**18, 0], "data_offsets": [0, 0]},
    "of 4,000 digits": {"dtype": "F32", "shape": [10**4000], "data_offsets": [0, 4]},
    "of four-bit numbers": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]},
    "of a kind that is a list": {"dtype": ["F32"], "shape": [], "data_offsets": [0, 4]},
    "of a kind without end": {"dtype": "F" * 100_000, "shape": [], "data_offsets": [0, 0]},
    "of halves": {"dtype": "F32", "shape": [0.5, 2.0], "data_offsets": [0, 4]},
    "where nothing is": {"dtype": "F32", "shape": [1], "data_offsets": [10**15, 10**15 + 4]},
    "null": None,
}


def header_of(folder: Path) -> tuple[dict[str, Any], bytes]:
    content = (folder / WEIGHTS).read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def put_header(folder: Path, header: bytes, data: bytes) -> None:
    (folder / WEIGHTS).write_bytes(len(header).to_bytes(8, "little") + header + data)


def add_entry(name: str, entry: Any, folder: Path) -> None:
    header, data = header_of(folder)
    put_header(folder, json.dumps({**header, name: entry}).encode(), data)


def long_header(length: int, folder: Path) -> None:
    _, data = header_of(folder)
    put_header(folder, b"{" + b'"":[],' * (length // 6) + b'"":[]}', data)


def many_entries(folder: Path) -> None:
    header, data = header_of(folder)
    more = {f"x{number}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for number in range(40_000)}
    put_header(folder, json.dumps({**header, **more}).encode(), data)


def disturbed(seed: int, folder: Path) -> None:
    chance = random.Random(seed)
    content = bytearray((folder / WEIGHTS).read_bytes())
    for _ in range(chance.randint(1, 4)):
        content[chance.randrange(600)] = chance.randrange(256)
    (folder / WEIGHTS).write_bytes(content)


def cut(seed: int, folder: Path) -> None:
    os.truncate(folder / WEIGHTS, random.Random(seed).randrange((folder / WEIGHTS).stat().st_size))


# The weights.


def change_arrays(change: Callable[[dict[str, np.ndarray]], object], folder: Path) -> None:
    arrays = load_file(folder / WEIGHTS)
    change(arrays)
    save_file(arrays, folder / WEIGHTS)


def every(value: float, kind: type = np.float32) -> Callable[[dict[str, np.ndarray]], object]:
    return lambda arrays: arrays.update({name: np.full(array.shape, value, kind) for name, array in arrays.items()})


def one(name: str, value: float) -> Callable[[dict[str, np.ndarray]], object]:
    return lambda arrays: arrays.update({name: np.full(arrays[name].shape, value, np.float32)})


ARRAYS: dict[str, Callable[[dict[str, np.ndarray]], object]] = {
    "all as large as can be": every(3.4e38),
    "all as small as can be": every(1e-45),
    "all nought": every(0),
    "too large for 32 bits": every(1e300, np.float64),
    "whole numbers": every(1, np.int32),
    "yes and no": every(1, np.bool_),
    "a large scale": one("transformer.ln_f.weight", 3e38),
    "a large embedding": one("transformer.wte.weight", 3e38),
    "large queries": one("transformer.h.0.attn.c_attn.weight", 3e38),
    "infinite": one("transformer.wpe.weight", float("inf")),
    "not a number": one("transformer.wpe.weight", float("nan")),
    "none": lambda arrays: arrays.clear(),
    "a layer beyond all others": lambda arrays: arrays.update({"transformer.h.999999999.x": np.zeros(1, np.float32)}),
    "a layer of a number without end": lambda arrays: arrays.update(
        {f"transformer.h.{'9' * 5000}.x": np.zeros(1, np.float32)}
    ),
}


# What Pellucid adds, the tokenizer, the index, the vocabulary.

TASK = {"name": "sort", "alphabet": list("ABC"), "length": 3, "answer_length": 3}
ACCURACY = {"trained_correct": 1, "trained_total": 2, "heldout_correct": 1, "heldout_total": 2, "questions": 4}
TRAINING = {"seed": 1, "steps": 3, "seconds": 0.5, "recipe": {"batch": 3, "betas": [0.9, 0.9]}}
CORPUS = {"name": "names", "context": 3, "example": ".a", "fingerprint": "0", "heldout": "ab\nba"}
LOSS = {"heldout": 1.5, "trained": 1.4, "single": 2.5, "pairs": 2.2, "letters": 6}
VALUES: list[Any] = [None, True, -1, 0.5, 10**9, 10**30, "x", [], {}, ["\ud800", "\x1b"], "x" * 100_000]


def odd(part: dict[str, Any]) -> dict[str, Any]:
    return {f"{key} {str(value)[:12]!a}": {**part, key: value} for key in part for value in VALUES}


ABOUT: dict[str, dict[str, Any]] = {
    "task": {**odd(TASK), "a list": [], "one of nobody's": {**TASK, "name": "\x1b[2J"}},
    "accuracy": {**odd(ACCURACY), "a text": "x"},
    "corpus": {**odd(CORPUS), "a list": [], "one of nobody's": {**CORPUS, "name": "\x1b[2J"}},
    "loss": {**odd(LOSS), "a text": "x"},
    "training": {**odd(TRAINING), "a text": "x"},
}
BPE = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}
LONG_TOKEN = {"id": "x", "ids": [0] * 100_000, "tokens": ["a"] * 100_000}
TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "x", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [],
}
NO_LENGTH = {"type": "FixedLength", "length": 0}
TOKENIZERS = {
    "of nothing": json.dumps({"version": "1.0", "model": {}}),
    "a model of no kind": json.dumps({"version": "1.0", "model": {"type": "x"}}),
    "numbers beyond 32 bits": json.dumps({"version": "1.0", "model": {**BPE, "vocab": {"a": 2**40}}}),
    "numbers of both signs": json.dumps({"version": "1.0", "model": {**BPE, "vocab": {"a": -1}}}),
    "numbers with great gaps": json.dumps({"version": "1.0", "model": {**BPE, "vocab": {"a": 2**31, "b": 1, "ab": 4}}}),
    "merges of nothing": json.dumps({"version": "1.0", "model": {**BPE, "merges": [["x", "y"]]}}),
    "a pattern that is none": json.dumps(
        {"version": "1.0", "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}}, "model": BPE}
    ),
    "words without a word for others": json.dumps({"version": "1.0", "model": {"type": "WordLevel", "vocab": {}}}),
    "one that can be used": json.dumps({"version": "1.0", "model": BPE}),
    "merges without end": json.dumps({"version": "1.0", "model": {**BPE, "merges": [["a", "b"]] * 300_000}}),
    "a token of a hundred thousand numbers": json.dumps(
        {"version": "1.0", "model": BPE, "post_processor": {**TEMPLATE, "special_tokens": {"x": LONG_TOKEN}}}
    ),
    "a panic when it is made": json.dumps({"version": "1.0", "model": {**BPE, "continuing_subword_prefix": "##"}}),
    "a panic when it is used": json.dumps({"version": "1.0", "model": BPE, "pre_tokenizer": NO_LENGTH}),
}
INDICES: dict[str, Any] = {
    "nothing": {},
    "a list": {"weight_map": []},
    "numbers": {"weight_map": {"a": 1}},
    "a file above": {"weight_map": {"a": "../model/model.safetensors"}},
    "a device": {"weight_map": {"a": "/dev/zero"}},
    "itself": {"weight_map": {"a": INDEX}},
    "nothing's name": {"weight_map": {"a": ""}},
    "this folder": {"weight_map": {"a": "."}},
    "a NUL": {"weight_map": {"a": "a\0b"}},
    "a long name": {"weight_map": {"a": "x" * 5000}},
    "half a character": {"weight_map": {"a": "\ud800"}},
    "a terminal's commands": {"weight_map": {"a": "\x1b[2J"}},
    "ten thousand files": {"weight_map": {str(number): f"{number}.safetensors" for number in range(10_000)}},
    "an array that is not there": {"weight_map": {"a": "part.safetensors"}},
}
VOCABULARIES = {
    "of a number twice": '{"a": 1, "b": 1}',
    "of negative numbers": '{"a": -1}',
    "of a billion": '{"a": 1000000000}',
    "of truth": '{"a": true}',
    "of halves of characters": r'{"\ud800": 0}',
    "of control letters": r'{"\u001b": 0, "\u009b": 1, "\n": 2, "\u0000": 3}',
    "of nothing": '{"": 0}',
    "of a long piece": json.dumps({"x" * 1_000_000: 0}),
}


def write_text(name: str, content: str, folder: Path) -> None:
    (folder / name).write_text(content)


def index_of(content: Any, folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / "part.safetensors").write_bytes(save({"b": np.zeros(2, np.float32)}))
    (folder / INDEX).write_text(json.dumps(content))
