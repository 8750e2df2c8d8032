"""A part of a model as a labelled schematic: its results from above to below, each with its name, its shape and its
numbers, and between them the ops with the weights that they read.

Statistics, such as the mean in a layer norm, are on the way and not drawn. A state of the residual stream stands in the
middle, and what is carried on from one to the next runs down at the left.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.graph.op import Op
from pellucid.scene.drawing import texture
from pellucid.scene.drawing.legend import BAR, SWATCH, Entry, Legend, colour_bar, swatch
from pellucid.scene.drawing.looks import Looks
from pellucid.scene.drawing.markup import element, number, rect, text
from pellucid.scene.drawing.paper import palette_of, paper
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Values
from pellucid.scene.drawing.sheet import STEPS, coloured
from pellucid.scene.drawing.style import Choice
from pellucid.scene.drawing.text import text_width
from pellucid.scene.drawing.words import Title, Words

EDGE, HEAD = 24.0, 30.0
LANE = 46.0
"""What is left free at the left, for what is carried on."""
NODE, STRIDE = 38.0, 83.0
GAP = 26.0
WIDEST, ALONE = 230.0, 280.0
"""Of a result among others on its rank, and of one that stands there alone."""
TITLE, NAME, DETAIL, SMALLEST = 15.0, 12.0, 10.5, 8.0
THUMBNAIL = 54.0
LEAST_CELL = 1.0
PANEL, STRIP = 8.0, 35.0
"""What is left free around the results of a part, and over them, for its name and for what is read."""
ARROW, BEND = 5.0, 18.0


@dataclass(frozen=True)
class Node:
    """A result, on which rank it stands, and what it is made of: results of other ranks."""

    tensor: Tensor
    rank: int
    sources: tuple[str, ...]
    ops: tuple[Op, ...]


def draw_schematic(graph: Graph, values: Values, part: str, tensors: Iterable[Tensor], looks: Looks) -> str:
    """The SVG of these tensors, which are those of a part. Raises PellucidError where nothing in it is computed."""
    nodes = ranked(graph, list(tensors))
    if not nodes:
        raise PellucidError("empty-drawing", "Nothing is computed in that part: name a part such as a block.")
    theme, words, title = looks.theme, looks.words, looks.title
    areas = placed(nodes, looks.width)
    heading = words.schematic.format(title(graph.groups[part].title) if part in graph.groups else words.whole)
    floor = max(area.bottom for area in areas.values()) + EDGE
    legend = legend_of(looks)
    drawn = [
        *panels(graph, nodes, areas, part, title),
        *(each for node in nodes.values() for each in arrows(node, nodes, areas)),
        *(each for node in nodes.values() for each in said_of(node, nodes, areas, title, words)),
        *(box(node, areas[name], values, theme, title) for name, node in nodes.items()),
        text(heading, EDGE, EDGE + TITLE * 0.8, font_size=TITLE, class_="title"),
        legend.draw(floor),
    ]
    size = Rect(0.0, 0.0, looks.width, float(round(floor + legend.height + PANEL)))
    return paper(size, "".join(drawn), theme, looks.language, heading, told(nodes, title, words))


def legend_of(looks: Looks) -> Legend:
    """What colours mean, and what stands beside the arrows."""
    words = looks.words
    bar = Entry(colour_bar(palette_of(looks.theme)), BAR, words.positive, before=words.negative)
    head = swatch(arrow(f"M0 {SWATCH / 2:g}H{SWATCH - ARROW:g}", SWATCH, SWATCH / 2, 1, 0), words.arrows)
    return Legend.of([bar, Entry("", 0.0, words.uneven), head], looks.width)


def told(nodes: Mapping[str, Node], title: Title, words: Words) -> str:
    """The schematic for those who do not see it."""
    sentences = []
    for node in nodes.values():
        made_of = words.listed.join(title(nodes[name].tensor.title) for name in node.sources)
        ops = words.listed.join(dict.fromkeys(title(op.title) for op in node.ops))
        if made_of:
            sentences.append(words.reads_from.format(title(node.tensor.title), made_of, ops))
    return words.between.join(sentences)


# What stands where.


def ranked(graph: Graph, tensors: Sequence[Tensor]) -> dict[str, Node]:
    """The results among them, in the order of computing; what stands between two results is passed through."""
    inside = {tensor.name for tensor in tensors}
    nodes: dict[str, Node] = {}
    through: dict[str, tuple[tuple[str, ...], tuple[Op, ...]]] = {}
    for tensor in tensors:
        op = graph.makers.get(tensor.name)
        if op is None:
            continue
        sources: dict[str, None] = {}
        ops: dict[Op, None] = {}
        for operand in op.operands:
            if operand.name in nodes:
                sources[operand.name] = None
            elif operand.name in through:
                passed, before = through[operand.name]
                sources.update(dict.fromkeys(passed))
                ops.update(dict.fromkeys(before))
            elif operand.kind == "activation" and operand.name not in inside:
                nodes[operand.name] = Node(operand, 0, (), ())  # what the part reads
                sources[operand.name] = None
        ops[op] = None
        if tensor.kind in ("statistic", "weight"):
            through[tensor.name] = tuple(sources), tuple(ops)
        else:
            rank = max((nodes[name].rank + 1 for name in sources), default=0)
            nodes[tensor.name] = Node(tensor, rank, tuple(sources), tuple(ops))
    return nodes


def placed(nodes: Mapping[str, Node], width: float) -> dict[str, Rect]:
    """By rank from above; on a rank in the order of computing, below what each is made of."""
    ranks: dict[int, list[Node]] = defaultdict(list)
    for node in nodes.values():
        ranks[node.rank].append(node)
    most = max(map(len, ranks.values()))
    left = EDGE + LANE
    free = width - left - EDGE - PANEL
    wide = min(WIDEST, (free - GAP * (most - 1)) / most)
    alone = min(ALONE, free)
    middle = left + free / 2
    areas: dict[str, Rect] = {}
    for rank, row in sorted(ranks.items()):
        top = EDGE + HEAD + rank * STRIDE
        span = len(row) * wide + (len(row) - 1) * GAP
        centres = [middle - span / 2 + wide / 2 + place * (wide + GAP) for place in range(len(row))]
        if len(row) == 1:
            centre = middle if row[0].tensor.residual else under(row[0], nodes, areas, middle)
            centres = [min(max(centre, left + alone / 2), left + free - alone / 2)]
        half = (alone if len(row) == 1 else wide) / 2
        for node, centre in zip(row, centres, strict=True):
            areas[node.tensor.name] = Rect(centre - half, top, centre + half, top + NODE)
    return areas


def under(node: Node, nodes: Mapping[str, Node], areas: Mapping[str, Rect], middle: float) -> float:
    """Below the results just above, or else those that it is made of, which leaves room for what runs past."""
    near = [name for name in node.sources if nodes[name].rank == node.rank - 1] or list(node.sources)
    centres = [areas[name].middle[0] for name in near]
    alone = len(near) == len(node.sources) == 1 and nodes[near[0]].tensor.residual
    return sum(centres) / len(centres) if centres and not alone else middle


# What is drawn.


def box(node: Node, area: Rect, values: Values, theme: Choice, title: Title) -> str:
    tensor, array = node.tensor, values.get(node.tensor.name)
    shape = "×".join(map(str, array.shape)) if array is not None else ""
    room = area.width - 16 - (THUMBNAIL + 8 if array is not None else 0)
    name = title(tensor.title)
    size = min(NAME, NAME * room / max(room, text_width(name, NAME, bold=True)))
    detail = f"{' '.join(tensor.axes)} · {shape}" if shape else " ".join(tensor.axes)
    parts = [
        rect(area, class_="plate", rx=5),
        text(name, area.left + 9, area.top + 17, font_size=size, class_="title"),
        text(detail, area.left + 9, area.top + 32, font_size=DETAIL),
    ]
    if array is not None and array.ndim:
        parts.append(
            thumbnail(array, Rect(area.right - THUMBNAIL - 7, area.top + 6, area.right - 7, area.bottom - 6), theme)
        )
    parts.append(rect(area, class_=f"{tensor.kind} frame", rx=5, stroke_width=1.25))
    return element("g", "".join(parts), data_tensor=tensor.name)


def thumbnail(array: np.ndarray, area: Rect, theme: Choice) -> str:
    """The numbers of the first matrix, in colour, a text's positions from above to below."""
    matrix = array.reshape(-1, *array.shape[-2:])[0] if array.ndim > 1 else array[None]
    factor = 1
    while matrix.shape[1] / factor > area.width / LEAST_CELL or matrix.shape[0] / factor > area.height / LEAST_CELL:
        factor *= 2
    strengths = texture.summary(texture.strengths(matrix, texture.colour_scale(array)), factor)
    cell = min(area.width / strengths.shape[1], area.height / strengths.shape[0])
    if strengths.shape[0] == strengths.shape[1]:
        middle, half = area.middle[0] + (area.width - area.height) / 2, cell * strengths.shape[1] / 2
        area = Rect(middle - half, area.top, middle + half, area.bottom)
    enlarged = max(1, round(area.width / strengths.shape[1]))
    return coloured(texture.levels(strengths, STEPS), STEPS, palette_of(theme), area, "near cells", enlarged)


