"""Backward kernels: from the gradient of a program's last tensor to the gradients of its weights.

They compute what the derivatives of the formulas say (graph/derive.py), and take back at one go what forward.py
joined: the gradient passes from a normalisation or a softmax straight to its x, by way of the statistics too, and
linear maps side by side are one product again. A tensor's gradient lies in a second buffer where the tensor lies in the
first; weights' gradients are written where the caller wants them.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy import add, copyto, divide, dot, equal, exp, matmul, multiply, subtract

from pellucid.graph.op import Op
from pellucid.run.numpy.forward import GELU_CUBIC, GELU_SCALE, Kernel, Step, as_one_map, constant, earlier
from pellucid.run.numpy.memory import FLOAT, Memory, address, as_matrix, new_buffer, pieces
from pellucid.run.numpy.patterns import (
    ADD,
    CROSS_ENTROPY,
    EXPONENTIAL_SUM,
    GELU,
    LINEAR,
    LINEAR_WITH_BIAS,
    LOOKUP,
    MASK,
    MAXIMUM,
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
from pellucid.run.parameters import Parameters


class Gradients:
    """The gradient of every tensor, as the sum of what its readers contribute, while the backward pass is compiled."""

    def __init__(self, memory: Memory, weights: Parameters) -> None:
        self.memory = memory
        self.weights = weights
        self.steps: list[Step] = []
        self._buffer = new_buffer(memory.buffer.nbytes)
        self._buffer[:] = 0
        self._contributions: dict[str, list[np.ndarray]] = {}
        self._taken: set[str] = set()

    def mirror(self, array: np.ndarray) -> np.ndarray:
        """The place in the gradients' buffer that corresponds to an array in the memory's."""
        return np.ndarray(array.shape, array.dtype, self._buffer, self.memory.offset(array), array.strides)

    def own(self, name: str) -> np.ndarray:
        """Where the gradient of a tensor belongs."""
        return self.weights[name] if name in self.weights else self.mirror(self.memory.arrays[name])

    def place(self, name: str) -> np.ndarray:
        """An array, laid out like the tensor, that a reader is to write its contribution into."""
        array = np.empty_like(self.own(name)) if name in self._taken else self.own(name)
        self._taken.add(name)
        self.pass_on(name, array)
        return array

    def place_rows(self, name: str) -> np.ndarray:
        """The same as a matrix of the last axis' rows."""
        place = self.place(name)
        return place.reshape(-1, place.shape[-1])

    def pass_on(self, name: str, gradient: np.ndarray) -> None:
        """Contribute an array that is there already and stays as it is."""
        self._contributions.setdefault(name, []).append(gradient)

    def untouched(self, name: str) -> bool:
        return name not in self._contributions

    def total(self, name: str) -> np.ndarray | None:
        """The gradient of a tensor all of whose readers have contributed, or None where none has."""
        if name not in self._contributions:
            return None
        total, *others = self._contributions[name]
        for other in others:
            self.steps.append(partial(add, total, other, self.own(name)))
            total = self.own(name)
        self._contributions[name] = [total]
        return total

    def settle(self, name: str) -> None:
        """Put the total where it belongs."""
        total = self.total(name)
        if total is not None and address(total) != address(self.own(name)):
            self.steps.append(partial(copyto, self.own(name), total))


def compile_backward(kernels: Sequence[Kernel], memory: Memory, weights: Parameters) -> list[Step]:
    """The kernel that writes the gradient of the last op's output, one number, by every weight into `weights`."""
    gradients = Gradients(memory, weights)
    last = kernels[-1].ops[-1]
    gradients.pass_on(last.name, np.ones_like(memory.arrays[last.name]))
    for kernel in reversed(kernels):
        if len(kernel.ops) > 1 and kernel.ops[0] in memory.linear_maps:
            gradients.steps += side_by_side(gradients, kernel)
            continue
        for op in reversed(kernel.ops):
            gradient = gradients.total(op.name)
            if gradient is None:
                continue
            try:
                gradients.steps += BUILDERS.get(op.shape, as_stated)(gradients, op, gradient)
            except Unfit:
                gradients.steps += as_stated(gradients, op, gradient)
    for name in weights:
        gradients.settle(name)
    return gradients.steps


