"""A tensor of a graph: its name, its axes, and the facts that computing, drawing, explaining and saving it need."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["input", "weight", "activation", "statistic", "gradient"]
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
    where a checkpoint keeps them (`stored`); a gradient says of which tensor it is (`gradient_of`).
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
    gradient_of: "Tensor | None" = None

    @property
    def fixed(self) -> bool:
        """Whether it is the same size for every text: a weight, or the gradient of one."""
        return (self.gradient_of or self).kind == "weight"

    def written(self, subscript: str) -> str:
        """LaTeX of the cell with these indices: `Q_{2,3,7}`, or the derivative of the loss by it."""
        if self.gradient_of:
            return rf"\frac{{\partial \mathcal{{L}}}}{{\partial {self.gradient_of.written(subscript)}}}"
        symbol = f"{{{self.symbol}}}" if "_" in self.symbol else self.symbol
        return f"{symbol}_{{{subscript}}}" if subscript else self.symbol

    def indexed(self, at: dict[str, int] | None = None) -> str:
        """LaTeX of one cell, such as `Q_{h,t,d}`; `at` puts numbers for letters."""
        return self.written(",".join(str(at[letter]) if at and letter in at else letter for letter in self.axes))
