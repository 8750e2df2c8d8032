"""The body of an article: chapters, steps with their pictures, exercises, and the glossary."""

import html
import re
from collections.abc import Iterator, Sequence

from pellucid.graph import PellucidError
from pellucid.graph.op import Op
from pellucid.lessons.article import widgets
from pellucid.lessons.article.exercises import answers_section, question
from pellucid.lessons.article.figures import NAMES, anchor, caption, reference, with_captions
from pellucid.lessons.article.formulas import formula, with_formulas
from pellucid.lessons.article.links import linked, term_anchor, work_anchor
from pellucid.lessons.article.pictures import UPRIGHT, WIDTH, picture
from pellucid.lessons.article.telling import Reading, Telling, tellings
from pellucid.lessons.article.words import Words
from pellucid.lessons.chapter import Chapter
from pellucid.lessons.facts import spaced
from pellucid.lessons.glossary import Glossary
from pellucid.lessons.python import names, program
from pellucid.lessons.references import Works

EXERCISE = re.compile(r'<div data-exercise="(\d+)"></div>\n?')
WIDGET = re.compile(r'<div data-widget="(\d+)"></div>\n?')
FORMULA = '<div class="math block">'
DIGITS = 'class="digits"'
PARAGRAPH = re.compile(r"<p>((?:(?!</p>).)*data-value(?:(?!</p>).)*?)([.:。：]?)</p>", re.DOTALL)
"""A paragraph that speaks of numbers, and what closes it."""
FEW_CHAPTERS = 3
"""The glossary leads to so many chapters that speak of a thing."""
WHOLE = "whole model"
"""What is remembered once a whole model has been drawn."""
UNTRAINED = {"descent", "training"}
"""Widgets that tell of weights before their training, which no picture of the model at hand shows."""
CURVE = re.compile(r'(<svg class="curve".*</svg>)<p class="said">(.*)</p>', re.DOTALL)
"""A widget that is drawn, and what it shows."""
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
        return "".join(map(step_section, told)) + answers_section(chapter, told)
    except PellucidError:
        return unfit


def step_section(telling: Telling) -> str:
    before, exercises = split(telling.said["html"])
    shown = drawing(telling)
    before = referring(telling, before, shown)
    text = with_captions(telling.prose(before), telling.reading.figures, telling.reading.words)
    text = TABLE.sub(lambda match: f'<div class="wide">{match[0]}</div>', text)
    text = WIDGET.sub(lambda match: widget(telling, int(match[1])), text)
    asked = EXERCISE.sub(lambda match: question(telling, int(match[1])), telling.prose(exercises))
    words = telling.reading.words
    if asks_pencils(telling) and telling.title != words.by_hand:
        asked = f"<h3>{words.by_hand}</h3>{asked}"
    body = f"{heading(telling)}{text}{figure(telling, shown)}{in_python(telling)}{asked}"
    return f'<section class="step" id="{telling.anchor}">{body}</section>\n'


def in_python(telling: Telling) -> str:
    """What the step computes, as lines of NumPy, folded up, where it shows a formula; no line twice in an article."""
    if FORMULA not in telling.said["html"]:
        return ""
    graph, seen = telling.moment.model.graph, telling.reading.seen
    ops = [graph.makers[name] for name in telling.said["cue"]["run"]]
    lines = [line for line in program(ops) if line not in seen]
    if not lines:
        return ""
    seen.update(lines)
    code = html.escape("\n".join(lines), quote=False)
    shown = [op for op in ops if not set(lines).isdisjoint(program([op]))]
    variables = variables_of(shown, telling.reading.words.listed)
    return (
        f'<details class="python"><summary>{telling.reading.words.in_python}</summary>'
        f'<pre translate="no"><code>{code}</code></pre><p class="said">{variables}</p></details>\n'
    )


def variables_of(ops: Sequence[Op], listed: str) -> str:
    """What the variables of these ops stand for in formulas: `W_Q` for the matrix written with a raised Q."""
    found: dict[str, str] = {}
    for op in ops:
        for tensor, name in names([*op.operands, op.output]).items():
            found.setdefault(name, f"<code>{html.escape(name)}</code> = {formula(tensor.symbol, 'inline')}")
    return listed.join(found.values())


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
    if is_only_asked(telling) or any(each.kind in UNTRAINED for each in telling.stands.widgets):
        return ""
    if cue["models"]:
        return widgets.beside(telling.moment.model, cue["models"], reading.words)
    is_whole = cue["view"] == "home"
    again = is_whole and WHOLE in reading.seen
    if is_whole:
        reading.seen.add(WHOLE)
    if asks_pencils(telling):  # what is not computed here is there to be searched on the page
        cue = {**cue, "focus": computed(telling), "show": []}
    width = UPRIGHT if is_whole and not again else WIDTH
    drawn = picture(telling.moment.values, cue, reading.language, reading.words, width=width, again=again)
    return "" if telling.stands.widgets and DIGITS not in drawn else drawn  # the widget's table says more


