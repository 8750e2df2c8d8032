"""What a step speaks of: the model after it has read a question and some letters of its own answer.

A step may switch cells off, or change them otherwise, as soon as they are computed: everything after them does without.
"""

from typing import Any

import numpy as np
from msgspec import Struct

from pellucid.cached import cached_property
from pellucid.lessons import facts
from pellucid.lessons.expression import LiveCells
from pellucid.run.interventions import Intervention, parse_change, possible_at
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.tasks import remade
from pellucid.tasks.ablation import first_broken, right_with


class LiveIntervention(Struct, frozen=True, forbid_unknown_fields=True):
    """An intervention whose cells are worked out from the run; the change is spelled as in run/interventions.py."""

    cells: LiveCells
    change: str


class Moment:
    """`values` gives every tensor by its name, weights included. `own` is the moment of the reader's own question."""

    def __init__(
        self, lens: "Lens", generated: int, off: tuple[Intervention, ...], own: "Moment | None" = None
    ) -> None:
        self.model: Model = lens.model
        self.lens: Lens = lens
        self.generated = generated
        self.off = off
        self.own: Moment = own or self
        self.tokens: tuple[int, ...] = (*lens.question, *lens.written(generated, off))

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

    @property
    def correct(self) -> bool:
        return self.written == self.lens.right

    @property
    def on_page(self) -> bool:
        return self.lens.on_page

    def fact(self, name: str) -> Any:
        return facts.found(self, name)

    # What the changes break.

    @cached_property
    def broken(self) -> "Moment | None":
        """The same of a question that is answered rightly, but wrongly with these changes: of the reader's own, or else
        of the first such that there is."""
        lens = self.lens
        if not self.off or self.model.task is None:
            return None
        if not self.correct and lens.written(lens.answer_length, ()) == lens.right:
            return self
        question = first_broken(self.model, self.off)
        if question is None:
            return None
        return Moment(Lens(self.model.trace(question), on_page=lens.on_page), self.generated, self.off, own=self)

    @cached_property
    def still_right(self) -> tuple[float, float]:
        """How many questions are answered rightly with these changes, and how many were asked; else not numbers."""
        if self.model.task is None:
            return float("nan"), float("nan")
        right = right_with(self.model, self.off)
        return int(right.sum()), len(right)

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

    `moment` gives what the steps of a chapter speak of, computed once each. `on_page` is whether it is told on the
    interactive page, where one can click and type, and not in the article.
    """

    def __init__(self, run: Run, *, on_page: bool = True) -> None:
        self.run = run
        self.model: Model = run.model
        self.on_page = on_page
        self.question: tuple[int, ...] = run.tokens
        self.answer_length = int(self.model.task["answer_length"]) if self.model.task else 0
        self._moments: dict[tuple[int, tuple[Intervention, ...]], Moment] = {}
        self._written: dict[tuple[Intervention, ...], tuple[int, ...]] = {}

    def trace(self, tokens: tuple[int, ...], off: tuple[Intervention, ...]) -> Run:
        """A run with these interventions after those of the reader's own, as far as a text of this length has cells."""
        interventions = (*self.run.interventions, *off)
        return self.model.trace(tokens, interventions=possible_at(interventions, self.model.graph, len(tokens)))

    def moment(self, generated: int, off: tuple[LiveIntervention, ...] = ()) -> Moment:
        found = tuple(
            Intervention(each.cells.found(self.moment(generated), []), parse_change(each.change)) for each in off
        )
        if (generated, found) not in self._moments:
            self._moments[generated, found] = Moment(self, generated, found)
        return self._moments[generated, found]

    def written(self, count: int, off: tuple[Intervention, ...]) -> tuple[int, ...]:
        """The first `count` tokens of the answer, each the likeliest one, written with these interventions.

        Raises PellucidError (`too-long`) where they do not fit.
        """
        written = self._written.get(off, ())
        while len(written) < count:
            logits = self.trace((*self.question, *written), off)[self.model.graph.outputs.logits.name]
            written = (*written, int(logits[-1].argmax()))
        self._written[off] = written
        return written[:count]

    def shown(self, generated: int, off: tuple[LiveIntervention, ...], *, broken: bool) -> Moment:
        """The moment that a step shows: of the reader's question, or of one that its changes break, if there is any."""
        moment = self.moment(generated, off)
        return (broken and moment.broken) or moment

    @cached_property
    def right(self) -> tuple[int, ...] | None:
        """The right answer, where the model's task says which."""
        if self.model.task is None:
            return None
        answers = remade(self.model.task).answers(np.array([self.question]))
        return tuple(int(token) for token in answers[0])
