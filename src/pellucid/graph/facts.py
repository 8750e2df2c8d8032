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


def shape_of(formula: Formula, operands: Sequence[Tensor]) -> str:
    """The formula's form: its nodes and constants, and operands by number, whatever their axes. A constant that has a
    symbol counts as any number. Formulas of one shape can be computed by one kernel.
    """
    match formula:
        case Number(value, symbol):
            return symbol or repr(float(value))
        case Size():
            return "size"
        case Place():
            return "place"
        case Cell(tensor, _):
            inner = ",".join(shape_of(part, operands) for part in parts(formula))
            return f"#{operands.index(tensor)}" + (f"[{inner}]" if inner else "")
        case Binary(name, _, _) | Comparison(name, _, _) | Function(name, _) | Reduction(name, _, _):
            return f"{name}({','.join(shape_of(part, operands) for part in parts(formula))})"
        case Choice():
            return f"choose({','.join(shape_of(part, operands) for part in parts(formula))})"
        case Step(_, argument):
            return shape_of(argument, operands)
    raise TypeError(f"{formula} is no node of a formula")


def constant_of(formula: Formula, symbol: str) -> float:
    """The value of the constant with that symbol."""
    return next(node.value for node in walk(formula) if isinstance(node, Number) and node.symbol == symbol)


def formula_to_json(node: Formula, operands: Sequence[Tensor]) -> Any:
    """A node as a list: its name, then what it is made of. Letters are strings, cells name their operand by number."""

    def inner(part: Formula) -> Any:
        return formula_to_json(part, operands)

    match node:
        case Number(value, symbol):
            written = value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
            return ["number", written, symbol] if symbol else ["number", written]
        case Size(axis):
            return ["size", axis]
        case Place(axis):
            return ["place", axis]
        case Cell(tensor, indices):
            return ["cell", operands.index(tensor), [one if isinstance(one, str) else inner(one) for one in indices]]
        case Reduction(kind, axes, argument):
            return [kind, list(axes), inner(argument)]
        case Step(name, argument):
            return ["step", name, inner(argument)]
        case Choice():
            return ["choose", *map(inner, parts(node))]
        case Function(name, argument):
            return [name, inner(argument)]
        case Binary(sign, _, _) | Comparison(sign, _, _):
            return [sign, *map(inner, parts(node))]
    raise TypeError(f"{node} is no node of a formula")
