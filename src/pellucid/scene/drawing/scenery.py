"""Drawing a model, or a part of it, as SVG: the scene's boxes and ribbons with their real numbers, seen from the front.

A drawing says what a view of the page's stage says, where nothing can move: in an article, on paper, on a slide.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pellucid.cached import cached_property
from pellucid.graph import Graph
from pellucid.graph.arithmetic import Index
from pellucid.scene.drawing import ribbons
from pellucid.scene.drawing.cards import Card, Marked
from pellucid.scene.drawing.cells import Face, digits, gap
from pellucid.scene.drawing.composition import EDGE, Composition, compose
from pellucid.scene.drawing.excerpt import dashed_ways, excerpt
from pellucid.scene.drawing.legend import Legend, colour_bar, left_out, legend_of
from pellucid.scene.drawing.markup import rect
from pellucid.scene.drawing.palette import Palette
from pellucid.scene.drawing.paper import HATCH, palette_of, paper
from pellucid.scene.drawing.plan import Key, Marks, Plan, key, largest
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request, Values, checked
from pellucid.scene.drawing.rulers import Pieces
from pellucid.scene.drawing.sentences import described
from pellucid.scene.drawing.sheet import Sheet, cross, hatched, outline, veil
from pellucid.scene.drawing.style import Choice
from pellucid.scene.drawing.words import Title, Words, words_in
from pellucid.scene.scene import Scene

TALLEST, TALLEST_WHOLE = 1.0, 1.45
"""How high a drawing of a part, or of a whole model, may be by itself, in its widths."""


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
    off: Sequence[Marked] = (),
    untrained: Sequence[Marked] = (),
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
    off: cells that are switched off, which are crossed out.
    untrained: cells that training never judged, which are pale and hatched.
    pieces: by axis, what its positions hold, such as the letters along `t`, `s` and `v`.
    width, height: in pixels; letters keep their size whatever the width. `height` is the most the drawing may take.
    language: of the legend and the sentences; they are English where words.py has no others.
    title: the reader's words for titles of tensors and parts; `name` says what is drawn to those who cannot see it.

    Raises PellucidError for tensors and cells that the graph does not have.
    """
    request = checked(scene, graph, values, frame, show, lit, reads, selected, off, untrained)
    canvas = Canvas(scene, request, width, theme, language, pieces or {}, title, name)
    tallest = (height or (TALLEST_WHOLE if request.whole else TALLEST) * width) - canvas.legend.height
    plan = largest(scene, request, width, tallest, canvas.pieces, title)
    return canvas.svg(layers(request, plan, canvas.palette), plan.filled.top - EDGE, plan.filled.bottom + EDGE)


def draw_excerpt(
    scene: Scene,
    graph: Graph,
    values: Values,
    *,
    frame: Iterable[str],
    lit: Sequence[Marked] = (),
    reads: Sequence[Marked] = (),
    selected: tuple[str, Index] | None = None,
    off: Sequence[Marked] = (),
    untrained: Sequence[Marked] = (),
    fan: bool = False,
    taken: Mapping[str, Pieces] | None = None,
    pieces: Pieces | None = None,
    width: float = 720.0,
    height: float | None = None,
    theme: Choice = "auto",
    language: str = "en",
    title: Title = str,
    name: str | None = None,
) -> str:
    """An SVG of these tensors as tables with every number printed, of large ones the cells that are spoken of.

    fan: the matrices of a stack stand side by side.
    taken: of tensors whose cells were taken from another text, the `pieces` of that. The other arguments are those of
    `draw_scene`.

    Raises PellucidError as that does.
    """
    request = checked(scene, graph, values, frame, (), lit, reads, selected, off, untrained)
    request = replace(request, bright=None, taken=taken or {})  # no table recedes
    canvas = Canvas(
        scene,
        request,
        width,
        theme,
        language,
        pieces or {},
        title,
        name,
        dashed=dashed_ways(request, fan=fan),
        names_axes=True,
    )
    found = excerpt(scene, request, width, (height or TALLEST * width) - canvas.legend.height, title, fan=fan)
    return canvas.svg(found.draw(request, canvas.pieces, canvas.palette, HATCH), 0.0, found.height)


def cell_size(scene: Scene, graph: Graph, frame: Iterable[str], width: float, height: float) -> float:
    """How wide a cell is, in pixels, where a scene of these tensors has so much room."""
    request = checked(scene, graph, None, frame, (), (), (), None, ())
    return compose(scene, request, width, height).plane.scale


@dataclass(frozen=True)
class Canvas:
    """What all drawings have around what is drawn: ground, style, legend, and words for those who cannot see it."""

    scene: Scene
    request: Request
    width: float
    theme: Choice
    language: str
    pieces: Pieces
    title: Title
    name: str | None
    dashed: Sequence[bool] = ()
    """Of each arrow that is dashed, because steps between are not shown, whether it is lit."""
    names_axes: bool = False
    """Whether its legend says what the letters of the axes count."""

    @property
    def palette(self) -> Palette | None:
        return palette_of(self.theme)

    @property
    def words(self) -> Words:
        return words_in(self.language)

    @cached_property
    def legend(self) -> Legend:
        axes = self.title if self.names_axes else None
        bar = colour_bar(self.palette)
        more = [left_out(self.words, lit=all(self.dashed))] if self.dashed else []
        return legend_of(self.scene, self.request, self.words, bar, HATCH, self.width, axes, more)

    def svg(self, drawn: str, top: float, floor: float) -> str:
        """The drawing, of which what is drawn takes up the room from `top` to `floor`."""
        size = Rect(0.0, top, self.width, floor + self.legend.height)
        heading, sentences = described(self.request, self.words, self.title, self.name, self.pieces)
        return paper(size, drawn + self.legend.draw(floor), self.theme, self.language, heading, sentences)


def layers(request: Request, plan: Plan, palette: Palette | None) -> str:
    """Everything over the ground, from behind to the front."""
    sheets = sheets_of(request, plan.composition)
    return "".join(
        (
            *(rect(area, class_="panel", rx=6) for _, area in plan.composition.parts),
            *(drawn(sheet, request, plan.marks, palette) for sheet in sheets if not sheet.front),
            ribbons.draw(plan.ways),
            *(drawn(sheet, request, plan.marks, palette) for sheet in sheets if sheet.front),
            *(ruler.draw() for ruler in plan.rulers),
            *(label.draw() for label in plan.labels),
        )
    )


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


def drawn(sheet: Sheet, request: Request, marks: dict[Key, Marks], palette: Palette | None) -> str:
    """A sheet and what is on it."""
    parts = [sheet.draw(palette, HATCH)]
    for face in sheet.faces:
        on_card = marks.get(key(face.card), Marks())
        pale = untrained_on(face.card, request)
        parts += [hatched(area, HATCH) for area in pale]
        if on_card.kept is not None:
            parts.append(veil(face.card, on_card.kept))
        numbers = digits(face, on_card.kept, pale) if sheet.front and not sheet.faint else ""
        parts.append(numbers)
        parts += [cross(area) for area in on_card.crossed]
        room = gap(face) if numbers else None
        parts += [outline(area, width, room) for area, width in on_card.lines]
    return "".join(parts)


def untrained_on(card: Card, request: Request) -> list[Rect]:
    """Where a card has results that training never judged."""
    spans = [card.span(region) for name, region in request.untrained if name == card.tensor.name]
    return [card.place(*span) for span in spans if span]
