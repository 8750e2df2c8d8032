"""All attention patterns of a model, in one scale of colour: a row for each layer, a column for each head."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.graph.axes import TIME, TWINS
from pellucid.scene.drawing import texture
from pellucid.scene.drawing.cells import ink
from pellucid.scene.drawing.looks import Looks
from pellucid.scene.drawing.markup import element, rect, text
from pellucid.scene.drawing.paper import palette_of, paper
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Values
from pellucid.scene.drawing.rulers import Pieces
from pellucid.scene.drawing.sheet import STEPS, coloured
from pellucid.scene.drawing.style import Choice
from pellucid.scene.drawing.text import cell_text, text_width
from pellucid.scene.drawing.words import Title, Words

EDGE, BETWEEN, HEAD = 20.0, 18.0, 18.0
TITLE, LABEL, LETTER = 14.0, 11.5, 10.0
LETTERS_FROM, DIGITS_FROM = 9.0, 27.0
"""Cells of so many pixels have the text's letters beside them, and their numbers in them."""
LARGEST = 190.0
"""The side of one pattern."""
BAR = Rect(0.0, 0.0, 90.0, 10.0)
COLOURS = np.arange(0, STEPS + 1, dtype=np.int8)[None]


def patterns_of(graph: Graph) -> list[Tensor]:
    """What says how much of each earlier position is gathered: it is read together with what is looked back at."""
    found = []
    for op in graph.makers.values():
        if op.looked_back_at:
            found += [one for one in op.operands if {TIME, TWINS[TIME]} <= set(one.axes) and one.kind == "activation"]
    return found


@dataclass(frozen=True)
class Gallery:
    """`rows` are the tensors' names over each other, each with its matrices beside each other."""

    rows: list[tuple[str, list[np.ndarray]]]
    heads: list[str]
    letters: list[str]
    width: float

    @property
    def beside(self) -> float:
        names = max(text_width(name, LABEL) for name, _ in self.rows)
        return EDGE + names + 10 + (LETTER * 1.6 if self.is_lettered else 0)

    @property
    def side(self) -> float:
        names = max(text_width(name, LABEL) for name, _ in self.rows)
        free = self.width - 2 * EDGE - names - 10 - LETTER * 1.6
        return min(LARGEST, free / len(self.heads) - BETWEEN)

    @property
    def cell(self) -> float:
        return self.side / len(self.rows[0][1][0])

    @property
    def is_lettered(self) -> bool:
        return bool(self.letters) and self.cell >= LETTERS_FROM

    @property
    def top(self) -> float:
        return EDGE + TITLE + 14 + HEAD

    @property
    def height(self) -> float:
        return self.top + len(self.rows) * (self.side + BETWEEN) + (LETTER + 6 if self.is_lettered else 0)

    def area(self, row: int, column: int) -> Rect:
        left, top = self.beside + column * (self.side + BETWEEN), self.top + row * (self.side + BETWEEN)
        return Rect(left, top, left + self.side, top + self.side)


def draw_gallery(
    graph: Graph,
    values: Values,
    tensors: Iterable[Tensor],
    pieces: Pieces,
    looks: Looks,
) -> str:
    """The SVG of these patterns, or of all that there are. Raises PellucidError where there are none."""
    shown = [tensor for tensor in patterns_of(graph) if not tensors or tensor in tensors]
    if not shown:
        raise PellucidError(
            "empty-drawing", "There are no attention patterns among these parts: name a part that has some, or none."
        )
    matrices = [values[tensor.name].reshape(-1, *values[tensor.name].shape[-2:]) for tensor in shown]
    heads = [axis for axis in shown[0].axes if axis not in (TIME, TWINS[TIME])]
    count = max(map(len, matrices))
    gallery = Gallery(
        [(row_name(graph, tensor, looks.title), list(own)) for tensor, own in zip(shown, matrices, strict=True)],
        [f"{heads[0]}={head}" if len(heads) == 1 else str(head) for head in range(count)],
        [pieces[TIME][at] for at in range(matrices[0].shape[-2])] if pieces else [],
        looks.width,
    )
    words, theme = looks.words, looks.theme
    drawn = "".join((*headings(gallery, words), *patterns(gallery, theme), bar(gallery, theme)))
    size = Rect(0.0, 0.0, looks.width, float(round(gallery.height + EDGE + 10)))
    told = words.patterns_told.format(words.listed.join(name for name, _ in gallery.rows))
    return paper(size, drawn, theme, looks.language, words.patterns, told)


