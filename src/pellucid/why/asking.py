"""One question about a token's logit, asked in one of five ways, and its answer: numbers, cells, and a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.model import Model, Prompt
from pellucid.run.trace import Run
from pellucid.why import saying
from pellucid.why.attribution import attribution, gradient_times_input, logit_lens
from pellucid.why.contributions import Contributions, Edge, contributions
from pellucid.why.measurement import Measurement, position_of, token_of
from pellucid.why.patching import patching
from pellucid.why.saying import Speech
from pellucid.words.given import bad_argument, of_kind

By = Literal["parts", "ways", "layers", "letters", "patches"]
MOST_ROWS = 40
"""A table shows at most so many rows, those with the numbers furthest from 0."""


@dataclass(frozen=True)
class Question:
    """`by` says how the logit is looked into: what each part adds to it, the ways from the letters, what each layer
    would answer, how much each letter matters, or what brings it about when taken from the text `other`.

    Without a token, the likeliest one is meant; `against` is another, whose logit is subtracted.
    """

    by: By = "parts"
    token: object = None
    position: object = -1
    against: object = None
    other: Prompt | None = None
    tensors: Sequence[str] | None = None
    share: float = 0.8

    def __post_init__(self) -> None:
        if not isinstance(self.by, str) or self.by not in get_args(By):
            raise bad_argument("by", self.by, " or ".join(get_args(By)))
        if (self.by == "patches") != (self.other is not None):
            raise PellucidError(
                "bad-question",
                "Patches are taken from another text: give it as `other`, and with patches only.",
            )
        if self.against is not None and self.by in ("layers", "letters"):
            raise PellucidError(
                "bad-question", f"`against` cannot be asked by {self.by}: ask by parts, ways or patches."
            )


@dataclass(frozen=True)
class Row:
    """A number, what it belongs to in words, and the cells that are meant, where some are."""

    label: str
    cells: str | None
    value: float


@dataclass(frozen=True)
class Answer:
    """The sentence; the rows of a table, the largest first; for ways the edges, for grids the whole measurement."""

    question: Question
    token: str
    position: int
    sentence: str
    rows: tuple[Row, ...]
    edges: tuple[Edge, ...] = ()
    grid: Measurement | None = None
    about: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "by": self.question.by,
            "token": self.token,
            "position": self.position,
            "sentence": self.sentence,
            "rows": [vars(row) for row in self.rows],
            "edges": [vars(edge) for edge in self.edges],
            "grid": self.grid and self.grid.to_json(),
            "about": self.about,
        }


def answer(model: Model, prompt: Prompt, question: Question, language: str = "en") -> Answer:
    """Measure what the question asks for. Raises PellucidError for what cannot be asked of this model or text."""
    run = of_kind(model, Model, "model", "a model").trace(prompt)
    of_kind(question, Question, "question", "a Question")
    of_kind(language, str, "language", "the name of a language, such as en")
    t = position_of(run, question.position)
    logits = model.graph.outputs.logits.name
    asked = int(run[logits][t].argmax()) if question.token is None else token_of(run, question.token)
    other = None if question.against is None else token_of(run, question.against)
    with np.errstate(all="ignore"):  # what overflows is refused in a sentence
        found = ASKED[question.by](run, question, asked, t, other, saying.speech(run, language))
    if not all(np.isfinite(numbers).all() for numbers in numbers_of(found)):
        raise PellucidError(
            "not-finite",
            f"What adds to the logit of {found.token} cannot be told, because numbers on the way to it are not finite: "
            "the model's weights are too large for its arithmetic, so ask one whose numbers do not overflow.",
        )
    return found


def numbers_of(found: Answer) -> Iterator[np.ndarray]:
    """Every number of an answer."""
    yield np.array([row.value for row in found.rows])
    yield np.array([edge.value for edge in found.edges])
    yield np.array(list(found.about.values()))
    if found.grid is not None:
        yield found.grid.values


def by_parts(run: Run, question: Question, asked: int, t: int, other: int | None, speech: Speech) -> Answer:
    found = attribution(run, asked, t, against=other)
    rows = tuple(
        Row(speech.part(cells or label), cells, value)
        for (label,), value in found.largest(MOST_ROWS)
        for cells in [cells_at(run, label, t)]
    )
    token, against = (None if one is None else run.model.pieces([one])[0] for one in (asked, other))
    sentence = saying.of_attribution(found, str(token), t, against, speech)
    return Answer(question, str(token), t, sentence, rows, about=dict(found.about))


def by_ways(run: Run, question: Question, asked: int, t: int, other: int | None, speech: Speech) -> Answer:
    found: Contributions = contributions(run, asked, t, against=other, share=question.share)
    rows = tuple(
        Row(speech.part(node.cells), node.cells, node.flow)
        for node in sorted(found.nodes, key=lambda node: -abs(node.flow))
    )
    token = run.model.pieces([asked])[0]
    sentence = saying.of_contributions(found, token, t, speech)
    about = {"sum": found.value, "shown": found.shown}
    return Answer(question, token, t, sentence, rows, found.edges, about=about)


def by_layers(run: Run, question: Question, asked: int, t: int, other: int | None, speech: Speech) -> Answer:
    found = logit_lens(run)
    rows = tuple(
        Row(speech.part(f"{layer}[t={t}]"), f"{layer}[t={t}]", float(found.values[number, t, asked]))
        for number, layer in enumerate(found.labels["layer"])
    )
    return Answer(question, run.model.pieces([asked])[0], t, saying.of_lens(found, t, speech), rows, grid=found)


def by_letters(run: Run, question: Question, asked: int, t: int, other: int | None, speech: Speech) -> Answer:
    found, token = gradient_times_input(run, asked, t), run.model.pieces([asked])[0]
    entered = run.model.graph.inputs.tokens.name
    cells = [f"{entered}[t={place}]" for place in range(len(run.tokens))]
    rows = tuple(Row(speech.part(cell), cell, value) for cell, (_, value) in zip(cells, found.rows(), strict=True))
    return Answer(question, token, t, saying.of_letters(found, token, t, speech), rows, about=dict(found.about))


def by_patches(run: Run, question: Question, asked: int, t: int, other: int | None, speech: Speech) -> Answer:
    assert question.other is not None  # Question has refused that
    found = patching(run.model, question.other, run.tokens, asked, t, against=other, tensors=question.tensors)
    token = run.model.pieces([asked])[0]
    rows = tuple(
        Row(speech.part(saying.placed(found, place)), None, value)
        for place, value in saying.moved(found).largest(MOST_ROWS)
    )
    return Answer(
        question, token, t, saying.of_patching(found, token, t, speech), rows, grid=found, about=dict(found.about)
    )


def cells_at(run: Run, label: str, t: int) -> str | None:
    """The cells of a part at a position; None where a label names no tensor."""
    name, _, index = label.partition("[")
    if not run.model.graph.knows(name):
        return None
    return f"{name}[{index.rstrip(']')},t={t}]" if index else f"{name}[t={t}]"


ASKED = {"parts": by_parts, "ways": by_ways, "layers": by_layers, "letters": by_letters, "patches": by_patches}
