"""The matrices of a drawing: each box of the scene is a stack of cards, most often of one.

A drawing shows one card of a stack whole, the others look out behind it. Where one of a stack's matrices is spoken of,
it is that one that is put in front; the model's own order is kept among the others.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from pellucid.graph import Tensor
from pellucid.graph.arithmetic import Region
from pellucid.scene.drawing.plane import LEAN, Plane, Rect
from pellucid.scene.scene import Box

LEAST_STEP = 1.5
"""In pixels, from one card to the next."""
THICKEST = 3.0
"""A card, seen from the side."""

Marked = tuple[str, Region]
"""Some cells: a tensor's name and the half-open range of indices along each of its axes."""


@dataclass(frozen=True)
class Card:
    """One matrix of a tensor. `index` is its place along the axis that runs into the depth, None where none does;
    `order` how many cards stand before it; `thickness` how far its edges reach to the right and up."""

    tensor: Tensor
    box: Box
    index: int | None
    order: int
    area: Rect
    cell: float
    thickness: tuple[float, float]

    @property
    def columns(self) -> int:
        return self.box.cells[0]

    @property
    def rows(self) -> int:
        return self.box.cells[1]

    @property
    def depth(self) -> float:
        return self.order * abs(self.box.pitch[2])

    def matrix(self, array: np.ndarray) -> np.ndarray:
        """The card's numbers as rows and columns, the way they stand; fewer than its cells where not all of them have
        been computed."""
        x, y, z = self.box.axes
        kept = [axis for axis in self.tensor.axes if axis != z]
        if self.index is not None and z is not None:
            array = array.take(self.index, axis=self.tensor.axes.index(z))
        if kept == [x, y]:
            return array.T
        rows, columns = (array.shape[kept.index(axis)] if axis in kept else 1 for axis in (y, x))
        return array.reshape(rows, columns)

    def span(self, region: Region) -> tuple[range, range] | None:
        """The columns and rows of a region; None if it does not touch this card."""
        by_axis = dict(zip(self.tensor.axes, region, strict=True))
        x, y, z = self.box.axes
        if z is not None and self.index not in range(*by_axis[z]):
            return None
        columns, rows = (range(*by_axis[axis]) if axis is not None else range(1) for axis in (x, y))
        return (columns, rows) if columns and rows else None

    def place(self, columns: range, rows: range) -> Rect:
        """What these cells cover."""
        left, top = self.area.left, self.area.top
        return Rect(
            left + columns.start * self.cell,
            top + rows.start * self.cell,
            left + columns.stop * self.cell,
            top + rows.stop * self.cell,
        )


def cards_of(tensor: Tensor, box: Box, plane: Plane, first: int) -> list[Card]:
    """The cards of a box from back to front, the one with the index `first` in front. Of a stack so deep that its
    cards are not told apart, so many that they are."""
    depths = range(box.cells[2])
    order = [first, *(index for index in depths if index != first)] if first in depths else list(depths)
    step, (across, up) = abs(box.pitch[2]), LEAN
    thickness = (min(THICKEST, across * plane.scale), min(THICKEST * up / across, up * plane.scale))
    stride = math.ceil(LEAST_STEP / max(step * max(plane.lean) * plane.scale, LEAST_STEP / len(order)))
    ranked = list(enumerate(order))[::stride]
    return [
        Card(
            tensor,
            box,
            None if box.axes[2] is None else index,
            rank,
            plane.front(box, rank * step),
            plane.scale,
            thickness,
        )
        for rank, index in reversed(ranked)
    ]


def spoken_of(marked: Iterable[Marked], boxes: Mapping[str, Box], tensors: Mapping[str, Tensor]) -> dict[str, int]:
    """By axis that runs into the depth, the one index that the first of these regions is about, if it is about one."""
    found: dict[str, int] = {}
    for name, region in marked:
        axis = boxes[name].axes[2]
        if axis is not None:
            first, end = region[tensors[name].axes.index(axis)]
            if end - first == 1:
                found.setdefault(axis, first)
    return found
