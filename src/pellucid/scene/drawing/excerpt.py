"""Excerpts: of a few tensors the cells that are spoken of, as tables large enough to print every number.

Where a scene has to be drawn so small that its numbers cannot be read, an excerpt tells more. What is computed stands
after an arrow behind what it is computed from; left-out columns and rows are told by dots. A tensor stands as it does
in the scene, so that rows and columns keep their direction from one picture to the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Union

import numpy as np

from pellucid.graph import Tensor
from pellucid.graph.arithmetic import Index, Region
from pellucid.graph.op import Op
from pellucid.scene.drawing import texture
from pellucid.scene.drawing.cards import Card, Marked, spoken_of
from pellucid.scene.drawing.cells import NOTHING, ink
from pellucid.scene.drawing.markup import element, rect, text
from pellucid.scene.drawing.palette import Palette
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.rulers import SIZE, Pieces, pieces_at
from pellucid.scene.drawing.sentences import outermost
from pellucid.scene.drawing.sheet import coloured, cross, hatched, outline
from pellucid.scene.drawing.text import MONO_WIDTH, cell_text, is_told, text_width, value_text
from pellucid.scene.drawing.words import Title
from pellucid.scene.scene import Box, Scene

WIDE, HIGH = 40.0, 22.0
"""A cell, in pixels: an outline runs between its digits and those of its neighbours. Dots take half of it."""
ROOM = 5
"""So many characters a number has in its cell."""
DIGITS = 11.0
NARROW, NARROW_ROOM, NARROW_DIGITS = 23.0, 3, 9.5
"""The same where the matrices of a stack stand side by side."""
MOST_FANNED = 4
MOST, LEAST = 11, 4
"""So many columns and rows a table shows, dots among them: as many as let all tables have room."""
TALL = 12
"""So many rows are shown whole, where there is room for enough columns."""
ENOUGH = 6
"""To show so many, or all columns of shares, one more line of tables is taken."""
FEW_BETWEEN = 4
"""So many marked neighbours are all shown, of more the first and the last."""
MOST_TOLD = 4
"""So many marked shares, which the digits in their cells would round to 0 or 1, are written under a table."""
TITLE, DETAIL = 12.0, 11.0
LINE = 16.0
BESIDE = 28.0
"""For the indices of rows."""
AFTER = 12.0
"""For the letter of the columns' axis."""
GAP = 14.0
ARROW = 26.0
JOINT = 5.0
"""From where an arrow begins to where it takes up what comes down from the row before."""
STRAIGHT = 10.0
"""What would come down only so far beside that place comes down straight above it."""
SIGN = 15.0
PLUS = "+"
ADDITION = "add"
"""The kind of op whose operands have a sign between them."""
BETWEEN = 20.0
ABOVE = 3.0
"""Between the end of a row and the arrow that comes down from it."""
EDGE = 14.0
STEPS = 31
BEHIND = 5.0
"""How far the next matrix of a stack looks out behind the one that is shown."""
FRAME, MARK, CHOSEN = 1.25, 2.0, 2.75

DOTS = {(True, False): "⋯", (False, True): "⋮", (True, True): "⋱"}
"""For columns left out, for rows, and for both."""

Slots = tuple[int | None, ...]
"""The indices that are shown along an axis, None for dots."""


