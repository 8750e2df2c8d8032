"""Exercises as an article has them: a question for a pencil, with its numbers, and the answer after the chapter."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.lessons.article.links import cell_address, link
from pellucid.lessons.article.pictures import NARROW, cells_of, picture
from pellucid.lessons.article.tables import Table
from pellucid.lessons.article.telling import Telling
from pellucid.lessons.chapter import Chapter
from pellucid.lessons.formats import formatted
from pellucid.lessons.prose import plain
from pellucid.scene.drawing import pieces_of
from pellucid.scene.drawing.sentences import spelled

ANSWERS = "answers"
"""What is remembered once an article has said where answers are."""
MOST_GIVEN = 12
"""A table of numbers has at most so many rows and columns."""


def question(telling: Telling, number: int) -> str:
    """What is asked. Without words for a pencil it is what the page asks, with the numbers to choose among."""
    words, exercise, seen = telling.reading.words, telling.stands.exercises[number], telling.reading.seen
    said, anchor = telling.said["exercises"][number], asked(telling, number)
    if exercise.pencil:
        text = f"<p>{telling.prose(telling.filled(exercise.pencil))}</p>"
    else:
        text = f"<p>{telling.prose(said['question'])}</p>{given(telling, said['answer'])}"
    where = f'<p class="said">{words.to_answer}</p>' if ANSWERS not in seen else ""
    seen.add(ANSWERS)
    spot = telling.spot(words.try_exercise, "moving")
    return (
        f'<div class="exercise" role="group" aria-labelledby="{anchor}">'
        f'<p class="kicker"><span id="{anchor}">{words.exercise.format(number=telling.first + number)}</span> '
        f'<a class="to-answer" href="#{answered(telling, number)}">{words.answer}</a></p>{text}'
        f"{where}{f'<p>{spot}</p>' if spot else ''}</div>\n"
    )


def answers_section(chapter: Chapter, told: Sequence[Telling]) -> str:
    """The answers to all exercises of a chapter; nothing where it has none."""
    entries = "".join(folded(telling, number) for telling in told for number in range(len(telling.stands.exercises)))
    if not entries:
        return ""
    anchor = f"{html.escape(chapter.slug)}-answers"
    title = told[0].reading.words.answers
    return (
        f'<section class="answers" aria-labelledby="{anchor}"><h3 id="{anchor}">{title}</h3>'
        f"<div>{entries}</div></section>\n"
    )


def folded(telling: Telling, number: int) -> str:
    """An answer, which is not seen before a reader asks for it: it may stand right below its question."""
    words = telling.reading.words.exercise.format(number=telling.first + number)
    back = f'<p class="said"><a href="#{asked(telling, number)}">↑ {words}</a></p>'
    anchor = answered(telling, number)
    return f'<details id="{anchor}"><summary>{words}</summary>{answer(telling, number)}{back}</details>'


def answer(telling: Telling, number: int) -> str:
    """The solution in words. What is asked with the model's own numbers is answered by cells, and a picture of them."""
    exercise, regions = telling.stands.exercises[number], telling.said["exercises"][number]["answer"]
    cells = telling.reading.words.listed.join(named(telling, region) for region in regions)
    solution = telling.prose(telling.filled(exercise.solution)) if exercise.solution else cells
    if exercise.pencil:
        return f"<p>{solution}</p>"
    return f"<p>{solution}</p>{marked(telling, regions, plain([cells]))}"


def asked(telling: Telling, number: int) -> str:
    return f"{telling.anchor}-{number + 1}"


def answered(telling: Telling, number: int) -> str:
    return f"{asked(telling, number)}-answer"


def marked(telling: Telling, regions: list[dict[str, Any]], cells: str) -> str:
    """A picture of what the question is about with those cells marked, which `cells` says in words."""
    reading, cue = telling.reading, telling.said["cue"]
    about = list(dict.fromkeys(region["tensor"] for region in regions))
    shown = {**cue, "view": "part", "focus": about, "show": [], "at": regions, "select": None}
    name = f"{reading.words.answer}: {cells.strip()}"
    drawing = picture(telling.moment.values, shown, reading.language, reading.words, width=NARROW, name=name)
    return f'<div class="picture">{drawing}</div>'


def named(telling: Telling, region: dict[str, Any]) -> str:
    """Cells in words, with the number of one alone."""
    model, words = telling.reading.lens.model, telling.reading.words
    tokens = telling.said["cue"]["tokens"]
    name, spans = cells_of(region)
    tensor = model.graph.tensors[name]
    place = ", ".join(spelled(spans, tensor.axes, model.graph.shape(tensor, len(tokens)), pieces_of(model, tokens)))
    text = html.escape(words.graph.title(tensor.title)) + (f" [{html.escape(place)}]" if place else "")
    first = tuple(start for start, _ in spans)
    address = telling.reading.links.spot(telling.place, cell_address(tensor.name, first))
    linked = link(address, text, "tensor")
    if any(end - start > 1 for start, end in spans):
        return linked
    return f"{linked} = {formatted(float(telling.moment.values[name][first]), '')}"


def given(telling: Telling, regions: list[dict[str, Any]]) -> str:
    """The numbers among which the answer is, as a table of the last two axes; nothing where that would be large."""
    words, moment = telling.reading.words, telling.moment
    name, spans = cells_of(regions[0])
    tensor, numbers = moment.model.graph.tensors[name], moment.values[name]
    before = tuple(start for start, end in spans[:-2] if end - start == 1)
    known = len(before) == len(spans[:-2]) and all(region["tensor"] == name for region in regions)
    if not known or max(numbers.shape[-2:]) > MOST_GIVEN:
        return ""
    rows = np.atleast_2d(numbers[before])
    heads = [places(telling, axis, length) for axis, length in zip(tensor.axes[-2:], numbers.shape[-2:], strict=True)]
    starts = heads[0] if heads[1:] else [""]
    lines = [
        [start, *(formatted(number, "") for number in row)] for start, row in zip(starts, rows.tolist(), strict=True)
    ]
    return Table(html.escape(words.graph.title(tensor.title)), ["", *heads[-1]], lines).html()


def places(telling: Telling, axis: str, length: int) -> list[str]:
    """What stands at the head of each row or column along that axis."""
    pieces = pieces_of(telling.moment.model, telling.moment.tokens)
    return [html.escape("".join(spelled(((at, at + 1),), (axis,), (length,), pieces))) for at in range(length)]
