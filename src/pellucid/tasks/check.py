"""Whether a model has learned its task: every question answered, or a fixed sample of them where they are many. Of a
text that has no right answers, how surprised the model is by what it never saw.

An answer is what greedy generation writes, and right if every letter is. One pass over the right sequence tells which
it is: the first wrong letter of a greedy answer comes after right ones, where the likeliest letter is wrong too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.engine import Engine, inputs
from pellucid.run.interventions import Intervention
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.run.reference import ReferenceEngine
from pellucid.run.threads import one_thread
from pellucid.tasks.corpus import Corpus, Loss, described_rows, remeasured
from pellucid.tasks.lookup import CORPORA, remade
from pellucid.tasks.task import Accuracy, Task
from pellucid.tasks.teachable import Teachable
from pellucid.words.given import of_kind

TOGETHER = 64
"""Questions are read so many at a time, so that the numbers of a pass stay in the processor's cache."""


def check(model: Model) -> Accuracy:
    """How many questions of the task it was taught a model answers rightly. Raises PellucidError as `askable` does."""
    return accuracy(askable(model), model.engine)


def check_loss(model: Model) -> Loss:
    """How well a model that learned from a text knows the part of it that it never saw.

    Raises PellucidError for a model that did not learn from one, or that cannot read it.
    """
    of_kind(model, Model, "model", "a model that learned from a text")
    described = model.about.get("corpus")
    if described is None or described["name"] not in CORPORA or "loss" not in model.about:
        raise PellucidError("no-task", f"{model.name} did not learn from a text: train one with `pellucid train`.")
    return remeasured(model, described_rows(CORPORA[described["name"]], model, described))


def examined(task: Teachable, computing: Engine) -> dict[str, Any]:
    """What a checkpoint says of what was taught, and how well the engine's weights have learned it."""
    if isinstance(task, Corpus):
        return {"corpus": task.describe(), "loss": asdict(task.loss(computing))}
    return {"task": task.describe(), "accuracy": asdict(accuracy(of_kind(task, Task, "task", "a task"), computing))}


def askable(model: Model) -> Task:
    """The task that a model was taught.

    Raises PellucidError for a model that was taught no task, or cannot be asked this one.
    """
    of_kind(model, Model, "model", "a model that was taught a task")
    if model.task is None:
        raise PellucidError(
            "no-task", f"{model.name} was not taught a task that could be checked: train one with `pellucid train`."
        )
    task = remade(model.task)
    if model.vocabulary is None or model.vocabulary.pieces != task.alphabet or model.context < task.context:
        raise PellucidError(
            "task-mismatch",
            f"{model.name} cannot be asked its task: it needs the letters {', '.join(task.alphabet)} "
            f"and a context of {task.context} tokens.",
        )
    return task


def accuracy(task: Task, computing: Engine, interventions: Sequence[Intervention] = ()) -> Accuracy:
    """How many questions the engine's weights answer rightly, with these interventions."""
    with one_thread():
        return counted(task, np.concatenate(list(right_answers(task, computing, task.checked, interventions))))


def counted(task: Task, right: np.ndarray) -> Accuracy:
    """The counts, from which of the checked questions were answered rightly."""
    held_out = task.held_out(task.checked)
    return Accuracy(
        trained_correct=int(right[~held_out].sum()),
        trained_total=int((~held_out).sum()),
        heldout_correct=int(right[held_out].sum()),
        heldout_total=int(held_out.sum()),
        questions=task.questions,
    )


def learned(task: Teachable, computing: Engine) -> bool:
    """Whether all questions of the trained part are answered rightly; looks no further than the first that is not. What
    has no right answers is learned when it has been read for as long as was planned."""
    if not isinstance(task, Task):
        return True
    trained = task.checked[~task.held_out(task.checked)]
    return all(right.all() for right in right_answers(task, computing, trained))


def right_answers(
    task: Task, computing: Engine, questions: np.ndarray, interventions: Sequence[Intervention] = ()
) -> Iterator[np.ndarray]:
    """Which of the questions are answered rightly, some questions at a time."""
    graph = computing.parameters.graph
    logits = graph.outputs.logits.name
    for asked, tokens in sequences_of(task, questions):
        values = computing.run(inputs(graph, tokens), {logits}, interventions).values
        yield are_right(task, asked, values[logits])


def right_answers_with(
    task: Task, parameters: Parameters, questions: np.ndarray, changes: Sequence[Sequence[Intervention]]
) -> list[np.ndarray]:
    """For each of these sets of interventions, which of the questions are answered rightly."""
    computing, logits = ReferenceEngine(parameters), parameters.graph.outputs.logits.name
    right: list[list[np.ndarray]] = [[] for _ in changes]
    for asked, tokens in sequences_of(task, questions):
        passes = computing.runs(inputs(parameters.graph, tokens), {logits}, changes)
        for found, changed in zip(right, passes, strict=True):
            found.append(are_right(task, asked, changed.values[logits]))
    return [np.concatenate(found) for found in right]


def sequences_of(task: Task, questions: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Some of the questions at a time, and the sequences that a model reads; always as many of these."""
    together = min(TOGETHER, len(questions))
    for start in range(0, len(questions), together):
        asked = questions[start : start + together]
        yield asked, task.sequences(np.pad(asked, ((0, together - len(asked)), (0, 0)), mode="edge"))[0]


def are_right(task: Task, asked: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Which of the questions are answered rightly, by the logits of their sequences (and of others behind them)."""
    written = logits[: len(asked), task.length - 1 :].argmax(-1)
    right: np.ndarray = (written == task.answers(asked)).all(axis=1)
    return right
