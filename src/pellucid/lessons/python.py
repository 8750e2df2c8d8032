"""Formulas as NumPy: what a person would write to compute an op, one to a few lines of Python.

Every tensor goes by the last part of its name: `qk = np.einsum("htd,hsd->hts", q, k) / np.sqrt(16)`. Sums of products
are matrix products or `np.einsum`; all else is computed cell by cell, arrays being stretched along the axes they lack.
"""

import builtins
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from pellucid.graph.axes import GROWING
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
    letters,
    walk,
)
from pellucid.graph.op import Op
from pellucid.graph.tensor import Tensor

LONGEST = 88
"""A line has at most so many signs, where its formula has steps with names to take out of it."""
CONDITION, SUM, PRODUCT, SIGN, ATOM = range(5)
"""How closely a text holds together."""
BINARY = {"+": (" + ", SUM), "-": (" - ", SUM), "*": (" * ", PRODUCT), "/": (" / ", PRODUCT), "^": ("**", SIGN)}
FUNCTIONS = {
    "sigmoid": "1 / (1 + np.exp(-{}))",
    "softplus": "np.logaddexp(0, {})",
    "erf": "np.vectorize(math.erf)({})",
    "floor": "np.floor({}).astype(int)",
}
"""Those that are no function of that name in NumPy."""


@dataclass(frozen=True)
class Text:
    """An expression; `axes` are those of the array that it gives."""

    code: str
    strength: int
    axes: tuple[str, ...] = ()

    def within(self, least: int) -> str:
        """The code, in parentheses where it would not hold together in its place."""
        return self.code if self.strength >= least else f"({self.code})"


def python_of(op: Op) -> tuple[str, ...]:
    """The lines that compute the op's output, from arrays without a batch axis."""
    for named in (False, True):
        lines = Writer(op, steps=named).lines()
        if max(map(len, lines)) <= LONGEST:
            break
    return lines


def program(ops: Iterable[Op]) -> tuple[str, ...]:
    """The lines of several ops; those of parts that are built alike, which are the same, stand there once."""
    return tuple(dict.fromkeys(line for op in ops for line in python_of(op)))


def names(tensors: Sequence[Tensor]) -> Mapping[Tensor, str]:
    """What each tensor is called in code: the last part of its name, or more of it where that is another's too, or
    Python's own."""
    found: dict[Tensor, str] = {}
    for tensor in tensors:
        parts = tensor.name.split(".")
        taken = {*found.values(), *dir(builtins)}
        candidates = ("_".join(parts[-count:]) for count in range(1, len(parts) + 1))
        found.setdefault(tensor, next(name for name in candidates if name not in taken and not iskeyword(name)))
    return found


