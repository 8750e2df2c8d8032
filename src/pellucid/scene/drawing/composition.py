"""What a drawing consists of and where it lies: the plane, every card with its numbers, the parts, room for words."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.graph import Tensor
from pellucid.scene.drawing import legend
from pellucid.scene.drawing.cards import Card, cards_of, spoken_of
from pellucid.scene.drawing.cells import NOTHING, Face, Matrix
from pellucid.scene.drawing.legend import Entry, Legend
from pellucid.scene.drawing.plane import Plane, Rect, depth_of, lean, limited
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.rulers import NEAR
from pellucid.scene.drawing.texture import colour_scale
from pellucid.scene.drawing.words import Words
from pellucid.scene.scene import Bounds, Box, Frame, Ribbon, Scene

LARGEST_CELL = 44.0
NAMES_FROM, FEW = 2.2, 30
"""Where cells are smaller than this, in pixels, and tensors are not few, parts are named but not their tensors."""
BELOW_NEAR = NEAR - 0.5
WHOLE_PIXELS_FROM = 6.0
"""Cells of this size and larger are made a whole number of pixels wide, so that their edges are sharp."""
EDGE = 14.0
AIR = 6.0
LABEL_ROOM = 22.0
RULER_ROOM = 20.0
RULER_BESIDE = 36.0
PANEL_MARGIN = 4.0
ROUNDS = 4


@dataclass(frozen=True)
class Composition:
    """`faces` are the cards of every tensor drawn, from back to front; `parts` the areas of those parts of the
    architecture that are drawn whole, the outer ones first. The picture ends where the legend begins."""

    plane: Plane
    faces: dict[str, list[Face]]
    parts: list[tuple[Frame, Rect]]
    ribbons: list[Ribbon]
    picture: Rect
    legend: Legend

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


def compose(scene: Scene, request: Request, legend: Legend, width: float, tallest: float) -> Composition:
    framed = {tensor.name for tensor in request.frame}
    boxes = {box.tensor: box for box in scene.boxes if box.tensor in framed}
    parts = drawn_whole(scene, request, framed)
    ways = [ribbon for ribbon in scene.ribbons if ribbon.source in framed and ribbon.target in framed]
    plane, extent = fitted(list(boxes.values()), parts, ways, width, tallest - legend.height)
    first = spoken_of(request.marked, {box.tensor: box for box in scene.boxes}, request.graph.tensors)
    faces = {tensor.name: faces_of(tensor, boxes[tensor.name], request, plane, first) for tensor in request.frame}
    floor = round(plane.top + extent.bottom * plane.scale + room_below(boxes.values(), plane.scale >= NEAR))
    return Composition(plane, faces, areas_of(parts, faces, request, plane), ways, Rect(0.0, 0.0, width, floor), legend)


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
    """As large as fits; with rulers, if cells are then large enough for them. And what it is that has to fit, in cells.

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
        over = EDGE + LABEL_ROOM * (2 if with_parts and named else 1) + (RULER_ROOM if near else 0)
        down = (tallest - over - room_below(boxes, near)) / extent.height
        scale = min((width - beside - EDGE) / extent.width, down, LARGEST_CELL)
        if scale >= NEAR or (not near and (not named or names_tensors(scale, len(boxes)))):
            break
    return (scale if near else min(scale, BELOW_NEAR)), beside, over


def room_below(boxes: Iterable[Box], near: bool) -> float:
    """For rulers, and for the names of upright strips, which are too narrow to have them over them all."""
    upright = any(box.axes[0] is None and box.axes[1] is not None for box in boxes)
    return EDGE + AIR + (RULER_ROOM + (LABEL_ROOM if upright else 0) if near else 0)


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


# The legend.


def legend_of(scene: Scene, request: Request, words: Words, bar: str, hatch: str, width: float) -> Legend:
    return Legend.of(list(entries(scene, request, words, bar, hatch)), width)


def entries(scene: Scene, request: Request, words: Words, bar: str, hatch: str) -> Iterator[Entry]:
    """What the drawing needs to be told of. `bar` is the colours from negative to positive as markup."""
    arrays = {tensor.name: request.array(tensor) for tensor in request.frame}
    numbers = [array for array in arrays.values() if array is not None]
    if len(numbers) == 1:
        most = f"{colour_scale(numbers[0]):.3g}"
        yield Entry(bar, legend.BAR, f"+{most}", before=f"−{most}")
    elif numbers:
        yield Entry(bar, legend.BAR, words.positive, before=words.negative)
    if request.values is not None and any(is_partial(box, arrays) for box in scene.boxes if box.tensor in arrays):
        yield legend.swatch(legend.filled(fill=f"url(#{hatch})"), words.not_computed)
    if any(np.isneginf(array).any() for array in numbers):
        yield legend.swatch(legend.filled(class_="masked"), words.masked)
    kinds = {tensor.kind for tensor in request.frame}
    if len(kinds) > 1:
        for kind, word in words.kinds.items():
            if kind in kinds:
                yield legend.swatch(legend.outline(kind), word)


def is_partial(box: Box, arrays: Mapping[str, np.ndarray | None]) -> bool:
    """Whether the box has more cells than there are numbers."""
    array = arrays[box.tensor]
    return array is None or array.size < math.prod(box.cells)
