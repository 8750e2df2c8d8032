"""Derivatives: the gradient of each operand of a formula is a formula again.

This is reverse differentiation over the nodes (Linnainmaa 1970): the gradient of the output comes in at the root; each
node hands its parts their shares; what arrives at a cell of an operand, added up over every place from which that cell
is read, is the operand's gradient. A value on the way that equals the output is written as the output's own cell, so
that a softmax's gradient speaks of its proportions and a deviation's of the deviation.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pellucid.graph.axes import TWINS
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
    cell,
    choose,
    equal,
    factors_of,
    has_cells,
    letters,
    log,
    multiplied,
    primed,
    rebuilt,
    renamed,
    total,
    walk,
    without_steps,
)
from pellucid.graph.functions import FUNCTIONS
from pellucid.graph.tensor import Tensor


@dataclass(frozen=True)
class Arrival:
    """The share that arrives at one cell of an operand, and the letters over which there are copies of it."""

    cell: Cell
    share: Formula
    scope: tuple[str, ...]


def derivatives(formula: Formula, output: Tensor, gradient: Formula) -> Iterator[tuple[Tensor, Formula]]:
    """For each operand whose numbers the output depends on smoothly: its gradient, with the operand's own letters.

    `gradient` is the output's gradient, with the output's letters. An operand that is read in several places comes as
    often; its gradient is the sum. Raises ValueError where a formula cannot be differentiated.
    """
    root = without_steps(formula)
    found: list[Arrival] = []
    collect(root, gradient, output.axes, found, Whole(root, cell(output)))
    for arrival in found:
        tensor = arrival.cell.tensor
        yield tensor, told_apart(gathered(arrival), frozenset(tensor.axes))


@dataclass(frozen=True)
class Whole:
    """The whole formula, and the output's cell, which has its value."""

    formula: Formula
    output: Cell

    def value(self, node: Formula) -> Formula:
        """The node, or the output's cell where the node is the whole formula."""
        return self.output if node == self.formula else node

    def spoken(self, node: Formula) -> Formula:
        """The same for each node inside, and for factors of a product that together are the whole formula."""
        if node == self.formula:
            return self.output
        mine, factors = factors_of(self.formula), factors_of(node)
        if len(mine) > 1 and all(factors.count(one) >= mine.count(one) for one in mine):
            for one in mine:
                factors.remove(one)
            node = multiplied([*factors, (self.output, False)])
        return rebuilt(node, self.spoken)


def collect(node: Formula, share: Formula, scope: tuple[str, ...], found: list[Arrival], whole: Whole) -> None:
    """Hand the share of a node on to its parts, down to the cells."""

    def hand(part: Formula, its_share: Formula, more: tuple[str, ...] = ()) -> None:
        collect(part, its_share, scope + more, found, whole)

    value = whole.value(node)
    match node:
        case Cell():
            found.append(Arrival(node, simplified(whole.spoken(guarded(share))), scope))
        case Binary("+", left, right):
            hand(left, share)
            hand(right, share)
        case Binary("-", left, right):
            hand(left, share)
            hand(right, -share)
        case Binary("*", left, right):
            hand(left, share * right)
            hand(right, share * left)
        case Binary("/", left, right):
            hand(left, share / right)
            hand(right, -share * value / right)
        case Binary("^", base, Number(exponent)):
            hand(base, share * exponent if exponent == 1 else share * exponent * raised(base, exponent - 1))
        case Binary("^", Number(base), exponent):
            hand(exponent, share * value * log(Number(base)))
        case Function(name, argument) if slope := FUNCTIONS[name].slope:
            hand(argument, share * slope(argument, value))
        case Choice(condition, chosen, otherwise):
            hand(chosen, choose(condition, share, 0))
            hand(otherwise, choose(condition, 0, share))
        case Reduction("sum", axes, argument):
            hand(argument, share, axes)
        case Reduction("max", axes, argument):
            among = equal(argument, value)
            hand(argument, share * among / total(among, *axes), axes)
        case Step(_, argument):
            hand(argument, share)
        case Binary() if has_cells(node):
            raise ValueError(f"only powers with a constant base or exponent can be differentiated, not {node}")


def guarded(share: Formula) -> Formula:
    """The share with factors that may be infinite inside of the choice that leads to them: where it does not, they
    count for nothing, and 0 · ∞ would be no number."""
    factors = factors_of(share)
    for choice in factors:
        match choice:
            case (Choice(condition, chosen, otherwise), False) if Number(0) in (chosen, otherwise):
                others = [one for one in factors if one is not choice]
                wild = [one for one in others if not isinstance(one[0], CONSTANT if one[1] else FINITE)]
                inside = (
                    part if part == Number(0) else guarded(multiplied([(part, False), *wild]))
                    for part in (chosen, otherwise)
                )
                return multiplied([(choose(condition, *inside), False), *(one for one in others if one not in wild)])
    return share


CONSTANT = Number | Size
FINITE = CONSTANT | Place | Cell | Comparison | Choice
"""Nodes that are finite as long as the operands are; in a denominator only constants are safe."""


def raised(base: Formula, exponent: float) -> Formula:
    return base if exponent == 1 else base**exponent


