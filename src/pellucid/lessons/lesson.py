"""A lesson: a folder with a folder per language, each with chapters named like 04-self-attention.md and a glossary.

All languages carry the same chapters, and these the same cues, exercises, widgets and pictures in the same order:
whoever reads in Japanese sees what whoever reads in English sees.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.files.reading import may_look
from pellucid.graph import PellucidError
from pellucid.lessons.chapter import Chapter, read_chapter
from pellucid.lessons.compare import chapter_differences, term_differences
from pellucid.lessons.compiled import Compiled
from pellucid.lessons.filling import filled
from pellucid.lessons.glossary import FILE, Glossary, read_glossary
from pellucid.lessons.problems import Problem, Source, choices
from pellucid.lessons.references import FILE as REFERENCES
from pellucid.lessons.references import read_works
from pellucid.lessons.subject import Subject, nano
from pellucid.run.model import Model

TOUR = Path(__file__).parent
"""The guided tour that comes with the program."""

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
CHAPTER = re.compile(r"\d\d-[a-z0-9]+(-[a-z0-9]+)*")
FIRST = "en"
"""The language that others are compared with, where a lesson has it."""
TASK = "sort"
"""What the guided tour speaks of: it fits no model that was taught something else, however alike it is built."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """`problems` is everything that is wrong with it; where there is any, the rest is what could be made of it.

    `subject` is the model that it was checked against.
    """

    folder: Path
    subject: Subject
    chapters: Mapping[str, tuple[Chapter, ...]]
    glossaries: Mapping[str, Glossary]
    problems: tuple[Problem, ...]

    def contents(self) -> dict[str, Any]:
        """The chapters of every language, in the form of docs/protocol.md."""
        return {
            "languages": {
                code: [{**chapter.entry(), "fits": self.fits(chapter)} for chapter in found]
                for code, found in self.chapters.items()
            },
            "own": self.folder != TOUR,
        }

    def fits(self, chapter: Chapter) -> bool:
        """Whether the chapter can be told of the model."""
        return not chapter.source.problems and (self.folder != TOUR or self.subject.task == TASK)

    def chapter(self, language: str, slug: str) -> Chapter:
        """Raises PellucidError for a language or a chapter that there is none of."""
        found = {chapter.slug: chapter for chapter in self.chapters[self._known(language)]}
        if slug not in found:
            raise PellucidError(
                "unknown-chapter",
                f"There is no chapter '{slug}': {choices(slug, found)}",
                chapter=slug,
                language=language,
            )
        return found[slug]

    def glossary(self, language: str) -> Glossary:
        return self.glossaries[self._known(language)]

    def _known(self, language: str) -> str:
        if language not in self.chapters:
            known = ", ".join(self.chapters) or "no language"
            raise PellucidError(
                "unknown-language",
                f"There are no lessons in '{language}': there are some in {known}.",
                language=language,
            )
        return language


def compile_lesson(folder: Path, subject: Subject | None = None) -> Lesson:
    """Read a whole folder, checked against the model `subject` (by default nano and its task).

    Raises PellucidError where the folder holds no chapter in any language; all else that is wrong is in `problems`.
    """
    subject = subject or nano()
    chapters: dict[str, tuple[Chapter, ...]] = {}
    glossaries: dict[str, Glossary] = {}
    problems: list[Problem] = []
    listed = Source(folder / REFERENCES)
    works = read_works(listed)
    problems += listed.problems
    for language in languages(folder):
        source = Source(language / FILE)
        glossary = read_glossary(source, subject, works)
        problems += source.problems
        files, wrongly_named = chapter_files(language)
        problems += wrongly_named
        slugs = [path.stem for path in files]
        sources = [Source(path) for path in files]
        terms = glossary.terms if glossary.readable else None
        chapters[language.name] = tuple(
            read_chapter(source, language.name, subject, terms, slugs, works) for source in sources
        )
        glossaries[language.name] = glossary
        problems += [problem for source in sources for problem in source.problems]
    first = FIRST if FIRST in chapters else next(iter(chapters))
    for other in chapters.keys() - {first}:
        problems += chapter_differences(folder / first, folder / other, chapters[first], chapters[other])
        problems += term_differences(glossaries[first], glossaries[other])
    return Lesson(folder, subject, chapters, glossaries, tuple(sorted(set(problems))))


def languages(folder: Path) -> list[Path]:
    """The folders of languages, those named like one that hold a chapter."""
    if not folder.is_dir():
        raise PellucidError(
            "no-such-folder",
            f"There is no folder {folder}: make one with a chapter in it, such as {folder}/en/01-first.md, or give "
            "another.",
        )
    found = [
        path
        for path in sorted(folder.iterdir())
        if LANGUAGE.fullmatch(path.name) and path.is_dir() and holds_chapters(path)
    ]
    if not found:
        raise PellucidError(
            "no-lessons",
            f"{folder} holds no lessons: chapters belong into a folder per language, such as en/01-first-look.md.",
        )
    return found


def holds_chapters(language: Path) -> bool:
    """Raises PellucidError where nobody may tell."""
    may_look(language)
    return any(language.glob("*.md"))


def chapter_files(language: Path) -> tuple[list[Path], list[Problem]]:
    paths = sorted(language.glob("*.md"))
    wrong = [
        Problem(path, 1, "a chapter's file is named by two digits and a few words, such as 04-self-attention.md.")
        for path in paths
        if not CHAPTER.fullmatch(path.stem)
    ]
    return [path for path in paths if CHAPTER.fullmatch(path.stem)], wrong


def chapter_for(lesson: Lesson, language: str, slug: str, model: Model, tokens: list[int]) -> dict[str, Any]:
    """A chapter filled in for a model and a question, in the form of docs/protocol.md.

    The lesson is one that was compiled for that very model. Of longer `tokens` the question is the beginning: how much
    of the answer is read back in, each step says itself.
    Raises PellucidError for an unknown language or chapter, a wrong question, or a chapter that does not fit the model
    (`unfit-chapter`): its sentence is for readers, what is wrong in the chapter is said by `pellucid lessons`.
    """
    chapter = compiled_for(lesson, language, slug, model)
    length = model.task["length"] if model.task else len(tokens)
    run = model.trace(model.question(tokens[:length]))
    try:
        return filled(chapter, run)
    except PellucidError as error:
        raise unfit(slug, model) from error


def compiled_for(lesson: Lesson, language: str, slug: str, model: Model) -> Compiled:
    """A chapter of a lesson that was compiled for that model, before it is filled in. Raises PellucidError as
    `chapter_for` does."""
    chapter = lesson.chapter(language, slug)
    if not lesson.fits(chapter):
        raise unfit(slug, model)
    return chapter.compiled


def unfit(slug: str, model: Model) -> PellucidError:
    return PellucidError(
        "unfit-chapter",
        f"The chapter {slug} speaks of what {model.name} does not have: explore the model, or read another chapter.",
        chapter=slug,
        model=model.name,
    )
