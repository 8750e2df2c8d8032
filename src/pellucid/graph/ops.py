"""The ops of a GPT-2, one class each.

Formulas follow Vaswani et al. 2017 (attention), Ba et al. 2016 (layer norm), Hendrycks and Gimpel 2016 (GELU) and the
code of GPT-2 (Radford et al. 2019). In shapes, letters are the axes of graph/axes.py and `...` is an optional batch.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import ClassVar

import numpy as np

from pellucid.graph.op import (
    Arithmetic,
    Array,
    Cell,
    Index,
    Namespace,
    Op,
    Region,
    Step,
    Term,
    number,
    signed,
    spelled_out,
)
from pellucid.graph.tensor import Tensor


def sum_to(gradient: Array, dimensions: int) -> Array:
    """Sum leading batch dimensions away, so that the gradient fits an operand that had none."""
    extra = gradient.ndim - dimensions
    return gradient.sum(axis=tuple(range(extra))) if extra else gradient


class Reorder:
    """Reorders the last dimensions of arrays, leaving a batch in front alone; calling it costs next to nothing."""

    def __init__(self, order: Sequence[int]) -> None:
        self.rank = len(order)
        self.identity = list(order) == list(range(self.rank))
        self.by_lead = (tuple(order), (0, *(1 + position for position in order)))

    def __call__(self, array: Array) -> Array:
        return array if self.identity else array.transpose(self.by_lead[array.ndim - self.rank])

    def inverse(self) -> "Reorder":
        order = self.by_lead[0]
        return Reorder([order.index(position) for position in range(self.rank)])


class Lookup(Op):
    """Rows of a table: `out[t, c] = table[row[t], c]`."""

    kind, title, roles = "lookup", "look-up", ("table", "row")
    combine = "single"

    def letters(self, place: int) -> tuple[str, ...]:
        return super().letters(place) if place else ("@row", *super().letters(place)[1:])

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        table, row = operands
        return table[row]

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        table, row = operands
        rows, place = np.unique(row, return_inverse=True)
        one_hot = (place.reshape(-1, 1) == np.arange(rows.size)).astype(gradient.dtype)
        total = np.zeros_like(table)
        total[rows] = one_hot.T @ gradient.reshape(-1, table.shape[-1])
        return total, None

    def reads(self, index: Index, operands: Sequence[Array]) -> tuple[Region, ...]:
        (t, c), row = index, int(operands[1][index[0]])
        return ((row, row + 1), (c, c + 1)), ((t, t + 1),)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        row = int(operands[1][index[0]])
        cell = self.cell(0, (row, index[1]), operands)
        which = self.cell(1, index[:1], operands)
        step = Step("look up", rf"\text{{row }} {row}", cell.value)
        return Arithmetic((Term(cell.value, (cell, which), number(cell.value)),), (step,), number(cell.value))

    def formula(self, at: dict[str, int] | None = None) -> str:
        table, row = self.operands
        column = self.output.axes[1]
        chosen = at[column] if at and column in at else column
        return rf"{self.output.indexed(at)} = {table.symbol}_{{{row.indexed(at)},\,{chosen}}}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 0


class Add(Op):
    """The sum of two tensors of the same axes: embeddings, and every residual connection (He et al. 2015)."""

    kind, title, roles = "add", "addition", ("a", "b")

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        a, b = operands
        return a + b

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        a, b = operands
        return sum_to(gradient, a.ndim), sum_to(gradient, b.ndim)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        cells = [self.cell(operand, index, operands) for operand in (0, 1)]
        terms = tuple(Term(cell.value, (cell,), signed(cell.value), cell.tensor.title) for cell in cells)
        step = Step("sum", r"\Sigma", sum(term.value for term in terms))
        return Arithmetic(terms, (step,), spelled_out(terms))

    def formula(self, at: dict[str, int] | None = None) -> str:
        a, b = self.operands
        return f"{self.output.indexed(at)} = {a.indexed(at)} + {b.indexed(at)}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return self.count(self.output, sizes)


class RowOp(Op):
    """What ops over the last axis of their first operand share: `x[..., t, c]` to one number a row, or row by row."""

    def row(self, index: Index, operands: Sequence[Array]) -> list[Cell]:
        """The cells of the row of the first operand that `index` (its first axes) belongs to."""
        length = operands[0].shape[-1]
        rows = len(self.operands[0].axes) - 1
        return [self.cell(0, (*index[:rows], position), operands) for position in range(length)]

    @property
    def along(self) -> str:
        """The letter of the axis that the op runs over."""
        return self.operands[0].axes[-1]

    @property
    def length(self) -> int:
        return self.sizes[self.along]


class Mean(RowOp):
    """The mean over channels: `out[t] = 1/C Σ_c x[t, c]`."""

    kind, title, roles = "mean", "mean", ("x",)

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        (x,) = operands
        return x.sum(-1) / x.shape[-1]

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        (x,) = operands
        return (np.broadcast_to((gradient / x.shape[-1])[..., None], x.shape),)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        terms = tuple(
            Term(cell.value, (cell,), signed(cell.value), f"{self.along}={cell.index[-1]}")
            for cell in self.row(index, operands)
        )
        total, length = math.fsum(term.value for term in terms), len(terms)
        steps = (Step("sum", r"\Sigma", total), Step("divide", rf"\div {length}", total / length))
        return Arithmetic(terms, steps, rf"\frac{{1}}{{{length}}}\left({spelled_out(terms)}\right)")

    def formula(self, at: dict[str, int] | None = None) -> str:
        x = self.operands[0].indexed(at)
        return rf"{self.output.indexed(at)} = \frac{{1}}{{{self.length}}}\sum_{{{self.along}}} {x}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return self.count(self.operands[0], sizes) + self.count(self.output, sizes)


class Deviation(RowOp):
    """The standard deviation over channels, ε under the root: `out[t] = sqrt(1/C Σ_c (x[t, c] - mean[t])² + ε)`."""

    kind, title, roles = "deviation", "standard deviation", ("x", "mean")

    def __init__(self, x: Tensor, mean: Tensor, *, epsilon: float) -> None:
        super().__init__(x, mean)
        self.epsilon = epsilon

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        x, mean = operands
        centred = x - mean[..., None]
        return xp.sqrt(xp.vecdot(centred, centred) / x.shape[-1] + self.epsilon)

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        x, mean = operands
        to_x = (x - mean[..., None]) * (gradient / (output * x.shape[-1]))[..., None]
        return to_x, -to_x.sum(-1)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        mean = self.cell(1, index, operands)
        terms = tuple(
            Term(
                (cell.value - mean.value) ** 2,
                (cell, mean),
                rf"({number(cell.value)} - {signed(mean.value)})^2",
                f"{self.along}={cell.index[-1]}",
            )
            for cell in self.row(index, operands)
        )
        total, length = math.fsum(term.value for term in terms), len(terms)
        variance = total / length
        steps = (
            Step("sum", r"\Sigma", total),
            Step("divide", rf"\div {length}", variance),
            Step("add ε", rf"+ {number(self.epsilon)}", variance + self.epsilon),
            Step("root", r"\sqrt{\;}", math.sqrt(variance + self.epsilon)),
        )
        inside = rf"\frac{{1}}{{{length}}}\left({spelled_out(terms, 3)}\right) + {number(self.epsilon)}"
        return Arithmetic(terms, steps, rf"\sqrt{{{inside}}}")

    def formula(self, at: dict[str, int] | None = None) -> str:
        x, mean = (operand.indexed(at) for operand in self.operands)
        inside = rf"\frac{{1}}{{{self.length}}}\sum_{{{self.along}}} \left({x} - {mean}\right)^2 + \varepsilon"
        return rf"{self.output.indexed(at)} = \sqrt{{{inside}}}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 3 * self.count(self.operands[0], sizes) + 3 * self.count(self.output, sizes)


class Normalise(RowOp):
    """Centre, divide, scale and shift: `out[t, c] = (x[t, c] - mean[t]) / deviation[t] · w[c] + b[c]`."""

    kind, title, roles = "normalise", "normalisation", ("x", "mean", "deviation", "weight", "bias")

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        x, mean, deviation, weight, bias = operands
        return (x - mean[..., None]) / deviation[..., None] * weight + bias

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        x, mean, deviation, weight, _ = operands
        normal = (x - mean[..., None]) / deviation[..., None]
        product = gradient * normal
        to_x = gradient * weight / deviation[..., None]
        to_deviation = -(product @ weight) / deviation
        return to_x, -to_x.sum(-1), to_deviation, sum_to(product, 1), sum_to(gradient, 1)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        x, mean, deviation, weight, bias = (
            self.cell(operand, place, operands)
            for operand, place in enumerate((index, index[:-1], index[:-1], index[-1:], index[-1:]))
        )
        scaled = (x.value - mean.value) / deviation.value
        product = scaled * weight.value
        fraction = rf"\frac{{{number(x.value)} - {signed(mean.value)}}}{{{number(deviation.value)}}}"
        terms = (
            Term(product, (x, mean, deviation, weight), rf"{fraction} \cdot {signed(weight.value)}", "scaled"),
            Term(bias.value, (bias,), signed(bias.value), "shift"),
        )
        steps = (
            Step("centre", r"x - \mu", x.value - mean.value),
            Step("divide", r"\div \sigma", scaled),
            Step("scale", r"\times \gamma", product),
            Step("shift", r"+ \beta", product + bias.value),
        )
        return Arithmetic(terms, steps, spelled_out(terms))

    def formula(self, at: dict[str, int] | None = None) -> str:
        x, mean, deviation, weight, bias = (operand.indexed(at) for operand in self.operands)
        return rf"{self.output.indexed(at)} = \frac{{{x} - {mean}}}{{{deviation}}}\,{weight} + {bias}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 4 * self.count(self.output, sizes)


class Linear(Op):
    """A linear map: every axis that `x` and `weight` share and the output lacks is summed over, then the bias is added.

    `out[h, t, d] = Σ_c x[t, c] · weight[h, c, d] + bias[h, d]` for the queries, and likewise with other axes.
    """

    kind, title, roles = "linear", "linear map", ("x", "weight", "bias")

    def __init__(self, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> None:
        super().__init__(*(operand for operand in (x, weight, bias) if operand is not None))

    def bind(self, output: Tensor, sizes: Mapping[str, int]) -> None:
        super().bind(output, sizes)
        x, weight = self.operands[0].axes, self.operands[1].axes
        summed = [axis for axis in x if axis in weight and axis not in output.axes]
        kept_x = [axis for axis in x if axis not in summed]
        kept_weight = [axis for axis in weight if axis not in summed]
        made = [*kept_x, *kept_weight]
        if not summed or sorted(made) != sorted(output.axes):
            raise ValueError(f"{output.name}: {' '.join(x)} and {' '.join(weight)} do not make {' '.join(output.axes)}")
        self.summed, self.kept = tuple(summed), tuple(kept_weight)
        self.to_rows = Reorder([x.index(axis) for axis in [*kept_x, *summed]])
        self.to_matrix = Reorder([weight.index(axis) for axis in [*summed, *kept_weight]])
        self.to_output = Reorder([made.index(axis) for axis in output.axes])
        self.inner = math.prod(sizes[axis] for axis in summed)
        self.columns = tuple(sizes[axis] for axis in kept_weight)
        self.width = math.prod(self.columns)
        self.biased = len(self.operands) == 3
        if self.biased and list(self.operands[2].axes) != kept_weight:
            raise ValueError(f"{output.name}: the bias must have the axes {' '.join(kept_weight)}")

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        x = self.to_rows(operands[0])
        rows = x.shape[: x.ndim - len(self.summed)]
        product = x.reshape(-1, self.inner) @ self.to_matrix(operands[1]).reshape(self.inner, self.width)
        if self.biased:
            product = product + operands[2].reshape(self.width)
        return self.to_output(product.reshape(rows + self.columns))

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        x, weight = self.to_rows(operands[0]), self.to_matrix(operands[1])
        matrix = weight.reshape(self.inner, self.width)
        down = self.to_output.inverse()(gradient).reshape(-1, self.width)
        to_x = self.to_rows.inverse()((down @ matrix.T).reshape(x.shape))
        to_weight = self.to_matrix.inverse()((x.reshape(-1, self.inner).T @ down).reshape(weight.shape))
        if not self.biased:
            return to_x, to_weight
        return to_x, to_weight, down.sum(0).reshape(self.columns)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        at = self.at(index)
        lengths = [self.sizes[axis] for axis in self.summed]
        terms = []
        for place in np.ndindex(*lengths):
            here = {**at, **dict(zip(self.summed, place, strict=True))}
            x, weight = (
                self.cell(operand, tuple(here[axis] for axis in self.operands[operand].axes), operands)
                for operand in (0, 1)
            )
            label = ", ".join(f"{axis}={here[axis]}" for axis in self.summed)
            latex = rf"{signed(x.value)}\,({number(weight.value)})"
            terms.append(Term(x.value * weight.value, (x, weight), latex, label))
        shown = spelled_out(terms, 3 if self.biased else 4)
        if self.biased:
            bias = self.cell(2, tuple(at[axis] for axis in self.operands[2].axes), operands)
            terms.append(Term(bias.value, (bias,), signed(bias.value), "bias"))
            shown = f"{shown} + {signed(bias.value)}"
        total = math.fsum(term.value for term in terms)
        return Arithmetic(tuple(terms), (Step("sum", r"\Sigma", total),), shown)

    def formula(self, at: dict[str, int] | None = None) -> str:
        shown = [operand.indexed(at) for operand in self.operands]
        tail = f" + {shown[2]}" if self.biased else ""
        return rf"{self.output.indexed(at)} = \sum_{{{','.join(self.summed)}}} {shown[0]}\,{shown[1]}{tail}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        outputs = self.count(self.output, sizes)
        return 2 * self.inner * outputs + (outputs if self.biased else 0)


class Scores(Op):
    """Scaled dot products of queries with keys: `out[h, t, s] = 1/√d Σ_d q[h, t, d] · k[h, s, d]`."""

    kind, title, roles = "scores", "scaled dot product", ("q", "k")
    looked_back_at = (1,)
    read_along: ClassVar[Mapping[str, Mapping[str, str]]] = {"k": {"t": "s"}}

    def bind(self, output: Tensor, sizes: Mapping[str, int]) -> None:
        super().bind(output, sizes)
        self.width = sizes[self.operands[0].axes[-1]]
        self.factor = 1 / math.sqrt(self.width)

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        q, k = operands
        return xp.matmul(q, k.swapaxes(-1, -2)) * self.factor

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        q, k = operands
        scaled = gradient * self.factor
        return scaled @ k, scaled.swapaxes(-1, -2) @ q

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        h, t, s = index
        axis = self.operands[0].axes[-1]
        terms = []
        for d in range(self.width):
            q, k = self.cell(0, (h, t, d), operands), self.cell(1, (h, s, d), operands)
            latex = rf"{signed(q.value)}\,({number(k.value)})"
            terms.append(Term(q.value * k.value, (q, k), latex, f"{axis}={d}"))
        total = math.fsum(term.value for term in terms)
        root = rf"\sqrt{{{self.width}}}"
        steps = (Step("sum", r"\Sigma", total), Step("divide", rf"\div {root}", total * self.factor))
        return Arithmetic(tuple(terms), steps, rf"\frac{{{spelled_out(terms, 3)}}}{{{root}}}")

    def formula(self, at: dict[str, int] | None = None) -> str:
        q, k = self.operands
        axis = q.axes[-1]
        total = rf"\sum_{{{axis}}} {q.indexed(at)}\,{k.indexed(at, t='s')}"
        return rf"{self.output.indexed(at)} = \frac{{1}}{{\sqrt{{{self.width}}}}} {total}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return (2 * self.width + 1) * self.count(self.output, sizes)


@lru_cache(maxsize=64)
def earlier(queries: int, keys: int) -> Array:
    """True where a query may look: at its own position and before; the queries are the last of the keys' positions."""
    return np.tri(queries, keys, keys - queries, dtype=bool)


