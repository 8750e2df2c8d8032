"""All cards at one depth, drawn as one sheet: their plates, their cells in colour as a single picture, what of them is
not computed or masked, and their frames."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.scene.drawing import texture
from pellucid.scene.drawing.cards import Card
from pellucid.scene.drawing.cells import Face
from pellucid.scene.drawing.markup import box_path, element, number, rect
from pellucid.scene.drawing.palette import Palette
from pellucid.scene.drawing.plane import Rect, disjoint

FINE = 0.75
"""Cells smaller than this, in pixels, are summarised."""
SMOOTH = 3.0
"""Cells smaller than this are blended into each other by whoever shows the drawing, larger ones keep their edges."""
STEPS, FEW_STEPS = 31, 15
"""In so many strengths of either sign the colours come; few where cells are too small to tell more apart."""
GRID_FROM = 5.0
THIN, THICK = 0.75, 1.25
"""Frames, far and near."""


@dataclass(frozen=True)
class Sheet:
    """The cards do not overlap. In front, each frame can be told by its tensor's name."""

    faces: Sequence[Face]
    faint: bool
    front: bool

    @property
    def cell(self) -> float:
        return self.faces[0].card.cell

    def draw(self, palette: Palette | None, hatch: str) -> str:
        """`palette` is of the one theme that the drawing has, None if it has both."""
        void = joined(area for face in self.faces for area in face.void)
        kinds = self.by_kind()
        parts = [
            *(path("".join(sides(face.card) for face in faces), class_=f"{kind} side") for kind, faces in kinds),
            path(joined(face.card.area for face in self.faces if face.is_open), class_="plate"),
            *(
                path(joined(face.card.area for face in faces if face.matrix is None), class_=f"{kind} shape")
                for kind, faces in kinds
            ),
            self.picture(palette),
            path(void, class_="void"),
            path(void, fill=f"url(#{hatch})"),
            path(joined(area for face in self.faces for area in face.masked), class_="masked"),
            self.grid(),
            *(self.frames(kind, faces) for kind, faces in kinds),
        ]
        if not self.faint:
            return element("g", "".join(parts))
        behind = path(joined(face.card.area for face in self.faces), class_="void")  # which must not shine through
        return behind + element("g", "".join(parts), class_="faint")

    def by_kind(self) -> list[tuple[str, list[Face]]]:
        kinds: dict[str, list[Face]] = defaultdict(list)
        for face in self.faces:
            kinds[face.card.tensor.kind].append(face)
        return list(kinds.items())

    def picture(self, palette: Palette | None) -> str:
        """The cells in colour."""
        steps = STEPS if self.cell >= SMOOTH else FEW_STEPS
        place, levels = raster(self.faces, steps)
        if not levels.size:
            return ""
        if self.cell < SMOOTH:
            return coloured(levels, steps, palette, place, "cells")
        return coloured(levels, steps, palette, place, "near cells", round(self.cell))

    def grid(self) -> str:
        if self.cell < GRID_FROM:
            return ""
        lines = "".join(grid_path(face.card) for face in self.faces)
        return path(lines, class_="grid", stroke_width=min(1.0, self.cell * 0.06))

    def frames(self, kind: str, faces: Iterable[Face]) -> str:
        width = THIN if self.cell < SMOOTH else THICK
        areas = {face.card.tensor.name: face.card.area.grown(width / 2) for face in faces}
        if not self.front:
            return path(joined(areas.values()), class_=f"{kind} frame", stroke_width=width)
        frames = "".join(rect(area, data_tensor=name) for name, area in areas.items())
        return element("g", frames, class_=f"{kind} frame", stroke_width=width)


def raster(faces: Iterable[Face], steps: int) -> tuple[Rect, np.ndarray]:
    """The cells of all cards as one picture, and where it lies. Very small cells are summarised."""
    faces = [face for face in faces if face.matrix is not None and face.matrix.size]
    if not faces:
        return Rect(0, 0, 0, 0), np.empty((0, 0), np.int8)
    factor = 1
    while faces[0].card.cell * factor < FINE:
        factor *= 2
    left, top = (min(getattr(face.card.area, side) for face in faces) for side in ("left", "top"))
    texel = faces[0].card.cell * factor
    placed = []
    for face in faces:
        levels = face.levels(steps, factor)
        row, column = (round((face.card.area.top - top) / texel), round((face.card.area.left - left) / texel))
        placed.append((row, column, levels))
    height, width = (max(place[way] + place[2].shape[way] for place in placed) for way in (0, 1))
    canvas = np.full((height, width), texture.EMPTY, np.int8)
    for row, column, levels in placed:
        canvas[row : row + levels.shape[0], column : column + levels.shape[1]] = levels
    return Rect(left, top, left + width * texel, top + height * texel), canvas


def joined(areas: Iterable[Rect]) -> str:
    return "".join(map(box_path, areas))


def path(outline: str, **attributes: object) -> str:
    return element("path", d=outline, **attributes) if outline else ""


def sides(card: Card) -> str:
    """The upper and the right edge of the card, which is one cell thick."""
    (across, up), area = card.thickness, card.area
    if card.cell < SMOOTH:
        return ""
    top_side = f"M{number(area.left)} {number(area.top)}l{number(across)} {number(-up)}H{number(area.right + across)}"
    return f"{top_side}V{number(area.bottom - up)}L{number(area.right)} {number(area.bottom)}V{number(area.top)}z"


def grid_path(card: Card) -> str:
    area, cell = card.area, card.cell
    upright = (
        f"M{number(area.left + n * cell)} {number(area.top)}v{number(area.height)}" for n in range(1, card.columns)
    )
    level = (f"M{number(area.left)} {number(area.top + n * cell)}h{number(area.width)}" for n in range(1, card.rows))
    return "".join((*upright, *level))


def veil(card: Card, kept: Iterable[Rect]) -> str:
    """Takes back all cells but those kept. What two of these share must not count twice, which would close the hole."""
    return path(box_path(card.area) + joined(disjoint(kept)), fill_rule="evenodd", class_="veil")


def coloured(levels: np.ndarray, steps: int, palette: Palette | None, place: Rect, kind: str, enlarged: int = 1) -> str:
    """Levels of colour as a picture that fills a place, whatever its shape; `kind` is its class."""
    return element(
        "image",
        href=texture.picture(levels, steps, palette, enlarged),
        x=place.left,
        y=place.top,
        width=place.width,
        height=place.height,
        preserveAspectRatio="none",
        class_=kind,
    )


def hatched(area: Rect, hatch: str) -> str:
    """What lies there is pale and hatched: it was computed, but means nothing."""
    return rect(area, class_="veil") + rect(area, fill=f"url(#{hatch})")


def cross(area: Rect) -> str:
    """A frame with both diagonals, set off from any colour."""
    left, top, right, bottom = map(number, (area.left, area.top, area.right, area.bottom))
    path = f"{box_path(area)}M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"
    return element("path", d=path, class_="halo", stroke_width=3.5) + element("path", d=path, class_="off")


def outline(area: Rect, width: float, gap: float | None = None) -> str:
    """A line around what it marks, between two that set it off from any colour. It covers nothing of that; but where
    numbers are printed inside and outside, with a gap on either side of the edge, it runs in there, and is as thin as
    that takes."""
    halo = width + 2
    if gap is not None:
        width, halo = min(width, max(THIN, 2 * gap - 1)), min(halo, 2 * gap)
    around = area.grown(width / 2) if gap is None else area
    return rect(around, class_="halo", stroke_width=halo) + rect(around, class_="mark", stroke_width=width)
