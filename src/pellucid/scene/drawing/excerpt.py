"""Excerpts: of a few tensors the cells that are spoken of, as tables large enough to print every number.

Where a scene has to be drawn so small that its numbers cannot be read, an excerpt tells more. To what is computed, an
arrow leads from all that it is computed from, a dashed one where steps between are not shown; left-out columns and rows
are told by dots. A tensor stands as it does in the scene, so that rows and columns keep their direction from one
picture to the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from typing import Union

import numpy as np

from pellucid.graph import Tensor
from pellucid.graph.arithmetic import Index, Region
from pellucid.graph.op import Op
from pellucid.scene.drawing import texture
from pellucid.scene.drawing.cards import Card, Marked, spoken_of
from pellucid.scene.drawing.cells import NOTHING, ink
from pellucid.scene.drawing.legend import DASHES
from pellucid.scene.drawing.markup import clean, element, rect, text
from pellucid.scene.drawing.palette import Palette
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.rulers import SIZE, Pieces, pieces_at
from pellucid.scene.drawing.sentences import outermost
from pellucid.scene.drawing.sheet import coloured, cross, hatched, outline
from pellucid.scene.drawing.symbols import symbol
from pellucid.scene.drawing.text import MONO_WIDTH, cell_text, is_told, text_width, value_text
from pellucid.scene.drawing.words import Title
from pellucid.scene.scene import Box, Scene

WIDE, HIGH = 40.0, 22.0
"""A cell, in pixels: an outline runs between its digits and those of its neighbours. Dots take half of it."""
ROOM = 5
"""So many characters a number has in its cell."""
DIGITS = 11.0
NARROW, NARROW_ROOM, NARROW_DIGITS = 22.0, 3, 9.5
"""The same where the matrices of a stack stand side by side."""
MOST_FANNED = 4
MOST, LEAST = 11, 4
"""So many columns and rows a table shows, dots among them: as many as let all tables have room."""
ENDS = 3
"""The first and the last with dots between: all that is shown of what has nothing but zeros."""
TALL = 12
"""So many rows are shown whole, where there is room for enough columns."""
ENOUGH = 6
"""To show so many, or all columns of shares, one more line of tables is taken."""
FEW_BETWEEN = 4
"""So many marked neighbours are all shown, of more the first and the last."""
MOST_TOLD = 4
"""So many marked cells are written under a table where the digits in one of them would round it to 0 or 1."""
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
LANE = 8.0
"""Between the lines that lead from one row to another and do not belong together."""
APART = 10.0
"""So far from one another two such lines may lie at the same height."""
CLEAR = 3.0
"""What a line leaves free beside a table that it passes."""
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
    off: bool
    """All of it is switched off."""

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
        letter = symbol(self.card.tensor.symbol)
        called = text_width(title, TITLE, bold=True) + (letter.width(TITLE) if letter else 0)
        named = max(called, text_width(detail, DETAIL))
        under = self.beside + max((text_width(value, TITLE, bold=True) for value in self.values), default=0)
        return max(self.beside + self.size[0] + AFTER + self.behind, named, under)

    @property
    def height(self) -> float:
        """With everything over and under the cells."""
        return self.head + self.size[1] + LINE * (1 + len(self.values))

    @property
    def beside(self) -> float:
        """What the indices of its rows take."""
        return BESIDE if self.card.box.axes[1] else 0.0

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


Point = tuple[float, float]


@dataclass(frozen=True)
class Arrow:
    """It leads from `x` to the right at the height `y`; `lit` says that it is spoken of. `ways` lead to its joint from
    all that it reads, by their corners. What is `dashed` leaves out steps."""

    x: float
    y: float
    lit: bool
    ways: Sequence[tuple[Sequence[Point], bool]]

    def draw(self) -> str:
        look, end = "lit " if self.lit else "", self.x + ARROW
        lines = [drawn_way([*way, (end - 6, self.y)], look) for way, dashed in self.ways if not dashed]
        dashed = [[*way, (end - 6, self.y)] for way, dashed in self.ways if dashed]
        lines += [drawn_way(line, look, stroke_dasharray=DASHES) for line in once(dashed)]
        return "".join(lines) + element("path", d=f"M{end:g} {self.y:g}l-9 -6v12z", class_=f"{look}head")


def drawn_way(corners: Sequence[Point], look: str, **more: object) -> str:
    (x, y), rest = corners[0], pairwise(corners)
    way = f"M{x:g} {y:g}" + "".join(f"V{to[1]:g}" if at[0] == to[0] else f"H{to[0]:g}" for at, to in rest if at != to)
    return element("path", d=way, class_=f"{look}ribbon", stroke_width=3, **more)


def once(ways: Iterable[Sequence[Point]]) -> list[list[Point]]:
    """The ways in pieces that do not cover one another: where dashes lie on dashes, gaps are filled."""
    found: dict[tuple[bool, float], list[tuple[float, float]]] = {}
    for way in ways:
        for (left, top), (right, bottom) in pairwise(way):
            upright = left == right
            span = sorted((top, bottom) if upright else (left, right))
            if span[0] < span[1]:
                found.setdefault((upright, left if upright else top), []).append((span[0], span[1]))
    pieces: list[list[Point]] = []
    for (upright, at), spans in found.items():
        joined: list[list[float]] = []
        for begin, end in sorted(spans):
            if joined and begin <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([begin, end])
        pieces += [[(at, begin), (at, end)] if upright else [(begin, at), (end, at)] for begin, end in joined]
    return pieces


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
    reads = reads_of(request, fan=fan)
    found: dict[int, tuple[int, Excerpt]] = {}
    for most in range(MOST, LEAST - (2 if fan else 1), -1):
        tables = {tensor.name: tables_of(tensor, request, boxes, most, title, fan=fan) for tensor in request.frame}
        rows = [line for row in arranged(request, tables, reads) for line in wrapped(row, reads, width - 2 * EDGE)]
        few = most < ENOUGH or any(table.narrow and None in table.columns for row in rows for table in tables_in(row))
        found[most] = (len(rows) + few, placed(rows, reads, request, width))
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
    off = any(name == tensor.name and is_all(card, region) for name, region in request.off)
    if off:
        most = ENDS
    whole = most >= ENOUGH and box.cells[1] <= TALL
    columns, rows = (
        slots(count, [] if axis is None or off else spoken(axis, request), room)
        for axis, count, room in zip(box.axes[:2], box.cells[:2], (most, TALL if whole else most), strict=True)
    )
    made = Table(
        card,
        columns,
        rows,
        NOTHING if array is None else card.matrix(array),
        1.0 if array is None else texture.colour_scale(array),
        (title(tensor.title), detail(tensor, card, request, title, shape=not off)),
        (),
        fanned,
        fanned and (array is None or bool((array >= 0).all())),
        off,
    )
    if fanned and text_width(made.words[1], DETAIL) > BESIDE + made.size[0] + AFTER:
        made = replace(made, words=(made.words[0], detail(tensor, card, request, title, shape=False)))
    values = (*chosen_value(card, request), *single_values(made, request), *rounded_away(made, request))
    return replace(made, values=tuple(dict.fromkeys(values)))


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


def detail(tensor: Tensor, card: Card, request: Request, title: Title, *, shape: bool = True) -> str:
    """The part it belongs to, where others of the model are called the same; its axes and shape; which of a stack."""
    array, z = request.array(tensor), card.box.axes[2]
    sizes = request.graph.shape(tensor) if array is None else array.shape
    same = sum(other.title == tensor.title for other in request.graph.tensors.values())
    part = outermost(request.graph, tensor) if same > 1 else None
    words = [title(part)] if part else []
    words += [" ".join(tensor.axes), *(["×".join(map(str, sizes))] if shape else [])] if sizes else []
    return " · ".join([*words, f"{z}={card.index}"] if z else words)


def chosen_value(card: Card, request: Request) -> list[str]:
    """The selected cell's value, if it is on this card."""
    if not request.chosen or request.chosen[0] != card.tensor.name:
        return []
    return named_value(card, request.chosen[1], request)