class CausalMask(Op):
    """No looking ahead: `out[h, t, s] = x[h, t, s]` where s ≤ t, else −∞."""

    kind, title, roles = "mask", "causal mask", ("x",)
    combine = "single"

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        (x,) = operands
        return xp.where(earlier(*x.shape[-2:]), x, np.float32(-np.inf))

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        return (gradient * earlier(*gradient.shape[-2:]),)

    def reads(self, index: Index, operands: Sequence[Array]) -> tuple[Region, ...]:
        if index[-1] > index[-2]:
            return (((0, 0),) * len(index),)
        return (tuple((position, position + 1) for position in index),)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        t, s = index[-2:]
        if s > t:
            step = Step("mask", f"{s} > {t}", -math.inf)
            return Arithmetic((), (step,), r"-\infty")
        cell = self.cell(0, index, operands)
        step = Step("keep", rf"{s} \le {t}", cell.value)
        return Arithmetic((Term(cell.value, (cell,), number(cell.value)),), (step,), number(cell.value))

    def formula(self, at: dict[str, int] | None = None) -> str:
        t, s = (str(at[axis]) if at and axis in at else axis for axis in ("t", "s"))
        cases = rf"{self.operands[0].indexed(at)} & {s} \le {t} \\ -\infty & {s} > {t}"
        return rf"{self.output.indexed(at)} = \begin{{cases}} {cases} \end{{cases}}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 0