class Writer:
    """`steps`: whether what has a name in the formula is a line of its own."""

    def __init__(self, op: Op, *, steps: bool) -> None:
        self.op = op
        self.steps = steps
        self.names = names([*op.operands, op.output])
        self.before: dict[str, str] = {}
        bound = [axis for node in walk(op.formula) if isinstance(node, Reduction) for axis in node.axes]
        self.order = tuple(dict.fromkeys([*op.output.axes, *bound]))

    def lines(self) -> tuple[str, ...]:
        result = self.stretched(self.text(self.op.formula), self.op.output.axes)
        return (*(f"{name} = {code}" for name, code in self.before.items()), f"{self.names[self.op.output]} = {result}")

    def text(self, node: Formula) -> Text:
        match node:
            case Number(value):
                return number(value)
            case Size(axis):
                return Text(self.length(axis), ATOM)
            case Place(letter):
                name = variable(letter)
                self.before[name] = f"np.arange({self.length(axis_of(letter))})"
                return Text(name, ATOM, (letter,))
            case Cell():
                return self.cell(node)
            case Binary("*", Number(-1), right):
                text = self.text(right)
                return Text(f"-{text.within(PRODUCT)}", SIGN, text.axes)
            case Binary("/", Reduction("sum", (axis,), argument), Size(length)) if axis == length:
                return self.reduced("mean", (axis,), argument)
            case Binary(sign, left, right):
                joint, strength = BINARY[sign]
                return self.joined(node, joint, strength, left, right)
            case Comparison(sign, left, right):
                return self.joined(node, f" {sign} ", CONDITION, left, right)
            case Function(name, argument):
                text = self.text(argument)
                form = FUNCTIONS.get(name, f"np.{name}({{}})")
                code = form.format(text.within(SIGN) if "-{}" in form else text.code)
                return Text(code, PRODUCT if form.startswith("1 /") else ATOM, text.axes)
            case Choice(condition, chosen, otherwise):
                parts = [self.text(part) for part in (condition, chosen, otherwise)]
                axes = self.union(parts)
                return Text(f"np.where({', '.join(self.stretched(part, axes) for part in parts)})", ATOM, axes)
            case Reduction(kind, axes, argument):
                return self.reduced(kind, axes, argument)
            case Step(name, argument):
                return self.step(name, argument)
        raise TypeError(f"{node} is no node of a formula")

    def length(self, axis: str) -> str:
        """How long an axis is: a number, or what an array says where it grows with the text."""
        if axis not in GROWING:
            return str(self.op.sizes[axis])
        for tensor in self.op.operands:
            if axis in tensor.axes:
                return f"{self.names[tensor]}.shape[{tensor.axes.index(axis)}]"
        return str(self.op.sizes[axis])

    def step(self, name: str, argument: Formula) -> Text:
        text = self.text(argument)
        if not self.steps or argument is self.op.formula:
            return text
        called = name.replace(" ", "_")
        self.before[called] = text.code
        return Text(called, ATOM, text.axes)

    # Cells.

    def cell(self, node: Cell) -> Text:
        """An array, indexed where it is read at computed places."""
        name = self.names[node.tensor]
        computed = [index for index in node.indices if isinstance(index, Formula)]
        if not computed:
            return Text(name, ATOM, tuple(index for index in node.indices if isinstance(index, str)))
        plain = {index for index in node.indices if isinstance(index, str)}
        if len(computed) > 1 or plain & letters(computed[0]) or len(letters(computed[0])) > 1:
            return self.gathered(node)
        place = node.indices.index(computed[0])
        inner = self.index(computed[0])
        axes = (*node.indices[:place], *inner.axes, *node.indices[place + 1 :])
        before = "" if place == 0 else "..., " if place == len(node.indices) - 1 else ":, " * place
        return Text(f"{name}[{before}{inner.code}]", ATOM, tuple(axis for axis in axes if isinstance(axis, str)))

    def gathered(self, node: Cell) -> Text:
        """Every index as an array, stretched over all letters that any of them depends on."""
        parts = [self.text(Place(index)) if isinstance(index, str) else self.index(index) for index in node.indices]
        axes = self.union(parts)
        return Text(f"{self.names[node.tensor]}[{', '.join(self.stretched(part, axes) for part in parts)}]", ATOM, axes)

    def index(self, node: Formula) -> Text:
        """Whole numbers, which what is computed only becomes in so many words."""
        text = self.text(node)
        if isinstance(node, Cell) and node.tensor.kind == "input":
            return text
        return Text(f"{text.within(ATOM)}.astype(int)", ATOM, text.axes)

    # Several at once.

    def union(self, texts: Sequence[Text]) -> tuple[str, ...]:
        there = {axis for text in texts for axis in text.axes}
        return tuple(axis for axis in self.order if axis in there)

    def joined(self, node: Formula, joint: str, strength: int, left: Formula, right: Formula) -> Text:
        parts = (self.text(left), self.text(right))
        axes = self.union(parts)
        # What stands on the right of a minus or a division, or on the left of a power, is kept together.
        least = (strength + (joint == "**"), strength + (joint not in (" + ", " * ")))
        code = joint.join(self.stretched(part, axes, needed) for part, needed in zip(parts, least, strict=True))
        return Text(code, strength, axes)

    def stretched(self, text: Text, axes: tuple[str, ...], least: int = CONDITION) -> str:
        """The code for an array with those axes, as far as NumPy does not stretch it by itself."""
        wanted = tuple(axis for axis in axes if axis in text.axes)
        if wanted != text.axes:
            text = Text(f'np.einsum("{spelled(text.axes)}->{spelled(wanted)}", {text.code})', ATOM, wanted)
        if wanted == axes[len(axes) - len(wanted) :]:
            return text.within(least)
        kept = axes[axes.index(wanted[0]) :]
        index = [":" if axis in wanted else "None" for axis in kept]
        if len(wanted) > 1 and index == sorted(index):  # only at the end is anything missing
            index = ["...", *(one for one in index if one == "None")]
        while index[-1] == ":":
            index.pop()
        return f"{text.within(ATOM)}[{', '.join(index)}]"

    def reduced(self, kind: str, axes: tuple[str, ...], argument: Formula) -> Text:
        factors = product(argument)
        if kind == "sum" and len(factors) == 2 and all(isinstance(factor, Cell) for factor in factors):
            return self.contracted([self.text(factor) for factor in factors], axes)
        text = self.text(argument)
        places = [text.axes.index(axis) for axis in axes if axis in text.axes]
        along = str(places[0] if places[0] < len(text.axes) - 1 else -1) if len(places) == 1 else str(tuple(places))
        left = tuple(axis for axis in text.axes if axis not in axes)
        return Text(f"np.{kind}({text.code}, axis={along})", ATOM, left)

    def contracted(self, factors: Sequence[Text], axes: tuple[str, ...]) -> Text:
        """A sum of products: a matrix product, or `einsum` with the letters of the axes."""
        left, right = factors
        made = tuple(axis for axis in self.union(factors) if axis not in axes)
        if left.axes[-1:] == right.axes[:1] == axes and left.axes[:-1] + right.axes[1:] == made and len(made) <= 2:
            return Text(f"{left.within(PRODUCT)} @ {right.within(SIGN)}", PRODUCT, made)
        spelling = f"{spelled(left.axes)},{spelled(right.axes)}->{spelled(made)}"
        return Text(f'np.einsum("{spelling}", {left.code}, {right.code})', ATOM, made)


def product(node: Formula) -> tuple[Formula, ...]:
    """The factors of a product."""
    return (*product(node.left), *product(node.right)) if isinstance(node, Binary) and node.sign == "*" else (node,)


def number(value: float) -> Text:
    if math.isinf(value):
        return Text("-np.inf" if value < 0 else "np.inf", SIGN if value < 0 else ATOM)
    code = str(int(value)) if float(value).is_integer() else f"{value:.8g}"
    return Text(code, SIGN if value < 0 else ATOM)


def variable(letter: str) -> str:
    """A Python name for the places along an axis."""
    return letter.replace("'", "_")


def spelled(axes: Sequence[str]) -> str:
    """Letters for `einsum`; a second one along an axis in upper case."""
    return "".join(axis_of(axis).upper() if "'" in axis else axis for axis in axes)