@dataclass(frozen=True)
class Table:
    """One tensor's part; `words` are the lines over it, `values` those under it, the selected cell's before others."""

    card: Card
    columns: Slots
    rows: Slots
    matrix: np.ndarray
    scale: float
    words: tuple[str, str]
    values: tuple[str, ...]
    fanned: bool
    narrow: bool
    """Its cells have room for shares and no more."""

    @property
    def cell(self) -> float:
        return NARROW if self.narrow else WIDE

    @property
    def size(self) -> tuple[float, float]:
        return length(self.columns, self.cell), length(self.rows, HIGH)

    def text(self, value: float) -> str | None:
        """The number as it is printed in its cell; None where it has no room."""
        signed = bool((self.matrix[np.isfinite(self.matrix)] < 0).any())
        return cell_text(value, NARROW_ROOM if self.narrow else ROOM, signed=signed)

    def shows(self, index: Index) -> bool:
        """Whether the cell is on this card, and not among those left out."""
        span = self.card.span(tuple((at, at + 1) for at in index))
        return span is not None and span[0][0] in self.columns and span[1][0] in self.rows

    @property
    def gap(self) -> float:
        """What numbers leave free on either side of a cell."""
        characters, size = (NARROW_ROOM, NARROW_DIGITS) if self.narrow else (ROOM, DIGITS)
        return (self.cell - characters * size * MONO_WIDTH) / 2

    @property
    def width(self) -> float:
        title, detail = self.words
        named = max(text_width(title, TITLE, bold=True), text_width(detail, DETAIL))
        under = BESIDE + max((text_width(value, TITLE, bold=True) for value in self.values), default=0)
        return max(BESIDE + self.size[0] + AFTER + self.behind, named, under)

    @property
    def height(self) -> float:
        """With everything over and under the cells."""
        return self.head + self.size[1] + LINE * (1 + len(self.values))

    @property
    def head(self) -> float:
        return 3 * LINE + self.behind

    @property
    def behind(self) -> float:
        """How far the other matrices of a stack look out, upwards and to the right."""
        return 0.0 if self.fanned else BEHIND * min(2, self.card.box.cells[2] - 1)


def length(slots: Slots, cell: float) -> float:
    return sum(cell / (1 + (index is None)) for index in slots)


Item = Union["Table", Op, str]
Row = list[Item]
"""From left to right: tables, signs between them, and an arrow for the op that makes what follows it."""


@dataclass(frozen=True)
class Arrow:
    """It leads from `x` to the right at the height `y`; `lit` says that it is spoken of; `beside`, whether what it
    reads stands before it. What it reads from rows above comes down to it: `ways` lead there, up to where it begins.
    """

    x: float
    y: float
    lit: bool
    beside: bool
    ways: Sequence[str]

    def draw(self) -> str:
        look, end = "lit " if self.lit else "", self.x + ARROW
        ways = [f"M{self.x:g} {self.y:g}"] if self.beside or not self.ways else []
        ways += [f"{way}H{self.x + JOINT:g}V{self.y:g}" for way in self.ways]
        lines = (element("path", d=f"{way}H{end - 6:g}", class_=f"{look}ribbon", stroke_width=3) for way in ways)
        return "".join(lines) + element("path", d=f"M{end:g} {self.y:g}l-9 -6v12z", class_=f"{look}head")


@dataclass(frozen=True)
class Sign:
    """What stands between two tables."""

    x: float
    y: float
    sign: str

    def draw(self) -> str:
        return text(
            self.sign, self.x + SIGN / 2, self.y + SIGN / 3, class_="title", font_size=SIGN, text_anchor="middle"
        )


@dataclass(frozen=True)
class Excerpt:
    """`placed` are the tables, with where their cells begin."""

    placed: Sequence[tuple[Table, float, float]]
    between: Sequence[Arrow | Sign]
    height: float

    def draw(self, request: Request, pieces: Pieces, palette: Palette | None, hatch: str) -> str:
        between = "".join(each.draw() for each in self.between)
        return between + "".join(drawn(table, x, y, request, pieces, palette, hatch) for table, x, y in self.placed)


def excerpt(
    scene: Scene, request: Request, width: float, tallest: float, title: Title, *, fan: bool = False
) -> Excerpt:
    """The tables of all that the request frames: in as few lines as can be, and then as large as there is room for.

    With `fan`, the matrices of a stack stand side by side."""
    boxes = {box.tensor: box for box in scene.boxes}
    found: dict[int, tuple[int, Excerpt]] = {}
    for most in range(MOST, LEAST - 1, -1):
        tables = {tensor.name: tables_of(tensor, request, boxes, most, title, fan=fan) for tensor in request.frame}
        rows = [line for row in arranged(request, tables) for line in wrapped(row, width - 2 * EDGE)]
        few = most < ENOUGH or any(table.narrow and None in table.columns for row in rows for table in tables_in(row))
        found[most] = (len(rows) + few, placed(rows, request, width))
    fitting = [(-lines, most) for most, (lines, laid) in found.items() if laid.height <= tallest]
    return found[max(fitting)[1] if fitting else LEAST][1]


