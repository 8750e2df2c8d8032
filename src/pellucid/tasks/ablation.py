"""What a part of a model is good for: which questions it still answers when the part is switched off."""

from collections.abc import Iterator, Sequence

import numpy as np

from pellucid.graph import Cells
from pellucid.graph.op import Op
from pellucid.run.interventions import Intervention, Interventions, interventions_of
from pellucid.run.model import Model
from pellucid.run.recent import Recent
from pellucid.run.threads import one_thread
from pellucid.tasks.check import accuracy, askable, right_answers
from pellucid.tasks.task import FEW, Accuracy, Task

MOST_ASKED = 1024
"""Of a task with more questions than are checked one by one, so many are asked with each change."""

SWEEPS: Recent[np.ndarray] = Recent(256)
"""Which questions are answered rightly, by the snapshot of the model and what is changed in it."""


def asked(task: Task) -> np.ndarray:
    """The questions on which changes are tried out: all of them in alphabetical order, or some where they are many."""
    return task.checked if task.questions <= FEW else task.checked[:: -(-len(task.checked) // MOST_ASKED)]


def right_with(model: Model, interventions: Sequence[Intervention] = ()) -> np.ndarray:
    """Which of those questions the model answers rightly while it computes with these interventions.

    Raises PellucidError as `accuracy_with` does.
    """
    task, changes = askable(model), tuple(interventions)

    def swept() -> np.ndarray:
        with one_thread():
            return np.concatenate(list(right_answers(task, model.engine, asked(task), changes)))

    return SWEEPS.recall((model.snapshot, changes), swept)


def broken_by(model: Model, interventions: Sequence[Intervention]) -> np.ndarray:
    """The questions, one a row, that the model answers rightly as it is, and wrongly with these interventions."""
    broken: np.ndarray = asked(askable(model))[right_with(model) & ~right_with(model, interventions)]
    return broken


def accuracy_with(model: Model, interventions: Interventions) -> Accuracy:
    """How many questions of its task the model answers rightly while it computes with these interventions.

    Raises PellucidError for a model that was taught no task, and for interventions that cannot be done.
    """
    return accuracy(askable(model), model.engine, interventions_of(interventions, model.graph))


def without_each_head(model: Model) -> Iterator[tuple[str, int, Accuracy]]:
    """For every attention head, by the tensor it writes and its number there: the accuracy with it switched off."""
    graph = model.graph
    for op in graph.ops:
        if gathers(op):
            for head in range(graph.sizes["h"]):
                yield op.name, head, accuracy_with(model, Intervention.zero(Cells.of(op.output, h=head)))


def gathers(op: Op) -> bool:
    """Whether each head of the op's output gathers from other positions."""
    return bool(op.looked_back_at) and "h" in op.output.axes and "s" not in op.output.axes