def as_stated(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    """The gradient as the formula's own derivatives say it."""
    memory = gradients.memory
    operands, output = memory.operands(op), memory.arrays[op.name]
    # What is read from outside, such as positions, has no gradient, whatever it is multiplied by.
    differentiable = [
        place for place, operand in enumerate(op.operands) if operand in op.derivatives and operand.kind != "input"
    ]
    # An operand that stands twice is differentiated once.
    first = {op.operands[place]: place for place in reversed(differentiable)}
    places = {place: gradients.place(op.operand_names[place]) for place in sorted(first.values())}

    def run() -> None:
        shares = op.vjp(operands, output, gradient, np)
        for place, where in places.items():
            share = np.asarray(shares[place])
            # What all texts share, such as embeddings of positions, gets the sum over the batch.
            where[...] = share if share.ndim == where.ndim else share.sum(0)

    return [run]


def addition(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    """The sum's gradient is each addend's, added up over the batch for an addend that has none."""
    require_alike(op)
    steps: list[Step] = []
    for name, addend in zip(op.operand_names, gradients.memory.operands(op), strict=True):
        if addend.shape == gradient.shape:
            gradients.pass_on(name, gradient)
        else:
            rows = gradient.reshape(-1, addend.size)
            steps.append(partial(dot, np.ones(len(rows), FLOAT), rows, gradients.place(name).reshape(-1)))
    return steps


def lookup(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    """A product with one-hot rows, where the table is no longer than the text."""
    require_lookup(op)
    table, row = gradients.memory.operands(op)
    down = as_matrix(gradient, table.shape[1])
    if len(table) > len(down):
        raise Unfit
    rows, numbers = row.reshape(-1), np.arange(len(table))[:, None]
    chosen = np.empty((len(table), len(down)), FLOAT)
    return [partial(equal, numbers, rows, chosen), product(chosen, down, gradients.place(op.operand_names[0]))]


def layer_norm(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    """From a normalisation to its scale, its shift and, by way of mean and deviation too, its x.

    With n the normal numbers and g the gradient times the scale, x gets (g - mean(g) - n mean(g n)) / deviation.
    """
    memory = gradients.memory
    normal, down = memory.kept(op, "normal"), as_matrix(gradient, gradient.shape[-1])
    x, _, deviation, weight, bias = op.operand_names
    to_x, to_weight, to_bias = gradients.place_rows(x), gradients.place(weight), gradients.place(bias)
    scale, deviations = memory.arrays[weight], memory.arrays[deviation].reshape(-1, 1)
    ones, (means, slopes) = np.ones(len(down), FLOAT), np.empty((2, len(down)), FLOAT)
    mean_column, slope_column = means[:, None], slopes[:, None]
    averaging, share = np.empty_like(scale), constant(1 / len(scale))
    products = memory.scratch(down.shape)

    def run() -> None:
        multiply(down, normal, products)
        dot(ones, down, to_bias)
        dot(ones, products, to_weight)
        multiply(scale, share, averaging)
        dot(down, averaging, means)
        dot(products, averaging, slopes)
        multiply(normal, slope_column, products)
        multiply(down, scale, to_x)
        subtract(to_x, products, to_x)
        subtract(to_x, mean_column, to_x)
        divide(to_x, deviations, to_x)

    return [run]


def side_by_side(gradients: Gradients, kernel: Kernel) -> list[Step]:
    """Linear maps that the forward pass joined."""
    group = [gradients.memory.linear_maps[op] for op in kernel.ops]
    for op in kernel.ops:
        gradients.settle(op.name)
    down = gradients.mirror(gradients.memory.products[kernel.ops[0].name])
    if all(gradients.untouched(name) for op in kernel.ops for name in op.operand_names[1:]):
        return linear_map(gradients, group, down)
    parts = [down[:, place * own.width : (place + 1) * own.width] for place, own in enumerate(group)]
    return [step for own, part in zip(group, parts, strict=True) for step in linear_map(gradients, [own], part)]


def linear(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    own = gradients.memory.linear_maps.get(op)
    if own is None:
        return product_by_heads(gradients, op, gradient)
    if op.name not in gradients.memory.products:
        raise Unfit
    return linear_map(gradients, [own], as_matrix(own.to_output.inverse()(gradient), own.width))


def linear_map(gradients: Gradients, group: Sequence[LinearMap], down: np.ndarray) -> list[Step]:
    """From the gradient of a matrix product (`down`) to the matrix, the bias and the rows it was made of."""
    memory, own = gradients.memory, group[0]
    rows = as_matrix(own.to_rows(memory.operands(own.op)[0]), own.inner)
    matrix, _ = as_one_map(group, memory.arrays, memory.parameters.stored)
    places = {name: gradients.place(name) for each in group for name in each.op.operand_names[1:]}
    to_matrix, to_bias = as_one_map(group, places, gradients.weights.stored)
    to_rows = as_matrix(own.to_rows(gradients.place(own.op.operand_names[0])), own.inner)
    steps = [product(rows.T, down, to_matrix), product(down, matrix.T, to_rows)]
    return steps if to_bias is None else [*steps, partial(dot, np.ones(len(down), FLOAT), down, to_bias)]


def product(a: np.ndarray, b: np.ndarray, output: np.ndarray) -> Step:
    """The matrix product into an array of any layout; `dot`, the quickest to start, wants whole rows."""
    if output.flags.c_contiguous:
        return partial(dot, a, b, output)
    if output.flags.f_contiguous:
        return partial(dot, b.T, a.T, output.T)
    return partial(matmul, a, b, output)


def scores(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    require_matrices(op, turned=True)
    q, k = side_by_side_with(gradient, gradients.memory.operands(op))
    to_q, to_k = (gradients.place(name) for name in op.operand_names)
    scaled, factor = gradients.memory.scratch(gradient.shape), constant(1 / math.sqrt(q.shape[-1]))
    turned = scaled.swapaxes(-1, -2)
    return [
        partial(multiply, gradient, factor, scaled),
        partial(matmul, scaled, k, to_q),
        partial(matmul, turned, q, to_k),
    ]


def causal_mask(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    require_causal(op)
    seen = earlier(*gradient.shape[-2:]).astype(FLOAT)
    return [partial(multiply, gradient, seen, gradients.place(op.operand_names[0]))]


def check_statistics(memory: Memory, op: Op) -> None:
    """Raises Unfit unless the op's second and third operand are the maximum and sum of exponentials of its first."""
    x, largest, total = op.operands[:3]
    maximum, summed = memory.reader(MAXIMUM, x), memory.reader(EXPONENTIAL_SUM, x, largest)
    if maximum is None or maximum.output is not largest or summed is None or summed.output is not total:
        raise Unfit
    require_rows(maximum, "x")
    require_rows(summed, "xm")


def softmax(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    """From proportions p, with gradient g, to x, by way of maximum and sum too: p (g - Σ g p)."""
    check_statistics(gradients.memory, op)
    require_rows(op, "xmm")
    proportions, down = gradients.memory.rows(op.output), as_matrix(gradient, gradient.shape[-1])
    sums, ones = np.empty(len(down), FLOAT), np.ones(down.shape[1], FLOAT)
    to_x = gradients.place_rows(op.operand_names[0])

    def step(down: np.ndarray, proportions: np.ndarray, to_x: np.ndarray, sums: np.ndarray) -> Step:
        sum_column = sums[:, None]

        def run() -> None:
            multiply(down, proportions, to_x)
            dot(to_x, ones, sums)
            subtract(down, sum_column, to_x)
            multiply(to_x, proportions, to_x)

        return run

    return [step(*piece) for piece in pieces(down, proportions, to_x, sums)]


def cross_entropy(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    """From the mean surprise to x, by way of maximum and sum too: (softmax(x) - one-hot) / N where one is asked."""
    memory = gradients.memory
    check_statistics(memory, op)
    x, *others = op.operands
    if op.letters(0) != (*x.axes[:-1], f"@{op.roles[3]}") or any(other.axes != x.axes[:-1] for other in others):
        raise Unfit
    rows = memory.rows(op.operands[0])
    _, largest, total, target = (operand.reshape(-1) for operand in memory.operands(op))
    largest_column = largest[:, None]
    to_x = gradients.place_rows(op.operand_names[0])
    flat, starts = to_x.reshape(-1), np.arange(0, to_x.size, to_x.shape[1])

    def run() -> None:
        counted = target >= 0
        share = (counted * (gradient / counted.sum())).astype(FLOAT)
        subtract(rows, largest_column, to_x)
        exp(to_x, to_x)
        multiply(to_x, (share / total)[:, None], to_x)
        flat[starts + target * counted] -= share

    return [run]


def side_by_side_with(gradient: np.ndarray, matrices: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    """The matrices. Raises Unfit where one is shared by the batch: its gradient is a sum over all texts."""
    if any(matrix.shape[:-2] != gradient.shape[:-2] for matrix in matrices):
        raise Unfit
    return matrices


def product_by_heads(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    require_matrices(op, turned=False)
    pattern, v = side_by_side_with(gradient, gradients.memory.operands(op))
    to_pattern, to_v = (gradients.place(name) for name in op.operand_names)
    return [
        partial(matmul, gradient, v.swapaxes(-1, -2), to_pattern),
        partial(matmul, pattern.swapaxes(-1, -2), gradient, to_v),
    ]


def gelu(gradients: Gradients, op: Op, gradient: np.ndarray) -> list[Step]:
    require_alike(op)
    memory = gradients.memory
    gate, x, down = memory.kept(op, "gate"), memory.rows(op.operands[0]), as_matrix(gradient, gradient.shape[-1])
    to_x = gradients.place_rows(op.operand_names[0])
    return [gelu_of(*piece) for piece in pieces(x, gate, down, to_x, memory.scratch(x.shape))]


def gelu_of(x: np.ndarray, gate: np.ndarray, down: np.ndarray, to_x: np.ndarray, closed: np.ndarray) -> Step:
    """With the gate h = ½ (1 + tanh(u)) kept from the forward pass, the slope is h (1 + 2 (1 - h) x du/dx)."""
    twice_scale, six_cubic, one = map(constant, (2 * GELU_SCALE, 6 * GELU_SCALE * GELU_CUBIC, 1))

    def run() -> None:
        multiply(x, x, to_x)
        multiply(to_x, six_cubic, to_x)
        add(to_x, twice_scale, to_x)
        multiply(to_x, x, to_x)
        subtract(one, gate, closed)
        multiply(to_x, closed, to_x)
        add(to_x, one, to_x)
        multiply(to_x, gate, to_x)
        multiply(to_x, down, to_x)

    return run


BUILDERS: dict[str, Callable[[Gradients, Op, np.ndarray], list[Step]]] = {
    ADD: addition,
    MASK: causal_mask,
    CROSS_ENTROPY: cross_entropy,
    GELU: gelu,
    LINEAR: linear,
    LINEAR_WITH_BIAS: linear,
    LOOKUP: lookup,
    NORMALISE: layer_norm,
    SCORES: scores,
    SOFTMAX: softmax,
}
"""The kernel for each shape of formula. It raises Unfit, if at all, before it asks for a place to write to."""
