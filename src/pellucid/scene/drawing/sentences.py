"""What a drawing says to those who do not see it: a heading, and a few sentences."""

from collections.abc import Iterable, Iterator

from pellucid.graph.op import Region
from pellucid.scene.drawing.cards import Marked
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.text import value_text
from pellucid.scene.drawing.words import Title, Words

MOST_NAMED = 12
"""Of more tensors than this, the parts that they belong to are named instead."""


def described(request: Request, words: Words, title: Title, name: str | None) -> tuple[str, str]:
    names = words.listed.join(things(request, title))
    heading = name or (words.whole if request.whole else names)
    return heading, words.between.join(sentences(request, words, title, names))


def sentences(request: Request, words: Words, title: Title, names: str) -> Iterator[str]:
    has_numbers = request.values is not None
    yield (words.shown if has_numbers else words.without_numbers).format(names)
    marked = [cells(request, marked, title) for marked in (*request.lit, *request.reads)]
    if marked:
        yield words.lit.format(words.listed.join(marked))
    if request.chosen:
        tensor, index = request.chosen
        cell = cells(request, (tensor, tuple((at, at + 1) for at in index)), title)
        value = request.value(tensor, index)
        yield words.chosen.format(cell, words.not_computed if value is None else value_text(value))
    if has_numbers:
        yield words.colours


def things(request: Request, title: Title) -> Iterable[str]:
    """The tensors with their shapes; of many, their parts."""
    graph = request.graph
    if len(request.frame) <= MOST_NAMED:
        positions = len_of_run(request)
        return [
            f"{title(tensor.title)} {'×'.join(map(str, graph.shape(tensor, positions)))}".rstrip()
            for tensor in request.frame
        ]
    parts = dict.fromkeys(tensor.group for tensor in request.frame if tensor.group)
    return [title(graph.groups[part].title) for part in parts]


def cells(request: Request, marked: Marked, title: Title) -> str:
    """`queries [h=2, t=3]`, axes that are taken whole left out."""
    tensor = request.graph.tensors[marked[0]]
    places = spelled(marked[1], tensor.axes, request.graph.shape(tensor, len_of_run(request)))
    return f"{title(tensor.title)} [{', '.join(places)}]" if places else title(tensor.title)


def spelled(region: Region, axes: tuple[str, ...], shape: tuple[int, ...]) -> list[str]:
    return [
        f"{axis}={first}" if end - first == 1 else f"{axis}={first}–{end - 1}"
        for axis, (first, end), size in zip(axes, region, shape, strict=True)
        if end - first < size or size == 1
    ]


def len_of_run(request: Request) -> int | None:
    """How many positions have been computed; None where that is not known."""
    for tensor in request.graph.tensors.values():
        array = request.array(tensor) if "t" in tensor.axes and tensor.kind != "weight" else None
        if array is not None:
            return int(array.shape[tensor.axes.index("t")])
    return None