def panels(
    graph: Graph, nodes: Mapping[str, Node], areas: Mapping[str, Rect], part: str, title: Title
) -> Iterator[str]:
    """The parts inside the part, around what is theirs, with their names."""
    inner: dict[str, list[Rect]] = defaultdict(list)
    for name, node in nodes.items():
        if node.tensor.group.startswith(f"{part}.") or not part:
            inner[node.tensor.group].append(areas[name])
    for group, own in inner.items():
        around = Rect.around(own)
        panel = Rect(around.left - PANEL, around.top - STRIP, around.right + PANEL, around.bottom + PANEL)
        yield rect(panel, class_="panel", rx=8)
        yield text(
            title(graph.groups[group].title),
            panel.right - 8,
            panel.top + 15,
            font_size=NAME,
            class_="main",
            text_anchor="end",
        )


def arrows(node: Node, nodes: Mapping[str, Node], areas: Mapping[str, Rect]) -> Iterator[str]:
    """From each result that it is made of, ending beside each other."""
    area = areas[node.tensor.name]
    for name, end in ends(node, nodes, areas).items():
        start, top = areas[name].middle[0], areas[name].bottom
        way = f"M{number(start)} {number(top)}V{number(area.top - BEND)}H{number(end)}V{number(area.top - ARROW)}"
        yield arrow(way, end, area.top, 0, 1)
    for name in node.sources:
        if is_carried(name, node, nodes):
            source, lane = areas[name], EDGE + PANEL
            start, end = source.middle[1], area.middle[1]
            way = f"M{number(source.left)} {number(start)}H{number(lane)}V{number(end)}H{number(area.left - ARROW)}"
            yield arrow(way, area.left, end, 1, 0)


