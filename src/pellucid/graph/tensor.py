"""A tensor of a graph: its name, its axes, and the facts that computing, drawing, explaining and saving it need."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["input", "weight", "activation", "statistic"]
Initial = Literal["normal", "residual", "zeros", "ones"]
Role = Literal["tokens", "positions", "targets"]
"""What an input holds."""


@dataclass(frozen=True)
class Stored:
    """Where a weight lies in a checkpoint: `part` (which of how many, side by side in the last dimension) of the array
    `key`, whose dimensions are the axes in `layout`, merged where no bar stands between them. `"c | h d"` is a matrix
    with a row per channel and the heads' channels in its columns."""

    key: str
    layout: tuple[tuple[str, ...], ...]
    part: tuple[int, int] = (0, 1)

    @staticmethod
    def at(key: str, layout: str, part: tuple[int, int] = (0, 1)) -> "Stored":
        return Stored(key, tuple(tuple(dimension.split()) for dimension in layout.split("|")), part)


@dataclass(frozen=True, eq=False)
class Tensor:
    """A named array with named axes.

    `title` is a reader's words for it, `symbol` its LaTeX, `group` the dotted path of the part of the architecture it
    belongs to, `residual` whether it is a state of the residual stream. Weights say how they start (`initial`) and
    where a checkpoint keeps them (`stored`).
    """

    name: str
    axes: tuple[str, ...]
    kind: Kind
    title: str
    symbol: str
    group: str
    residual: bool = False
    initial: Initial = "normal"
    stored: Stored | None = None

    def indexed(self, at: dict[str, int] | None = None, **renamed: str) -> str:
        """LaTeX of one cell, such as `Q_{h,t,d}`; `at` puts numbers for letters, `renamed` other letters (`t="s"`)."""
        letters = [renamed.get(axis, axis) for axis in self.axes]
        subscript = ",".join(str(at[letter]) if at and letter in at else letter for letter in letters)
        return f"{self.symbol}_{{{subscript}}}" if subscript else self.symbol
