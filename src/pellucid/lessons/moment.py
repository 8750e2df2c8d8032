"""What a step speaks of: the model after it has read a question and some letters of its own answer.

A step may switch cells off: they are set to zero as soon as they are computed, so everything after them does without.
"""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np

from pellucid.lessons.expression import Cells, Region
from pellucid.run.intervene import Edit
from pellucid.run.trace import Run
from pellucid.tasks import remade


def zeroing(off: tuple[Region, ...], edits: Mapping[str, Edit]) -> dict[str, Edit]:
    """The edits of a run, and after them those that set to zero what is off."""

    def edit(name: str, array: np.ndarray) -> np.ndarray:
        array = edits[name](array) if name in edits else array
        for region in off:
            if region.tensor.name == name:
                array[region.slices()] = 0
        return array

    return {**edits, **{region.tensor.name: partial(edit, region.tensor.name) for region in off}}


class Moment:
    """`values` gives every tensor by its name, weights included."""

    def __init__(self, lens: "Lens", generated: int, off: tuple[Region, ...]) -> None:
        self.model = lens.model
        self.lens = lens
        self.off = off
        self.tokens = (*lens.question, *lens.written(generated, off))

    @cached_property
    def values(self) -> Run:
        whole = len(self.lens.run) == len(self.model.traced)
        if whole and not self.off and self.tokens == self.lens.run.tokens:
            return self.lens.run
        return self.lens.trace(self.tokens, self.off)

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

    @cached_property
    def loss(self) -> float:
        """What training makes small, for this question with its right answer; not a number where none is known."""
        right = self.lens.right
        if right is None:
            return float("nan")
        values, made = self.lens.trace((*self.lens.question, *right[:-1]), self.off), self.model.graph.outputs
        asked = np.arange(self.answer, self.answer + len(right))
        largest, total = values[made.largest.name][asked], values[made.total.name][asked]
        logarithms = values[made.logits.name][asked, right] - largest - np.log(total)
        return float(-logarithms.mean())


class Lens:
    """A reader's question put to a model: the run that reads it alone, and what follows when the model writes on.

    `moment` gives what the steps of a chapter speak of, computed once each.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.model = run.model
        self.question = run.tokens
        self.answer_length = int(self.model.task["answer_length"]) if self.model.task else 0
        self._moments: dict[Any, Moment] = {}
        self._written: dict[Any, tuple[int, ...]] = {}

    def trace(self, tokens: tuple[int, ...], off: tuple[Region, ...]) -> Run:
        """A run with these cells switched off, and edited as the reader's own is."""
        return self.model.trace(tokens, edits=zeroing(off, self.run.edits))

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
            logits = self.trace((*self.question, *written), off)[self.model.graph.outputs.logits.name]
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
