"""Which kernel may compute an op: known by the shape of its formula and the axes of its operands, never by a name."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from pellucid.graph import Tensor, ops
from pellucid.graph.formula import Choice, Place, Reduction, Size, walk
from pellucid.graph.op import Op


class Unfit(Exception):
    """A kernel does not fit: its op stands in no such pattern, or an array does not lie as the kernel reads it."""


def sample(axes: str) -> Tensor:
    return Tensor(axes, tuple(axes.split()), "activation", "", "", "")


X, ROW, COLUMN = sample("t c"), sample("t"), sample("c")
HEADS, PAIRS = sample("h t d"), sample("h t s")

ADD = ops.add(X, sample("t c ")).shape
DEVIATION = ops.deviation(X, ROW, epsilon=0).shape
EXPONENTIAL_SUM = ops.exponential_sum(X, ROW).shape
GELU = ops.gelu(X).shape
LINEAR = ops.linear(X, COLUMN).shape
LINEAR_WITH_BIAS = ops.linear(X, sample("c f"), sample("f")).shape
LOOKUP = ops.lookup(sample("v c"), ROW).shape
MASK = ops.mask(PAIRS).shape
MAXIMUM = ops.maximum(X).shape
MEAN = ops.mean(X).shape
NORMALISE = ops.normalise(X, ROW, sample("t "), COLUMN, sample("c ")).shape
SCORES = ops.scores(HEADS, sample("h t d ")).shape
SOFTMAX = ops.softmax(X, ROW, sample("t ")).shape
CROSS_ENTROPY = ops.cross_entropy(X, ROW, sample("t "), sample(" t")).shape
WEIGHTED_SUM = LINEAR


def require_rows(op: Op, kinds: str) -> None:
    """Raises Unfit unless the op works row by row along the last axis of its first operand.

    `kinds` says what each operand is: `x` like the first, `m` one number a row, `c` one a column.
    """
    x = op.operands[0].axes
    expected = {"x": x, "m": x[:-1], "c": x[-1:]}
    for place, kind in enumerate(kinds):
        if op.operands[place].axes != expected[kind] or op.letters(place) != expected[kind]:
            raise Unfit
    for node in walk(op.formula):
        if (isinstance(node, Reduction) and node.axes != x[-1:]) or (isinstance(node, Size) and node.axis != x[-1]):
            raise Unfit


def require_matrices(op: Op, *, turned: bool) -> None:
    """Raises Unfit unless the op is a matrix product for every index of the leading axes.

    Rows of the first operand meet columns of the second, or, where that is `turned`, rows of it.
    """
    rows, columns = op.letters(0), op.letters(1)
    *lead, row, column = op.output.axes if len(op.output.axes) > 1 else ("", "")
    inner = rows[-1]
    ending = (column, inner) if turned else (inner, column)
    sums = [node.axes for node in walk(op.formula) if isinstance(node, Reduction)]
    sizes = [node.axis for node in walk(op.formula) if isinstance(node, Size)]
    if rows != (*lead, row, inner) or columns != (*lead, *ending) or not lead or sums != [(inner,)]:
        raise Unfit
    if any(axis != op.operands[0].axes[-1] for axis in sizes):
        raise Unfit


def require_causal(op: Op) -> None:
    """Raises Unfit unless the op lets the last axis but one see the last up to its own place."""
    formula = op.formula
    if not isinstance(formula, Choice) or op.letters(0) != op.output.axes or op.output.axes[-2:] != ("t", "s"):
        raise Unfit
    if formula.condition != (Place("s") <= Place("t")):
        raise Unfit


def require_lookup(op: Op) -> None:
    """Raises Unfit unless the op takes rows of its first operand, numbered by the second."""
    table, row = op.operands
    if op.letters(0) != (f"@{op.roles[1]}", *table.axes[1:]) or op.letters(1) != row.axes:
        raise Unfit
    if op.output.axes != (*row.axes, *table.axes[1:]):
        raise Unfit


def require_alike(op: Op) -> None:
    """Raises Unfit unless the op works cell by cell on operands that all have the output's axes."""
    for place, operand in enumerate(op.operands):
        if not op.letters(place) == operand.axes == op.output.axes:
            raise Unfit


class Reorder:
    """Reorders the last dimensions of arrays, leaving a batch in front alone; calling it costs next to nothing."""

    def __init__(self, order: Sequence[int]) -> None:
        self.rank = len(order)
        self.identity = list(order) == list(range(self.rank))
        self.by_lead = (tuple(order), (0, *(1 + position for position in order)))

    def __call__(self, array: np.ndarray) -> np.ndarray:
        return array if self.identity else array.transpose(self.by_lead[array.ndim - self.rank])

    def inverse(self) -> "Reorder":
        order = self.by_lead[0]
        return Reorder([order.index(position) for position in range(self.rank)])


class LinearMap:
    """A sum of products of x with a weight, maybe with a bias, seen as a product of two matrices."""

    def __init__(self, op: Op) -> None:
        """Raises Unfit for an op that is none."""
        if op.shape not in (LINEAR, LINEAR_WITH_BIAS) or op.operands[0] is op.operands[1]:
            raise Unfit
        x, weight = op.operands[0].axes, op.operands[1].axes
        if any(op.letters(place) != operand.axes for place, operand in enumerate(op.operands)):
            raise Unfit
        (summed,) = (node.axes for node in walk(op.formula) if isinstance(node, Reduction))
        kept_x = [axis for axis in x if axis not in summed]
        kept_weight = [axis for axis in weight if axis not in summed]
        made, output, sizes = [*kept_x, *kept_weight], op.output.axes, op.sizes
        if set(kept_x) & set(kept_weight) or not set(summed) <= set(x) & set(weight):
            raise Unfit
        self.op = op
        self.summed, self.kept = tuple(summed), tuple(kept_weight)
        self.to_rows = Reorder([x.index(axis) for axis in [*kept_x, *summed]])
        self.to_matrix = Reorder([weight.index(axis) for axis in [*summed, *kept_weight]])
        self.to_output = Reorder([made.index(axis) for axis in output])
        self.inner = math.prod(sizes[axis] for axis in summed)
        self.columns = tuple(sizes[axis] for axis in kept_weight)
        self.width = math.prod(self.columns)
        self.biased = len(op.operands) == 3
        if self.biased and list(op.operands[2].axes) != kept_weight:
            raise Unfit


def linear_maps(ops_in_order: Sequence[Op]) -> Mapping[Op, LinearMap]:
    """The ops that are linear maps."""
    found = {}
    for op in ops_in_order:
        try:
            found[op] = LinearMap(op)
        except Unfit:
            continue
    return found