class RowMax(RowOp):
    """The largest number of a row, subtracted before exponentiating lest it overflow: `out[t] = max_v x[t, v]`."""

    kind, title, roles = "max", "row maximum", ("x",)
    combine = "max"

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        return operands[0].max(-1)

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        (x,) = operands
        largest = x == output[..., None]
        share = gradient / largest.sum(-1, dtype=gradient.dtype)
        return (largest * share[..., None],)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        terms = tuple(
            Term(cell.value, (cell,), number(cell.value), f"{self.along}={cell.index[-1]}")
            for cell in self.row(index, operands)
        )
        step = Step("largest", r"\max", max(term.value for term in terms))
        listed = ",\\, ".join(term.latex for term in terms[:6]) + (r",\, \ldots" if len(terms) > 6 else "")
        return Arithmetic(terms, (step,), rf"\max\left({listed}\right)")

    def formula(self, at: dict[str, int] | None = None) -> str:
        return rf"{self.output.indexed(at)} = \max_{{{self.along}}} {self.operands[0].indexed(at)}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return self.count(self.operands[0], sizes)


class ExponentialSum(RowOp):
    """The softmax's denominator: `out[t] = Σ_v exp(x[t, v] - max[t])`."""

    kind, title, roles = "exponential_sum", "sum of exponentials", ("x", "max")

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        x, largest = operands
        return xp.exp(x - largest[..., None]).sum(-1)

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        x, largest = operands
        return np.exp(x - largest[..., None]) * gradient[..., None], -gradient * output

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        largest = self.cell(1, index, operands)
        terms = tuple(
            Term(
                math.exp(cell.value - largest.value),
                (cell, largest),
                rf"e^{{{number(cell.value)} - {signed(largest.value)}}}",
                f"{self.along}={cell.index[-1]}",
            )
            for cell in self.row(index, operands)
        )
        step = Step("sum", r"\Sigma", math.fsum(term.value for term in terms))
        return Arithmetic(terms, (step,), spelled_out(terms))

    def formula(self, at: dict[str, int] | None = None) -> str:
        x, largest = (operand.indexed(at) for operand in self.operands)
        return rf"{self.output.indexed(at)} = \sum_{{{self.along}}} e^{{{x} - {largest}}}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 3 * self.count(self.operands[0], sizes)


