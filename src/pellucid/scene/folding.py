"""A tall tower laid in columns, as a page lays text: its blocks stand one below the other in several columns, read from
the top of the first one to the bottom of the last. What comes before the blocks stands over the columns, what comes
after them below.

Nothing changes its size, nor does anything within a block move: blocks are shifted as wholes. A tower of few blocks
stays one column.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pellucid.scene.scene import Bounds, Vector

FEWEST = 8
"""A tower of fewer blocks than this is not folded."""

GUTTER = 0.2
"""Between two columns, in shares of a column's width: ribbons run there, and names of blocks are written there."""

UNEVENNESS = 0.25
"""What an empty place at the end of the last column counts against the size of the whole, in shares of it."""

Span = tuple[float, float]


@dataclass(frozen=True)
class Pile:
    """The blocks of one column, by their numbers, counted from 0, and the room that they take up."""

    blocks: range
    bounds: Bounds


@dataclass(frozen=True)
class Fold:
    """How the parts of a tower are shifted: what comes before the blocks, each block, what comes after. The free width
    before each column is its gutter; there is one more after the last. What comes after the blocks stands in line with
    the last column, or (`aside`) with none."""

    shifts: tuple[Vector, ...]
    columns: tuple[Pile, ...]
    gutters: tuple[Span, ...]
    aside: bool

    def column(self, part: int) -> int:
        """The number of a part's column. What comes before the blocks belongs to the first; what stands aside has a
        number of its own."""
        if part == len(self.shifts) - 1:
            return len(self.columns) - (0 if self.aside else 1)
        return next((number for number, column in enumerate(self.columns) if part - 1 in column.blocks), 0)

    def standing(self, part: int) -> Pile | None:
        """The column that a block stands in."""
        return self.columns[self.column(part)] if 0 < part < len(self.shifts) - 1 else None


def fold(parts: Sequence[Bounds | None]) -> Fold | None:
    """How the parts of a tower are folded, by the room that each takes up as one column: what comes before the blocks,
    the blocks, and what comes after them (None: nothing does). None: they are not."""
    before, after = parts[0], parts[-1]
    blocks = [part for part in parts[1:-1] if part is not None]
    if before is None or len(blocks) < FEWEST:
        return None
    counts = range(1, len(blocks) + 1)
    count = min(counts, key=lambda count: (round(extent(before, blocks, after, count), 6), -count))
    return None if count == 1 else laid(before, blocks, after, count)


def extent(before: Bounds, blocks: Sequence[Bounds], after: Bounds | None, count: int) -> float:
    """How large the whole is in so many columns, by its longer side; the best has the least, coarsely: where what comes
    before or after is the widest, any number of columns does that is not wider."""
    columns = divided(len(blocks), count)
    if len(columns) != count:
        return math.inf
    width, gutter = widths(blocks)
    across = max(count * (width + gutter) - gutter, before.size[0], after.size[0] if after else 0)
    tallest = max(height([blocks[number] for number in column]) for column in columns)
    down = before.size[1] + tallest + (after.size[1] if after else 0)
    empty = (count * len(columns[0]) - len(blocks)) / len(blocks)
    return max(across, down) * (1 + UNEVENNESS * empty)


def laid(before: Bounds, blocks: Sequence[Bounds], after: Bounds | None, count: int) -> Fold:
    """The fold into so many columns."""
    width, gutter = widths(blocks)
    step = width + gutter
    left = min(part.low[0] for part in blocks)
    shifts: list[Vector] = [(0, 0, 0)]
    columns: list[Pile] = []
    for number, column in enumerate(divided(len(blocks), count)):
        shift = (number * step, top(blocks[0]) - top(blocks[column.start]), 0)
        columns.append(Pile(column, around(shifted(blocks[block], shift) for block in column)))
        shifts += [shift] * len(column)
    edges = [left + number * step for number in range(count + 1)]
    gutters = tuple((edge - gutter, edge) for edge in edges)
    aside, fall = 0.0, 0.0
    if after is not None:
        right = max(column.bounds.high[0] for column in columns)
        # Under the last column, or as far to the left of it as it must stand so as not to reach beyond.
        aside = max(0.0, min(shifts[-1][0], right - after.high[0]))
        fall = min(column.bounds.low[1] for column in columns) - blocks[-1].low[1]
    return Fold((*shifts, (aside, fall, 0)), tuple(columns), gutters, aside != shifts[-1][0])


def divided(number: int, count: int) -> list[range]:
    """So many blocks in columns, all of them full but the last."""
    each = math.ceil(number / count)
    return [range(first, min(first + each, number)) for first in range(0, number, each)]


def widths(blocks: Sequence[Bounds]) -> tuple[int, int]:
    """Of a column, and of the gutter between two."""
    width = math.ceil(max(part.high[0] for part in blocks) - min(part.low[0] for part in blocks))
    return width, math.ceil(GUTTER * width)


def height(blocks: Sequence[Bounds]) -> float:
    return top(blocks[0]) - min(part.low[1] for part in blocks)


def top(bounds: Bounds) -> float:
    return bounds.high[1]


def shifted(bounds: Bounds, shift: Vector) -> Bounds:
    x, y, z = bounds.low
    return Bounds((x + shift[0], y + shift[1], z + shift[2]), bounds.size)


def around(parts: Iterable[Bounds]) -> Bounds:
    return Bounds.around(corner for part in parts for corner in (part.low, part.high))
