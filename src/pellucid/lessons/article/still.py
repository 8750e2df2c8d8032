"""The picture of one step alone, for whoever tells the step but cannot draw: a page in a browser without WebGL."""

from collections.abc import Sequence
from string import Template

from pellucid.graph import PellucidError
from pellucid.lessons.article import widgets
from pellucid.lessons.article.pictures import picture
from pellucid.lessons.article.squares import SIZE
from pellucid.lessons.article.words import Words, words_in
from pellucid.lessons.filling import fill, filled_step
from pellucid.lessons.lesson import Lesson
from pellucid.lessons.moment import Lens
from pellucid.run.model import Model
from pellucid.scene.drawing.markup import element, rect
from pellucid.scene.drawing.palette import Theme
from pellucid.scene.drawing.plain import plain
from pellucid.scene.drawing.style import Choice, values

RULES = Template("""\
.squares{font-family:system-ui,sans-serif;font-size:15px;fill:$quietLabel}
.squares rect{fill:$plate;stroke:$quietLabel;stroke-width:1.25}
.squares .ground{fill:$ground;stroke:none}
.squares .part0,.squares .part1{fill:$accent;stroke:none}
.squares .part1{fill-opacity:.75}
.squares .lens{fill:none;stroke:$quietLabel;stroke-dasharray:4 4}
.squares .model{fill:$label;font-weight:600}
""")
"""Of models beside one another, which have their colours from the article where they stand in one."""


def still(
    lesson: Lesson,
    language: str,
    slug: str,
    number: int,
    model: Model,
    tokens: Sequence[int],
    theme: Choice = "auto",
) -> str:
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
        return beside(model, cue["models"], words, theme)
    return picture(step.cue.moment(lens).values, cue, language, words, theme=theme)


def beside(model: Model, presets: Sequence[str], words: Words, theme: Choice) -> str:
    """Models beside one another, with a ground and colours of their own."""
    squares, end, _ = widgets.beside(model, presets, words).partition("</svg>")
    head, told, shapes = squares.partition("</desc>")
    drawing = head + told + rect(SIZE, class_="ground", rx=8) + shapes + end
    if theme != "auto":
        return plain(drawing, rules(theme))
    sheet = f"{rules('light')}@media(prefers-color-scheme:dark){{{rules('dark')}}}"
    return drawing.replace(end, element("style", sheet) + end)


def rules(theme: Theme) -> str:
    return RULES.substitute(values(theme))
