"""What the layout makes: one box per tensor, one ribbon per operand of an op, one frame per part of the architecture.

Coordinates are right-handed: x to the right, y up, z towards the viewer. A cell of a matrix is one unit wide, high
and deep.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Vector = tuple[float, float, float]
Cells = tuple[int, int, int]
Letters = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Bounds:
    """A block of space along the axes: its low corner and its size."""

    low: Vector
    size: Vector

    @property
    def high(self) -> Vector:
        return (self.low[0] + self.size[0], self.low[1] + self.size[1], self.low[2] + self.size[2])

    @staticmethod
    def around(corners: Iterable[Vector], margin: float = 0.0) -> "Bounds":
        """The smallest bounds that hold all corners, widened by the margin on every side."""
        x, y, z = zip(*corners, strict=True)
        low = (min(x) - margin, min(y) - margin, min(z) - margin)
        size = (max(x) + margin - low[0], max(y) + margin - low[1], max(z) + margin - low[2])
        return Bounds(low, size)

    def describe(self) -> dict[str, Any]:
        return {"min": rounded(self.low), "size": rounded(self.size)}


@dataclass(frozen=True)
class Box:
    """One tensor's place. `axes`, `cells` and `pitch` say for x, y and z which axis runs there, how many cells it has
    and how far and which way the next one stands."""

    tensor: str
    bounds: Bounds
    axes: Letters
    cells: Cells
    pitch: Vector

    def describe(self) -> dict[str, Any]:
        return {
            "tensor": self.tensor,
            **self.bounds.describe(),
            "axes": list(self.axes),
            "cells": list(self.cells),
            "pitch": rounded(self.pitch),
        }


@dataclass(frozen=True)
class Ribbon:
    """The way of one operand (`role`) into the op of that number in the graph."""

    op: int
    role: str
    source: str
    target: str
    width: float
    points: tuple[Vector, ...]

    def describe(self) -> dict[str, Any]:
        return {
            "op": self.op,
            "role": self.role,
            "from": self.source,
            "to": self.target,
            "width": plain(self.width),
            "points": [rounded(point) for point in self.points],
        }


@dataclass(frozen=True)
class Frame:
    """The bounds of one part of the architecture."""

    name: str
    title: str
    bounds: Bounds

    def describe(self) -> dict[str, Any]:
        return {"name": self.name, "title": self.title, **self.bounds.describe()}


@dataclass(frozen=True)
class Column:
    """The parts, from above, that stand one below the other in one column of a folded tower."""

    parts: tuple[str, ...]
    bounds: Bounds

    def describe(self) -> dict[str, Any]:
        return {"parts": list(self.parts), **self.bounds.describe()}


@dataclass(frozen=True)
class Scene:
    """A model's picture: everything stands in it, nothing is coloured yet. Boxes stand in the graph's order of
    tensors. A tower that is not folded has no columns."""

    bounds: Bounds
    boxes: tuple[Box, ...]
    ribbons: tuple[Ribbon, ...]
    frames: tuple[Frame, ...]
    columns: tuple[Column, ...] = ()

    def describe(self) -> dict[str, Any]:
        """The scene as JSON (docs/protocol.md)."""
        return {
            "bounds": self.bounds.describe(),
            "boxes": [box.describe() for box in self.boxes],
            "ribbons": [ribbon.describe() for ribbon in self.ribbons],
            "groups": [frame.describe() for frame in self.frames],
            "columns": [column.describe() for column in self.columns],
        }


def plain(value: float) -> float:
    """Two decimals, and none where there are none, so that JSON stays short."""
    short = round(value, 2)
    return int(short) if short == int(short) else short


def rounded(vector: Vector) -> list[float]:
    return [plain(value) for value in vector]
