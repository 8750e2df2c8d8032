"""Numbers and words as a lesson prints them, in prose and inside a formula."""

import html
import math
import re
from typing import Any

from pellucid.graph.typeset import digits_of
from pellucid.graph.typeset import number as latex_number
from pellucid.lessons.expression import MISSING
from pellucid.lessons.problems import Mistake

FORMAT = re.compile(r"\+?,?(?:\.\d\d?)?[feg%]?")
IN_PARENTHESES = re.compile(r"\((.*)\)")
"""A format inside these puts them around a negative number: `0.01 + (−0.07)`, but `0.01 + 0.07`."""
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
    if math.isnan(value):
        text = MISSING
    elif math.isinf(value):
        text = "-∞" if value < 0 else "∞"
    elif spec.endswith("%"):
        text = per_cent(float(value), spec)
    elif spec:
        text = format(float(value) if re.search(r"[.feg]", spec) else value, spec)
    elif in_math:
        text = latex_number(float(value))
    else:
        text = four_digits(float(value))
    return html.escape(latex_figures(text) if in_math else text.replace("-", "−"))


def printed(value: float, spec: str) -> float:
    """The number that a reader has of it."""
    spec = IN_PARENTHESES.sub(r"\1", spec)
    if not math.isfinite(value):
        return float(value)
    if spec.endswith("%"):
        text = per_cent(float(value), spec)
        return float(text.strip("<>% ").replace(",", "")) / 100
    if re.search(r"[.feg]", spec):
        return float(format(float(value), spec).replace(",", ""))
    return float(value) if spec or float(value).is_integer() else float(format(value, f".{DIGITS}g"))


def per_cent(value: float, spec: str) -> str:
    """Two decimals unless `spec` says how many; more where these would claim 0 % or 100 % of what is not; a bound."""
    before, _, decimals = spec.rstrip("%").partition(".")
    fewest = int(decimals or DECIMALS)
    for more in (fewest, fewest + 2):
        text = format(value, f"{before}.{more}%")
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
