"""The arithmetic of one cell: its terms, how they come together, and what happens then, as a person would do it.

The outermost sum, maximum or addition of a formula gives the terms; what stands around it gives the steps, from the
inside outwards. Where a formula names numbers on the way (`Step`), these are the steps. Everything is in float64.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pellucid.graph.formula import (
    Binary,
    Cell,
    Choice,
    Comparison,
    Formula,
    Function,
    Number,
    Place,
    Reduction,
    Size,
    Step,
    axis_of,
    has_cells,
    read_at,
    walk,
)
from pellucid.graph.functions import COMPARISONS, FUNCTIONS, OPERATIONS, largest, operate, total
from pellucid.graph.tensor import Tensor
from pellucid.graph.typeset import SUM, Symbols, Text, Typesetter, number_text
from pellucid.words.numbers import number

Index = tuple[int, ...]
Region = tuple[tuple[int, int], ...]
"""The half-open range of indices read along each axis of an operand."""

Combine = Literal["sum", "max", "single"]

WRITTEN_OUT = 4
"""The most terms that are written out: a longer sum becomes its first terms, dots, and its last."""

SPOKEN = {r"\varepsilon": "ε"}
"""Symbols of constants as they stand in words."""


@dataclass(frozen=True)
class ReadCell:
    """One number of an operand."""

    role: str
    tensor: Tensor
    index: Index
    value: float


@dataclass(frozen=True)
class Term:
    """One addend (or candidate for a maximum), the cells it is made of, and its LaTeX in numbers."""

    value: float
    cells: tuple[ReadCell, ...]
    latex: str
    label: str = ""


@dataclass(frozen=True)
class StepDone:
    """What happens to the combined terms; the last step's value is the cell's.

    `sign` and `operand` say what is done where it is one of the four operations with a number.
    """

    label: str
    latex: str
    value: float
    sign: str | None = None
    operand: float | None = None


@dataclass(frozen=True)
class Arithmetic:
    """How one cell comes about. `substituted` is the right-hand side in numbers."""

    terms: tuple[Term, ...]
    steps: tuple[StepDone, ...]
    substituted: str

    @property
    def value(self) -> float:
        return self.steps[-1].value


class Evaluation:
    """A formula's numbers at one cell of the output; it remembers which cells were read."""

    def __init__(
        self, roles: Mapping[Tensor, str], arrays: Mapping[Tensor, Any], sizes: Mapping[str, int], at: Mapping[str, int]
    ) -> None:
        self.roles = roles
        self.arrays = arrays
        self.sizes = sizes
        self.at = dict(at)
        self.read: dict[tuple[Tensor, Index], ReadCell] = {}

    def value(self, node: Formula) -> float:
        match node:
            case Number(value, _):
                return value
            case Size(axis):
                return self.sizes[axis_of(axis)]
            case Place(axis):
                return self.at[axis]
            case Cell():
                return self.cell(node)
            case Binary(sign, left, right):
                return operate(sign, self.value(left), self.value(right))
            case Function(name, argument):
                return FUNCTIONS[name].number(self.value(argument))
            case Comparison(sign, left, right):
                return float(COMPARISONS[sign].holds(self.value(left), self.value(right)))
            case Choice(condition, chosen, otherwise):
                return self.value(chosen if self.value(condition) else otherwise)
            case Reduction(kind, _, argument):
                values = (self.value(argument) for _ in self.places(node))
                return total(values) if kind == "sum" else largest(values)
            case Step(_, argument):
                return self.value(argument)
        raise TypeError(f"{node} is no node of a formula")

    def cell(self, node: Cell) -> float:
        index = tuple(self.at[one] if isinstance(one, str) else int(self.value(one)) for one in node.indices)
        key = (node.tensor, index)
        found = self.read.get(key)
        if found is None:
            value = float(self.arrays[node.tensor][index])
            found = self.read[key] = ReadCell(self.roles[node.tensor], node.tensor, index, value)
        return found.value

    def places(self, node: Reduction) -> Iterator[dict[str, int]]:
        """All indices that a sum or maximum runs over; meanwhile its letters are set to them."""
        letters = [axis for axis in node.axes if axis != "b"]
        outer = {letter: self.at.get(letter) for letter in letters}
        for place in itertools.product(*(range(self.length(letter, node)) for letter in letters)):
            here = dict(zip(letters, place, strict=True))
            self.at.update(here)
            yield here
        for letter, before in outer.items():
            if before is None:
                self.at.pop(letter, None)
            else:
                self.at[letter] = before

    def length(self, letter: str, node: Formula) -> int:
        """How many indices a letter has where it is read inside the node."""
        if found := read_at(node, letter):
            tensor, place = found
            return int(self.arrays[tensor].shape[place])
        return self.sizes[axis_of(letter)]

    def reading(self, node: Formula) -> tuple[float, tuple[ReadCell, ...]]:
        """A node's value and the cells it was made of; a cell stands before those that say where it lies."""
        before, self.read = self.read, {}
        value = self.value(node)
        found, self.read = self.read, before
        before.update(found)  # in place: a copy for each of a vocabulary's terms would take the square of their number
        return value, tuple(sorted(found.values(), key=lambda one: one.tensor.kind == "input"))

    def region(self, tensor: Tensor) -> Region:
        """The range of cells that were read of a tensor; empty along every axis where none was."""
        indices = [index for one, index in self.read if one is tensor]
        if not indices:
            return ((0, 0),) * len(tensor.axes)
        return tuple((min(places), max(places) + 1) for places in zip(*indices, strict=True))


