"""A run with interventions as a graph of its own, in which gradients know what was changed.

What an intervention does to a tensor is written behind the op that makes it: each cell is kept, multiplied or
replaced. A cell that is replaced no longer depends on what the model computes there, so no gradient passes it.
"""

import math
from dataclasses import replace

import numpy as np

from pellucid.graph import Graph, Tensor
from pellucid.graph.formula import Cell, Formula, total
from pellucid.graph.op import Op, op
from pellucid.run.interventions import Add, Intervention, MeanAlong, Scale
from pellucid.run.trace import Run

Values = dict[str, np.ndarray]


@op("change")
def change(x: Cell, kept: Cell, put: Cell) -> Formula:
    """`out = kept · x + put`: some cells stay or are multiplied, in others stands what is put there."""
    return kept * x + put


@op("change")
def change_to_mean(x: Cell, kept: Cell, share: Cell, *, axes: tuple[str, ...]) -> Formula:
    """`out = kept · x + share · Σ x`: in some cells stands the mean along these axes."""
    other = {axis: f"{axis}'" for axis in axes}
    return kept * x + share * total(x.at(**other), *other.values())


def as_changed(run: Run) -> tuple[Graph, Values]:
    """The graph that the run was computed by, its changes included, and what gradients by that graph read."""
    graph, values = run.model.graph.copy(), values_of(run)
    changes = dict[str, list[Intervention]]()
    for intervention in run.interventions:
        changes.setdefault(intervention.cells.tensor, []).append(intervention)
    made, graph.ops = graph.ops, []
    for one in made:
        if one.name in changes:
            add_changed(graph, values, one, changes[one.name])
        else:
            graph.ops.append(one)
    return graph, values


def add_changed(graph: Graph, values: Values, made: Op, changes: list[Intervention]) -> None:
    """Add the op with an output of its own, and behind it one op for each change; the last makes the tensor that the
    later ops read."""
    stages = [replace(made.output, name=f"{made.name}, change {number}") for number in range(len(changes))]
    bind(graph, Op(made.kind, made.title, made.inputs, made.formula), stages[0])
    values[stages[0].name] = graph.ops[-1].compute(np, *[values[name] for name in made.operand_names])
    for intervention, before, after in zip(changes, stages, [*stages[1:], made.output], strict=True):
        kept, share = parts_of(intervention, values[made.name])
        beside = [beside_it(graph, before, what) for what in ("kept", "put")]
        values[beside[0].name] = kept
        if isinstance(intervention.change, MeanAlong):
            values[beside[1].name] = share
            bind(graph, change_to_mean(before, *beside, axes=intervention.change.axes), after)
        else:
            bind(graph, change(before, *beside), after)  # no gradient reads what is put


def parts_of(intervention: Intervention, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much of each cell an intervention keeps, and how much of a sum along the axes of a mean it puts there."""
    cells = intervention.cells.bounded(array.shape)
    kept, share = np.ones_like(array), np.zeros_like(array)
    match intervention.change:
        case Scale(factor):
            kept[cells.slices] = factor
        case Add():
            pass
        case MeanAlong(axes):
            kept[cells.slices] = 0
            share[cells.slices] = 1 / math.prod(array.shape[cells.axes.index(axis)] for axis in axes)
        case _:
            kept[cells.slices] = 0
    return kept, share


def bind(graph: Graph, made: Op, output: Tensor) -> None:
    made.bind(output, graph.sizes)
    graph.tensors[output.name] = output
    graph.makers[output.name] = made
    graph.ops.append(made)


def beside_it(graph: Graph, tensor: Tensor, what: str) -> Tensor:
    """An input of the graph with a number for each cell of the tensor."""
    return graph.input(f"{tensor.name}, {what}", " ".join(tensor.axes), what, "")


def values_of(run: Run) -> Values:
    """Everything that a run was computed from and has computed, by name."""
    return {name: run[name] for name in (*run.model.parameters, *run.model.traced)}
