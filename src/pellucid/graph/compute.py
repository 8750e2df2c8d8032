"""Computing a formula: for whole arrays at once, in any array namespace.

Letters are resolved when a formula is bound to tensors: each node becomes a closure that knows the axes of its array,
in order, and how to line them up with those of its neighbours. What is left for a call is the array arithmetic itself.
A sum of products is one matrix product. A batch is an axis `b` in front of an array; weights have none.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

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

Run = Callable[[Namespace, Sequence[Array], int], Array]
"""From the operands' arrays, and the index of the first position at hand, to a node's array."""

Axes = tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A node that is ready to run: the letters of its array, in order, and the kind of numbers in it.

    A part without axes may be a plain number of Python, which takes the precision of what it meets.
    """

    axes: Axes
    run: Run
    kind: Literal["real", "whole", "truth"] = "real"
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
        return run(xp, arrays, first)


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
        run, plain = self.aligned(part, axes), part.constant is not None
        if not missing and not plain:
            return run
        lengths = [self.length(axis) for axis in axes]

        def spread(xp: Namespace, arrays: Sequence[Array], first: int) -> Array:
            array = run(xp, arrays, first)
            shape = tuple(length(arrays) for length in lengths)
            return xp.broadcast_to(xp.asarray(array, xp.float32) if plain else array, shape)

        return spread

    def part(self, node: Formula) -> Part:
        match node:
            case Number(value, _):
                return constant(value)
            case Size(axis):
                return self.size(axis)
            case Place(axis):
                return self.place(axis)
            case Cell():
                return self.cell(node)
            case Binary(sign, left, right):
                return self.binary(sign, self.part(left), self.part(right))
            case Function(name, argument):
                return self.function(name, real(self.part(argument)))
            case Comparison(sign, left, right):
                return self.comparison(sign, self.part(left), self.part(right))
            case Choice():
                return self.choice(*map(self.part, (node.condition, node.chosen, node.otherwise)))
            case Reduction("sum", axes, argument):
                return self.sum(axes, argument)
            case Reduction("max", axes, argument):
                return self.reduced(axes, self.part(argument), lambda array, places: array.max(places))
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

    def size(self, axis: str) -> Part:
        size = self.computation.sizes[axis_of(axis)]
        return constant(size)

    def place(self, axis: str) -> Part:
        length, moves = self.length(axis), axis == TIME

        def run(xp: Namespace, arrays: Sequence[Array], first: int) -> Array:
            places = xp.arange(length(arrays))
            return places + first if moves else places  # `first` may be known to a compiled program only when it runs

        return Part((axis,), run, "whole")

    def cell(self, node: Cell) -> Part:
        operand = self.operands[node.tensor]
        lead: tuple[str, ...] = ("b",) if self.batched[operand] else ()
        kind: Literal["real", "whole"] = "whole" if node.tensor.kind == "input" else "real"
        if all(isinstance(index, str) for index in node.indices):
            axes = (*lead, *(index for index in node.indices if isinstance(index, str)))
            if len(set(axes)) == len(axes):
                return Part(axes, lambda xp, arrays, first: arrays[operand], kind)
        return self.gathered(operand, (*lead, *node.indices), kind)

    def gathered(self, operand: int, indices: Sequence[str | Formula], kind: Literal["real", "whole"]) -> Part:
        """Cells found at computed indices."""
        computed = [place for place, index in enumerate(indices) if isinstance(index, Formula)]
        plain = [index for index in indices if isinstance(index, str)]
        found = {place: whole(self.part(index)) for place in computed if isinstance(index := indices[place], Formula)}
        if len(computed) == 1 and len(set(plain)) == len(plain):
            (where,) = computed
            rows = found[where]
            if not set(rows.axes) & set(plain):
                axes, take = (*plain[:where], *rows.axes, *plain[where:]), rows.run
                return Part(
                    axes, lambda xp, arrays, first: xp.take(arrays[operand], take(xp, arrays, first), where), kind
                )
        axes = self.united(plain, *(part.axes for part in found.values()))
        lined_up = [
            self.aligned(found[place], axes) if isinstance(index, Formula) else self.along(operand, place, index, axes)
            for place, index in enumerate(indices)
        ]
        return Part(
            axes,
            lambda xp, arrays, first: arrays[operand][tuple(run(xp, arrays, first) for run in lined_up)],
            kind,
        )

    def along(self, operand: int, dimension: int, letter: str, axes: Axes) -> Run:
        """Every index of one dimension of an operand, lined up with other axes."""
        every = Part((letter,), lambda xp, arrays, first: xp.arange(arrays[operand].shape[dimension]), "whole")
        return self.aligned(every, axes)

    # Cell by cell.

    def united(self, *several: Sequence[str]) -> Axes:
        return tuple(sorted({axis for axes in several for axis in axes}, key=lambda axis: self.order[axis]))

    def aligned(self, part: Part, axes: Axes) -> Run:
        """The part's array with its axes in that order, and of length 1 along those it lacks."""
        run = part.run
        if part.axes == axes or not part.axes:
            return run
        present = [axis for axis in axes if axis in part.axes]
        order = tuple(part.axes.index(axis) for axis in present)
        behind = axes[axes.index(present[0]) :]  # missing axes in front need no place
        index = tuple(slice(None) if axis in part.axes else None for axis in behind)
        if order == tuple(range(len(order))):
            if None not in index:
                return run
            return lambda xp, arrays, first: run(xp, arrays, first)[index]
        if None not in index:
            return lambda xp, arrays, first: run(xp, arrays, first).transpose(order)
        return lambda xp, arrays, first: run(xp, arrays, first).transpose(order)[index]

    def binary(self, sign: str, left: Part, right: Part) -> Part:
        if left.constant is not None and right.constant is not None:
            return constant(operate(sign, left.constant, right.constant))
        left, right = real(left), real(right)
        axes = self.united(left.axes, right.axes)
        a, b, operation = self.aligned(left, axes), self.aligned(right, axes), OPERATIONS[sign].compute
        if sign == "^":
            return Part(axes, power(a, b, right.constant))
        return Part(axes, lambda xp, arrays, first: operation(a(xp, arrays, first), b(xp, arrays, first)))

    def function(self, name: FunctionName, part: Part) -> Part:
        if part.constant is not None:
            return constant(FUNCTIONS[name].number(part.constant))
        run = part.run
        if written := WRITTEN_HERE.get(name):
            return Part(part.axes, lambda xp, arrays, first: written(xp, run(xp, arrays, first)))
        return Part(part.axes, lambda xp, arrays, first: getattr(xp, name)(run(xp, arrays, first)))

    def comparison(self, sign: str, left: Part, right: Part) -> Part:
        axes = self.united(left.axes, right.axes)
        a, b, holds = self.aligned(left, axes), self.aligned(right, axes), COMPARISONS[sign].holds
        return Part(axes, lambda xp, arrays, first: holds(a(xp, arrays, first), b(xp, arrays, first)), "truth")

    def choice(self, condition: Part, chosen: Part, otherwise: Part) -> Part:
        kind = chosen.kind if chosen.kind == otherwise.kind else "real"
        if kind == "real":
            chosen, otherwise = real(chosen), real(otherwise)
        axes = self.united(condition.axes, chosen.axes, otherwise.axes)
        c, a, b = (self.aligned(part, axes) for part in (condition, chosen, otherwise))

        def run(xp: Namespace, arrays: Sequence[Array], first: int) -> Array:
            return xp.where(c(xp, arrays, first), a(xp, arrays, first), b(xp, arrays, first))

        if chosen.constant is None or otherwise.constant is None:
            return Part(axes, run, kind)
        # NumPy makes an array of double precision out of two plain numbers, but everything it will meet is single.
        return Part(axes, lambda xp, arrays, first: run(xp, arrays, first).astype(xp.float32))

    # Along axes.

    def reduced(self, axes: Axes, part: Part, collapse: Callable[[Array, tuple[int, ...]], Array]) -> Part:
        """The part without these axes. It may lack `b`: a sum over the batch of what comes in none."""
        part = real(part)
        lacking = [axis for axis in axes if axis not in part.axes and axis != "b"]
        places = tuple(place - len(part.axes) for place, axis in enumerate(part.axes) if axis in axes)
        kept, run = tuple(axis for axis in part.axes if axis not in axes), part.run
        if lacking:
            raise ValueError(f"what is added up does not depend on {', '.join(lacking)}")
        if not places:
            return part
        return Part(kept, lambda xp, arrays, first: collapse(run(xp, arrays, first), places))

    def sum(self, axes: Axes, argument: Formula) -> Part:
        match argument:
            case Binary("^", base, Number(2)):
                return self.squares(axes, real(self.part(base)))
        factors = [(self.part(factor), factor, inverse) for factor, inverse in factors_of(argument)]
        widest = max((part for part, _, _ in factors), key=lambda part: len(part.axes)).axes
        inside = [(factor, inverse) for part, factor, inverse in factors if set(part.axes) <= set(widest)]
        outside = [(factor, inverse) for part, factor, inverse in factors if not set(part.axes) <= set(widest)]
        if not outside:
            return self.reduced(axes, self.part(argument), lambda array, places: array.sum(places))
        return self.product(axes, self.part(multiplied(inside)), self.part(multiplied(outside)))

    def squares(self, axes: Axes, part: Part) -> Part:
        """A sum of squares."""
        run = part.run
        if axes != part.axes[-1:]:
            squared = Part(part.axes, power(run, run, 2))
            return self.reduced(axes, squared, lambda array, places: array.sum(places))

        def with_itself(xp: Namespace, arrays: Sequence[Array], first: int) -> Array:
            array = run(xp, arrays, first)
            return xp.vecdot(array, array)

        return Part(part.axes[:-1], with_itself)

    def product(self, over: Axes, left: Part, right: Part) -> Part:
        """A matrix product: summed over some axes that both have, side by side along the other axes that both have."""

        def add_up(array: Array, places: tuple[int, ...]) -> Array:
            return array.sum(places)

        alone = [axis for axis in over if (axis in left.axes) != (axis in right.axes)]
        left = self.reduced(tuple(axis for axis in alone if axis in left.axes), left, add_up)
        right = self.reduced(tuple(axis for axis in alone if axis in right.axes), right, add_up)
        shared = tuple(axis for axis in left.axes if axis in right.axes and axis not in over)
        inner = tuple(axis for axis in left.axes if axis in over)
        rows = tuple(axis for axis in left.axes if axis not in shared + inner)
        columns = tuple(axis for axis in right.axes if axis not in shared + inner)
        a, b = self.aligned(left, shared + rows + inner), self.aligned(right, shared + inner + columns)
        sides, kept = len(shared), len(shared) + len(rows)
        middle, plain = len(shared) + len(inner), len(rows) == len(inner) == len(columns) == 1

        def run(xp: Namespace, arrays: Sequence[Array], first: int) -> Array:
            one, other = a(xp, arrays, first), b(xp, arrays, first)
            if plain:
                return xp.matmul(one, other)
            size, batch, width = math.prod(one.shape[kept:]), one.shape[:sides], math.prod(other.shape[middle:])
            matrix = one.reshape((*batch, math.prod(one.shape[sides:kept]), size))
            product = xp.matmul(matrix, other.reshape((*batch, size, width)))
            return product.reshape(one.shape[:kept] + other.shape[middle:])

        return Part(shared + rows + columns, run)


