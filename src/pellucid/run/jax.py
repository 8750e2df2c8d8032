"""The engine on JAX: the reference's walk over the formulas, compiled by XLA for whatever device JAX finds.

Weights are arguments of what is compiled, never part of it, so that training does not compile again. What depends on
shapes does: each length of text, each choice of tensors to keep. Products are computed in full float32 everywhere,
where JAX would take fewer digits on an accelerator.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pellucid.cached import cached_property
from pellucid.files.weights import place, stored_shapes
from pellucid.graph import Graph, Tensor
from pellucid.graph.axes import TIME
from pellucid.graph.op import Op
from pellucid.run.engine import Pass, inputs
from pellucid.run.interventions import Intervention
from pellucid.run.parameters import Parameters, padded, view
from pellucid.run.reference import ReferenceEngine, along_time, looking_back, pass_of, walk

MOST = 16
"""How many programs, one for each choice of tensors to keep, are held for the next text."""

Array = Any
"""A jax.Array, or what stands for one while a function is being compiled."""

Arrays = dict[str, Array]


class JaxEngine:
    """Passes over inputs of any shape, from any thread."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.graph = parameters.graph
        self._program = lru_cache(MOST)(self._compile)
        self._held = parameters.snapshot, Arrays()

    def run(
        self,
        given: Mapping[str, np.ndarray],
        keep: Collection[str] | None = None,
        interventions: Sequence[Intervention] = (),
    ) -> Pass:
        if interventions:
            return ReferenceEngine(self.parameters, plain=self).run(given, keep, interventions)
        names = None if keep is None else frozenset(keep)
        ops, program = self._program(names)
        values = {**given, **program(self.weights(ops), dict(given))}
        return pass_of(values, names)

    def _compile(self, names: frozenset[str] | None) -> tuple[list[Op], Callable[[Arrays, Arrays], Arrays]]:
        ops = self.graph.ops if names is None else self.graph.ancestors(list(names))
        made = [op.name for op in ops if names is None or op.name in names]

        def compute(stored: Arrays, given: Arrays) -> Arrays:
            values = walk_in_full({**named(self.graph, stored), **given}, ops)
            return {name: values[name] for name in made}

        return ops, jax.jit(compute)

    def weights(self, ops: Iterable[Op]) -> Arrays:
        """The stored arrays that these ops read, on the device: brought there again when the weights have changed."""
        snapshot = self.parameters.snapshot
        if self._held[0] != snapshot:
            self._held = snapshot, {}
        held, read = self._held[1], {operand for op in ops for operand in op.operands}
        keys = [place(weight).key for weight in self.graph.weights() if weight in read]
        for key in keys:
            if key not in held:
                held[key] = jnp.asarray(self.parameters.stored[key])
        return {key: held[key] for key in keys}

    def decode(self) -> "JaxDecoder":
        return JaxDecoder(self, self._reading)

    @cached_property
    def _reading(self) -> "Reading":
        return Reading(self.graph)

    def learn(self, given: Mapping[str, np.ndarray]) -> "JaxLearner":
        return JaxLearner(self)


def walk_in_full(values: Arrays, ops: Sequence[Op], **how: Any) -> Arrays:
    """The reference's walk, with products in full float32."""
    with jax.default_matmul_precision("highest"):
        return walk(ops, values, xp=jnp, **how)


def named(graph: Graph, stored: Mapping[str, Array]) -> Arrays:
    """Every weight that is one of these stored arrays, or part of one, by its own name."""
    return {
        weight.name: view(graph, weight, stored[place(weight).key])
        for weight in graph.weights()
        if place(weight).key in stored
    }