def single_values(table: Table, request: Request) -> list[str]:
    """The values of cells that are marked each by itself, where their digits are not all in the cell: a text computes
    with them. Nothing where matrices stand so close that there is no room."""
    card = table.card
    single = [
        tuple(first for first, _ in region)
        for name, region in (*request.reads, *request.lit)
        if name == card.tensor.name and all(end - first == 1 for first, end in region)
    ]
    told = [(index, request.value(card.tensor.name, index)) for index in dict.fromkeys(single) if table.shows(index)]
    if table.fanned or len(told) > MOST_TOLD:
        return []
    return [
        text
        for index, value in told
        if value is not None and np.isfinite(value) and table.text(value) != value_text(value)
        for text in named_value(card, index, request)
    ]


def rounded_away(table: Table, request: Request) -> list[str]:
    """The values of marked cells, of which the digits of one at least pass it off for 0 or 1; nothing where the cells
    are many, or matrices stand so close that there is no room."""
    card, numbers = table.card, table.matrix
    if table.fanned or not numbers.size or numbers.min() < 0:
        return []
    cells = [
        index
        for name, region in request.lit
        if name == card.tensor.name
        for index in product(*(range(first, end) for first, end in region))
        if table.shows(index)
    ]
    if len(cells) > MOST_TOLD:
        return []
    told = [
        (value, table.text(value)) for index in cells if (value := request.value(card.tensor.name, index)) is not None
    ]
    if all(text is None or is_told(text, value) for value, text in told):
        return []
    return [text for index in cells for text in named_value(card, index, request)]