def is_only_asked(telling: Telling) -> bool:
    """Whether the step has nothing but questions for a pencil, which have their numbers in them: what it shows on the
    page is there to be searched, and would answer another question."""
    return asks_pencils(telling) and not telling.said["cue"]["run"]


def asks_pencils(telling: Telling) -> bool:
    exercises = telling.stands.exercises
    return bool(exercises) and all(each.pencil for each in exercises)


def computed(telling: Telling) -> list[str]:
    """What of all that is in focus the step computes, or computes from."""
    cue, makers = telling.said["cue"], telling.moment.model.graph.makers
    told = {name for run in cue["run"] for name in (run, *makers[run].operand_names)}
    return [name for name in cue["focus"] if name in told]


def figure(telling: Telling, shown: str) -> str:
    """A picture with its number and its note, if no earlier figure shows the same; what moves on the page is to be seen
    there in any case."""
    cue, reading = telling.said["cue"], telling.reading
    words, figures = reading.words, reading.figures
    moving = telling.spot(words.moving, "moving")
    if not shown or earlier(telling, shown) is not None:
        return f'<p class="said">{moving}</p>' if moving else ""
    note = telling.prose(cue["note"])
    if cue["instead"]:
        letters = html.escape(spaced(telling.moment, cue["instead"]))
        note += words.instead_named if letters in note else words.instead.format(letters=letters)
    number = figures.next() if cue["models"] else figures.drawing(shown)
    whole = " whole" if cue["view"] == "home" and not cue["models"] else ""
    shown = NAMES.sub(f"drawing-{telling.anchor}-", shown)
    said = caption(number, note, words).removesuffix("</figcaption>") + f"{moving}</figcaption>"
    return f'<figure class="picture{whole}" id="{anchor(number)}"><div class="wide">{shown}</div>{said}</figure>'


def earlier(telling: Telling, shown: str) -> int | None:
    """The number of the figure that shows the same already."""
    return telling.reading.figures.earlier(shown) if shown and not telling.said["cue"]["models"] else None


def referring(telling: Telling, text: str, shown: str) -> str:
    """The text of a step; where an earlier figure shows the cells that it speaks of, this is named, once in a chapter,
    at the end of the first paragraph with numbers."""
    number, cue, seen = earlier(telling, shown), telling.said["cue"], telling.reading.seen
    if number is None or not (cue["at"] or cue["select"]):
        return text
    chapter = f"{telling.place.partition(':')[0]}, {anchor(number)}"
    if chapter in seen or not PARAGRAPH.search(text):
        return text
    seen.add(chapter)
    words = telling.reading.words
    return PARAGRAPH.sub(lambda match: f"<p>{match[1]}{reference(number, words)}{match[2]}</p>", text, count=1)


def widget(telling: Telling, number: int) -> str:
    drawn = widgets.drawn(telling.stands.widgets[number], telling.moment, telling.reading.words)
    if curve := CURVE.fullmatch(drawn):
        figure = telling.reading.figures.next()
        drawn = f'<figure id="{anchor(figure)}">{curve[1]}{caption(figure, curve[2], telling.reading.words)}</figure>'
    return f'<div class="widget">{drawn}{telling.spot(telling.reading.words.try_widget, "moving")}</div>\n'


def glossary_section(glossary: Glossary, chapters: Sequence[Chapter], reading: Reading) -> str:
    """The terms, each with the first of these chapters that speak of it; nothing where a lesson explains none."""
    if not glossary.terms:
        return ""
    entries = "".join(glossary_entries(glossary, chapters, reading))
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


def glossary_entries(glossary: Glossary, chapters: Sequence[Chapter], reading: Reading) -> Iterator[str]:
    graph, words = reading.lens.model.graph, reading.words
    for term in glossary.terms.values():
        definition = with_formulas(linked(term.definition, graph, (), reading.links, ""))
        mention = f'data-term="{html.escape(term.id)}"'
        speaking = [chapter for chapter in chapters if any(mention in step.html for step in chapter.steps)]
        places = words.listed.join(
            f'<a href="{html.escape(reading.links.chapter(chapter.slug))}">{int(chapter.slug[:2])} '
            f"{html.escape(chapter.title)}</a>"
            for chapter in speaking[:FEW_CHAPTERS]
        )
        see = f'<span class="see">{words.see.format(places=places)}</span>' if places else ""
        yield (
            f'<div id="{html.escape(term_anchor(term.id))}"><dt>{html.escape(term.word)}</dt>'
            f"<dd>{definition} {see}</dd></div>"
        )
