"""Whether a model has learned its task: every question answered, or a fixed sample of them where they are many.

An answer is what greedy generation writes, and right if every letter is. One pass over the right sequence tells which
it is: the first wrong letter of a greedy answer comes after right ones, where the likeliest letter is wrong too.
"""

from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from pellucid.graph import PellucidError
from pellucid.run.interpret import inputs
from pellucid.run.model import Model
from pellucid.run.numpy.program import Program
from pellucid.run.parameters import Parameters
from pellucid.tasks.lookup import remade
from pellucid.tasks.task import Accuracy, Task

TOGETHER = 64
"""Questions are read so many at a time, so that the numbers of a pass stay in the processor's cache."""


def check(model: Model) -> Accuracy:
    """How many questions of the task it was taught a model answers rightly. Raises PellucidError as `askable` does."""
    return accuracy(askable(model), model.parameters)


def askable(model: Model) -> Task:
    """The task that a model was taught.

    Raises PellucidError for a model that was taught no task, or cannot be asked this one.
    """
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


def accuracy(task: Task, parameters: Parameters) -> Accuracy:
    """How many questions these weights answer rightly."""
    with threadpool_limits(1):  # at these sizes a second thread waits more than it works
        return counted(task, np.concatenate(list(right_answers(task, parameters, task.checked))))


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


def learned(task: Task, parameters: Parameters) -> bool:
    """Whether all questions of the trained part are answered rightly; looks no further than the first that is not."""
    trained = task.checked[~task.held_out(task.checked)]
    return all(right.all() for right in right_answers(task, parameters, trained))


def right_answers(task: Task, parameters: Parameters, questions: np.ndarray) -> Iterator[np.ndarray]:
    """Which of the questions are answered rightly, some questions at a time."""
    graph = parameters.graph
    together = min(TOGETHER, len(questions))
    given = inputs(graph, np.zeros((together, task.context), int))
    tokens_name, logits_name = graph.inputs.tokens.name, graph.outputs.logits.name
    program = Program(graph.ancestors([logits_name]), parameters, given)
    for start in range(0, len(questions), together):
        asked = questions[start : start + together]
        filled = np.pad(asked, ((0, together - len(asked)), (0, 0)))
        tokens, _ = task.sequences(filled)
        written = program.forward({tokens_name: tokens})[logits_name][: len(asked), task.length - 1 :].argmax(-1)
        yield (written == task.answers(asked)).all(axis=1)
