"""What a film shows, and for how long: the steps of a chapter, each as long as its text takes to read."""

import re
from dataclasses import dataclass

from pellucid.graph import PellucidError
from pellucid.lessons.chapter import Chapter
from pellucid.words.errors import shortened

SHORTEST = 4.0
"""Seconds that a step is shown at least: what it plays takes three, and the camera comes before."""
RANGE = re.compile(r"(\d{1,4})(?:\.\.(\d{1,4}))?")


@dataclass(frozen=True)
class Range:
    """From one step to another, both counted from 1 and both included."""

    first: int
    last: int

    @staticmethod
    def read(text: str) -> "Range":
        """`2..5`, or `2` alone. Raises PellucidError (`bad-argument`)."""
        found = RANGE.fullmatch(text)
        if not found or not 1 <= int(found[1]) <= int(found[2] or found[1]):
            raise PellucidError(
                "bad-argument", f"--steps takes a range such as 2..5, or one step, not '{shortened(text, 40)}'."
            )
        return Range(int(found[1]), int(found[2] or found[1]))


@dataclass(frozen=True)
class Shot:
    """A step, counted from 0 as the page does, and how many frames it is shown."""

    step: int
    frames: int


def shots(chapter: Chapter, wanted: Range | None, fps: int, pace: float) -> list[Shot]:
    """Raises PellucidError (`bad-argument`) for steps that the chapter does not have."""
    count = len(chapter.steps)
    wanted = wanted or Range(1, count)
    if wanted.last > count:
        raise PellucidError(
            "bad-argument", f"{chapter.slug} has {count} steps, not {wanted.last}: choose --steps among 1..{count}."
        )
    return [
        Shot(place, max(1, round(max(SHORTEST, chapter.steps[place].seconds) / pace * fps)))
        for place in range(wanted.first - 1, wanted.last)
    ]
