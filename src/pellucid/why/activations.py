"""What a cell answers to most: the texts and positions at which it is largest."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.cells import Cells
from pellucid.run.engine import inputs
from pellucid.run.model import Model, Prompt
from pellucid.tasks.ablation import asked
from pellucid.tasks.check import askable
from pellucid.words.given import bad_argument, counted, items, of_kind

TOGETHER = 64


@dataclass(frozen=True)
class Activation:
    """A text, as tokens, a position in it, and the cell's number there."""

    tokens: tuple[int, ...]
    position: int
    value: float


def top_activations(
    model: Model, cell: str | Cells, count: int = 10, texts: Iterable[Prompt] | None = None
) -> list[Activation]:
    """Where a cell is largest: `blocks.1.mlp.post[f=17]` at every position, of all questions of the model's task with
    their right answers, or of these texts. One position a text counts, the one where it is largest.

    The cell is named without its position. Raises PellucidError where a model has no task and no texts are given.
    """
    most, graph = counted(count, "count"), of_kind(model, Model, "model", "a model").graph
    cells = cell if isinstance(cell, Cells) else Cells.parse(cell, graph)
    cells.check(graph)
    tensor = graph.find(cells.tensor)
    others = [axis for axis in tensor.axes if axis != "t"]
    single = all((span := cells.at[axis]) is not None and span[1] - span[0] == 1 for axis in others)
    if tensor.kind == "weight" or "t" not in tensor.axes or cells.at["t"] is not None or not single:
        raise PellucidError(
            "unfit-tensor",
            f"{cells} is not one number a position: name a cell by all axes but its position, "
            "such as blocks.1.mlp.post[f=17].",
        )
    found = list[Activation]()
    for tokens in batches(model, texts):
        values = model.engine.run(inputs(graph, tokens), {tensor.name}).values[tensor.name]
        numbers = values[(slice(None), *cells.slices)].reshape(tokens.shape)
        best = numbers.argmax(axis=1)
        found += [
            Activation(tuple(text), int(position), float(row[position]))
            for text, position, row in zip(tokens.tolist(), best, numbers, strict=True)
        ]
    found.sort(key=lambda one: -one.value)
    return found[:most]


def batches(model: Model, texts: Iterable[Prompt] | None) -> Iterable[np.ndarray]:
    """The texts as tokens, `b t`, some of one length at a time."""
    if texts is None:
        task = askable(model)
        tokens, _ = task.sequences(asked(task))
        for start in range(0, len(tokens), TOGETHER):
            yield tokens[start : start + TOGETHER]
        return
    by_length: dict[int, list[list[int]]] = {}
    for text in several(texts):
        tokens_of = model.tokens(text)
        by_length.setdefault(len(tokens_of), []).append(tokens_of)
    for alike in by_length.values():
        for start in range(0, len(alike), TOGETHER):
            yield np.array(alike[start : start + TOGETHER])


def several(texts: Iterable[Prompt]) -> list[Prompt]:
    """The texts, each of which `Model.tokens` looks at. Raises PellucidError for what is no list of any."""
    try:
        return items(texts)
    except TypeError:
        raise bad_argument("texts", texts, "a list of texts, or None for the questions of the model's task") from None
