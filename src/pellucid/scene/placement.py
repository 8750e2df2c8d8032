"""Where every tensor stands.

The states of the residual stream stand one below the other: the spine. What happens between two states is a branch;
the branches of a block take turns, the first to the left of the spine, the next to the right. A branch starts level
with the state it reads (the first one of a block: below it, after some air) and ends level with the state it makes.

In a branch, matrices stand in bands (rows), their tops aligned, placed in the order of computing by four rules:

- a weight that is summed over along y stands to the right, what it makes below it: they are a column;
- a weight that is summed over along x stands below its operand, what it makes beside it;
- what follows cell by cell from a matrix of a column stands below it, in the column;
- everything else goes on to the right.

So whatever is multiplied shares an axis with its neighbour. A strip (a bias, a mean, the tokens) lies along the
matrix whose making reads it: on top of it, or beside it, according to its direction.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pellucid.graph import Graph, Tensor
from pellucid.graph.op import Op
from pellucid.scene.orientation import Orientation, X, Y, main_operand, orient
from pellucid.scene.scene import Bounds, Box
from pellucid.scene.spacing import Spacing

LEFT, RIGHT, BELOW = "left", "right", "below"


@dataclass
class Piece:
    """A tensor's front: its cells across and down."""

    tensor: Tensor
    width: int
    height: int


@dataclass
class Plate:
    """A matrix with the strips that lie on top of it and beside it, outermost first. `x` is the matrix's left edge,
    `top` its upper edge."""

    matrix: Piece
    above: list[Piece] = field(default_factory=list)
    beside: list[Piece] = field(default_factory=list)
    beside_right: bool = False
    x: int = 0
    top: int = 0
    band: int = 0
    in_column: bool = False

    @property
    def right(self) -> int:
        return self.x + self.matrix.width


@dataclass(frozen=True)
class Place:
    """Where a tensor has come to stand: its box, the bounds of its plate, the branch and the band (None: on the
    spine)."""

    box: Box
    plate: Bounds
    strip: bool
    branch: int | None
    band: int


@dataclass(frozen=True)
class Placement:
    """All places, in the graph's order of tensors, and the corridors: the free heights above each band of a branch, by
    (branch, band), from low to high; the last one is below the last band."""

    places: dict[str, Place]
    corridors: dict[tuple[int, int], tuple[float, float]]
    spacing: Spacing


def place(graph: Graph) -> Placement:
    return Tower(graph).build()


@dataclass(frozen=True)
class Segment:
    """The ops from one state of the residual stream to the next; no `state`: the ops after the last one."""

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


def hosts(graph: Graph, lying: dict[str, Orientation]) -> dict[str, str]:
    """For every strip the matrix that it lies along: the first one whose op reads it."""
    found: dict[str, str] = {}
    for op in graph.ops:
        if lying[op.output.name].is_strip:
            continue
        for operand in op.operands:
            if lying[operand.name].is_strip:
                found.setdefault(operand.name, op.output.name)
    return found


