"""The ways that operands take to the ops that read them: one ribbon per op and operand, in the free space between
boxes.

Neighbours are joined by a straight ribbon. Others turn twice: down (or up) out of their box, along the corridor
between two bands, and in from there; or sideways, where a strip on top of a matrix is reached from a state level with
that matrix. Where a strip lies in the way, a ribbon passes behind it. From column to column of a folded tower ribbons
turn four times: down to below the column, along to the gutter before the next one, up the gutter, and in from above.
Ribbons at one face share it evenly; those side by side in a corridor or a gutter keep to lanes of their own.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pellucid.graph import Graph, Tensor
from pellucid.graph.axes import GROWING
from pellucid.scene.orientation import X, Y
from pellucid.scene.placement import Place, Placement
from pellucid.scene.scene import Box, Ribbon, Vector

FRONT = -0.5
"""The depth of straight ribbons: the middle of the foremost matrix."""

BACK = -1.0
"""The depth of the back of the foremost matrix."""

GUTTER = (0.05, 0.4)
"""Where in a gutter ribbons run, in shares of its width: the rest is for the names of blocks."""

Lane = tuple[str, int, int]
"""Where turning ribbons run side by side: a branch's corridor, the channel before a plate, the gutter before a column
(the one after the last column has its number too), or (`open`) anywhere between two boxes of the spine."""


@dataclass
class Way:
    """A ribbon under construction. It leaves its source through the face on the `leaves` side (-1: the low one, 1:
    the high one) of the direction across, and enters its target through the `enters` side. Where on these faces is
    measured the other way, `along`. A way that turns has a lane, `level` of `levels`, numbered from the high end."""

    op: int
    role: str
    source: Place
    target: Place
    along: int
    leaves: int
    enters: int
    width: float
    lane: Lane | None = None
    level: int = 0
    levels: int = 1
    start: float = 0.0
    end: float = 0.0

    @property
    def across(self) -> int:
        return Y if self.along == X else X

    @property
    def rising(self) -> bool:
        return self.end > middle(self.source.box, self.along)

    def span(self, room: float) -> tuple[float, float]:
        """What it takes of its lane, and some room around."""
        return min(self.start, self.end) - room, max(self.start, self.end) + room


def ribbons(graph: Graph, placement: Placement) -> tuple[Ribbon, ...]:
    router = Router(graph, placement)
    ways = [
        router.way(number, role, operand, op.output)
        for number, op in enumerate(graph.ops)
        for role, operand in op.inputs.items()
    ]
    share_entries(ways)
    share_exits(ways)
    share_lanes(ways, placement.spacing.gap / 4)
    for way in ways:
        router.narrow(way)
    return tuple(router.ribbon(way) for way in ways)


class Router:
    """Chooses ways, and draws them once they have their shares of faces and lanes."""

    def __init__(self, graph: Graph, placement: Placement) -> None:
        self.graph = graph
        self.places = placement.places
        self.corridors = placement.corridors
        self.spacing = placement.spacing
        self.fold = placement.fold
        self.plates: dict[Vector, list[Place]] = defaultdict(list)
        self.bands: dict[tuple[int | None, int], list[Place]] = defaultdict(list)
        self.runs: dict[Lane, list[tuple[float, float]]] = defaultdict(list)
        states = [place.box for name, place in self.places.items() if graph.tensors[name].residual]
        self.next_state = {box.tensor: high(after, Y) for box, after in itertools.pairwise(states)}
        if states:
            self.next_state[states[-1].tensor] = -math.inf
        for place in self.places.values():
            self.plates[place.plate.low].append(place)
            if place.is_matrix:
                self.bands[place.branch, place.band].append(place)

    # Choosing.

    def way(self, op: int, role: str, operand: Tensor, output: Tensor) -> Way:
        source, target = self.places[operand.name], self.places[output.name]
        width = self.width(operand, output)
        if self.fold and self.fold.column(source.part) != self.fold.column(target.part):
            gutter = self.fold.column(target.part)
            return Way(op, role, source, target, X, -1, 1, width, ("gutter", gutter, 0))
        beside = overlap(source.box, target.box, Y)
        if overlap(source.box, target.box, X):
            falling = low(source.box, Y) >= high(target.box, Y)
            return Way(op, role, source, target, X, *((-1, 1) if falling else (1, -1)), width)
        if (beside or self.level(source, target)) and not self.blocked(source, target):
            rightwards = low(source.box, X) < low(target.box, X)
            way = Way(op, role, source, target, Y, *((1, -1) if rightwards else (-1, 1)), width)
            if not beside:
                way.lane = ("channel", target.branch or 0, target.band)
            return way
        lane = self.corridor(source, target)
        run = between(source.box, target.box)
        self.runs[lane].append(run)
        way = Way(op, role, source, target, X, -1, 1, width, lane)
        height = sum(self.room(way)) / 2
        way.leaves, way.enters = (1 if height > middle(place.box, Y) else -1 for place in (source, target))
        return way

    def corridor(self, source: Place, target: Place) -> Lane:
        """The one next to the target; from a band into itself the emptier one of two, the lower if in doubt."""
        if target.branch is None:
            return ("open", 0, 0) if source.branch is None else ("corridor", source.branch, source.band + 1)
        above, below = ("corridor", target.branch, target.band), ("corridor", target.branch, target.band + 1)
        if source.branch != target.branch or source.band < target.band:
            return above
        run = between(source.box, target.box)
        return above if source.band == target.band and self.crowd(above, run) < self.crowd(below, run) else below

    def crowd(self, lane: Lane, run: tuple[float, float]) -> int:
        return sum(meet(run, other) for other in self.runs[lane])

    def level(self, source: Place, target: Place) -> bool:
        """The target is a strip whose plate is level with the source, which stands outside the branch."""
        plate = (target.plate.low[Y], target.plate.high[Y])
        return source.branch != target.branch and meet(plate, extent(source.box, Y))

    def blocked(self, source: Place, target: Place) -> bool:
        """Another matrix of the branch's band stands between."""
        inside = source if target.branch is None else target
        first, last = between(source.box, target.box)
        return any(
            first < middle(place.box, X) < last and place.plate not in (source.plate, target.plate)
            for place in self.bands[inside.branch, inside.band]
            if place.part == inside.part
        )

    def width(self, operand: Tensor, output: Tensor) -> float:
        """Thick as what it carries, on a logarithmic scale: the cells of one position, the side of a weight if it were
        square. The stream itself is twice as thick."""
        position = next((axis for axis in operand.axes if axis in GROWING and operand.kind != "weight"), None)
        carried = math.prod(self.graph.sizes[axis] for axis in operand.axes if axis != position)
        if operand.kind == "weight":
            carried = math.isqrt(carried)
        doubled = 2 if operand.residual and output.residual else 1
        return self.spacing.ribbon * math.log2(1 + carried) * doubled

    def narrow(self, way: Way) -> None:
        """No ribbon is wider than a face it touches or the lane it runs in."""
        faces = [place.box.bounds.size[way.along] for place in (way.source, way.target)]
        lowest, highest = self.room(way) if way.lane else (0.0, math.inf)
        way.width = min(way.width, 0.8 * min(*faces, (highest - lowest) / (way.levels + 1)))

    # Drawing.

    def ribbon(self, way: Way) -> Ribbon:
        digits = 1 if self.spacing.gap < 100 else 0  # what the eye can tell, so that JSON stays short
        points = tuple((round(x, digits), round(y, digits), round(z, 1)) for x, y, z in self.points(way))
        return Ribbon(way.op, way.role, way.source.box.tensor, way.target.box.tensor, way.width, points)

    def points(self, way: Way) -> tuple[Vector, ...]:
        if way.lane is None:
            return self.straight(way)
        return self.crossing(way) if way.lane[0] == "gutter" else self.turning(way)

    def crossing(self, way: Way) -> tuple[Vector, ...]:
        """From one column to another. Who leaves farther to the left keeps outside, so that none crosses another."""
        assert self.fold
        start, end = ends(way)
        share = (way.level + 1) / (way.levels + 1)
        air, depth = self.spacing.air, BACK - self.spacing.behind * (1 - share / 2)
        low_end, high_end = start - air, end + air
        if column := self.fold.standing(way.source.part):
            low_end = column.bounds.low[Y] - air
        if column := self.fold.standing(way.target.part):
            high_end = column.bounds.high[Y] + air
        below, above = low_end + air * share / 2, high_end - air * (1 - share) / 2
        out, along = point(way, way.start, start, BACK), point(way, way.start, below, depth)
        into = point(way, way.end, end, BACK)
        if column is None and self.fold.standing(way.source.part):
            return out, along, point(way, way.end, below, depth), into  # under the columns nothing is in the way
        left, right = self.room(way)
        gutter = right - (right - left) * share
        return out, along, (gutter, below, depth), (gutter, above, depth), point(way, way.end, above, depth), into

    def straight(self, way: Way) -> tuple[Vector, ...]:
        start, end = ends(way)
        if self.covered(way, way.source, way.leaves) or self.covered(way, way.target, way.enters):
            bend = point(way, way.start, (start + end) / 2, BACK - self.spacing.behind)
            return point(way, way.start, start, BACK), bend, point(way, way.end, end, BACK)
        return point(way, way.start, start, FRONT), point(way, way.end, end, FRONT)

    def far(self, way: Way) -> bool:
        """From another part of the model, past whatever stands between: a weight that two parts share, an old state."""
        if (below := self.next_state.get(way.source.box.tensor)) is not None:
            return high(way.target.box, Y) < below
        if way.target.branch is None:
            return way.lane is not None
        return way.source.branch != way.target.branch

    def turning(self, way: Way) -> tuple[Vector, ...]:
        start, end = ends(way)
        lowest, highest = self.room(way)
        share = (way.level + 1) / (way.levels + 1)
        turn = highest - (highest - lowest) * share
        depth = BACK - self.spacing.behind * (1 - share / 2)
        return (
            point(way, way.start, start, BACK if self.covered(way, way.source, way.leaves) else FRONT),
            point(way, way.start, turn, depth),
            point(way, way.end, turn, depth),
            point(way, way.end, end, BACK if self.covered(way, way.target, way.enters) else FRONT),
        )

    def room(self, way: Way) -> tuple[float, float]:
        """From where to where there is room for the lane of a ribbon that turns."""
        assert way.lane
        kind, branch, number = way.lane
        if kind == "corridor":
            return self.corridors[branch][number]
        if kind == "gutter":
            assert self.fold
            left, right = self.fold.gutters[branch]
            return left + GUTTER[0] * (right - left), left + GUTTER[1] * (right - left)
        if kind == "open":
            return high(way.target.box, Y), low(way.source.box, Y)
        edge = way.target.plate.low[X] if way.enters < 0 else way.target.plate.high[X] + self.spacing.gap / 2
        return edge - self.spacing.gap / 2, edge

    def covered(self, way: Way, place: Place, side: int) -> bool:
        """Something may lie on that side of the place, before the other end of the ribbon: a strip of the same plate,
        or anything where the ribbon comes from far away."""
        if self.far(way):
            return True
        other = way.source if place is way.target else way.target
        for strip in self.plates[place.plate.low]:
            if strip.is_matrix or strip in (place, other) or not overlap(strip.box, place.box, way.along):
                continue
            outside = (middle(strip.box, way.across) - middle(place.box, way.across)) * side
            reach = (middle(other.box, way.across) - middle(place.box, way.across)) * side
            if outside > 0 and (way.lane or outside < reach):
                return True
        return False


