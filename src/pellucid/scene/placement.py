"""Where every tensor stands.

The states of the residual stream stand one below the other: the spine. What happens between two states is a branch;
the branches of a block take turns, the first to the left of the spine, the next to the right. A branch starts level
with the state it reads (the first one of a block: below it, after some air), and the state it makes stands level with
its result. A tower of many blocks is then folded into columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pellucid.graph import Graph, Tensor
from pellucid.graph.op import Op
from pellucid.scene.branch import Branch, Corridor
from pellucid.scene.folding import Fold, around, fold, shifted
from pellucid.scene.orientation import main_operand
from pellucid.scene.plates import Piece, Plate, PlateMaker
from pellucid.scene.scene import Bounds, Box
from pellucid.scene.spacing import Spacing


@dataclass(frozen=True, eq=False)
class Place:
    """Where a tensor has come to stand: its box, the bounds of its plate, whether it is the plate's matrix, the branch
    and band (no branch: it stands on the spine, or is what the stream begins with), and the part of the tower: 0 is
    what comes before the blocks, then block after block, and last what comes after them."""

    box: Box
    plate: Bounds
    is_matrix: bool
    branch: int | None
    band: int
    part: int


@dataclass(frozen=True)
class Placement:
    """All places, in the graph's order of tensors, and each branch's corridors, from the top down. `blocks` are called
    so, and stand in columns if there is a `fold`."""

    places: dict[str, Place]
    corridors: list[list[Corridor]]
    spacing: Spacing
    blocks: tuple[str, ...] = ()
    fold: Fold | None = None

    @property
    def columns(self) -> list[tuple[str, ...]]:
        """The blocks of each column."""
        columns = self.fold.columns if self.fold else ()
        return [tuple(self.blocks[number] for number in column.blocks) for column in columns]

    def folded(self) -> "Placement":
        """In columns, where there are blocks enough."""
        parts: list[list[Bounds]] = [[] for _ in range(len(self.blocks) + 2)]
        for place in self.places.values():
            parts[place.part].append(place.box.bounds)
        found = fold([around(bounds) if bounds else None for bounds in parts])
        if found is None:
            return self
        heights: dict[int, float] = {}
        places: dict[str, Place] = {}
        for name, place in self.places.items():
            shift = found.shifts[place.part]
            box = replace(place.box, bounds=shifted(place.box.bounds, shift))
            places[name] = replace(place, box=box, plate=shifted(place.plate, shift))
            if place.branch is not None:
                heights[place.branch] = shift[1]
        corridors = [
            [(low + heights.get(branch, 0), high + heights.get(branch, 0)) for low, high in corridors]
            for branch, corridors in enumerate(self.corridors)
        ]
        return replace(self, places=places, corridors=corridors, fold=found)


def place(graph: Graph, positions: int | None = None) -> Placement:
    return Tower(graph, positions).build()


@dataclass(frozen=True)
class Segment:
    """The ops from one state of the residual stream to the next; without `state`: those after the last one."""

    ops: tuple[Op, ...]
    state: Tensor | None


def segments(graph: Graph) -> Iterator[Segment]:
    ops: list[Op] = []
    for op in graph.ops:
        ops.append(op)
        if op.output.residual:
            yield Segment(tuple(ops), op.output)
            ops = []
    if ops:
        yield Segment(tuple(ops), None)


class Tower:
    """The picture under construction, from the top down. The spine's left edge is x = 0."""

    def __init__(self, graph: Graph, positions: int | None) -> None:
        self.graph = graph
        self.maker = PlateMaker(graph, positions)
        self.spacing = self.maker.spacing
        self.places: dict[str, Place] = {}
        self.corridors: list[list[Corridor]] = []
        self.state: Plate | None = None  # the last one
        self.floor = 0  # the lower edge of everything so far
        self.blocks: list[str] = []
        self.part = 0
        self.leftwards = False  # the side of the last branch

    def build(self) -> Placement:
        for segment in segments(self.graph):
            if segment.state is None:
                self.end(segment)
            elif self.state is None:
                self.begin(segment)
            else:
                self.update(segment, self.state, segment.state)
        self.part = len(self.blocks) + 1
        self.leave_none_out()
        places = {name: self.places[name] for name in self.graph.tensors}
        return Placement(places, self.corridors, self.spacing, tuple(self.blocks)).folded()

    def begin(self, segment: Segment) -> None:
        """The first state, and on both sides what it is the sum of: the first to the right, the next to the left."""
        sides: tuple[list[Plate], list[Plate]] = ([], [])
        side_of: dict[str, int] = {}
        for op in segment.ops[:-1]:
            if not self.maker.is_strip(op.output):
                main = main_operand(op, self.maker.lying)
                emptier = 0 if len(sides[0]) <= len(sides[1]) else 1
                side = side_of[op.output.name] = side_of.get(main.name, emptier) if main else emptier
                sides[side][:0] = [self.maker.plate(op), *self.maker.companions(op)]
        self.state = self.maker.plate(segment.ops[-1])
        self.emit(self.state)
        edge = self.state.right
        for plate in [*sides[0], *self.maker.companions(segment.ops[-1])]:
            plate.x = edge + self.maker.between(plate)
            edge = plate.right
            self.emit(plate)
        edge = -self.state.before
        for plate in sides[1]:
            plate.x = edge - self.spacing.gap - plate.matrix.width
            edge = plate.x - plate.before
            self.emit(plate)

    def update(self, segment: Segment, previous: Plate, made: Tensor) -> None:
        """A branch, and the state that its result makes with the one before."""
        opening = made.group != previous.matrix.tensor.group
        self.leftwards = opening or not self.leftwards
        if opening:
            self.blocks.append(made.group)
            self.part = len(self.blocks)
        branch = Branch(self.maker, segment.ops[:-1], returns=not self.leftwards)
        self.state = self.maker.plate(segment.ops[-1])
        self.state.top = previous.top - previous.matrix.height - self.spacing.corridor - self.state.head
        if branch.bands:
            top = self.floor - self.spacing.air - branch.head(0) if opening else previous.top
            gap = self.spacing.gap
            if self.leftwards:
                self.stand(branch, top, right=-gap - self.state.before)
            else:
                self.stand(branch, top, left=previous.right + gap)
            tops = [plate.top for operand in segment.ops[-1].operands if (plate := branch.plates.get(operand.name))]
            self.state.top = min([self.state.top, *tops])
        self.emit(self.state)

    def end(self, segment: Segment) -> None:
        """What is read off the last state: from under the spine to the right."""
        self.part = len(self.blocks) + 1
        branch = Branch(self.maker, segment.ops)
        first = next(iter(branch.plates.values()))
        self.stand(branch, self.floor - self.spacing.air - branch.head(0), left=-first.before)

    def leave_none_out(self) -> None:
        """Tensors that no op reads or makes, in a row at the bottom."""
        left, top = 0, self.floor - self.spacing.air
        for tensor in self.graph.tensors.values():
            if tensor.name not in self.places:
                plate = self.maker.bare(tensor)
                plate.x, plate.top = left, top
                left = plate.right + self.spacing.gap
                self.emit(plate)

    def stand(self, branch: Branch, top: int, left: int | None = None, right: int | None = None) -> None:
        self.corridors.append(branch.stand(top, left, right))
        for plate in branch.plates.values():
            self.emit(plate, len(self.corridors) - 1)

    def emit(self, plate: Plate, branch: int | None = None) -> None:
        """Give the plate's tensors their places."""
        boxes = [self.box(piece, x, top) for piece, x, top in plate.spread()]
        bounds = Bounds.around(corner for box in boxes for corner in (box.bounds.low, box.bounds.high))
        for box in boxes:
            self.places[box.tensor] = Place(box, bounds, box is boxes[0], branch, plate.band, self.part)
            self.floor = min(self.floor, int(box.bounds.low[1]))

    def box(self, piece: Piece, x: int, top: int) -> Box:
        lying = self.maker.lying[piece.tensor.name]
        matrices = self.graph.sizes[lying.z] if lying.z else 1
        step = self.spacing.pitch[lying.z] if lying.z else 1
        depth = (matrices - 1) * step + 1
        return Box(
            piece.tensor.name,
            Bounds((x, top - piece.height, -depth), (piece.width, piece.height, depth)),
            axes=(lying.x, lying.y, lying.z),
            cells=(piece.width, piece.height, matrices),
            pitch=(1, -1, -step),
        )