class Tower:
    """The picture under construction, from the top down."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.lying = orient(graph)
        self.spacing = Spacing.of(graph, self.lying)
        self.hosts = hosts(graph, self.lying)
        self.places: dict[str, Place] = {}
        self.corridors: dict[tuple[int, int], tuple[float, float]] = {}
        self.branches = 0
        self.spine_width = 0
        self.level = 0  # the upper edge of the last state
        self.floor = 0  # the lower edge of everything so far
        self.side = RIGHT

    def build(self) -> Placement:
        previous: Tensor | None = None
        for segment in segments(self.graph):
            if segment.state is None:
                self.tail(segment)
            elif previous is None:
                self.sources(segment, segment.state)
            else:
                self.update(segment, previous, segment.state)
            previous = segment.state or previous
        self.leftovers()
        return Placement({name: self.places[name] for name in self.graph.tensors}, self.corridors, self.spacing)

    # The parts of the tower.

    def sources(self, segment: Segment, state: Tensor) -> None:
        """What the stream begins with: each source beside its first state, the first to the right, the next to the
        left."""
        spine = self.plate(segment.ops[-1])
        self.spine_width = spine.matrix.width
        self.emit(spine, None)
        sides: dict[str, list[Plate]] = {RIGHT: [], LEFT: []}
        side_of: dict[str, str] = {}
        for op in segment.ops[:-1]:
            if self.lying[op.output.name].is_strip:
                continue
            main = main_operand(op, self.lying)
            fewest = min(sides, key=lambda side: len(sides[side]))
            side = side_of[op.output.name] = side_of.get(main.name, fewest) if main else fewest
            sides[side].insert(0, self.plate(op))
            sides[side].extend(Plate(self.piece(table)) for table in self.companions(op))
        sides[RIGHT].extend(Plate(self.piece(table)) for table in self.companions(segment.ops[-1]))
        edge = spine.right
        for plate in sides[RIGHT]:
            plate.x = edge + self.between(plate)
            edge = plate.right
            self.emit(plate, None)
        edge = -self.before(spine)
        for plate in sides[LEFT]:
            plate.x = edge - self.spacing.gap - plate.matrix.width
            edge = plate.x - self.before(plate)
            self.emit(plate, None)

    def update(self, segment: Segment, previous: Tensor, state: Tensor) -> None:
        """A branch, and the state that its result makes with the one before."""
        opening = state.group != previous.group
        self.side = LEFT if opening or self.side == RIGHT else RIGHT
        branch = Branch(self, self.side)
        branch.add(segment.ops[:-1])
        branch.finish(self.floor - self.spacing.air if opening else self.level, opening)
        below = self.level - self.height(previous) - self.spacing.corridor
        spine = self.plate(segment.ops[-1])
        spine.top = min(below, branch.result_top(segment.ops[-1], below))
        self.level = spine.top
        self.emit(spine, None)

    def tail(self, segment: Segment) -> None:
        """What is read off the last state: from under the spine to the right."""
        branch = Branch(self, BELOW)
        branch.add(segment.ops)
        branch.finish(self.floor - self.spacing.air, True)

    def leftovers(self) -> None:
        """Tensors that no op reads or makes, in a row below."""
        branch = Branch(self, BELOW)
        for tensor in self.graph.tensors.values():
            if tensor.name not in self.places:
                branch.put(Plate(self.piece(tensor)), 0)
        if branch.bands:
            branch.finish(self.floor - self.spacing.air, True)

    # Pieces.

    def piece(self, tensor: Tensor) -> Piece:
        lying, sizes = self.lying[tensor.name], self.graph.sizes
        return Piece(tensor, sizes[lying.x] if lying.x else 1, sizes[lying.y] if lying.y else 1)

    def height(self, tensor: Tensor) -> int:
        return self.piece(tensor).height

    def plate(self, op: Op) -> Plate:
        """The op's output with the strips that lie along it."""
        name = op.output.name
        strips = [operand for operand in op.operands if self.hosts.get(operand.name) == name]
        return Plate(
            self.piece(op.output),
            above=[self.piece(strip) for strip in strips if self.lying[strip.name].x],
            beside=[self.piece(strip) for strip in strips if self.lying[strip.name].y],
        )

    def companions(self, op: Op) -> list[Tensor]:
        """The op's operands that no op makes and that have no place yet, strips apart: weights and tables."""
        return [
            operand
            for operand in op.operands
            if operand.name not in self.graph.makers
            and operand.name not in self.places
            and not self.lying[operand.name].is_strip
        ]

    def head(self, plate: Plate) -> int:
        """The height of the strips on top."""
        return len(plate.above) * (1 + self.spacing.seam)

    def before(self, plate: Plate) -> int:
        """The width of the strips on the left."""
        return 0 if plate.beside_right else self.along(plate)

    def along(self, plate: Plate) -> int:
        return len(plate.beside) * (1 + self.spacing.seam)

    def between(self, plate: Plate) -> int:
        """From a right edge to the matrix of the next plate: a gap, or the strips and room to see them apart."""
        return max(self.spacing.gap, self.before(plate) + self.spacing.gap // 2)

    # Putting down.

    def emit(self, plate: Plate, branch: int | None) -> None:
        """Give the plate's tensors their places."""
        step = 1 + self.spacing.seam
        boxes = [self.box(plate.matrix, plate.x, plate.top)]
        for rank, piece in enumerate(reversed(plate.above), 1):
            boxes.append(self.box(piece, plate.x, plate.top + rank * step))
        for rank, piece in enumerate(reversed(plate.beside), 1):
            x = plate.right - 1 + rank * step if plate.beside_right else plate.x - rank * step
            boxes.append(self.box(piece, x, plate.top))
        bounds = Bounds.around(corner for box in boxes for corner in (box.bounds.low, box.bounds.high))
        for box in boxes:
            self.places[box.tensor] = Place(box, bounds, box is not boxes[0], branch, plate.band)
        self.floor = min(self.floor, int(bounds.low[1]))

    def box(self, piece: Piece, x: int, top: int) -> Box:
        lying = self.lying[piece.tensor.name]
        slabs = self.graph.sizes[lying.z] if lying.z else 1
        step = self.spacing.pitch[lying.z] if lying.z else 1
        depth = (slabs - 1) * step + 1
        return Box(
            piece.tensor.name,
            Bounds((x, top - piece.height, -depth), (piece.width, piece.height, depth)),
            axes=(lying.x, lying.y, lying.z),
            cells=(piece.width, piece.height, slabs),
            pitch=(1, -1, -step),
        )


class Branch:
    """What happens between two states of the stream, in bands from the top down. Built from x = 0 to the right, then
    moved."""

    def __init__(self, tower: Tower, side: str) -> None:
        self.tower = tower
        self.side = side
        self.bands: list[list[Plate]] = []
        self.plates: dict[str, Plate] = {}
        self.slot: int | None = None  # kept free next to the spine for the result of a branch on the right

    # Rules.

    def add(self, ops: tuple[Op, ...]) -> None:
        matrices = [op for op in ops if not self.tower.lying[op.output.name].is_strip]
        for op in matrices:
            self.place(op, matrices[-1])

    def place(self, op: Op, last: Op) -> None:
        """Put down what the op makes, and the weight it makes it with, by the four rules."""
        output = self.tower.plate(op)
        weights = [
            Plate(self.tower.piece(tensor)) for tensor in self.tower.companions(op) if tensor.name not in self.plates
        ]
        source = self.source(op)
        summed = self.summed(op)
        if summed == Y:
            self.column(source, weights, output, last)
        elif summed == X and source:
            self.projection(source, weights, output, op is last)
        elif source and source.in_column and set(output.matrix.tensor.axes) == set(source.matrix.tensor.axes):
            output.in_column = True
            self.put(output, source.band + 1, source.x)
            self.row(weights, source.band + 1)
        else:
            self.row([output, *weights], source.band if source else 0)

    def column(self, source: Plate | None, weights: list[Plate], output: Plate, last: Op) -> None:
        """The weight beside what it is summed with along y, the output below it."""
        band = source.band if source else 0
        if self.side == RIGHT and self.slot is None and self.summed(last) == X:
            result = self.tower.plate(last)
            self.slot = self.free(band) + self.tower.spacing.gap if self.bands else 0
            reserved = self.slot + result.matrix.width + self.tower.along(result)
        else:
            reserved = 0
        x = max(self.free(band), self.free(band + 1), reserved) + self.tower.between(output)
        output.in_column = True
        for weight in weights:
            self.put(weight, band, x)
        self.put(output, band + 1, x)

    def projection(self, source: Plate, weights: list[Plate], output: Plate, result: bool) -> None:
        """The weight over what it is summed with along x, or under it where it is a column's; the output beside the
        weight, or next to the spine."""
        band = source.band + 1 if source.in_column else 0
        for weight in weights:
            self.put(weight, band, source.x)
        if result and self.slot is not None:
            output.beside_right = True
            self.put(output, band, self.slot)
        else:
            self.row([output], band)

    def row(self, plates: list[Plate], band: int) -> None:
        for plate in plates:
            edge = self.free(band)
            self.put(plate, band, edge + self.tower.between(plate) if edge else self.tower.before(plate))

    def source(self, op: Op) -> Plate | None:
        """The plate of the operand that flows and was made in this branch: the lowest, where there are several."""
        made = [self.plates[operand.name] for operand in op.operands if operand.name in self.plates]
        flowing = [plate for plate in made if plate.matrix.tensor.kind != "weight"]
        return max(flowing, key=lambda plate: plate.band, default=None)

    def summed(self, op: Op) -> int | None:
        """The direction that the op sums over with a weight, None if it does not."""
        main = main_operand(op, self.tower.lying)
        if main is None:
            return None
        lying = self.tower.lying[main.name]
        for operand in op.operands:
            shared = [axis for axis in lying.plane if axis in operand.axes and axis not in op.output.axes]
            if operand.kind == "weight" and shared:
                return lying.direction(shared[0])
        return None

    # Putting down.

    def put(self, plate: Plate, band: int, x: int | None = None) -> None:
        while len(self.bands) <= band:
            self.bands.append([])
        plate.band = band
        plate.x = self.free(band) + self.tower.spacing.gap if x is None else x
        self.bands[band].append(plate)
        self.plates[plate.matrix.tensor.name] = plate

    def free(self, band: int) -> int:
        """The right edge of what stands in the band."""
        plates = self.bands[band] if band < len(self.bands) else []
        return max((plate.right for plate in plates), default=0)

    def finish(self, top: int, opening: bool) -> None:
        """Move the branch to its side of the spine, its first band at `top`, and give all its tensors their places."""
        tower = self.tower
        number, tower.branches = tower.branches, tower.branches + 1
        shift = self.shift()
        ceiling = top
        for band, plates in enumerate(self.bands):
            head = max((tower.head(plate) for plate in plates), default=0)
            if band or opening:
                top = ceiling - head if band == 0 else ceiling - tower.spacing.corridor - head
            tower.corridors[number, band] = (top + head, ceiling if band else top + head + tower.spacing.corridor)
            for plate in plates:
                plate.x += shift
                plate.top = top
                tower.emit(plate, number)
            ceiling = top - max((plate.matrix.height for plate in plates), default=0)
        tower.corridors[number, len(self.bands)] = (ceiling - tower.spacing.corridor, ceiling)

    def shift(self) -> int:
        plates = list(all_plates(self.bands))
        gap, tower = self.tower.spacing.gap, self.tower
        left = min((plate.x - tower.before(plate) for plate in plates), default=0)
        if self.side == LEFT:
            right = max((plate.right for plate in plates), default=0)
            return -gap - right
        if self.side == RIGHT:
            return tower.spine_width + gap - left
        return -plates[0].x if plates else 0

    def result_top(self, op: Op, otherwise: int) -> int:
        """The upper edge of what the branch adds to the stream."""
        return min(
            (self.plates[operand.name].top for operand in op.operands if operand.name in self.plates), default=otherwise
        )


def all_plates(bands: list[list[Plate]]) -> Iterable[Plate]:
    return (plate for band in bands for plate in band)