class InNumbers(Typesetter):
    """Sets a formula with the numbers of one cell in it."""

    times = r" \cdot "

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation.at)
        self.evaluation = evaluation

    def number(self, value: float, symbol: str) -> Text:
        return number_text(value)

    def size(self, node: Size) -> Text:
        return number_text(self.evaluation.value(node))

    def set(self, node: Formula) -> Text:
        if isinstance(node, Cell | Place):
            return number_text(self.evaluation.value(node))
        return super().set(node)

    def choice(self, node: Choice) -> Text:
        return self.set(node.chosen if self.evaluation.value(node.condition) else node.otherwise)

    def reduction(self, node: Reduction) -> Text:
        if node.kind == "max":
            listed = r",\, ".join(self.written_out(node, r"\ldots"))
            return rf"\max\left({listed}\right)", SUM
        terms = self.written_out(node, r"\cdots")
        signed = [rf"\left({text}\right)" if text.startswith("-") else text for text in terms]
        return " + ".join(signed) or "0", SUM

    def written_out(self, node: Reduction, dots: str) -> list[str]:
        """The terms that count, or only the first ones and the last of a longer sum; no others are set."""
        last = sum(1 for _ in counting(node, self.evaluation)) - 1
        shown = {*range(WRITTEN_OUT)} if last < WRITTEN_OUT else {*range(WRITTEN_OUT - 1), last}
        terms = enumerate(counting(node, self.evaluation))
        texts = [self.text(node.argument) for place, _ in terms if place in shown]
        return texts if last < WRITTEN_OUT else [*texts[:-1], dots, texts[-1]]


def counting(node: Reduction, evaluation: Evaluation) -> Iterator[dict[str, int]]:
    """The places whose terms count: one whose condition does not hold there counts for nothing."""
    term = node.argument
    for here in evaluation.places(node):
        if not isinstance(term, Choice) or term.otherwise != Number(0) or evaluation.value(term.condition):
            yield here


# What a formula is, seen from the outside.


def addends(node: Formula) -> list[Formula]:
    match node:
        case Binary("+", left, right):
            return [*addends(left), *addends(right)]
    return [node]


def spine(formula: Formula, evaluation: Evaluation | None = None) -> list[Formula]:
    """From the whole formula to the outermost sum, maximum or addition in it, or else to one number."""
    path = [formula]
    while True:
        node = path[-1]
        match node:
            case Reduction() | Cell() | Number() | Size() | Place() | Comparison():
                return path
            case Binary("+", _, _) if sum(map(has_cells, addends(node))) > 1:
                return path
            case Binary():
                path.append(sides(node)[0])
            case Function(_, argument) | Step(_, argument):
                path.append(argument)
            case Choice(condition, chosen, otherwise):
                taken = chosen if evaluation is None or evaluation.value(condition) else otherwise
                path.append(taken)


def sides(node: Binary) -> tuple[Formula, Formula]:
    """The side of an operation that is its substance, and the other one."""
    return (node.right, node.left) if worth(node.right) > worth(node.left) else (node.left, node.right)


def worth(node: Formula) -> int:
    """How much of a formula's substance is in a part: a sum, a number of the model, or neither."""
    if any(isinstance(part, Reduction) and has_cells(part) for part in walk(node)):
        return 2
    return int(has_cells(node))


def combine_of(formula: Formula) -> Combine:
    """How the terms of a cell come together before the steps."""
    core = spine(formula)[-1]
    if isinstance(core, Reduction):
        return core.kind
    return "sum" if isinstance(core, Binary) else "single"


def arithmetic(formula: Formula, evaluation: Evaluation) -> Arithmetic:
    """The terms and steps that make a cell of the output."""
    path = spine(formula, evaluation)
    terms = tuple(terms_of(path[-1], formula, evaluation))
    steps = named_steps(formula, path, evaluation) or plain_steps(path, evaluation)
    return Arithmetic(terms, tuple(steps), InNumbers(evaluation).text(formula))


def terms_of(core: Formula, formula: Formula, evaluation: Evaluation) -> Iterator[Term]:
    match core:
        case Reduction():
            yield from run_over(core, evaluation, "")
        case Binary("+", _, _):
            for addend in addends(core):
                yield from added_terms(addend, evaluation)
        case _:
            value, read = evaluation.reading(formula)
            if read:
                yield Term(value, read, InNumbers(evaluation).text(formula))


