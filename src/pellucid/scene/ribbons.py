"""The ways that operands take to the ops that read them: one ribbon per op and operand, in the free space between
boxes.

Neighbours are joined by a straight ribbon. Others leave through the floor (or the ceiling) of their box, run along the
corridor between two rows and enter from above; what stands level with a state of the stream is entered from the side.
Where a strip lies in the way, the ribbon passes behind it. Several ribbons at one face share it evenly; several in
one corridor keep to lanes of their own.
"""

import math
from collections import defaultdict
from dataclasses import dataclass

from pellucid.graph import Graph, Tensor
from pellucid.scene.placement import Place, Placement
from pellucid.scene.scene import Box, Ribbon, Vector

FRONT = -0.5  # the depth of straight ribbons: the middle of the cells of the foremost matrix
POSITION = "t"
BACK = -1.0  # the back of the foremost matrix

Key = tuple[object, ...]


@dataclass
class Way:
    """A ribbon under construction: how it runs, the faces it leaves and enters, and where along them."""

    op: int
    role: str
    source: Place
    target: Place
    width: float
    kind: str = ""  # down, across, corridor or channel
    leaves: str = "bottom"
    enters: str = "top"
    corridor: tuple[int, int] = (0, 0)
    start: float = 0.0
    end: float = 0.0
    lane: float = 0.0
    order: float = 0.0


def ribbons(graph: Graph, placement: Placement) -> tuple[Ribbon, ...]:
    return Router(graph, placement).route()