# Which cells.


def tables_of(
    tensor: Tensor, request: Request, boxes: Mapping[str, Box], most: int, title: Title, *, fan: bool
) -> list[Table]:
    """One table; of a stack that is fanned, one for each matrix."""
    box = boxes[tensor.name]
    first = spoken_of(request.marked, boxes, request.graph.tensors).get(box.axes[2] or "", 0)
    fanned = fan and 1 < box.cells[2] <= MOST_FANNED
    return [
        table(Card(tensor, box, index, 0, Rect(0, 0, 0, 0), 1.0, (0.0, 0.0)), request, most, title, fanned=fanned)
        for index in (range(box.cells[2]) if fanned else [None if box.axes[2] is None else first])
    ]


def table(card: Card, request: Request, most: int, title: Title, *, fanned: bool) -> Table:
    tensor, box = card.tensor, card.box
    array = request.array(tensor)
    if any(name == tensor.name and is_all(card, region) for name, region in request.off):
        most = LEAST  # nothing but zeros
    whole = most >= ENOUGH and box.cells[1] <= TALL
    columns, rows = (
        slots(count, [] if axis is None else spoken(axis, request), room)
        for axis, count, room in zip(box.axes[:2], box.cells[:2], (most, TALL if whole else most), strict=True)
    )
    made = Table(
        card,
        columns,
        rows,
        NOTHING if array is None else card.matrix(array),
        1.0 if array is None else texture.colour_scale(array),
        (title(tensor.title), detail(tensor, card, request, title)),
        (),
        fanned,
        fanned and (array is None or bool((array >= 0).all())),
    )
    return replace(made, values=tuple(dict.fromkeys([*chosen_value(card, request), *rounded_away(made, request)])))


def is_all(card: Card, region: Region) -> bool:
    return all(len(span) == count for span, count in zip(card.span(region) or (), card.box.cells[:2], strict=False))


def spoken(axis: str, request: Request) -> list[int]:
    """The indices along that axis that matter: where what is marked begins and ends, in any tensor."""
    found: list[int] = []
    for name, region in request.marked:
        tensor = request.graph.tensors[name]
        if axis in tensor.axes:
            first, end = region[tensor.axes.index(axis)]
            if end - first < request.graph.shape(tensor)[tensor.axes.index(axis)]:
                found += range(first, end) if end - first <= FEW_BETWEEN else (first, end - 1)
    return [*found, *largest_term(axis, request)]


def largest_term(axis: str, request: Request) -> list[int]:
    """Where along that axis the largest of the products stands that are summed to the selected cell."""
    factors: list[np.ndarray] = []
    for name, region in request.reads if request.chosen else ():
        tensor = request.graph.tensors[name]
        array = request.array(tensor)
        long = [at for at, (first, end) in zip(tensor.axes, region, strict=True) if end - first > 1]
        if array is not None and long == [axis]:
            factors.append(array[tuple(slice(first, end) for first, end in region)].ravel())
    if len(factors) < 2 or len({factor.size for factor in factors}) > 1:
        return []
    return [int(np.argmax(np.abs(np.prod(factors, axis=0))))]


def slots(count: int, wanted: Sequence[int], most: int) -> Slots:
    """At most so many of the indices, dots for those between: first those wanted, then both ends, then neighbours."""
    if count <= most:
        return tuple(range(count))
    near = [at + step for at in wanted for step in (1, -1)]
    shown: list[int] = []
    for index in (*wanted, 0, count - 1, *near, *range(count)):
        if 0 <= index < count and index not in shown and len(dotted([*shown, index], count)) <= most:
            shown.append(index)
    return dotted(shown, count)


