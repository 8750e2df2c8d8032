"""What a drawing says to those who do not see it: a heading, and a few sentences."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pellucid.graph import Graph, Tensor
from pellucid.graph.arithmetic import Region
from pellucid.scene.drawing.cards import Marked
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.rulers import Pieces
from pellucid.scene.drawing.text import value_text
from pellucid.scene.drawing.words import Title, Words

MOST_NAMED = 12
"""How many tensors are named; where there are more, the parts that they belong to are named instead."""


FEW_NUMBERS = 8
"""How many marked numbers of one tensor are told."""


def described(request: Request, words: Words, title: Title, name: str | None, pieces: Pieces) -> tuple[str, str]:
    told = Telling(request, words, title, pieces)
    names = words.listed.join(told.things())
    heading = name or (words.whole if request.whole else names)
    return heading, words.between.join(told.sentences(names))


KANA_BEFORE_LATIN = re.compile(r"(?<=[\u3041-\u3096])(?=[A-Za-z])")
"""Where Japanese text has a space."""


@dataclass(frozen=True)
class Telling:
    request: Request
    words: Words
    title: Title
    pieces: Pieces

    def sentences(self, names: str) -> Iterator[str]:
        request, words = self.request, self.words
        has_numbers = request.values is not None
        yield (words.shown if has_numbers else words.without_numbers).format(names)
        if bright := self.standing_out():
            yield words.bright.format(words.listed.join(bright))
        for cells in dict.fromkeys(request.lit):
            numbers = self.numbers(cells)
            told = words.lit_numbers if numbers else words.lit
            yield told.format(self.cells(cells), words.listed.join(numbers))
        if request.chosen:
            tensor, index = request.chosen
            value = request.value(tensor, index)
            cell = self.cells((tensor, tuple((at, at + 1) for at in index)))
            yield words.chosen.format(cell, words.not_computed if value is None else value_text(value))
        if request.reads:
            yield words.reads.format(words.listed.join(dict.fromkeys(map(self.cells, request.reads))))
        if request.off:
            yield words.off.format(words.listed.join(dict.fromkeys(map(self.cells, request.off))))
        if request.replaced:
            yield words.taken.format(words.listed.join(map(self.named, request.replaced)))
        if request.untrained and has_numbers:
            yield words.meaningless.format(words.listed.join(map(self.cells, request.untrained)))
        if has_numbers:
            yield words.colours

    def things(self) -> list[str]:
        """The tensors with their shapes; of many, the outermost parts that they belong to."""
        request = self.request
        if len(request.frame) > MOST_NAMED:
            parts = dict.fromkeys(outermost(request.graph, tensor) for tensor in request.frame)
            return [self.title(part) for part in parts if part]
        positions = len_of_run(request)
        return [
            f"{self.named(tensor)} {'×'.join(map(str, request.graph.shape(tensor, positions)))}".rstrip()
            for tensor in request.frame
        ]

    def standing_out(self) -> list[str]:
        """What is bright, where something recedes; of many tensors, what those of all parts are called."""
        bright = [tensor for tensor in self.request.frame if not self.request.is_faint(tensor.name)]
        if not 0 < len(bright) < len(self.request.frame):
            return []
        names = dict.fromkeys(map(self.named if len(bright) <= MOST_NAMED else self.called, bright))
        return list(names) if len(names) <= MOST_NAMED else []

    def called(self, tensor: Tensor) -> str:
        return self.title(tensor.title)

    def named(self, tensor: Tensor) -> str:
        """Its title; with the part it belongs to where others in the drawing have the same."""
        same = sum(other.title == tensor.title for other in self.request.frame)
        part = outermost(self.request.graph, tensor) if same > 1 else None
        words = self.title(tensor.title)
        return KANA_BEFORE_LATIN.sub(" ", self.words.of_part.format(words, self.title(part))) if part else words

    def cells(self, marked: Marked) -> str:
        """`queries [h=2, t=3 (B)]`, axes that are taken whole left out."""
        tensor = self.request.graph.tensors[marked[0]]
        shape = self.request.graph.shape(tensor, len_of_run(self.request))
        places = spelled(marked[1], tensor.axes, shape, self.pieces)
        return f"{self.named(tensor)} [{', '.join(places)}]" if places else self.named(tensor)

    def numbers(self, marked: Marked) -> list[str]:
        """What these cells hold, if they are few and have been computed."""
        name, region = marked
        array = self.request.array(self.request.graph.tensors[name])
        count = math.prod(end - first for first, end in region)
        if array is None or count > FEW_NUMBERS:
            return []
        found = array[tuple(slice(first, end) for first, end in region)]
        return [value_text(float(value)) for value in found.flat] if found.size == count else []


def outermost(graph: Graph, tensor: Tensor) -> str | None:
    """The title of the largest part that the tensor belongs to."""
    names = tensor.group.split(".")
    parts = (".".join(names[:length]) for length in range(1, len(names) + 1))
    return next((graph.groups[part].title for part in parts if part in graph.groups), None)


def spelled(region: Region, axes: tuple[str, ...], shape: tuple[int, ...], pieces: Pieces) -> list[str]:
    """Each axis that is not taken whole, with its indices and what a single one stands for."""
    found = []
    for axis, (first, end), size in zip(axes, region, shape, strict=True):
        held = pieces.get(axis, ())
        if end - first == 1 and first < len(held):
            found.append(f"{axis}={first} ({held[first]})")
        elif end - first < size or size == 1:
            found.append(f"{axis}={first}" if end - first == 1 else f"{axis}={first}–{end - 1}")
    return found


def len_of_run(request: Request) -> int | None:
    """How many positions have been computed; None where that is not known."""
    for tensor in request.graph.tensors.values():
        array = request.array(tensor) if "t" in tensor.axes and tensor.kind != "weight" else None
        if array is not None:
            return int(array.shape[tensor.axes.index("t")])
    return None
