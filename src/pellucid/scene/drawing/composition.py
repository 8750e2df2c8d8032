"""What a drawing consists of and where it lies: the plane, every card with its numbers, the parts, room for words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.graph import Tensor
from pellucid.scene.drawing.cards import Card, cards_of, spoken_of
from pellucid.scene.drawing.cells import NOTHING, Face, Matrix
from pellucid.scene.drawing.plane import Plane, Rect, depth_of, gathered, lean, limited
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.rulers import NEAR
from pellucid.scene.drawing.texture import colour_scale
from pellucid.scene.scene import Bounds, Box, Frame, Ribbon, Scene

LARGEST_CELL = 44.0
NAMES_FROM, FEW = 2.2, 30
"""Where cells are smaller than this, in pixels, and tensors are not few, parts are named but not their tensors."""
BELOW_NEAR = NEAR - 0.5
WHOLE_PIXELS_FROM = 6.0
"""Cells of this size and larger are made a whole number of pixels wide, so that their edges are sharp."""
EDGE = 14.0
LABEL_ROOM = 22.0
RULER_ROOM = 20.0
RULER_BESIDE = 36.0
PANEL_MARGIN = 4.0
ROUNDS = 4


@dataclass(frozen=True)
class Composition:
    """`faces` are the cards of every tensor drawn, from back to front; `parts` the areas of those parts of the
    architecture that are drawn whole, the outer ones first; `first` says by axis which matrix of a stack is spoken of.
    The picture is all the room there is over the legend."""

    plane: Plane
    faces: dict[str, list[Face]]
    parts: list[tuple[Frame, Rect]]
    ribbons: list[Ribbon]
    first: Mapping[str, int]
    picture: Rect

    def front(self, name: str) -> Face:
        return self.faces[name][-1]

    @property
    def names_tensors(self) -> bool:
        return names_tensors(self.plane.scale, len(self.faces))

    @property
    def fronts(self) -> list[Face]:
        return [faces[-1] for faces in self.faces.values()]

    def stack(self, name: str) -> Rect:
        """What all cards of a tensor cover."""
        return Rect.around(face.card.area for face in self.faces[name])


def names_tensors(scale: float, count: int) -> bool:
    return scale >= NAMES_FROM or count <= FEW


def compose(scene: Scene, request: Request, width: float, tallest: float) -> Composition:
    """The largest composition that fits into the width, and is no higher than `tallest` with all words."""
    framed = {tensor.name for tensor in request.frame}
    boxes, parts, ways = gathered(
        [box for box in scene.boxes if box.tensor in framed],
        drawn_whole(scene, request, framed),
        [ribbon for ribbon in scene.ribbons if ribbon.source in framed and ribbon.target in framed],
    )
    plane, extent = fitted(boxes, parts, ways, width, tallest)
    first = spoken_of(request.marked, {box.tensor: box for box in scene.boxes}, request.graph.tensors)
    tensors = request.graph.tensors
    faces = {box.tensor: faces_of(tensors[box.tensor], box, request, plane, first) for box in boxes}
    floor = round(plane.top + extent.bottom * plane.scale + room_below(plane.scale >= NEAR))
    areas = areas_of(parts, faces, request, plane)
    return Composition(plane, faces, areas, ways, first, Rect(0.0, 0.0, width, floor))


def drawn_whole(scene: Scene, request: Request, framed: set[str]) -> list[Frame]:
    """The parts of which no tensor is left out."""
    broken = set()
    for tensor in request.graph.tensors.values():
        part = tensor.group if tensor.name not in framed else ""
        while part:
            broken.add(part)
            part = part.rpartition(".")[0]
    return [part for part in scene.frames if part.name not in broken]


def fitted(
    boxes: Sequence[Box], parts: Sequence[Frame], ways: Sequence[Ribbon], width: float, tallest: float
) -> tuple[Plane, Rect]:
    """The largest plane that fits, with rulers if cells are then large enough for them; and what has to fit, in cells.

    The larger the cells, the less stacks have to lean, and the more room there is: a few rounds settle it.
    """
    free, deepest = lean(boxes), max(map(depth_of, boxes))
    beside, over, scale = EDGE, EDGE, 1.0
    for _ in range(ROUNDS):
        unit = Plane(1.0, 0.0, 0.0, limited(free, deepest, scale))
        fixed = [
            *(seen(part.bounds, unit) for part in parts),
            *(Rect(x, -y, x, -y) for way in ways for x, y, _ in way.points),
        ]
        extent = Rect.around([*(unit.whole(box) for box in boxes), *fixed])
        scale, beside, over = largest(extent, width, tallest, boxes, bool(parts))
    if scale >= WHOLE_PIXELS_FROM:
        scale = float(int(scale))
    left = beside + (width - beside - EDGE - extent.width * scale) / 2
    return Plane(scale, round(left - extent.left * scale), round(over - extent.top * scale), unit.lean), extent


def largest(
    extent: Rect, width: float, tallest: float, boxes: Sequence[Box], with_parts: bool
) -> tuple[float, float, float]:
    """A cell's side, and the room to leave beside the boxes and over them: with rulers, if cells are then large enough
    for them; else with names for tensors and for parts; else for parts alone."""
    scale, beside, over = 0.0, EDGE, EDGE
    for near, named in ((True, True), (False, True), (False, False)):
        beside = RULER_BESIDE if near else EDGE
        over = EDGE + LABEL_ROOM * (1 + named + (named and with_parts)) + (RULER_ROOM if near else 0)
        down = (tallest - over - room_below(near)) / extent.height
        scale = min((width - beside - EDGE) / extent.width, down, LARGEST_CELL)
        if scale >= NEAR or (not near and (not named or names_tensors(scale, len(boxes)))):
            break
    return (scale if near else min(scale, BELOW_NEAR)), beside, over


def room_below(near: bool) -> float:
    """For rulers, and for two rows of names; what is not needed is cut off at last."""
    return EDGE + 2 * LABEL_ROOM + (RULER_ROOM if near else 0)


def seen(bounds: Bounds, plane: Plane) -> Rect:
    (x, y, _), (width, height, _) = bounds.low, bounds.size
    left, top = plane.place(x, y + height)
    return Rect(left, top, left + width * plane.scale, top + height * plane.scale)


def areas_of(
    parts: Iterable[Frame], faces: dict[str, list[Face]], request: Request, plane: Plane
) -> list[tuple[Frame, Rect]]:
    """The parts' own bounds, wider where stacks lean out of them."""
    cards: dict[str, list[Rect]] = defaultdict(list)
    for name, stack in faces.items():
        part = request.graph.tensors[name].group
        while part:
            cards[part] += (face.card.area.grown(PANEL_MARGIN) for face in stack)
            part = part.rpartition(".")[0]
    return [(part, Rect.around([seen(part.bounds, plane), *cards[part.name]])) for part in parts]


def faces_of(tensor: Tensor, box: Box, request: Request, plane: Plane, first: dict[str, int]) -> list[Face]:
    array = request.array(tensor)
    cards = cards_of(tensor, box, plane, first.get(box.axes[2] or "", 0))
    scale = 1.0 if array is None else colour_scale(array)
    covers = [*(card.area for card in cards[1:]), None]
    return [
        Face(card, matrix_of(card, array, request), scale, cover) for card, cover in zip(cards, covers, strict=True)
    ]


def matrix_of(card: Card, array: np.ndarray | None, request: Request) -> Matrix:
    if request.values is None:
        return None
    return NOTHING if array is None else card.matrix(array)
