"""The weights of a folder, by the names and in the form that the architecture has for them.

Files differ: one or several; names with what wrappers such as `torch.compile` put before them, or without their first
part; the causal mask among the weights; the unembedding beside the embedding that serves for it, or alone; matrices
the other way round; no biases. Whatever an array is, it is used, or known to be no weight, or named in a refusal.
"""

import math
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pellucid.files.reading import is_there, leads_nowhere, may_look, read_json, unreadable
from pellucid.files.safetensors import Damaged, StoredArrays
from pellucid.graph import Graph, PellucidError, Stored, Tensor
from pellucid.models import Architecture
from pellucid.words.errors import shortened

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
LONGEST_INDEX = 1 << 24
MOST_INDEXED = 1 << 18
"""Several times the arrays of the largest models."""
LONGEST_NAME = 80
MOST_BYTES = 255
"""The longest name of a file that the usual file systems take."""
MOST_FILES = 512
"""Each of them stays open as long as the model."""

ADAPTER = "adapter_config.json"
ELSEWHERE = {
    ADAPTER: "an adapter for another model: merge the two first (`merge_and_unload()` of peft)",
    "adapter_model.safetensors": "an adapter for another model: merge the two first (`merge_and_unload()` of peft)",
}
KINDS = {
    **dict.fromkeys(
        (".bin", ".pt", ".pth", ".ckpt", ".bin.index.json"),
        "a file of PyTorch, which may run any program when it is opened: save it as safetensors first "
        "(docs/own-models.md has the lines)",
    ),
    **dict.fromkeys(
        (".h5", ".msgpack", ".onnx", ".gguf", ".npz"),
        "a form that is not read here: save the model as safetensors first, with `save_pretrained` of transformers",
    ),
}
"""What else models are kept in, by how the file's name ends, and what to do with it."""
NO_MODELS = ("training_args", "optimizer", "scheduler", "scaler", "rng_state")
"""How the names of files begin that a training leaves beside a model."""
PART = re.compile(r"-[0-9]{5}-of-[0-9]{5}\.safetensors$")
ONE_OF_SEVERAL = f"it is one of several, so {INDEX}, which says what each holds, must be copied there too"
OF_ANOTHER_NAME = f"if that holds the model's weights, rename it to {WEIGHTS}"


def open_weights(folder: Path) -> StoredArrays:
    """The arrays of a folder by the names that they have there. Raises PellucidError."""
    if is_there(folder / ADAPTER) and is_there(folder / CONFIG):
        raise PellucidError(
            "foreign-file",
            f"{folder} holds a model and {ADAPTER}, {ELSEWHERE[ADAPTER]}, or take the adapter out of the folder.",
            path=str(folder),
        )
    if is_there(folder / WEIGHTS) or not is_there(folder / INDEX):
        return open_files(folder, WEIGHTS)
    path = folder / INDEX
    places = read_json(path, LONGEST_INDEX, MOST_INDEXED).get("weight_map")
    if not isinstance(places, dict) or not places or not all(isinstance(name, str) for name in places.values()):
        raise PellucidError("bad-index", f"{path} does not say which file holds which array: copy it again.")
    names = sorted(set(places.values()))
    for name in names:
        if name != os.path.basename(name.replace("\\", "/")) or name in ("", ".", ".."):
            raise PellucidError(
                "bad-index",
                f"{path} speaks of '{shortened(name, LONGEST_NAME)}': only files in the same folder are opened.",
            )
        if len(name.encode(errors="surrogatepass")) > MOST_BYTES:
            raise PellucidError(
                "bad-index",
                f"{path} speaks of '{shortened(name, LONGEST_NAME)}': no file has a name of more than {MOST_BYTES} "
                "bytes. Copy the index again.",
            )
    if len(names) > MOST_FILES:
        raise PellucidError(
            "bad-index",
            f"{path} speaks of {len(names):,} files, and {MOST_FILES} are the most: save the model in larger ones "
            '(`save_pretrained(folder, max_shard_size="5GB")`).',
        )
    arrays = open_files(folder, *names)
    for name, place in places.items():
        if name not in arrays or arrays.entries[name].path != folder / place:
            raise PellucidError(
                "bad-index", f"{path} says that {name} is in {place}, but it is not: copy the files again."
            )
    return arrays


