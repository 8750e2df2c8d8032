"""The small language of live values: what its expressions mean.

An expression is a tree of the nodes below, made by parse.py, which checks that kinds and axes fit. It reads cells of
tensors, facts about the run, and numbers; it has no names to assign to, no attributes and no functions but those of the
table here. Every evaluation also says which cells it read.

A tree is data: in a compiled chapter each node is a list, its name first, and the page evaluates the same lists
(web/src/filling/expression.ts). The two compute a run with different programs, so that a number may differ in its last
digits. What must not depend on that, whether one number is larger than another and which is the largest, is decided
with a tolerance, ALIKE.
"""

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, Union

import numpy as np
from msgspec import Meta, Struct

from pellucid.graph import PellucidError, Tensor
from pellucid.graph.axes import AXES
from pellucid.run.cells import Cells

Kind = Literal["number", "text", "truth"]

MISSING = "—"
"""What stands where a model has no such value, as an accuracy that was never measured."""

ALIKE = 1e-6
"""Numbers count as equal that differ by less than this part of the larger one."""


class Moment(Protocol):
    """A model that has read some tokens (moment.py)."""

    @property
    def values(self) -> Mapping[str, np.ndarray]: ...
    @property
    def letters(self) -> tuple[str, ...]: ...
    @property
    def last(self) -> int: ...
    @property
    def answer(self) -> int: ...
    @property
    def on_page(self) -> bool: ...
    def fact(self, name: str) -> Any: ...


Reads = list[Cells]


