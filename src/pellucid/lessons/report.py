"""What `pellucid lessons` says of a folder: its chapters and steps for a program, or in lines for a person."""

from collections.abc import Iterator
from typing import Any

from pellucid.lessons.chapter import Chapter, Step
from pellucid.lessons.lesson import Lesson
from pellucid.lessons.prose import plain


def to_json(lesson: Lesson) -> dict[str, Any]:
    """Per language the chapters with their steps and cues, indices as they were written, and all that is wrong."""
    return {
        "languages": {
            language: {
                "chapters": [chapter_entry(chapter) for chapter in chapters],
                "words": sum(chapter.words for chapter in chapters),
                "minutes": minutes(chapters),
                "terms": list(lesson.glossaries[language].terms),
            }
            for language, chapters in lesson.chapters.items()
        },
        "problems": [
            {"file": str(problem.path), "line": problem.line, "message": problem.message} for problem in lesson.problems
        ],
    }


def chapter_entry(chapter: Chapter) -> dict[str, Any]:
    return {**chapter.entry(), "steps": [step_entry(step) for step in chapter.steps]}


def step_entry(step: Step) -> dict[str, Any]:
    return {
        "title": plain([step.title]).strip(),
        "words": step.words,
        "cue": step.read.to_json(),
        "exercises": [exercise.cue_json() for exercise in step.exercises],
        "widgets": [widget.cue_json() for widget in step.widgets],
    }


def minutes(chapters: tuple[Chapter, ...]) -> float:
    return round(sum(chapter.seconds for chapter in chapters) / 60, 1)


def lines(lesson: Lesson) -> Iterator[str]:
    for language, chapters in lesson.chapters.items():
        terms = len(lesson.glossaries[language].terms)
        yield f"{language}: {counted(len(chapters), 'chapter')}, {minutes(chapters)} minutes, {counted(terms, 'term')}"
        for chapter in chapters:
            unit = "letter" if chapter.is_wide else "word"
            size = f"{counted(len(chapter.steps), 'step')}, {counted(chapter.words, unit)}"
            yield f"  {chapter.slug:<24} {size:<22} {chapter.title}"


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
