"""The body of an article: chapters, steps with their pictures, exercises, and the glossary."""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pellucid.graph import PellucidError
from pellucid.lessons.article import widgets
from pellucid.lessons.article.formulas import with_formulas
from pellucid.lessons.article.links import Links, cell_address, link, linked, term_anchor
from pellucid.lessons.article.pictures import NARROW, cells_of, picture
from pellucid.lessons.article.words import Words
from pellucid.lessons.chapter import Chapter, Step, fill, filled_step
from pellucid.lessons.glossary import Glossary
from pellucid.lessons.moment import Lens
from pellucid.lessons.prose import Filled, plain
from pellucid.scene.drawing import pieces_of
from pellucid.scene.drawing.sentences import spelled

EXERCISE = re.compile(r'<div data-exercise="(\d+)"></div>\n?')
WIDGET = re.compile(r'<div data-widget="(\d+)"></div>\n?')
DRAWING_ID = re.compile(r"\bdrawing-[0-9a-f]{8}-")
WHOLE = ("", "whole model")
"""What is remembered once a whole model has been drawn."""
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)


@dataclass(frozen=True)
class Reading:
    """What an article is made from.

    `fits` tells whether a chapter can be told of the model. `seen` remembers pictures, by chapter and SVG: one that
    comes again is not drawn again; `times` counts them in the whole article.
    """

    language: str
    words: Words
    lens: Lens
    links: Links
    fits: Callable[[Chapter], bool]
    seen: set[tuple[str, str]] = field(default_factory=set)
    times: Counter[str] = field(default_factory=Counter)

    def alone(self, drawing: str) -> str:
        """The same drawing with ids of its own, where it has been drawn already."""
        self.times[drawing] += 1
        times = self.times[drawing]
        return drawing if times == 1 else DRAWING_ID.sub(rf"\g<0>{times}-", drawing)


def chapter_section(chapter: Chapter, reading: Reading) -> str:
    slug = html.escape(chapter.slug)
    return (
        f'<section class="chapter" id="{slug}" aria-labelledby="{slug}-title">'
        f'<h2 id="{slug}-title"><span class="number">{int(chapter.slug[:2])}</span> {html.escape(chapter.title)}</h2>'
        f'<p class="summary">{html.escape(chapter.summary)}</p>{chapter_body(chapter, reading)}</section>\n'
    )


def chapter_body(chapter: Chapter, reading: Reading) -> str:
    """The steps; or a sentence that they cannot be shown for this model."""
    unfit = f'<p class="unfit">{reading.words.unfit}</p>'
    if not reading.fits(chapter):
        return unfit
    try:
        values = fill(chapter, reading.lens)
        return "".join(step_section(chapter, number, values, reading) for number in range(len(chapter.steps)))
    except PellucidError:
        return unfit


@dataclass(frozen=True)
class Telling:
    """One step being told: `said` is what docs/protocol.md says of it, `place` how an address spells it."""

    reading: Reading
    step: Step
    said: dict[str, Any]
    values: Sequence[Filled]
    place: str

    def prose(self, text: str) -> str:
        graph = self.reading.lens.model.graph
        return with_formulas(linked(text, graph, self.values, self.reading.links, self.place))

    def spot(self, text: str, kind: str, cell: str = "") -> str:
        """A link to the step in the interactive tour; nothing where nobody knows where that is."""
        address = self.reading.links.spot(self.place, cell)
        return link(address, text, kind) if address else ""


def step_section(chapter: Chapter, number: int, values: Sequence[Filled], reading: Reading) -> str:
    step = chapter.steps[number]
    place = f"{chapter.slug}:{number + 1}"
    telling = Telling(reading, step, filled_step(step, values, reading.lens), values, place)
    before, exercises = split(telling.said["html"])
    text = telling.prose(before)
    text = TABLE.sub(lambda match: f'<div class="wide">{match[0]}</div>', text)
    text = WIDGET.sub(lambda match: widget(telling, int(match[1])), text)
    anchor = html.escape(place)
    return (
        f'<section class="step" id="{anchor}">{heading(telling, anchor, number)}{text}{figure(telling)}'
        f"{EXERCISE.sub(lambda match: exercise(telling, int(match[1])), telling.prose(exercises))}</section>\n"
    )


def split(text: str) -> tuple[str, str]:
    """What stands before the first exercise, and what from there: the picture belongs between the two."""
    match = EXERCISE.search(text)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def heading(telling: Telling, anchor: str, number: int) -> str:
    words = telling.reading.words
    title = telling.prose(telling.said["title"]) or words.step.format(number=number + 1)
    return f'<h3>{title} <a class="anchor" href="#{anchor}" aria-label="{words.anchor}">#</a></h3>'


