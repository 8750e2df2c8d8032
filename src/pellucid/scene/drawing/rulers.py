"""Axis rulers: the indices along the edges of a matrix that is near, with the letter of its axis at the end and, along
positions and tokens, the letter that each one stands for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pellucid.graph import Tensor
from pellucid.graph.axes import GROWING
from pellucid.scene.drawing.cards import Card
from pellucid.scene.drawing.labels import Anchor, Table
from pellucid.scene.drawing.markup import element, text
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.text import text_width

SIZE = 11
HEIGHT = 14
OFFSET = 4
NEAR = 9
"""Cells smaller than this, in pixels, get no ruler: a letter is about as wide."""
LETTER = 9
"""How near letters may stand over one another, each of which counts; indices stand looser."""
SPACE = 4
"""Between one index and the next; letters by themselves need none."""

Pieces = Mapping[str, Sequence[str]]
"""By axis, what each of its positions holds."""


@dataclass(frozen=True)
class Tick:
    """Text centred at (`x`, `y`) or, with `anchor` "start" or "end", beginning or ending there."""

    text: str
    x: float
    y: float
    anchor: Anchor
    strong: bool

    @property
    def area(self) -> Rect:
        width = text_width(self.text, SIZE, bold=self.strong)
        left = self.x - {"start": 0, "middle": width / 2, "end": width}[self.anchor]
        return Rect(left, self.y - HEIGHT / 2, left + width, self.y + HEIGHT / 2)


@dataclass(frozen=True)
class Side:
    """Over the card (`across` and `before`) or under it, at its left (`before`) or its right."""

    across: bool
    before: bool


@dataclass(frozen=True)
class Ruler:
    tensor: str
    ticks: tuple[Tick, ...]

    @property
    def area(self) -> Rect:
        return Rect.around(tick.area for tick in self.ticks)

    def draw(self) -> str:
        ticks = (
            text(
                tick.text,
                tick.x,
                tick.y + SIZE * 0.35,
                text_anchor=tick.anchor,
                class_="main" if tick.strong else None,
            )
            for tick in self.ticks
        )
        return element("g", "".join(ticks), class_="ruler", data_tensor=self.tensor)


def rulers(
    cards: Iterable[Card], pieces: Pieces, strong: Mapping[str, tuple[range, range]], table: Table
) -> list[Ruler]:
    """Rulers for these cards, the first ones first, each on a side that is free; taken note of on the table.

    `strong` tells, by tensor, of which columns and rows the indices matter most.
    """
    found = []
    for card in cards:
        under = False
        for across in (True, False):
            letter = card.box.axes[0 if across else 1]
            if letter is None:
                continue
            special = strong.get(card.tensor.name, (range(0), range(0)))[0 if across else 1]
            for side in (Side(across, before=True), Side(across, before=False)):
                held = pieces_at(card.tensor, pieces).get(letter, ())
                ruler = laid(card, letter, held, special, side, first=under)
                if is_free(ruler, table):
                    table.taken.append(ruler.area.grown(1))
                    found.append(ruler)
                    under = across and not side.before
                    break
    return found


def pieces_at(tensor: Tensor, pieces: Pieces) -> Pieces:
    """What its positions hold: a weight has the same positions whatever the text is."""
    if tensor.kind != "weight":
        return pieces
    return {axis: held for axis, held in pieces.items() if axis not in GROWING}


def is_free(ruler: Ruler, table: Table) -> bool:
    area = ruler.area
    return table.is_free(area) and not any(area.overlap(rect) for _, rect in table.drawn)


def laid(card: Card, letter: str, pieces: Sequence[str], special: range, side: Side, *, first: bool) -> Ruler:
    """The ruler of one axis; its letter stands after the last index, or before the first one."""
    texts = tick_texts(card.columns if side.across else card.rows, pieces, card.cell if side.across else float("inf"))
    if side.across:
        least = max(widths(texts)) + (0 if texts[0] in pieces else SPACE)
    else:
        least = LETTER if pieces else HEIGHT - 3
    step = round_step(least / card.cell)
    special = special if len(special) < len(texts) else range(0)
    ends = [special[0], special[-1]] if special else []
    ticks = []
    for index, words in enumerate(texts):
        crowded = any(0 < abs(index - end) < step for end in ends)
        if index in ends or (index % step == 0 and not crowded):
            ticks.append(tick(card, words, index + 0.5, side, strong=index in special))
    beyond = max(0.6, 10 / card.cell)
    end = tick(card, letter, -beyond if first else len(texts) + beyond, side, strong=True)
    return Ruler(card.tensor.name, (*ticks, end))


def tick_texts(count: int, pieces: Sequence[str], room: float) -> list[str]:
    """Every index with its piece; where there is little room the pieces alone, if there is one for each."""
    indices = [str(index) for index in range(count)]
    both = [f"{index} {piece}" for index, piece in zip(indices, pieces, strict=False)]
    if both and max(widths(both)) < room:
        return both + indices[len(both) :]
    return list(pieces[:count]) if len(pieces) >= count else indices


def widths(texts: Sequence[str]) -> list[float]:
    return [text_width(text, SIZE, bold=True) for text in texts]


def tick(card: Card, text: str, cell: float, side: Side, *, strong: bool) -> Tick:
    area = card.area
    if side.across:
        y = area.top - OFFSET - HEIGHT / 2 if side.before else area.bottom + OFFSET + HEIGHT / 2
        return Tick(text, area.left + cell * card.cell, y, "middle", strong)
    x = area.left - OFFSET - 1 if side.before else area.right + OFFSET + 1
    return Tick(text, x, area.top + cell * card.cell, "end" if side.before else "start", strong)


def round_step(least: float) -> int:
    """The least of 1, 2, 5, 10, 20, 50 ... that is not under `least`."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10
