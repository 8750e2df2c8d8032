"""Ribbons as SVG paths: the shaft with round corners, the head of an arrow."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pellucid.scene.drawing.markup import element, number
from pellucid.scene.drawing.plane import Plane, Rect
from pellucid.scene.scene import Ribbon

Point = tuple[float, float]
Look = Literal["faint", "plain", "lit"]
LOOKS: tuple[Look, ...] = ("faint", "plain", "lit")

THINNEST, THICKEST = 0.9, 7.0
CORNER = 9.0
HEAD_WIDTH, HEAD_LENGTH = 2.1, 1.4
"""The size of the arrow's head, in widths of the shaft."""
SMALLEST_HEAD = 4.5


@dataclass(frozen=True)
class Drawn:
    """A ribbon on the plane; `look` is how it stands out, if it does."""

    points: list[Point]
    width: float
    look: Look


def draw(ways: Iterable[Drawn]) -> str:
    """Those that recede first, those that stand out last; shafts of one look, then their heads."""
    parts = []
    for look in LOOKS:
        drawn = [(paths(way.points, way.width), way.width) for way in ways if way.look == look]
        by_width: dict[str, str] = defaultdict(str)
        for (shaft, _), width in drawn:
            by_width[number(width)] += shaft
        shafts = "".join(element("path", d=lines, stroke_width=width) for width, lines in by_width.items())
        if heads := "".join(head for (_, head), _ in drawn):
            parts.append(
                element("g", shafts, class_=f"{look} ribbon") + element("path", d=heads, class_=f"{look} head")
            )
    return "".join(parts)


def line(ribbon: Ribbon, plane: Plane) -> list[Point]:
    """The ribbon as seen: flat, since the little way that it takes in depth would only bend it."""
    points: list[Point] = []
    for x, y, _ in ribbon.points:
        point = plane.place(x, y)
        if not points or math.dist(point, points[-1]) > 1e-6:
            points.append(point)
    return points


def thickness(ribbon: Ribbon, plane: Plane) -> float:
    return min(THICKEST, max(THINNEST, ribbon.width * plane.scale))


def covers(points: Sequence[Point], width: float) -> list[Rect]:
    """Rectangles around its straight pieces."""
    return [
        Rect(min(x, u), min(y, v), max(x, u), max(y, v)).grown(width / 2)
        for (x, y), (u, v) in itertools.pairwise(points)
    ]


def paths(points: Sequence[Point], width: float) -> tuple[str, str]:
    """The path of the shaft, and that of the head (empty where there is no room for one)."""
    length = math.dist(points[-2], points[-1])
    head = min(max(SMALLEST_HEAD, width * HEAD_LENGTH), 0.7 * length)
    if head < 2:
        return shaft(points), ""
    tip, neck = points[-1], between(points[-1], points[-2], head)
    half = max(SMALLEST_HEAD / 2, width * HEAD_WIDTH / 2) * min(1, head / SMALLEST_HEAD)
    x, y = ((tip[1] - neck[1]) / head * half, (neck[0] - tip[0]) / head * half)
    corners = (tip, (neck[0] + x, neck[1] + y), (neck[0] - x, neck[1] - y))
    return shaft([*points[:-1], between(tip, points[-2], head * 0.8)]), "M" + "L".join(map(pair, corners)) + "Z"


def shaft(points: Sequence[Point]) -> str:
    parts = ["M" + pair(points[0])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start = between(corner, before, min(CORNER, math.dist(corner, before) / 2))
        end = between(corner, after, min(CORNER, math.dist(corner, after) / 2))
        parts.append(f"L{pair(start)}Q{pair(corner)} {pair(end)}")
    return "".join(parts) + "L" + pair(points[-1])


def between(start: Point, end: Point, length: float) -> Point:
    """So far from the start towards the end."""
    share = length / math.dist(start, end)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def pair(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