def figure(telling: Telling) -> str:
    """The picture with its note, which stands alone where the chapter has shown the same picture already."""
    reading, cue = telling.reading, telling.said["cue"]
    note = f"{telling.prose(cue['note'])} {telling.spot(reading.words.moving, 'moving')}"
    drawing = drawn(telling)
    chapter = telling.place.partition(":")[0]
    if not drawing or (chapter, drawing) in reading.seen:
        return f'<p class="said">{note}</p>' if note.strip() else ""
    reading.seen.add((chapter, drawing))
    drawing = reading.alone(drawing)
    whole = " whole" if cue["view"] == "home" and not cue["models"] else ""
    caption = f"<figcaption>{note}</figcaption>"
    return f'<figure class="picture{whole}"><div class="wide">{drawing}</div>{caption}</figure>'


def drawn(telling: Telling) -> str:
    """The whole model is drawn once in an article, and after that what a step says of it."""
    reading, cue = telling.reading, telling.said["cue"]
    moment = reading.lens.moment(telling.step.cue.generated, telling.step.cue.off)
    if cue["models"]:
        return widgets.beside(moment.model, cue["models"], reading.words)
    home = cue["view"] == "home"
    drawing = picture(moment.values, cue, reading.language, reading.words, again=home and WHOLE in reading.seen)
    if home:
        reading.seen.add(WHOLE)
    return drawing


def exercise(telling: Telling, number: int) -> str:
    words, said = telling.reading.words, telling.said["exercises"][number]
    anchor = f"{html.escape(telling.place)}-{number + 1}"
    hint = f"<details><summary>{words.hint}</summary>{telling.prose(said['hint'])}</details>" if said["hint"] else ""
    cells = answer_cells(telling, said["answer"])
    answer = f"<p>{cells} {telling.prose(said['praise'])}</p>{answer_picture(telling, said['answer'], plain([cells]))}"
    return (
        f'<div class="exercise" role="group" aria-labelledby="{anchor}">'
        f'<p class="kicker" id="{anchor}">{words.exercise}</p>'
        f"<p>{telling.prose(said['question'])}</p>"
        f'<p class="said">{words.find_it}</p>{hint}'
        f'<details class="answer"><summary>{words.answer}</summary>{answer}</details>'
        f"{telling.spot(words.try_exercise, 'moving')}</div>\n"
    )


def answer_picture(telling: Telling, regions: list[dict[str, Any]], cells: str) -> str:
    """A picture of what the question is about with those cells marked, which `cells` says in words."""
    reading, cue = telling.reading, telling.said["cue"]
    values = reading.lens.moment(telling.step.cue.generated, telling.step.cue.off).values
    asked = list(dict.fromkeys(region["tensor"] for region in regions))
    answer = {**cue, "view": "part", "focus": asked, "show": [], "at": regions, "select": None}
    name = f"{reading.words.answer}: {cells.strip()}"
    drawing = picture(values, answer, reading.language, reading.words, width=NARROW, name=name)
    return f'<div class="picture">{reading.alone(drawing)}</div>'


def answer_cells(telling: Telling, regions: list[dict[str, Any]]) -> str:
    """The cells that are right, in words."""
    return telling.reading.words.listed.join(cells_named(telling, region) for region in regions)


def cells_named(telling: Telling, region: dict[str, Any]) -> str:
    model, words, tokens = telling.reading.lens.model, telling.reading.words, telling.said["cue"]["tokens"]
    name, spans = cells_of(region)
    tensor = model.graph.tensors[name]
    place = html.escape(
        ", ".join(spelled(spans, tensor.axes, model.graph.shape(tensor, len(tokens)), pieces_of(model, tokens)))
    )
    named = html.escape(words.graph.title(tensor.title)) + (f" [{place}]" if place else "")
    address = telling.reading.links.spot(telling.place, cell_address(tensor.name, [first for first, _ in spans]))
    return link(address, named, "tensor")


def widget(telling: Telling, number: int) -> str:
    chosen, reading = telling.step.widgets[number], telling.reading
    moment = reading.lens.moment(telling.step.cue.generated, telling.step.cue.off)
    drawn = widgets.drawn(chosen, moment, reading.words)
    return f'<div class="widget">{drawn}{telling.spot(reading.words.try_widget, "moving")}</div>\n'


def glossary_section(glossary: Glossary, reading: Reading) -> str:
    entries = "".join(glossary_entries(glossary, reading))
    return (
        '<section class="chapter" id="glossary" aria-labelledby="glossary-title">'
        f'<h2 id="glossary-title">{reading.words.glossary}</h2><dl>{entries}</dl></section>\n'
    )


def glossary_entries(glossary: Glossary, reading: Reading) -> Iterator[str]:
    graph, words = reading.lens.model.graph, reading.words
    for term in glossary.terms.values():
        definition = with_formulas(linked(term.definition, graph, (), reading.links, ""))
        places = words.listed.join(
            link(
                reading.links.spot("", cell_address(name)),
                html.escape(words.graph.title(graph.tensors[name].title)),
                "tensor",
            )
            for name in term.see
        )
        see = f'<span class="see">{words.see.format(places=places)}</span>' if places else ""
        yield (
            f'<div id="{html.escape(term_anchor(term.id))}"><dt>{html.escape(term.word)}</dt>'
            f"<dd>{definition} {see}</dd></div>"
        )