def own_letters(node: Formula) -> Sequence[str]:
    """The letters that a node itself names."""
    match node:
        case Place(axis):
            return (axis,)
        case Cell(_, indices):
            return tuple(index for index in indices if isinstance(index, str))
    return ()


def constant(value: float) -> Part:
    return Part((), lambda xp, arrays, first: value, "real", value)


def real(part: Part) -> Part:
    """The part as floating-point numbers: whole numbers and truth values would turn float32 into float64."""
    if part.kind == "real":
        return part
    run = part.run
    return Part(part.axes, lambda xp, arrays, first: run(xp, arrays, first).astype(xp.float32))


def whole(part: Part) -> Part:
    """The part as whole numbers, for use as indices."""
    if part.kind == "whole":
        return part
    run = part.run
    return Part(part.axes, lambda xp, arrays, first: xp.asarray(run(xp, arrays, first)).astype(int), "whole")


def power(base: Run, exponent: Run, number: float | None) -> Run:
    """A power; squares and cubes are products, since NumPy takes eight times as long to raise to the third power."""
    if number not in (2, 3):
        return lambda xp, arrays, first: base(xp, arrays, first) ** exponent(xp, arrays, first)

    def product(xp: Namespace, arrays: Sequence[Array], first: int) -> Array:
        array = base(xp, arrays, first)
        return array * array if number == 2 else array * array * array

    return product


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
