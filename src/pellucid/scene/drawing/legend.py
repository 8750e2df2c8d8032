"""The legend under a drawing: what its colours, outlines and patterns mean, as many entries as it has of them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.graph.axes import AXES
from pellucid.scene.drawing import texture
from pellucid.scene.drawing.markup import element, rect, text
from pellucid.scene.drawing.palette import Palette
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.text import text_width
from pellucid.scene.drawing.texture import colour_scale
from pellucid.scene.drawing.words import Title, Words
from pellucid.scene.scene import Box, Scene

SIZE = 11
ROW = 20.0
MARGIN = 14.0
BETWEEN = 12.0
SWATCH = 12.0
BAR = 64.0
COLOUR_STEPS = 31
COLOURS = np.arange(-COLOUR_STEPS, COLOUR_STEPS + 1, dtype=np.int8)[None]
DASHED = 30.0
DASHES = "7 4"
"""Of a line that leaves out steps."""
AIR = 5.0
"""Between a swatch and its words."""


@dataclass(frozen=True)
class Entry:
    """`swatch` is markup drawn at the origin, in a space `room` wide and SWATCH high."""

    swatch: str
    room: float
    words: str
    before: str = ""

    @property
    def width(self) -> float:
        words = [text_width(words, SIZE) + AIR for words in (self.before, self.words) if words]
        return self.room + sum(words)


@dataclass(frozen=True)
class Legend:
    rows: tuple[tuple[Entry, ...], ...]

    @staticmethod
    def of(entries: list[Entry], width: float) -> "Legend":
        """The entries in rows no wider than that."""
        rows: list[tuple[Entry, ...]] = []
        free = 0.0
        for entry in entries:
            if entry.width + BETWEEN > free or not rows:
                rows.append(())
                free = width - 2 * MARGIN
            rows[-1] = (*rows[-1], entry)
            free -= entry.width + BETWEEN
        return Legend(tuple(rows))

    @property
    def height(self) -> float:
        return ROW * len(self.rows) + 6 if self.rows else 0.0

    def draw(self, top: float) -> str:
        parts = []
        for number, row in enumerate(self.rows):
            x, y = MARGIN, top + number * ROW
            for entry in row:
                parts.append(drawn(entry, x, y))
                x += entry.width + BETWEEN
        return element("g", "".join(parts), class_="legend")


def drawn(entry: Entry, x: float, y: float) -> str:
    middle = y + SWATCH / 2 + 4
    parts = []
    if entry.before:
        parts.append(text(entry.before, x, middle))
        x += text_width(entry.before, SIZE) + AIR
    parts.append(element("g", entry.swatch, transform=f"translate({x:g} {y:g})"))
    parts.append(text(entry.words, x + entry.room + (AIR if entry.room else 0), middle))
    return "".join(parts)


def swatch(markup: str, words: str) -> Entry:
    return Entry(markup, SWATCH, words)


def outline(kind: str) -> str:
    frame = rect(Rect(1, 1, SWATCH - 1, SWATCH - 1), class_=f"{kind} frame", stroke_width=1.5)
    return rect(Rect(1, 1, SWATCH - 1, SWATCH - 1), class_="plate") + frame


def crossed() -> str:
    path = f"M0 0H{SWATCH:g}V{SWATCH:g}H0ZL{SWATCH:g} {SWATCH:g}M0 {SWATCH:g}L{SWATCH:g} 0"
    return filled(class_="plate") + element("path", d=path, class_="cross")


def dashed() -> str:
    return filled(class_="plate") + rect(Rect(1, 1, SWATCH - 1, SWATCH - 1), class_="taken")


def filled(**attributes: object) -> str:
    return rect(Rect(0, 0, SWATCH, SWATCH), **attributes)


def colour_bar(palette: Palette | None) -> str:
    """The colours from negative to positive, as markup."""
    return element(
        "image",
        href=texture.picture(COLOURS, COLOUR_STEPS, palette),
        width=BAR,
        height=SWATCH,
        preserveAspectRatio="none",
        class_="near cells",
    )


# What it has to say.


def legend_of(
    scene: Scene,
    request: Request,
    words: Words,
    bar: str,
    hatch: str,
    width: float,
    axes: Title | None,
    more: Sequence[Entry] = (),
) -> Legend:
    """With `axes`, which says a title in the reader's language, also what the letters at the tables count."""
    named = [] if axes is None else axis_entries(request, words, axes)
    return Legend.of([*entries(scene, request, words, bar, hatch), *more, *named], width)


def left_out(words: Words, *, lit: bool) -> Entry:
    """A dashed arrow, in the colour of those in the drawing; a grey one where they differ."""
    look = "lit " if lit else ""
    line = element(
        "path", d=f"M0 {SWATCH / 2:g}H{DASHED - 8:g}", class_=f"{look}ribbon", stroke_width=3, stroke_dasharray=DASHES
    )
    head = element("path", d=f"M{DASHED:g} {SWATCH / 2:g}l-9 -6v12z", class_=f"{look}head")
    return Entry(line + head, DASHED, words.left_out)


def axis_entries(request: Request, words: Words, title: Title) -> Iterator[Entry]:
    for letter in dict.fromkeys(letter for tensor in request.frame for letter in tensor.axes):
        yield Entry("", 0.0, words.axis.format(letter, title(AXES[letter])))


def entries(scene: Scene, request: Request, words: Words, bar: str, hatch: str) -> Iterator[Entry]:
    """What the drawing needs to be told of. `bar` is the colours from negative to positive as markup, of which numbers
    that are never negative, such as shares, have the upper half."""
    arrays = {tensor.name: request.array(tensor) for tensor in request.frame}
    numbers = [array for array in arrays.values() if array is not None]
    upper = bool(numbers) and all((array >= 0).all() for array in numbers)
    if upper:
        half = element("svg", bar, width=BAR / 2, height=SWATCH, viewBox=f"{BAR / 2:g} 0 {BAR / 2:g} {SWATCH:g}")
        most = f"{colour_scale(numbers[0]):.3g}"
        yield Entry(half, BAR / 2, most if len(numbers) == 1 else words.shares, before="0" if len(numbers) == 1 else "")
    elif len(numbers) == 1:
        most = f"{colour_scale(numbers[0]):.3g}"
        yield Entry(bar, BAR, f"+{most}", before=f"−{most}")
    elif numbers:
        yield Entry(bar, BAR, words.positive, before=words.negative)
    if numbers:
        yield Entry("", 0.0, words.uneven)
    if request.values is not None and any(is_partial(box, arrays) for box in scene.boxes if box.tensor in arrays):
        yield swatch(filled(fill=f"url(#{hatch})"), words.not_computed)
    if request.untrained and numbers:
        yield swatch(filled(class_="plate") + filled(fill=f"url(#{hatch})"), words.untrained)
    if any(np.isneginf(array).any() for array in numbers):
        yield swatch(filled(class_="masked"), words.masked)
    if request.off:
        yield swatch(crossed(), words.switched_off)
    if request.replaced:
        yield swatch(dashed(), words.replaced)
    kinds = {tensor.kind for tensor in request.frame}
    if len(kinds) > 1:
        for kind, word in words.kinds.items():
            if kind in kinds:
                yield swatch(outline(kind), word)


def is_partial(box: Box, arrays: Mapping[str, np.ndarray | None]) -> bool:
    """Whether the box has more cells than there are numbers."""
    array = arrays[box.tensor]
    return array is None or array.size < math.prod(box.cells)
