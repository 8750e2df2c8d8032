"""What a part of a model is good for: how many questions it still answers when the part is switched off."""

from collections.abc import Iterator

from pellucid.graph import Cells
from pellucid.graph.op import Op
from pellucid.run.interventions import Intervention, Interventions, interventions_of
from pellucid.run.model import Model
from pellucid.tasks.check import accuracy, askable
from pellucid.tasks.task import Accuracy


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
