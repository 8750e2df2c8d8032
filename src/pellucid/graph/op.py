"""What every op states about itself: how it computes, its gradient, the cells it reads, its arithmetic and formula."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pellucid.graph.tensor import Tensor

Array = Any
"""An array of whichever namespace computes: numpy.ndarray, or jax.Array under a trace."""

Namespace = Any
"""An array namespace such as numpy or jax.numpy."""

Index = tuple[int, ...]
Region = tuple[tuple[int, int], ...]
"""The half-open range of indices read along each axis of an operand."""


@dataclass(frozen=True)
class Cell:
    """One number of an operand."""

    role: str
    tensor: Tensor
    index: Index
    value: float


@dataclass(frozen=True)
class Term:
    """One addend (or candidate, where the op takes a maximum), the cells it is made of, and its LaTeX in numbers."""

    value: float
    cells: tuple[Cell, ...]
    latex: str
    label: str = ""


@dataclass(frozen=True)
class Step:
    """What happens to the combined terms, in order; the last step's value is the cell's."""

    label: str
    latex: str
    value: float


@dataclass(frozen=True)
class Arithmetic:
    """How one cell comes about, in float64 from float32 operands. `substituted` is the right-hand side in numbers."""

    terms: tuple[Term, ...]
    steps: tuple[Step, ...]
    substituted: str

    @property
    def value(self) -> float:
        return self.steps[-1].value


class Op:
    """A node of the graph: operands in, one tensor out.

    Subclasses set `kind`, `title` and `roles` (the operands' names, in order). Arrays have the axes of their tensors,
    in order; a batch puts `b` in front of every array that is not a weight.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]
    combine: ClassVar[Literal["sum", "max", "single"]] = "sum"
    """How the terms of a cell come together before the steps."""
    looked_back_at: ClassVar[tuple[int, ...]] = ()
    """Which operands are read at earlier positions (`s`): generation keeps those instead of computing them again."""
    read_along: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """By role, the operand's axes that follow another axis of the output: keys stand at `t` but are read along `s`."""
    output: Tensor

    def __init__(self, *operands: Tensor) -> None:
        self.operands = operands
        self.operand_names = tuple(operand.name for operand in operands)

    def bind(self, output: Tensor, sizes: Mapping[str, int]) -> None:
        """Learn the output tensor and the axis sizes at full context; called once, by the graph."""
        self.output = output
        self.name = output.name
        self.sizes = sizes

    @property
    def inputs(self) -> dict[str, Tensor]:
        return dict(zip(self.roles, self.operands, strict=False))

    def compute(self, xp: Namespace, *operands: Array) -> Array:
        """The output array, computed with the array namespace `xp`."""
        raise NotImplementedError

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array) -> tuple[Array | None, ...]:
        """The vector-Jacobian product (NumPy): the gradient with respect to each operand, None for whole numbers."""
        raise NotImplementedError

    def reads(self, index: Index, operands: Sequence[Array]) -> tuple[Region, ...]:
        """The region of each operand that the cell `index` of the output depends on."""
        at = self.at(index)
        return tuple(
            tuple(
                (at[letter], at[letter] + 1) if letter in at else (0, length)
                for letter, length in zip(self.letters(place), operand.shape, strict=True)
            )
            for place, operand in enumerate(operands)
        )

    def arithmetic(self, index: Index, operands: Sequence[Array]) -> Arithmetic:
        """The terms and steps that make the cell `index` of the output."""
        raise NotImplementedError

    def formula(self, at: dict[str, int] | None = None) -> str:
        """LaTeX of the rule for one cell, with axis letters, or with numbers for the letters in `at`."""
        raise NotImplementedError

    def flops(self, sizes: Mapping[str, int]) -> int:
        """Floating-point operations for the whole output; a product with its addition counts two, a function one."""
        raise NotImplementedError

    def letters(self, place: int) -> tuple[str, ...]:
        """For each axis of an operand, the letter that says where it is read.

        An axis of the output means at the output's own index; another axis is read whole, in step with operands of the
        same letter; `@role` is the number in that operand's cell.
        """
        follow = self.read_along.get(self.roles[place], {})
        return tuple(follow.get(axis, axis) for axis in self.operands[place].axes)

    # What the subclasses share in describing cells.

    def at(self, index: Index) -> dict[str, int]:
        return dict(zip(self.output.axes, index, strict=True))

    def cell(self, operand: int, index: Index, operands: Sequence[Array]) -> Cell:
        return Cell(self.roles[operand], self.operands[operand], index, float(operands[operand][index]))

    def count(self, tensor: Tensor, sizes: Mapping[str, int]) -> int:
        return math.prod(sizes[axis] for axis in tensor.axes)


def number(value: float) -> str:
    """A number as LaTeX with four significant digits; infinities as the sign they are."""
    if math.isinf(value):
        return r"-\infty" if value < 0 else r"\infty"
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.3e}".split("e")
        return rf"{mantissa}\times 10^{{{int(exponent)}}}"
    text = f"{value:.4g}"
    return f"{value:.0f}" if "e" in text else text


def signed(value: float) -> str:
    """The same, in parentheses where a minus sign would stand inside a product or sum."""
    return f"({number(value)})" if value < 0 else number(value)


def spelled_out(terms: Sequence[Term], most: int = 4) -> str:
    """A sum of the terms' LaTeX: all of them where they are few, else the first ones, dots, and the last."""
    shown = [term.latex for term in terms]
    if len(shown) > most:
        shown = [*shown[: most - 1], r"\cdots", shown[-1]]
    return " + ".join(shown)
