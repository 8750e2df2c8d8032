"""Numbers and words as a lesson prints them, in prose and inside a formula."""

import html
import math
import re
from typing import Any

from pellucid.lessons.expression import MISSING
from pellucid.lessons.problems import Mistake
from pellucid.words.numbers import digits_of
from pellucid.words.numbers import number as latex_number

FORMAT = re.compile(r"\+?,?(?:(?:\.\d\d?)?[feg%])?")
IN_PARENTHESES = re.compile(r"\((.*)\)")
"""A format inside these puts them around a negative number: `0.01 + (−0.07)`, but `0.01 + 0.07`."""
NOISE = 3e-7
"""By so large a part of themselves numbers differ that were computed in single precision in one way or another."""
DIGITS = 4
DECIMALS = 2
LARGEST_PLAIN, SMALLEST_PLAIN = 1e6, 1e-4
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "+")
LATEX_SIGNS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "#$%&_{}"},
}


def check_format(spec: str) -> None:
    """Raises Mistake for what is no format of a number."""
    if not FORMAT.fullmatch(IN_PARENTHESES.sub(r"\1", spec)):
        raise Mistake(
            f"':{spec}' is no format: write it as in :.3f (decimals), :.1% (per cent), :, (thousands) or "
            ":(.3f) (parentheses around what is negative)."
        )


def formatted(value: Any, spec: str, *, in_math: bool = False) -> str:
    """As HTML text: the value of an expression, with Python's format `spec` if there is one."""
    if isinstance(value, str):
        return html.escape(latex_words(value) if in_math else value)
    parenthesised = IN_PARENTHESES.fullmatch(spec)
    if parenthesised:
        text = formatted(value, parenthesised[1], in_math=in_math)
        return f"({text})" if text.startswith(("-", "−")) else text
    text = MISSING if math.isnan(value) else in_format(settled(float(value)), spec, in_math=in_math)
    return html.escape(latex_figures(text) if in_math else text.replace("-", "−"))


def in_format(value: float, spec: str, *, in_math: bool = False) -> str:
    if math.isinf(value):
        return "-∞" if value < 0 else "∞"
    if spec.endswith("%"):
        return per_cent(value, spec)
    if spec:
        return signed(value, spec)
    return latex_number(value) if in_math else four_digits(value)


def settled(value: float) -> float:
    """The value; of one that differs from a whole number by no more than single precision does, that number.

    Programs that compute the same run differ by as much, and what is printed must not depend on which of them it was.
    """
    whole = round(value) if math.isfinite(value) else 0
    return float(whole) if whole and abs(value - whole) <= NOISE * abs(whole) else value + 0.0


def signed(value: float, spec: str) -> str:
    """In that format; without a minus sign before nothing but zeros."""
    plus, rest = spec.startswith("+"), spec.removeprefix("+")
    text = format(abs(value), rest if rest.strip(",") else rest + (".0f" if whole_enough(value) else f".{DIGITS}g"))
    minus = value < 0 and re.search("[1-9]", text.split("e")[0])
    return f"{'-' if minus else '+' if plus else ''}{text}"


def whole_enough(value: float) -> bool:
    """Whether all that is left of the value in four digits is whole."""
    return value.is_integer() or abs(value) >= 10 ** (DIGITS - 1)


def printed(value: float, spec: str) -> float:
    """The number that a reader has of it."""
    spec = IN_PARENTHESES.sub(r"\1", spec)
    value = settled(float(value))
    if not math.isfinite(value):
        return value
    if spec.endswith("%"):
        text = per_cent(value, spec)
        return float(text.strip("<>% ").replace(",", "")) / 100
    if spec:
        return float(signed(value, spec).replace(",", ""))
    return value if value.is_integer() else float(format(value, f".{DIGITS}g"))


def per_cent(value: float, spec: str) -> str:
    """Two decimals unless `spec` says how many; more where these would claim 0 % or 100 % of what is not; a bound."""
    before, _, decimals = spec.rstrip("%").partition(".")
    fewest = int(decimals or DECIMALS)
    for more in (fewest, fewest + 2):
        text = signed(value, f"{before}.{more}%")
        if value in (0, 1) or float(text.rstrip("%").replace(",", "")) not in (0, 100):
            return text
    bound = 10.0 ** -(fewest + 4)
    return f"< {bound:.{fewest + 2}%}" if value < 0.5 else f"> {1 - bound:.{fewest + 2}%}"


def four_digits(value: float) -> str:
    """Four significant digits, or as many as tell it from a whole number: as on the page (web/src/words/numbers.ts)."""
    magnitude = abs(value)
    if value.is_integer() and magnitude < LARGEST_PLAIN:
        return f"{value:.0f}"
    if SMALLEST_PLAIN <= magnitude < LARGEST_PLAIN:
        text = f"{value:#.{digits_of(value)}g}".rstrip(".")
        return f"{value:.0f}" if "e" in text else text
    mantissa, exponent = f"{value:.{DIGITS - 1}e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPT)}"


def latex_figures(text: str) -> str:
    """A formatted number as LaTeX: thousands without the space after a comma, per cent and infinity as commands."""
    return text.replace(",", "{,}").replace("%", r"\%").replace("∞", r"\infty").replace(MISSING, r"\text{—}")


def latex_words(text: str) -> str:
    return rf"\text{{{''.join(LATEX_SIGNS.get(sign, sign) for sign in text)}}}"