def ends(node: Node, nodes: Mapping[str, Node], areas: Mapping[str, Rect]) -> dict[str, float]:
    """Where on its upper edge what comes from each result above arrives, in the order in which those stand."""
    area = areas[node.tensor.name]
    above = sorted(
        (name for name in node.sources if not is_carried(name, node, nodes)), key=lambda one: areas[one].left
    )
    if len(above) == 1:
        start = areas[above[0]].middle[0]
        return {above[0]: start if area.left < start < area.right else area.middle[0]}
    return {name: area.left + area.width * (place + 1) / (len(above) + 1) for place, name in enumerate(above)}


def is_carried(name: str, node: Node, nodes: Mapping[str, Node]) -> bool:
    """Whether a state of the residual stream is added to, past what is computed from it."""
    return nodes[name].tensor.residual and node.tensor.residual and node.rank - nodes[name].rank > 1


def arrow(path: str, x: float, y: float, across: int, down: int) -> str:
    """A line with its head at (x, y)."""
    side = ARROW * 0.9
    ends = (
        (x - across * ARROW * 1.6 - down * side, y - down * ARROW * 1.6 - across * side),
        (x - across * ARROW * 1.6 + down * side, y - down * ARROW * 1.6 + across * side),
    )
    head = f"M{number(x)} {number(y)}" + "".join(f"L{number(u)} {number(v)}" for u, v in ends) + "z"
    return element("path", d=path, class_="ribbon", stroke_width=2) + element("path", d=head, class_="head")


def said_of(
    node: Node, nodes: Mapping[str, Node], areas: Mapping[str, Rect], title: Title, words: Words
) -> Iterator[str]:
    """The ops over a result, with the weights that they read, beside the arrows."""
    if not node.sources:
        return
    area = areas[node.tensor.name]
    left = max(ends(node, nodes, areas).values(), default=area.left) + 8
    room = (
        area.right
        - left
        + (PANEL if any(other.rank == node.rank and other != node for other in nodes.values()) else 90)
    )
    ops = " → ".join(dict.fromkeys(title(op.title) for op in node.ops if op.output.kind != "statistic"))
    weights = [tensor for op in node.ops for tensor in op.operands if tensor.kind == "weight"]
    read = words.listed.join(tensor.name.rpartition(".")[2] for tensor in weights)
    said = f"{ops} · {read}" if read else ops
    size = min(DETAIL, DETAIL * room / max(1.0, text_width(said, DETAIL)))
    yield text(said, left, area.top - 6, font_size=max(SMALLEST, size))