class Router:
    def __init__(self, graph: Graph, placement: Placement) -> None:
        self.graph = graph
        self.places = placement.places
        self.corridors = placement.corridors
        self.spacing = placement.spacing
        self.rows: dict[tuple[int | None, int], list[Place]] = defaultdict(list)
        self.strips: dict[Vector, list[Place]] = defaultdict(list)
        for place in self.places.values():
            if place.strip:
                self.strips[place.plate.low].append(place)
            else:
                self.rows[place.branch, place.band].append(place)

    def route(self) -> tuple[Ribbon, ...]:
        ways = [
            self.way(number, role, operand, op.output)
            for number, op in enumerate(self.graph.ops)
            for role, operand in op.inputs.items()
        ]
        self.share_entries(ways)
        self.share_exits(ways)
        self.share_corridors(ways)
        return tuple(
            Ribbon(way.op, way.role, way.source.box.tensor, way.target.box.tensor, way.width, self.points(way))
            for way in ways
        )

    # Choosing the way.

    def way(self, op: int, role: str, operand: Tensor, output: Tensor) -> Way:
        source, target = self.places[operand.name], self.places[output.name]
        way = Way(op, role, source, target, self.width(operand, output))
        if overlap(source.box, target.box, 0):
            way.kind = "down"
            above = low(source.box, 1) >= high(target.box, 1)
            way.leaves, way.enters = ("bottom", "top") if above else ("top", "bottom")
        elif overlap(source.box, target.box, 1) and not self.blocked(source, target):
            way.kind = "across"
            way.leaves, way.enters = self.sideways(source, target)
        elif source.branch != target.branch and self.level(source, target):
            way.kind = "channel"
            way.leaves, way.enters = self.sideways(source, target)
        else:
            way.kind = "corridor"
            self.by_corridor(way)
        return way

    def by_corridor(self, way: Way) -> None:
        source, target = way.source, way.target
        branch, band = (source.branch, source.band + 1) if target.branch is None else (target.branch, target.band)
        if source.branch == target.branch and source.band >= target.band:
            band = target.band + 1
            way.leaves, way.enters = ("bottom" if source.band == target.band else "top"), "bottom"
        assert branch is not None, f"no corridor from {source.box.tensor} to {target.box.tensor}"
        way.corridor = (branch, band)

    @staticmethod
    def sideways(source: Place, target: Place) -> tuple[str, str]:
        rightwards = low(source.box, 0) < low(target.box, 0)
        return ("right", "left") if rightwards else ("left", "right")

    @staticmethod
    def level(source: Place, target: Place) -> bool:
        plate = target.plate
        return plate.low[1] < high(source.box, 1) and low(source.box, 1) < plate.high[1]

    def blocked(self, source: Place, target: Place) -> bool:
        """A matrix of the same row stands between."""
        if source.branch != target.branch or source.band != target.band:
            return False
        left, right = sorted((source, target), key=lambda place: low(place.box, 0))
        return any(
            low(left.box, 0) < low(place.box, 0) < low(right.box, 0) and place is not source and place is not target
            for place in self.rows[source.branch, source.band]
        )

    def width(self, operand: Tensor, output: Tensor) -> float:
        """Thick as what it carries, on a logarithmic scale: the cells of one position, or the side of a weight."""
        sizes = [self.graph.sizes[axis] for axis in operand.axes if operand.kind == "weight" or axis != POSITION]
        carried = math.prod(sizes)
        if operand.kind == "weight":
            carried = math.isqrt(carried)
        scale = self.spacing.gap / 10 * (2 if operand.residual and output.residual else 1)
        return max(0.4, 0.4 * math.log2(1 + carried)) * scale

    # Sharing faces and corridors.

    def share_entries(self, ways: list[Way]) -> None:
        """Where along the target's face each ribbon arrives."""
        faces: dict[Key, list[Way]] = defaultdict(list)
        for way in ways:
            faces[way.op, way.enters].append(way)
        for sharing in faces.values():
            for rank, way in enumerate(sharing, 1):
                along = 0 if way.enters in ("top", "bottom") else 1
                first, last = low(way.target.box, along), high(way.target.box, along)
                if way.kind in ("down", "across"):
                    first = max(first, low(way.source.box, along))
                    last = min(last, high(way.source.box, along))
                way.end = way.start = first + (last - first) * rank / (len(sharing) + 1)
                way.width = min(way.width, 0.8 * (last - first))

    def share_exits(self, ways: list[Way]) -> None:
        """Where along the source's face each ribbon that turns leaves: on the half that looks to where it goes."""
        faces: dict[Key, list[Way]] = defaultdict(list)
        for way in ways:
            if way.kind in ("corridor", "channel"):
                faces[way.source.box.tensor, way.leaves, way.end > center(way.source.box)].append(way)
        for sharing in faces.values():
            sharing.sort(key=lambda way: way.end)
            for rank, way in enumerate(sharing, 1):
                share = rank / (len(sharing) + 1) * 0.45
                if way.kind == "channel":
                    top, height = high(way.source.box, 1), way.source.box.bounds.size[1]
                    way.start = top - height * share
                else:
                    rightwards = way.end > center(way.source.box)
                    way.start = low(way.source.box, 0) + way.source.box.bounds.size[0] * (
                        share + (0.55 if rightwards else 0)
                    )

    def share_corridors(self, ways: list[Way]) -> None:
        """A lane for each ribbon, so that those side by side do not cross."""
        lanes: dict[Key, list[Way]] = defaultdict(list)
        for way in ways:
            if way.kind == "corridor":
                lanes[way.corridor].append(way)
            elif way.kind == "channel":
                lanes[way.target.plate.low].append(way)
        for sharing in lanes.values():
            sharing.sort(key=lambda way: way.start if way.end > way.start else -way.start)
            for rank, way in enumerate(sharing, 1):
                way.order = rank / (len(sharing) + 1)
                if way.kind == "corridor":
                    bottom, top = self.corridors[way.corridor]
                    way.lane = bottom + (top - bottom) * way.order
                else:
                    edge, step = way.target.plate.low[0], self.spacing.gap
                    way.lane = edge - step / 2 * (1 - way.order)

    # Drawing.

    def points(self, way: Way) -> tuple[Vector, ...]:
        source, target = way.source.box, way.target.box
        start, end = face(source, way.leaves), face(target, way.enters)
        if way.kind == "down":
            return self.straight((way.start, start), (way.end, end), way)
        if way.kind == "across":
            return self.straight((start, way.start), (end, way.end), way)
        if way.kind == "channel":
            return (
                (start, way.start, FRONT),
                (way.lane, way.start, FRONT),
                (way.lane, way.end, FRONT),
                (end, way.end, FRONT),
            )
        depth = BACK - self.spacing.behind * (1 - way.order / 2)
        return (
            (way.start, start, FRONT),
            (way.start, way.lane, depth),
            (way.end, way.lane, depth),
            (way.end, end, BACK if self.strips_between(way) else FRONT),
        )

    def straight(self, start: tuple[float, float], end: tuple[float, float], way: Way) -> tuple[Vector, ...]:
        foreign = way.source.branch != way.target.branch and way.source.branch is None and way.target.band > 0
        if foreign or self.strips_between(way):
            middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
            return (*start, BACK), (*middle, BACK - self.spacing.behind), (*end, BACK)
        return (*start, FRONT), (*end, FRONT)

    def strips_between(self, way: Way) -> bool:
        """A strip of either plate lies before the face that the ribbon leaves or enters."""
        ends = (way.source, way.target)
        nearby = self.strips[way.target.plate.low] + self.strips[way.source.plate.low]
        horizontal = way.enters in ("left", "right")
        for strip in nearby:
            if strip in ends:
                continue
            middle = strip.box.bounds.low[0 if horizontal else 1] + 0.5
            edges = [face(way.source.box, way.leaves), face(way.target.box, way.enters)]
            if min(edges) < middle < max(edges):
                return True
        return False


def low(box: Box, direction: int) -> float:
    return box.bounds.low[direction]


def high(box: Box, direction: int) -> float:
    return box.bounds.low[direction] + box.bounds.size[direction]


def center(box: Box) -> float:
    return low(box, 0) + box.bounds.size[0] / 2


def overlap(one: Box, other: Box, direction: int) -> bool:
    return max(low(one, direction), low(other, direction)) < min(high(one, direction), high(other, direction))


def face(box: Box, name: str) -> float:
    """The coordinate of a face: x for left and right, y for top and bottom."""
    direction = 0 if name in ("left", "right") else 1
    return low(box, direction) if name in ("left", "bottom") else high(box, direction)
