"""Setting formulas as LaTeX: with letters, with some of the letters as numbers, or with symbols alone."""

from collections.abc import Iterable, Mapping, Sequence

from pellucid.graph.axes import GROWING
from pellucid.graph.formula import (
    Binary,
    Cell,
    Choice,
    Comparison,
    Formula,
    Function,
    FunctionName,
    Number,
    Place,
    Reduction,
    Size,
    Step,
)
from pellucid.graph.functions import COMPARISONS, FUNCTIONS
from pellucid.words.numbers import number

SUM, PRODUCT, ATOM = range(3)
"""How closely a text holds together: a sum or something with a minus sign in front, a product, a whole."""

Text = tuple[str, int]
Case = tuple[Formula, tuple[Formula, ...]]
"""What is chosen, and the conditions under which it is."""


def number_text(value: float) -> Text:
    text = number(value)
    return text, SUM if text.startswith("-") else PRODUCT if "times" in text else ATOM


def bracketed(text: str) -> str:
    return rf"\left({text}\right)"


class Typesetter:
    """Sets a formula with letters; `at` puts numbers for some of them."""

    times = r"\,"
    """What stands between factors."""

    def __init__(self, at: Mapping[str, int] | None = None, sizes: Mapping[str, int] | None = None) -> None:
        """`sizes` are written as numbers, but for axes as long as the text at hand."""
        self.at = dict(at or {})
        self.sizes = {axis: size for axis, size in (sizes or {}).items() if axis not in GROWING}

    def text(self, node: Formula, least: int = SUM) -> str:
        """The LaTeX, in parentheses where it would not hold together in its place."""
        text, strength = self.set(node)
        return text if strength >= least else bracketed(text)

    def set(self, node: Formula) -> Text:
        match node:
            case Number(value, symbol):
                return self.number(value, symbol)
            case Size():
                return self.size(node)
            case Place(axis):
                return self.letter(axis), ATOM
            case Cell():
                return self.cell(node), ATOM
            case Binary():
                return self.binary(node)
            case Function(name, argument):
                return self.function(name, argument)
            case Comparison():
                return rf"\left[{self.comparison(node)}\right]", ATOM
            case Choice():
                return self.choice(node)
            case Reduction():
                return self.reduction(node)
            case Step():
                return self.step(node)
        raise TypeError(f"{node} is no node of a formula")

    # Numbers, letters and cells.

    def number(self, value: float, symbol: str) -> Text:
        return (symbol, ATOM) if symbol else number_text(value)

    def size(self, node: Size) -> Text:
        return str(self.sizes.get(node.axis, rf"\lvert {node.axis} \rvert")), ATOM

    def letter(self, letter: str) -> str:
        return str(self.at.get(letter, letter))

    def cell(self, node: Cell) -> str:
        computed = any(isinstance(index, Formula) for index in node.indices)
        indices = [self.letter(index) if isinstance(index, str) else self.text(index) for index in node.indices]
        return node.tensor.written((r",\," if computed else ",").join(indices))

    # Arithmetic.

    def binary(self, node: Binary) -> Text:
        match node:
            case Binary("*", Number(-1), right):
                return f"-{self.text(right, PRODUCT)}", SUM
            case Binary("+", left, right):
                taken_away = without_minus(right)
                if taken_away is not None:
                    return self.binary(Binary("-", left, taken_away))
                text = self.text(right)
                return f"{self.text(left)} + {bracketed(text) if text.startswith('-') else text}", SUM
            case Binary("-", left, right):
                return f"{self.text(left)} - {self.text(right, PRODUCT)}", SUM
            case Binary("*", left, right):
                return f"{self.text(left, PRODUCT)}{self.times}{self.text(right, PRODUCT)}", PRODUCT
            case Binary("/", left, right):
                return self.fraction(left, right)
            case Binary("^", base, exponent):
                return f"{self.text(base, ATOM)}^{{{self.text(exponent)}}}", PRODUCT
        raise TypeError(node.sign)

    def fraction(self, above: Formula, below: Formula) -> Text:
        positive = without_minus(above)
        if positive is not None:
            return f"-{self.fraction(positive, below)[0]}", SUM
        if isinstance(above, Reduction) and above.kind == "sum":
            return rf"\frac{{1}}{{{self.text(below)}}}{self.text(above, PRODUCT)}", PRODUCT
        return rf"\frac{{{self.text(above)}}}{{{self.text(below)}}}", ATOM

    def function(self, name: FunctionName, argument: Formula) -> Text:
        form = FUNCTIONS[name].latex
        if "%s" in form:
            return form % self.text(argument), ATOM
        text = self.text(argument, ATOM) if isinstance(argument, Cell) else bracketed(self.text(argument))
        return f"{form} {text}", PRODUCT

    def comparison(self, node: Comparison) -> str:
        return f"{self.text(node.left)} {COMPARISONS[node.sign].latex} {self.text(node.right)}"

    def condition(self, node: Formula) -> str:
        return self.comparison(node) if isinstance(node, Comparison) else self.text(node)

    def choice(self, node: Choice) -> Text:
        rows = cases(node)
        if len(rows) == 2 and node.otherwise == Number(0):
            chosen, conditions = rows[0]
            return rf"\left[{self.all_of(conditions)}\right]{self.times}{self.text(chosen, PRODUCT)}", PRODUCT
        lines = (
            f"{self.text(value)} & {self.all_of(conditions) or self.remaining(rows)}" for value, conditions in rows
        )
        return r"\begin{cases} " + r" \\ ".join(lines) + r" \end{cases}", ATOM

    def all_of(self, conditions: Iterable[Formula]) -> str:
        return r",\, ".join(map(self.condition, conditions))

    def remaining(self, rows: Sequence[Case]) -> str:
        """When none of the conditions holds."""
        match rows:
            case [(_, (Comparison("<=", left, right),)), _]:
                return f"{self.text(left)} > {self.text(right)}"
        return r"\text{otherwise}"

    def reduction(self, node: Reduction) -> Text:
        letters = ",".join(axis for axis in node.axes if axis != "b")
        if not letters:
            return self.set(node.argument)  # of a batch, of which one text is shown
        sign = r"\sum" if node.kind == "sum" else r"\max"
        return rf"{sign}_{{{letters}}} {self.text(node.argument, PRODUCT)}", PRODUCT

    def step(self, node: Step) -> Text:
        return self.set(node.argument)


