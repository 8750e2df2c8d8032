"""Where an article's references lead: within it, to other chapters, and to the interactive page opened on that spot."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pellucid.graph import Graph
from pellucid.lessons.prose import Filled

CITED = re.compile(r'<a data-work="([^"]*)"[^>]*>')
REFERENCE = re.compile(r'<a data-(\w+)="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
VALUE = re.compile(r'<span data-value="\d+">(.*?)</span>', re.DOTALL)


@dataclass(frozen=True)
class Links:
    """`page` is where the interactive page is, or None where nobody knows that, and `asked` what it is asked for;
    `chapter` gives the address of a chapter."""

    page: str | None
    asked: Mapping[str, str]
    chapter: Callable[[str], str]

    def spot(self, place: str = "", cell: str = "") -> str | None:
        """The address of the interactive page at a step and a cell, in the form of web/src/session/address.ts."""
        if self.page is None:
            return None
        said = {**self.asked, "tour": place, "cell": cell}
        return f"{self.page}?" + "&".join(f"{key}={quote(value, safe=',:')}" for key, value in said.items() if value)


def term_anchor(term: str) -> str:
    return f"term-{term}"


def work_anchor(work: str) -> str:
    return f"work-{work}"


def cell_address(name: str, index: Sequence[int] = ()) -> str:
    """`blocks.0.attn.q:2,3,7`; without an index the whole tensor."""
    return f"{name}:{','.join(map(str, index))}" if index else name


def link(address: str | None, text: str, kind: str) -> str:
    """HTML for a link to the interactive page, or for its text alone where there is none."""
    if address is None:
        return f'<span class="{kind}">{text}</span>'
    return f'<a class="{kind}" href="{html.escape(address)}">{text}</a>'


def linked(text: str, graph: Graph, values: Sequence[Filled], links: Links, place: str) -> str:
    """The HTML of a lesson with its references led somewhere, and live values as plain text.

    `place` is the step it stands in, as the page's address spells it.
    """

    def reference(match: re.Match[str]) -> str:
        kind, name, words = match.groups()
        name = html.unescape(name)
        if kind == "term":
            return f'<a class="term" href="#{html.escape(term_anchor(name))}">{words}</a>'
        if kind == "chapter":
            return f'<a href="{html.escape(links.chapter(name))}">{words}</a>'
        if kind == "axis":
            return f'<span class="axis">{words}</span>'
        if kind == "part":
            return link(links.spot(place), words, "tensor")
        if kind == "cell":
            cells = values[int(name)].cells[0]
            return link(links.spot(place, cell_address(cells.tensor, cells.first)), words, "tensor")
        return link(links.spot(place, cell_address(graph.find(name).name)), words, "tensor")

    text = CITED.sub(lambda match: f'<a href="#{work_anchor(match[1])}">', text)
    return REFERENCE.sub(reference, VALUE.sub(r"\1", text))
