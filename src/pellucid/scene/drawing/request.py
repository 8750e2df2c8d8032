"""What a drawing is asked to show, checked against the graph."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.graph.arithmetic import Index, Region
from pellucid.scene.drawing.cards import Marked
from pellucid.scene.scene import Box, Scene

Values = Mapping[str, np.ndarray]
"""Arrays by tensor name, weights included: a run, for one."""


@dataclass(frozen=True)
class Request:
    """`frame` are the tensors that fill the picture, in the order of computing, all else is left out; `whole` says that
    they are all there are. `bright` are those that the others recede behind (None: none recede). `lit` are cells spoken
    of, `reads` cells read, `chosen` the one cell selected, `off` cells that are switched off, `untrained` cells that
    training never judged."""

    graph: Graph
    values: Values | None
    frame: tuple[Tensor, ...]
    whole: bool
    bright: frozenset[str] | None
    lit: tuple[Marked, ...]
    reads: tuple[Marked, ...]
    chosen: tuple[str, Index] | None
    off: tuple[Marked, ...]
    untrained: tuple[Marked, ...] = ()
    taken: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Of tensors whose cells were taken from another text, by axis what that text holds."""

    @property
    def marked(self) -> list[Marked]:
        """All cells that are marked, the selected one first."""
        chosen = [(self.chosen[0], tuple((at, at + 1) for at in self.chosen[1]))] if self.chosen else []
        return [*chosen, *self.lit, *self.reads]

    @property
    def replaced(self) -> list[Tensor]:
        """The tensors of the picture whose cells were taken from another text."""
        return [tensor for tensor in self.frame if tensor.name in self.taken]

    def array(self, tensor: Tensor) -> np.ndarray | None:
        """The tensor's numbers; None where there are none."""
        return self.values.get(tensor.name) if self.values is not None else None

    def is_faint(self, name: str) -> bool:
        return self.bright is not None and name not in self.bright

    def value(self, name: str, index: Index) -> float | None:
        """One number; None where it has not been computed."""
        array = self.array(self.graph.tensors[name])
        inside = array is not None and all(at < size for at, size in zip(index, array.shape, strict=True))
        return float(array[index]) if array is not None and inside else None


def checked(
    scene: Scene,
    graph: Graph,
    values: Values | None,
    frame: Iterable[str] | None,
    show: Iterable[str],
    lit: Sequence[Marked],
    reads: Sequence[Marked],
    selected: tuple[str, Index] | None,
    off: Sequence[Marked],
    untrained: Sequence[Marked] = (),
) -> Request:
    """The request with names in the graph's own spelling. Raises PellucidError for what there is not."""
    framed = None if frame is None else {graph.find(name).name for name in frame}
    if framed is not None and not framed:
        raise PellucidError("empty-drawing", "A drawing of no tensors was asked for: name at least one.")
    boxes = {box.tensor: box for box in scene.boxes}
    lit, reads, off, untrained = (
        tuple(checked_cells(boxes, graph, *cells) for cells in marked if not is_empty(cells))
        for marked in (lit, reads, off, untrained)
    )
    chosen = None
    if selected:
        name, region = checked_cells(boxes, graph, selected[0], tuple((at, at + 1) for at in selected[1]))
        chosen = (name, tuple(first for first, _ in region))
    bright = {graph.find(name).name for name in show} | {name for name, _ in (*lit, *reads)}
    if chosen:
        bright.add(chosen[0])
    tensors = tuple(tensor for tensor in graph.tensors.values() if framed is None or tensor.name in framed)
    names = {tensor.name for tensor in tensors}
    untrained = tuple(cells for cells in untrained if cells[0] in names)
    return Request(
        graph, values, tensors, framed is None, frozenset(bright) or None, lit, reads, chosen, off, untrained
    )


def is_empty(cells: Marked) -> bool:
    """Whether there are no cells in it, which is so for what a masked cell reads."""
    return any(first == end for first, end in cells[1])


def checked_cells(boxes: Mapping[str, Box], graph: Graph, name: str, region: Region) -> Marked:
    """The same cells, which the tensor has in this scene."""
    tensor = graph.find(name)
    box = boxes[tensor.name]
    sizes = dict(zip(box.axes, box.cells, strict=True))
    shape = tuple(sizes[axis] for axis in tensor.axes)
    if len(region) != len(shape) or any(
        not 0 <= first < end <= size for (first, end), size in zip(region, shape, strict=True)
    ):
        asked = ", ".join(str(first) if end == first + 1 else f"{first}:{end}" for first, end in region)
        shown = "×".join(map(str, shape))
        raise PellucidError(
            "no-such-cell",
            f"{tensor.name} has no cell [{asked}]: its axes are {' '.join(tensor.axes)}, its shape is {shown}.",
            tensor=tensor.name,
            cell=asked,
            shape=shown,
        )
    return tensor.name, region
