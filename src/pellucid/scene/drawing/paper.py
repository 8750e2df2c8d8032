"""What every drawing is drawn on: an SVG with its ground, its looks in one theme or in all, and words for those who do
not see it."""

import zlib

from pellucid.scene.drawing.markup import clean, element, rect
from pellucid.scene.drawing.palette import PALETTES, Palette
from pellucid.scene.drawing.plain import plain
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.rulers import SIZE
from pellucid.scene.drawing.style import SANS, Choice, colourings, ramps, root_class, style_sheet, theme_rules

MARKER = "pellucid-drawing-"
"""What ids begin with until the drawing's own number is known."""
HATCH = f"{MARKER}hatch"


def palette_of(theme: Choice) -> Palette | None:
    """None for a drawing in all themes, whose cells are greys that a filter colours."""
    return None if theme == "auto" else PALETTES[theme]


def paper(size: Rect, drawn: str, theme: Choice, language: str, heading: str, sentences: str) -> str:
    """The SVG of that size with what is drawn on it."""
    drawing = element(
        "svg",
        element("title", clean(heading), id=f"{MARKER}title")
        + element("desc", clean(sentences), id=f"{MARKER}desc")
        + (element("style", style_sheet()) if theme == "auto" else "")
        + definitions(theme)
        + rect(size, class_="ground", rx=8)
        + drawn,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 {size.top:g} {size.width:g} {size.height:g}",
        width=size.width,
        height=size.height,
        class_=root_class(theme),
        role="img",
        aria_labelledby=f"{MARKER}title {MARKER}desc",
        lang=language,
        style=ramps(MARKER) if theme == "auto" else None,
        font_family=SANS,
        font_size=SIZE,
    )
    named = drawing.replace(MARKER, f"drawing-{zlib.crc32(drawing.encode()):08x}-")
    return named if theme == "auto" else plain(named, theme_rules(theme))


def definitions(theme: Choice) -> str:
    line = element("path", d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5", class_="hatch", stroke_width=0.9)
    pattern = element("pattern", line, id=HATCH, width=6, height=6, patternUnits="userSpaceOnUse")
    return element("defs", pattern + (colourings(MARKER) if theme == "auto" else ""))