def added_terms(addend: Formula, evaluation: Evaluation) -> Iterator[Term]:
    """The terms of an addend: itself, or all of its own terms where it is a sum."""
    name = addend.name if isinstance(addend, Step) else ""
    inner = addend.argument if isinstance(addend, Step) else addend
    if isinstance(inner, Reduction) and inner.kind == "sum":
        yield from run_over(inner, evaluation, f"{name}: " if name else "")
        return
    value, read = evaluation.reading(addend)
    if not name and isinstance(addend, Cell):
        name = evaluation.roles[addend.tensor] if addend.tensor.kind == "weight" else addend.tensor.title
    yield Term(value, read, InNumbers(evaluation).text(addend), name)


def run_over(core: Reduction, evaluation: Evaluation, prefix: str) -> Iterator[Term]:
    for here in counting(core, evaluation):
        value, read = evaluation.reading(core.argument)
        label = prefix + ", ".join(f"{axis}={place}" for axis, place in here.items())
        yield Term(value, read, InNumbers(evaluation).text(core.argument), label)


def named_steps(formula: Formula, path: Sequence[Formula], evaluation: Evaluation) -> list[StepDone]:
    """The numbers on the way that the formula names, in the order of computing; none where it names none."""
    found = [node for node in inside_out(formula) if isinstance(node, Step)]
    if not found:
        return []
    steps = [named_step(node, evaluation) for node in found]
    if isinstance(path[-1], Reduction):
        steps.insert(0, combined(path[-1], evaluation))
    if found[-1] is not formula:
        steps.append(combined(formula, evaluation) if formula is path[-1] else plain_step(formula, path[1], evaluation))
    return steps


def named_step(node: Step, evaluation: Evaluation) -> StepDone:
    inner = node.argument
    if isinstance(inner, Binary) and inner.sign != "^":
        substance, other = sides(inner)
        if isinstance(other, Cell | Size):
            return replace(plain_step(inner, substance, evaluation), label=node.name)
    return StepDone(node.name, Symbols().text(inner), evaluation.value(node))


def inside_out(node: Formula) -> Iterator[Formula]:
    """Everything in a formula but what sums run over, each node after what it is made of."""
    match node:
        case Binary(_, left, right):
            yield from inside_out(left)
            yield from inside_out(right)
        case Function(_, argument) | Step(_, argument):
            yield from inside_out(argument)
    yield node


def plain_steps(path: Sequence[Formula], evaluation: Evaluation) -> list[StepDone]:
    """What stands around the terms, from the inside outwards."""
    core = path[-1]
    around = list(zip(path[-2::-1], path[:0:-1], strict=True))
    steps = [plain_step(node, inner, evaluation) for node, inner in around]
    if isinstance(core, Reduction | Binary) or not steps:
        steps.insert(0, combined(core, evaluation))
    return steps


def combined(core: Formula, evaluation: Evaluation) -> StepDone:
    """How the terms come together, or how a single number was found."""
    value = evaluation.value(core)
    match core:
        case Reduction("max"):
            return StepDone("largest", r"\max", value)
        case Reduction() | Binary():
            return StepDone("sum", r"\Sigma", value)
        case Cell(_, indices) if any(isinstance(index, Formula) for index in indices):
            computed = next(index for index in indices if isinstance(index, Formula))
            return StepDone("look up", rf"\text{{row }} {number(evaluation.value(computed))}", value)
    return StepDone("take", number(value), value)


def plain_step(node: Formula, inner: Formula, evaluation: Evaluation) -> StepDone:
    """What a node does to the number that comes from the part `inner`."""
    value = evaluation.value(node)
    match node:
        case Function():
            known = FUNCTIONS[node.name]
            return StepDone(known.step, known.sign, value)
        case Choice(Comparison(sign, left, right), chosen, _):
            set_left, set_right = (InNumbers(evaluation).text(part) for part in (left, right))
            relation = COMPARISONS[sign].latex if inner is chosen else COMPARISONS[sign].opposite
            condition = f"{set_left} {relation} {set_right}"
            kept = inner is chosen or not isinstance(inner, Number)
            return StepDone("keep" if kept else "mask", condition, value)
        case Binary("^", _, exponent):
            return StepDone("raise", rf"(\;)^{{{Symbols().text(exponent)}}}", value)
        case Binary(sign, left, right):
            other = left if inner is right else right
            done, operand = OPERATIONS[sign], evaluation.value(other)
            name = done.step
            if isinstance(other, Number) and other.symbol:
                name = f"{name} {SPOKEN.get(other.symbol, other.symbol)}"
            text = operand_text(other, evaluation)
            return StepDone(name, f"{done.latex} {text}", value, done.plain, operand)
    return StepDone("take", number(value), value)


def operand_text(other: Formula, evaluation: Evaluation) -> str:
    """What is added, or divided by: a tensor by its symbol, what is fixed as it is written, the rest as its number."""
    if isinstance(other, Cell):
        return other.tensor.written("")
    if isinstance(other, Number) or has_cells(other):
        text, strength = number_text(evaluation.value(other))
        return text if strength > SUM else f"({text})"
    return InNumbers(evaluation).text(other)