def named_value(card: Card, index: Index, request: Request) -> list[str]:
    """`[t=5, v=0] = 0.9998`, for a cell of that card that has been computed."""
    value = request.value(card.tensor.name, index)
    if value is None or card.span(tuple((at, at + 1) for at in index)) is None:
        return []
    place = ", ".join(f"{axis}={at}" for axis, at in zip(card.tensor.axes, index, strict=True))
    return [f"[{place}] = {value_text(value)}"]


# What is computed from what.


Reads = Mapping[str, Mapping[str, bool]]
"""By the name of what is shown, what of all that is shown it is computed from: True where steps between are not."""


def reads_of(request: Request, *, fan: bool = False) -> Reads:
    """What leads to a tensor through others that are shown leads to these, but for what is added up, where each summand
    counts by itself; and what is only added, with steps between, to what it is computed from, stands beside that as it
    is. Where `fan` lays out nothing but the same stack of several blocks, these are compared, and nothing leads on."""
    if fan and len({tensor.title for tensor in request.frame}) == 1:
        return {}
    shown = {tensor.name for tensor in request.frame}
    found: dict[str, dict[str, bool]] = {}
    for op in request.graph.ops:
        if op.output.name in shown:
            direct = [name for name in op.operand_names if name in shown]
            found[op.output.name] = dict.fromkeys(direct, False)
            together = [[name] for name in op.operand_names] if op.kind == ADDITION else [op.operand_names]
            for operands in together:
                hidden = [name for name in behind(request, operands, shown) if name not in direct]
                passed = ancestors([*(name for name in direct if name in operands), *hidden], found)
                found[op.output.name] |= {name: True for name in hidden if name not in passed}
    sums = [op for op in request.graph.ops if op.kind == ADDITION and op.output.name in shown]
    for name in {name for op in sums if shown.issuperset(op.operand_names) for name in op.operand_names}:
        if name in found and all(found[name].values()):
            found[name] = {}
    return found


def dashed_ways(request: Request, *, fan: bool = False) -> list[bool]:
    """Of each dashed arrow of an excerpt, whether it is lit."""
    told = led_to(request)
    return [
        name in told for name, operands in reads_of(request, fan=fan).items() for dashed in operands.values() if dashed
    ]


def led_to(request: Request) -> set[str]:
    """The tensors that lit arrows lead to: what is spoken of, where it says what that was computed from."""
    told = {name for name, _ in request.lit} | ({request.chosen[0]} if request.chosen else set())
    return told if request.reads else set()


def behind(request: Request, operands: Iterable[str], shown: set[str]) -> Iterator[str]:
    """What of `shown` the operands that are not shown are computed from."""
    makers = request.graph.makers
    waiting, seen = list(operands), set[str]()
    while waiting:
        name = waiting.pop()
        for read in makers[name].operand_names if name in makers and name not in shown else ():
            if read not in seen:
                seen.add(read)
                waiting.append(read)
                if read in shown:
                    yield read


