"""What a step speaks of: the model after it has read a question and some letters of its own answer.

A step may switch cells off: they are set to zero as soon as they are computed, so everything after them does without.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.lessons.expression import Cells, Region
from pellucid.run.interpret import inputs
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.tasks import remade

Values = Mapping[str, np.ndarray]


def forward_without(model: Model, tokens: tuple[int, ...], off: tuple[Region, ...]) -> Values:
    """Every tensor of one forward pass with these cells switched off, weights included."""
    if not off:
        return model.trace(tokens)
    values = {**model.parameters.named, **inputs(model.graph, np.array(tokens))}
    for op in model.graph.ops:
        array = op.compute(np, *[values[name] for name in op.operand_names])
        for region in off:
            if region.tensor.name == op.name:
                array = array.copy()
                array[region.slices()] = 0
        values[op.name] = array
    return values


class Moment:
    """`values` maps every tensor's name to its array, weights included."""

    def __init__(self, lens: "Lens", generated: int, off: tuple[Region, ...], values: Values | None = None) -> None:
        self.model = lens.model
        self.lens = lens
        self.off = off
        self.tokens = (*lens.question, *lens.written(generated, off))
        self._values = values

    @cached_property
    def values(self) -> Values:
        return forward_without(self.model, self.tokens, self.off) if self._values is None else self._values

    @property
    def letters(self) -> tuple[str, ...]:
        return self.model.vocabulary.pieces if self.model.vocabulary else ()

    @property
    def last(self) -> int:
        return len(self.tokens) - 1

    @property
    def answer(self) -> int:
        return len(self.lens.question) - 1

    @property
    def written(self) -> tuple[int, ...]:
        """The tokens of the whole answer."""
        return self.lens.written(self.lens.answer_length, self.off)


class Lens:
    """A reader's question put to a model: the run that reads it alone, and what follows when the model writes on.

    `moment` gives what the steps of a chapter speak of, computed once each.
    """

    def __init__(self, run: Run) -> None:
        self.model = run.model
        self.question = run.tokens
        self.answer_length = int(self.model.task["answer_length"]) if self.model.task else 0
        self._moments: dict[Any, Moment] = {}
        self._written: dict[Any, tuple[int, ...]] = {}
        if len(run) == len(self.model.traced):  # all of it was kept
            self._moments[0, ()] = Moment(self, 0, (), run)

    def moment(self, generated: int, off: tuple[Cells, ...] = ()) -> Moment:
        regions = tuple(cells.region(self.moment(generated), []) for cells in off)
        key = generated, tuple(map(region_key, regions))
        if key not in self._moments:
            self._moments[key] = Moment(self, generated, regions)
        return self._moments[key]

    def written(self, count: int, off: tuple[Region, ...]) -> tuple[int, ...]:
        """So many tokens of the answer, each the likeliest one, written without the cells that are off.

        Raises PellucidError (`too-long`) where they do not fit.
        """
        key = tuple(map(region_key, off))
        written = self._written.get(key, ())
        while len(written) < count:
            logits = forward_without(self.model, (*self.question, *written), off)["logits"]
            written = (*written, int(logits[-1].argmax()))
        self._written[key] = written
        return written[:count]

    @cached_property
    def right(self) -> tuple[int, ...] | None:
        """The right answer, where the model's task says which."""
        if self.model.task is None:
            return None
        answers = remade(self.model.task).answers(np.array([self.question]))
        return tuple(int(token) for token in answers[0])


def region_key(region: Region) -> tuple[Any, ...]:
    return region.tensor.name, *region.at.items()
