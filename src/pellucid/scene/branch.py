"""What happens between two states of the residual stream, laid out by itself.

Matrices stand in bands (rows), their tops aligned, in the order of computing, by four rules:

- a weight that is summed over along y stands to the right of its operand, what it makes below it: they are a column;
- what follows cell by cell from a matrix of a column stands below it, in the column;
- a weight that is summed over along x stands over its operand, or below it if that is a column's; what it makes stands
  beside the weight;
- everything else goes on to the right.

So whatever is multiplied shares an axis with its neighbour: in the first band of a self-attention all rows are
channels, in the second all rows are positions.
"""

from collections.abc import Sequence

from pellucid.graph.op import Op
from pellucid.scene.orientation import X, Y, main_operand
from pellucid.scene.plates import Plate, PlateMaker

Corridor = tuple[float, float]
"""The low and the high end of the free height between two bands, where ribbons run."""


class Branch:
    """Bands of plates, built from x = 0 to the right. With `returns`, the last matrix is put at the left, next to the
    first one, where a spine to the left of the branch can take it up."""

    def __init__(self, maker: PlateMaker, ops: Sequence[Op], *, returns: bool = False) -> None:
        self.maker = maker
        self.gap = maker.spacing.gap
        self.bands: list[list[Plate]] = []
        self.plates: dict[str, Plate] = {}
        self.slot: int | None = None
        self.reserved = 0
        self.ops = [op for op in ops if not maker.is_strip(op.output)]
        self.returns = returns and bool(self.ops) and self.summed(self.ops[-1]) == X
        for op in self.ops:
            self.add(op)

    # Rules.

    def add(self, op: Op) -> None:
        """Put down what the op makes, and what it makes it with that has no place yet."""
        output, leaves = self.maker.plate(op), self.maker.companions(op)
        self.append([leaf for leaf in leaves if leaf.matrix.tensor.kind == "input"], 0)
        weights = [leaf for leaf in leaves if leaf.matrix.tensor.kind != "input"]
        source, summed = self.source(op), self.summed(op)
        if summed == Y:
            self.column(source, weights, output)
        elif summed == X and source:
            self.projection(source, weights, output)
        elif source and source.in_column and set(op.output.axes) == set(source.matrix.tensor.axes):
            output.in_column = True
            self.put(output, source.band + 1, source.x)
            self.append(weights, source.band + 1)
        else:
            self.append([output, *weights], source.band if source else 0)

    def column(self, source: Plate | None, weights: list[Plate], output: Plate) -> None:
        band = source.band if source else 0
        if self.returns and self.slot is None:
            self.reserve(band)
        x = max(self.edge(band), self.edge(band + 1)) + self.maker.between(output)
        output.in_column = True
        for weight in weights:
            self.put(weight, band, x)
        self.put(output, band + 1, x)

    def reserve(self, band: int) -> None:
        """Keep the place free where the last matrix is to stand."""
        result = self.maker.plate(self.ops[-1])
        self.slot = self.edge(band) + self.gap if self.bands else 0
        self.reserved = self.slot + result.matrix.width + result.margin

    def projection(self, source: Plate, weights: list[Plate], output: Plate) -> None:
        band = source.band + 1 if source.in_column else 0
        for weight in weights:
            self.put(weight, band, source.x)
        if self.slot is not None and output.name == self.ops[-1].output.name:
            output.beside_right = True
            self.put(output, band, self.slot)
        else:
            self.append([output], band)

    def source(self, op: Op) -> Plate | None:
        """The plate of the operand that flows and was made in this branch: the lowest, where there are several."""
        made = [self.plates[operand.name] for operand in op.operands if operand.name in self.plates]
        flowing = [plate for plate in made if plate.matrix.tensor.kind != "weight"]
        return max(flowing, key=lambda plate: plate.band, default=None)

    def summed(self, op: Op) -> int | None:
        """The direction that the op sums over with a weight; None if it does not."""
        main = main_operand(op, self.maker.lying)
        if main is None:
            return None
        lying = self.maker.lying[main.name]
        for operand in op.operands:
            shared = [axis for axis in lying.plane if axis in operand.axes and axis not in op.output.axes]
            if operand.kind == "weight" and shared:
                return lying.direction(shared[0])
        return None

    # Putting down.

    def put(self, plate: Plate, band: int, x: int) -> None:
        """Into the band at x, or to the right of what stands there already."""
        while len(self.bands) <= band:
            self.bands.append([])
        taken = any(x < other.right and other.x < x + plate.matrix.width for other in self.bands[band])
        plate.band, plate.x = band, self.edge(band) + self.maker.between(plate) if taken else x
        self.bands[band].append(plate)
        self.plates[plate.name] = plate

    def append(self, plates: list[Plate], band: int) -> None:
        for plate in plates:
            edge = self.edge(band)
            self.put(plate, band, edge + self.maker.between(plate) if edge else plate.before)

    def edge(self, band: int) -> int:
        """The right edge of what stands in the band."""
        plates = self.bands[band] if band < len(self.bands) else []
        return max((plate.right for plate in plates), default=self.reserved if band else 0)

    def stand(self, top: int, left: int | None = None, right: int | None = None) -> list[Corridor]:
        """Move all plates so that the tops of the first band are at `top` and the branch begins at `left` or ends at
        `right`. Answers the corridors above each band and below the last."""
        plates = [plate for band in self.bands for plate in band]
        shift = 0
        if left is not None:
            shift = left - min(plate.x - plate.before for plate in plates)
        if right is not None:
            shift = right - max(plate.right for plate in plates)
        corridors: list[Corridor] = []
        height = self.maker.spacing.corridor
        ceiling = top + self.head(0) + height
        for number, band in enumerate(self.bands):
            floor = ceiling - height
            corridors.append((floor, ceiling))
            for plate in band:
                plate.x += shift
                plate.top = floor - self.head(number)
            ceiling = floor - self.head(number) - max((plate.matrix.height for plate in band), default=0)
        corridors.append((ceiling - height, ceiling))
        return corridors

    def head(self, band: int) -> int:
        """The height of the strips on the matrices of a band."""
        return max((plate.head for plate in self.bands[band]), default=0)