class Softmax(RowOp):
    """Numbers to proportions that sum to 1: `out[t, v] = exp(x[t, v] - max[t]) / sum[t]`."""

    kind, title, roles = "softmax", "softmax", ("x", "max", "sum")
    combine = "single"

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        x, largest, total = operands
        return xp.exp(x - largest[..., None]) / total[..., None]

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        to_x = gradient * output
        row = to_x.sum(-1)
        return to_x, -row, -row / operands[2]

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        x, largest, total = (
            self.cell(operand, place, operands) for operand, place in enumerate((index, index[:-1], index[:-1]))
        )
        difference = x.value - largest.value
        value = math.exp(difference) / total.value
        steps = (
            Step("subtract", r"x - m", difference),
            Step("exponentiate", r"e^{x - m}", math.exp(difference)),
            Step("divide", rf"\div {signed(total.value)}", value),
        )
        latex = rf"\frac{{e^{{{number(x.value)} - {signed(largest.value)}}}}}{{{number(total.value)}}}"
        return Arithmetic((Term(value, (x, largest, total), latex),), steps, latex)

    def formula(self, at: dict[str, int] | None = None) -> str:
        x, largest, total = (operand.indexed(at) for operand in self.operands)
        return rf"{self.output.indexed(at)} = \frac{{e^{{{x} - {largest}}}}}{{{total}}}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 3 * self.count(self.output, sizes)


