"""From the model's space to the plane of a drawing.

Seen from the front, without perspective: cells stay squares, all of one size, so that numbers can be printed in them.
What stands in depth, the heads behind one another, leans to the right and up, as from the page's first view.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pellucid.scene.scene import Bounds, Box, Frame, Ribbon

LEAN = (0.3, 0.22)
"""How far something moves to the right and up per unit of depth."""

MOST_LEANING = 22.0
"""How far, in pixels, the hindmost card of a stack may look out at the side."""
FREE = 0.75
"""The share of the room beside and over a stack that may be taken by what leans out of it."""
LEAST = 5
"""How narrow a gap between things may become, in cells: names and ribbons need some room."""
SHARE = 0.15
"""The share of the room that things take up, across or down, that a gap may take."""
FAR = 1e7


@dataclass(frozen=True)
class Rect:
    """A rectangle; y runs down, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def grown(self, by: float) -> "Rect":
        return Rect(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def moved(self, x: float, y: float) -> "Rect":
        return Rect(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def overlap(self, other: "Rect") -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0

    def holds(self, other: "Rect") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def without(self, other: "Rect") -> list["Rect"]:
        """What of it the other one leaves uncovered, as rectangles that do not overlap."""
        if not self.overlap(other):
            return [self]
        top, bottom = max(self.top, other.top), min(self.bottom, other.bottom)
        pieces = (
            Rect(self.left, self.top, self.right, top),
            Rect(self.left, top, other.left, bottom),
            Rect(other.right, top, self.right, bottom),
            Rect(self.left, bottom, self.right, self.bottom),
        )
        return [piece for piece in pieces if piece.width > 0 and piece.height > 0]

    @staticmethod
    def around(rects: Iterable["Rect"]) -> "Rect":
        left, top, right, bottom = zip(*((rect.left, rect.top, rect.right, rect.bottom) for rect in rects), strict=True)
        return Rect(min(left), min(top), max(right), max(bottom))


def disjoint(areas: Iterable[Rect]) -> list[Rect]:
    """The same area without overlaps."""
    found: list[Rect] = []
    for area in areas:
        pieces = [area]
        for other in found:
            pieces = [left for piece in pieces for left in piece.without(other)]
        found += pieces
    return found


@dataclass(frozen=True)
class Plane:
    """`scale` is a cell's side in pixels; (`left`, `top`) where the scene's origin lies."""

    scale: float
    left: float
    top: float
    lean: tuple[float, float]

    def place(self, x: float, y: float, depth: float = 0.0) -> tuple[float, float]:
        across, up = self.lean
        return self.left + (x + across * depth) * self.scale, self.top - (y + up * depth) * self.scale

    def front(self, box: Box, depth: float = 0.0) -> Rect:
        """The foremost matrix of a box, or the one at that depth."""
        (x, y, _), (width, height, _) = box.bounds.low, box.bounds.size
        left, top = self.place(x, y + height, depth)
        return Rect(left, top, left + width * self.scale, top + height * self.scale)

    def whole(self, box: Box) -> Rect:
        """All matrices of a box."""
        return Rect.around([self.front(box), self.front(box, depth_of(box))])


def depth_of(box: Box) -> float:
    """From the foremost to the hindmost matrix of a stack."""
    return (box.cells[2] - 1) * abs(box.pitch[2])


def lean(boxes: Sequence[Box]) -> tuple[float, float]:
    """LEAN, or less where stacks would run into what stands beside or over them."""
    across, up = LEAN
    flat = [box.bounds for box in boxes if not depth_of(box)]
    if not flat:
        return LEAN
    low, high = (np.array([getattr(bounds, end) for bounds in flat], float) for end in ("low", "high"))
    for stack in boxes:
        if depth := depth_of(stack):
            across = min(across, FREE * room(stack.bounds, low, high, 0) / depth)
            up = min(up, FREE * room(stack.bounds, low, high, 1) / depth)
    return across, up


def room(stack: Bounds, low: np.ndarray, high: np.ndarray, way: int) -> float:
    """From a stack to the next of the boxes that stand beside it (way 0) or over it (1)."""
    other = 1 - way
    beyond = (
        (low[:, way] >= stack.high[way]) & (low[:, other] < stack.high[other]) & (high[:, other] > stack.low[other])
    )
    return float(np.min(low[beyond, way] - stack.high[way], initial=np.inf))


def limited(leaning: tuple[float, float], deepest: float, scale: float) -> tuple[float, float]:
    """Less, where cells are so large that the cards behind would take up more room than they are worth."""
    across, up = leaning
    share = min(1.0, MOST_LEANING / (across * deepest * scale)) if deepest and across else 1.0
    return across * share, up * share


# Closer together: a still picture need not show the emptiness between things far apart. Wherever nothing that is
# drawn stands, from top to bottom or from left to right of the whole picture, a wide gap becomes a narrow one. What is
# beside, over or in line with something stays so.


@dataclass(frozen=True)
class Moved:
    """Where places along x or y come to lie."""

    places: np.ndarray
    moved: np.ndarray

    def __call__(self, place: float) -> float:
        return float(np.interp(place, self.places, self.moved))


def gathered(
    boxes: Sequence[Box], parts: Sequence[Frame], ways: Sequence[Ribbon]
) -> tuple[list[Box], list[Frame], list[Ribbon]]:
    """The same things, moved."""
    standing = [*(box.bounds for box in boxes), *(part.bounds for part in parts)]
    occupied = [merged((bounds.low[way], bounds.high[way]) for bounds in standing) for way in (0, 1)]
    most = max(sum(end - first for first, end in intervals) for intervals in occupied)
    x, y = (closer(intervals, max(LEAST, round(SHARE * most))) for intervals in occupied)
    return (
        [replace(box, bounds=shifted(box.bounds, x, y)) for box in boxes],
        [replace(part, bounds=shifted(part.bounds, x, y)) for part in parts],
        [replace(way, points=tuple((x(u), y(v), w) for u, v, w in way.points)) for way in ways],
    )


def merged(intervals: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same places as intervals that do not touch, in order."""
    found: list[tuple[float, float]] = []
    for first, end in sorted(intervals):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return found


def closer(intervals: Sequence[tuple[float, float]], widest: float) -> Moved:
    """Between two intervals there is no more than that."""
    places, moved = [intervals[0][0] - FAR], [intervals[0][0] - FAR]
    here, before = intervals[0][0], intervals[0][0]
    for first, end in intervals:
        here += min(first - before, widest)
        places += [first, end]
        moved += [here, here + end - first]
        here, before = moved[-1], end
    return Moved(np.array([*places, before + FAR]), np.array([*moved, here + FAR]))


def shifted(bounds: Bounds, x: Moved, y: Moved) -> Bounds:
    return Bounds((x(bounds.low[0]), y(bounds.low[1]), bounds.low[2]), bounds.size)
