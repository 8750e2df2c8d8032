"""Which cells of which card are marked, kept when the others are taken back, and named."""

from dataclasses import dataclass, field

from pellucid.scene.drawing.cards import Card
from pellucid.scene.drawing.composition import Composition
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request

LINE, CHOSEN_LINE = 2.0, 2.75
"""The widths of outlines around cells spoken of, and around the one that is selected."""


@dataclass
class Marks:
    """On one card. `kept` are the cells that stay as they are (None: all do), `lines` the outlines and their widths,
    `crossed` what is switched off."""

    kept: list[Rect] | None = None
    lines: list[tuple[Rect, float]] = field(default_factory=list)
    crossed: list[Rect] = field(default_factory=list)


Key = tuple[str, int]


def key(card: Card) -> Key:
    return card.tensor.name, card.order


def marks_on(request: Request, composition: Composition) -> dict[Key, Marks]:
    """The marks by card; a tensor that is spoken of keeps nothing on its other cards."""
    found: dict[Key, Marks] = {}
    for name, region in (*request.lit, *request.reads):
        for face in composition.faces.get(name, ()):
            marks = found.setdefault(key(face.card), Marks([]))
            if (span := face.card.span(region)) and marks.kept is not None:
                marks.kept.append(face.card.place(*span))
                marks.lines.append((face.card.place(*span), LINE))
    if request.chosen:
        name, index = request.chosen
        for face in composition.faces.get(name, ()):
            if span := face.card.span(tuple((at, at + 1) for at in index)):
                marks = found.setdefault(key(face.card), Marks())
                marks.lines.append((face.card.place(*span), CHOSEN_LINE))
                if marks.kept is not None:
                    marks.kept.append(face.card.place(*span))
    for name, region in request.off:
        for face in composition.faces.get(name, ()):
            if span := face.card.span(region):
                found.setdefault(key(face.card), Marks()).crossed.append(face.card.place(*span))
    return found
