"""Figures of an article: each has a number and a caption. What an earlier one shows already is not drawn again; the
text leads there."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from pellucid.lessons.article.words import Words

SVG = "{http://www.w3.org/2000/svg}"
IMAGE = re.compile(r'<figure class="drawing"><svg role="img" aria-label="([^"]*)"')
"""The beginning of a picture of a lesson (lessons/picture.py), with what it shows in words."""
NAMES = re.compile("drawing-[0-9a-f]{8}-")
"""The names of parts of a drawing, which are of no other: an article may hold the same drawing in several places."""
SMALL = 40
"""Where a drawing has so few numbers, all of them are seen at once, whichever are marked."""

Shown = frozenset[object]
"""What a drawing shows, each table by itself."""


@dataclass
class Figures:
    """Those of one article so far, with what they show."""

    count: int = 0
    drawn: list[tuple[int, Shown]] = field(default_factory=list)

    def next(self) -> int:
        self.count += 1
        return self.count

    def earlier(self, drawing: str) -> int | None:
        """The number of the last figure that shows all that this drawing would."""
        news = shown_in(drawing)
        return next((number for number, shown in reversed(self.drawn) if news <= shown), None)

    def drawing(self, drawing: str) -> int:
        """The number of a figure with that drawing, which is remembered."""
        number = self.next()
        self.drawn.append((number, shown_in(drawing) | shown_in(drawing, marks=False)))
        return number


def with_captions(text: str, figures: Figures, words: Words) -> str:
    """The HTML of a step in which a picture of the lesson's own says as its caption what it shows."""
    number = 0

    def opened(match: re.Match[str]) -> str:
        nonlocal number
        number = figures.next()
        return f'<figure class="drawing" id="{anchor(number)}"><svg aria-hidden="true"'

    found: list[str] = []
    for part in re.split(r"(?=<figure class=\"drawing\">)", text):
        said = IMAGE.match(part)
        if said:
            part = IMAGE.sub(opened, part, count=1)
            part = part.replace("</figure>", f"{caption(number, said[1], words)}</figure>", 1)
        found.append(part)
    return "".join(found)


def caption(number: int, said: str, words: Words) -> str:
    """`said` is HTML."""
    return f"<figcaption><span><b>{words.figure.format(number=number)}</b> {said}</span></figcaption>"


def anchor(number: int) -> str:
    return f"figure-{number}"


def reference(number: int, words: Words) -> str:
    """What leads to a figure from the end of a sentence."""
    link = f'<a href="#{anchor(number)}">{html.escape(words.figure.format(number=number))}</a>'
    return words.see_figure.format(figure=link)


def shown_in(drawing: str, *, marks: bool | None = None) -> Shown:
    """What a drawing shows: its tables, or all of it where it has none. Which cells are marked makes no difference
    where the numbers are few."""
    root = ElementTree.fromstring(drawing)
    tables = [group for group in root.iter(f"{SVG}g") if group.get("class") == "excerpt"]
    if not tables:
        return frozenset([NAMES.sub("", drawing)])
    if marks is None:
        marks = sum(len(list(digits_in(table))) for table in tables) > SMALL
    return frozenset((*texts_in(table), *(marks_in(table) if marks else ())) for table in tables)


def digits_in(table: Element) -> Iterator[Element]:
    for group in table.iter(f"{SVG}g"):
        if group.get("class") == "digits":
            yield from group


def texts_in(table: Element) -> Iterator[str]:
    """All that is written in a table, and its colours, but for the values of marked cells."""
    values = {text for group in table if group.get("class") == "chosen" for text in group}
    for element in table.iter():
        if element.tag == f"{SVG}text" and element not in values:
            yield element.text or ""
        if element.tag == f"{SVG}image":
            yield element.get("href", "")


def marks_in(table: Element) -> Iterator[tuple[str, ...]]:
    """Where in a table cells are marked or crossed out."""
    (frame,) = (rect for rect in table.iter(f"{SVG}rect") if rect.get("data-tensor"))
    left, top = place(frame, ("x", "y"))
    for element in table.iter():
        if element.get("class") == "mark":
            x, y, width, height = place(element, ("x", "y", "width", "height"))
            yield tuple(f"{side:.0f}" for side in (x - left, y - top, width, height))
        if element.get("class") == "off":
            yield ("off",)


def place(rect: Element, sides: Iterable[str]) -> list[float]:
    return [float(rect.get(side, "0")) for side in sides]
