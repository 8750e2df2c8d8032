"""The sort task (minGPT's demonstration): C B A B B C is answered by A B B B C C."""

import numpy as np

from pellucid.tasks.task import HoldOut, Task

EVENLY = 0.4
"""The share of questions drawn with every letter free; the others' counts of letters are drawn first."""


class Sort(Task):
    """The letters of the question, in the order of the alphabet."""

    name = "sort"

    def __init__(self, alphabet: str = "ABC", length: int = 6, hold_out: HoldOut = "questions") -> None:
        super().__init__(alphabet, length, hold_out)

    def answers(self, questions: np.ndarray) -> np.ndarray:
        return np.sort(questions, axis=1)

    def draw(self, random: "np.random.Generator", count: int) -> np.ndarray:
        """40 % of the questions evenly; 60 % evenly over what they sort to, which makes repeated letters common.

        Of A B C and 6 letters there is one question with six A's among 729, but one such answer among 28.
        """
        evenly = random.integers(len(self.alphabet), size=(count, self.length))
        by_counts = random.permuted(self._multisets(random, count), axis=1)
        return np.where(random.random((count, 1)) < EVENLY, evenly, by_counts)

    def _multisets(self, random: "np.random.Generator", count: int) -> np.ndarray:
        """Sorted rows, each multiset of letters as likely as any other.

        Stars and bars: `length` stars and `letters - 1` bars in a random order; a star's letter is the number of bars
        before it.
        """
        places = self.length + len(self.alphabet) - 1
        stars = np.sort(random.random((count, places)).argsort(axis=1)[:, : self.length], axis=1)
        letters: np.ndarray = stars - np.arange(self.length)
        return letters
