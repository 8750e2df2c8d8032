"""The picture of a step: what its cue shows on the stage, drawn as it stands when the step has been played."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from pellucid.graph import Graph
from pellucid.graph.arithmetic import Index, Region
from pellucid.graph.axes import GROWING
from pellucid.lessons.article.words import Words
from pellucid.run.interventions import Replace, parse_change
from pellucid.run.trace import Run
from pellucid.scene.drawing import cell_size, draw_excerpt, draw_scene, pieces_of
from pellucid.scene.drawing.cards import Marked
from pellucid.scene.drawing.excerpt import MOST, MOST_FANNED
from pellucid.scene.drawing.rulers import Pieces
from pellucid.scene.drawing.style import Choice
from pellucid.scene.layout import layout
from pellucid.scene.scene import Scene

WIDTH = 616.0
"""Pixels: that of the article's column, so that letters in pictures are as large as meant."""
UPRIGHT = 560.0
"""The width in pixels of a whole model, which is higher than it is wide: a phone shows it without scrolling."""
NARROW = 420.0
"""The width in pixels of pictures that show little, and need not be scrolled on a phone."""
TALLEST, TALLEST_WHOLE, TALLEST_FANNED = 580.0, 660.0, 720.0
SCENES = 16
FEW = 9
"""So many tensors are shown as tables at most."""
READABLE = 24.0
"""Pixels: a cell of this size has room for a number."""
SMALL = 2.2
"""What has smaller cells is told from the whole model by nothing but its outline."""

STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
FILTER = re.compile(r'<filter id="([^"]*)"(.*?</filter>)', re.DOTALL)
USED = re.compile(r"url\(#([^)]*)\)")


def picture(
    run: Run,
    cue: dict[str, Any],
    language: str,
    words: Words,
    *,
    width: float = WIDTH,
    theme: Choice = "auto",
    name: str | None = None,
    again: bool = False,
) -> str:
    """The SVG for a cue whose indices are numbers (docs/protocol.md), with the numbers of that run. Its heading is the
    name, which it has where it answers a question, or else what it shows.

    Where a scene of all that is in focus would be too small for its numbers to be read, and few tensors matter, these
    are drawn as tables of what is spoken of. A whole model, or what is as small, is not drawn `again`, but what is
    spoken of in it: nothing remains where that is much."""
    graph = run.model.graph
    scene = scene_of(graph, len(run.tokens))
    frame = None if cue["view"] == "home" or not cue["focus"] else with_changed(graph, cue)
    framed = set(graph.tensors if frame is None else frame)
    selected = (cue["select"]["tensor"], tuple(cue["select"]["index"].values())) if cue["select"] else None
    selected = selected if selected and selected[0] in framed else None
    if frame is not None and selected is not None:
        framed |= rest_of(run, selected[0], framed)
        frame = [tensor for tensor in graph.tensors if tensor in framed]
    lit = [cells_of(region) for region in cue["at"] if region["tensor"] in framed]
    partly = [cells for cells in lit if name or not is_all(run, scene, cells)]
    off = [cells_of(region) for region in cue["off"] if "change" not in region and region["tensor"] in framed]
    reads = read_by(run, *cell_of(selected), framed) if selected and frame else []
    told: dict[str, Any] = {
        "lit": partly,
        "reads": reads,
        "selected": selected,
        "off": off,
        "untrained": untrained(run),
        "pieces": pieces_of(run.model, run.tokens),
        "width": width,
        "height": TALLEST_WHOLE if frame is None else TALLEST,
        "theme": theme,
        "language": language,
        "title": words.graph.title,
        "name": name,
    }
    matter = matters(cue, framed, lit=[*lit, *reads], off=off)
    if again and not matter and (frame is None or cell_size(scene, graph, framed, width, TALLEST) < SMALL):
        return ""
    fan = cue["fan"] or is_stack_alone(scene, framed)
    if matter and (again or frame) and (fan or not is_readable(scene, graph, framed, matter, width)):
        fanned = {"fan": fan, "height": TALLEST_FANNED if fan or off else TALLEST}
        told["lit"] = partly if name else [*partly, *read_too(run, scene, cue, [*partly, *reads], matter)]
        return draw_excerpt(scene, graph, run, frame=matter, taken=taken(run, cue), **{**told, **fanned})
    return draw_scene(scene, graph, run, frame=frame, show=cue["show"] or framed, **told)


def with_changed(graph: Graph, cue: dict[str, Any]) -> list[str]:
    """What is in focus, and all that is switched off, if tables have room for it: on paper nobody can go and look."""
    focus = set(cue["focus"])
    off = {region["tensor"] for region in cue["off"] if "change" not in region}
    return [name for name in graph.tensors if name in focus | off] if len(focus | off) <= FEW else cue["focus"]


def taken(run: Run, cue: dict[str, Any]) -> dict[str, Pieces]:
    """What the text holds from which all cells of a tensor were taken, by the name of the tensor."""
    found: dict[str, Pieces] = {}
    for region in cue["off"]:
        change = parse_change(region["change"]) if "change" in region else None
        if isinstance(change, Replace) and cells_of(region)[1] == tuple(
            (0, size) for size in run[region["tensor"]].shape
        ):
            found[region["tensor"]] = pieces_of(run.model, change.tokens)
    return found


