"""Interventions: computing on with some numbers changed, to see what depends on them.

An edit changes a tensor as soon as it is there: an activation or statistic when it has been computed, an input or
weight before anything is. Everything after it is computed from the changed numbers.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from pellucid.graph import Graph, PellucidError
from pellucid.graph.op import Op
from pellucid.run.interpret import Values

Edit = Callable[[np.ndarray], np.ndarray]
"""Takes a copy of the tensor (with its axes, a batch in front if there is one) and gives what stands in its place."""


def forward_with(ops: Iterable[Op], values: Values, edits: Mapping[str, Edit]) -> dict[str, np.ndarray]:
    """Compute the ops in order, adding each output to `values` (inputs and weights, by name), edits applied.

    Gives, for every edited tensor, where its cells changed (True). Raises PellucidError if an edit changes a shape.
    """
    changed = {}

    def apply(name: str) -> None:
        before = values[name]
        values[name] = edited(name, before, edits[name])
        changed[name] = values[name] != before

    for name in edits.keys() & values.keys():
        apply(name)
    for op in ops:
        values[op.name] = op.compute(np, *[values[name] for name in op.operand_names])
        if op.name in edits:
            apply(op.name)
    return changed


def edited(name: str, array: np.ndarray, edit: Edit) -> np.ndarray:
    changed = np.asarray(edit(array.copy()), array.dtype)
    if changed.shape != array.shape:
        raise PellucidError(
            "bad-edit",
            f"The edit of {name} gives the shape {changed.shape} instead of {array.shape}: keep the shape.",
            name=name,
        )
    return changed


def by_own_names(graph: Graph, edits: Mapping[str, Edit]) -> dict[str, Edit]:
    """The same edits by our own names. Raises PellucidError for a tensor that does not exist."""
    return {graph.find(name).name: edit for name, edit in edits.items()}


def switched_off(graph: Graph, name: str, **at: int) -> dict[str, Edit]:
    """The edit that sets the cells of a tensor at some indices to zero: `switched_off(graph, "blocks.1.attn.z", h=2)`.

    Axes that are not named are meant whole. Raises PellucidError for a tensor, axis or index that does not exist.
    """
    tensor = graph.find(name)
    for axis, position in at.items():
        if axis not in tensor.axes or not 0 <= position < graph.sizes[axis]:
            raise PellucidError(
                "bad-index",
                f"{tensor.name} has the axes {' '.join(tensor.axes)}, and no cells at {axis}={position}.",
                tensor=tensor.name,
                axes=" ".join(tensor.axes),
            )
    index = (..., *(at.get(axis, slice(None)) for axis in tensor.axes))

    def to_zero(array: np.ndarray) -> np.ndarray:
        array[index] = 0
        return array

    return {tensor.name: to_zero}
