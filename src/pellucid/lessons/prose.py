r"""The words of a lesson as HTML, with places left for what depends on the run.

    {probs[answer, A]:.1%}                    a live value; \value{probs[answer, A]:.1%} inside a formula
    {if correct}...{else if ...}...{else}...{end}     text that stands there only where it is true
    {check max(probs[answer]) > 0.9}          a claim that the words make, which a test checks
    {= 0.1 + probs[answer, A]:.2f}            a result with its sign, = or ≈, as printed parts give it
    {page}...{article}...{end}                words for the interactive page alone, and others for the article
    [@vaswani2017]                            a work in references.yaml
    [queries](tensor:q)                       a tensor; also part:, axis:, cell:, term: and chapter:

A live value is left as `<span data-value="3"></span>`, in a formula as `\value{3}`; a condition as comments around its
branches: `<!--if 4-->...<!--else 4-->...<!--end 4-->`. An author can write neither: every `<` of theirs is escaped.
A condition that fills a paragraph of its own goes on to the paragraph of its `{end}`, over all the blocks between.
"""

import html
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from markdown_it.token import Token
from msgspec import Struct

from pellucid.lessons.claims import Claim, Guard
from pellucid.lessons.expression import ARITHMETIC, Arithmetic, Constant, Expression, LiveCells, Node, OnPage, Reads
from pellucid.lessons.formats import check_format, formatted, printed
from pellucid.lessons.markdown import EDITIONS, is_condition, parse_inline, render
from pellucid.lessons.moment import Moment
from pellucid.lessons.parse import Scope, parse_cells, parse_expression
from pellucid.lessons.problems import Mistake, Source, choices
from pellucid.lessons.references import Works
from pellucid.lessons.subject import Subject, check_axis, find, find_tensor
from pellucid.run.cells import Cells

FORGOTTEN = re.compile(r"(?<![\w\\^])\{\s*(=?\s*(?:[a-z]+\()*[A-Za-z_][\w.]*\[[^{}]*)\}")
"""A live value in braces alone, a group to LaTeX: `{embed[0, 3]}`, but neither `x^{a[1]}` nor `\\text{a[1]}`."""
IN_MATH = re.compile(r"\\value\{([^{}]*)\}")
FORMULA = re.compile(r'(<(span|div) class="math (?:inline|block)">)(.*?)(</\2>)', re.DOTALL)
PLACE = re.compile(r'(<span data-value="(\d+)">)(</span>)')
BRANCHES = re.compile(r"<!--if (\d+)-->(.*?)<!--end \1-->", re.DOTALL)
FETCHING = re.compile(
    r"\\(?:href|url|style|class|cssId|html[A-Za-z]+|includegraphics|(?:new|renew)command|[gex]?def)\b"
)
"""Commands of LaTeX by which a formula would style, name or fetch something, or make commands of its own."""
DEEPEST = 20
"""So deep conditions, and braces in a formula, stand in one another."""
MOST_PLACES = 2000
MOST_LINKS = 2000
LONGEST_FORMULA = 4000
KEYBOARD = {"role": "button", "tabindex": "0"}


@dataclass(frozen=True)
class Filled:
    """What a place says for the letters at hand, as HTML text, and the cells it was read from."""

    text: str
    cells: tuple[Cells, ...]


class Value(Struct, frozen=True, tag="value", omit_defaults=True, forbid_unknown_fields=True):
    """A number or a word in the text."""

    number: int
    node: Expression
    format: str = ""
    in_math: bool = False
    signed: bool = False
    """Whether a sign of equality stands before it."""

    def fill(self, moment: Moment) -> Filled:
        reads: Reads = []
        value = self.node.value(moment, reads)
        text = formatted(value, self.format, in_math=self.in_math)
        if self.signed:
            same = printed(value, self.format) == printed(from_printed(self.node, self.format, moment), self.format)
            text = f"{'=' if same else APPROXIMATELY[self.in_math]} {text}"
        return Filled(text, tuple(reads))


APPROXIMATELY = {False: "≈", True: r"\approx"}


def from_printed(node: Node, spec: str, moment: Moment) -> float:
    """What comes out when all that is added, subtracted, multiplied and divided are the numbers as they are printed."""
    if type(node) is not Arithmetic:
        value = float(node.value(moment, []))
        return value if isinstance(node, Constant) else printed(value, spec)
    left, right = (from_printed(side, spec, moment) for side in (node.left, node.right))
    with np.errstate(all="ignore"):
        return float(ARITHMETIC[node.sign](np.float64(left), right))


