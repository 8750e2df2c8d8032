"""What a live value can say beside the cells of tensors: the letters, the answer, the model's size and its accuracy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.lessons.expression import MISSING, NumberFact, TextFact, TruthFact
from pellucid.models import measures
from pellucid.run.model import Model
from pellucid.tasks import remade

if TYPE_CHECKING:
    from pellucid.lessons.moment import Moment


@dataclass(frozen=True)
class Fact:
    """A name that expressions may use; `meaning` is what the guide for teachers says of it."""

    kind: type[NumberFact]
    find: Callable[["Moment"], Any]
    meaning: str


def spaced(moment: "Moment", tokens: Sequence[int] | None) -> str:
    """Letters with spaces between; token numbers where the model has no letters."""
    if tokens is None:
        return MISSING
    return " ".join(moment.letters[token] if moment.letters else str(token) for token in tokens)


def of_broken(find: Callable[["Moment"], str]) -> Callable[["Moment"], str]:
    """What is to be said of the question that the changes of the step break."""

    def found(moment: "Moment") -> str:
        broken = moment.own.broken
        return find(broken) if broken else MISSING

    return found


def accuracy(name: str) -> Callable[["Moment"], float]:
    """A count of right or asked questions; not a number where the model was never checked."""
    return lambda moment: (moment.model.about.get("accuracy") or {}).get(name, float("nan"))


def trained(model: Model) -> dict[str, float]:
    """How the model was trained, as far as that is known."""
    known = model.about.get("training") or {}
    known = {**(known.get("recipe") or {}), **known}
    return {name: float(known[name]) for name in ("steps", "batch", "rate") if name in known}


def training(name: str) -> Callable[["Moment"], float]:
    """How the model was trained; not a number where that is not known."""
    return lambda moment: trained(moment.model).get(name, float("nan"))


def first_scored(moment: "Moment") -> float:
    """The first position whose prediction counted in training; not a number where that is not known."""
    if moment.model.task is None:
        return float("nan")
    _, targets = remade(moment.model.task).sequences(np.array([moment.lens.question]))
    return int(np.argmax(targets[0] >= 0))


def first_wrong(moment: "Moment") -> float:
    """The position whose prediction is the answer's first wrong letter, as far as it has been written; where nothing is
    wrong, or the right answer is not known, the one that predicts the first."""
    pairs = zip(moment.written[: moment.generated + 1], moment.lens.right or (), strict=False)
    return moment.answer + next((place for place, (written, right) in enumerate(pairs) if written != right), 0)


def measure(name: str) -> Callable[["Moment"], float]:
    """A size that the model's architecture states; not a number where it does not know such a size."""

    def find(moment: "Moment") -> float:
        known = {size.name: size.value for size in measures(moment.model.config)}
        return known.get(name, float("nan"))

    return find


FACTS: Mapping[str, Fact] = {
    "letters": Fact(TextFact, lambda m: spaced(m, m.lens.question), "the letters of the question: C B A B B C"),
    "numbers": Fact(TextFact, lambda m: " ".join(map(str, m.lens.question)), "their token numbers: 2 1 0 1 1 2"),
    "read_letters": Fact(
        TextFact, lambda m: spaced(m, m.tokens), "the letters read at this step: the question and what was fed back in"
    ),
    "answer_letters": Fact(TextFact, lambda m: spaced(m, m.written), "the model's whole answer: A B B B C C"),
    "right_letters": Fact(TextFact, lambda m: spaced(m, m.lens.right), "the right answer"),
    "alphabet": Fact(TextFact, lambda m: " ".join(m.letters) or MISSING, "all letters the model knows: A B C"),
    "correct": Fact(TruthFact, lambda m: m.correct, "whether the model's answer is the right one"),
    "first_wrong": Fact(
        NumberFact,
        first_wrong,
        "the position that predicts the answer's first wrong letter; the one that predicts the first, if none is wrong",
    ),
    "length": Fact(NumberFact, lambda m: len(m.lens.question), "how many letters the question has"),
    "answer_length": Fact(NumberFact, lambda m: len(m.written), "how many letters the answer has"),
    "own.letters": Fact(
        TextFact, lambda m: spaced(m, m.own.lens.question), "the reader's own letters, where a step shows others"
    ),
    "own.answer": Fact(TextFact, lambda m: spaced(m, m.own.written), "what the model answers to these"),
    "own.correct": Fact(TruthFact, lambda m: m.own.correct, "whether that is right"),
    "broken": Fact(
        TruthFact, lambda m: m.own.broken is not None, "whether there is a question that the changes of the step break"
    ),
    "broken.letters": Fact(
        TextFact,
        of_broken(lambda m: spaced(m, m.lens.question)),
        "that question: the reader's own if it is broken, or else the first of all",
    ),
    "broken.answer": Fact(TextFact, of_broken(lambda m: spaced(m, m.written)), "the wrong answer to it"),
    "broken.right": Fact(TextFact, of_broken(lambda m: spaced(m, m.lens.right)), "the right answer to it"),
    "still_right": Fact(
        NumberFact,
        lambda m: m.own.still_right[0],
        "how many questions are answered rightly with the changes of the step",
    ),
    "still_asked": Fact(
        NumberFact,
        lambda m: m.own.still_right[1],
        "of how many: all that the task has, or a sample where they are many",
    ),
    "loss": Fact(
        NumberFact, lambda m: m.loss, "the loss of the question with its right answer, which training makes small"
    ),
    "model.name": Fact(TextFact, lambda m: m.model.name, "the model's name"),
    "model.parameters": Fact(NumberFact, lambda m: m.model.graph.parameters(), "how many weights the model has"),
    "model.layers": Fact(NumberFact, measure("layers"), "how many blocks it has"),
    "model.context": Fact(NumberFact, lambda m: m.model.context, "how many tokens it can read"),
    "training.steps": Fact(NumberFact, training("steps"), "how many steps the model was trained"),
    "training.batch": Fact(NumberFact, training("batch"), "how many questions were shown in each of them"),
    "training.rate": Fact(NumberFact, training("rate"), "the learning rate"),
    "training.first_scored": Fact(
        NumberFact,
        first_scored,
        "the first position whose prediction counted in training: what comes before was never scored",
    ),
    "accuracy.trained_correct": Fact(
        NumberFact, accuracy("trained_correct"), "right answers among the questions it was trained on"
    ),
    "accuracy.trained_total": Fact(NumberFact, accuracy("trained_total"), "how many questions those are"),
    "accuracy.heldout_correct": Fact(
        NumberFact, accuracy("heldout_correct"), "right answers among the questions it never saw in training"
    ),
    "accuracy.heldout_total": Fact(NumberFact, accuracy("heldout_total"), "how many questions those are"),
    "accuracy.questions": Fact(
        NumberFact,
        accuracy("questions"),
        "how many questions the task has; where the totals are fewer, they are a sample",
    ),
}

SIZE = "size."
"""`size.c` is the length of the axis c at full context."""


def found(moment: "Moment", name: str) -> Any:
    """What is known by that name."""
    if name.startswith(SIZE):
        return moment.model.graph.sizes[name.removeprefix(SIZE)]
    return FACTS[name].find(moment)
