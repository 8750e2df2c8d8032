"""A pass as a linear one: with attention patterns, deviations and gates held as they were, every logit is a sum.

An op is linear where each operand's derivative does not depend on what varies; a pattern, whose scores multiply queries
with keys, and a deviation, which has a root, are not, and are held. An activation function is a gate on its own
argument, GELU(x) = x · GELU(x)/x, and the gate is held. What is left is a graph as any other (Elhage et al. 2021, who
hold the patterns): its gradients say exactly what each number contributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.cached import cached_property
from pellucid.graph import Graph, PellucidError, Tensor, ops
from pellucid.graph.compute import Computation
from pellucid.graph.formula import Cell, Formula, Reduction, cells, total, walk
from pellucid.graph.op import Op, gradient_of, op
from pellucid.run.reference import walk as compute
from pellucid.run.trace import Run
from pellucid.why.measurement import a_run, logits_of, position_of, token_of

ADDITION = "add"
HEADS = "h"


@op("weighted total")
def weighted_total(x: Cell, weight: Cell) -> Formula:
    """`out = Σ x · weight`, over all axes: the one number whose gradient is asked for."""
    return total(x * weight, *x.axes)


@dataclass(frozen=True)
class Writer:
    """What adds itself to the residual stream: its tensor, and what that is a linear map of, in parts that can be told
    apart: heads, or channels of an MLP. A writer without parts stands for itself."""

    tensor: Tensor
    op: Op | None
    inner: Tensor
    part: str | None

    @property
    def whole(self) -> bool:
        return self.op is None

    def told(self, inner: np.ndarray) -> np.ndarray:
        """Numbers of the inner tensor (`b` and its axes) added up for each part and position: `b p t`, `b 1 t`."""
        axes = ["b", *self.inner.axes]
        kept = ["b", *([self.part] if self.part else []), "t"]
        letters = {axis: number for number, axis in enumerate(axes)}
        found: np.ndarray = np.einsum(inner, [letters[axis] for axis in axes], [letters[axis] for axis in kept])
        return found if self.part else found[:, None]


class LinearPass:
    """A run without interventions as a linear pass: its graph, its values, and who writes to the residual stream."""

    def __init__(self, run: Run) -> None:
        """Raises PellucidError for a run with interventions, and for a model whose residual stream is not added to."""
        if run.interventions:
            raise PellucidError(
                "changed-run", "This run has interventions: trace the text without any to ask what its numbers are of."
            )
        self.run = run
        self.graph, self.values = linearised(run)
        self.writers, self.stream = writers(self.graph)
        if not self.writers:
            raise PellucidError(
                "no-stream", f"{run.model.name} adds nothing to a residual stream: there is nothing to tell apart."
            )

    @property
    def length(self) -> int:
        return len(self.run.tokens)

    # How what stands in one place depends on the stream before it.

    def reader(self, tensor: Tensor) -> "Reader":
        """What computes the tensor from the state of the stream that it reads."""
        needed, stream = [], None
        wanted = {tensor}
        for one in reversed(self.graph.ops):
            if one.output not in wanted:
                continue
            if one.output.residual and one.output is not tensor:
                stream = one.output
                continue
            needed.append(one)
            wanted.update(one.operands)
        if stream is None:
            raise PellucidError("no-stream", f"{tensor.name} does not read the residual stream.")
        return Reader(self, tensor, stream, needed[::-1])

    def inward(self, writer: Writer, gradient: np.ndarray) -> np.ndarray:
        """From the gradient at what a writer writes (`b t c`) to that at what this is made of (`b` and its axes)."""
        if writer.op is None:
            return gradient
        made = writer.op
        read = [*made.operands, made.output, made.gradient]
        formula = made.derivatives[writer.inner]
        arrays = [self.values[name] for name in (*made.operand_names, made.name)]
        found: np.ndarray = Computation(formula, read, writer.inner.axes, made.sizes)(np, *arrays, gradient)
        return found

    def constant(self, writer: Writer) -> np.ndarray:
        """What a writer writes whatever it reads, `t c`: its bias."""
        if writer.op is None:
            return np.zeros_like(self.values[writer.tensor.name])
        arrays = [
            np.zeros_like(self.values[name]) if name == writer.inner.name else self.values[name]
            for name in writer.op.operand_names
        ]
        found: np.ndarray = writer.op.compute(np, *arrays)
        return found

    def contributions(self, writer: Writer, gradient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What a writer's parts contribute, `b p t`, and what its bias does, `b t`, given the gradient at what it
        writes (`b t c`)."""
        parts = writer.told(self.values[writer.inner.name] * self.inward(writer, gradient))
        return parts, np.einsum("tc,btc->bt", self.constant(writer), gradient)


@dataclass(frozen=True)
class Reader:
    """Ops that compute a tensor from one state of the residual stream, and how they are linear in it."""

    linear: LinearPass
    tensor: Tensor
    stream: Tensor
    ops: Sequence[Op]

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """The gradient at the stream, `b t c`, of the tensor's cells times these weights (`b` and its axes)."""
        values = compute(self._backward.ops, {**self.linear.values, WEIGHTS: weights})
        found: np.ndarray = values[gradient_of(self.stream).name]
        return found

    def constant(self, weights: np.ndarray) -> np.ndarray:
        """What the tensor's cells times these weights come to, `b`, where the stream is zero: all biases on the way."""
        nothing = {**self.linear.values, self.stream.name: np.zeros_like(self.linear.values[self.stream.name])}
        bare = compute(self.ops, nothing)[self.tensor.name]
        found: np.ndarray = (weights * bare).sum(axis=tuple(range(1, weights.ndim)))
        return found

    @cached_property
    def _backward(self) -> Graph:
        """Only the ops behind the gradient at the stream; what they read is all there already."""
        graph = scored(self.linear.graph, self.tensor, [self.linear.graph.makers[self.stream.name], *self.ops])
        wanted = graph.ancestors([gradient_of(self.stream).name])
        made = {one.output for one in wanted if one.output.gradient_of}
        graph.ops = [one for one in wanted if one.output in made]
        return graph


