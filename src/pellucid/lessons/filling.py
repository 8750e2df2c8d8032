"""Filling a compiled chapter in: what the page shows for the letters at hand.

The page does the same where it computes the model itself (web/src/filling), from the same compiled chapter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.lessons.compiled import Compiled, CompiledStep
from pellucid.lessons.cue import resolve
from pellucid.lessons.exercise import Exercise
from pellucid.lessons.moment import Lens
from pellucid.lessons.prose import Filled, filled_html
from pellucid.lessons.widget import Widget
from pellucid.run.trace import Run

INSERTED = re.compile(r'<div data-(exercise|widget)="(\d+)"></div>')


def fill(chapter: Compiled, lens: Lens) -> list[Filled]:
    """What stands in each place of the chapter, by number, for the letters at hand.

    Raises PellucidError where an index that depends on the letters leads outside a tensor.
    """
    found: dict[int, Filled] = {}
    for step in chapter.steps:
        moment = step.cue.moment(lens)
        found.update((place.number, place.fill(moment)) for place in step.places)
    return [found[number] for number in sorted(found)]


def filled(chapter: Compiled, run: Run) -> dict[str, Any]:
    """The whole chapter for the letters of that run, in the form of docs/protocol.md."""
    lens = Lens(run)
    values = fill(chapter, lens)
    return {
        "language": chapter.language,
        "slug": chapter.slug,
        "title": chapter.title,
        "summary": chapter.summary,
        "words": chapter.words,
        "minutes": chapter.minutes,
        "steps": [filled_step(step, values, lens) for step in chapter.steps],
        "values": [{"text": value.text, "cells": [region.to_json() for region in value.cells]} for value in values],
    }


@dataclass(frozen=True)
class Standing:
    """What stands in a step for the letters at hand, on the page or in the article.

    Exercises and widgets that a condition leaves out are not among them; the others are numbered anew.
    """

    html: str
    exercises: tuple[Exercise, ...]
    widgets: tuple[Widget, ...]


def standing(step: CompiledStep, values: Sequence[Filled]) -> Standing:
    found: dict[str, list[int]] = {"exercise": [], "widget": []}

    def numbered(match: re.Match[str]) -> str:
        found[match[1]].append(int(match[2]))
        return f'<div data-{match[1]}="{len(found[match[1]]) - 1}"></div>'

    html = INSERTED.sub(numbered, filled_html(step.html, values))
    exercises = tuple(step.exercises[number] for number in found["exercise"])
    return Standing(html, exercises, tuple(step.widgets[number] for number in found["widget"]))


def filled_step(step: CompiledStep, values: Sequence[Filled], lens: Lens) -> dict[str, Any]:
    moment = step.cue.moment(lens)
    stands = standing(step, values)
    exercises = [
        {
            "question": filled_html(exercise.question, values),
            "answer": [cells.cells(moment, []).to_json() for cells in exercise.answer],
            "hint": filled_html(exercise.hint, values),
            "praise": filled_html(exercise.praise, values),
        }
        for exercise in stands.exercises
    ]
    return {
        "title": filled_html(step.title, values),
        "html": stands.html,
        "seconds": step.seconds,
        "cue": {**resolve(step.cue, lens), "note": filled_html(step.note, values)},
        "exercises": exercises,
        "widgets": [widget.resolved(moment) for widget in stands.widgets],
    }
