"""Cells: one number of a tensor, a region of it, or the whole of it, and the one way in which all of these are spelled.

blocks.1.attn.z                       the whole tensor
blocks.1.attn.z[h=2]                  all cells at one index of an axis
blocks.0.attn.pattern[h=0,t=3..5]     a range, both its ends included
blocks.0.attn.q[2,3,7]                an index for every axis, in their order: one cell
blocks.0.attn.q:2,3,7                 the same, as older addresses have it

An axis without an index is meant whole, however long the text at hand is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex

from pellucid.graph.axes import AXES
from pellucid.graph.graph import Graph
from pellucid.graph.tensor import Tensor
from pellucid.words.errors import PellucidError, shortened
from pellucid.words.given import LONGEST, as_type_error, attribute, bad_argument, items, of_kind, shown, wholes
from pellucid.words.given import whole as whole_number

LARGEST = 2**62
"""An index that is beyond the end of any axis."""

Span = tuple[int, int]
"""A half-open range of indices along one axis."""

Place = SupportsIndex | slice | range
"""Where along an axis: an index, or a range of them (`slice(None)` is the whole axis)."""

CELLS = re.compile(r"(?P<name>[^\[\]:;~]+?)\s*(?:\[(?P<places>[^\[\]]*)\]|:(?P<index>[^\[\]:;~=]*))?")
PLACE = re.compile(r"(?:(?P<axis>[a-z])\s*=\s*)?(?P<first>-?\d{1,9})(?:\s*\.\.\s*(?P<last>-?\d{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class Cells:
    """Cells of the tensor that has this name and these axes: along each axis a range of indices, or None for all."""

    tensor: str
    axes: tuple[str, ...]
    spans: tuple[Span | None, ...]

    def __post_init__(self) -> None:
        """Raise PellucidError where these cannot be cells of any tensor: `of`, `at_index` and `parse` make such as
        can."""
        of_kind(self.tensor, str, "tensor", "a tensor's name")
        axes, spans = self.axes, self.spans
        if not isinstance(axes, tuple) or not all(isinstance(axis, str) for axis in axes):
            raise bad_argument("axes", axes, "the letters of a tensor's axes, such as ('h', 't', 'd')")
        if not isinstance(spans, tuple) or len(spans) != len(axes) or not all(map(is_span, spans)):
            raise bad_argument("spans", spans, "for each axis a half-open range such as (2, 3), or None for all of it")

    # Making.

    @classmethod
    def of(cls, tensor: Tensor, **at: Place) -> "Cells":
        """The cells at these indices: `Cells.of(tensor, h=2, t=range(3, 6))`. Raises PellucidError (`bad-index`)."""
        of_kind(tensor, Tensor, "tensor", "a tensor of a graph, such as graph.find('logits')")
        for axis in at:
            if axis not in tensor.axes:
                sentence = f"{has_axes(tensor)} and none named {axis}: give at most one number for each, such as"
                raise bad_index(tensor, f"{sentence} {example(tensor.axes)}.")
        spans = (span_of(tensor, axis, at[axis]) if axis in at else None for axis in tensor.axes)
        return cls(tensor.name, tensor.axes, tuple(spans))

    @classmethod
    def at_index(cls, tensor: Tensor, index: Sequence[Place]) -> "Cells":
        """The cell at an index in axis order: `Cells.at_index(tensor, (2, 3, 7))`."""
        of_kind(tensor, Tensor, "tensor", "a tensor of a graph, such as graph.find('logits')")
        try:
            listed = items(index) if isinstance(index, Sequence) or attribute(index, "ndim") == 1 else None
        except TypeError:
            listed = None
        if listed is None or len(listed) != len(tensor.axes):
            given = f"which {shown(index)} is not" if listed is None else f"not {len(listed)}"
            raise bad_index(tensor, f"{has_axes(tensor)}: an index needs {len(tensor.axes)} numbers, {given}.")
        return cls.of(tensor, **dict(zip(tensor.axes, listed, strict=True)))

    @classmethod
    def parse(cls, text: str, graph: Graph) -> "Cells":
        """What the text spells, the tensor in our spelling or another program's.

        Raises PellucidError: `bad-cell` where it spells nothing, `unknown-tensor`, or `bad-index` for a wrong axis.
        """
        graph = of_kind(graph, Graph, "graph", "a model's graph")
        found = CELLS.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise bad_cell(text)
        said = found["places"] if found["places"] is not None else found["index"]
        parts = [PLACE.fullmatch(part.strip()) for part in said.split(",")] if said and said.strip() else []
        places = [(part["axis"], place_of(part)) for part in parts if part]
        letters = [axis for axis, _ in places if axis is not None]
        if len(places) < len(parts) or len(letters) not in (0, len(parts)):
            raise bad_cell(text)
        tensor = graph.find(found["name"])
        for letter in letters:
            if letters.count(letter) > 1:
                raise bad_index(tensor, f"{letter} stands twice in [{said}]: give each axis of {tensor.name} once.")
        if said is None or letters:
            return cls.of(tensor, **dict(zip(letters, (place for _, place in places), strict=True)))
        return cls.at_index(tensor, [place for _, place in places])

    @classmethod
    def from_json(cls, said: Mapping[str, Any], graph: Graph) -> "Cells":
        """The cells that `to_json` has described."""
        try:
            with as_type_error():
                spans = {axis: span for axis, span in said["at"].items() if span is not None}
                places = {axis: slice(first, end) for axis, (first, end) in spans.items()}
            return cls.of(graph.find(said["tensor"]), **places)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
            if isinstance(error, PellucidError):
                raise
            raise bad_cell(said) from None

    # Telling.

    def __str__(self) -> str:
        said = [f"{axis}={spelled(span)}" for axis, span in self.at.items() if span is not None]
        return f"{self.tensor}[{','.join(said)}]" if said else self.tensor

    def to_json(self) -> dict[str, Any]:
        """The form of docs/protocol.md."""
        return {"tensor": self.tensor, "at": {axis: span and list(span) for axis, span in self.at.items()}}

    @property
    def at(self) -> dict[str, Span | None]:
        """The range along each axis, in axis order."""
        return dict(zip(self.axes, self.spans, strict=True))

    @property
    def slices(self) -> tuple[slice, ...]:
        """The index of an array that has the axes of the tensor."""
        return tuple(slice(None) if span is None else slice(*span) for span in self.spans)

    @property
    def single(self) -> bool:
        """Whether it is one cell."""
        return all(span is not None and span[1] - span[0] == 1 for span in self.spans)

    @property
    def index(self) -> tuple[int, ...]:
        """The index of the one cell that it is. Raises PellucidError (`bad-index`) where it is not one cell."""
        if not self.single:
            raise bad_index(self, f"{has_axes(self)}: give one number for each, such as {example(self.axes)}.")
        return tuple(span[0] for span in self.spans if span is not None)

    @property
    def first(self) -> tuple[int, ...]:
        """The index of the first of them."""
        return tuple(0 if span is None else span[0] for span in self.spans)

    # In a run at hand.

    def check(self, graph: Graph, positions: int | None = None) -> None:
        """Raise PellucidError unless a text with that many tokens (by default the longest one) has these cells."""
        tensor = of_kind(graph, Graph, "graph", "a model's graph").find(self.tensor)
        if tensor.axes != self.axes:
            raise bad_index(tensor, f"{has_axes(tensor)} here, unlike in the model that {self} was made for.")
        for axis, span, length in zip(self.axes, self.spans, graph.shape(tensor, positions), strict=True):
            if span is not None and not 0 <= span[0] < span[1] <= length:
                raise PellucidError(
                    "index-out-of-range",
                    f"{axis}={spelled(span)} is outside {self.tensor}: "
                    f"{axis} ({AXES[axis]}) runs from 0 to {length - 1}.",
                    tensor=self.tensor,
                    axis=axis,
                    position=span[0] if not 0 <= span[0] < length else span[1] - 1,
                    last=length - 1,
                )

    def within(self, shape: Iterable[int]) -> "Cells | None":
        """The part of the cells that lies inside a tensor of this shape; None if no part does."""
        shape = lengths(self, shape)
        spans = tuple(span and (span[0], min(span[1], length)) for span, length in zip(self.spans, shape, strict=True))
        return (
            Cells(self.tensor, self.axes, spans) if all(span is None or span[0] < span[1] for span in spans) else None
        )

    def bounded(self, shape: Iterable[int]) -> "Cells":
        """The same cells of a tensor of this shape, with a range for every axis."""
        shape = lengths(self, shape)
        spans = tuple(span or (0, length) for span, length in zip(self.spans, shape, strict=True))
        return Cells(self.tensor, self.axes, spans)


def is_span(span: object) -> bool:
    """Whether it is a half-open range, or None."""
    return span is None or (isinstance(span, tuple) and len(span) == 2 and all(type(end) is int for end in span))


def tensor_named(text: str) -> str:
    """The name of the tensor in a spelling of cells, with or without an index behind it."""
    return re.split(r"[\[:]", text, maxsplit=1)[0].strip()


def lengths(cells: Cells, shape: object) -> list[int]:
    """The length of each axis. Raises PellucidError (`bad-argument`) if the cells' tensor cannot have that shape."""
    try:
        found = wholes(shape)
        if len(found) != len(cells.axes):
            raise TypeError
        return found
    except TypeError:
        raise bad_argument("shape", shape, f"the lengths of the axes {' '.join(cells.axes)}") from None


