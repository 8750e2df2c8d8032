"""Ops compiled to kernels: closures over arrays bound beforehand, for several ops at once where they share work.

The formulas (graph/ops.py) stay the reference; a kernel computes the same numbers. Which ops belong together is found
from the shape of their formulas and from their operands, never from names; an op that no kernel here fits is computed
as its formula says.

* `layer_norm`: mean, deviation and normalisation of the same x share the centred x.
* `softmax`: row maximum, sum of exponentials and softmax of the same x share the exponentials.
* `linear`: maps of the same x whose weights are the adjacent parts of one stored array are one matrix product.

Constants are arrays without axes, sums over short rows are products with ones, and matrices go through `dot`: where
arrays are small, NumPy takes longer to understand a call than to compute it, and it understands these soonest.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy import add, divide, dot, exp, matmul, maximum, minimum, multiply, sqrt, subtract, tanh

from pellucid.graph.facts import constant_of
from pellucid.graph.op import Op
from pellucid.graph.ops import EPSILON
from pellucid.run.numpy.memory import FLOAT, PIECE, Memory, as_matrix, pieces
from pellucid.run.numpy.patterns import (
    ADD,
    DEVIATION,
    EXPONENTIAL_SUM,
    GELU,
    LINEAR,
    LINEAR_WITH_BIAS,
    LOOKUP,
    MASK,
    MAXIMUM,
    MEAN,
    NORMALISE,
    SCORES,
    SOFTMAX,
    LinearMap,
    Unfit,
    require_alike,
    require_causal,
    require_lookup,
    require_matrices,
    require_rows,
)

GELU_SCALE = math.sqrt(2 / math.pi)
GELU_CUBIC = 0.044715

Step = Callable[[], object]
"""A part of a pass; it works on the arrays that it is bound to."""


@dataclass(frozen=True)
class Kernel:
    """The kernel that computes the outputs of `ops`, all at once."""

    ops: tuple[Op, ...]
    run: Step


def compile_forward(ops: Sequence[Op], memory: Memory) -> list[Kernel]:
    """Kernels that make the outputs of all ops, in an order in which each finds its operands made."""
    kernels: list[Kernel] = []
    made: set[Op] = set()
    for op in ops:
        if op in made:
            continue
        try:
            kernel = BUILDERS.get(op.shape, as_stated)(memory, op)
        except Unfit:
            kernel = as_stated(memory, op)
        kernels.append(kernel)
        made.update(kernel.ops)
        memory.let_go(made)
    return kernels


def constant(value: float) -> np.ndarray:
    return np.array(value, FLOAT)


def in_turn(steps: Sequence[Step]) -> Step:
    """One kernel that runs the steps one after the other."""
    if len(steps) == 1:
        return steps[0]

    def run() -> None:
        for step in steps:
            step()

    return run


def as_stated(memory: Memory, op: Op) -> Kernel:
    """The op's own computation."""
    operands, output = memory.operands(op), memory.make(op.output)

    def run() -> None:
        output[...] = op.compute(np, *operands)

    return Kernel((op,), run)


def lookup(memory: Memory, op: Op) -> Kernel:
    require_lookup(op)
    table, row = memory.operands(op)
    output = memory.make(op.output)
    if not output.flags.c_contiguous:
        raise Unfit
    return Kernel((op,), partial(table.take, row, 0, output))


def addition(memory: Memory, op: Op) -> Kernel:
    require_alike(op)
    return Kernel((op,), partial(add, *memory.operands(op), memory.make(op.output)))


def layer_norm(memory: Memory, mean: Op) -> Kernel:
    """Mean, deviation and normalisation of the same x."""
    (x,) = mean.operands
    deviation = memory.reader(DEVIATION, x, mean.output)
    normalise = deviation and memory.reader(NORMALISE, x, mean.output, deviation.output)
    if deviation is None or normalise is None:
        raise Unfit
    for op, kinds in ((mean, "x"), (deviation, "xm"), (normalise, "xmmcc")):
        require_rows(op, kinds)
    if any(name not in memory.arrays for name in normalise.operand_names[3:]):
        raise Unfit
    rows, output = memory.rows(x), memory.rows(normalise.output)
    means, deviations = memory.make(mean.output).reshape(-1), memory.make(deviation.output).reshape(-1)
    mean_column, deviation_column = means[:, None], deviations[:, None]
    scale, shift = (memory.arrays[name] for name in normalise.operand_names[3:])
    normal = memory.keep(normalise, "normal", rows.shape)
    squares = memory.scratch(rows.shape, 1)
    share = np.full(rows.shape[1], 1 / rows.shape[1], FLOAT)
    epsilon = constant(constant_of(deviation.formula, EPSILON))

    def run() -> None:
        dot(rows, share, means)
        subtract(rows, mean_column, normal)
        multiply(normal, normal, squares)
        dot(squares, share, deviations)
        add(deviations, epsilon, deviations)
        sqrt(deviations, deviations)
        divide(normal, deviation_column, normal)
        multiply(normal, scale, output)
        add(output, shift, output)

    return Kernel((mean, deviation, normalise), run)


