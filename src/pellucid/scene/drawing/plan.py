"""Where everything in a drawing lies: what is composed, with its ribbons and marks, and the words that find a place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pellucid.scene.drawing import ribbons
from pellucid.scene.drawing.cards import Card
from pellucid.scene.drawing.composition import EDGE, Composition, compose
from pellucid.scene.drawing.labels import Label, Table, place_labels
from pellucid.scene.drawing.names import subjects
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.rulers import NEAR, Pieces, Ruler, rulers
from pellucid.scene.drawing.words import Title
from pellucid.scene.scene import Scene

ALONG = 4.0
"""A strip nearer to a matrix than so many cells shares its ruler."""
SHARES = (1.0, 0.5)
"""The share of the room left over that cells get: all of it or, where words then need more, half."""


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


@dataclass(frozen=True)
class Plan:
    """`filled` is what of the picture is taken up."""

    composition: Composition
    ways: Sequence[ribbons.Drawn]
    marks: dict[Key, Marks]
    rulers: Sequence[Ruler]
    labels: Sequence[Label]
    filled: Rect

    @property
    def height(self) -> float:
        return self.filled.height + 2 * EDGE


def largest(scene: Scene, request: Request, width: float, tallest: float, pieces: Pieces, title: Title) -> Plan:
    """The largest plan that fits: room that rulers and names turn out not to need goes to the cells."""
    first = planned(request, compose(scene, request, width, tallest), pieces, title)
    for share in SHARES:
        larger = compose(scene, request, width, tallest + share * (tallest - first.height))
        if larger.plane.scale <= first.composition.plane.scale:
            break
        again = planned(request, larger, pieces, title)
        if again.height <= tallest:
            return again
    return first


def planned(request: Request, composition: Composition, pieces: Pieces, title: Title) -> Plan:
    marks = marks_on(request, composition)
    ways = ways_of(request, composition)
    table = Table(composition.picture, drawn=obstacles(composition, ways, marks))
    laid = rulers(ruled(request, composition), pieces, spans(request, composition), table)
    labels = place_labels(subjects(request, composition, laid, pieces, title), table)
    filled = Rect.around(
        [
            *(area for _, area in composition.parts),
            *(area for _, area in table.drawn),
            *(label.area for label in labels),
            *(ruler.area for ruler in laid),
        ]
    )
    filled = Rect(0.0, round(filled.top), composition.picture.right, round(filled.bottom))
    return Plan(composition, ways, marks, laid, labels, filled)


# Ribbons.


def ways_of(request: Request, composition: Composition) -> list[ribbons.Drawn]:
    """The ribbons between tensors that are drawn."""
    ways = []
    for ribbon in composition.ribbons:
        points = ribbons.line(ribbon, composition.plane)
        if len(points) > 1:
            width = ribbons.thickness(ribbon, composition.plane)
            ways.append(ribbons.Drawn(points, width, look(ribbon.source, ribbon.target, request)))
    return ways


def look(source: str, target: str, request: Request) -> ribbons.Look:
    told = {name for name, _ in request.lit} | ({request.chosen[0]} if request.chosen else set())
    if target in told and source in {name for name, _ in request.reads}:
        return "lit"
    return "faint" if request.is_faint(source) or request.is_faint(target) else "plain"


# What words have to keep off.


def obstacles(
    composition: Composition, ways: Iterable[ribbons.Drawn], marks: dict[Key, Marks]
) -> list[tuple[str, Rect]]:
    """What should not be written over, and whose it is. Marked cells are nobody's: no label may lie on them."""
    cards = [(name, face.card.area) for name, stack in composition.faces.items() for face in stack]
    lines = [("", area) for way in ways for area in ribbons.covers(way.points, way.width)]
    marked = [("", area) for card_marks in marks.values() for area, _ in card_marks.lines]
    return [*cards, *lines, *marked]


def spans(request: Request, composition: Composition) -> dict[str, tuple[range, range]]:
    """The columns and rows of the marked cells, by the name of their tensor."""
    found: dict[str, tuple[range, range]] = {}
    for name, region in request.marked:
        if name in composition.faces and (span := composition.front(name).card.span(region)):
            found.setdefault(name, span)
    return found


def ruled(request: Request, composition: Composition) -> list[Card]:
    """The cards that may get rulers, the most important first. A strip along a matrix needs none."""
    if composition.plane.scale < NEAR:
        return []
    cards = [face.card for face in composition.fronts if not request.is_faint(face.card.tensor.name)]
    matrices = [card for card in cards if None not in card.box.axes[:2]]
    strips = [card for card in cards if None in card.box.axes[:2] and not any(lies_along(card, m) for m in matrices)]
    marked = {name for name, _ in request.marked}
    return sorted([*matrices, *strips], key=lambda card: card.tensor.name not in marked)


def lies_along(strip: Card, matrix: Card) -> bool:
    near = strip.area.grown(ALONG * strip.cell).overlap(matrix.area) > 0
    return near and any(
        axis is not None and axis == other for axis, other in zip(strip.box.axes[:2], matrix.box.axes[:2], strict=True)
    )


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
