"""The reference engine: one walk over a graph's formulas, which observes and intervenes on the way.

It computes with any array namespace, in the order of the graph, and is what the faster engines are checked against.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.graph import Graph, Tensor
from pellucid.graph.axes import TIME
from pellucid.graph.op import Op
from pellucid.run.engine import Decoder, Engine, Pass, Values, inputs
from pellucid.run.intervene import Applied
from pellucid.run.interventions import Intervention
from pellucid.run.parameters import Parameters

Observer = Callable[[str, Any], Any]
"""Hears of a tensor as soon as it is there, and gives what the walk is to go on with."""


def walk(
    ops: Sequence[Op],
    values: dict[str, Any],
    *,
    observer: Observer | None = None,
    keep: Collection[str] | None = None,
    first: int = 0,
    xp: Any = np,
) -> dict[str, Any]:
    """Compute the ops in order, adding each output to `values` (inputs and weights, by name).

    With `keep`, an output that is not among those names is let go of as soon as nothing reads it any more. `first` is
    the number of the first position at hand, where the ones before it are not computed.
    """
    unread = let_go_after(ops, keep) if keep is not None else {}
    for number, op in enumerate(ops):
        array = op.compute(xp, *[values[name] for name in op.operand_names], first=first)
        values[op.name] = observer(op.name, array) if observer else array
        for name in unread.get(number, ()):
            del values[name]
    return values


def let_go_after(ops: Sequence[Op], keep: Collection[str]) -> dict[int, list[str]]:
    """For each op, by its number: the outputs that no later op reads and that are not to be kept."""
    last = {op.name: number for number, op in enumerate(ops)}
    for number, op in enumerate(ops):
        last.update({name: number for name in op.operand_names if name in last})
    found: dict[int, list[str]] = {}
    for name, number in last.items():
        if name not in keep:
            found.setdefault(number, []).append(name)
    return found


def led_to(ops: Sequence[Op], changed: Collection[str]) -> list[Op]:
    """The ops whose outputs depend on the tensors that are changed."""
    reached, found = set(changed), []
    for op in ops:
        if reached.intersection(op.operand_names):
            reached.add(op.name)
            found.append(op)
    return found


class ReferenceEngine:
    """Computes op by op, as the formulas say."""

    def __init__(self, parameters: Parameters, plain: Engine | None = None) -> None:
        """What interventions take from other runs is computed by the engine `plain`, or else by this one."""
        self.parameters = parameters
        self.graph = parameters.graph
        self._engine = plain or self

    def run(
        self,
        given: Mapping[str, np.ndarray],
        keep: Collection[str] | None = None,
        interventions: Sequence[Intervention] = (),
        known: Mapping[str, np.ndarray] | None = None,
    ) -> Pass:
        """Where the same pass without interventions is `known`, only what the changes lead to is computed again."""
        applied = Applied(interventions, self.graph, given[self.graph.inputs.tokens.name], self._plain)
        changed = {intervention.cells.tensor for intervention in interventions}
        kept = None if keep is None else {*keep, *changed}
        ops = self.graph.ops if kept is None else self.graph.ancestors(list(kept))
        values = {**self._needed(ops), **given}
        if known is not None:
            ops = led_to(ops, changed)
            made = {op.name for op in ops}
            values.update({name: array for name, array in known.items() if name not in made})

        def observer(name: str, array: np.ndarray) -> np.ndarray:
            return applied.change(name, array) if applied.changes(name) else array

        # Weights from elsewhere and numbers set by hand may lead to infinities, which the run shows as they are.
        with np.errstate(all="ignore"):
            values = {name: observer(name, array) for name, array in values.items()}
            walk(ops, values, observer=observer, keep=kept)
        names = [name for name in values if name not in self.parameters or name in changed]
        wanted = names if kept is None else [name for name in names if name in kept]
        return Pass({name: read_only(values[name]) for name in wanted}, applied.changed)

    def runs(
        self, given: Mapping[str, np.ndarray], keep: Collection[str], changes: Iterable[Sequence[Intervention]]
    ) -> Iterator[Pass]:
        """The same pass over and over, with these interventions each time. What they leave alone is computed once."""
        each = list(changes)
        unchanged = set(keep)
        for interventions in each:
            changed = {intervention.cells.tensor for intervention in interventions}
            ops = led_to(self.graph.ancestors([*keep, *changed]), changed)
            read = {name for op in ops for name in op.operand_names}
            unchanged |= (read | changed) - {op.name for op in ops}
        known = self.run(given, unchanged - self.parameters.keys()).values
        for interventions in each:
            yield self.run(given, keep, interventions, known)

    def _needed(self, ops: Iterable[Op]) -> Values:
        """The weights that these ops read."""
        names = {name for op in ops for name in op.operand_names}
        return {name: self.parameters[name] for name in self.parameters if name in names}

    def _plain(self, tokens: np.ndarray, names: frozenset[str]) -> Mapping[str, np.ndarray]:
        """The numbers that interventions take from runs without any; weights are the same in each."""
        values = self._engine.run(inputs(self.graph, tokens), names).values
        return {name: self.parameters[name] if name in self.parameters else values[name] for name in names}

    def decode(self) -> Decoder:
        return CachedDecoder(self.parameters)

    def learn(self, given: Mapping[str, np.ndarray]) -> "ReferenceLearner":
        return ReferenceLearner(self.parameters)


def looking_back(graph: Graph) -> tuple[list[Op], list[Op], list[Tensor]]:
    """The ops of the logits up to the last that looks back at earlier positions, those after it, and what is looked
    back at."""
    ops = graph.ancestors([graph.outputs.logits.name])
    border = max((number + 1 for number, op in enumerate(ops) if op.looked_back_at), default=0)
    kept = {op.operands[place]: None for op in ops for place in op.looked_back_at}
    return ops[:border], ops[border:], list(kept)


def along_time(graph: Graph) -> dict[str, int]:
    """Which axis of a tensor counts positions, for each tensor that has one value per position."""
    return {
        tensor.name: tensor.axes.index(TIME)
        for tensor in graph.tensors.values()
        if not tensor.fixed and TIME in tensor.axes
    }


class CachedDecoder:
    """Computes the next logits position by position, keeping the tensors that later positions look back at.

    After the last op that looks back no position depends on another, and only the newest is computed any further: that
    saves a third of the time when GPT-2 is given 64 tokens at once.
    """

    def __init__(self, parameters: Parameters) -> None:
        graph = parameters.graph
        self.parameters, self.graph = parameters, graph
        self.length = 0
        self._with_the_past, self._newest_alone, kept = looking_back(graph)
        self._kept = {tensor.name: np.empty(graph.shape(tensor), np.float32) for tensor in kept}
        self._time = along_time(graph)

    def logits(self, tokens: Sequence[int]) -> np.ndarray:
        start, end = self.length, self.length + len(tokens)
        given = inputs(self.graph, np.arange(end))
        given = {name: array[start:] for name, array in given.items()} | {
            self.graph.inputs.tokens.name: np.array(tokens)
        }
        values: Values = {**self.parameters.named, **given}

        def observer(name: str, array: np.ndarray) -> np.ndarray:
            """Add what later positions look back at to what is kept of earlier ones."""
            if name not in self._kept:
                return array
            along = np.moveaxis(self._kept[name], self._time[name], 0)
            along[start:end] = np.moveaxis(array, self._time[name], 0)
            return np.moveaxis(along[:end], 0, self._time[name])

        walk(self._with_the_past, values, observer=observer, first=start)
        values |= {name: self._newest(name, array) for name, array in values.items() if name in self._time}
        walk(self._newest_alone, values, first=end - 1)
        self.length = end
        last: np.ndarray = values[self.graph.outputs.logits.name][-1]
        return last

    def _newest(self, name: str, array: np.ndarray) -> np.ndarray:
        """The tensor at the last position alone."""
        return array[(slice(None),) * self._time[name] + (slice(-1, None),)]


class ReferenceLearner:
    """Gradients by the graph of gradients."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._graph: Graph = parameters.graph.gradients()
        self._gradients, self.gradient = Parameters.zeros(parameters.graph)

    def step(self, given: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        values = walk(self._graph.ops, {**self.parameters.named, **given})
        for tensor in self._graph.tensors.values():
            if tensor.gradient_of and tensor.fixed:
                self._gradients[tensor.gradient_of.name][...] = values[tensor.name]
        return values


def pass_of(values: Mapping[str, Any], names: Collection[str] | None) -> Pass:
    """The tensors that an engine has computed, or those of them that are to be kept."""
    wanted = values if names is None else [name for name in values if name in names]
    return Pass({name: read_only(np.asarray(values[name])) for name in wanted})


def read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
