"""The body of an article: chapters, steps with their pictures, exercises, and the glossary."""

import html
import re
from collections.abc import Iterator

from pellucid.graph import PellucidError
from pellucid.graph.python import program
from pellucid.lessons.article import widgets
from pellucid.lessons.article.exercises import answers_section, question
from pellucid.lessons.article.formulas import with_formulas
from pellucid.lessons.article.links import cell_address, link, linked, term_anchor, work_anchor
from pellucid.lessons.article.pictures import picture
from pellucid.lessons.article.telling import Reading, Telling, tellings
from pellucid.lessons.article.words import Words
from pellucid.lessons.chapter import Chapter
from pellucid.lessons.facts import spaced
from pellucid.lessons.glossary import Glossary
from pellucid.lessons.references import Works

EXERCISE = re.compile(r'<div data-exercise="(\d+)"></div>\n?')
WIDGET = re.compile(r'<div data-widget="(\d+)"></div>\n?')
NAMES = re.compile("drawing-[0-9a-f]{8}-")
"""The names of parts of a drawing, which are of no other: an article may hold the same drawing in several places."""
FORMULA = '<div class="math block">'
WHOLE = "whole model"
"""What is remembered once a whole model has been drawn."""
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)


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
        told = list(tellings(chapter, reading))
        drawn = [drawing(telling) for telling in told]
        steps = [
            step_section(telling, figure(telling, "" if shown in drawn[:number] else shown))
            for number, (telling, shown) in enumerate(zip(told, drawn, strict=True))
        ]
        return "".join(steps) + answers_section(chapter, told)
    except PellucidError:
        return unfit


def step_section(telling: Telling, picture: str) -> str:
    before, exercises = split(telling.said["html"])
    text = telling.prose(before)
    text = TABLE.sub(lambda match: f'<div class="wide">{match[0]}</div>', text)
    text = WIDGET.sub(lambda match: widget(telling, int(match[1])), text)
    asked = EXERCISE.sub(lambda match: question(telling, int(match[1])), telling.prose(exercises))
    body = f"{heading(telling)}{text}{picture}{in_python(telling)}{asked}"
    return f'<section class="step" id="{telling.anchor}">{body}</section>\n'


def in_python(telling: Telling) -> str:
    """What the step computes, as lines of NumPy, folded up, where it shows a formula; no line twice in an article."""
    if FORMULA not in telling.said["html"]:
        return ""
    graph, seen = telling.moment.model.graph, telling.reading.seen
    lines = [line for line in program(graph.makers[name] for name in telling.said["cue"]["run"]) if line not in seen]
    if not lines:
        return ""
    seen.update(lines)
    code = html.escape("\n".join(lines), quote=False)
    return (
        f'<details class="python"><summary>{telling.reading.words.in_python}</summary>'
        f'<pre translate="no"><code>{code}</code></pre></details>\n'
    )


def split(text: str) -> tuple[str, str]:
    """What stands before the first exercise, and what from there: the picture belongs between the two."""
    match = EXERCISE.search(text)
    return (text[: match.start()], text[match.start() :]) if match else (text, "")


def heading(telling: Telling) -> str:
    anchor, words = telling.anchor, telling.reading.words
    return f'<h3>{telling.title} <a class="anchor" href="#{anchor}" aria-label="{words.anchor}">#</a></h3>'


def drawing(telling: Telling) -> str:
    """What the step shows, as SVG. The whole model is drawn once in an article, and after that what is spoken of."""
    reading, cue = telling.reading, telling.said["cue"]
    if is_only_asked(telling):
        return ""
    if cue["models"]:
        return widgets.beside(telling.moment.model, cue["models"], reading.words)
    again = cue["view"] == "home" and WHOLE in reading.seen
    if cue["view"] == "home":
        reading.seen.add(WHOLE)
    return picture(telling.moment.values, cue, reading.language, reading.words, again=again)


def is_only_asked(telling: Telling) -> bool:
    """Whether the step has nothing but questions for a pencil, which have their numbers in them: what it shows on the
    page is there to be searched, and would answer another question."""
    exercises = telling.stands.exercises
    return bool(exercises) and all(each.pencil for each in exercises) and not telling.said["cue"]["run"]


def figure(telling: Telling, shown: str) -> str:
    """A picture with its note; nothing where there is none, or the chapter has shown it already."""
    cue = telling.said["cue"]
    note = telling.prose(cue["note"])
    if cue["instead"]:
        note += telling.reading.words.instead.format(letters=html.escape(spaced(telling.moment, cue["instead"])))
    note = f"{note} {telling.spot(telling.reading.words.moving, 'moving')}".strip()
    if not shown:
        return ""
    whole = " whole" if cue["view"] == "home" and not cue["models"] else ""
    shown = NAMES.sub(f"drawing-{telling.anchor}-", shown)
    return f'<figure class="picture{whole}"><div class="wide">{shown}</div><figcaption>{note}</figcaption></figure>'


def widget(telling: Telling, number: int) -> str:
    drawn = widgets.drawn(telling.stands.widgets[number], telling.moment, telling.reading.words)
    return f'<div class="widget">{drawn}{telling.spot(telling.reading.words.try_widget, "moving")}</div>\n'


def glossary_section(glossary: Glossary, reading: Reading) -> str:
    entries = "".join(glossary_entries(glossary, reading))
    return (
        '<section class="chapter" id="glossary" aria-labelledby="glossary-title">'
        f'<h2 id="glossary-title">{reading.words.glossary}</h2><dl>{entries}</dl></section>\n'
    )


def references_section(works: Works, words: Words) -> str:
    """The works that are cited; nothing where a lesson has no list of them."""
    if not works:
        return ""
    entries = "".join(
        f'<li id="{html.escape(work_anchor(work.key))}">{html.escape(f"{work.named} ({work.year}).")} '
        f'<a href="{html.escape(work.link)}"><cite>{html.escape(work.title)}</cite></a>. '
        f"{html.escape(work.where)}.</li>"
        for work in works.values()
    )
    return (
        '<section class="chapter" id="references" aria-labelledby="references-title">'
        f'<h2 id="references-title">{words.references}</h2><ul class="works">{entries}</ul></section>\n'
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
