"""Plates: a matrix together with the strips that lie along it, the pieces that branches and tower are put together
from."""

from dataclasses import dataclass, field

from pellucid.graph import Graph, Tensor
from pellucid.graph.op import Op
from pellucid.scene.orientation import Orientation, orient
from pellucid.scene.spacing import Spacing


@dataclass(frozen=True)
class Piece:
    """A tensor's front: its cells across and down."""

    tensor: Tensor
    width: int
    height: int


@dataclass
class Plate:
    """A matrix at (`x`, `top`), its upper left corner, with the strips on top of it and beside it, outermost first."""

    matrix: Piece
    seam: int
    above: list[Piece] = field(default_factory=list)
    beside: list[Piece] = field(default_factory=list)
    beside_right: bool = False
    x: int = 0
    top: int = 0
    band: int = 0
    in_column: bool = False

    @property
    def name(self) -> str:
        return self.matrix.tensor.name

    @property
    def right(self) -> int:
        return self.x + self.matrix.width

    @property
    def head(self) -> int:
        """The height of the strips on top."""
        return len(self.above) * (1 + self.seam)

    @property
    def margin(self) -> int:
        """The width of the strips beside."""
        return len(self.beside) * (1 + self.seam)

    @property
    def before(self) -> int:
        """The width of the strips on the left."""
        return 0 if self.beside_right else self.margin

    def spread(self) -> list[tuple[Piece, int, int]]:
        """Every piece with its upper left corner, the matrix first."""
        step = 1 + self.seam
        placed = [(self.matrix, self.x, self.top)]
        for rank, piece in enumerate(reversed(self.above), 1):
            placed.append((piece, self.x, self.top + rank * step))
        for rank, piece in enumerate(reversed(self.beside), 1):
            x = self.right - 1 + rank * step if self.beside_right else self.x - rank * step
            placed.append((piece, x, self.top))
        return placed


class PlateMaker:
    """Makes the plates of one graph."""

    def __init__(self, graph: Graph, positions: int | None = None) -> None:
        self.graph = graph
        self.positions = positions
        self.lying = orient(graph)
        self.spacing = Spacing.of(graph, self.lying, positions)
        self.hosts = hosts(graph, self.lying)
        self.first_reader: dict[str, Op] = {}
        for op in graph.ops:
            for operand in op.operands:
                self.first_reader.setdefault(operand.name, op)

    def plate(self, op: Op) -> Plate:
        """The op's output with the strips that lie along it."""
        name = op.output.name
        strips = [operand for operand in op.operands if self.hosts.get(operand.name) == name]
        return Plate(
            self.piece(op.output),
            self.spacing.seam,
            above=[self.piece(strip) for strip in strips if self.lying[strip.name].x],
            beside=[self.piece(strip) for strip in strips if self.lying[strip.name].y],
        )

    def companions(self, op: Op) -> list[Plate]:
        """The weights and tables of which the op is the first reader, strips apart."""
        return [
            self.bare(operand)
            for operand in op.operands
            if operand.name not in self.graph.makers
            and not self.lying[operand.name].is_strip
            and self.first_reader[operand.name] is op
        ]

    def bare(self, tensor: Tensor) -> Plate:
        return Plate(self.piece(tensor), self.spacing.seam)

    def is_strip(self, tensor: Tensor) -> bool:
        """Whether the tensor lies along a matrix (a strip that no matrix reads stands by itself)."""
        return tensor.name in self.hosts

    def piece(self, tensor: Tensor) -> Piece:
        lying = self.lying[tensor.name]
        sizes = dict(zip(tensor.axes, self.graph.shape(tensor, self.positions), strict=True))
        return Piece(tensor, sizes[lying.x] if lying.x else 1, sizes[lying.y] if lying.y else 1)

    def between(self, plate: Plate) -> int:
        """From a right edge to the matrix of the next plate: a gap, or the strips and room to see them apart."""
        return max(self.spacing.gap, plate.before + self.spacing.gap // 2)


def hosts(graph: Graph, lying: dict[str, Orientation]) -> dict[str, str]:
    """For every strip the matrix that it lies along: the first one whose op reads it."""
    found: dict[str, str] = {}
    for op in graph.ops:
        if not lying[op.output.name].is_strip:
            for operand in op.operands:
                if lying[operand.name].is_strip:
                    found.setdefault(operand.name, op.output.name)
    return found