class WeightedSum(Op):
    """Values gathered by attention: `out[h, t, d] = Σ_s pattern[h, t, s] · v[h, s, d]`."""

    kind, title, roles = "weighted_sum", "weighted sum", ("pattern", "v")
    looked_back_at = (1,)
    read_along: ClassVar[Mapping[str, Mapping[str, str]]] = {"v": {"t": "s"}}

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        pattern, v = operands
        return xp.matmul(pattern, v)

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        pattern, v = operands
        return gradient @ v.swapaxes(-1, -2), pattern.swapaxes(-1, -2) @ gradient

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        h, t, d = index
        terms = []
        for s in range(operands[0].shape[-1]):
            weight, v = self.cell(0, (h, t, s), operands), self.cell(1, (h, s, d), operands)
            latex = rf"{number(weight.value)}\,({number(v.value)})"
            terms.append(Term(weight.value * v.value, (weight, v), latex, f"s={s}"))
        step = Step("sum", r"\Sigma", math.fsum(term.value for term in terms))
        return Arithmetic(tuple(terms), (step,), spelled_out(terms))

    def formula(self, at: dict[str, int] | None = None) -> str:
        pattern, v = self.operands
        letters = {axis: place for axis, place in (at or {}).items() if axis != "t"}
        return rf"{self.output.indexed(at)} = \sum_{{s}} {pattern.indexed(at)}\,{v.indexed(letters, t='s')}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 2 * sizes["s"] * self.count(self.output, sizes)