def untrained(run: Run) -> list[Marked]:
    """The results that training never judged: those at positions before the last letter of a task's question."""
    task, outputs = run.model.task, run.model.graph.outputs
    if task is None:
        return []
    end = min(task["length"] - 1, len(run.tokens))
    return [
        (name, tuple((0, end if axis in GROWING else size) for axis, size in zip(axes, run[name].shape, strict=True)))
        for name, axes in ((tensor.name, tensor.axes) for tensor in vars(outputs).values())
    ]


def matters(cue: dict[str, Any], framed: set[str], *, lit: list[Marked], off: list[Marked]) -> set[str]:
    """The tensors that a step is about, if they are few: those that are bright and those with marked cells."""
    marked = {cells[0] for cells in lit} | ({cue["select"]["tensor"]} & framed if cue["select"] else set())
    crossed = {cells[0] for cells in off}
    bright = {name for name in cue["show"] if name in framed} or (framed if len(framed) <= FEW else set())
    for found in (marked | bright | crossed, marked | bright, marked):
        if len(found) <= FEW:
            return found
    return set()


def rest_of(run: Run, name: str, framed: set[str]) -> set[str]:
    """The activations that a tensor is computed from, where some of what it is computed from is framed: on paper, the
    rest cannot be looked up."""
    maker = run.model.graph.makers.get(name)
    read = [] if maker is None else [tensor for tensor in maker.operands if tensor.name not in framed]
    return (
        set()
        if maker is None or len(read) == len(maker.operands)
        else {tensor.name for tensor in read if tensor.kind == "activation"}
    )


def is_all(run: Run, scene: Scene, cells: Marked) -> bool:
    """Whether these are all cells of their tensor, or of matrices of its stack: a mark around them tells nothing."""
    deep = next(box.axes[2] for box in scene.boxes if box.tensor == cells[0])
    axes = run.model.graph.tensors[cells[0]].axes
    return all(
        axis == deep or end - first == size
        for axis, (first, end), size in zip(axes, cells[1], run[cells[0]].shape, strict=True)
    )


def is_readable(scene: Scene, graph: Graph, framed: set[str], matter: set[str], width: float) -> bool:
    """Whether a scene tells more than tables would: all numbers of large matrices."""
    large = any(max(box.cells[:2]) > MOST for box in scene.boxes if box.tensor in matter)
    return large and framed == matter and cell_size(scene, graph, framed, width, TALLEST) >= READABLE


def is_stack_alone(scene: Scene, framed: set[str]) -> bool:
    """Whether all that is framed is one stack of few matrices: on paper, nobody can look behind the first."""
    stacks = [box.cells[2] for box in scene.boxes if box.tensor in framed]
    return len(stacks) == 1 and 1 < stacks[0] <= MOST_FANNED


def cells_of(region: dict[str, Any]) -> Marked:
    """Cells as a cue's JSON gives them, every axis of their tensor in order."""
    return region["tensor"], tuple((first, end) for first, end in region["at"].values())


@lru_cache(SCENES)
def scene_of(graph: Graph, positions: int) -> Scene:
    return layout(graph, positions)


def cell_of(selected: tuple[str, Index]) -> Marked:
    return selected[0], tuple((at, at + 1) for at in selected[1])


def read_by(run: Run, name: str, region: Region, shown: set[str]) -> list[Marked]:
    """The cells of what is shown that these were computed from: of each tensor all that lies between those that the
    region's corners read. Through a mean or a sum that is not shown one looks at what that was made of."""
    found: dict[str, Region] = {}
    waiting, seen = [(name, region)], set[Marked]()
    while waiting:
        cells = waiting.pop()
        if cells in seen or any(first == end for first, end in cells[1]):
            continue
        seen.add(cells)
        for corner in product(*({first, end - 1} for first, end in cells[1])):
            for _, tensor, read in run.explain(cells[0], corner).reads:
                if tensor.name in shown:
                    found[tensor.name] = around(read, found.get(tensor.name, read))
                elif tensor.kind == "statistic":
                    waiting.append((tensor.name, read))
    return list(found.items())


def around(region: Region, other: Region) -> Region:
    return tuple((min(first, begin), max(end, last)) for (first, end), (begin, last) in zip(region, other, strict=True))


def read_too(run: Run, scene: Scene, cue: dict[str, Any], marked: Sequence[Marked], shown: set[str]) -> list[Marked]:
    """What the marked cells that a step plays are computed from, where it is neither marked nor all of its tensor."""
    found = [
        cells
        for name, region in marked
        if name in cue["run"]
        for cells in read_by(run, name, region, shown)
        if cells not in marked and all(first < end for first, end in cells[1]) and not is_all(run, scene, cells)
    ]
    return list(dict.fromkeys(found))


def told_once(page: str) -> str:
    """A page whose pictures share what they have alike: in one document, styles and filters hold for all of it.

    Each picture that is a file of its own needs them; over a hundred in one page would be a third larger for it.
    """
    styles: set[str] = set()
    first: dict[str, str] = {}
    same: dict[str, str] = {}

    def style(match: re.Match[str]) -> str:
        known = match[0] in styles
        styles.add(match[0])
        return "" if known else match[0]

    def once(match: re.Match[str]) -> str:
        same[match[1]] = first.setdefault(match[2], match[1])
        return match[0] if same[match[1]] == match[1] else ""

    page = FILTER.sub(once, STYLE.sub(style, page))
    return USED.sub(lambda match: f"url(#{same.get(match[1], match[1])})", page)