def spelled(span: Span) -> str:
    first, last = span[0], span[1] - 1
    return str(first) if first == last else f"{first}..{last}"


def place_of(part: re.Match[str]) -> Place:
    """An index, or a range; its spelling includes both ends."""
    first = int(part["first"])
    return first if part["last"] is None else range(first, int(part["last"]) + 1)


def span_of(tensor: Tensor, axis: str, place: Place) -> Span | None:
    """The half-open range that a caller means; None for the whole axis. Raises PellucidError (`bad-index`)."""
    if isinstance(place, slice | range):
        if place == slice(None):
            return None
        if place.step not in (None, 1) or place.stop is None:
            raise bad_index(
                tensor, f"{axis}={shown(place)} of {tensor.name} is not a range of neighbours: write {axis}=0..3."
            )
        first, end = whole(tensor, axis, place.start or 0), whole(tensor, axis, place.stop)
    else:
        first = whole(tensor, axis, place)
        end = first + 1
    if end <= first:
        raise bad_index(tensor, f"{axis}={first}..{end - 1} of {tensor.name} is empty: put the smaller index first.")
    return first, end


def whole(tensor: Tensor, axis: str, number: Any) -> int:
    """What Python takes for a whole number (`__index__`), as long as an axis could have that index."""
    try:
        found = whole_number(number)
        if abs(found) > LARGEST:
            raise TypeError
        return found
    except TypeError:
        sentence = f"{axis} of {tensor.name} is {shown(number)}: an index is a whole number, such as {axis}=2."
        raise bad_index(tensor, sentence) from None


def has_axes(tensor: Tensor | Cells) -> str:
    """The beginning of a sentence."""
    name = tensor.tensor if isinstance(tensor, Cells) else tensor.name
    return f"{name} has {'the axes ' + ' '.join(tensor.axes) if tensor.axes else 'no axes'}"


def example(axes: tuple[str, ...]) -> str:
    return f"[{','.join(f'{axis}=0' for axis in axes)}]"


def bad_index(tensor: Tensor | Cells, sentence: str) -> PellucidError:
    name = tensor.tensor if isinstance(tensor, Cells) else tensor.name
    return PellucidError("bad-index", sentence, tensor=name, axes=" ".join(tensor.axes) or "no axes")


def bad_cell(text: object) -> PellucidError:
    said = f"'{shortened(text, LONGEST)}'" if isinstance(text, str) else shown(text)
    return PellucidError(
        "bad-cell",
        f"{said} does not name a cell: write a tensor and whole numbers, such as blocks.0.attn.q[h=2,t=3,d=7].",
        cell=said.strip("'"),
    )
