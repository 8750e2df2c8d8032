"""How a number is written in formulas, lessons and pictures: with few digits, but enough not to seem a whole one."""

import math

DIGITS = 4
MOST_DIGITS = 8
"""The most digits: a number that is not whole gets more than four if it would look whole with four."""
HUNDREDS = 1000
"""Numbers from here on have no digits behind the point."""


def digits_of(value: float) -> int:
    """How many significant digits a number is written with: were 1.0002 written as 1, a sum would seem wrong."""
    if value == int(value) or abs(value) >= HUNDREDS:
        return DIGITS
    enough = (more for more in range(DIGITS, MOST_DIGITS + 1) if not float(f"{value:.{more}g}").is_integer())
    return next(enough, DIGITS)


def number(value: float) -> str:
    """LaTeX with four significant digits, or as many as tell the number from a whole one; infinities as their sign."""
    if not math.isfinite(value):
        return r"\mathrm{NaN}" if math.isnan(value) else r"-\infty" if value < 0 else r"\infty"
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.3e}".split("e")
        return rf"{mantissa}\times 10^{{{int(exponent)}}}"
    text = f"{value:.{digits_of(value)}g}"
    return f"{value:.0f}" if "e" in text else text