def ancestors(names: Iterable[str], reads: Reads) -> set[str]:
    """All that these are computed from, themselves left out."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        news = [name for name in reads.get(waiting.pop(), ()) if name not in found]
        found.update(news)
        waiting += news
    return found


# Where they stand.


def arranged(request: Request, tables: Mapping[str, list[Table]], reads: Reads) -> list[Row]:
    """A row for each op: what it reads, an arrow, what it makes. What reads the last of a row follows in it, and what
    neither reads nor is read stands beside its like, and so does what reads the same."""
    rows: list[Row] = []
    done: set[str] = set()
    read = {name for operands in reads.values() for name in operands}
    last, alone = "", False
    for op in request.graph.ops:
        made = op.output.name
        operands = reads.get(made, {})
        lonely = not operands
        if made not in tables or (lonely and made in read):
            continue
        if not (last in operands or (lonely and alone) or (last in reads and operands == reads[last])):
            rows.append([])
        news = [name for name in (*op.operand_names, *operands) if name in operands and name not in done]
        rows[-1] += [table for name in dict.fromkeys(news) for table in tables[name]]
        if op.kind == ADDITION:
            rows[-1] = added(rows[-1], op)
        rows[-1] += [*([] if lonely else [op]), *tables[made]]
        last, alone = made, lonely
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


def wrapped(row: Row, reads: Reads, width: float) -> Iterator[Row]:
    """The row in as many as the width asks for; an arrow or a sign begins the next one, an arrow also where what it
    reads does not stand right before it. What is added up stays together, and what is switched off stands apart from
    what comes of that, whose rows need the room."""
    line: Row = []
    apart = extent(row) > width
    for place, item in enumerate(row):
        if isinstance(item, Table) and tables_in(line) and extent([*line, item]) > width:
            carried = with_arrow(line, item, width)
            yield line[: len(line) - len(carried)]
            line = carried
        elif isinstance(item, Op) and (
            not leads_to(line, item, reads)
            or (apart and [table.off for table in tables_in(row[place - 1 : place + 2])] == [True, False])
        ):
            yield line
            line = []
        line.append(item)
    yield line


def with_arrow(line: Row, table: Table, width: float) -> Row:
    """The end of a line that goes on to the next one together with that table."""
    if isinstance(line[-1], Table):
        return []
    if line[-1] == PLUS:
        arrow = max((place for place, item in enumerate(line) if isinstance(item, Op)), default=0)
        if tables_in(line[:arrow]) and extent([*line[arrow:], table]) <= width:
            return line[arrow:]
    return line[-1:]


def leads_to(line: Row, op: Op, reads: Reads) -> bool:
    """Whether all that the op reads of a line stands at its end, what is added up as one."""
    group = {table.card.tensor.name for table in end_of(line)}
    return all(
        name in group for name in (table.card.tensor.name for table in tables_in(line)) if name in reads[op.output.name]
    )


def end_of(line: Row) -> list[Table]:
    """The tables at the end of a line that belong together: those of one stack, and what is added up."""
    found: list[Table] = []
    for place in range(len(line) - 1, -1, -1):
        item, after = line[place], line[place + 1 : place + 2]
        if isinstance(item, Op):
            break
        if isinstance(item, Table):
            if found and after != [PLUS] and found[-1].card.tensor != item.card.tensor:
                break
            found.append(item)
    return found


def tables_in(row: Row) -> list[Table]:
    return [item for item in row if isinstance(item, Table)]


def extent(row: Row) -> float:
    return sum(width_of(item) for item in row) + GAP * (len(row) - 1)


def width_of(item: Item) -> float:
    return item.width if isinstance(item, Table) else SIGN if isinstance(item, str) else ARROW


@dataclass(frozen=True)
class Spot:
    """Where a table stands: in which row, its middle, and its end below, counted from where its row has its cells."""

    row: int
    across: float
    bottom: float


@dataclass(frozen=True)
class Line:
    """A row with where its items begin. `taken` is what they and the lines between them cover, from left to right."""

    items: Row
    places: Sequence[float]
    taken: Sequence[tuple[float, float]]

    @property
    def head(self) -> float:
        return max(item.head for item in tables_in(self.items))

    @property
    def below(self) -> float:
        """How far it reaches down from where its cells begin."""
        return max(item.height - item.head for item in tables_in(self.items))

    def free(self, x: float) -> bool:
        return not any(left - CLEAR < x < right + CLEAR for left, right in self.taken)

    @property
    def ways(self) -> list[float]:
        """Where one may pass it: before, between and after what it has."""
        return [side for left, right in self.taken for side in (left - GAP / 2, right + GAP / 2)]


@dataclass
class Net:
    """What leads from a row on to the next: lines from above at `uppers` and on at `lowers`, all of them joined."""

    uppers: set[float] = field(default_factory=set)
    lowers: set[float] = field(default_factory=set)
    lane: int = 0

    @property
    def span(self) -> tuple[float, float]:
        return min(self.uppers | self.lowers), max(self.uppers | self.lowers)


Key = tuple[int, frozenset[str]]
"""Of a net: the row above which it lies, and what it comes from."""


@dataclass(frozen=True)
class Way:
    """From a table above to an arrow: down to the net of `key`, along it to `through`, down, and so on."""

    spot: Spot
    start: float
    legs: Sequence[tuple[Key, float]]
    dashed: bool


def placed(rows: Sequence[Row], reads: Reads, request: Request, width: float) -> Excerpt:
    lines: list[Line] = []
    spots: dict[str, list[Spot]] = {}
    for number, row in enumerate(rows):
        lines.append(line_of(row, number, spots, reads, width, lines[-1:]))
        for item, x in zip(row, lines[-1].places, strict=True):
            if isinstance(item, Table):
                spots.setdefault(item.card.tensor.name, []).append(spot_of(item, number, x, request))
    nets: dict[Key, Net] = {}
    ways = {
        item.output.name: ways_to(item, number, x + JOINT, lines, spots, reads, nets, width)
        for number, line in enumerate(lines)
        for item, x in zip(line.items, line.places, strict=True)
        if isinstance(item, Op)
    }
    lanes = [laned([net for (row, _), net in nets.items() if row == number]) for number in range(len(lines))]
    tops, top = [], EDGE
    for line, count in zip(lines, lanes, strict=True):
        top += LANE * (count - 1 if count else 0)
        tops.append(top)
        top += line.head + line.below + BETWEEN

    def corners(way: Way, joint: Point) -> list[Point]:
        line, x = lines[way.spot.row], way.start
        found = [(x, tops[way.spot.row] + line.head + way.spot.bottom)]
        for key, through in way.legs:
            y = tops[key[0]] - BETWEEN / 2 - LANE * (max(lanes[key[0]], 1) - 1 - nets[key].lane)
            found += [(x, y), (through, y)]
            x = through
        return [*found, joint]

    found: list[tuple[Table, float, float]] = []
    between: list[Arrow | Sign] = []
    told = led_to(request)
    for line, above in zip(lines, tops, strict=True):
        cells = above + line.head
        for number, (item, x) in enumerate(zip(line.items, line.places, strict=True)):
            if isinstance(item, Table):
                found.append((item, x, cells))
                continue
            near = tables_in(line.items[max(0, number - 1) : number + 2])
            middle = cells + level(near, request)
            if isinstance(item, str):
                between.append(Sign(x, middle, item))
                continue
            made, joint = item.output.name, (x + JOINT, middle)
            begin, before = beside(line, number, reads), line.items[number - 1] if number else None
            led = [(corners(way, joint), way.dashed) for way in ways[made]]
            if begin is not None and isinstance(before, Table):
                led.insert(0, ([(begin, middle), joint], reads[made][before.card.tensor.name]))
            between.append(Arrow(x, middle, made in told, led))
    return Excerpt(found, between, top - BETWEEN + EDGE)


def level(near: Sequence[Table], request: Request) -> float:
    """How far under the top of these tables' cells what stands between them does: where they have marked cells at the
    same height, the selected one before others, and else in the middle of the lower one."""
    heights = [marked_heights(table, request) for table in near]
    common = [y for y in heights[0] if all(y in others for others in heights[1:])]
    return common[0] if common else min(table.size[1] for table in near) / 2


def marked_heights(table: Table, request: Request) -> list[float]:
    """The middles of what is marked in a table, from the top of its cells."""
    return [area.middle[1] for area in marked_areas(table, request)]


def marked_areas(table: Table, request: Request) -> list[Rect]:
    """What is marked in a table, from the corner of its cells; the selected cell before others, then what it reads."""
    grid = Grid(table, Rect(0.0, 0.0, *table.size))
    chosen = request.marked[:1] if request.chosen else []
    marked = [*chosen, *request.reads, *request.lit]
    areas = [grid.covered(region) for name, region in marked if name == table.card.tensor.name]
    return [area for area in areas if area]


def line_of(
    row: Row, number: int, spots: Mapping[str, Sequence[Spot]], reads: Reads, width: float, above: Sequence[Line] = ()
) -> Line:
    x = max(EDGE, (width - extent(row)) / 2)
    if isinstance(row[0], Op):  # under what it reads
        read = [spot.across for name in reads[row[0].output.name] for spot in spots.get(name, ())]
        x = max(EDGE, min(min(read, default=x), width - EDGE - extent(row)))
    elif alike := [arrow for line in above if (arrow := only_arrow(line.items, line.places)) is not None]:
        arrow = only_arrow(row, [x + extent(row[:place]) + GAP for place in range(len(row))])
        moved = x if arrow is None else x + alike[0] - arrow
        x = moved if EDGE <= moved <= width - EDGE - extent(row) else x
    places, taken = [], []
    for item in row:
        places.append(x)
        x += width_of(item) + GAP
    line = Line(row, places, [])
    for place, (item, left) in enumerate(zip(row, places, strict=True)):
        begin = left
        if isinstance(item, Op):
            begin = beside(line, place, reads) or left
        elif item == PLUS:
            begin = left - GAP
        taken.append((begin, left + width_of(item) + (GAP if item == PLUS else 0)))
    return replace(line, taken=taken)


def only_arrow(row: Row, places: Sequence[float]) -> float | None:
    """Where the arrow stands in a row of one that begins with what it reads: arrows of such rows stand one above
    another, so that what comes from further up passes all of them at the same place."""
    arrows = [x for item, x in zip(row, places, strict=True) if isinstance(item, Op)]
    return arrows[0] if len(arrows) == 1 and isinstance(row[0], Table) else None


def beside(line: Line, place: int, reads: Reads) -> float | None:
    """Where the arrow at that place of a line begins at the table before it, if it comes from there."""
    op, before = line.items[place], line.items[place - 1] if place else None
    if not isinstance(op, Op) or not isinstance(before, Table):
        return None
    if before.card.tensor.name not in reads[op.output.name]:
        return None
    left = line.places[place - 1] + before.beside
    return left + before.size[0] + FRAME


def ways_to(
    op: Op,
    row: int,
    joint: float,
    lines: Sequence[Line],
    spots: Mapping[str, Sequence[Spot]],
    reads: Reads,
    nets: dict[Key, Net],
    width: float,
) -> list[Way]:
    """From all tables in rows above that the op reads; what they need of nets is added to these."""
    read = [(name, spot) for name in reads[op.output.name] for spot in spots[name] if spot.row < row]
    arrival: Key = (row, frozenset(name for name, _ in read))
    found: list[Way] = []
    for above in sorted({spot.row for _, spot in read}):
        starting = [(name, spot) for name, spot in read if spot.row == above]
        through, first = joint, arrival
        if above < row - 1:
            through = passage([spot.across for _, spot in starting], joint, lines[above + 1 : row], width)
            first = (above + 1, frozenset(name for name, _ in starting))
            joined(nets, arrival, through, joint)
        for name, spot in starting:
            start = through if abs(spot.across - through) <= STRAIGHT else spot.across
            legs = [(first, through)] if first == arrival else [(first, through), (arrival, joint)]
            found.append(Way(spot, start, legs, reads[op.output.name][name]))
            joined(nets, first, start, through)
    return found


def joined(nets: dict[Key, Net], key: Key, upper: float, lower: float) -> None:
    net = nets.setdefault(key, Net())
    net.uppers.add(upper)
    net.lowers.add(lower)


def passage(starts: Sequence[float], joint: float, passed: Sequence[Line], width: float) -> float:
    """Where one comes from there to an arrow's joint, past the lines between: on the shortest way. At both edges of the
    picture there is always room."""
    edges = [EDGE / 2, width - EDGE / 2]
    sides = [*starts, joint, *(side for line in passed for side in line.ways), *edges]
    free = [x for x in sides if edges[0] <= x <= edges[1] and all(line.free(x) for line in passed)] or edges
    return min(free, key=lambda x: abs(x - joint) + sum(abs(x - start) for start in starts) / len(starts))


def laned(nets: Sequence[Net]) -> int:
    """How many heights these nets need not to touch one another; each is given one."""
    lanes: list[list[Net]] = []
    for net in sorted(nets, key=lambda net: net.span):
        left, right = net.span
        if left == right:
            continue
        fitting = (
            number
            for number, others in enumerate(lanes)
            if all(right + APART < other.span[0] or other.span[1] + APART < left for other in others)
        )
        net.lane = next(fitting, len(lanes))
        if net.lane == len(lanes):
            lanes.append([])
        lanes[net.lane].append(net)
    return len(lanes)


def spot_of(table: Table, row: int, x: float, request: Request) -> Spot:
    """Of a table in that row whose cells, with the indices of their rows, begin there. What leads down from it begins
    at its frame, below the cells that are marked, unless something is written there: then below what is written, or,
    where the last column is marked too, beside it."""
    left, (wide, high) = x + table.beside, table.size
    areas, last = marked_areas(table, request), wide - table.cell / 2
    across = areas[0].middle[0] if areas else wide / 2
    if not table.values:
        return Spot(row, left + across, high + FRAME)
    clear = max(text_width(value, TITLE, bold=True) for value in table.values) + GAP
    marked = not areas or any(area.right > last for area in areas)
    beside = next((place for place, free in ((across, True), (last, marked)) if free and clear < place), None)
    if beside is not None:
        return Spot(row, left + beside, high + FRAME)
    return Spot(row, left + across, table.height - table.head + ABOVE)


# Drawing.


def drawn(
    table: Table, x: float, y: float, request: Request, pieces: Pieces, palette: Palette | None, hatch: str
) -> str:
    """The table whose cells, with the indices of their rows, begin there."""
    card, kind = table.card, table.card.tensor.kind
    left = x + table.beside
    area = Rect(left, y, left + table.size[0], y + table.size[1])
    grid = Grid(table, area)
    title, under = table.words
    behind = "".join(
        rect(shifted(area, step * BEHIND), class_="plate") + rect(shifted(area, step * BEHIND), class_=f"{kind} frame")
        for step in (2, 1)
        if step * BEHIND <= table.behind
    )
    parts = [
        heading(title, card.tensor.symbol, x, y - table.head + TITLE),
        text(under, x, y - table.head + TITLE + LINE - 1, font_size=DETAIL),
        behind,
        rect(area, class_="plate"),
        grid.colours(palette),
        grid.cells(request, hatch),
        *(hatched(area, hatch) for area in grid.untrained(request)),
        grid.digits(request),
        grid.indices(request.taken.get(card.tensor.name, pieces)),
        rect(area.grown(FRAME / 2), class_=f"{kind} frame", stroke_width=FRAME, data_tensor=card.tensor.name),
        *([rect(area.grown(FRAME + 1), class_="taken")] if card.tensor in request.replaced else []),
        grid.marks(request),
    ]
    values = [
        text(value, left, area.bottom + (2 + number) * LINE - 2, class_="title", font_size=TITLE)
        for number, value in enumerate(table.values)
    ]
    if values:
        parts.append(element("g", "".join(values), class_="chosen"))
    return element("g", "".join(parts), class_="excerpt")


def heading(title: str, latex: str, x: float, y: float) -> str:
    """The name with the letter that formulas have for it."""
    letter = symbol(latex)
    words = clean(title) + (letter.draw(TITLE) if letter else "")
    return element("text", words, x=x, y=y, class_="title", font_size=TITLE)


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

    def cells(self, request: Request, hatch: str) -> str:
        """Dots for what is left out, but under a cross; what is masked, and what is not computed."""
        back, dots, crossed = [], [], self.crossed(request)
        for row, below in enumerate(self.table.rows):
            for column, beside in enumerate(self.table.columns):
                area, value = self.place(column, row), self.number(beside, below)
                if beside is None or below is None:
                    x, y = area.middle
                    if not any(area.overlap(other) for other in crossed):
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
    """The index with the piece that it stands for; where it is to be `short`, without a space or alone."""
    held = pieces.get(axis, ())
    if index >= len(held):
        return str(index)
    if short:
        return f"{index}{held[index]}" if len(held[index]) == 1 and index < 100 else held[index]
    return f"{index} {held[index]}"