def row_name(graph: Graph, tensor: Tensor, title: Title) -> str:
    """Of the layer that it belongs to, which is the outermost part."""
    part = graph.groups.get(tensor.group.rpartition(".")[0]) or graph.groups[tensor.group]
    return title(part.title)


def headings(gallery: Gallery, words: Words) -> Iterator[str]:
    yield text(words.patterns, EDGE, EDGE + TITLE, font_size=TITLE, class_="title")
    for column, head in enumerate(gallery.heads):
        middle, _ = gallery.area(0, column).middle
        yield text(head, middle, gallery.top - 7, font_size=LABEL, text_anchor="middle")
    for row, (name, _) in enumerate(gallery.rows):
        _, middle = gallery.area(row, 0).middle
        yield text(name, EDGE, middle + LABEL * 0.35, font_size=LABEL, class_="title")


def patterns(gallery: Gallery, theme: Choice) -> Iterator[str]:
    scale = largest(gallery)
    for row, (_, matrices) in enumerate(gallery.rows):
        for column, matrix in enumerate(matrices):
            area = gallery.area(row, column)
            strengths = texture.strengths(matrix, scale)
            leveled = texture.levels(strengths, STEPS)
            yield rect(area, class_="plate")
            yield coloured(leveled, STEPS, palette_of(theme), area, "near cells", max(1, round(gallery.cell)))
            yield rect(area.grown(0.6), class_="activation frame", stroke_width=1.2)
            if gallery.cell >= DIGITS_FROM:
                yield digits(matrix, strengths, area, gallery.cell)
            if gallery.is_lettered:
                yield from letters(gallery, area, row, column)


def largest(gallery: Gallery) -> float:
    return max(texture.colour_scale(matrix) for _, matrices in gallery.rows for matrix in matrices)


def digits(matrix: np.ndarray, strengths: np.ndarray, area: Rect, cell: float) -> str:
    size = min(11.0, cell * 0.36)
    written = []
    for row, column in np.ndindex(matrix.shape):
        said = cell_text(float(matrix[row, column]), 4, signed=False)
        if said is not None:
            x, y = area.left + (column + 0.5) * cell, area.top + (row + 0.5) * cell + size * 0.35
            written.append(text(said, x, y, class_=ink(float(strengths[row, column]))))
    return element("g", "".join(written), class_="digits", font_size=size)


def letters(gallery: Gallery, area: Rect, row: int, column: int) -> Iterator[str]:
    """Beside the first pattern of each row and under the last of each column."""
    for at, letter in enumerate(gallery.letters):
        along = (at + 0.5) * gallery.cell
        if column == 0:
            y = area.top + along + LETTER * 0.35
            yield text(letter, area.left - 6, y, font_size=LETTER, text_anchor="end")
        if row == len(gallery.rows) - 1:
            yield text(letter, area.left + along, area.bottom + LETTER + 4, font_size=LETTER, text_anchor="middle")


def bar(gallery: Gallery, theme: Choice) -> str:
    """From 0 to the largest share that there is."""
    left, top = gallery.width - EDGE - BAR.width - 34, EDGE + TITLE - BAR.height
    colours = element(
        "image",
        href=texture.picture(COLOURS, STEPS, palette_of(theme), 3),
        x=left,
        y=top,
        width=BAR.width,
        height=BAR.height,
        preserveAspectRatio="none",
        class_="near cells",
    )
    ends = text("0", left - 5, top + 9, text_anchor="end") + text(
        f"{largest(gallery):.2g}", left + BAR.width + 5, top + 9
    )
    return colours + ends
