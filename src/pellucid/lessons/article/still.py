"""The picture of one step alone, for whoever tells the step but cannot draw: a page in a browser without WebGL."""

from collections.abc import Sequence

from pellucid.graph import PellucidError
from pellucid.lessons.article import widgets
from pellucid.lessons.article.pictures import picture
from pellucid.lessons.article.words import words_in
from pellucid.lessons.filling import fill, filled_step
from pellucid.lessons.lesson import Lesson
from pellucid.lessons.moment import Lens
from pellucid.run.model import Model

STYLE = (
    "<style>.squares{font-family:system-ui,sans-serif;font-size:15px}.squares *{fill:#565f69}"
    ".squares .model{fill:#1c2126;font-weight:600}.squares .inside,.squares .inside *{fill:#fff}"
    "@media(prefers-color-scheme:dark){.squares *{fill:#a3abb3}"
    ".squares .model{fill:#e4e6e4}.squares .inside,.squares .inside *{fill:#14171a}}</style>"
)
"""Of models beside one another, which have their colours from the article where they stand in one."""


def still(lesson: Lesson, language: str, slug: str, number: int, model: Model, tokens: Sequence[int]) -> str:
    """The SVG of a chapter's step, counted from 1, for a question to the model.

    The lesson is one that was compiled for that very model. Of longer `tokens` the question is the beginning.
    Raises PellucidError for an unknown language, chapter or step, and for a wrong question.
    """
    chapter = lesson.chapter(language, slug).compiled
    if not 1 <= number <= len(chapter.steps):
        raise PellucidError(
            "unknown-step",
            f"{slug} has no step {number}: its steps are 1 to {len(chapter.steps)}.",
            chapter=slug,
            steps=len(chapter.steps),
        )
    words = words_in(language)
    length = model.task["length"] if model.task else len(tokens)
    lens = Lens(model.trace(model.question(list(tokens)[:length])))
    step = chapter.steps[number - 1]
    cue = filled_step(step, fill(chapter, lens), lens)["cue"]
    if cue["models"]:
        squares, end, _ = widgets.beside(model, cue["models"], words).partition("</svg>")
        return f"{squares}{STYLE}{end}"
    return picture(step.cue.moment(lens).values, cue, language, words)
