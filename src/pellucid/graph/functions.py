"""What the functions, operations and comparisons of formulas are: in numbers, by their slopes, in LaTeX, in words.

A function is added by its name in formula.py and one row here. Numbers come out as IEEE 754 has them: infinities and
NaN where Python would raise.
"""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.graph.formula import Formula, FunctionName, Number, cos, exp, sigmoid, sin


@dataclass(frozen=True)
class Known:
    """What is known of a function of one number.

    `slope` is the derivative, from the argument and the function's value; a function without one has slope 0. `step` is
    what a step with it is called. `latex` encloses its argument where it says so with `%s`, or else stands before it;
    `around` is the LaTeX of one that encloses, when it stands alone.
    """

    number: Callable[[float], float]
    slope: Callable[[Formula, Formula], Formula] | None
    step: str
    latex: str
    around: str = ""

    @property
    def sign(self) -> str:
        """The LaTeX of the function alone."""
        return self.around or self.latex


FUNCTIONS: Mapping[FunctionName, Known] = {
    "sqrt": Known(
        lambda x: math.sqrt(x) if x >= 0 else math.nan,
        lambda x, root: 1 / (2 * root),
        "root",
        r"\sqrt{%s}",
        r"\sqrt{\;}",
    ),
    "exp": Known(
        lambda x: math.inf if x >= 709 else math.exp(x), lambda x, power: power, "exponentiate", "e^{%s}", "e^{x}"
    ),
    "log": Known(
        lambda x: math.log(x) if x > 0 else -math.inf if x == 0 else math.nan,
        lambda x, logarithm: 1 / x,
        "logarithm",
        r"\ln",
    ),
    "tanh": Known(math.tanh, lambda x, tanh: 1 - tanh**2, "tanh", r"\tanh"),
    "sigmoid": Known(
        lambda x: 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x)),
        lambda x, share: share * (1 - share),
        "sigmoid",
        r"\operatorname{sigmoid}",
    ),
    "softplus": Known(  # ln(1 + e^x), which is nearly 0 or nearly x far from 0
        lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))) if not math.isnan(x) else x,
        lambda x, softplus: sigmoid(x),
        "softplus",
        r"\operatorname{softplus}",
    ),
    "erf": Known(
        math.erf,
        lambda x, share: Number(2 / math.sqrt(math.pi), r"\tfrac{2}{\sqrt\pi}") * exp(-(x**2)),
        "error function",
        r"\operatorname{erf}",
    ),
    "sin": Known(lambda x: math.sin(x) if math.isfinite(x) else math.nan, lambda x, sine: cos(x), "sine", r"\sin"),
    "cos": Known(lambda x: math.cos(x) if math.isfinite(x) else math.nan, lambda x, cosine: -sin(x), "cosine", r"\cos"),
    "floor": Known(
        lambda x: math.floor(x) if math.isfinite(x) else x,
        None,
        "round down",
        r"\left\lfloor %s \right\rfloor",
        r"\lfloor\;\rfloor",
    ),
}


ERF = (
    *(-0.65132685989085472, 0.64196979235649026, 0.019476473204185836, -0.0095615147868086316, -9.4659534448203687e-4),
    *(3.6683949785276145e-4, 4.2523324806907772e-5, -2.0278578112534243e-5, -1.6242900046470255e-6),
    *(1.3036558355805232e-6, 1.5626441722066143e-8, -8.5238095914926543e-8, 6.5290544390988515e-9),
    *(5.0593434955514689e-9, -9.9136415649303309e-10, -2.2736512229318359e-10, 9.6467911020155268e-11),
    *(2.3940380830391147e-12, -6.8860275264975534e-12, 8.9448792730907257e-13, 3.1309213993429580e-13),
    *(-1.1270822361367252e-13, 3.8109052551892320e-16, 7.1060976136092370e-15, -1.5230282014571043e-15),
)
"""The error function of x ≥ 0 is 1 − t exp(Σ ERF[k] T_k(2t − 1) − x²) with t = 2 / (2 + x): the series of Chebyshev
polynomials T_k that belongs to the sum in the exponent, cut where it no longer matters to double precision."""


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
    try:
        found = OPERATIONS[sign].compute(left, right)
    except (ZeroDivisionError, OverflowError):
        found = None
    if isinstance(found, int | float):
        return float(found)
    with np.errstate(all="ignore"):  # powers that Python refuses, or leaves the real numbers for, as arrays have them
        return float(np.float64(left) ** right)


def total(numbers: Iterable[float]) -> float:
    """The sum, rounded once; where there is none, as of both infinities, what adding them up comes to."""
    added = list(numbers)
    try:
        return math.fsum(added)
    except (ValueError, OverflowError):
        return sum(added)


def largest(numbers: Iterable[float]) -> float:
    """The largest; no number where one of them is none, wherever it stands."""
    compared = list(numbers)
    return math.nan if any(map(math.isnan, compared)) else max(compared)