def dotted(shown: Iterable[int], count: int) -> Slots:
    found: list[int | None] = []
    before = -1
    for index in [*sorted(shown), count]:
        found += [before + 1] if index - before == 2 else [None] if index - before > 2 else []
        found += [index] if index < count else []
        before = index
    return tuple(found)


def detail(tensor: Tensor, card: Card, request: Request, title: Title) -> str:
    """The part it belongs to, where others of the model are called the same; its axes and shape; which of a stack."""
    array, z = request.array(tensor), card.box.axes[2]
    shape = request.graph.shape(tensor) if array is None else array.shape
    same = sum(other.title == tensor.title for other in request.graph.tensors.values())
    part = outermost(request.graph, tensor) if same > 1 else None
    words = [title(part)] if part else []
    words += [" ".join(tensor.axes), "×".join(map(str, shape))] if shape else []
    return " · ".join([*words, f"{z}={card.index}"] if z else words)


def chosen_value(card: Card, request: Request) -> list[str]:
    """The selected cell's value, if it is on this card."""
    if not request.chosen or request.chosen[0] != card.tensor.name:
        return []
    return named_value(card, request.chosen[1], request)


def rounded_away(table: Table, request: Request) -> list[str]:
    """The values of marked shares whose digits pass them off for none or all; nothing where these are many, or matrices
    stand so close that there is no room."""
    card, numbers = table.card, table.matrix
    if table.fanned or not numbers.size or numbers.min() < 0 or numbers.max() > 1:
        return []
    found: list[str] = []
    for name, region in request.lit:
        for index in product(*(range(first, end) for first, end in region)) if name == card.tensor.name else ():
            if not table.shows(index):
                continue
            value = request.value(name, index)
            text = None if value is None else table.text(value)
            if value is not None and text is not None and not is_told(text, value):
                found += named_value(card, index, request)
            if len(found) > MOST_TOLD:
                return []
    return found


def named_value(card: Card, index: Index, request: Request) -> list[str]:
    """`[t=5, v=0] = 0.9998`, for a cell of that card that has been computed."""
    value = request.value(card.tensor.name, index)
    if value is None or card.span(tuple((at, at + 1) for at in index)) is None:
        return []
    place = ", ".join(f"{axis}={at}" for axis, at in zip(card.tensor.axes, index, strict=True))
    return [f"[{place}] = {value_text(value)}"]


# Where they stand.


def arranged(request: Request, tables: Mapping[str, list[Table]]) -> list[Row]:
    """A row for each op: what it reads, an arrow, what it makes. What reads the last of a row follows in it, and what
    reads nothing that is shown stands beside its like."""
    rows: list[Row] = []
    done: set[str] = set()
    last, alone = "", False
    for op in request.graph.ops:
        if op.output.name not in tables:
            continue
        news = [name for name in dict.fromkeys(op.operand_names) if name in tables and name not in done]
        follows = bool(rows) and last in op.operand_names
        lonely = not follows and not news
        if not (follows or (lonely and alone)):
            rows.append([])
        rows[-1] += [table for name in news for table in tables[name]]
        if op.kind == ADDITION:
            rows[-1] = added(rows[-1], op)
        rows[-1] += [*([] if lonely else [op]), *tables[op.output.name]]
        last, alone = op.output.name, lonely
        done |= {*news, last}
    others: Row = [table for name in tables if name not in done for table in tables[name]]
    return [*rows, others] if others else rows


def added(row: Row, op: Op) -> Row:
    """The row with signs between the operands at its end that the op adds up."""
    last = max((place for place, item in enumerate(row) if isinstance(item, Op)), default=-1) + 1
    names = [item.card.tensor.name for item in tables_in(row[last:])]
    if not set(names) <= set(op.operand_names):
        return row
    signed: Row = row[:last]
    for table, name, before in zip(tables_in(row[last:]), names, [None, *names], strict=False):
        signed += [table] if before in (None, name) else [PLUS, table]
    return signed


