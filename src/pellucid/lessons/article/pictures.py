"""The picture of a step: what its cue shows on the stage, drawn as it stands when the step has been played."""

from functools import lru_cache
from typing import Any

from pellucid.graph import Graph
from pellucid.graph.arithmetic import Index
from pellucid.lessons.article.words import Words
from pellucid.run.trace import Run
from pellucid.scene.drawing import draw_scene, pieces_of
from pellucid.scene.drawing.cards import Marked
from pellucid.scene.layout import layout
from pellucid.scene.scene import Scene

WIDTH = 616.0
"""Pixels: that of the article's column, so that letters in pictures are as large as meant."""
NARROW = 420.0
"""The width in pixels of pictures that show little, and need not be scrolled on a phone."""
TALLEST, TALLEST_WHOLE = 580.0, 660.0
SCENES = 16


def picture(
    run: Run, cue: dict[str, Any], language: str, words: Words, *, width: float = WIDTH, name: str | None = None
) -> str:
    """The SVG for a cue whose indices are numbers (docs/protocol.md), with the numbers of that run. Its heading is the
    name, or else what it shows."""
    graph = run.model.graph
    frame = None if cue["view"] == "home" or not cue["focus"] else cue["focus"]
    lit = [cells_of(region) for region in cue["at"]]
    off = [cells_of(region) for region in cue["off"] if "change" not in region]
    selected = (cue["select"]["tensor"], tuple(cue["select"]["index"].values())) if cue["select"] else None
    framed = set(graph.tensors if frame is None else frame)
    return draw_scene(
        scene_of(graph, len(run.tokens)),
        graph,
        run,
        frame=frame,
        show=cue["show"] or framed,
        lit=[cells for cells in lit if cells[0] in framed],
        reads=[cells for cells in read_by(run, selected) if cells[0] in framed],
        selected=selected if selected and selected[0] in framed else None,
        off=[cells for cells in off if cells[0] in framed],
        pieces=pieces_of(run.model, run.tokens),
        width=width,
        height=TALLEST_WHOLE if frame is None else TALLEST,
        language=language,
        title=words.graph.title,
        name=name,
    )


def cells_of(region: dict[str, Any]) -> Marked:
    """Cells as a cue's JSON gives them, every axis of their tensor in order."""
    return region["tensor"], tuple((first, end) for first, end in region["at"].values())


@lru_cache(SCENES)
def scene_of(graph: Graph, positions: int) -> Scene:
    return layout(graph, positions)


def read_by(run: Run, selected: tuple[str, Index] | None) -> list[Marked]:
    """The cells that the selected one was computed from."""
    if selected is None:
        return []
    return [(tensor.name, region) for _, tensor, region in run.explain(*selected).reads]