def open_files(folder: Path, *names: str) -> StoredArrays:
    try:
        return StoredArrays(*(folder / name for name in names))
    except FileNotFoundError:
        missing = next((name for name in names if not (folder / name).exists()), names[0])
        if is_there(folder / missing):
            raise leads_nowhere(folder / missing) from None
        raise missing_file(folder, missing) from None
    except Damaged as error:
        if error.path and isinstance(error.__cause__, PermissionError):
            raise unreadable(error.path, error.__cause__) from error
        raise PellucidError(
            "bad-safetensors",
            f"{error.path} is not a whole safetensors file ({error}): copy it again from where it came.",
        ) from error


def missing_file(folder: Path, name: str) -> PellucidError:
    """The error that says that a file is missing, and what there is in its place. Raises PellucidError where nobody may
    tell."""
    may_look(folder)
    try:
        there = sorted(entry.name for entry in os.scandir(folder))
    except OSError:
        there = []
    if name not in (CONFIG, WEIGHTS):
        return PellucidError("missing-file", f"{folder} holds no {name}, which {INDEX} speaks of: copy it there too.")
    for other in there:
        if told := told_of(other):
            return PellucidError("foreign-file", f"{folder} holds no {name}, but {other}, {told}.", path=str(folder))
    for other in there if name == WEIGHTS else ():
        if other.endswith(".safetensors"):
            told = ONE_OF_SEVERAL if PART.search(other) else OF_ANOTHER_NAME
            return PellucidError("missing-file", f"{folder} holds no {name}, but {other}: {told}.", path=str(folder))
    return PellucidError("missing-file", f"{folder} holds no {name}: it is not a model's folder.")


def told_of(name: str) -> str | None:
    """What a file is that models are kept in, by its name; None for any other."""
    for ending, told in KINDS.items():
        if name.lower().endswith(ending) and not name.startswith(NO_MODELS):
            return told
    return ELSEWHERE.get(name)


@dataclass(frozen=True)
class Wanted:
    """What a checkpoint of an architecture holds: the shape of every array, which of them are biases, and how long the
    graph's axes are."""

    shapes: Mapping[str, tuple[int, ...]]
    biases: frozenset[str]
    sizes: Mapping[str, int]


# By the architecture's names.


def arranged(config: Architecture, arrays: StoredArrays) -> tuple[Architecture, Wanted]:
    """Know the arrays by the architecture's names; the architecture as they have it, and what it asks for.

    Raises PellucidError for arrays that are not those of the architecture.
    """
    arrays.rename(own_names(config, arrays.shapes))
    config.check_shapes(arrays.shapes)
    pairs = [(copy, original) for copy, original in config.copies.items() if copy in arrays and original in arrays]
    arrays.check_kinds([name for pair in pairs for name in pair])
    config = config.fitting([copy for copy, original in pairs if not arrays.equal(copy, original)])
    wanted = asked(config)
    arrays.rename(needed(config, wanted.shapes, arrays))
    turn_matrices(config, wanted.shapes, arrays)
    add_biases(wanted, arrays)
    refuse_twins(config, wanted.shapes, arrays.shapes)
    check_shapes(wanted.shapes, arrays.shapes)
    arrays.check_kinds(arrays)
    return config, wanted


