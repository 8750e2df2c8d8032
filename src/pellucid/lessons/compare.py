"""Keeping languages in step: where one of them shows other things than the first, with file and line."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pellucid.lessons.chapter import Chapter, Step
from pellucid.lessons.glossary import Glossary
from pellucid.lessons.problems import Problem

Chapters = tuple[Chapter, ...]


def chapter_differences(first_folder: Path, folder: Path, first: Chapters, other: Chapters) -> Iterator[Problem]:
    """Where the chapters of another language differ, in what the stage shows, from those of the first."""
    theirs = {chapter.slug: chapter for chapter in other}
    for chapter in first:
        if chapter.slug not in theirs:
            name = f"{chapter.language}/{chapter.slug}.md"
            yield Problem(folder / f"{chapter.slug}.md", 1, f"{name} has no counterpart here: write one.")
        else:
            yield from step_differences(chapter, theirs.pop(chapter.slug))
    for extra in theirs.values():
        yield Problem(extra.source.path, 1, f"{first_folder.name}/ has no such chapter: write it there too.")


def step_differences(first: Chapter, other: Chapter) -> Iterator[Problem]:
    name = f"{first.language}/{first.slug}.md"
    for number, (ours, theirs) in enumerate(zip_longest(first.steps, other.steps), start=1):
        if ours is None or theirs is None:
            line = (theirs or other.steps[-1]).read.line if other.steps else 1
            lacking, having = (name, "here") if ours is None else ("this file", f"at {name}:{ours.read.line}")
            yield Problem(other.source.path, line, f"step {number} stands {having}, but {lacking} has none.")
            return
        # What a block that cannot be read would have said is not known.
        is_known = not (first.source.unread or other.source.unread)
        if is_known and (found := dict.fromkeys(what for what, one, two in compared(ours, theirs) if one != two)):
            *others, last = found
            whats = f"{', '.join(others)} and {last}" if others else last
            yield Problem(
                other.source.path, theirs.read.line, f"step {number} differs from {name}:{ours.read.line} in {whats}."
            )


def compared(ours: Step, theirs: Step) -> Iterator[tuple[str, Any, Any]]:
    """What two languages' steps must have in common, with a name for it."""
    one, two = ours.cue.to_json(), theirs.cue.to_json()
    for key in {**one, **two}:
        yield f"'{key}'", one.get(key), two.get(key)
    for what, pairs in (
        ("its exercises", zip_longest(ours.exercises, theirs.exercises)),
        ("its widgets", zip_longest(ours.widgets, theirs.widgets)),
        ("its pictures", zip_longest(ours.pictures, theirs.pictures)),
    ):
        for left, right in pairs:
            yield what, left and left.cue_json(), right and right.cue_json()


def term_differences(first: Glossary, other: Glossary) -> Iterator[Problem]:
    if not (first.readable and other.readable):
        return
    for name, term in first.terms.items():
        if name not in other.terms:
            yield Problem(other.path, 1, f"the term '{name}' of {first.path}:{term.line} is missing here.")
        elif other.terms[name].see != term.see:
            yield Problem(
                other.path, other.terms[name].line, f"the term '{name}' differs from {first.path}:{term.line} in 'see'."
            )
    for name, term in other.terms.items():
        if name not in first.terms:
            yield Problem(other.path, term.line, f"the term '{name}' is not in {first.path}.")