class Node(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`axes` are those of an array of values, none for a single one."""

    kind: ClassVar[Kind] = "number"

    @property
    def axes(self) -> tuple[str, ...]:
        return ()

    @property
    def steady(self) -> bool:
        """Whether it depends on nothing but how many tokens have been read."""
        return False

    def value(self, moment: Moment, reads: Reads) -> Any:
        raise NotImplementedError


class Constant(Node, frozen=True, tag="number"):
    number: int | float
    steady = True

    def value(self, moment: Moment, reads: Reads) -> Any:
        return self.number


class Letter(Node, frozen=True, tag="letter"):
    kind = "text"
    text: str
    steady = True

    def value(self, moment: Moment, reads: Reads) -> Any:
        return self.text


class Position(Node, frozen=True, tag="position"):
    """`last`, the position of the last token read, or `answer`, the one that predicts the answer's first letter."""

    name: Literal["last", "answer"]
    steady = True

    def value(self, moment: Moment, reads: Reads) -> Any:
        return moment.last if self.name == "last" else moment.answer


class NumberFact(Node, frozen=True, tag="number fact"):
    """Something known about the model or the run, by its name in facts.py."""

    name: str

    def value(self, moment: Moment, reads: Reads) -> Any:
        return moment.fact(self.name)


class TextFact(NumberFact, frozen=True, tag="text fact"):
    kind = "text"


class TruthFact(NumberFact, frozen=True, tag="truth fact"):
    kind = "truth"


class OnPage(Node, frozen=True, tag="on page"):
    """Whether the words stand on the interactive page, and not in the article."""

    kind = "truth"

    def value(self, moment: Moment, reads: Reads) -> Any:
        return moment.on_page


class Place(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where along one axis: an index, or a range with both its ends in it. `source` is how the author wrote it."""

    source: str | int
    first: "Expression"
    end: "Expression | None" = None

    @property
    def single(self) -> bool:
        return self.end is None

    @property
    def steady(self) -> bool:
        return self.first.steady and (self.end is None or self.end.steady)

    def span(self, moment: Moment, reads: Reads) -> tuple[int, int]:
        first = self._index(self.first, moment, reads)
        last = first if self.end is None else self._index(self.end, moment, reads)
        return first, last + 1

    def _index(self, node: Node, moment: Moment, reads: Reads) -> int:
        value = node.value(moment, reads)
        if isinstance(value, str) and value in moment.letters:
            return moment.letters.index(value)
        if isinstance(value, str) or not np.isfinite(value) or value != int(value):
            raise PellucidError("bad-lesson", f"the index {self.source} is {value}: it must be a whole number.")
        return int(value)


class LiveCells(Node, frozen=True, tag="cells"):
    """Cells of a tensor whose indices are worked out from the run, each axis without an index whole.

    As a value, an axis with an index is gone; one with a range or nothing stays. `order` are the axes of the tensor.
    """

    tensor: str
    order: tuple[str, ...]
    places: dict[str, Place]

    @classmethod
    def of(cls, tensor: Tensor, places: Mapping[str, Place]) -> "LiveCells":
        return cls(tensor.name, tensor.axes, dict(places))

    @property
    def axes(self) -> tuple[str, ...]:
        return tuple(axis for axis in self.order if axis not in self.places or not self.places[axis].single)

    def found(self, moment: Moment, reads: Reads) -> Cells:
        """The cells meant. Raises PellucidError where the run has none such."""
        shape = dict(zip(self.order, moment.values[self.tensor].shape, strict=True))
        spans = {axis: place.span(moment, reads) for axis, place in self.places.items()}
        for axis, (first, end) in spans.items():
            if not 0 <= first < end <= shape[axis]:
                sentence = outside(self.tensor, axis, self.places[axis], first, end, shape[axis])
                raise PellucidError("bad-lesson", sentence)
        return Cells(self.tensor, self.order, tuple(spans.get(axis) for axis in self.order))

    def cells(self, moment: Moment, reads: Reads) -> Cells:
        """The same with a range for every axis."""
        return self.found(moment, reads).bounded(moment.values[self.tensor].shape)

    def value(self, moment: Moment, reads: Reads) -> Any:
        cells = self.cells(moment, reads)
        reads.append(cells)
        array = moment.values[self.tensor][cells.slices]
        gone = tuple(number for number, axis in enumerate(self.order) if axis not in self.axes)
        array = array.squeeze(gone)[()]
        return array.astype(np.float64) if array.dtype.kind == "f" else array


def outside(tensor: str, axis: str, place: Place, first: int, end: int, length: int) -> str:
    """The sentence that refuses a place."""
    if end <= first:
        return f"the range {place.source} of {axis} is empty: its first index is {first}, its last {end - 1}."
    wrong = first if not 0 <= first < length else end - 1
    said = wrong if str(place.source) == str(wrong) else f"{place.source}, which is {wrong},"
    return f"{axis}={said} is outside {tensor}: {axis} ({AXES[axis]}) runs from 0 to {length - 1}."


def likeliest(values: np.ndarray) -> Any:
    """The first of those that count as the largest."""
    largest = np.max(values)
    return np.argmax(alike(values, largest)) if np.isfinite(largest) else np.argmax(values)


def alike(one: Any, other: Any) -> Any:
    """Whether numbers count as equal."""
    with np.errstate(invalid="ignore"):  # infinities are equal or far apart
        return (one == other) | (np.abs(np.subtract(one, other)) < ALIKE * np.maximum(np.abs(one), np.abs(other)))


REDUCING: Mapping[str, Callable[[np.ndarray], Any]] = {
    "max": np.max,
    "min": np.min,
    "sum": np.sum,
    "mean": np.mean,
    "std": np.std,
    "argmax": likeliest,
    "count": np.count_nonzero,
}
"""Functions of several numbers (`count`: of comparisons) that give one."""

CELLWISE: Mapping[str, Callable[[Any], Any]] = {"abs": np.abs, "exp": np.exp, "log": np.log, "sqrt": np.sqrt}
"""Functions of a number that can be had of many at once."""


class Reduced(Node, frozen=True, tag="reduced"):
    function: str
    of: "Expression"

    def value(self, moment: Moment, reads: Reads) -> Any:
        return REDUCING[self.function](self.of.value(moment, reads)).item()


class LikeliestLetter(Node, frozen=True, tag="likeliest letter"):
    """`argmax` along the vocabulary, as a letter."""

    kind = "text"
    of: "Expression"

    def value(self, moment: Moment, reads: Reads) -> Any:
        return moment.letters[int(likeliest(self.of.value(moment, reads)))]


class LetterOf(Node, frozen=True, tag="letter of"):
    """The letter of a token number."""

    kind = "text"
    of: "Expression"

    def value(self, moment: Moment, reads: Reads) -> Any:
        number = self.of.value(moment, reads)
        return moment.letters[int(number)] if 0 <= number < len(moment.letters) else MISSING


class Cellwise(Node, frozen=True, tag="cellwise"):
    function: str
    of: "Expression"

    @property
    def axes(self) -> tuple[str, ...]:
        return self.of.axes

    def value(self, moment: Moment, reads: Reads) -> Any:
        with np.errstate(all="ignore"):
            return CELLWISE[self.function](self.of.value(moment, reads))


ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": alike,
    "!=": lambda one, other: np.logical_not(alike(one, other)),
    "<=": lambda one, other: (one < other) | alike(one, other),
    ">=": lambda one, other: (one > other) | alike(one, other),
    "<": lambda one, other: (one < other) & np.logical_not(alike(one, other)),
    ">": lambda one, other: (one > other) & np.logical_not(alike(one, other)),
}


class Arithmetic(Node, frozen=True, tag="arithmetic"):
    sign: str
    left: "Expression"
    right: "Expression"

    @property
    def axes(self) -> tuple[str, ...]:
        return self.left.axes or self.right.axes

    @property
    def steady(self) -> bool:
        return self.left.steady and self.right.steady

    def value(self, moment: Moment, reads: Reads) -> Any:
        left, right = self.left.value(moment, reads), self.right.value(moment, reads)
        with np.errstate(all="ignore"):  # a division by zero is infinite, as NumPy's are and Python's are not
            return ARITHMETIC[self.sign](np.asarray(left)[()], right)


class Comparison(Arithmetic, frozen=True, tag="comparison"):
    kind = "truth"

    def value(self, moment: Moment, reads: Reads) -> Any:
        left, right = self.left.value(moment, reads), self.right.value(moment, reads)
        if isinstance(left, str):
            return (left == right) == (self.sign == "==")
        return COMPARISONS[self.sign](left, right)


class Where(Node, frozen=True, tag="where"):
    """1 where a comparison holds and 0 elsewhere, so that a sum can be taken of some cells and not of others."""

    of: "Expression"

    @property
    def axes(self) -> tuple[str, ...]:
        return self.of.axes

    def value(self, moment: Moment, reads: Reads) -> Any:
        return np.asarray(self.of.value(moment, reads), np.float64)[()]


class Logic(Node, frozen=True, tag="logic"):
    """`and`, `or`, and `not` with nothing on its right."""

    kind = "truth"
    word: Literal["and", "or", "not"]
    left: "Expression"
    right: "Expression | None" = None

    def value(self, moment: Moment, reads: Reads) -> Any:
        left = bool(self.left.value(moment, reads))
        if self.right is None:
            return not left
        right = bool(self.right.value(moment, reads))
        return left and right if self.word == "and" else left or right


NODES = (
    Constant,
    Letter,
    Position,
    NumberFact,
    TextFact,
    TruthFact,
    OnPage,
    LiveCells,
    Reduced,
    LikeliestLetter,
    LetterOf,
    Cellwise,
    Arithmetic,
    Comparison,
    Where,
    Logic,
)
"""All kinds of node."""

MEANING = "An expression of a lesson: each node is a list, its name first."

if TYPE_CHECKING:
    Expression = Node
else:
    Expression = Annotated[Union[NODES], Meta(title="Expression", description=MEANING)]  # noqa: UP007