# Sharing faces and lanes.


def share_entries(ways: Iterable[Way]) -> None:
    """Where along the target's face each ribbon arrives: what enters a plate from one side shares it by width.
    Those that turn back arrive in the order that keeps them apart."""
    faces: dict[tuple[Vector, int, int], list[Way]] = defaultdict(list)
    for way in ways:
        faces[way.target.plate.low, way.along, way.enters].append(way)
    for sharing in faces.values():
        if all(way.leaves == way.enters for way in sharing):
            sharing.sort(key=lambda way: -middle(way.source.box, way.along))
        total, before = sum(way.width for way in sharing), 0.0
        for way in sharing:
            first, last = extent(way.target.box, way.along)
            if not way.lane:
                first, last = max(first, low(way.source.box, way.along)), min(last, high(way.source.box, way.along))
            share = way.width / total
            way.start = way.end = first + (last - first) * (before + share / 2)
            way.width = min(way.width, 0.8 * (last - first) * share)
            before += share


def share_exits(ways: Sequence[Way]) -> None:
    """Where along the source's face each ribbon that turns leaves: on the half that looks to where it goes, or anywhere
    on a face that serves nothing else."""
    entered = {(way.target.box.tensor, way.along, way.enters) for way in ways}
    faces: dict[tuple[str, int, int], list[Way]] = defaultdict(list)
    for way in ways:
        faces[way.source.box.tensor, way.along, way.leaves].append(way)
    for side, leaving in faces.items():
        for rising in (False, True):
            turning = sorted((way for way in leaving if way.lane and way.rising == rising), key=lambda way: way.end)
            for rank, way in enumerate(turning, 1):
                first, last = extent(way.source.box, way.along)
                share = rank / (len(turning) + 1)
                if len(turning) < len(leaving) or side in entered:
                    share = 0.45 * share + (0.55 if rising else 0)
                way.start = first + (last - first) * share


