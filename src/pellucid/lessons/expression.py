"""The small language of live values: what its expressions mean.

An expression is a tree of the nodes below, made by parse.py, which checks that kinds and axes fit. It reads cells of
tensors, facts about the run, and numbers; it has no names to assign to, no attributes and no functions but those of the
table here. Every evaluation also says which cells it read.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from pellucid.graph import Cells, PellucidError, Tensor
from pellucid.graph.axes import AXES

Kind = Literal["number", "text", "truth"]

MISSING = "—"
"""What stands where a model has no such value, as an accuracy that was never measured."""


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


Reads = list[Cells]


@dataclass(frozen=True)
class Node:
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


@dataclass(frozen=True)
class Number(Node):
    number: float
    steady = True

    def value(self, moment: Moment, reads: Reads) -> Any:
        return self.number


@dataclass(frozen=True)
class Letter(Node):
    kind = "text"
    text: str
    steady = True

    def value(self, moment: Moment, reads: Reads) -> Any:
        return self.text


@dataclass(frozen=True)
class Position(Node):
    """`last`, the position of the last token read, or `answer`, the one that predicts the answer's first letter."""

    name: Literal["last", "answer"]
    steady = True

    def value(self, moment: Moment, reads: Reads) -> Any:
        return moment.last if self.name == "last" else moment.answer


@dataclass(frozen=True)
class NumberFact(Node):
    """Something known about the model or the run (facts.py)."""

    find: Callable[[Any], Any]

    def value(self, moment: Moment, reads: Reads) -> Any:
        return self.find(moment)


class TextFact(NumberFact):
    kind = "text"


class TruthFact(NumberFact):
    kind = "truth"


@dataclass(frozen=True)
class Place:
    """Where along one axis: an index, or a range with both its ends in it. `source` is how the author wrote it."""

    source: str | int
    first: Node
    end: Node | None = None

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


@dataclass(frozen=True)
class LiveCells(Node):
    """Cells of a tensor whose indices are worked out from the run, each axis without an index whole.

    As a value, an axis with an index is gone; one with a range or nothing stays.
    """

    tensor: Tensor
    places: Mapping[str, Place]

    @property
    def axes(self) -> tuple[str, ...]:
        return tuple(axis for axis in self.tensor.axes if axis not in self.places or not self.places[axis].single)

    def found(self, moment: Moment, reads: Reads) -> Cells:
        """The cells meant. Raises PellucidError where the run has none such."""
        shape = dict(zip(self.tensor.axes, moment.values[self.tensor.name].shape, strict=True))
        spans = {axis: place.span(moment, reads) for axis, place in self.places.items()}
        for axis, (first, end) in spans.items():
            if not 0 <= first < end <= shape[axis]:
                sentence = outside(self.tensor, axis, self.places[axis], first, end, shape[axis])
                raise PellucidError("bad-lesson", sentence)
        return Cells.of(self.tensor, **{axis: range(*span) for axis, span in spans.items()})

    def cells(self, moment: Moment, reads: Reads) -> Cells:
        """The same with a range for every axis."""
        return self.found(moment, reads).bounded(moment.values[self.tensor.name].shape)

    def value(self, moment: Moment, reads: Reads) -> Any:
        cells = self.cells(moment, reads)
        reads.append(cells)
        array = moment.values[self.tensor.name][cells.slices]
        gone = tuple(number for number, axis in enumerate(self.tensor.axes) if axis not in self.axes)
        array = array.squeeze(gone)[()]
        return array.astype(np.float64) if array.dtype.kind == "f" else array


def outside(tensor: Tensor, axis: str, place: Place, first: int, end: int, length: int) -> str:
    """The sentence that refuses a place."""
    if end <= first:
        return f"the range {place.source} of {axis} is empty: its first index is {first}, its last {end - 1}."
    wrong = first if not 0 <= first < length else end - 1
    said = wrong if str(place.source) == str(wrong) else f"{place.source}, which is {wrong},"
    return f"{axis}={said} is outside {tensor.name}: {axis} ({AXES[axis]}) runs from 0 to {length - 1}."


REDUCING: Mapping[str, Callable[[np.ndarray], Any]] = {
    "max": np.max,
    "min": np.min,
    "sum": np.sum,
    "mean": np.mean,
    "std": np.std,
    "argmax": np.argmax,
    "count": np.count_nonzero,
}
"""Functions of several numbers (`count`: of comparisons) that give one."""

CELLWISE: Mapping[str, Callable[[Any], Any]] = {"abs": np.abs, "exp": np.exp, "log": np.log, "sqrt": np.sqrt}
"""Functions of a number that can be had of many at once."""


@dataclass(frozen=True)
class Reduced(Node):
    function: str
    of: Node

    def value(self, moment: Moment, reads: Reads) -> Any:
        return REDUCING[self.function](self.of.value(moment, reads)).item()


@dataclass(frozen=True)
class LikeliestLetter(Node):
    """`argmax` along the vocabulary, as a letter."""

    kind = "text"
    of: Node

    def value(self, moment: Moment, reads: Reads) -> Any:
        return moment.letters[int(np.argmax(self.of.value(moment, reads)))]


@dataclass(frozen=True)
class LetterOf(Node):
    """The letter of a token number."""

    kind = "text"
    of: Node

    def value(self, moment: Moment, reads: Reads) -> Any:
        number = self.of.value(moment, reads)
        return moment.letters[int(number)] if 0 <= number < len(moment.letters) else MISSING


@dataclass(frozen=True)
class Cellwise(Node):
    function: str
    of: Node

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
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Arithmetic(Node):
    sign: str
    left: Node
    right: Node

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


@dataclass(frozen=True)
class Comparison(Arithmetic):
    kind = "truth"

    def value(self, moment: Moment, reads: Reads) -> Any:
        return COMPARISONS[self.sign](self.left.value(moment, reads), self.right.value(moment, reads))


@dataclass(frozen=True)
class Where(Node):
    """1 where a comparison holds and 0 elsewhere, so that a sum can be taken of some cells and not of others."""

    of: Node

    @property
    def axes(self) -> tuple[str, ...]:
        return self.of.axes

    def value(self, moment: Moment, reads: Reads) -> Any:
        return np.asarray(self.of.value(moment, reads), np.float64)[()]


@dataclass(frozen=True)
class Logic(Node):
    """`and`, `or`, and `not` with nothing on its right."""

    kind = "truth"
    word: Literal["and", "or", "not"]
    left: Node
    right: Node | None = None

    def value(self, moment: Moment, reads: Reads) -> Any:
        left = bool(self.left.value(moment, reads))
        if self.right is None:
            return not left
        right = bool(self.right.value(moment, reads))
        return left and right if self.word == "and" else left or right