def wrapped(row: Row, width: float) -> Iterator[Row]:
    """The row in as many as the width asks for; an arrow or a sign begins the next one."""
    line: Row = []
    for item in row:
        if isinstance(item, Table) and tables_in(line) and extent([*line, item]) > width:
            carried: Row = [] if isinstance(line[-1], Table) else [line.pop()]
            yield line
            line = carried
        line.append(item)
    yield line


def tables_in(row: Row) -> list[Table]:
    return [item for item in row if isinstance(item, Table)]


def extent(row: Row) -> float:
    return sum(width_of(item) for item in row) + GAP * (len(row) - 1)


def width_of(item: Item) -> float:
    return item.width if isinstance(item, Table) else SIGN if isinstance(item, str) else ARROW


@dataclass(frozen=True)
class Spot:
    """Where a table stands: in which row, its middle, its right edge, and where it ends below."""

    row: int
    across: float
    down: float
    right: float
    bottom: float


def way_down(spot: Spot, row: int, spots: Iterable[Spot], joint: float, meeting: float, width: float) -> str | None:
    """The beginning of a way from a table to the `joint` of an arrow in that row, above which it is at the height
    `meeting`: straight down from the row before, from others past all that stands between; None where there is no room
    for that."""
    if spot.row == row - 1:
        across = joint if abs(spot.across - joint) <= STRAIGHT else spot.across
        return f"M{across:g} {spot.bottom:g}V{meeting:g}"
    passed = max(other.right for other in spots if spot.row < other.row < row) + GAP
    is_last = all(other.right <= spot.right for other in spots if other.row == spot.row)
    passed = max(passed, spot.right + GAP)
    if not is_last or passed > width - EDGE:
        return None
    return f"M{spot.right + FRAME:g} {spot.down:g}H{passed:g}V{meeting:g}"


def placed(rows: Sequence[Row], request: Request, width: float) -> Excerpt:
    found: list[tuple[Table, float, float]] = []
    between: list[Arrow | Sign] = []
    top, spots = EDGE, dict[str, Spot]()
    told = {name for name, _ in request.lit} | ({request.chosen[0]} if request.chosen else set())
    for line, row in enumerate(rows):
        tables = tables_in(row)
        head = max(item.head for item in tables)
        x = max(EDGE, (width - extent(row)) / 2)
        if not isinstance(row[0], Table):  # under what it reads
            before = min((spot.across for spot in spots.values() if spot.row == line - 1), default=x)
            x = max(EDGE, min(before, width - EDGE - extent(row)))
        for number, item in enumerate(row):
            if isinstance(item, Table):
                found.append((item, x, top + head))
                spots[item.card.tensor.name] = spot_of(item, line, x, top + head)
            else:
                beside = tables_in(row[max(0, number - 1) : number + 2])
                middle = top + head + min(other.size[1] for other in beside) / 2
                if isinstance(item, str):
                    between.append(Sign(x, middle, item))
                else:
                    above = [spots[name] for name in item.operand_names if name in spots and spots[name].row < line]
                    ways = (way_down(spot, line, spots.values(), x + JOINT, top - BETWEEN / 2, width) for spot in above)
                    lit = bool(request.reads) and item.output.name in told
                    between.append(Arrow(x, middle, lit, number > 0, [way for way in ways if way is not None]))
            x += width_of(item) + GAP
        top += head + max(item.height - item.head for item in tables) + BETWEEN
    return Excerpt(found, between, top - BETWEEN + EDGE)


def spot_of(table: Table, row: int, x: float, y: float) -> Spot:
    """Of a table whose cells, with the indices of their rows, begin there. What leads down from it begins at its frame,
    unless something is written there; beside a short value, under the last column."""
    left, (wide, high) = x + (BESIDE if table.card.box.axes[1] else 0.0), table.size
    right = max(left + wide, x + table.width)
    last = left + wide - table.cell / 2
    written = max((text_width(value, TITLE, bold=True) for value in table.values), default=0)
    if table.values and written + GAP < last - left:
        return Spot(row, last, y + high / 2, right, y + high + FRAME)
    free = not table.values and (not table.card.box.axes[1] or wide / 2 > BESIDE)
    bottom = y + high + FRAME if free else y + table.height - table.head + ABOVE
    return Spot(row, left + wide / 2, y + high / 2, right, bottom)