def share_lanes(ways: Iterable[Way], room: float) -> None:
    """Levels for the ribbons that turn in the same lane: one level for those that do not meet, and an order in which
    those that do do not cross: whoever leaves later, seen in its direction, turns nearer to where it comes from."""
    lanes: dict[Lane, list[Way]] = defaultdict(list)
    for way in ways:
        if way.lane:
            lanes[way.lane].append(way)
    for lane, sharing in lanes.items():
        sharing.sort(key=lambda way: (way.leaves, way.leaves * (way.start if way.rising else -way.start)))
        for rank, way in enumerate(sharing):
            met = [other.level + 1 for other in sharing[:rank] if meet(way.span(room), other.span(0))]
            way.level = len(sharing) - 1 - rank if lane[0] == "gutter" else max(met, default=0)
        levels = 1 + max(way.level for way in sharing)
        for way in sharing:
            way.levels = levels


# Geometry.


def point(way: Way, along: float, across: float, depth: float) -> Vector:
    return (along, across, depth) if way.along == X else (across, along, depth)


def ends(way: Way) -> tuple[float, float]:
    """The faces that the ribbon leaves and enters."""
    return face(way.source.box, way.across, way.leaves), face(way.target.box, way.across, way.enters)


def low(box: Box, direction: int) -> float:
    return box.bounds.low[direction]


def high(box: Box, direction: int) -> float:
    return box.bounds.low[direction] + box.bounds.size[direction]


def extent(box: Box, direction: int) -> tuple[float, float]:
    return low(box, direction), high(box, direction)


def middle(box: Box, direction: int) -> float:
    return box.bounds.low[direction] + box.bounds.size[direction] / 2


def face(box: Box, direction: int, side: int) -> float:
    return low(box, direction) if side < 0 else high(box, direction)


def meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def overlap(one: Box, other: Box, direction: int) -> bool:
    return meet(extent(one, direction), extent(other, direction))


def between(one: Box, other: Box) -> tuple[float, float]:
    """From the middle of one box to the middle of the other, along x."""
    first, last = sorted((middle(one, X), middle(other, X)))
    return first, last
