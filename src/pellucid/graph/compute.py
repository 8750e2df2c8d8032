"""Computing a formula: for whole arrays at once, in any array namespace.

Letters are resolved when a formula is bound to tensors: each node becomes a closure that knows the axes of its array,
in order, and how to line them up with those of its neighbours. What is left for a call is the array arithmetic itself.
A sum of products is one matrix product. A batch is an axis `b` in front of an array; weights have none.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pellucid.graph.axes import TIME
from pellucid.graph.formula import (
    Binary,
    Cell,
    Choice,
    Comparison,
    Formula,
    Function,
    FunctionName,
    Number,
    Place,
    Reduction,
    Size,
    axis_of,
    factors_of,
    multiplied,
    own_letters,
    read_at,
    walk,
    without_steps,
)
from pellucid.graph.functions import COMPARISONS, ERF, FUNCTIONS, OPERATIONS, operate
from pellucid.graph.tensor import Tensor

Array = Any
"""An array of whichever namespace computes: numpy.ndarray, or jax.Array under a trace."""

Namespace = Any
"""An array namespace such as numpy or jax.numpy."""

Axes = tuple[str, ...]
Kind = Literal["real", "whole", "truth"]
"""What the numbers of an array are."""


class Given(NamedTuple):
    """What one call is given: the namespace, the operands' arrays, and the index of the first position at hand."""

    xp: Namespace
    arrays: Sequence[Array]
    first: int


Run = Callable[[Given], Array]
"""From what is given to a node's array."""


@dataclass(frozen=True)
class Part:
    """A node that is ready to run: the letters of its array, in order, and the kind of numbers in it.

    A part without axes may be a plain number of Python, which takes the precision of what it meets.
    """

    axes: Axes
    run: Run
    kind: Kind = "real"
    constant: float | None = None


class Computation:
    """A formula that takes the arrays of operands, in order, to an array with the axes of an output."""

    def __init__(self, formula: Formula, operands: Sequence[Tensor], axes: Axes, sizes: Mapping[str, int]) -> None:
        self.formula = without_steps(formula)
        self.operands = tuple(operands)
        self.axes = axes
        self.sizes = sizes
        self._runs: dict[tuple[int, ...], Run] = {}

    def __getstate__(self) -> dict[str, object]:
        """The state that pickle keeps: closures are left out, and compiled again when they are needed."""
        return {**self.__dict__, "_runs": {}}

    def __call__(self, xp: Namespace, *arrays: Array, first: int = 0) -> Array:
        """The output array; `first` is the index of the first position at hand, where earlier ones are not computed."""
        ranks = tuple([array.ndim for array in arrays])
        run = self._runs.get(ranks)
        if run is None:
            run = self._runs[ranks] = Compiler(self, ranks).output()
        return run(Given(xp, arrays, first))


