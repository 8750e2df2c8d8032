"""What a formula tells without any numbers: what it costs, what shape it has, and how it is written as JSON."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.graph.formula import (
    Binary,
    Cell,
    Choice,
    Comparison,
    Formula,
    Function,
    Index,
    Number,
    Place,
    Reduction,
    Size,
    Step,
    axis_of,
    letters,
    parts,
    walk,
)
from pellucid.graph.tensor import Tensor


def arithmetic_cost(formula: Formula, axes: Sequence[str], sizes: Mapping[str, int]) -> int:
    """The floating-point operations of a formula for all cells of an output with these axes.

    Each operation and function counts one, for every combination of the letters it depends on. Looking up, comparing
    and choosing count nothing, and neither does what is fixed once the sizes are known.
    """

    def times(node: Formula) -> int:
        return math.prod(sizes[axis_of(letter)] for letter in letters(node))

    def cost(node: Formula) -> int:
        inside = sum(map(cost, parts(node)))
        match node:
            case Reduction(_, _, argument):
                return inside + times(argument)
            case Binary() | Function():
                return inside + (times(node) if letters(node) or not axes else 0)
        return inside

    return cost(formula)


def name_of(node: Formula) -> str:
    """What a node is called: an operation or a comparison by its sign, a function by its name, the rest by its kind."""
    match node:
        case Binary(name, _, _) | Comparison(name, _, _) | Function(name, _) | Reduction(name, _, _):
            return name
    return "choose" if isinstance(node, Choice) else type(node).__name__.lower()


def shape_of(formula: Formula, operands: Sequence[Tensor]) -> str:
    """The formula's form: its nodes and constants, and operands by number, whatever their axes. A constant that has a
    symbol counts as any number. Formulas of one shape can be computed by one kernel.
    """
    inner = ",".join(shape_of(part, operands) for part in parts(formula))
    match formula:
        case Step():
            return inner
        case Number(value, symbol):
            return symbol or repr(float(value))
        case Cell(tensor, _):
            return f"#{operands.index(tensor)}" + (f"[{inner}]" if inner else "")
    return f"{name_of(formula)}({inner})" if inner else name_of(formula)


def constant_of(formula: Formula, symbol: str) -> float:
    """The value of the constant with that symbol."""
    return next(node.value for node in walk(formula) if isinstance(node, Number) and node.symbol == symbol)


def formula_to_json(node: Formula, operands: Sequence[Tensor]) -> list[Any]:
    """A node as a list: its name, then what it is made of. Letters are strings, cells name their operand by number."""

    def inner(part: Index) -> Any:
        return part if isinstance(part, str) else formula_to_json(part, operands)

    name = name_of(node)
    match node:
        case Number(value, symbol):
            written = value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
            return [name, written, symbol] if symbol else [name, written]
        case Size(axis) | Place(axis):
            return [name, axis]
        case Cell(tensor, indices):
            return [name, operands.index(tensor), list(map(inner, indices))]
        case Reduction(_, axes, argument):
            return [name, list(axes), inner(argument)]
        case Step(called, argument):
            return [name, called, inner(argument)]
    return [name, *map(inner, parts(node))]
