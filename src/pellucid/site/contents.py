"""What a site holds of models and lessons: the answers that a server would give, as files that the page reads.

web/src/source/site.ts reads them. JSON is compressed here, because not every host does that; a question that would be
refused has the refusal in its file. Numbers that depend on a reader's letters are not here: the page computes them.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec.json import encode

from pellucid.graph import PellucidError
from pellucid.lessons import Lesson, Subject, chapter_for, compile_lesson, compiled_for
from pellucid.lessons.article.still import still
from pellucid.lessons.widget import Widget
from pellucid.models import PRESETS
from pellucid.run.interventions import interventions_of
from pellucid.run.model import Model
from pellucid.run.wire import safetensors, trace_file, weights_file
from pellucid.scene.drawing import draw
from pellucid.serve.answers import Body
from pellucid.serve.collection import Collection, Shown, opening, untaught
from pellucid.serve.tour import JSON, consequences, heads, questions, training_anew, without_each_part
from pellucid.tasks.lookup import TASKS
from pellucid.train.again import again, pictures, untrained
from pellucid.train.fresh import offered
from pellucid.train.teaching import teaching
from pellucid.words import words_in

MOST_PARAMETERS = 1_000_000
"""Larger models take too long to compute in a page: MOST_NUMBERS of web/src/source/local.ts."""

IMAGE = re.compile('data:image/png;base64,([^"]*)')

USUAL_STEPS = 160
"""Of a training where a lesson does not say how many it has, as in the page."""

TEXT = "new:text"
MANY_LETTERS = 128
"""Different letters in a text: MANY of web/src/source/between.ts."""

File = tuple[str, bytes]
"""Its place in the folder, and what is in it."""


def contents(collection: Collection, lessons: Path) -> Iterator[File]:
    """Everything but the page itself."""
    yield packed("models.json", listed(collection))
    first = compile_lesson(lessons, Subject.of(collection.find(collection.default).model))
    for language in first.glossaries:
        yield packed(f"glossary/{language}.json", first.glossary(language).to_json())
    number = 0
    for entry in collection.entries():
        shown = collection.find(entry["id"])
        for name, content in of_model(shown, lessons) if entry["loaded"] else of_preset(entry["id"]):
            yield f"models/{number}/{name}", content
        number += 1
    for new in offered():
        for name, content in (packed("lessons.json", unfit(first)), *of_new(new["id"])):
            yield f"models/{number}/{name}", content
        number += 1


def listed(collection: Collection) -> dict[str, object]:
    """Without a server nobody makes new models of other sizes than the usual ones."""
    return {**collection.listed(), "new": [{**new, "settings": {}} for new in offered()]}


def unfit(lesson: Lesson) -> dict[str, Any]:
    """What there is to read, none of it of the model at hand."""
    told = lesson.contents()
    languages = told["languages"].items()
    return {**told, "languages": {code: [{**entry, "fits": False} for entry in found] for code, found in languages}}


@lru_cache(maxsize=len(TASKS))
def of_new(name: str) -> tuple[File, ...]:
    """A model that is still to be taught, which begins with weights that the page draws; the same in every site."""
    if name == TEXT:
        return tuple(of_text())
    shown = untaught(name)
    return (
        packed("description.json", shown.description),
        packed("python.json", {tensor: shown.python([tensor]) for tensor in shown.graph.makers}),
        packed("questions.json", questions(shown.model)),
        *taught(shown.model),
    )


def of_text() -> Iterator[File]:
    """A model that is still to read a text. For how many letters that has only the page knows, and nobody would make it
    for them here: from this few to many, all that changes does so evenly, so that the page finds what lies between."""
    few, many = untaught(TEXT), untaught(f"{TEXT},letters={MANY_LETTERS}")
    yield packed("description.json", few.description)
    yield packed("python.json", {tensor: few.python([tensor]) for tensor in few.graph.makers})
    yield from taught(few.model)
    yield packed("many/description.json", many.description)
    yield from ((f"many/{name}", content) for name, content in taught(many.model) if name == "learning.json.gz")


def taught(model: Model) -> Iterator[File]:
    """What it takes to teach the model anew. The graph with its gradients, which a step of descent takes as well, is a
    file of its own."""
    try:
        told = teaching(model)
    except PellucidError as error:
        yield packed("teaching.json", refused(error))
    else:
        yield packed("learning.json", told.pop("graph"))
        yield packed("teaching.json", told)


@lru_cache(maxsize=len(PRESETS))
def of_preset(name: str) -> tuple[File, ...]:
    """A model of which nothing is known but its sizes: the same in every site, and much work for the largest."""
    shown = Collection().find(name)
    return packed("description.json", shown.description), packed("lessons.json", refused(shown.without_weights))


def of_model(shown: Shown, lessons: Path) -> Iterator[File]:
    model = shown.model
    lesson = compile_lesson(lessons, Subject.of(model))
    yield packed("description.json", shown.description)
    yield "weights.safetensors", shown.weights.content
    yield packed("opening.safetensors", Body.tensors(trace_file(model.trace(shown.opening))))
    yield packed("lessons.json", lesson.contents())
    yield packed("python.json", {name: shown.python([name]) for name in shown.graph.makers})
    yield from chapters(lesson, model)
    yield from stills(lesson, shown)
    yield packed("questions.json", answered(lambda: questions(model)))
    yield from taught(model)
    yield packed("heads.json", answered(lambda: heads(model)))
    yield packed("ablations.json", answered(lambda: without_each_part(model)))
    yield from trainings(lesson, model)


def chapters(lesson: Lesson, model: Model) -> Iterator[File]:
    """Each chapter, to be filled in by the page, and as it is for the letters that the page opens with.

    What changes do to the model, which the text asks about, follows from the weights and is found out here.
    """
    tokens = list(opening(model))
    changes: set[str] = set()
    for language, found in lesson.chapters.items():
        for slug in (chapter.slug for chapter in found):
            name = f"{language}/{slug}.json"
            try:
                compiled = compiled_for(lesson, language, slug, model)
                yield packed(name, chapter_for(lesson, language, slug, model, tokens))
                yield packed(f"compiled/{name}", Body(encode(compiled), JSON))
                changes.update(compiled.changes)
            except PellucidError as error:
                yield packed(name, refused(error))
                yield packed(f"compiled/{name}", refused(error))
    known = {each: consequences(model, interventions_of([each], model.graph)) for each in sorted(changes)}
    yield packed("consequences.json", {each: json.loads(body.content) for each, body in known.items()})


def stills(lesson: Lesson, shown: Shown) -> Iterator[File]:
    """The model and the steps of each chapter as pictures, for browsers that cannot draw what they show.

    They are of the letters that the page opens with. The images in them, which most pictures share with others, lie in
    a file of their own. Every program reads them, saved from the page: they are of one theme, without a style sheet.
    """
    model = shown.model
    images: dict[str, int] = {}

    def apart(picture: str) -> str:
        return IMAGE.sub(lambda found: f"image:{images.setdefault(found[1], len(images))}", picture)

    for language, found in lesson.chapters.items():
        whole = draw(model.trace(shown.opening), theme="light", language=language, title=words_in(language).title)
        yield packed(f"pictures/{language}.json", Body(encode([apart(whole)]), JSON))
        for chapter in found:
            if lesson.fits(chapter):
                steps = range(1, len(chapter.steps) + 1)
                drawn = (still(lesson, language, chapter.slug, step, model, shown.opening, "light") for step in steps)
                yield packed(f"pictures/{language}/{chapter.slug}.json", Body(encode([*map(apart, drawn)]), JSON))
    yield packed("pictures/images.json", Body(encode([*images]), JSON))


def widgets(lesson: Lesson, kind: str) -> list[Widget]:
    steps = (step for found in lesson.chapters.values() for chapter in found for step in chapter.steps)
    return [widget for step in steps for widget in step.widgets if widget.kind == kind]


def trainings(lesson: Lesson, model: Model) -> Iterator[File]:
    """How the model was taught, and its weights before that and after some of the steps, where lessons show them."""
    shown = widgets(lesson, "training")
    if model.task is None or not shown + widgets(lesson, "descent"):
        return
    yield "untrained.safetensors", weights_file(untrained(model).parameters)
    kept: dict[str, list[int]] = {}
    for steps, hold_out in sorted({asked_training(widget) for widget in shown}):
        name = "-".join(("training", str(steps), *([hold_out] if hold_out else [])))
        yield packed(f"{name}.json", training_anew(model, steps, hold_out or None))
        kept[name] = []
        for step, weights in pictures(again(model, steps, hold_out or None), steps):
            if hold_out and 0 < step < steps:
                continue  # of a second training the end is enough: every picture is as large as the model
            kept[name].append(step)
            if step > 0:
                yield f"{name}-{step}.safetensors", safetensors(weights, {})
    yield packed("training.json", kept)


def asked_training(widget: Widget) -> tuple[int, str]:
    """How many steps a widget shows, and what is held out, where it says so."""
    return int(widget.options.get("steps", USUAL_STEPS)), str(widget.options.get("hold_out", ""))


def answered(answer: Callable[[], Body]) -> Body | Mapping[str, Any]:
    """What a server would answer: that it cannot, as well."""
    try:
        return answer()
    except PellucidError as error:
        return refused(error)


def refused(error: PellucidError) -> dict[str, Any]:
    return {"error": error.to_json()}


def packed(name: str, content: Body | Mapping[str, Any]) -> File:
    """JSON or tensors, compressed; the same content gives the same bytes."""
    body = content if isinstance(content, Body) else Body.json(content)
    return f"{name}.gz", body.gzipped