# Drawing.


def drawn(
    table: Table, x: float, y: float, request: Request, pieces: Pieces, palette: Palette | None, hatch: str
) -> str:
    """The table whose cells, with the indices of their rows, begin there."""
    card, kind = table.card, table.card.tensor.kind
    left = x + (BESIDE if card.box.axes[1] else 0.0)
    area = Rect(left, y, left + table.size[0], y + table.size[1])
    grid = Grid(table, area)
    title, under = table.words
    behind = "".join(
        rect(shifted(area, step * BEHIND), class_="plate") + rect(shifted(area, step * BEHIND), class_=f"{kind} frame")
        for step in (2, 1)
        if step * BEHIND <= table.behind
    )
    parts = [
        text(title, x, y - table.head + TITLE, class_="title", font_size=TITLE),
        text(under, x, y - table.head + TITLE + LINE - 1, font_size=DETAIL),
        behind,
        rect(area, class_="plate"),
        grid.colours(palette),
        grid.cells(hatch),
        *(hatched(area, hatch) for area in grid.untrained(request)),
        grid.digits(request),
        grid.indices(pieces),
        rect(area.grown(FRAME / 2), class_=f"{kind} frame", stroke_width=FRAME, data_tensor=card.tensor.name),
        grid.marks(request),
    ]
    values = [
        text(value, left, area.bottom + (2 + number) * LINE - 2, class_="title", font_size=TITLE)
        for number, value in enumerate(table.values)
    ]
    if values:
        parts.append(element("g", "".join(values), class_="chosen"))
    return element("g", "".join(parts), class_="excerpt")


def shifted(area: Rect, by: float) -> Rect:
    return Rect(area.left + by, area.top - by, area.right + by, area.bottom - by)


