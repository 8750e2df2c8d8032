"""What the functions, operations and comparisons of formulas are: in numbers, by their slopes, in LaTeX, in words.

A function is added by its name in formula.py and one row here. Numbers come out as IEEE 754 has them: infinities and
NaN where Python would raise.
"""

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.graph.formula import Formula, FunctionName, cos, sin


@dataclass(frozen=True)
class Known:
    """What is known of a function of one number.

    `slope` is the derivative, from the argument and the function's value; a function without one has slope 0. `latex`
    encloses its argument where it says so with `%s`, or else stands before it. `step` is what a step with it is called,
    and `sign` its LaTeX alone.
    """

    number: Callable[[float], float]
    slope: Callable[[Formula, Formula], Formula] | None
    latex: str
    step: str
    sign: str


FUNCTIONS: Mapping[FunctionName, Known] = {
    "sqrt": Known(
        lambda x: math.sqrt(x) if x >= 0 else math.nan,
        lambda x, root: 1 / (2 * root),
        r"\sqrt{%s}",
        "root",
        r"\sqrt{\;}",
    ),
    "exp": Known(
        lambda x: math.inf if x >= 709 else math.exp(x), lambda x, power: power, "e^{%s}", "exponentiate", "e^{x}"
    ),
    "log": Known(
        lambda x: math.log(x) if x > 0 else -math.inf if x == 0 else math.nan,
        lambda x, logarithm: 1 / x,
        r"\ln ",
        "logarithm",
        r"\ln",
    ),
    "tanh": Known(math.tanh, lambda x, tanh: 1 - tanh**2, r"\tanh ", "tanh", r"\tanh"),
    "sigmoid": Known(
        lambda x: 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x)),
        lambda x, share: share * (1 - share),
        r"\mathrm{sigmoid} ",
        "sigmoid",
        r"\mathrm{sigmoid}",
    ),
    "sin": Known(
        lambda x: math.sin(x) if math.isfinite(x) else math.nan, lambda x, sine: cos(x), r"\sin ", "sine", r"\sin"
    ),
    "cos": Known(
        lambda x: math.cos(x) if math.isfinite(x) else math.nan, lambda x, cosine: -sin(x), r"\cos ", "cosine", r"\cos"
    ),
    "floor": Known(
        lambda x: math.floor(x) if math.isfinite(x) else x,
        None,
        r"\left\lfloor %s \right\rfloor",
        "round down",
        r"\lfloor\;\rfloor",
    ),
}


@dataclass(frozen=True)
class Operation:
    """One of the four operations, or a power: how it computes (arrays too), what a step with it is called, and its sign
    there, in LaTeX and in plain text."""

    compute: Callable[[Any, Any], Any]
    step: str
    latex: str
    plain: str


OPERATIONS: Mapping[str, Operation] = {
    "+": Operation(operator.add, "add", "+", "+"),
    "-": Operation(operator.sub, "subtract", "-", "−"),
    "*": Operation(operator.mul, "multiply", r"\times", "×"),
    "/": Operation(operator.truediv, "divide", r"\div", "÷"),
    "^": Operation(operator.pow, "raise", "^", "^"),
}


@dataclass(frozen=True)
class Relation:
    """A comparison: whether it holds (in arrays too), and the LaTeX of its sign and of the opposite's."""

    holds: Callable[[Any, Any], Any]
    latex: str
    opposite: str


COMPARISONS: Mapping[str, Relation] = {
    "<": Relation(operator.lt, "<", r"\ge"),
    "<=": Relation(operator.le, r"\le", ">"),
    "==": Relation(operator.eq, "=", r"\ne"),
}


def operate(sign: str, left: float, right: float) -> float:
    """An operation with plain numbers."""
    if sign == "/" and not right:
        return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
    return float(OPERATIONS[sign].compute(left, right))
