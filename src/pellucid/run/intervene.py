"""Computing on with some cells changed: interventions applied to a pass as it goes.

A cell changes as soon as it is there: an activation or statistic when it has been computed, an input or weight before
anything is. What interventions take from other runs is computed before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from pellucid.graph import Graph
from pellucid.run.interventions import Add, Intervention, MeanAlong, Scale, Set, Tokens, Zero

Plain = Callable[[np.ndarray, frozenset[str]], Mapping[str, np.ndarray]]
"""These tensors of the run over these tokens, without interventions."""

Step = Callable[[np.ndarray], np.ndarray]

Where = tuple[Any, ...]
"""The slices as an index, with room in front for the axis of a batch."""


class Applied:
    """Interventions, for a pass over these tokens (a batch of texts, if they have two axes).

    Whoever walks the graph asks `changes` when a tensor is there, and goes on with what `change` gives. `changed` tells
    afterwards, by tensor, which cells have another value than before.

    Raises PellucidError for interventions that this pass has no cells for.
    """

    def __init__(self, interventions: Sequence[Intervention], graph: Graph, tokens: np.ndarray, plain: Plain) -> None:
        self.changed: dict[str, np.ndarray] = {}
        self._steps: dict[str, list[Step]] = {}
        for intervention in interventions:
            intervention.check(graph, tokens.shape[-1])
        others = other_runs(interventions, tokens, plain)
        for intervention in interventions:
            name = intervention.cells.tensor
            cells = intervention.cells.bounded(graph.shape(graph.tensors[name], tokens.shape[-1]))
            where: Where = (..., *cells.slices)
            taken = [others[text][name][where] for text in intervention.texts]
            self._steps.setdefault(name, []).append(partial(after, intervention, where=where, taken=taken))

    def changes(self, name: str) -> bool:
        return name in self._steps

    def change(self, name: str, array: np.ndarray) -> np.ndarray:
        """The tensor as later ops read it, in an array of its own."""
        result = array
        for step in self._steps[name]:
            result = step(result)
        self.changed[name] = (result != array) & ~(np.isnan(result) & np.isnan(array))
        return result


def after(intervention: Intervention, array: np.ndarray, where: Where, taken: Sequence[np.ndarray]) -> np.ndarray:
    """A copy of the array in which the cells at `where` are changed; `taken` holds the same cells of other runs."""
    result = array.copy()
    cells = result[where]
    match intervention.change:
        case Zero():
            cells[...] = 0
        case Set(number):
            cells[...] = number
        case Scale(factor):
            cells *= factor
        case Add(number):
            cells += number
        case MeanAlong(axes):
            own = intervention.cells.axes
            along = tuple(own.index(axis) - len(own) for axis in axes)
            mean = array.mean(along, keepdims=True, dtype=np.float64)
            cells[...] = np.broadcast_to(mean, array.shape)[where]
        case _:
            cells[...] = np.mean(taken, axis=0, dtype=np.float64) if len(taken) > 1 else taken[0]
    return result


def other_runs(
    interventions: Iterable[Intervention], tokens: np.ndarray, plain: Plain
) -> Mapping[Tokens | None, Mapping[str, np.ndarray]]:
    """The runs that interventions take cells from, by the text that each one reads."""
    names: dict[Tokens | None, set[str]] = {}
    for intervention in interventions:
        for text in intervention.texts:
            names.setdefault(text, set()).add(intervention.cells.tensor)
    return {
        text: plain(tokens if text is None else np.array(text), frozenset(wanted)) for text, wanted in names.items()
    }
