"""Formulas: how one cell of a tensor comes from cells of others, as small expressions over named axes.

A formula is a tree of the nodes below. Tensors stand in it as `Cell`s, read at letters: `x[t, c]` is the cell of x at
the output's own t and, where c is summed over, at each c. Everything that is known of an op follows from its formula by
one walk over these nodes: computing (compute.py), gradients (derive.py), the arithmetic of a cell (arithmetic.py),
typesetting (typeset.py), its cost and its JSON (facts.py).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import mul
from typing import Literal, Union

from pellucid.graph.tensor import Tensor
from pellucid.words.errors import bad_graph

Operand = Union["Formula", float]
Index = Union[str, "Formula"]
"""Where a cell is read along one axis: at a letter, or at the number that a formula gives."""


@dataclass(frozen=True)
class Formula:
    """A node. Arithmetic and comparisons with formulas and plain numbers make larger formulas."""

    def __add__(self, other: Operand) -> "Formula":
        return Binary("+", self, formula(other))

    def __sub__(self, other: Operand) -> "Formula":
        return Binary("-", self, formula(other))

    def __mul__(self, other: Operand) -> "Formula":
        return Binary("*", self, formula(other))

    def __truediv__(self, other: Operand) -> "Formula":
        return Binary("/", self, formula(other))

    def __pow__(self, other: Operand) -> "Formula":
        return Binary("^", self, formula(other))

    def __radd__(self, other: float) -> "Formula":
        return Number(other) + self

    def __rsub__(self, other: float) -> "Formula":
        return Number(other) - self

    def __rmul__(self, other: float) -> "Formula":
        return Number(other) * self

    def __rtruediv__(self, other: float) -> "Formula":
        return Number(other) / self

    def __rpow__(self, other: float) -> "Formula":
        return Number(other) ** self

    def __neg__(self) -> "Formula":
        return Number(-1) * self

    def __bool__(self) -> bool:
        raise TypeError(
            "A formula is neither true nor false: write choose(condition, one, other), not `if`, `min` or `max`."
        )

    def __lt__(self, other: Operand) -> "Formula":
        return Comparison("<", self, formula(other))

    def __le__(self, other: Operand) -> "Formula":
        return Comparison("<=", self, formula(other))

    def __gt__(self, other: Operand) -> "Formula":
        return Comparison("<", formula(other), self)

    def __ge__(self, other: Operand) -> "Formula":
        return Comparison("<=", formula(other), self)

    def __abs__(self) -> "Formula":
        raise TypeError("A formula has no abs(): write choose(x < 0, -x, x).")

    def __iter__(self) -> Iterator["Formula"]:
        raise TypeError("A formula is one number and has no items: for a sum over an axis write total(x, 'c').")

    __array_ufunc__ = None
    """This makes NumPy's functions refuse a formula, while NumPy's numbers still combine with it."""

    def __float__(self) -> float:
        raise TypeError("A formula is not a number: write the functions of pellucid.graph.formula, such as tanh.")


@dataclass(frozen=True)
class Number(Formula):
    """A constant; `symbol` is its LaTeX where it has a better one than its digits."""

    value: float
    symbol: str = ""


@dataclass(frozen=True)
class Size(Formula):
    """How many indices an axis has."""

    axis: str


@dataclass(frozen=True)
class Place(Formula):
    """The index along an axis, from 0."""

    axis: str


@dataclass(frozen=True)
class Cell(Formula):
    """A cell of a tensor."""

    tensor: Tensor
    indices: tuple[Index, ...]

    def at(self, **elsewhere: Index) -> "Cell":
        """The cell read at another letter, or at a computed index, along the tensor's axes that are named."""
        unknown = elsewhere.keys() - set(self.tensor.axes)
        if unknown:
            raise bad_graph(
                f"{self.tensor.name} has no axis {', '.join(sorted(unknown))}: its axes are {' '.join(self.axes)}."
            )
        pairs = zip(self.tensor.axes, self.indices, strict=True)
        return replace(self, indices=tuple(elsewhere.get(axis, index) for axis, index in pairs))

    @property
    def axes(self) -> tuple[str, ...]:
        return self.tensor.axes


@dataclass(frozen=True)
class Binary(Formula):
    """One of the four operations, or a power."""

    sign: Literal["+", "-", "*", "/", "^"]
    left: Formula
    right: Formula


