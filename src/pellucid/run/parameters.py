"""The weights of a graph: as a checkpoint stores them, and by graph name as views of that same memory."""

import math
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pellucid.files.safetensors import StoredArrays
from pellucid.files.weights import check_shapes, place, stored_shapes
from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.run.forks import Turns
from pellucid.run.snapshot import Snapshot
from pellucid.words.given import attribute, bad_argument, of_kind, shown

ALIGNED = 16
"""Every stored array begins at a multiple of this many numbers (64 bytes, a cache line)."""

PIECE = 1 << 16
"""How many numbers of an array are looked through at a time: they stay in the processor's cache."""


def view(graph: Graph, weight: Tensor, array: Any) -> Any:
    """The weight, with its axes, as a view of the stored array it is (part of), of whichever array namespace."""
    where = place(weight)
    width = array.shape[-1] // where.part[1]
    own = array[..., where.part[0] * width : (where.part[0] + 1) * width]
    unmerged = [axis for merged in where.layout for axis in merged]
    shaped = own.reshape([graph.sizes[axis] for axis in unmerged])
    return shaped.transpose([unmerged.index(axis) for axis in weight.axes])


def padded(length: int) -> int:
    """How much of a flat buffer an array of that many numbers takes."""
    return -(-length // ALIGNED) * ALIGNED


def apart(graph: Graph, buffer: Any) -> dict[str, Any]:
    """The arrays of a checkpoint that stand one behind the other in a flat buffer, of whichever array namespace."""
    arrays, start = {}, 0
    for key, shape in stored_shapes(graph).items():
        length = math.prod(shape)
        arrays[key] = buffer[start : start + length].reshape(shape)
        start += padded(length)
    return arrays


class Parameters(Mapping[str, np.ndarray]):
    """A mapping from graph names to arrays; `stored` maps a checkpoint's names to the same memory.

    The weights of a large checkpoint are read, and looked through for numbers that are not finite, one by one as they
    are asked for; from then on they are in memory, whatever becomes of the file.

    `snapshot` says which weights these are, and changes with them. Whoever writes into the arrays in place says so
    with `changed`, as training does after each step; `set_cells` does both.
    """

    def __init__(self, graph: Graph, stored: Mapping[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint. Raises PellucidError if one is missing, misshapen, infinite or too many."""
        of_kind(graph, Graph, "graph", "a model's graph")
        of_kind(stored, Mapping, "stored", "arrays by their names in a checkpoint")
        shapes = stored.shapes if isinstance(stored, StoredArrays) else {key: shape_of(key, stored) for key in stored}
        check_shapes(stored_shapes(graph), shapes)
        self.graph = graph
        self.stored = Held(stored)
        self.snapshot = Snapshot(secrets.token_hex(8), 0)
        self._weights = {weight.name: weight for weight in graph.weights()}
        self._views: dict[str, np.ndarray] = {}

    @classmethod
    def zeros(cls, graph: Graph) -> tuple["Parameters", np.ndarray]:
        """Zeros in one contiguous buffer, and the buffer: what an optimiser steps through as a single array."""
        of_kind(graph, Graph, "graph", "a model's graph")
        lengths = {key: padded(math.prod(shape)) for key, shape in stored_shapes(graph).items()}
        buffer = np.zeros(sum(lengths.values()), np.float32)
        return cls(graph, apart(graph, buffer)), buffer

    # Reading.

    def __getitem__(self, name: str) -> np.ndarray:
        found = self._views.get(name)
        if found is None:
            found = self._views[name] = self._view(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._weights

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    @property
    def named(self) -> dict[str, np.ndarray]:
        """Every weight by its graph name, as a dict: what is not in memory yet is read."""
        if len(self._views) < len(self._weights):
            self._views = {name: self[name] for name in self._weights}
        return self._views

    def _view(self, name: str) -> np.ndarray:
        weight = self._weights[name]
        seen: np.ndarray = view(self.graph, weight, self.stored[place(weight).key])
        return seen

    # Changing.

    @property
    def id(self) -> str:
        return self.snapshot.id

    @property
    def version(self) -> int:
        return self.snapshot.version

    def changed(self) -> None:
        """Say that numbers were written into the arrays, so that what was computed from them is out of date."""
        self.snapshot = Snapshot(self.id, self.version + 1)

    def set_cells(self, name: str, index: Any, value: Any) -> None:
        """Put a number, or an array, at an index (as NumPy has it) of a weight, by whatever name it goes."""
        weight = self.graph.find(name)
        if weight.name not in self:
            raise PellucidError("not-a-weight", f"{weight.name} is no weight: only weights can be set.", name=name)
        stored = self.stored[place(weight).key]
        writable, stored.flags.writeable = stored.flags.writeable, True
        try:
            view(self.graph, weight, stored)[index] = value
        finally:
            stored.flags.writeable = writable
            self.changed()

    # Copying.

    def copy(self) -> "Parameters":
        """The same numbers in memory of their own, with an id of their own: the two may go different ways."""
        return Parameters(self.graph, {key: array.copy() for key, array in self.stored.items()})

    def __copy__(self) -> "Parameters":
        return self.copy()

    def __deepcopy__(self, known: dict[int, Any]) -> "Parameters":
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return Parameters, (self.graph, dict(self.stored))


def shape_of(key: str, stored: Mapping[str, np.ndarray]) -> tuple[int, ...]:
    """The shape of an array. Raises PellucidError (`bad-argument`) for what is none."""
    shape = attribute(stored[key], "shape")
    if not isinstance(shape, tuple):
        raise bad_argument(f"stored[{shown(key)}]", stored[key], "an array")
    return shape


class Held(Mapping[str, np.ndarray]):
    """Stored arrays in memory, by their names in a checkpoint; those of a file are read when first asked for."""

    def __init__(self, source: Mapping[str, np.ndarray]) -> None:
        self._keys = list(source)
        self._held: dict[str, np.ndarray] = {}
        self._source = source
        self._lock = Turns()
        if not isinstance(source, StoredArrays):
            for key in source:
                self._held[key] = finite(key, source[key])

    def __getitem__(self, key: str) -> np.ndarray:
        found = self._held.get(key)
        return self._read(key) if found is None else found

    def _read(self, key: str) -> np.ndarray:
        with self._lock:  # once only, even if several threads ask
            if key not in self._held:
                self._held[key] = finite(key, self._source[key])
                if len(self._held) == len(self._keys):
                    self._source = self._held  # nothing is left to read: the file may be closed
            return self._held[key]

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def finite(key: str, array: np.ndarray) -> np.ndarray:
    """The array itself. Raises PellucidError if a number in it is not finite."""
    numbers = array.reshape(-1)
    if not all(np.isfinite(numbers[start : start + PIECE]).all() for start in range(0, numbers.size, PIECE)):
        raise PellucidError(
            "not-finite", f"{key} holds numbers that are not finite: the training that made this checkpoint went wrong."
        )
    return array
