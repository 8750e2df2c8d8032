"""How much air there is between things: fractions of the residual stream's own size, so that every model looks
alike."""

import math
from dataclasses import dataclass

from pellucid.graph import Graph
from pellucid.scene.orientation import STACKED, Orientation


@dataclass(frozen=True)
class Spacing:
    """All in cells. `gap` parts neighbours in a row, `corridor` the rows (ribbons run there), `air` the blocks, `seam`
    a strip from its matrix; a frame leaves a `margin` around what it holds. `pitch` is the step from one matrix of a
    stack to the next, by axis: all stacks are equally deep. A ribbon dives `behind` what it passes, and is as wide as
    `ribbon` for every doubling of what it carries."""

    gap: int
    corridor: int
    air: int
    seam: int
    margin: int
    pitch: dict[str, int]
    behind: float
    ribbon: float

    @staticmethod
    def of(graph: Graph, lying: dict[str, Orientation], positions: int | None) -> "Spacing":
        width, height = stream_size(graph, lying, positions)
        gap = 4 + round(math.sqrt(width * height) / 4)
        stacked = {axis: size for axis, size in graph.sizes.items() if axis in STACKED}
        most = max(stacked.values(), default=1)
        step = max(4, min(gap, 2 * max(width, height) // most))
        return Spacing(
            gap=gap,
            corridor=gap,
            air=2 * gap,
            seam=max(1, gap // 8),
            margin=gap // 5,
            pitch={axis: step * most // size for axis, size in stacked.items()},
            behind=min(gap / 5, step / 3),
            ribbon=gap / 4 / math.log2(1 + height),
        )


def stream_size(graph: Graph, lying: dict[str, Orientation], positions: int | None) -> tuple[int, int]:
    """Width and height of a state of the residual stream; of the first matrix in a graph that has no stream."""
    matrices = [tensor for tensor in graph.tensors.values() if len(lying[tensor.name].plane) == 2]
    states = [tensor for tensor in matrices if tensor.residual] or matrices
    if not states:
        return 1, 1
    sizes = dict(zip(states[0].axes, graph.shape(states[0], positions), strict=True))
    width, height = (sizes[axis] for axis in lying[states[0].name].plane)
    return width, height