def own_names(config: Architecture, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """The architecture's names of arrays, with those in the file. What is no weight is left out, and what has no name
    of the architecture's, or one that is taken, keeps its own."""
    before, outer = wrapping(config, shapes)
    found: dict[str, str] = {}
    for name in shapes:
        if is_buffer(config, name, shapes[name]):
            continue
        own = name
        if name.removeprefix(outer) in config.copies:
            own = name.removeprefix(outer)
        elif name.startswith(before) and (before or not name.startswith(config.prefix)):
            own = config.prefix + name.removeprefix(before)
        found[name if own in found else own] = name
    return found


def wrapping(config: Architecture, names: Mapping[str, object]) -> tuple[str, str]:
    """What stands in a file for the architecture's prefix, and what has been put before all names."""
    landmark = config.landmark.removeprefix(config.prefix)
    befores = [name.removesuffix(landmark) for name in names if f".{name}".endswith(f".{landmark}")]
    before = befores[0] if len(befores) == 1 and landmark else config.prefix
    return before, before.removesuffix(config.prefix)


def is_buffer(config: Architecture, name: str, shape: tuple[int, ...]) -> bool:
    """Whether it is no weight, such as a causal mask: buffers of one number or of two sides and more have no name of
    a weight's shape."""
    return name.endswith(config.buffers) and len(shape) != 1


def needed(config: Architecture, wanted: Mapping[str, tuple[int, ...]], arrays: StoredArrays) -> dict[str, str]:
    """The names of the arrays that the architecture asks for, and of those it has no place for: copies are left out,
    unless what they are copies of is missing."""
    names = {name: name for name in arrays if name in wanted or name not in config.copies}
    for copy, original in config.copies.items():
        if copy in arrays and copy not in wanted:
            names.setdefault(original, copy)
    return names


def turn_matrices(config: Architecture, wanted: Mapping[str, tuple[int, ...]], arrays: StoredArrays) -> None:
    """Take matrices the other way round where all of them lie so, as `torch.nn.Linear` keeps them. Which way a square
    one lies is told by the others: a program keeps all of them alike."""
    matrices = [name for name in wanted if name.endswith(config.matrices) and name in arrays]
    oblong = [name for name in matrices if len(set(wanted[name])) > 1]
    if oblong and all(arrays.entries[name].shape == wanted[name][::-1] for name in matrices):
        arrays.turn(matrices)


def add_biases(wanted: Wanted, arrays: StoredArrays) -> None:
    """Zeros for biases, where a checkpoint has none at all: those of a model that was trained without any."""
    if not wanted.biases & arrays.keys():
        for name in sorted(wanted.biases):
            arrays.add_zeros(name, wanted.shapes[name])


# What an architecture and a graph ask for.


def asked(config: Architecture) -> Wanted:
    """What the architecture asks for. A graph of a thousand layers takes seconds, which a checkpoint may not be worth:
    so one layer speaks for all, where the architecture says that they are alike."""
    setting, first = config.layered or ("", "")
    layers = getattr(config, setting) if setting else 1
    graph = replace(config, **{setting: 1}).graph() if setting else config.graph()
    stem = first.removesuffix("0.")

    def in_all(name: str) -> list[str]:
        rest = name.removeprefix(first)
        return [f"{stem}{layer}.{rest}" for layer in range(layers)] if first and rest != name else [name]

    shapes = {each: shape for name, shape in stored_shapes(graph).items() for each in in_all(name)}
    biases = {place(weight).key for weight in graph.weights() if weight.initial == "zeros"}
    return Wanted(shapes, frozenset(each for name in biases for each in in_all(name)), graph.sizes)


def stored_shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shape of every array of a checkpoint, by its name there."""
    shapes = {}
    for weight in graph.weights():
        where = place(weight)
        dimensions = [math.prod(graph.sizes[axis] for axis in merged) for merged in where.layout]
        dimensions[-1] *= where.part[1]
        shapes[where.key] = tuple(dimensions)
    return shapes


def place(weight: Tensor) -> Stored:
    if weight.stored is None:
        raise ValueError(f"{weight.name} has no place in a checkpoint")
    return weight.stored


def refuse_twins(config: Architecture, wanted: Mapping[str, tuple[int, ...]], found: Collection[str]) -> None:
    """Raise PellucidError for a weight that is there with the architecture's prefix and without: which counts depends
    on who reads it."""
    for name in sorted(found):
        whole = config.prefix + name
        if name not in wanted and whole in wanted and whole in found:
            raise PellucidError(
                "extra-tensor",
                f"The checkpoint holds one weight by two names, {shortened(whole, LONGEST_NAME)} and "
                f"{shortened(name, LONGEST_NAME)}: take out the one that is not meant.",
            )


def check_shapes(wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]]) -> None:
    """Raise PellucidError unless a checkpoint holds just the arrays that its architecture asks for."""
    missing, extra = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    if missing:
        others = f", and holds {listed(extra)}, for which this architecture has no place" if extra else ""
        raise PellucidError(
            "missing-tensor",
            f"The checkpoint lacks {listed(missing)}{others}: open the folder that it came from, "
            "or say in config.json what it is.",
        )
    if extra:
        raise PellucidError(
            "extra-tensor",
            f"The checkpoint holds {listed(extra)}, for which this architecture has no place: "
            "is it another kind of model?",
        )
    for key, shape in wanted.items():
        if found[key] != shape:
            raise PellucidError(
                "misshapen-tensor",
                f"{key} has the shape {found[key]}, but config.json asks for {shape}: "
                "the two files do not belong together.",
            )


def listed(names: Iterable[str]) -> str:
    """The first three of some names, and how many more."""
    first, *more = sorted(names)
    shown = ", ".join(shortened(name, LONGEST_NAME) for name in (first, *more[:2]))
    return f"{shown} and {len(more) - 2:,} more" if len(more) > 2 else shown
