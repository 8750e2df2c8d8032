"""What a part of a model is good for: which questions it still answers when the part is switched off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.graph import Graph, Tensor
from pellucid.graph.op import Op
from pellucid.run.cells import Cells
from pellucid.run.interventions import Intervention, Interventions, interventions_of
from pellucid.run.model import Model
from pellucid.run.recent import Recent
from pellucid.run.threads import one_thread
from pellucid.tasks.check import accuracy, askable, counted, right_answers, right_answers_with
from pellucid.tasks.task import FEW, Accuracy, Task

ADDITION = "add"
"""The kind of op by which a part's result joins what goes past it."""

MOST_ASKED = 1024
"""Of a task with more questions than are checked one by one, so many are asked with each change."""

MOST_TRIED = 20
"""So many questions are looked at more closely for one that a change breaks."""

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


def sweep(model: Model, changes: Iterable[Sequence[Intervention]]) -> list[np.ndarray]:
    """`right_with` each of these sets of interventions: those not known yet are tried out side by side."""
    task, each = askable(model), [tuple(change) for change in changes]
    missing = [change for change in each if SWEEPS.get((model.snapshot, change)) is None]
    if missing:
        with one_thread():
            found = right_answers_with(task, model.parameters, asked(task), missing)
        for change, right in zip(missing, found, strict=True):
            SWEEPS.keep((model.snapshot, change), right)
    return [right_with(model, change) for change in each]


def broken_by(model: Model, interventions: Sequence[Intervention]) -> np.ndarray:
    """The questions, one a row, that the model answers rightly as it is, and wrongly with these interventions."""
    broken: np.ndarray = asked(askable(model))[right_with(model) & ~right_with(model, interventions)]
    return broken


def first_broken(model: Model, interventions: Sequence[Intervention]) -> tuple[int, ...] | None:
    """The first of these questions, if there is one.

    What the model writes on its own decides: where a change mixes positions, one pass over the right answer may differ.
    """
    task = askable(model)
    for question in broken_by(model, interventions)[:MOST_TRIED]:
        written = [step.token for step in model.steps(question.tolist(), interventions=interventions)]
        if written != task.answers(question[None])[0].tolist():
            return tuple(question.tolist())
    return None


@dataclass(frozen=True)
class Consequence:
    """`right` is how many of the `asked` questions are answered rightly with a change; `broken` the first that no
    longer is."""

    right: int
    asked: int
    broken: tuple[int, ...] | None


def consequence(model: Model, interventions: Sequence[Intervention]) -> Consequence:
    """What the model can do with these interventions. Raises PellucidError as `accuracy_with` does."""
    right = right_with(model, interventions)
    return Consequence(int(right.sum()), len(right), first_broken(model, interventions))


def accuracy_with(model: Model, interventions: Interventions) -> Accuracy:
    """How many questions of its task the model answers rightly while it computes with these interventions.

    Raises PellucidError for a model that was taught no task, and for interventions that cannot be done.
    """
    return accuracy(askable(model), model.engine, interventions_of(interventions, model.graph))


@dataclass(frozen=True)
class Part:
    """Something that can be switched off: a part of a block by its path in the graph, the block itself, or a head of
    one of its parts."""

    block: str
    path: str
    head: int | None
    off: tuple[Intervention, ...]


@dataclass(frozen=True)
class Ablation:
    """`correct` is how many questions are answered rightly without the part; `broken` the first that no longer is."""

    part: Part
    correct: int
    broken: tuple[int, ...] | None


def ablations(model: Model) -> list[Ablation]:
    """What the model can do without each head, part and block. Raises PellucidError as `accuracy_with` does."""
    askable(model)
    there = list(parts(model.graph))
    return [
        Ablation(part, int(right.sum()), first_broken(model, part.off))
        for part, right in zip(there, sweep(model, [part.off for part in there]), strict=True)
    ]


def parts(graph: Graph) -> Iterator[Part]:
    """Block by block: of each of its parts the heads, and then the part; at last the whole block.

    A part is off when nothing of it is added to what goes past it; a block, when all of its parts are.
    """
    added: dict[str, list[Tensor]] = {}
    for op in graph.ops:
        if op.kind == ADDITION:
            within = [operand for operand in op.operands if operand.group.startswith(f"{op.output.group}.")]
            added.setdefault(op.output.group, []).extend(within)
    for block, tensors in added.items():
        for tensor in tensors:
            for op in graph.ops:
                if op.output.group == tensor.group and gathers(op):
                    for head in range(graph.sizes["h"]):
                        yield Part(block, tensor.group, head, (Intervention.zero(Cells.of(op.output, h=head)),))
            yield Part(block, tensor.group, None, (Intervention.zero(Cells.of(tensor)),))
        if tensors:
            yield Part(block, block, None, tuple(Intervention.zero(Cells.of(tensor)) for tensor in tensors))


def without_each_head(model: Model) -> Iterator[tuple[str, int, Accuracy]]:
    """For every attention head, by the tensor it writes and its number there: the accuracy with it switched off."""
    graph, task = model.graph, askable(model)
    found = [(op.output, head) for op in graph.ops if gathers(op) for head in range(graph.sizes["h"])]
    off = [[Intervention.zero(Cells.of(tensor, h=head))] for tensor, head in found]
    with one_thread():
        answered = right_answers_with(task, model.parameters, task.checked, off)
    for (tensor, head), right in zip(found, answered, strict=True):
        yield tensor.name, head, counted(task, right)


def gathers(op: Op) -> bool:
    """Whether each head of the op's output gathers from other positions."""
    return bool(op.looked_back_at) and "h" in op.output.axes and "s" not in op.output.axes
