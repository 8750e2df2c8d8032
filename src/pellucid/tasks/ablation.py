"""What a part of a model is good for: how many questions it still answers when the part is switched off."""

from collections.abc import Iterator, Mapping

import numpy as np
from threadpoolctl import threadpool_limits

from pellucid.graph import Cells
from pellucid.graph.op import Op
from pellucid.run.interpret import forward, inputs
from pellucid.run.intervene import Applied, forward_with
from pellucid.run.interventions import Intervention, Interventions, interventions_of
from pellucid.run.model import Model
from pellucid.tasks.check import TOGETHER, askable, counted
from pellucid.tasks.task import Accuracy


def accuracy_with(model: Model, interventions: Interventions) -> Accuracy:
    """How many questions of its task the model answers rightly while it computes with these interventions.

    Raises PellucidError for a model that was taught no task, and for interventions that cannot be done.
    """
    task, graph = askable(model), model.graph
    logits = graph.outputs.logits.name
    changes, ops = interventions_of(interventions, graph), graph.ancestors([logits])

    def plain(tokens: np.ndarray, names: frozenset[str]) -> Mapping[str, np.ndarray]:
        return forward(graph.ancestors(list(names)), {**model.parameters.named, **inputs(graph, tokens)})

    right = []
    with threadpool_limits(1):
        for start in range(0, len(task.checked), TOGETHER):
            asked = task.checked[start : start + TOGETHER]
            tokens = task.sequences(asked)[0]
            applied = Applied(changes, graph, tokens, plain)
            values = forward_with(ops, {**model.parameters.named, **inputs(graph, tokens)}, applied)
            written = values[logits][:, task.length - 1 :].argmax(-1)
            right.append((written == task.answers(asked)).all(axis=1))
    return counted(task, np.concatenate(right))


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