FunctionName = Literal["sqrt", "exp", "log", "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "floor"]


@dataclass(frozen=True)
class Function(Formula):
    """A function of one number."""

    name: FunctionName
    argument: Formula


@dataclass(frozen=True)
class Comparison(Formula):
    """1 where it holds, else 0."""

    sign: Literal["<", "<=", "=="]
    left: Formula
    right: Formula


@dataclass(frozen=True)
class Choice(Formula):
    """`chosen` where the condition holds, else `otherwise`, which is then not read."""

    condition: Formula
    chosen: Formula
    otherwise: Formula


@dataclass(frozen=True)
class Reduction(Formula):
    """The sum or the largest over all indices of the axes. The letters may be primed: a second index along an axis."""

    kind: Literal["sum", "max"]
    axes: tuple[str, ...]
    argument: Formula


@dataclass(frozen=True)
class Step(Formula):
    """A number on the way that has a name, which an explanation shows as a step."""

    name: str
    argument: Formula


# Making formulas.


def formula(operand: Operand) -> Formula:
    if isinstance(operand, bool):
        raise bad_graph(f"{operand} is no part of a formula: write equal(x, 0) instead of x == 0.")
    return operand if isinstance(operand, Formula) else Number(operand)


def cell(tensor: Tensor) -> Cell:
    """The cell at the tensor's own letters."""
    return Cell(tensor, tensor.axes)


def total(argument: Formula, *axes: str) -> Formula:
    return Reduction("sum", axes, argument)


def largest(argument: Formula, *axes: str) -> Formula:
    return Reduction("max", axes, argument)


def choose(condition: Formula, chosen: Operand, otherwise: Operand) -> Formula:
    return Choice(condition, formula(chosen), formula(otherwise))


def equal(left: Operand, right: Operand) -> Formula:
    return Comparison("==", formula(left), formula(right))


def function(name: FunctionName) -> Callable[[Formula], Formula]:
    return partial(Function, name)


sqrt, exp, log, tanh = function("sqrt"), function("exp"), function("log"), function("tanh")
sigmoid, softplus = function("sigmoid"), function("softplus")
erf, floor = function("erf"), function("floor")
sin, cos = function("sin"), function("cos")


# Looking at formulas.


def parts(node: Formula) -> tuple[Formula, ...]:
    """What a node is made of, in the order of reading; for a cell, the formulas among its indices."""
    held = node.indices if isinstance(node, Cell) else vars(node).values()
    return tuple(part for part in held if isinstance(part, Formula))


def rebuilt(node: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The same node with `change` made to each of its parts."""
    if isinstance(node, Cell):
        indices = (change(index) if isinstance(index, Formula) else index for index in node.indices)
        return replace(node, indices=tuple(indices))
    held = [(name, part) for name, part in vars(node).items() if isinstance(part, Formula)]
    changed = {name: new for name, part in held if (new := change(part)) is not part}
    return replace(node, **changed) if changed else node


def walk(node: Formula) -> Iterator[Formula]:
    """The node and everything in it."""
    yield node
    for part in parts(node):
        yield from walk(part)


def cells(node: Formula) -> list[Cell]:
    return [part for part in walk(node) if isinstance(part, Cell)]


def has_cells(node: Formula) -> bool:
    return any(isinstance(part, Cell) for part in walk(node))


def read_at(node: Formula, letter: str) -> tuple[Tensor, int] | None:
    """A tensor that is read at the letter inside the node, and along which of its axes; None where none is."""
    return next(((one.tensor, one.indices.index(letter)) for one in cells(node) if letter in one.indices), None)


def own_letters(node: Formula) -> tuple[str, ...]:
    """The letters that the node itself is read at."""
    match node:
        case Place(axis):
            return (axis,)
        case Cell(_, indices):
            return tuple(index for index in indices if isinstance(index, str))
    return ()


def letters(node: Formula) -> frozenset[str]:
    """The letters that the node's value depends on: all in it but those that a sum or maximum runs over."""
    inside = frozenset(own_letters(node)).union(*map(letters, parts(node)))
    return inside.difference(node.axes) if isinstance(node, Reduction) else inside


def factors_of(node: Formula, inverse: bool = False) -> list[tuple[Formula, bool]]:
    """The factors of a product or fraction, each with whether it stands below the line."""
    match node:
        case Binary("*", left, right):
            return [*factors_of(left, inverse), *factors_of(right, inverse)]
        case Binary("/", left, right):
            return [*factors_of(left, inverse), *factors_of(right, not inverse)]
    return [(node, inverse)]


def multiplied(factors: Sequence[tuple[Formula, bool]]) -> Formula:
    """The product of such factors."""
    above = [factor for factor, inverse in factors if not inverse]
    below = [factor for factor, inverse in factors if inverse]
    product = reduce(mul, above) if above else Number(1)
    return product / reduce(mul, below) if below else product


def without_steps(node: Formula) -> Formula:
    """The same formula with no names on the way."""
    return without_steps(node.argument) if isinstance(node, Step) else rebuilt(node, without_steps)


def renamed(node: Formula, names: dict[str, str]) -> Formula:
    """The formula with free letters replaced.

    Those that a sum or maximum inside runs over stay as they are; one that a new letter would be taken for is primed.
    """
    match node:
        case Place(axis):
            return Place(names.get(axis, axis))
        case Cell(tensor, indices):
            changed = (names.get(one, one) if isinstance(one, str) else renamed(one, names) for one in indices)
            return Cell(tensor, tuple(changed))
        case Reduction(kind, axes, argument):
            free = {old: names.get(old, old) for old in letters(node)}
            bound = {axis: primed(axis, free.values()) for axis in axes}
            return Reduction(kind, tuple(bound.values()), renamed(argument, {**free, **bound}))
    return rebuilt(node, lambda part: renamed(part, names))


def primed(letter: str, taken: Collection[str]) -> str:
    """The letter with as many primes as it needs to be none of those taken."""
    return primed(letter + "'", taken) if letter in taken else letter


def axis_of(letter: str) -> str:
    """The axis that a letter, primed or not, runs along."""
    return letter.rstrip("'")


def substituted(node: Formula, known: Mapping[Tensor, Formula]) -> Formula:
    """The formula with cells of some tensors replaced by what they are known to be."""
    if not known:
        return node
    if isinstance(node, Cell) and node.tensor in known:
        return known[node.tensor]
    return rebuilt(node, lambda part: substituted(part, known))