GELU_SCALE = math.sqrt(2 / math.pi)
GELU_CUBIC = 0.044715


class Gelu(Op):
    """GELU, tanh form: `out = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))` (Hendrycks and Gimpel 2016, as in GPT-2)."""

    kind, title, roles = "gelu", "GELU", ("x",)
    combine = "single"

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        (x,) = operands
        return 0.5 * x * (1 + xp.tanh(x * (GELU_SCALE + (GELU_SCALE * GELU_CUBIC) * (x * x))))

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        (x,) = operands
        square = x * x
        bent = np.tanh(x * (GELU_SCALE + (GELU_SCALE * GELU_CUBIC) * square))
        slope = (1 - bent * bent) * (GELU_SCALE + (3 * GELU_SCALE * GELU_CUBIC) * square)
        return (gradient * (0.5 * (1 + bent + x * slope)),)

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        cell = self.cell(0, index, operands)
        x = cell.value
        inner = GELU_SCALE * (x + GELU_CUBIC * x**3)
        value = 0.5 * x * (1 + math.tanh(inner))
        steps = (
            Step("inside", r"\sqrt{2/\pi}\,(x + 0.044715\,x^3)", inner),
            Step("tanh", r"\tanh", math.tanh(inner)),
            Step("gate", r"\tfrac12 x (1 + \tanh)", value),
        )
        latex = rf"\tfrac12 \cdot {signed(x)} \cdot \left(1 + {signed(math.tanh(inner))}\right)"
        return Arithmetic((Term(value, (cell,), latex),), steps, latex)

    def formula(self, at: dict[str, int] | None = None) -> str:
        x = self.operands[0].indexed(at)
        inside = rf"\sqrt{{\tfrac{{2}}{{\pi}}}}\left({x} + 0.044715\,{x}^3\right)"
        return rf"{self.output.indexed(at)} = \tfrac12\, {x} \left(1 + \tanh\left({inside}\right)\right)"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 8 * self.count(self.output, sizes)


