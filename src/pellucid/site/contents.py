"""What a site holds of models and lessons: the answers that a server would give, as files that the page reads.

web/src/source/site.ts reads them. JSON is compressed here, because not every host does that; a question that would be
refused has the refusal in its file. Numbers that depend on a reader's letters are not here: the page computes them.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pellucid.graph import PellucidError
from pellucid.lessons import Lesson, Subject, chapter_for, compile_lesson
from pellucid.lessons.widget import Widget
from pellucid.run.model import Model
from pellucid.run.wire import safetensors, trace_file
from pellucid.serve.answers import Body
from pellucid.serve.collection import Collection, Shown, example
from pellucid.serve.tour import heads, training_anew, without_each_part
from pellucid.train.again import again, pictures, untrained

MOST_PARAMETERS = 1_000_000
"""Larger models take too long to compute in a page: MOST_NUMBERS of web/src/source/local.ts."""

USUAL_STEPS = 160
"""Of a training where a lesson does not say how many it has, as in the page."""

File = tuple[str, bytes]
"""Its place in the folder, and what is in it."""


def contents(collection: Collection, lessons: Path) -> Iterator[File]:
    """Everything but the page itself."""
    yield packed("models.json", listed(collection))
    first = compile_lesson(lessons, Subject.of(collection.find(collection.default).model))
    for language in first.glossaries:
        yield packed(f"glossary/{language}.json", first.glossary(language).to_json())
    for number, entry in enumerate(collection.entries()):
        shown = collection.find(entry["id"])
        for name, content in of_model(shown, lessons) if entry["loaded"] else of_preset(shown):
            yield f"models/{number}/{name}", content


def listed(collection: Collection) -> dict[str, object]:
    return {"default": collection.default, "models": collection.entries()}


def of_preset(shown: Shown) -> Iterator[File]:
    """A model of which nothing is known but its sizes."""
    yield packed("description.json", shown.description)
    yield packed("lessons.json", answered(lambda: shown.model))


def of_model(shown: Shown, lessons: Path) -> Iterator[File]:
    model = shown.model
    lesson = compile_lesson(lessons, Subject.of(model))
    yield packed("description.json", shown.description)
    yield "weights.safetensors", shown.weights.content
    yield "opening.safetensors", trace_file(model.trace(example(model)))
    yield packed("lessons.json", lesson.contents())
    yield from chapters(lesson, model)
    yield packed("heads.json", answered(lambda: heads(model)))
    yield packed("ablations.json", answered(lambda: without_each_part(model)))
    yield from trainings(lesson, model)


def chapters(lesson: Lesson, model: Model) -> Iterator[File]:
    """Each chapter, filled in for the letters that the page opens with."""
    tokens = list(model.tokens(example(model)))
    for language, found in lesson.chapters.items():
        for chapter in found:
            slug = chapter.slug
            yield packed(
                f"{language}/{slug}.json",
                answered(lambda language=language, slug=slug: chapter_for(lesson, language, slug, model, tokens)),
            )


def widgets(lesson: Lesson, kind: str) -> list[Widget]:
    steps = (step for found in lesson.chapters.values() for chapter in found for step in chapter.steps)
    return [widget for step in steps for widget in step.widgets if widget.kind == kind]


def trainings(lesson: Lesson, model: Model) -> Iterator[File]:
    """How the model was taught, and its weights before that and after some of the steps, where lessons show them."""
    shown = widgets(lesson, "training")
    if model.task is None or not shown + widgets(lesson, "descent"):
        return
    yield "untrained.safetensors", safetensors(dict(untrained(model).parameters.items()), {})
    kept: dict[int, list[int]] = {}
    for steps in sorted({int(widget.options.get("steps", USUAL_STEPS)) for widget in shown}):
        yield packed(f"training-{steps}.json", training_anew(model, steps))
        kept[steps] = []
        for step, weights in pictures(again(model, steps), steps):
            kept[steps].append(step)
            if step > 0:
                yield f"training-{steps}-{step}.safetensors", safetensors(weights, {})
    yield packed("training.json", kept)


def answered(answer: Callable[[], object]) -> object:
    """What a server would answer: that it cannot, as well."""
    try:
        return answer()
    except PellucidError as error:
        return {"error": error.to_json()}


def packed(name: str, content: object) -> File:
    """JSON, compressed; the same content gives the same bytes."""
    if isinstance(content, Mapping):
        content = Body.json(content)
    assert isinstance(content, Body)
    return f"{name}.gz", content.gzipped
