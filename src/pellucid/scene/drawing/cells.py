"""The numbers of one card: which of its cells are computed, masked, seen; their colours, and their digits in print."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pellucid.scene.drawing import texture
from pellucid.scene.drawing.cards import Card
from pellucid.scene.drawing.markup import element, text
from pellucid.scene.drawing.palette import PALETTES
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.text import MONO_WIDTH, cell_text

LETTER = 6.75
"""The least width of a printed character that can be read with ease, in pixels."""
LARGEST_DIGITS = 14.0
FILLED = 0.88
"""The share of a cell's width that digits may take."""
MOST_DIGITS = 700
"""Where more cells than this are large enough, none is printed: it would be a wall of numbers."""

Matrix = np.ndarray | None
NOTHING = np.empty((0, 0), np.float32)


@dataclass(frozen=True)
class Face:
    """A card with its numbers. `matrix` is what has been computed of it (None: the drawing is of shapes alone), `scale`
    the magnitude of the strongest colour; `cover` is the card in front, if there is one."""

    card: Card
    matrix: Matrix
    scale: float
    cover: Rect | None = None

    @property
    def void(self) -> list[Rect]:
        """Where nothing has been computed."""
        if self.matrix is None:
            return []
        (rows, columns), card = self.matrix.shape, self.card
        right = card.place(range(columns, card.columns), range(card.rows))
        below = card.place(range(columns), range(rows, card.rows))
        return [area for area in (right, below) if area.width > 0 and area.height > 0]

    @property
    def is_open(self) -> bool:
        """Whether one would see through it if there were but its numbers."""
        return self.matrix is None or bool(self.void)

    @property
    def masked(self) -> list[Rect]:
        """Where there is minus infinity, row by row."""
        if self.matrix is None or not np.isneginf(self.matrix).any():
            return []
        runs = []
        for row, masked in enumerate(np.isneginf(self.matrix)):
            edges = np.flatnonzero(np.diff(np.concatenate([[False], masked, [False]]).astype(np.int8)))
            for first, end in edges.reshape(-1, 2).tolist():
                runs.append(self.card.place(range(first, end), range(row, row + 1)))
        return runs

    def levels(self, steps: int, factor: int) -> np.ndarray:
        """The colours of the cells computed, `factor` x `factor` of them summarised in one; what the card in front
        covers is left empty."""
        assert self.matrix is not None
        strength = texture.strengths(self.matrix, self.scale)
        if factor > 1:
            strength = texture.summary(strength, factor)
        found = texture.levels(strength, steps)
        if self.cover:
            card, (rows, columns), texel = self.card, found.shape, self.card.cell * factor
            right = card.area.left + texel * np.arange(1, columns + 1) > self.cover.right
            over = card.area.top + texel * np.arange(rows) < self.cover.top
            found[~(right[None, :] | over[:, None])] = texture.EMPTY
        return found


def digits(face: Face, kept: Iterable[Rect] | None, pale: Iterable[Rect] = ()) -> str:
    """The numbers, printed in their cells, if these are large enough; faint outside of what is `kept`, and where it is
    `pale`."""
    card, texts = face.card, written(face)
    if face.matrix is None or not texts:
        return ""
    longest = max(len(shown) for row in texts for shown in row)
    size = size_of(card.cell, longest)
    strength = texture.strengths(face.matrix, face.scale)
    parts = []
    for row, line in enumerate(texts):
        for column, shown in enumerate(line):
            area = card.place(range(column, column + 1), range(row, row + 1))
            x, y = area.middle
            beyond = kept is not None and not any(area.overlap(other) for other in kept)
            dim = beyond or any(area.overlap(other) for other in pale)
            look = f"{ink(0)} dim" if dim else ink(strength[row, column])  # what is veiled is pale
            parts.append(text(shown, x, y + size * 0.35, class_=look))
    return element("g", "".join(parts), class_="digits", font_size=size)


def size_of(cell: float, longest: int) -> float:
    """Of digits in cells of that size."""
    return min(LARGEST_DIGITS, FILLED * cell / (MONO_WIDTH * longest))


def gap(face: Face) -> float | None:
    """What the printed numbers leave free on either side of a cell, in pixels; None where none are printed."""
    longest = max((len(shown) for row in written(face) for shown in row), default=0)
    return (face.card.cell - MONO_WIDTH * longest * size_of(face.card.cell, longest)) / 2 if longest else None


def written(face: Face) -> list[list[str]]:
    """The text of every cell; nothing where there are too many, or one does not fit."""
    if face.matrix is None or not 0 < face.matrix.size <= MOST_DIGITS:
        return []
    room = int(FILLED * face.card.cell / LETTER)
    if not room:
        return []
    signed = bool((face.matrix[np.isfinite(face.matrix)] < 0).any())
    texts = [[cell_text(float(value), room, signed=signed) for value in row] for row in face.matrix]
    fitting = [[shown for shown in row if shown is not None] for row in texts]
    return fitting if sum(map(len, fitting)) == face.matrix.size else []


def ink(strength: float) -> str:
    """The class of digits on that colour: which ink suits it in a light theme, which in a dark one."""
    return "".join("s" if PALETTES[theme].takes_strong_ink(strength) else "p" for theme in ("light", "dark"))