class CrossEntropy(Op):
    """The mean surprise at the right tokens: `out = -1/N Σ_t log p[t, target[t]]`, over the N positions with a target.

    Written with the softmax's own statistics, `log p = x[t, v] - max[t] - log sum[t]`, so that tiny probabilities keep
    their digits.
    """

    kind, title, roles = "cross_entropy", "cross-entropy", ("x", "max", "sum", "target")

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        x, largest, total, target = operands
        counted = target >= 0
        chosen = xp.take_along_axis(x, xp.where(counted, target, 0)[..., None], axis=-1)[..., 0]
        surprise = xp.log(total) + largest - chosen
        return (surprise * counted).sum() / counted.sum()

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        x, _, total, target = operands
        counted = (target >= 0).astype(x.dtype)
        share = gradient * counted / counted.sum()
        to_x = -share[..., None] * (target[..., None] == np.arange(x.shape[-1]))
        return to_x, share, share / total, None

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        terms = []
        for t, target in enumerate(operands[3].tolist()):
            if target < 0:
                continue
            x, largest, total, which = (
                self.cell(operand, place, operands) for operand, place in enumerate(((t, target), (t,), (t,), (t,)))
            )
            logarithm = x.value - largest.value - math.log(total.value)
            latex = rf"\left({number(x.value)} - {signed(largest.value)} - \ln {number(total.value)}\right)"
            terms.append(Term(logarithm, (x, largest, total, which), latex, f"t={t}"))
        sum_of_logarithms = math.fsum(term.value for term in terms)
        value = -sum_of_logarithms / len(terms)
        steps = (Step("sum", r"\Sigma", sum_of_logarithms), Step("mean", rf"\div -{len(terms)}", value))
        return Arithmetic(tuple(terms), steps, rf"-\frac{{1}}{{{len(terms)}}}\left({spelled_out(terms, 2)}\right)")

    def formula(self, at: dict[str, int] | None = None) -> str:
        x, largest, total, target = self.operands
        chosen = rf"{x.symbol}_{{t,\,{target.indexed()}}}"
        logarithm = rf"\left({chosen} - {largest.indexed()} - \ln {total.indexed()}\right)"
        return rf"{self.output.symbol} = -\frac{{1}}{{N}}\sum_{{t}} {logarithm}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        return 4 * self.count(self.operands[1], sizes)