def linear(memory: Memory, op: Op) -> Kernel:
    """A linear map, or all those that read the same x with the adjacent parts of one stored matrix."""
    own = memory.linear_maps.get(op)
    if own is None:
        return product_by_heads(memory, op)
    group = side_by_side(memory, own)
    x = own.to_rows(memory.arrays[op.operand_names[0]])
    rows = as_matrix(x, own.inner)
    matrix, bias = as_one_map(group, memory.arrays, memory.parameters.stored)
    product = memory.products[op.name] = memory.take((len(rows), matrix.shape[1]))
    for place, each in enumerate(group):
        part = product[:, place * own.width : (place + 1) * own.width]
        memory.arrays[each.op.name] = each.to_output(part.reshape(x.shape[: x.ndim - len(own.summed)] + own.columns))

    def run() -> None:
        dot(rows, matrix, product)
        if bias is not None:
            add(product, bias, product)

    return Kernel(tuple(each.op for each in group), run)


def side_by_side(memory: Memory, own: LinearMap) -> tuple[LinearMap, ...]:
    """The linear maps of the same x that are stored in the same arrays, all parts in order; else this one alone."""

    def stored(other: LinearMap) -> list[object]:
        places = [weight.stored for weight in other.op.operands[1:]]
        return [place and (place.key, place.layout, place.part[1]) for place in places]

    place = own.op.operands[1].stored
    if place is None or place.layout != (own.summed, own.kept):
        return (own,)
    parts = {
        where.part[0]: other
        for other in memory.linear_maps.values()
        if other.op.operands[0] is own.op.operands[0]
        and stored(other) == stored(own)
        and (where := other.op.operands[1].stored)
    }
    return tuple(parts[part] for part in range(place.part[1])) if len(parts) == place.part[1] else (own,)


def as_one_map(
    group: Sequence[LinearMap], named: Mapping[str, np.ndarray], stored: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray | None]:
    """The matrix (inner by width) and the bias of linear maps side by side, as views. Raises Unfit where it cannot."""
    own = group[0]
    if len(group) > 1:
        arrays = [stored[place.key] for weight in own.op.operands[1:] if (place := weight.stored)]
    else:
        matrix = as_matrix(own.to_matrix(named[own.op.operand_names[1]]), own.width)
        arrays = [matrix, *(named[name].reshape(-1) for name in own.op.operand_names[2:])]
    return arrays[0], arrays[1] if own.biased else None


def scores(memory: Memory, op: Op) -> Kernel:
    require_matrices(op, turned=True)
    q, k = memory.operands(op)
    output, keys, factor = memory.make(op.output), k.swapaxes(-1, -2), constant(1 / math.sqrt(q.shape[-1]))

    def run() -> None:
        matmul(q, keys, output)
        multiply(output, factor, output)

    return Kernel((op,), run)


@lru_cache(maxsize=64)
def earlier(queries: int, keys: int) -> np.ndarray:
    """True where a query may look: at its own position and before."""
    return np.tri(queries, keys, dtype=bool)


@lru_cache(maxsize=2)
def ceiling(shape: tuple[int, ...]) -> np.ndarray:
    """The largest value that a query may see of a key: any at earlier positions, −∞ at later ones.

    Where it is small it is repeated to the whole shape, which spares `minimum` the broadcasting: 0.3 µs, not 1.5.
    """
    least = np.where(earlier(*shape[-2:]), np.float32(np.inf), np.float32(-np.inf))
    whole = np.broadcast_to(least, shape)
    return whole.copy() if whole.size <= PIECE else least