def powers(above: list[Formula], below: list[Formula]) -> tuple[list[Formula], list[Formula]]:
    """The factors of a fraction, with equal bases merged: x · y · x² / y becomes x³."""
    found: dict[Formula, float] = {}
    for sign, factors in ((1, above), (-1, below)):
        for factor in factors:
            match factor:
                case Binary("^", base, Number(exponent, "")):
                    found[base] = found.get(base, 0) + sign * exponent
                case _:
                    found[factor] = found.get(factor, 0) + sign
    return (
        [raised(base, exponent) for base, exponent in found.items() if exponent > 0],
        [raised(base, -exponent) for base, exponent in found.items() if exponent < 0],
    )


def gathered(arrival: Arrival) -> Formula:
    """The sum of the shares from all places that read one cell, in the letters of that cell's tensor."""
    tensor, share = arrival.cell.tensor, arrival.share
    own: dict[str, str] = {}
    conditions: list[tuple[str, Formula]] = []
    for axis, index in zip(tensor.axes, arrival.cell.indices, strict=True):
        if isinstance(index, str) and index not in own:
            own[index] = axis
        else:
            conditions.append((axis, Place(index) if isinstance(index, str) else index))
    added = [letter for letter in arrival.scope if letter not in own and letter != "b"]
    names = dict(own)
    for letter in added:
        names[letter] = letter if letter not in tensor.axes else fresh(letter, {*tensor.axes, *names.values(), *added})
    share = renamed(share, names)
    for axis, index in conditions:
        share = share * equal(renamed(index, names), Place(axis))
    over = [names[letter] for letter in added]
    if tensor.kind == "weight":
        over.insert(0, "b")
    return added_up(simplified(share), over)


def fresh(letter: str, taken: set[str]) -> str:
    """Another letter for a second index along the same axis."""
    twin = TWINS.get(letter, letter + "'")
    return twin if twin not in taken else primed(letter + "'", taken)


def told_apart(node: Formula, taken: frozenset[str]) -> Formula:
    """The formula with other letters for those that a sum or maximum inside runs over and that are taken outside: one
    letter with two meanings is right, and misread."""
    if not isinstance(node, Reduction):
        return rebuilt(node, lambda part: told_apart(part, taken))
    names: dict[str, str] = {}
    for letter in node.axes:
        around = {*taken, *letters(node), *node.axes, *names.values()}
        names[letter] = fresh(letter, around) if letter in taken and letter != "b" else letter
    argument = told_apart(renamed(node.argument, names), taken | {*names.values()})
    return Reduction(node.kind, tuple(names.values()), argument)


def added_up(share: Formula, over: list[str]) -> Formula:
    """The sum; factors that are the same for all terms stand before it."""
    if not over:
        return share
    factors = factors_of(share)
    varying = [one for one in factors if letters(one[0]) & set(over) or ("b" in over and depends_on_text(one[0]))]
    steady = [one for one in factors if one not in varying]
    if not varying or {*over} - {"b"} - letters(multiplied(varying)):
        return total(share, *over)
    summed = total(multiplied(varying), *over)
    return simplified(multiplied([*steady[:1], (summed, False), *steady[1:]]) if steady else summed)


def depends_on_text(node: Formula) -> bool:
    """Whether its value can differ between the texts of a batch."""
    return any(isinstance(part, Cell) and part.tensor.kind != "weight" for part in walk(node))


def simplified(node: Formula) -> Formula:
    """Products and fractions with one number in front; nothing is multiplied by 1, added to 0 or taken times 0."""
    match node:
        case Binary("*" | "/", _, _):
            number, above, below = 1.0, list[Formula](), list[Formula]()
            for factor, inverse in factors_of(node):
                plain = simplified(factor)
                for one, turned in factors_of(plain, inverse):
                    if isinstance(one, Number) and not one.symbol and not (turned and one.value == 0):
                        number = number / one.value if turned else number * one.value
                    else:
                        (below if turned else above).append(one)
            if number == 0:
                return Number(0)
            # Constants stand first; what a truth value or a sum multiplies is read before it.
            above, below = (
                sorted(side, key=lambda one: isinstance(one, Comparison | Reduction) - isinstance(one, CONSTANT))
                for side in powers(above, below)
            )
            product = multiplied([*((one, False) for one in above), *((one, True) for one in below)])
            if not above and not below:
                return Number(number)
            size = abs(number)
            if size != 1:
                product = product / (1 / size) if 1 / size == round(1 / size) else Number(size) * product
            return product if number > 0 else -product
        case Binary("+", left, right):
            left, right = simplified(left), simplified(right)
            if left == Number(0):
                return right
            return left if right == Number(0) else Binary("+", left, right)
        case Choice(condition, chosen, otherwise):
            chosen, otherwise = simplified(chosen), simplified(otherwise)
            if chosen == otherwise == Number(0):
                return Number(0)
            match chosen, otherwise:
                case Binary("*", Number(number, ""), rest), Number(0):
                    return simplified(Number(number) * Choice(condition, rest, otherwise))
            return Choice(condition, chosen, otherwise)
        case Cell():
            return node
    return rebuilt(node, simplified)