class Compiler:
    """Makes the closures of one formula, given which operands come in a batch."""

    def __init__(self, computation: Computation, ranks: Sequence[int]) -> None:
        self.computation = computation
        self.operands = {tensor: place for place, tensor in enumerate(computation.operands)}
        self.batched = [rank > len(tensor.axes) for rank, tensor in zip(ranks, computation.operands, strict=True)]
        found = [letter for node in walk(computation.formula) for letter in own_letters(node)]
        self.order = {letter: rank for rank, letter in enumerate(dict.fromkeys(["b", *computation.axes, *found]))}

    def output(self) -> Run:
        """What computes the whole output, with all its axes."""
        part = self.part(self.computation.formula)
        axes = tuple(axis for axis in part.axes if axis == "b") + self.computation.axes
        missing = [axis for axis in axes if axis not in part.axes]
        if set(part.axes) - set(axes):
            raise ValueError(f"the formula has the axes {' '.join(part.axes)}, not {' '.join(self.computation.axes)}")
        run, plain = laid_out(part, axes), part.constant is not None
        if not missing and not plain:
            return run
        lengths = [self.length(axis) for axis in axes]

        def spread(given: Given) -> Array:
            array = given.xp.asarray(run(given), given.xp.float32) if plain else run(given)
            return given.xp.broadcast_to(array, tuple(length(given.arrays) for length in lengths))

        return spread

    def part(self, node: Formula) -> Part:
        match node:
            case Number(value, _):
                return constant(value)
            case Size(axis):
                return constant(self.computation.sizes[axis_of(axis)])
            case Place(axis):
                return self.place(axis)
            case Cell():
                return self.cell(node)
            case Binary(sign, left, right):
                return self.binary(sign, real(self.part(left)), real(self.part(right)))
            case Function(name, argument):
                return self.function(name, real(self.part(argument)))
            case Comparison(sign, left, right):
                return self.comparison(sign, self.part(left), self.part(right))
            case Choice():
                return self.choice(*map(self.part, (node.condition, node.chosen, node.otherwise)))
            case Reduction("sum", axes, argument):
                return self.sum(axes, argument)
            case Reduction("max", axes, argument):
                return reduced("max", axes, self.part(argument))
        raise TypeError(f"{node} is no node of a formula")

    # Numbers that are there.

    def length(self, letter: str) -> Callable[[Sequence[Array]], Any]:
        """How long the axis of a letter is in the arrays at hand, or in the graph where none is read along it."""
        if found := read_at(self.computation.formula, letter):
            tensor, place = found
            operand, dimension = self.operands[tensor], place - len(tensor.axes)
            return lambda arrays: arrays[operand].shape[dimension]
        if letter == "b":
            operand = self.batched.index(True)
            return lambda arrays: arrays[operand].shape[0]
        size = self.computation.sizes[axis_of(letter)]
        return lambda arrays: size

    def place(self, axis: str) -> Part:
        length = self.length(axis)
        if axis != TIME:
            return Part((axis,), lambda given: given.xp.arange(length(given.arrays)), "whole")
        # `first` is added, for a compiled program may know it only when it runs.
        return Part((axis,), lambda given: given.xp.arange(length(given.arrays)) + given.first, "whole")

    def cell(self, node: Cell) -> Part:
        operand = self.operands[node.tensor]
        indices = ("b", *node.indices) if self.batched[operand] else node.indices
        kind: Kind = "whole" if node.tensor.kind == "input" else "real"
        plain = tuple(index for index in indices if isinstance(index, str))
        rows = {place: whole(self.part(index)) for place, index in enumerate(indices) if isinstance(index, Formula)}
        if len(set(plain)) == len(plain):
            if not rows:
                return Part(plain, lambda given: given.arrays[operand], kind)
            ((where, row), *others) = rows.items()
            if not others and not set(row.axes) & set(plain):
                axes, take = (*plain[:where], *row.axes, *plain[where:]), row.run
                return Part(axes, lambda given: given.xp.take(given.arrays[operand], take(given), where), kind)
        lined_up = [
            rows[place] if isinstance(index, Formula) else every_index(operand, place, index)
            for place, index in enumerate(indices)
        ]
        axes, runs = self.aligned(*lined_up)
        return Part(axes, lambda given: given.arrays[operand][tuple(run(given) for run in runs)], kind)

    # Cell by cell.

    def aligned(self, *parts: Part) -> tuple[Axes, list[Run]]:
        """All axes of these parts, and what makes their arrays ready to be combined along them."""
        found = {axis for part in parts for axis in part.axes}
        axes = tuple(sorted(found, key=lambda axis: self.order[axis]))
        return axes, [laid_out(part, axes) for part in parts]

    def binary(self, sign: str, left: Part, right: Part) -> Part:
        if left.constant is not None and right.constant is not None:
            return constant(operate(sign, left.constant, right.constant))
        axes, (a, b) = self.aligned(left, right)
        operation = OPERATIONS[sign].compute
        if sign == "^":
            return Part(axes, power(a, b, right.constant))
        return Part(axes, lambda given: operation(a(given), b(given)))

    def function(self, name: FunctionName, part: Part) -> Part:
        if part.constant is not None:
            return constant(FUNCTIONS[name].number(part.constant))
        run = part.run
        if written := WRITTEN_HERE.get(name):
            return Part(part.axes, lambda given: written(given.xp, run(given)))
        return Part(part.axes, lambda given: getattr(given.xp, name)(run(given)))

    def comparison(self, sign: str, left: Part, right: Part) -> Part:
        axes, (a, b) = self.aligned(left, right)
        holds = COMPARISONS[sign].holds
        return Part(axes, lambda given: holds(a(given), b(given)), "truth")

    def choice(self, condition: Part, chosen: Part, otherwise: Part) -> Part:
        kind = chosen.kind if chosen.kind == otherwise.kind else "real"
        if kind == "real":
            chosen, otherwise = real(chosen), real(otherwise)
        axes, (c, a, b) = self.aligned(condition, chosen, otherwise)
        if chosen.constant is None or otherwise.constant is None:
            return Part(axes, lambda given: given.xp.where(c(given), a(given), b(given)), kind)
        # NumPy makes an array of double precision out of two plain numbers, but everything it will meet is single.
        return Part(axes, lambda given: given.xp.where(c(given), a(given), b(given)).astype(given.xp.float32))

    # Along axes.

    def sum(self, axes: Axes, argument: Formula) -> Part:
        match argument:
            case Binary("^", base, Number(2)):
                return squares(axes, real(self.part(base)))
        factors = [(set(self.part(factor).axes), (factor, inverse)) for factor, inverse in factors_of(argument)]
        widest = max((letters for letters, _ in factors), key=len)
        inside = [factor for letters, factor in factors if letters <= widest]
        outside = [factor for letters, factor in factors if not letters <= widest]
        if not outside:
            return reduced("sum", axes, self.part(argument))
        return product(axes, self.part(multiplied(inside)), self.part(multiplied(outside)))


def constant(value: float) -> Part:
    return Part((), lambda given: value, "real", value)


def real(part: Part) -> Part:
    """The part as floating-point numbers: whole numbers and truth values would turn float32 into float64."""
    if part.kind == "real":
        return part
    run = part.run
    return Part(part.axes, lambda given: run(given).astype(given.xp.float32))


