"""Drawing a model, or a part of it, as SVG: the scene's boxes and ribbons with their real numbers, seen from the front.

A drawing says what a view of the page's stage says, where nothing can move: in an article, on paper, on a slide.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from pellucid.graph import Graph
from pellucid.graph.op import Index
from pellucid.scene.drawing import ribbons, texture
from pellucid.scene.drawing.cards import Card, Marked
from pellucid.scene.drawing.cells import Face, digits
from pellucid.scene.drawing.composition import EDGE, Composition, compose
from pellucid.scene.drawing.filters import colourings, ramps
from pellucid.scene.drawing.labels import Table, place_labels
from pellucid.scene.drawing.legend import BAR, SWATCH, legend_of
from pellucid.scene.drawing.marks import Key, Marks, key, marks_on
from pellucid.scene.drawing.markup import clean, element, rect
from pellucid.scene.drawing.names import subjects
from pellucid.scene.drawing.palette import PALETTES, Palette
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request, Values, checked
from pellucid.scene.drawing.rulers import NEAR, SIZE, Pieces, rulers
from pellucid.scene.drawing.sentences import described
from pellucid.scene.drawing.sheet import Sheet, outline, veil
from pellucid.scene.drawing.style import SANS, Choice, root_class, style_sheet
from pellucid.scene.drawing.words import DEFAULT_LANGUAGE, WORDS, Title
from pellucid.scene.scene import Scene

TALLEST, TALLEST_WHOLE = 1.0, 1.45
"""How high a drawing of a part, or of a whole model, may be by itself, in its widths."""
ALONG = 4.0
"""A strip nearer to a matrix than so many cells shares its ruler."""
COLOUR_STEPS = 31
COLOURS = np.arange(-COLOUR_STEPS, COLOUR_STEPS + 1, dtype=np.int8)[None]
MARKER = "pellucid-drawing-"
"""What ids begin with until the drawing's own number is known."""
HATCH = f"{MARKER}hatch"


def draw_scene(
    scene: Scene,
    graph: Graph,
    values: Values | None = None,
    *,
    frame: Iterable[str] | None = None,
    show: Iterable[str] = (),
    lit: Sequence[Marked] = (),
    reads: Sequence[Marked] = (),
    selected: tuple[str, Index] | None = None,
    pieces: Pieces | None = None,
    width: float = 720.0,
    height: float | None = None,
    theme: Choice = "auto",
    language: str = "en",
    title: Title = str,
    name: str | None = None,
) -> str:
    """An SVG of the tensors in `frame`, of all where it is None.

    values: the numbers, weights among them, by name; None draws shapes alone. What is missing was not computed.
    show: the rest recedes; so it does where cells are lit, read or selected, unless it is named here.
    lit, reads: cells spoken of, and cells read; `selected`: one cell, its value written beside it.
    pieces: by axis, what its positions hold, such as the letters along `t`, `s` and `v`.
    width, height: in pixels; letters keep their size whatever the width. `height` is the most the drawing may take.
    language: of the legend and the sentences; they are English where words.py has no others.
    title: the reader's words for titles of tensors and parts; `name` says what is drawn to those who cannot see it.

    Raises PellucidError for tensors and cells that the graph does not have.
    """
    request = checked(scene, graph, values, frame, show, lit, reads, selected)
    palette = None if theme == "auto" else PALETTES[theme]
    words = WORDS.get(language, WORDS[DEFAULT_LANGUAGE])
    legend = legend_of(scene, request, words, colour_bar(palette), HATCH, width)
    tallest = TALLEST_WHOLE if request.whole else TALLEST
    composition = compose(scene, request, width, (height or tallest * width) - legend.height)
    drawn, filled = layers(request, composition, pieces or {}, palette, title)
    floor = filled.bottom + EDGE
    size = Rect(0.0, filled.top - EDGE, width, floor + legend.height)
    heading, sentences = described(request, words, title, name)
    drawing = element(
        "svg",
        element("title", clean(heading), id=f"{MARKER}title")
        + element("desc", clean(sentences), id=f"{MARKER}desc")
        + element("style", style_sheet(theme))
        + definitions(theme)
        + rect(size, class_="ground", rx=8)
        + drawn
        + legend.draw(floor),
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
    return drawing.replace(MARKER, f"drawing-{zlib.crc32(drawing.encode()):08x}-")


def definitions(theme: Choice) -> str:
    line = element("path", d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5", class_="hatch", stroke_width=0.9)
    pattern = element("pattern", line, id=HATCH, width=6, height=6, patternUnits="userSpaceOnUse")
    return element("defs", pattern + (colourings(MARKER) if theme == "auto" else ""))


def colour_bar(palette: Palette | None) -> str:
    return element(
        "image",
        href=texture.picture(COLOURS, COLOUR_STEPS, palette),
        width=BAR,
        height=SWATCH,
        preserveAspectRatio="none",
        class_="near cells",
    )


def layers(
    request: Request, composition: Composition, pieces: Pieces, palette: Palette | None, title: Title
) -> tuple[str, Rect]:
    """Everything over the ground, from behind to the front; and what of the picture it fills."""
    marks = marks_on(request, composition)
    ways = ways_of(request, composition)
    sheets = sheets_of(request, composition)
    table = Table(composition.picture, drawn=obstacles(composition, ways, marks))
    laid = rulers(ruled(request, composition), pieces, spans(request, composition), table)
    labels = place_labels(subjects(request, composition, laid, title), table)
    filled = Rect.around(
        [
            *(area for _, area in composition.parts),
            *(area for _, area in table.drawn),
            *(label.area for label in labels),
            *(ruler.area for ruler in laid),
        ]
    )
    markup = "".join(
        (
            *(rect(area, class_="panel", rx=6) for _, area in composition.parts),
            *(drawn(sheet, marks, palette) for sheet in sheets if not sheet.front),
            ribbons.draw(ways),
            *(drawn(sheet, marks, palette) for sheet in sheets if sheet.front),
            *(ruler.draw() for ruler in laid),
            *(label.draw() for label in labels),
        )
    )
    return markup, Rect(0.0, round(filled.top), composition.picture.right, round(filled.bottom))


def sheets_of(request: Request, composition: Composition) -> list[Sheet]:
    """From behind to the front; what recedes apart from what does not."""
    by_depth: dict[tuple[float, bool], list[Face]] = defaultdict(list)
    for stack in composition.faces.values():
        for face in stack:
            by_depth[face.card.depth, request.is_faint(face.card.tensor.name)].append(face)
    return [
        Sheet(by_depth[depth, faint], faint, front=depth == 0)
        for depth, faint in sorted(by_depth, key=lambda key: (-key[0], not key[1]))
    ]


def drawn(sheet: Sheet, marks: dict[Key, Marks], palette: Palette | None) -> str:
    """A sheet and what is on it."""
    parts = [sheet.draw(palette, HATCH)]
    for face in sheet.faces:
        on_card = marks.get(key(face.card), Marks())
        if on_card.kept is not None:
            parts.append(veil(face.card, on_card.kept))
        if sheet.front and not sheet.faint:
            parts.append(digits(face, on_card.kept))
        parts += [outline(area, width) for area, width in on_card.lines]
    return "".join(parts)


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
    """Of every tensor with marked cells, which columns and rows they are in."""
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
