r"""Markdown as lessons use it: CommonMark, tables, LaTeX in dollars and live values in braces, but no HTML.

Parsing only: a live value becomes a token of the type `live` with what stands between its braces, and prose.py says
what it means. Tokens carry the line they stand on (`meta["line"]`); `env` holds the `source` and its `first` line. A
brace that is meant as a brace is written `\{`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_inline_dollar

LONGEST = 20_000
"""A paragraph has at most so many signs: what joins its lines looks back at all of it."""

Rule = Callable[[StateInline, bool], bool]


@lru_cache
def parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False}).enable("table")
    md.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False)
    md.inline.ruler.at("math_inline", located(math_inline_dollar(allow_space=False, allow_digits=False)))
    md.inline.ruler.at("link", located(link))
    md.inline.ruler.before("link", "live", located(live))
    md.inline.ruler.before("link", "citation", located(citation))
    md.core.ruler.at("inline", inline)
    md.core.ruler.before("text_join", "leftovers", leftovers)
    md.core.ruler.push("line_breaks", line_breaks)
    md.core.ruler.push("hyphens", hyphens)
    md.add_render_rule("mark", mark)
    # Every destination is let through, as it was written: prose.py refuses with a reason.
    md.validateLink = lambda url: True  # type: ignore[method-assign]
    md.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return md


def located(rule: Rule) -> Rule:
    """The same rule, noting the line in the tokens that it pushes."""

    def with_line(state: StateInline, silent: bool) -> bool:
        start, pushed = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent:
            line = state.env["line"] + state.src.count("\n", 0, start)
            for token in state.tokens[pushed:]:
                token.meta.setdefault("line", line)
        return found

    return with_line


def live(state: StateInline, silent: bool) -> bool:
    """`{...}`, which nothing inside can end early or nest in."""
    if state.src[state.pos] != "{":
        return False
    end = state.src.find("}", state.pos, state.posMax)
    if end < 0:
        return False
    if not silent:
        token = state.push("live", "", 0)
        token.content = state.src[state.pos + 1 : end]
    state.pos = end + 1
    return True


CITATION = re.compile(r"\[(@[^\[\]\s;]+(?:;\s*@[^\[\]\s;]+)*)\](?!\()")


def citation(state: StateInline, silent: bool) -> bool:
    """`[@vaswani2017]`, or several works with semicolons between them; `markup` are the parentheses they stand in.

    A paragraph with wide letters has wide ones, which bring their own room: a space before them is dropped.
    """
    match = CITATION.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        is_wide = any(map(wide, state.src))
        if is_wide:
            state.pending = state.pending.rstrip(" ")
        token = state.push("citation", "", 0)
        token.content, token.markup = match[1], "（）" if is_wide else "()"
    state.pos = match.end()
    return True


def inline(state: StateCore) -> None:
    """markdown-it's own rule, with which every token and rule can also tell the line at which its block begins."""
    for token in state.tokens:
        token.meta["line"] = state.env["first"] + (token.map[0] if token.map else 0)
        if token.type == "inline":
            token.children = []
            if len(token.content) > LONGEST:
                sentence = f"a paragraph has at most {LONGEST:,} signs, and this has {len(token.content):,}: divide it."
                state.env["source"].refuse(token.meta["line"], sentence)
                token.content = ""
            state.env["line"] = token.meta["line"]
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def leftovers(state: StateCore) -> None:
    """Refuse signs that were meant as markup and did not become any. An escaped one is no `text` yet: text_special."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        line = token.meta["line"]
        for child in token.children or ():
            if child.type == "text":
                for sign, advice in LEFTOVERS.items():
                    if sign in child.content:
                        state.env["source"].refuse(line, f"'{sign}' is left over in the text: {advice}")
            line += child.type in ("softbreak", "hardbreak")


LEFTOVERS = {
    "{": r"close it with '}', or write \{ if you mean a brace.",
    "}": r"it closes nothing; write \} if you mean a brace.",
    "](": (
        "leave the space out of the link's address, or put that into angle brackets, "
        r"[words](<cell:probs[answer, A]>); write \]( if you mean the signs."
    ),
    "**": r"to set words in bold, let a space or punctuation stand outside the stars, a letter inside; or write \*\*.",
}


EDITIONS = ("page", "article")
"""What stands in braces before words for one of the two alone."""
CONDITIONS = ("if", "else", "end", "check", *EDITIONS)


def is_condition(token: Token) -> bool:
    """Whether it is a brace that shows nothing itself: it says where words stand, or what they claim."""
    return token.type == "live" and token.content.split()[:1] in [[word] for word in CONDITIONS]


def line_breaks(state: StateCore) -> None:
    """A line's end inside Japanese is no space: join lines between two wide letters, and any two at a wide sign."""
    for token in state.tokens:
        children = token.children or []
        for number, child in enumerate(children):
            if child.type == "softbreak":
                before, after = nearest(children[:number][::-1], -1), nearest(children[number + 1 :], 0)
                if (wide(before) and wide(after)) or wide_sign(before) or wide_sign(after):
                    children[number] = Token("text", "", 0)


def nearest(tokens: Sequence[Token], end: int) -> str:
    """The first letter that these tokens show, from that end; a live value counts as what stands in its braces."""
    for token in tokens:
        if token.content and not is_condition(token):
            return (token.markup if token.type == "citation" else token.content)[end]
    return ""


def wide(letter: str) -> bool:
    return bool(letter) and unicodedata.east_asian_width(letter) in "WF"


def wide_sign(letter: str) -> bool:
    return wide(letter) and unicodedata.category(letter).startswith("P")


def hyphens(state: StateCore) -> None:
    """Browsers end a line after the hyphen of GPT-3, which reads badly: mark words whose last part is one sign.

    A no-break hyphen would keep such a word together too, but whoever searches for GPT-3 would not find it.
    """
    for token in state.tokens:
        token.children = [part for child in token.children or () for part in unbroken(child)]


HYPHENED = re.compile(r"(?<![\w-])([^\W\d_]+-[A-Za-z0-9])(?![\w-])", re.ASCII)


def unbroken(child: Token) -> Iterator[Token]:
    if child.type != "text":
        yield child
        return
    for number, content in enumerate(HYPHENED.split(child.content)):
        if number % 2:
            yield Token("mark", "", 0, content=f'<span class="unbroken">{content}</span>')
        elif content:
            yield Token("text", "", 0, content=content)


def mark(renderer: RendererProtocol, tokens: Sequence[Token], number: int, options: OptionsDict, env: EnvType) -> str:
    """HTML of our own making."""
    content: str = tokens[number].content
    return content


def parse_blocks(text: str, env: dict[str, Any]) -> list[Token]:
    return parser().parse(text, env)


def parse_inline(text: str, env: dict[str, Any]) -> list[Token]:
    return parser().parseInline(text, env)


def render(tokens: Sequence[Token]) -> str:
    html: str = parser().renderer.render(tokens, parser().options, {})
    return html