@dataclass(frozen=True)
class Grid:
    """The cells of a table, and where they lie."""

    table: Table
    area: Rect

    def place(self, column: int, row: int) -> Rect:
        left = self.area.left + length(self.table.columns[:column], self.table.cell)
        top = self.area.top + length(self.table.rows[:row], HIGH)
        width = length(self.table.columns[column : column + 1], self.table.cell)
        return Rect(left, top, left + width, top + length(self.table.rows[row : row + 1], HIGH))

    def number(self, column: int | None, row: int | None) -> float | None:
        """None where nothing has been computed, and for dots."""
        matrix = self.table.matrix
        if column is None or row is None or row >= matrix.shape[0] or column >= matrix.shape[1]:
            return None
        return float(matrix[row, column])

    def colours(self, palette: Palette | None) -> str:
        """One picture, of half cells: dots take one of them, cells two each way."""
        table = self.table
        levels = np.full((len(table.rows), len(table.columns)), texture.EMPTY, np.int8)
        for row, column in np.ndindex(levels.shape):
            value = self.number(table.columns[column], table.rows[row])
            if value is not None and np.isfinite(value):
                strength = texture.strengths(np.array([[value]]), table.scale)
                levels[row, column] = texture.levels(strength, STEPS)[0, 0]
        halves = [[1 if index is None else 2 for index in slots] for slots in (table.rows, table.columns)]
        spread = levels.repeat(halves[0], axis=0).repeat(halves[1], axis=1)
        return coloured(spread, STEPS, palette, self.area, "near cells")

    def cells(self, hatch: str) -> str:
        """Dots for what is left out; what is masked, and what is not computed."""
        back, dots = [], []
        for row, below in enumerate(self.table.rows):
            for column, beside in enumerate(self.table.columns):
                area, value = self.place(column, row), self.number(beside, below)
                if beside is None or below is None:
                    x, y = area.middle
                    dots.append(text(DOTS[beside is None, below is None], x, y + 4))
                elif value is None:
                    back.append(rect(area, class_="void") + rect(area, fill=f"url(#{hatch})"))
                elif not np.isfinite(value):
                    back.append(rect(area, class_="masked"))
                back.append(rect(area, class_="grid", stroke_width=1))
        return "".join(back) + element("g", "".join(dots), text_anchor="middle")

    def untrained(self, request: Request) -> list[Rect]:
        """Where there are results that training never judged."""
        return self.of(request.untrained)

    def crossed(self, request: Request) -> list[Rect]:
        return self.of(request.off)

    def of(self, cells: Iterable[Marked]) -> list[Rect]:
        """Where of these the ones lie that are shown."""
        name = self.table.card.tensor.name
        found = [self.covered(region) for owner, region in cells if owner == name]
        return [area for area in found if area]

    def digits(self, request: Request) -> str:
        """The numbers, faint where training never judged them; none where one has no room, and none that are switched
        off: a zero that is crossed out looks like an eight."""
        table = self.table
        pale, crossed = self.untrained(request), self.crossed(request)
        size = NARROW_DIGITS if table.narrow else DIGITS
        found = []
        for row, column in np.ndindex(len(table.rows), len(table.columns)):
            value = self.number(table.columns[column], table.rows[row])
            if value is None:
                continue
            written = table.text(value)
            if written is None:
                return ""
            if any(self.place(column, row).overlap(other) for other in crossed):
                continue
            area, strength = self.place(column, row), texture.strengths(np.array(value), table.scale)
            dim = any(area.overlap(other) for other in pale)
            look = f"{ink(0)} dim" if dim else ink(float(strength))
            found.append(text(written, area.middle[0], area.middle[1] + size * 0.35, class_=look))
        return element("g", "".join(found), class_="digits", font_size=size)

    def indices(self, pieces: Pieces) -> str:
        """Over the columns and beside the rows, with the letters of their axes."""
        pieces = pieces_at(self.table.card.tensor, pieces)
        x, y, _ = self.table.card.box.axes
        found, over = [], self.area.top - self.table.behind - 5
        if x:
            for column, index in enumerate(self.table.columns):
                if index is not None:
                    middle = self.place(column, 0).middle[0]
                    found.append(
                        text(named(x, index, pieces, short=self.table.narrow), middle, over, text_anchor="middle")
                    )
            found.append(text(x, self.area.right + self.table.behind + 6, over, class_="main"))
        if y:
            for row, index in enumerate(self.table.rows):
                if index is not None:
                    middle = self.place(0, row).middle[1] + SIZE * 0.35
                    found.append(
                        text(named(y, index, pieces, short=False), self.area.left - 5, middle, text_anchor="end")
                    )
            found.append(text(y, self.area.left - 5, self.area.bottom + 12, text_anchor="end", class_="main"))
        return element("g", "".join(found), class_="ruler", font_size=SIZE)

    def marks(self, request: Request) -> str:
        name = self.table.card.tensor.name
        chosen = [(request.chosen[0], tuple((at, at + 1) for at in request.chosen[1]))] if request.chosen else []
        lines = [(region, MARK) for owner, region in (*request.reads, *request.lit) if owner == name]
        lines += [(region, CHOSEN) for owner, region in chosen if owner == name]
        found = []
        for region, width in lines:
            if area := self.covered(region):
                found.append(outline(area, width, self.table.gap))
        found += [cross(area) for area in self.crossed(request)]
        return "".join(dict.fromkeys(found))

    def covered(self, region: Region) -> Rect | None:
        """What is shown of these cells."""
        if not (span := self.table.card.span(region)):
            return None
        columns, rows = (
            [number for number, index in enumerate(slots) if index is not None and index in inside]
            for slots, inside in zip((self.table.columns, self.table.rows), span, strict=True)
        )
        if not columns or not rows:
            return None
        first, last = self.place(columns[0], rows[0]), self.place(columns[-1], rows[-1])
        return Rect(first.left, first.top, last.right, last.bottom)


def named(axis: str, index: int, pieces: Pieces, *, short: bool) -> str:
    """The index with the piece that it stands for; where it is to be `short`, the piece alone."""
    held = pieces.get(axis, ())
    if index >= len(held):
        return str(index)
    return held[index] if short else f"{index} {held[index]}"