class Pointer(Struct, frozen=True, tag="pointer", forbid_unknown_fields=True):
    """A reference to cells, whose indices may depend on the run."""

    number: int
    cells: LiveCells

    def fill(self, moment: Moment) -> Filled:
        return Filled(self.cells.tensor, (self.cells.cells(moment, []),))


class Choice(Struct, frozen=True, tag="choice", forbid_unknown_fields=True):
    """Which of several branches is true; its text is the branch's number. The last branch may have no condition."""

    number: int
    conditions: tuple[Expression, ...]

    def fill(self, moment: Moment) -> Filled:
        reads: Reads = []
        for branch, condition in enumerate(self.conditions):
            if condition.value(moment, reads):
                return Filled(str(branch), tuple(reads))
        return Filled(str(len(self.conditions)), tuple(reads))


Place = Value | Pointer | Choice


def filled_html(text: str, filled: Sequence[Filled]) -> str:
    """The HTML with every place filled in and the branches that are not true left out."""

    def branch(match: re.Match[str]) -> str:
        number = int(match[1])
        branches = match[2].split(f"<!--else {number}-->")
        chosen = int(filled[number].text)
        return BRANCHES.sub(branch, branches[chosen]) if chosen < len(branches) else ""

    def formula(match: re.Match[str]) -> str:
        return match[1] + re.sub(r"\\value\{(\d+)\}", lambda place: filled[int(place[1])].text, match[3]) + match[4]

    text = BRANCHES.sub(branch, text)
    text = FORMULA.sub(formula, text)
    return PLACE.sub(lambda place: place[1] + filled[int(place[2])].text + place[3], text)


@dataclass
class Open:
    """An `{if}`, `{page}` or `{article}` that has not met its `{end}`; or, without a word, a tag that is not closed."""

    line: int
    word: str = ""
    number: int = -1
    conditions: list[Node] = field(default_factory=list)
    complete: bool = False

    @property
    def guard(self) -> Guard:
        """The branch that is open at the moment."""
        return Guard(tuple(self.conditions), self.complete)