def causal_mask(memory: Memory, op: Op) -> Kernel:
    require_causal(op)
    (x,) = memory.operands(op)
    return Kernel((op,), partial(minimum, x, ceiling(x.shape), out=memory.make(op.output)))


def softmax(memory: Memory, largest: Op) -> Kernel:
    """Row maximum, sum of exponentials and, where it is asked for, softmax of the same x."""
    (x,) = largest.operands
    total = memory.reader(EXPONENTIAL_SUM, x, largest.output)
    if total is None:
        raise Unfit
    proportions = memory.reader(SOFTMAX, x, largest.output, total.output)
    for op, kinds in ((largest, "x"), (total, "xm"), *([(proportions, "xmm")] if proportions else [])):
        require_rows(op, kinds)
    rows = memory.rows(x)
    exponentials = memory.rows(proportions.output) if proportions else memory.scratch(rows.shape)
    maxima, sums = memory.make(largest.output).reshape(-1), memory.make(total.output).reshape(-1)
    divided = proportions is not None
    steps = [softmax_of(memory, divided, *piece) for piece in pieces(rows, maxima, exponentials, sums)]
    return Kernel((largest, total, proportions) if proportions else (largest, total), in_turn(steps))


def softmax_of(
    memory: Memory, divided: bool, rows: np.ndarray, maxima: np.ndarray, exponentials: np.ndarray, sums: np.ndarray
) -> Step:
    find_maxima, add_up = row_maxima(memory, rows, maxima), row_sums(exponentials, sums)
    maximum_column, sum_column = maxima[:, None], sums[:, None]

    def run() -> None:
        find_maxima()
        subtract(rows, maximum_column, exponentials)
        exp(exponentials, exponentials)
        add_up()
        if divided:
            divide(exponentials, sum_column, exponentials)

    return run


SHORT, LONG = 64, 1024
"""Rows of fewer numbers than SHORT become columns to find their maxima; rows of more than LONG are summed pairwise."""


def row_maxima(memory: Memory, rows: np.ndarray, maxima: np.ndarray) -> Step:
    """The largest number of each row. `maximum` starts slowly on each: 1,056 rows of 11 take 43 µs, as columns 5."""
    if rows.shape[1] >= SHORT:
        return partial(maximum.reduce, rows, -1, out=maxima)
    turned, columns = rows.T, memory.scratch(rows.shape[::-1])

    def run() -> None:
        columns[...] = turned
        maximum.reduce(columns, 0, out=maxima)

    return run


def row_sums(rows: np.ndarray, sums: np.ndarray) -> Step:
    """The sum of each row."""
    if rows.shape[1] > LONG:
        return partial(add.reduce, rows, -1, out=sums)
    return partial(dot, rows, np.ones(rows.shape[1], FLOAT), sums)


def product_by_heads(memory: Memory, op: Op) -> Kernel:
    """A matrix product for every head, such as the values gathered by a pattern."""
    require_matrices(op, turned=False)
    return Kernel((op,), partial(matmul, *memory.operands(op), memory.make(op.output)))


def gelu(memory: Memory, op: Op) -> Kernel:
    require_alike(op)
    x, output = memory.rows(op.operands[0]), memory.rows(op.output)
    gate = memory.keep(op, "gate", x.shape)
    return Kernel((op,), in_turn([gelu_of(*piece) for piece in pieces(x, gate, output)]))


def gelu_of(x: np.ndarray, gate: np.ndarray, output: np.ndarray) -> Step:
    """The gate is ½ (1 + tanh(u)), the output x times the gate."""
    scale, cubic, one, half = map(constant, (GELU_SCALE, GELU_SCALE * GELU_CUBIC, 1, 0.5))

    def run() -> None:
        multiply(x, x, gate)
        multiply(gate, cubic, gate)
        add(gate, scale, gate)
        multiply(gate, x, gate)
        tanh(gate, gate)
        add(gate, one, gate)
        multiply(gate, half, gate)
        multiply(gate, x, output)

    return run


BUILDERS: dict[str, Callable[[Memory, Op], Kernel]] = {
    ADD: addition,
    MASK: causal_mask,
    GELU: gelu,
    LINEAR: linear,
    LINEAR_WITH_BIAS: linear,
    LOOKUP: lookup,
    MEAN: layer_norm,
    MAXIMUM: softmax,
    SCORES: scores,
}
"""What fits a formula of each shape, or the first of what is computed at once. It raises Unfit before it places
anything that the op's own computation would have to place elsewhere."""