def whole(part: Part) -> Part:
    """The part as whole numbers, for use as indices."""
    if part.kind == "whole":
        return part
    run = part.run
    return Part(part.axes, lambda given: given.xp.asarray(run(given)).astype(int), "whole")


def every_index(operand: int, dimension: int, letter: str) -> Part:
    """Every index along one dimension of an operand."""
    return Part((letter,), lambda given: given.xp.arange(given.arrays[operand].shape[dimension]), "whole")


def laid_out(part: Part, axes: Axes) -> Run:
    """The part's array with its axes in that order, and of length 1 along those it lacks."""
    run = part.run
    if part.axes == axes or not part.axes:
        return run
    present = [axis for axis in axes if axis in part.axes]
    order = tuple(part.axes.index(axis) for axis in present)
    behind = axes[axes.index(present[0]) :]  # missing axes in front need no place
    index = tuple(slice(None) if axis in part.axes else None for axis in behind)
    if order == tuple(range(len(order))):
        return run if None not in index else lambda given: run(given)[index]
    if None not in index:
        return lambda given: run(given).transpose(order)
    return lambda given: run(given).transpose(order)[index]


def power(base: Run, exponent: Run, number: float | None) -> Run:
    """A power; squares and cubes are products, since NumPy takes eight times as long to raise to the third power."""
    if number not in (2, 3):
        return lambda given: base(given) ** exponent(given)

    def multiplied_out(given: Given) -> Array:
        array = base(given)
        return array * array if number == 2 else array * array * array

    return multiplied_out


def reduced(kind: Literal["sum", "max"], axes: Axes, part: Part) -> Part:
    """The part without these axes. It may lack `b`: a sum over the batch of what comes in none."""
    part = real(part)
    if lacking := [axis for axis in axes if axis not in part.axes and axis != "b"]:
        raise ValueError(f"what is added up does not depend on {', '.join(lacking)}")
    places = tuple(place - len(part.axes) for place, axis in enumerate(part.axes) if axis in axes)
    if not places:
        return part
    run = part.run
    return Part(tuple(axis for axis in part.axes if axis not in axes), lambda given: getattr(run(given), kind)(places))


def squares(axes: Axes, part: Part) -> Part:
    """A sum of squares."""
    run = part.run
    if axes != part.axes[-1:]:
        return reduced("sum", axes, Part(part.axes, power(run, run, 2)))

    def with_itself(given: Given) -> Array:
        array = run(given)
        return given.xp.vecdot(array, array)

    return Part(part.axes[:-1], with_itself)


def product(over: Axes, left: Part, right: Part) -> Part:
    """A matrix product: summed over some axes that both have, side by side along the other axes that both have."""
    alone = {axis for axis in over if (axis in left.axes) != (axis in right.axes)}
    left, right = (reduced("sum", tuple(axis for axis in part.axes if axis in alone), part) for part in (left, right))
    shared = tuple(axis for axis in left.axes if axis in right.axes and axis not in over)
    inner = tuple(axis for axis in left.axes if axis in over)
    rows = tuple(axis for axis in left.axes if axis not in shared + inner)
    columns = tuple(axis for axis in right.axes if axis not in shared + inner)
    a, b = laid_out(left, shared + rows + inner), laid_out(right, shared + inner + columns)
    sides, kept = len(shared), len(shared) + len(rows)
    middle, plain = len(shared) + len(inner), len(rows) == len(inner) == len(columns) == 1

    def run(given: Given) -> Array:
        one, other = a(given), b(given)
        if plain:
            return given.xp.matmul(one, other)
        size, batch, width = math.prod(one.shape[kept:]), one.shape[:sides], math.prod(other.shape[middle:])
        matrix = one.reshape((*batch, math.prod(one.shape[sides:kept]), size))
        product = given.xp.matmul(matrix, other.reshape((*batch, size, width)))
        return product.reshape(one.shape[:kept] + other.shape[middle:])

    return Part(shared + rows + columns, run)


def sigmoid(xp: Namespace, x: Array) -> Array:
    """1 / (1 + e⁻ˣ), written so that nothing overflows and small values keep their digits."""
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-abs(x)))


def softplus(xp: Namespace, x: Array) -> Array:
    """ln(1 + eˣ), by the function that keeps it from overflowing."""
    return xp.logaddexp(x, 0)


def erf(xp: Namespace, x: Array) -> Array:
    """The error function, by the series that functions.py explains, summed from its last term (Clenshaw 1955)."""
    t = 2 / (2 + abs(x))
    last = before = xp.zeros_like(t)
    for coefficient in ERF[:0:-1]:
        last, before = (4 * t - 2) * last - before + coefficient, last
    return xp.sign(x) * (1 - t * xp.exp((2 * t - 1) * last - before + ERF[0] - x * x))


WRITTEN_HERE: Mapping[FunctionName, Callable[[Namespace, Array], Array]] = {
    "sigmoid": sigmoid,
    "softplus": softplus,
    "erf": erf,
}
"""The functions that array namespaces do not have."""