class Writer:
    """Turns parsed Markdown into HTML, noting what is wrong in the source.

    `scope` is that of the step at hand. `places` are numbered through the whole chapter; `take_places` hands over those
    made since it was last called. A glossary has no places. `terms` is None where that could not be read.
    """

    def __init__(
        self,
        source: Source,
        subject: Subject,
        terms: Collection[str] | None,
        chapters: Collection[str] = (),
        *,
        places: bool = True,
        works: Works | None = None,
    ) -> None:
        self.source = source
        self.terms = terms
        self.chapters = chapters
        self.works = works or {}
        self.scope = Scope(subject)
        self.allowed = places
        self.count = 0
        self.links = 0
        self.places: list[Place] = []
        self.claims: list[Claim] = []
        self.around: list[Open] = []
        """The conditions that the paragraph at hand stands in."""

    def take_claims(self) -> tuple[Claim, ...]:
        """Those found since it was last called."""
        claims, self.claims = tuple(self.claims), []
        return claims

    def take_places(self) -> tuple[Place, ...]:
        places, self.places = tuple(self.places), []
        return places

    def inline(self, text: str, line: int) -> str:
        """One paragraph's worth of Markdown, without the paragraph."""
        return self.blocks(parse_inline(text, {"source": self.source, "first": line}))

    def blocks(self, tokens: Sequence[Token]) -> str:
        opened = self.around = []
        tokens = alone(tokens)
        for token in tokens:
            if token.type == "live":
                with self.source.noting(token.meta["line"]):
                    self.live(token, opened, token.meta["line"])
                    token.content += "\n"
            elif token.type == "inline":
                self.settle(token.children or [], token.meta["line"])
            elif token.type == "math_block":
                self.formula(token, token.meta["line"])
        self.close(opened, down_to=0)
        return render(tokens)

    # Tokens.

    def settle(self, tokens: list[Token], line: int) -> None:
        """Say what live values, conditions and references mean."""
        opened: list[Open] = []
        for token in tokens:
            line = token.meta.get("line", line)
            with self.source.noting(line):
                if token.type == "live":
                    self.live(token, opened, line)
                elif token.type == "math_inline":
                    self.formula(token, line)
                elif token.type == "citation":
                    self.cite(token)
                elif token.type == "link_open":
                    self.reference(token)
                elif token.type == "image":
                    self.source.refuse(line, "pictures cannot be put into a lesson: let a stage block show the model.")
            if token.nesting == 1:
                opened.append(Open(line))
            elif token.nesting == -1:
                self.close(opened, down_to=max(n for n, entry in enumerate(opened) if not entry.word))
        self.close(opened, down_to=0)

    def close(self, opened: list[Open], down_to: int) -> None:
        """Leave what was opened last; an `{if}` among it has not met its `{end}`."""
        for entry in opened[down_to:]:
            if entry.word:
                self.source.refuse(
                    entry.line,
                    f"{{{entry.word}}} has no {{end}}: it must stand in the same paragraph, bold words or link; "
                    "what fills a paragraph of its own ends in another such.",
                )
        del opened[down_to:]

    def live(self, token: Token, opened: list[Open], line: int) -> None:
        text = token.content.strip()
        token.type, token.content = "mark", ""
        word = text.split()[0] if text else ""
        if text == "article" and opened and opened[-1].word == "page" and not opened[-1].complete:
            opened[-1].complete = True
            token.content = f"<!--else {opened[-1].number}-->"
        elif word == "if" or text in EDITIONS:
            opened.append(Open(line, word, self.next_number()))
            if sum(bool(entry.word) for entry in opened[-DEEPEST - 1 :]) > DEEPEST:
                raise Mistake(f"conditions stand in one another at most {DEEPEST} deep: take them apart.")
            self.begin(token, text, opened[-1])
        elif word in ("else", "end"):
            self.go_on(token, text, opened)
        elif word == "check":
            node = self.condition(text.removeprefix("check"))
            around = opened if opened is self.around else [*self.around, *opened]
            guards = tuple(entry.guard for entry in around if entry.word)
            self.claims.append(Claim(line, text.removeprefix("check").strip(), node, guards))
        else:
            value = self.value(text)
            token.content = f'<span data-value="{value.number}"></span>'

    def begin(self, token: Token, text: str, entry: Open) -> None:
        """`{if ...}`, `{page}` or `{article}`; the last has nothing for the page in front of it."""
        token.content = f"<!--if {entry.number}-->"
        if entry.word == "if":
            entry.conditions.append(self.condition(text.removeprefix("if")))
            return
        entry.conditions.append(OnPage())
        if entry.word == "article":
            entry.complete = True
            token.content += f"<!--else {entry.number}-->"

    def go_on(self, token: Token, text: str, opened: list[Open]) -> None:
        """`{else if ...}`, `{else}` or `{end}` of the innermost `{if}`; `{end}` of a `{page}` or `{article}` too."""
        innermost = opened[-1] if opened else Open(0)
        known = innermost.word == "if" or (innermost.word and text == "end")
        if not known:
            raise Mistake(f"{{{text}}} belongs to no {{if}}: it must stand in the same paragraph, bold words or link.")
        number = innermost.number
        if text == "end":
            opened.pop()
            self.places.append(Choice(number, tuple(innermost.conditions)))
            token.content = f"<!--end {number}-->"
            return
        if innermost.complete:
            raise Mistake(f"{{{text}}} comes after {{else}}: close that with {{end}} first.")
        token.content = f"<!--else {number}-->"
        if text == "else":
            innermost.complete = True
        elif text.split()[:2] == ["else", "if"]:
            innermost.conditions.append(self.condition(text.split("if", 1)[1]))
        else:
            raise Mistake(f"{{{text}}} is not understood: write {{else}}, or {{else if ...}} with a condition.")

    def formula(self, token: Token, line: int) -> None:
        def value(match: re.Match[str]) -> str:
            with self.source.noting(line):
                return rf"\value{{{self.value(match[1], in_math=True).number}}}"
            return ""

        if len(token.content) > LONGEST_FORMULA or deepest(token.content) > DEEPEST:
            self.source.refuse(
                line, f"a formula has at most {LONGEST_FORMULA:,} signs, and braces {DEEPEST} deep: take it apart."
            )
            token.content = ""
        if found := FETCHING.search(token.content):
            self.source.refuse(line, f"{found[0]} means nothing in formulas of lessons: leave it out.")
            token.content = ""
        if found := FORGOTTEN.search(token.content):
            self.source.refuse(line, rf"{found[0]} is no live value in a formula: write \value{{{found[1]}}} there.")
        token.content = IN_MATH.sub(value, token.content)

    # Live values.

    def next_number(self) -> int:
        if not self.allowed:
            raise Mistake("a glossary is the same for every run: put live values into the text of a step.")
        if self.count == MOST_PLACES:
            raise Mistake(f"a chapter has at most {MOST_PLACES:,} live values and conditions: divide it.")
        self.count += 1
        return self.count - 1

    def value(self, text: str, *, in_math: bool = False) -> Value:
        signed = text.startswith("=")
        expression, _, spec = text.removeprefix("=").partition(":")
        node = parse_expression(expression, self.scope)
        check_format(spec.strip())
        if node.kind == "truth":
            raise Mistake(f"{{{text}}} is true or false: write {{if {expression.strip()}}}...{{end}}.")
        if node.axes:
            raise Mistake(
                f"{{{text}}} is many numbers: give an index for {' and '.join(node.axes)}, or put max(), mean() around."
            )
        if node.kind == "text" and spec:
            raise Mistake(f"{{{text}}} is text, which takes no format: leave ':{spec}' out.")
        if signed and node.kind == "text":
            raise Mistake(f"{{{text}}} is text, and only a number can have '=' before it.")
        value = Value(self.next_number(), node, spec.strip(), in_math, signed)
        self.places.append(value)
        return value

    def condition(self, text: str) -> Node:
        node = parse_expression(text, self.scope)
        if node.kind != "truth" or node.axes:
            raise Mistake(
                f"{{if{text}}} needs something that is true or false, such as {{if correct}} or {{if a == b}}."
            )
        return node

    # References.

    def cite(self, token: Token) -> None:
        """Links to the works in parentheses, which open elsewhere; an article has a list of them to link to."""
        opening, closing = token.markup[0], token.markup[1]
        keys = [key.strip().removeprefix("@") for key in token.content.split(";")]
        token.type, token.content = "mark", ""
        for key in keys:
            if key not in self.works:
                known = choices(key, self.works) if self.works else "there is no references.yaml beside the languages."
                raise Mistake(f"there is no work '{key}' in the list of references: {known}")
        links = (
            f'<a data-work="{html.escape(key)}" href="{html.escape(self.works[key].link)}" target="_blank" '
            f'rel="noopener noreferrer">{html.escape(self.works[key].cited)}</a>'
            for key in keys
        )
        token.content = opening + ", ".join(links) + closing

    def reference(self, token: Token) -> None:
        self.links += 1
        if self.links > MOST_LINKS:
            raise Mistake(f"a file has at most {MOST_LINKS:,} links: divide it.")
        target = str(token.attrs["href"])
        scheme, _, name = target.partition(":")
        token.attrs = {}
        if scheme == "https":
            token.attrs = {"href": target, "target": "_blank", "rel": "noopener noreferrer"}
        elif scheme in self.references:
            token.attrs = {f"data-{scheme}": self.references[scheme](self, name), **KEYBOARD}
        else:
            known = ", ".join(f"{known}:" for known in self.references)
            raise Mistake(f"the link '{target}' leads nowhere: it must begin with one of {known} or https:")

    def tensor(self, name: str) -> str:
        return find_tensor(self.scope.subject.graph, name, self.scope.bases).name

    def part(self, name: str) -> str:
        return find(self.scope.subject.graph, name, self.scope.bases).part

    def axis(self, name: str) -> str:
        check_axis(self.scope.subject.graph, name)
        return name

    def cell(self, name: str) -> str:
        pointer = Pointer(self.next_number(), parse_cells(name, self.scope))
        self.places.append(pointer)
        return str(pointer.number)

    def term(self, name: str) -> str:
        if self.terms is not None and name not in self.terms:
            known = choices(name, self.terms) if self.terms else "it has none at all."
            raise Mistake(f"the glossary has no entry '{name}': {known}")
        return name

    def chapter(self, name: str) -> str:
        if name not in self.chapters:
            raise Mistake(f"there is no chapter '{name}': {choices(name, self.chapters)}")
        return name

    references: ClassVar[dict[str, Callable[["Writer", str], str]]] = {
        "tensor": tensor,
        "part": part,
        "axis": axis,
        "cell": cell,
        "term": term,
        "chapter": chapter,
    }


def alone(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, with a condition's brace that fills a paragraph of its own in that paragraph's place."""
    found: list[Token] = []
    for token in tokens:
        content = token.children or []
        in_paragraph = token.type == "inline" and token.level == 1 and found and found[-1].type == "paragraph_open"
        if in_paragraph and len(content) == 1 and is_condition(content[0]):
            found[-1] = content[0]
        elif token.type != "paragraph_close" or found[-1].type != "live":
            found.append(token)
    return found


def deepest(latex: str) -> int:
    """How deep braces stand in one another."""
    depth = most = 0
    for sign in latex:
        depth += (sign == "{") - (sign == "}")
        most = max(most, depth)
    return most


def plain(texts: Iterable[str]) -> str:
    """The words of HTML, with a stand-in for each live value and the first branch of each condition."""
    joined = "\n".join(PLACE.sub("0", first_branches(text)) for text in texts)
    return html.unescape(re.sub(r"<[^>]*>", " ", joined))


def first_branches(text: str) -> str:
    return BRANCHES.sub(lambda match: first_branches(match[2].split(f"<!--else {match[1]}-->")[0]), text)
