"""Interventions: which cells of a run are changed, and how, as data.

Everything after a changed cell is computed from the changed number, so one sees what depends on it. An intervention is
part of what a run is computed from: it can be compared, hashed, written down and read again. It is spelled as its cells
(run/cells.py) and, after a tilde, what happens to them:

blocks.1.attn.z[h=2]                       set to zero: a head switched off
blocks.1.attn.z[h=2]~set(0.5)              set to a number
blocks.1.attn.z[h=2]~scale(2)              multiplied by it
blocks.1.attn.z[h=2]~add(-0.1)             increased by it
blocks.1.attn.z[h=2]~mean(t)               set to the mean along an axis of the tensor (or along several: mean(h,t))
blocks.1.attn.z[h=2]~mean(2,1,0|0,1,2)     set to their mean over runs that read these tokens
blocks.1.attn.z[h=2]~from(2,1,0,1,1,2)     set to what they are in the run that reads these tokens
blocks.1.attn.z[h=2]~freeze                held at what they are in the run without interventions

Several stand with semicolons between them; on one tensor they are done in their order.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np

from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.graph.axes import AXES, GROWING
from pellucid.run.cells import Cells
from pellucid.words import given
from pellucid.words.errors import shortened
from pellucid.words.given import as_type_error, attribute, shown

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Zero:
    pass


@dataclass(frozen=True)
class Set:
    number: float


@dataclass(frozen=True)
class Scale:
    factor: float


@dataclass(frozen=True)
class Add:
    number: float


@dataclass(frozen=True)
class MeanAlong:
    axes: tuple[str, ...]


@dataclass(frozen=True)
class MeanOver:
    texts: tuple[Tokens, ...]


@dataclass(frozen=True)
class Replace:
    tokens: Tokens


@dataclass(frozen=True)
class Freeze:
    pass


Change = Zero | Set | Scale | Add | MeanAlong | MeanOver | Replace | Freeze


@dataclass(frozen=True)
class Intervention:
    """Cells, and what happens to them.

    Where the cells are given as text, it means nothing before `bound` has read it for a graph; two interventions are
    compared after that.
    """

    where: Cells | str
    change: Change

    def __post_init__(self) -> None:
        if not isinstance(self.where, Cells | str):
            raise bad_change(f"{shown(self.where)} are no cells: name them as in 'blocks.1.attn.z[h=2]'.")
        if not isinstance(self.change, Change):
            raise bad_change(f"{shown(self.change)} is no change: use Intervention.zero, set, scale and the like.")

    # Making.

    @classmethod
    def zero(cls, where: Cells | str) -> "Intervention":
        return cls(where, Zero())

    @classmethod
    def set(cls, where: Cells | str, number: SupportsFloat) -> "Intervention":
        return cls(where, Set(finite("set", number, infinite=True)))

    @classmethod
    def scale(cls, where: Cells | str, factor: SupportsFloat) -> "Intervention":
        return cls(where, Scale(finite("scale", factor)))

    @classmethod
    def add(cls, where: Cells | str, number: SupportsFloat) -> "Intervention":
        return cls(where, Add(finite("add", number)))

    @classmethod
    def mean(cls, where: Cells | str, *axes: str) -> "Intervention":
        """The mean along these axes of the tensor, over the whole of each and not only where the cells lie."""
        return cls(where, MeanAlong(axis_letters(axes)))

    @classmethod
    def mean_over(cls, where: Cells | str, *texts: Iterable[SupportsIndex]) -> "Intervention":
        """The mean over the runs that read these tokens: `Intervention.mean_over(cells, [2, 1, 0], [0, 1, 2])`."""
        return cls(where, MeanOver(some_texts(texts)))

    @classmethod
    def replace(cls, where: Cells | str, tokens: Iterable[SupportsIndex]) -> "Intervention":
        """Replacement by the same cells of the run that reads these tokens."""
        return cls(where, Replace(token_numbers(tokens)))

    @classmethod
    def freeze(cls, where: Cells | str) -> "Intervention":
        return cls(where, Freeze())

    @classmethod
    def parse(cls, text: str, graph: Graph) -> "Intervention":
        """The one intervention that the text spells. Raises PellucidError (`bad-change`, or as `Cells.parse`)."""
        where, change = split(text)
        return cls(Cells.parse(where, graph), change)

    @classmethod
    def from_json(cls, said: Mapping[str, Any], graph: Graph) -> "Intervention":
        """The intervention that `to_json` has described."""
        try:
            where, change = said["cells"], said["change"]
        except (TypeError, ValueError, KeyError, IndexError):
            raise bad_change(f"{shown(said)} tells of no intervention: give what to_json gave.") from None
        return cls(Cells.from_json(where, graph), parse_change(change))

    # Telling.

    def __str__(self) -> str:
        return str(self.where) if self.change == Zero() else f"{self.where}~{spelled(self.change)}"

    def to_json(self) -> dict[str, Any]:
        """The form of docs/protocol.md."""
        return {"cells": self.cells.to_json(), "change": spelled(self.change)}

    @property
    def cells(self) -> Cells:
        """The cells of an intervention that is bound to a graph."""
        if isinstance(self.where, str):
            raise bad_change(f"{shown(self.where)} is not read for a graph yet: call bound(graph) before.")
        return self.where

    @property
    def texts(self) -> tuple[Tokens | None, ...]:
        """The texts of the runs from which it takes cells; None is the text at hand."""
        match self.change:
            case MeanOver(texts):
                return texts
            case Replace(tokens):
                return (tokens,)
            case Freeze():
                return (None,)
        return ()

    # In a model at hand.

    def bound(self, graph: Graph) -> "Intervention":
        """The same with its cells read for this graph. Raises PellucidError as `Cells.parse` does."""
        return self if isinstance(self.where, Cells) else Intervention(Cells.parse(self.where, graph), self.change)

    def check(self, graph: Graph, positions: int) -> None:
        """Raise PellucidError unless it can be done to a run over that many tokens."""
        self.cells.check(graph, positions)
        tensor = graph.tensors[self.cells.tensor]
        check_fit(graph, tensor, self.change)
        needed = max(self.positions_needed(tensor, positions), default=0)
        for text in self.texts:
            if text is not None and len(text) < needed:
                raise bad_change(
                    f"{self.cells} takes cells up to position {needed - 1} from a text of {len(text)} tokens: "
                    f"give one of at least {needed}, or name earlier positions."
                )

    def positions_needed(self, tensor: Tensor, positions: int) -> list[int]:
        """How long a text must be to have these cells, along each axis that grows with it."""
        if tensor.kind == "weight":
            return []
        return [span[1] if span else positions for axis, span in self.cells.at.items() if axis in GROWING]

    def within(self, graph: Graph, positions: int) -> "Intervention | None":
        """What remains of it in a run over that many tokens; None if nothing does."""
        tensor = given.of_kind(graph, Graph, "graph", "a model's graph").find(self.cells.tensor)
        cells = self.cells.within(graph.shape(tensor, positions))
        return None if cells is None else Intervention(cells, self.change)


Interventions = Intervention | str | Iterable[Intervention | str]
"""One intervention or several, as objects or as text; in text, semicolons separate them."""


def iterated(said: Iterable[Any]) -> Iterator[Any]:
    """The items of a list. Raises PellucidError (`bad-change`) for what is not a list."""
    end = object()
    try:
        with as_type_error():
            rest = iter(said)
        while True:
            with as_type_error():
                item = next(rest, end)
            if item is end:
                return
            yield item
    except TypeError:
        sentence = f"{shown(said)} is no list of changes: write one as 'blocks.1.attn.z[h=2]~scale(2)'."
        raise bad_change(sentence) from None


def interventions_of(said: Interventions, graph: Graph) -> tuple[Intervention, ...]:
    """All of them, bound to the graph. Raises PellucidError (`bad-change`, or as `Cells.parse`)."""
    if isinstance(said, tuple) and not said:
        return ()  # at once: as it is with every plain run
    found: list[Intervention] = []
    listed = isinstance(said, Iterable) and not isinstance(said, Mapping) and attribute(said, "shape") != ()
    if not listed and not isinstance(said, Intervention | str):
        raise bad_change(f"{shown(said)} is no change of cells: write one as 'blocks.1.attn.z[h=2]~scale(2)'.")
    for item in (said,) if isinstance(said, Intervention | str) else iterated(said):
        if isinstance(item, Intervention):
            found.append(item.bound(graph))
        elif not isinstance(item, str):
            raise bad_change(
                f"{shown(item)} is no intervention: give an Intervention, or text such as logits~scale(2)."
            )
        elif item.strip():
            found.extend(Intervention.parse(part, graph) for part in item.split(";"))
    return tuple(found)


def possible_at(interventions: Iterable[Intervention], graph: Graph, positions: int) -> tuple[Intervention, ...]:
    """The interventions cut down to the cells that a run over that many tokens has."""
    found = (intervention.within(graph, positions) for intervention in interventions)
    return tuple(intervention for intervention in found if intervention is not None)


def together(interventions: Iterable[Intervention]) -> str:
    """One text that spells all of them."""
    return ";".join(map(str, interventions))


def check_fit(graph: Graph, tensor: Tensor, change: Change) -> None:
    """Raise PellucidError (`bad-change`) if cells of the tensor cannot be changed in that way."""
    if tensor.kind == "input":
        check_input(graph, tensor, change)
    for axis in change.axes if isinstance(change, MeanAlong) else ():
        if axis not in tensor.axes:
            own = ", ".join(tensor.axes) or "none"
            raise bad_change(f"{tensor.name} has no axis {axis} to take the mean along: its axes are {own}.")


def check_input(graph: Graph, tensor: Tensor, change: Change) -> None:
    """Check a change of an input: its cells hold token numbers or positions, and can only become other such numbers."""
    if isinstance(change, Set):
        last = min((graph.sizes[axis] for axis in looked_up_along(graph, tensor)), default=2**31) - 1
        if not (0 <= change.number <= last and change.number == int(change.number)):
            number = spelled_number(change.number)
            raise bad_change(f"{tensor.name} holds whole numbers from 0 to {last}: it cannot be set to {number}.")
    elif not isinstance(change, Replace | Freeze):
        raise bad_change(
            f"{tensor.name} holds whole numbers that stand for something, so {spelled(change)} makes no sense there: "
            f"use set, such as {tensor.name}[t=0]~set(1), or from."
        )


def looked_up_along(graph: Graph, tensor: Tensor) -> Iterable[str]:
    """The axes of the tables in which the numbers of this tensor are looked up."""
    for op in graph.ops:
        for role, operand in op.inputs.items():
            if operand is tensor:
                for place, table in enumerate(op.operands):
                    letters = zip(op.letters(place), table.axes, strict=True)
                    yield from (axis for letter, axis in letters if letter == f"@{role}")


# Spelling.

NUMBER = re.compile(r"-?(?:\d{1,40}(?:\.\d{1,40})?(?:e-?\d{1,3})?|inf)", re.ASCII)
LETTERS = re.compile(r"[a-z](?:,[a-z])*", re.ASCII)
NUMBERS = re.compile(r"\d{1,9}(?:,\d{1,9})*", re.ASCII)
CHANGE = re.compile(r"(?P<word>[a-z]+)(?:\((?P<given>[^()]*)\))?", re.ASCII)
TAKEN = {
    "from": "the numbers of a text's tokens, such as from(2,1,0)",
    "mean": "letters of axes or the numbers of tokens, such as mean(h,t) or mean(2,1,0|0,1,2)",
}
KINDS = "set(0.5), scale(2), add(-0.1), mean(t), mean(2,1,0|0,1,2), from(2,1,0) or freeze"


def split(text: str) -> tuple[str, Change]:
    """The cells as they are spelled, and the change. Raises PellucidError (`bad-change`)."""
    if not isinstance(text, str):
        raise bad_change(f"{shown(text)} is no intervention: give text, such as logits~scale(2).")
    where, tilde, change = text.strip().partition("~")
    return where, parse_change(change) if tilde else Zero()


def parse_change(text: str) -> Change:
    """What `spelled` gives. Raises PellucidError (`bad-change`)."""
    found = CHANGE.fullmatch(text.replace(" ", "")) if isinstance(text, str) else None
    if found:
        match found["word"], found["given"]:
            case "zero", None:
                return Zero()
            case "freeze", None:
                return Freeze()
            case "set", str(said) if NUMBER.fullmatch(said):
                return Set(finite("set", float(said), infinite=True))
            case "scale", str(said) if NUMBER.fullmatch(said):
                return Scale(finite("scale", float(said)))
            case "add", str(said) if NUMBER.fullmatch(said):
                return Add(finite("add", float(said)))
            case "mean", str(said) if LETTERS.fullmatch(said):
                return MeanAlong(axis_letters(said.split(",")))
            case "mean", str(said) if all(map(NUMBERS.fullmatch, said.split("|"))):
                return MeanOver(tuple(numbers(part) for part in said.split("|")))
            case "from", str(said) if NUMBERS.fullmatch(said):
                return Replace(numbers(said))
    said = f"'{shortened(text, 40)}'" if isinstance(text, str) else shown(text)
    if found and found["given"] and found["word"] in TAKEN:
        raise bad_change(f"{said} does not say what happens to cells: {found['word']} takes {TAKEN[found['word']]}.")
    raise bad_change(f"{said} does not say what happens to cells: write nothing, for zero, or ~ and {KINDS}.")


def spelled(change: Change) -> str:
    match change:
        case Zero():
            return "zero"
        case Set(number):
            return f"set({spelled_number(number)})"
        case Scale(factor):
            return f"scale({spelled_number(factor)})"
        case Add(number):
            return f"add({spelled_number(number)})"
        case MeanAlong(axes):
            return f"mean({','.join(axes)})"
        case MeanOver(texts):
            return f"mean({'|'.join(','.join(map(str, text)) for text in texts)})"
        case Replace(tokens):
            return f"from({','.join(map(str, tokens))})"
        case Freeze():
            return "freeze"


def spelled_number(number: float) -> str:
    """The shortest digits that give this very number, without a plus sign, which addresses read as a space."""
    digits, _, exponent = repr(number).partition("e")
    return digits.removesuffix(".0") + (f"e{int(exponent)}" if exponent else "")


def numbers(text: str) -> Tokens:
    return tuple(int(number) for number in text.split(","))


# Checking.


def finite(word: str, number: Any, *, infinite: bool = False) -> float:
    """The number as float32 can hold it; infinity only where allowed. Raises PellucidError (`bad-change`)."""
    try:
        value = given.number(number)
    except (TypeError, OverflowError):
        raise bad_change(f"{word} is given {shown(number)}: it needs a number, such as {word}(0.5).") from None
    if abs(value) <= float(np.finfo(np.float32).max) or (infinite and math.isinf(value)):
        return value
    raise bad_change(f"{word} is given {value}: it needs a number that float32 can hold.")


def axis_letters(axes: Iterable[str]) -> tuple[str, ...]:
    """The axes. Raises PellucidError (`bad-change`) if there are none, or one stands twice."""
    letters = tuple(axes)
    known = all(isinstance(letter, str) and letter in AXES for letter in letters)
    if not letters or not known or len({*letters}) < len(letters):
        listed = ", ".join(letter if isinstance(letter, str) else shown(letter) for letter in letters)
        said = shortened(listed, 40) or "nothing"
        raise bad_change(f"No mean can be taken along {said}: name axes, each once, as in mean(h,t).")
    return letters


def some_texts(texts: Iterable[Iterable[SupportsIndex]]) -> tuple[Tokens, ...]:
    found = tuple(map(token_numbers, texts))
    if not found:
        raise bad_change("There is no mean over no texts: give the tokens of at least one.")
    return found


def token_numbers(tokens: Iterable[SupportsIndex]) -> Tokens:
    """The tokens. Raises PellucidError (`bad-change`) if they are not whole numbers, or there are none."""
    try:
        found = tuple(given.wholes(tokens))
        if not found:
            raise TypeError
        return found
    except TypeError:
        sentence = (
            f"{shown(tokens)} are no token numbers: give them as in [2, 1, 0]; model.tokens(text) tells a text's."
        )
        raise bad_change(sentence) from None


def bad_change(sentence: str) -> PellucidError:
    return PellucidError("bad-change", sentence)
