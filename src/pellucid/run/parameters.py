"""The weights of a graph: as a checkpoint stores them, and by graph name as views of that same memory."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from pellucid.graph import Graph, PellucidError, Stored, Tensor

ALIGNED = 16
"""Every stored array begins at a multiple of so many numbers (64 bytes, a cache line)."""


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


def view(graph: Graph, weight: Tensor, array: np.ndarray) -> np.ndarray:
    """The weight, with its axes, as a view of the stored array it is (part of)."""
    where = place(weight)
    width = array.shape[-1] // where.part[1]
    own = array[..., where.part[0] * width : (where.part[0] + 1) * width]
    unmerged = [axis for merged in where.layout for axis in merged]
    shaped = own.reshape([graph.sizes[axis] for axis in unmerged])
    return shaped.transpose([unmerged.index(axis) for axis in weight.axes])


class Parameters(Mapping[str, np.ndarray]):
    """A mapping from graph names to arrays (`named`); `stored` maps a checkpoint's names to the same memory."""

    def __init__(self, graph: Graph, stored: Mapping[str, np.ndarray]) -> None:
        """Take the arrays of a checkpoint. Raises PellucidError if one is missing, misshapen, infinite or too many."""
        shapes = stored_shapes(graph)
        missing, extra = shapes.keys() - stored.keys(), stored.keys() - shapes.keys()
        if missing:
            names = shortened(sorted(missing))
            raise PellucidError(
                "missing-tensor", f"The checkpoint lacks {names}: save it again, or open the folder it came from."
            )
        if extra:
            names = shortened(sorted(extra))
            raise PellucidError(
                "extra-tensor",
                f"The checkpoint holds {names}, for which this architecture has no place: is it another kind of model?",
            )
        for key, shape in shapes.items():
            if stored[key].shape != shape:
                raise PellucidError(
                    "misshapen-tensor",
                    f"{key} has the shape {stored[key].shape}, but config.json asks for {shape}: "
                    "the two files do not belong together.",
                )
            if not np.isfinite(stored[key]).all():
                raise PellucidError(
                    "not-finite",
                    f"{key} holds numbers that are not finite: the training that made this checkpoint went wrong.",
                )
        self.graph = graph
        self.stored = {key: stored[key] for key in shapes}
        self.named = {weight.name: view(graph, weight, stored[place(weight).key]) for weight in graph.weights()}

    @classmethod
    def zeros(cls, graph: Graph) -> tuple["Parameters", np.ndarray]:
        """Zeros in one contiguous buffer, and the buffer: what an optimiser steps through as a single array."""
        shapes, starts, end = stored_shapes(graph), {}, 0
        for key, shape in shapes.items():
            starts[key] = end
            end += -(-math.prod(shape) // ALIGNED) * ALIGNED
        buffer = np.zeros(end, np.float32)
        arrays = {
            key: buffer[starts[key] : starts[key] + math.prod(shape)].reshape(shape) for key, shape in shapes.items()
        }
        return cls(graph, arrays), buffer

    def __getitem__(self, name: str) -> np.ndarray:
        return self.named[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.named)

    def __len__(self) -> int:
        return len(self.named)


def shortened(names: list[str]) -> str:
    """The first three of a list of names, and how many more."""
    listed = ", ".join(names[:3])
    return listed if len(names) <= 3 else f"{listed} and {len(names) - 3} more"
