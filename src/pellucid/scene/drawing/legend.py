"""The legend under a drawing: what its colours, outlines and patterns mean, as many entries as it has of them."""

from dataclasses import dataclass

from pellucid.scene.drawing.markup import element, rect, text
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.text import text_width

SIZE = 11
ROW = 20.0
MARGIN = 14.0
BETWEEN = 12.0
SWATCH = 12.0
BAR = 64.0
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
    parts.append(text(entry.words, x + entry.room + AIR, middle))
    return "".join(parts)


def swatch(markup: str, words: str) -> Entry:
    return Entry(markup, SWATCH, words)


def outline(kind: str) -> str:
    frame = rect(Rect(1, 1, SWATCH - 1, SWATCH - 1), class_=f"{kind} frame", stroke_width=1.5)
    return rect(Rect(1, 1, SWATCH - 1, SWATCH - 1), class_="plate") + frame


def filled(**attributes: object) -> str:
    return rect(Rect(0, 0, SWATCH, SWATCH), **attributes)
