"""Drawings in lessons: what becomes of them, that nothing but shapes passes, and what the tour's own are like."""

import html.parser
import re
from pathlib import Path

import pytest
from lesson_files import OneStep, Write

from pellucid.lessons import chapter_for
from pellucid.lessons.picture import FOLDER, LARGEST
from pellucid.run.model import Model

BADGE = '```picture\nname: badge\nalt: A badge, and "numbers" < 1\n```\n'
STEP = "```stage\nfocus: output\n```\nText.\n\n"
DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>'


def test_a_picture_becomes_part_of_the_text(one_step: OneStep) -> None:
    text = one_step(f"Before.\n\n{BADGE}\nAfter.")
    assert text.startswith('<p>Before.</p>\n<figure class="drawing"><svg role="img"')
    assert text.endswith("</svg></figure>\n<p>After.</p>\n")
    assert 'aria-label="A badge, and &quot;numbers&quot; &lt; 1"' in text


def test_it_travels_with_the_chapter(write: Write, random_nano: Model) -> None:
    lesson = write({"en/01-one.md": STEP + BADGE})
    chapter = chapter_for(lesson, "en", "01-one", random_nano, random_nano.tokens("CBABBC"))
    assert chapter["steps"][0]["html"].count("<svg") == 1


def test_a_lesson_brings_its_own(write: Write) -> None:
    own = DRAWN.format(
        inside='<!-- a dot --><circle cx="4" cy="4" r="2" fill="var(--blue)"/><text x="1" y="2">1 &lt; 2</text>'
    )
    block = "```picture\nname: {}\nalt: A dot\n```\n"
    lesson = write({"pictures/dot.svg": own, "pictures/hill.svg": own, "en/01-one.md": STEP + block.format("dot")})
    assert not lesson.problems
    dot = '<circle cx="4" cy="4" r="2" fill="var(--blue)"/><text x="1" y="2">1 &lt; 2</text></svg>'
    assert dot in lesson.chapter("en", "01-one").steps[0].html
    assert dot in write({"en/01-one.md": STEP + block.format("hill")}).chapter("en", "01-one").steps[0].html


@pytest.mark.parametrize(
    ("block", "line", "words"),
    [
        ("name: badges\nalt: x", 7, "there is no picture 'badges': did you mean 'badge'?"),
        ("name: ../badge\nalt: x", 7, "there is no picture '../badge'"),
        ("name: badge", 6, "the picture has no alt: add the line 'alt: ...'."),
        ("alt: x", 6, "the picture has no name: add the line 'name: ...'."),
        ("name: badge\nalt: ''", 8, "alt says in words what the picture shows: give 1 to 300 signs."),
        (f"name: badge\nalt: {'x' * 301}", 8, "alt says in words what the picture shows"),
        ("name: badge\nalt: x\nwidth: 3", 9, "a picture block knows no 'width': use one of name, alt."),
        ("name: [badge]\nalt: x", 7, "a picture's name must be text."),
    ],
)
def test_what_is_wrong_is_said_with_its_line(write: Write, block: str, line: int, words: str) -> None:
    (problem,) = write({"en/01-one.md": f"{STEP}```picture\n{block}\n```\n"}).problems
    assert (problem.line - 4, problem.path.name) == (line, "01-one.md")
    assert problem.message.startswith(words)


@pytest.mark.parametrize(
    ("svg", "words"),
    [
        (DRAWN.format(inside="<script>alert(1)</script>"), "has an element <script>"),
        (DRAWN.format(inside="<svg/>"), "has an element <svg>"),
        (DRAWN.format(inside="<style>* {fill: red}</style>"), "has an element <style>"),
        (DRAWN.format(inside='<path onclick="alert(1)" d=""/>'), "has an attribute 'onclick'"),
        (DRAWN.format(inside='<path style="fill: red" d=""/>'), "has an attribute 'style'"),
        (DRAWN.format(inside='<path id="prompt" d=""/>'), "has an attribute 'id'"),
        (DRAWN.format(inside='<path fill="url(https://a.b/c)" d=""/>'), 'has fill="url(https://a.b/c)": use none or'),
        (DRAWN.format(inside='<path fill="red" d=""/>'), 'has fill="red": use none or one of var(--ink)'),
        (DRAWN.format(inside='<rect width="calc(1px)"/>'), 'has width="calc(1px)".'),
        (DRAWN.format(inside='<g xmlns="x"/>'), "has an element <{x}g>"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + DRAWN.format(inside="<text>&a;</text>"), "has declarations"),
        ("<svg>", "must begin with <svg xmlns"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "must begin with <svg xmlns"),
        (DRAWN.format(inside="<g>"), "is no SVG: mismatched tag"),
        (DRAWN.format(inside=" " * LARGEST), "has more than 4,000 bytes"),
    ],
)
def test_nothing_but_shapes_passes(write: Write, svg: str, words: str) -> None:
    svg = "<svg/>" if svg == "<svg>" else svg
    block = "```picture\nname: dot\nalt: A dot\n```\n"
    lesson = write({"pictures/dot.svg": svg, "en/01-one.md": STEP + block})
    (problem,) = lesson.problems
    assert problem.message.startswith(f"pictures/dot.svg {words}")
    assert "<svg" not in lesson.chapter("en", "01-one").steps[0].html


def test_both_languages_show_the_same_ones(write: Write) -> None:
    other = BADGE.replace("badge", "hill", 1)
    (problem,) = write({"en/01-one.md": STEP + BADGE, "ja/01-one.md": STEP + other}).problems
    assert problem.message.endswith("in its pictures.")


class Shapes(html.parser.HTMLParser):
    """How wide the drawn lines are, and the colours."""

    def __init__(self) -> None:
        super().__init__()
        self.widths: set[float] = set()
        self.colours: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "stroke-width":
                self.widths.add(float(value or 0))
            if name in ("fill", "stroke"):
                self.colours.add(value or "")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.stem)
def test_the_tours_own_are_small_and_of_one_hand(one_step: OneStep, path: Path) -> None:
    drawn = one_step(f"```picture\nname: {path.stem}\nalt: What it shows\n```\n")
    assert len(path.read_bytes()) <= 1900
    assert 'viewBox="0 0 320 120"' in drawn
    shapes = Shapes()
    shapes.feed(drawn)
    assert shapes.widths <= {1.5, 2.5, 4}
    assert "currentColor" not in shapes.colours
    assert not re.search(r"[^\d\s?.,%()+=−A-C]", "".join(re.findall(r"<text[^>]*>(.*?)</text>", drawn))), (
        "words differ by language"
    )
