"""The small language of live values: reading it, and refusing whatever it does not mean.

    probs[answer, A]                      one cell: an index per axis, in axis order
    blocks.0.attn.q[h=2, t=3, d=7]        the same by axis letters
    max(blocks.0.attn.pattern[0, last])   axes without an index are read whole: here one row
    sum(embed[t=0..2])                    a range, both ends in it
    count(tokens == A)                    how many A's
    where(tokens == A)                    1 for each A, 0 for each other letter
    (probs[answer, A] - 0.5) / 2          arithmetic
    letter(argmax(...)), exp(...)         the functions of expression.py

Conditions may add `and`, `or`, `not` and comparisons.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from pellucid.graph import PellucidError
from pellucid.lessons.expression import (
    CELLWISE,
    COMPARISONS,
    REDUCING,
    Arithmetic,
    Cellwise,
    Comparison,
    Constant,
    Letter,
    LetterOf,
    LikeliestLetter,
    LiveCells,
    Logic,
    Node,
    NumberFact,
    Place,
    Position,
    Reduced,
    Where,
    outside,
)
from pellucid.lessons.facts import FACTS, SIZE
from pellucid.lessons.problems import Mistake, choices
from pellucid.lessons.subject import Subject, check_axis, find, find_tensor
from pellucid.run.cells import Cells

LONGEST = 400
DEEPEST = 30
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,15}(?:\.\d{1,15})?)|(?P<name>[A-Za-z_]\w*(?:\.\w+)*)|'(?P<quoted>[^']*)'"
    r"|(?P<sign>\.\.|[=!<>]=|[-+*/()\[\],=<>]))",
    re.ASCII,
)
POSITIONS = {"last": Position("last"), "answer": Position("answer")}
POSITION: Mapping[tuple[str, ...], tuple[str, ...]] = {("s",): ("t",)}
"""A row along the positions looked at goes with one along the positions: `pattern[0, last] * where(tokens == A)`."""
FUNCTIONS = [*REDUCING, *CELLWISE, "where", "letter"]


@dataclass(frozen=True)
class Scope:
    """What expressions of one step may speak of. `bases` are the parts in focus, for short names."""

    subject: Subject
    bases: tuple[str, ...] = ()
    generated: int = 0

    @property
    def last(self) -> int:
        return self.answer + self.generated

    @property
    def answer(self) -> int:
        return (self.subject.length or 1) - 1

    @property
    def letters(self) -> tuple[str, ...]:
        return self.subject.letters

    @property
    def values(self) -> Mapping[str, np.ndarray]:
        raise AssertionError("a steady expression reads no cells")

    @property
    def on_page(self) -> bool:
        raise AssertionError("a steady expression does not ask where it stands")

    def fact(self, name: str) -> float:
        raise AssertionError("a steady expression asks for no fact")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int


def tokens(text: str) -> Iterator[Token]:
    end = len(text.rstrip())
    position = 0
    while position < end:
        match = TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            wrong = text[position:].lstrip()[0]
            wide = unicodedata.east_asian_width(wrong) in "FW"
            raise Mistake(f"'{wrong}' means nothing here: " + ("write it half-width." if wide else explain_signs()))
        yield Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        position = match.end()
    yield Token("end", "", end)


def before(token: Token) -> str:
    return "at the end" if token.kind == "end" else f"before '{token.text}'"


def explain_signs() -> str:
    return "an expression is made of names, numbers, [ ] ( ) , .. = + - * / and comparisons."


def parse_expression(text: str, scope: Scope) -> Node:
    """The meaning of a whole expression. Raises Mistake."""
    parser = Parser(text, scope)
    node = parser.condition()
    parser.finish()
    return node


def parse_cells(text: str, scope: Scope) -> LiveCells:
    """Cells of one tensor, such as `blocks.0.attn.q[h=2,t=3]`, or all of it. Raises Mistake."""
    node = parse_expression(text, scope)
    if not isinstance(node, LiveCells):
        raise Mistake(f"'{text}' is no cell of a tensor: write it as in probs[t=5, v=0].")
    return node


def parse_place(text: str, axis: str, scope: Scope) -> Place:
    """An index or a range along that axis. Raises Mistake."""
    parser = Parser(text, scope)
    place = parser.place(axis)
    parser.finish()
    return place


def checked_cells(tensor_name: str, places: dict[str, Place], scope: Scope) -> LiveCells:
    """Those cells of the tensor, as far as can be told now sure to exist. Raises Mistake."""
    tensor = find_tensor(scope.subject.graph, tensor_name, scope.bases)
    for axis, place in places.items():
        check_axis(scope.subject.graph, axis)
        if axis not in tensor.axes:
            raise Mistake(f"{tensor.name} has no axis {axis}: its axes are {' '.join(tensor.axes) or 'none'}.")
        extent = scope.subject.extent(tensor, axis, scope.generated)
        if extent is not None and place.steady:
            first, end = steady_span(place, scope)
            if not 0 <= first < end <= extent:
                raise Mistake(outside(tensor.name, axis, place, first, end, extent))
    return LiveCells.of(tensor, places)


def steady_span(place: Place, scope: Scope) -> tuple[int, int]:
    try:
        return place.span(scope, [])
    except PellucidError as error:
        raise Mistake(error.message) from None


def steady_cells(cells: LiveCells, scope: Scope) -> Cells:
    """Cells all of whose places are steady."""
    spans = {axis: place.span(scope, []) for axis, place in cells.places.items()}
    return Cells(cells.tensor, cells.order, tuple(spans.get(axis) for axis in cells.order))


class Parser:
    """Recursive descent, one method per level of binding strength."""

    def __init__(self, text: str, scope: Scope) -> None:
        if len(text) > LONGEST:
            raise Mistake(f"an expression has at most {LONGEST} signs: take it apart.")
        self.text = text
        self.scope = scope
        self.tokens = list(tokens(text))
        self.next = 0
        self.depth = 0

    # Tokens.

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def sees(self, *texts: str) -> bool:
        return self.token.kind in ("sign", "name") and self.token.text in texts

    def take(self) -> Token:
        self.next += 1
        return self.tokens[self.next - 1]

    def expect(self, sign: str) -> None:
        if not self.sees(sign):
            raise Mistake(f"in '{self.text.strip()}' a '{sign}' is missing {before(self.token)}.")
        self.take()

    def finish(self) -> None:
        if self.token.kind != "end":
            raise Mistake(f"'{self.token.text}' is one too many in '{self.text.strip()}'.")

    # Levels.

    def condition(self) -> Node:
        node = self.conjunction()
        while self.sees("or"):
            self.take()
            node = Logic("or", self.truth(node, "or"), self.truth(self.conjunction(), "or"))
        return node

    def conjunction(self) -> Node:
        node = self.negation()
        while self.sees("and"):
            self.take()
            node = Logic("and", self.truth(node, "and"), self.truth(self.negation(), "and"))
        return node

    def negation(self) -> Node:
        if not self.sees("not"):
            return self.comparison()
        self.take()
        return Logic("not", self.truth(self.negation(), "not"))

    def comparison(self) -> Node:
        left = self.sum()
        if not self.sees(*COMPARISONS):
            return left
        sign = self.take().text
        right = self.sum()
        if left.kind == right.kind == "text" and sign in ("==", "!="):
            return Comparison(sign, left, right)
        return Comparison(sign, *self.fitting(self.numbered(left), self.numbered(right), sign))

    def sum(self) -> Node:
        node = self.product()
        while self.sees("+", "-"):
            sign = self.take().text
            node = Arithmetic(sign, *self.fitting(node, self.product(), sign))
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.sees("*", "/"):
            sign = self.take().text
            node = Arithmetic(sign, *self.fitting(node, self.signed(), sign))
        return node

    def signed(self) -> Node:
        if not self.sees("-"):
            return self.atom()
        self.take()
        return Arithmetic("-", *self.fitting(Constant(0), self.atom(), "-"))

    def atom(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Mistake(f"brackets nest at most {DEEPEST} deep: take the expression apart.")
        node = self.simple()
        self.depth -= 1
        return node

    def simple(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return Constant(float(token.text) if "." in token.text else int(token.text))
        if token.kind == "quoted":
            return self.letter(token.text)
        if token.kind == "name":
            return self.named(token.text)
        if token.text == "(":
            node = self.condition()
            self.expect(")")
            return node
        raise Mistake(f"in '{self.text.strip()}' something is missing {before(token)}.")

    # Names.

    def named(self, name: str) -> Node:
        if self.sees("("):
            return self.call(name)
        if self.sees("["):
            return self.indexed(name)
        if name in FACTS:
            return FACTS[name].kind(name)
        if name in POSITIONS:
            return POSITIONS[name]
        if name.startswith(SIZE):
            axis = name.removeprefix(SIZE)
            check_axis(self.scope.subject.graph, axis)
            return NumberFact(name)
        if name in self.scope.letters and not is_tensor(name, self.scope):
            return Letter(name)
        if get_close_matches(name, FACTS, n=1, cutoff=0.75) and not is_tensor(name, self.scope):
            raise Mistake(f"nothing is named '{name}' here: {choices(name, FACTS)}")
        if len(name) == 1 and not is_tensor(name, self.scope):
            letters = " ".join(self.scope.letters) or "none"
            raise Mistake(
                f"nothing is named '{name}' here, no tensor and no letter: this model's letters are {letters}."
            )
        return checked_cells(name, {}, self.scope)

    def letter(self, text: str) -> Letter:
        if text not in self.scope.letters:
            raise Mistake(
                f"'{text}' is no letter of the model: its letters are {' '.join(self.scope.letters) or 'none'}."
            )
        return Letter(text)

    def call(self, name: str) -> Node:
        if name not in FUNCTIONS:
            raise Mistake(f"there is no function '{name}': {choices(name, FUNCTIONS)}")
        self.expect("(")
        argument = self.condition()
        self.expect(")")
        if name == "letter":
            return LetterOf(self.numbers(argument, name, single=True))
        if name in CELLWISE:
            return Cellwise(name, self.numbers(argument, name))
        if name in ("count", "where") and argument.kind != "truth":
            raise Mistake(f"{name}() asks where a comparison holds: write it as in {name}(tokens == A).")
        if name == "where":
            return Where(argument)
        if not argument.axes:
            raise Mistake(f"{name}() needs several numbers, such as the row {name}(probs[answer]), and this is one.")
        if name == "argmax" and len(argument.axes) > 1:
            raise Mistake(f"argmax() needs one row, but this has the axes {' '.join(argument.axes)}: fix all but one.")
        if name == "argmax" and argument.axes == ("v",) and self.scope.letters:
            return LikeliestLetter(self.numbers(argument, name))
        return Reduced(name, argument if name == "count" else self.numbers(argument, name))

    def indexed(self, name: str) -> LiveCells:
        """`name[...]`, with an index per axis in order, or by axis letters."""
        tensor = find_tensor(self.scope.subject.graph, name, self.scope.bases)
        self.expect("[")
        places: dict[str, Place] = {}
        while not self.sees("]"):
            named = self.token.kind == "name" and self.tokens[self.next + 1].text == "="
            if named:
                axis = self.take().text
                self.take()
            elif len(places) < len(tensor.axes):
                axis = tensor.axes[len(places)]
            else:
                raise Mistake(
                    f"{tensor.name} has only the axes {' '.join(tensor.axes) or '(none)'}: give fewer indices."
                )
            if axis in places:
                raise Mistake(f"the axis {axis} of {tensor.name} is given twice.")
            places[axis] = self.place(axis)
            if not self.sees("]"):
                ends = self.token.kind == "end" or self.sees(")", *COMPARISONS)
                self.expect("]" if ends else ",")
        self.take()
        return checked_cells(name, places, self.scope)

    def place(self, axis: str) -> Place:
        start = self.token.start
        first = self.index(axis)
        end = None
        if self.sees(".."):
            self.take()
            end = self.index(axis)
        source = self.text[start : self.token.start].strip()
        return Place(int(source) if source.isdecimal() else source, first, end)

    def index(self, axis: str) -> Node:
        """A number; along the vocabulary also a letter, which comes before everything else of that name."""
        if axis == "v" and self.token.kind == "name" and self.token.text in self.scope.letters:
            return Letter(self.take().text)
        node = self.sum()
        if axis == "v" and node.kind == "text" and not node.axes:
            return node
        return self.numbers(node, f"the axis {axis}", single=True)

    # Kinds.

    def numbers(self, node: Node, where: str, *, single: bool = False) -> Node:
        if node.kind != "number":
            raise Mistake(f"{where} needs a number, and '{self.text.strip()}' gives it a {node.kind}.")
        if single and node.axes:
            raise Mistake(
                f"{where} needs one number, and '{self.text.strip()}' gives it many: give an index for "
                f"{' and '.join(node.axes)}, or put max(), mean() or sum() around."
            )
        return node

    def numbered(self, node: Node) -> Node:
        """A letter compared with a number stands for its token number."""
        return Constant(self.scope.letters.index(node.text)) if isinstance(node, Letter) else node

    def fitting(self, left: Node, right: Node, sign: str) -> tuple[Node, Node]:
        left, right = self.numbers(left, sign), self.numbers(right, sign)
        if left.axes and right.axes and POSITION.get(left.axes, left.axes) != POSITION.get(right.axes, right.axes):
            raise Mistake(
                f"'{sign}' cannot join cells along {' '.join(left.axes)} with cells along {' '.join(right.axes)}."
            )
        return left, right

    def truth(self, node: Node, word: str) -> Node:
        if node.kind != "truth" or node.axes:
            raise Mistake(f"'{word}' needs something that is true or false, such as correct or a == b.")
        return node


def is_tensor(name: str, scope: Scope) -> bool:
    try:
        find(scope.subject.graph, name, scope.bases)
    except Mistake:
        return False
    return True
