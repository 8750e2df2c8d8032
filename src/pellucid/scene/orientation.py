"""Which way every tensor lies: the axis that runs along x, along y and into the depth.

A state of the residual stream has its positions along x and its channels along y, so that a token is a column. From
there the ops decide. What an op sums over runs the same way in both operands, so that the numbers to be multiplied
stand side by side; what it makes of a weight runs as in the weight. A linear map therefore turns the positions: down
the stream they run along x, in queries, keys and values along y, after the projection along x again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.graph import Graph, Tensor
from pellucid.graph.op import Op

STACKED = frozenset("hgel")
"""Axes whose matrices stand one behind another."""

X, Y = 0, 1


@dataclass(frozen=True)
class Orientation:
    """The axis letter along each direction, or None."""

    x: str | None
    y: str | None
    z: str | None

    @property
    def plane(self) -> tuple[str, ...]:
        return tuple(axis for axis in (self.x, self.y) if axis is not None)

    @property
    def is_strip(self) -> bool:
        """One number per position or channel: a statistic, a bias, the tokens."""
        return len(self.plane) == 1

    def direction(self, axis: str) -> int:
        return X if axis == self.x else Y


def orient(graph: Graph) -> dict[str, Orientation]:
    """The orientation of every tensor of the graph, by name."""
    lying: dict[str, Orientation] = {}
    for op in graph.ops:
        main = main_operand(op, lying)
        known = lying[main.name] if main else None
        directions = output_directions(op, known)
        lying[op.output.name] = laid(op.output, directions)
        if known:
            directions = {axis: known.direction(axis) for axis in known.plane} | directions
        for operand in op.operands:
            if operand.name not in lying:
                lying[operand.name] = laid(operand, directions)
    for tensor in graph.tensors.values():
        lying.setdefault(tensor.name, laid(tensor, {}))
    return lying


def main_operand(op: Op, lying: dict[str, Orientation]) -> Tensor | None:
    """The operand that flows: the first matrix that is not a weight."""
    for operand in op.operands:
        if operand.kind != "weight" and operand.name in lying and len(lying[operand.name].plane) == 2:
            return operand
    return None


def output_directions(op: Op, main: Orientation | None) -> dict[str, int]:
    """Which way the output's axes run, as far as the main operand decides."""
    made = plane_axes(op.output)
    if main is None:
        return dict(zip(made, (X, Y), strict=False))
    directions = {axis: main.direction(axis) for axis in made if axis in main.plane}
    lost = [axis for axis in main.plane if axis not in made]
    new = [axis for axis in made if axis not in main.plane]
    if lost and new:
        way = main.direction(lost[0])
        if made_of_weight(op, new[0]):
            directions = dict.fromkeys(directions, way)
            way = 1 - way
        directions[new[0]] = way
    return directions


def made_of_weight(op: Op, axis: str) -> bool:
    return any(operand.kind == "weight" and axis in operand.axes for operand in op.operands)


def plane_axes(tensor: Tensor) -> list[str]:
    return [axis for axis in tensor.axes if axis not in STACKED]


def laid(tensor: Tensor, directions: dict[str, int]) -> Orientation:
    """The tensor with its axes in the given directions; others take what is free, x first."""
    plane = plane_axes(tensor)
    depth = [axis for axis in tensor.axes if axis in STACKED]
    if len(plane) > 2 or len(depth) > 1:
        raise ValueError(f"{tensor.name}: the axes {' '.join(tensor.axes)} do not fit a stack of matrices")
    taken: list[str | None] = [None, None]
    for axis in sorted(plane, key=lambda axis: axis not in directions):
        way = directions.get(axis, X)
        taken[way if taken[way] is None else 1 - way] = axis
    return Orientation(taken[X], taken[Y], first(depth))


def first(letters: Sequence[str]) -> str | None:
    return letters[0] if letters else None
