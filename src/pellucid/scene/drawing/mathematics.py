"""Formulas as outlines of their letters, which every program shows alike: LaTeX set by ziamath, an extra."""

import importlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pellucid.graph import PellucidError

SMALLEST = 11.0
"""Letters are not set smaller than this, in pixels, to make a line fit: it is broken instead."""
LEADING = 10.0
"""Between two lines of one formula."""
INDENT = 28.0
BREAKS = re.compile(r" (?=[=+] |- )|(?<=\\cdots) ")
SIGNED = re.compile(r"(-\d[\d.]*)")
"""A negative number, which holds together; where something is taken away, a space stands behind the minus sign."""
COLOUR = ' fill="black"'
"""What ziamath says of every outline; left out, it is the colour of what the formula stands in."""


@dataclass(frozen=True)
class Line:
    """`outlines` are drawn at the origin, `width` and `height` what they cover from the upper left; `size` is that of
    its letters."""

    outlines: str
    size: float
    width: float
    height: float


def set_line(latex: str, size: float) -> Line:
    """Raises PellucidError (`no-mathematics`)."""
    try:
        ziamath: Any = importlib.import_module("ziamath")
    except ModuleNotFoundError:
        raise PellucidError(
            "no-mathematics",
            "A formula in a picture takes the package ziamath: `pip install 'pellucid[pictures]'` installs it.",
        ) from None
    ziamath.config.svg2 = False  # outlines in place, not defined once and used from elsewhere
    set_by = ziamath.Latex(SIGNED.sub(r"{\1}", latex), size=size)
    canvas = ET.Element("g")
    set_by.drawon(canvas, 0, 0, valign="top")
    width, height = set_by.getsize()
    return Line(ET.tostring(canvas, encoding="unicode").replace(COLOUR, ""), size, width, height)


def set_formula(latex: str, size: float, width: float) -> list[tuple[Line, float]]:
    """The formula in lines no wider than that, each with how far it is indented: smaller, and if that is not enough,
    broken before what is added or set equal."""
    whole = set_line(latex, size)
    if whole.width <= width:
        return [(whole, 0.0)]
    if size * width / whole.width >= SMALLEST:
        return [(set_line(latex, size * width / whole.width), 0.0)]
    lines: list[tuple[Line, float]] = []
    for text in broken(latex, SMALLEST, width):
        indent = INDENT if lines else 0.0
        line = set_line(text, SMALLEST)
        fits = min(1.0, (width - indent) / line.width)
        lines.append((line if fits == 1 else set_line(text, SMALLEST * fits), indent))
    return lines


def broken(latex: str, size: float, width: float) -> Iterator[str]:
    """Lines, as long as they may be, of what stands between the places where a formula may be broken."""
    line = ""
    for piece in pieces(latex):
        longer = f"{line} {piece}".strip()
        if line and set_line(longer, size).width > width - INDENT:
            yield line
            line = piece
        else:
            line = longer
    yield line


def pieces(latex: str) -> Iterator[str]:
    """The parts of a formula between which a line may end: not inside braces, nor in parentheses that grow."""
    start = 0
    for found in BREAKS.finditer(latex):
        if is_whole(latex[: found.start()]):
            yield latex[start : found.start()]
            start = found.end()
    yield latex[start:]


def is_whole(latex: str) -> bool:
    opened = latex.count("{") - latex.count("}")
    return opened == 0 and latex.count(r"\left") == latex.count(r"\right")