class Symbols(Typesetter):
    """Sets what a step does, in few signs: tensors without indices, and what has a name by that name."""

    def cell(self, node: Cell) -> str:
        return node.tensor.written("")

    def step(self, node: Step) -> Text:
        return rf"\text{{{node.name}}}", ATOM


def cases(node: Choice, holding: tuple[Formula, ...] = ()) -> list[Case]:
    """Choices within choices as one list, of which the first whose conditions all hold counts; the last has none."""
    rows: list[Case] = []
    for value, conditions in ((node.chosen, (*holding, node.condition)), (node.otherwise, holding)):
        rows += cases(value, conditions) if isinstance(value, Choice) else [(value, conditions)]
    # What is the same in the end needs no condition more.
    return [row for row, following in zip(rows, [*rows[1:], None], strict=True) if not is_said_again(row, following)]


def is_said_again(row: Case, following: Case | None) -> bool:
    """Whether the next row gives the same under fewer of the conditions."""
    return following is not None and row[0] == following[0] and row[1][: len(following[1])] == following[1]


def without_minus(node: Formula) -> Formula | None:
    """What a formula with a minus sign in front is the negative of."""
    match node:
        case Step(_, argument):
            return without_minus(argument)
        case Binary("*", Number(-1), positive):
            return positive
        case Binary("/", above, below) if (negated := without_minus(above)) is not None:
            return Binary("/", negated, below)
    return None
