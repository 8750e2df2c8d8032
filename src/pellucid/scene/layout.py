"""The picture of a model: its boxes placed, its ribbons routed, its parts framed."""

from collections import defaultdict

from pellucid.graph import Graph
from pellucid.scene.placement import Placement, place
from pellucid.scene.ribbons import ribbons
from pellucid.scene.scene import Bounds, Column, Frame, Scene, Vector


def layout(graph: Graph, positions: int | None = None) -> Scene:
    """The scene of the graph, with room for a text of so many positions (by default for the longest); the same graph
    gives the same scene."""
    placement = place(graph, positions)
    boxes = tuple(place.box for place in placement.places.values())
    drawn = ribbons(graph, placement)
    framed = frames(graph, placement)
    corners: list[Vector] = []
    for bounds in [box.bounds for box in boxes] + [frame.bounds for frame in framed]:
        corners += (bounds.low, bounds.high)
    corners += (point for ribbon in drawn for point in ribbon.points)
    return Scene(Bounds.around(corners), boxes, drawn, framed, columns(placement, framed))


def frames(graph: Graph, placement: Placement) -> tuple[Frame, ...]:
    """The bounds of every part: its boxes and the parts inside it, with a margin that grows outwards."""
    corners: dict[str, list[Vector]] = defaultdict(list)
    for tensor in graph.tensors.values():
        bounds = placement.places[tensor.name].box.bounds
        corners[tensor.group] += (bounds.low, bounds.high)
    framed: dict[str, Frame] = {}
    for name in sorted(graph.groups, key=lambda name: -name.count(".")):
        if name not in corners:
            continue
        bounds = Bounds.around(corners[name], placement.spacing.margin)
        framed[name] = Frame(name, graph.groups[name].title, bounds)
        parent = name.rpartition(".")[0]
        while parent and parent not in graph.groups:
            parent = parent.rpartition(".")[0]
        if parent:
            corners[parent] += (bounds.low, bounds.high)
    return tuple(framed[name] for name in graph.groups if name in framed)


def columns(placement: Placement, framed: tuple[Frame, ...]) -> tuple[Column, ...]:
    """The columns of a folded tower, as large as the frames of their blocks."""
    bounds = {frame.name: frame.bounds for frame in framed}
    return tuple(
        Column(names, Bounds.around(corner for name in names for corner in (bounds[name].low, bounds[name].high)))
        for names in placement.columns
    )
