"""Bringing what is drawn closer together: a still picture need not show the emptiness between things far apart.

Wherever nothing that is drawn stands, from top to bottom or from left to right of the whole picture, a wide gap becomes
a narrow one. What is beside, over or in line with something stays so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pellucid.scene.scene import Bounds, Box, Frame, Ribbon

LEAST = 5
"""Cells. No gap becomes narrower: names and ribbons need some room."""
SHARE = 0.15
"""The share of the room that things take up, across or down, that a gap may take."""
FAR = 1e7


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