class JaxLearner:
    """A loss and its gradients, in one program."""

    def __init__(self, engine: JaxEngine) -> None:
        self._engine = engine
        graph = engine.graph
        self._names = graph.loss.name, graph.outputs.logits.name
        self._step = jax.jit(learning(graph))
        _, self.gradient = Parameters.zeros(graph)

    def step(self, given: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        loss, logits, self.gradient[...] = self._step(self._engine.weights(self._engine.graph.ops), dict(given))
        return dict(zip(self._names, (np.asarray(loss), np.asarray(logits)), strict=True))


def learning(graph: Graph) -> Callable[[Arrays, Arrays], tuple[Array, Array, Array]]:
    """A function from stored arrays and inputs to the loss, the logits and the flat gradient of every weight."""
    whole, loss, logits = graph.gradients(), graph.loss.name, graph.outputs.logits.name
    gradients = {of.name: name for name, tensor in whole.tensors.items() if (of := tensor.gradient_of) and of.fixed}
    ops = whole.ancestors([loss, logits, *gradients.values()])

    def compute(stored: Arrays, given: Arrays) -> tuple[Array, Array, Array]:
        values = walk_in_full({**named(graph, stored), **given}, ops)
        found = {name: values[gradient] for name, gradient in gradients.items()}
        return values[loss], values[logits], flat(graph, found)

    return compute


def flat(graph: Graph, values: Mapping[str, Array]) -> Array:
    """The numbers of all weights in one array, laid out as `Parameters.zeros` does; zeros where a weight has none."""
    parts: dict[str, list[Tensor]] = {}
    for weight in sorted(graph.weights(), key=lambda weight: place(weight).part[0]):
        parts.setdefault(place(weight).key, []).append(weight)
    pieces = []
    for key in stored_shapes(graph):
        joined = jnp.concatenate([merged(graph, weight, values) for weight in parts[key]], axis=-1).ravel()
        pieces.append(jnp.pad(joined, (0, padded(joined.size) - joined.size)))
    return jnp.concatenate(pieces)


def merged(graph: Graph, weight: Tensor, values: Mapping[str, Array]) -> Array:
    """The numbers of a weight with the dimensions that its part of a checkpoint has."""
    layout = place(weight).layout
    dimensions = [math.prod(graph.sizes[axis] for axis in axes) for axes in layout]
    if weight.name not in values:
        return jnp.zeros(dimensions, jnp.float32)
    order = [weight.axes.index(axis) for axes in layout for axis in axes]
    return values[weight.name].transpose(order).reshape(dimensions)


class Reading:
    """The pass of a decoder over further tokens, compiled once for all decoders of an engine.

    Kept tensors have the length of the whole context, so that their shapes never change. Behind the tokens read so far
    they hold whatever an earlier step left there; that is never looked at, because no position reads a later one.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.with_the_past, self.newest_alone, self.kept = looking_back(graph)
        self.ops = [*self.with_the_past, *self.newest_alone]
        self.time = along_time(graph)
        self.step = jax.jit(self._step, donate_argnums=1)

    def nothing(self) -> Arrays:
        """The kept tensors before anything has been read."""
        return {tensor.name: jnp.zeros(self.graph.shape(tensor), jnp.float32) for tensor in self.kept}

    def _step(self, stored: Arrays, kept: Arrays, tokens: Array, first: Array, last: Array) -> tuple[Array, Arrays]:
        """The logits after the token at index `last` of those given, of which the first has the position `first`."""
        graph, time, now = self.graph, self.time, dict(kept)
        values: Arrays = {**named(graph, stored), **inputs(graph, tokens)}
        if positions := graph.inputs.positions:
            values[positions.name] += first

        def observer(name: str, array: Array) -> Array:
            """Add what later positions look back at to what is kept of earlier ones."""
            if name in kept:
                now[name] = jax.lax.dynamic_update_slice_in_dim(kept[name], array, first, time[name])
            return now.get(name, array)

        def newest(name: str, array: Array) -> Array:
            return jax.lax.dynamic_slice_in_dim(array, first + last if name in kept else last, 1, time[name])

        walk_in_full(values, self.with_the_past, observer=observer, first=first)
        values |= {name: newest(name, array) for name, array in values.items() if name in time}
        walk_in_full(values, self.newest_alone, first=first + last)
        return values[graph.outputs.logits.name][0], now


class JaxDecoder:
    """Reads a text: the first tokens at once, filled up to the whole context, and further ones one by one.

    So two programs serve all texts, whatever their lengths.
    """

    def __init__(self, engine: JaxEngine, reading: Reading) -> None:
        self._engine, self._reading = engine, reading
        self._kept = reading.nothing()
        self._context = engine.graph.sizes[TIME]
        self.length = 0

    def logits(self, tokens: Sequence[int]) -> np.ndarray:
        if self.length + len(tokens) > self._context:
            raise ValueError(f"{self.length + len(tokens)} tokens are more than the context of {self._context}")
        at_once = len(tokens) if self.length == 0 else 1
        for start in range(0, len(tokens), at_once):
            last = self._read(tokens[start : start + at_once])
        return np.asarray(last)

    def _read(self, tokens: Sequence[int]) -> Array:
        filled = np.zeros(1 if len(tokens) == 1 else self._context, np.int32)
        filled[: len(tokens)] = tokens
        weights = self._engine.weights(self._reading.ops)
        logits, self._kept = self._reading.step(weights, self._kept, filled, self.length, len(tokens) - 1)
        self.length += len(tokens)
        return logits