WEIGHTS = "weights of the total"
TOTAL = "weighted total"


def scored(graph: Graph, tensor: Tensor, needed: Sequence[Op]) -> Graph:
    """These ops, the tensor's cells times given weights as one number, and the gradients of that."""
    scored = graph.copy()
    scored.ops = list(needed)
    weights = scored.input(WEIGHTS, " ".join(tensor.axes), "weights", "w")
    scored.apply(weighted_total(tensor, weights), TOTAL, "", "weighted total", "L")
    return scored.gradients(TOTAL)


def linearised(run: Run) -> tuple[Graph, dict[str, np.ndarray]]:
    """The graph of what varies with the text and is linear, up to the logits; and the values of everything in it."""
    graph = run.model.graph
    linear = graph.copy()
    values = {**dict(run.model.parameters.items()), **{name: run[name] for name in run.model.traced}}
    values.update(
        {one.name: run[one.name] for one in graph.tensors.values() if one.kind == "input" and one.name in run}
    )
    varying: set[Tensor] = set()
    linear.ops = []
    for one in graph.ancestors([graph.outputs.logits.name]):
        read = varying & {*one.operands}
        if not read:
            if all(operand.kind in ("weight", "input") for operand in one.operands) and one.output.kind == "activation":
                varying.add(one.output)  # where a text enters: its rows of a table
            continue
        if is_linear(one, read):
            linear.ops.append(one)
        elif bent := bends(one, read):
            linear.ops.append(gated(linear, one, bent, values))
        else:
            continue
        varying.add(one.output)
    return linear, values


def is_linear(made: Op, varying: set[Tensor]) -> bool:
    """Whether the output is a sum of multiples of what varies, and of a constant."""
    try:
        derivatives = made.derivatives
    except ValueError:
        return False
    moved = {made.output, *varying}
    return varying <= derivatives.keys() and not any(
        one.tensor in moved for tensor in varying for one in cells(derivatives[tensor])
    )


def bends(made: Op, varying: set[Tensor]) -> Tensor | None:
    """The operand that the op bends number by number, as activation functions do; None where it does something else."""
    if len(varying) != 1 or any(isinstance(part, Reduction) for part in walk(made.formula)):
        return None
    (operand,) = varying
    own = operand.axes == made.output.axes and made.output.kind == "activation"
    return operand if own and all(one.indices == operand.axes for one in cells(made.formula)) else None


def gated(graph: Graph, made: Op, operand: Tensor, values: dict[str, np.ndarray]) -> Op:
    """The same numbers as a product of the operand and a gate, which becomes an input of the graph."""
    name = f"{made.name}.gate"
    gate = graph.input(name, " ".join(operand.axes), f"gate of {made.output.title}", "g")
    before, after = values[operand.name], values[made.name]
    values[name] = np.divide(after, before, out=np.zeros_like(after), where=before != 0)
    product = ops.gate(operand, gate)
    product.bind(made.output, graph.sizes)
    return product


def writers(graph: Graph) -> tuple[list[Writer], Tensor]:
    """Who adds to the residual stream, in order, and its last state, which the logits are read from."""
    makers = {one.output: one for one in graph.ops}
    found, stream = [], None
    for one in graph.ops:
        if one.kind == ADDITION and one.output.residual:
            stream = one.output
            found += [writer_of(makers.get(added), added) for added in one.operands if not added.residual]
    if stream is None:
        return [], graph.outputs.logits
    return found, stream


def writer_of(made: Op | None, tensor: Tensor) -> Writer:
    """How a tensor that is added to the stream falls into parts."""
    if made is None:
        return Writer(tensor, None, tensor, None)
    for operand in made.operands:
        merged = [axis for axis in operand.axes if axis not in tensor.axes]
        if operand.kind == "activation" and merged:
            return Writer(tensor, made, operand, HEADS if HEADS in merged else merged[0])
    return Writer(tensor, None, tensor, None)


@dataclass(frozen=True)
class Reading:
    """A token's logit at a position, or its difference from another's: cells of `tensor` times `weights` (`1 t v`).
    `name` spells it, `value` is what it comes to."""

    tensor: Tensor
    name: str
    weights: np.ndarray
    value: float


def reading(run: Run, token: object, position: object, against: object = None) -> Reading:
    """Raises PellucidError for a token or a position that there is not."""
    logits, t, asked = logits_of(a_run(run)), position_of(run, position), token_of(run, token)
    array = run[logits.name]
    name, weights = f"{logits.name}[t={t},v={asked}]", np.zeros((1, *array.shape), array.dtype)
    weights[0, t, asked] = 1
    if against is not None:
        other = token_of(run, against)
        weights[0, t, other] -= 1
        name += f" - {logits.name}[t={t},v={other}]"
    return Reading(logits, name, weights, float((weights[0, t] * array[t]).sum()))
