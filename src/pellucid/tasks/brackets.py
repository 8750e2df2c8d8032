"""Balanced brackets: ( ( ) ) ( ) is answered by y, ( ) ) ( ( ) by n.

Of all rows of brackets hardly any are balanced. So a third of the questions drawn is, a third is balanced but for two
brackets that have changed places (some still are), so that their number does not give them away, and a third is drawn
evenly.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.graph import PellucidError
from pellucid.tasks.task import Task
from pellucid.words.given import shown

YES, NO = "y", "n"


class Brackets(Task):
    """Whether every bracket is closed by its partner, in the right order. The last two letters of the alphabet are the
    answers, yes and no; before them stand the brackets in pairs."""

    name = "brackets"
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 1000, "batch": 64, "rate": 4e-3}

    def __init__(self, alphabet: str = f"(){YES}{NO}", length: int = 16) -> None:
        super().__init__(alphabet, length, answer_length=1)
        if len(self.alphabet) < 4 or len(self.alphabet) % 2:
            raise PellucidError(
                "bad-brackets",
                f"The alphabet {shown(alphabet)} will not do: give pairs of brackets and the letters for yes and no, "
                "such as ()[]yn.",
                alphabet=alphabet,
            )
        if self.length % 2:
            raise PellucidError(
                "odd-length",
                f"The length {self.length} will not do: brackets come in pairs, so give an even number.",
                length=self.length,
            )
        self.kinds = len(self.alphabet) // 2 - 1

    @property
    def questions(self) -> int:
        return int((2 * self.kinds) ** self.length)

    def every(self) -> np.ndarray:
        return np.indices((2 * self.kinds,) * self.length).reshape(self.length, -1).T

    def answers(self, questions: np.ndarray) -> np.ndarray:
        if (questions >= 2 * self.kinds).any():
            raise self.no_question(f"{self.length} brackets, such as {''.join(self.alphabet[:2]) * (self.length // 2)}")
        right = [is_balanced(question) for question in questions.tolist()]
        return 2 * self.kinds + np.where(right, 0, 1)[:, None]

    def draw(self, random: "np.random.Generator", count: int) -> np.ndarray:
        questions, kind = self._balanced(random, count), random.integers(3, size=count)
        questions[kind == 1] = self._exchanged(random, questions[kind == 1])
        questions[kind == 2] = random.integers(2 * self.kinds, size=(int((kind == 2).sum()), self.length))
        return questions

    @property
    def example(self) -> tuple[int, ...]:
        return tuple(self._balanced(np.random.default_rng(0), 1)[0].tolist())

    def _balanced(self, random: "np.random.Generator", count: int) -> np.ndarray:
        """Balanced rows: each bracket opens or closes at random, where it may do both."""
        rows = np.empty((count, self.length), int)
        open_kinds = np.empty((count, self.length // 2 + 1), int)
        depth = np.zeros(count, int)
        each = np.arange(count)
        for place in range(self.length):
            opens = (random.random(count) < 0.5) & (depth < self.length - place) | (depth == 0)
            kinds = np.where(opens, random.integers(self.kinds, size=count), open_kinds[each, np.maximum(depth - 1, 0)])
            open_kinds[each[opens], depth[opens]] = kinds[opens]
            depth += np.where(opens, 1, -1)
            rows[:, place] = 2 * kinds + ~opens
        return rows

    def _exchanged(self, random: "np.random.Generator", rows: np.ndarray) -> np.ndarray:
        """The same with two places exchanged in each row."""
        exchanged, each = rows.copy(), np.arange(len(rows))
        first, second = random.integers(self.length, size=(2, len(rows)))
        exchanged[each, first], exchanged[each, second] = rows[each, second], rows[each, first]
        return exchanged


def is_balanced(question: list[int]) -> bool:
    """Whether these brackets are: even numbers open, and the odd number after each closes it."""
    opened: list[int] = []
    for bracket in question:
        if bracket % 2 == 0:
            opened.append(bracket)
        elif not opened or opened.pop() != bracket - 1:
            return False
    return not opened
