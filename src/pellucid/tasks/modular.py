"""Modular addition: 7 + 8 = is answered by 5 where numbers are counted modulo 10.

A number is one letter, so that nothing but practice says which letter stands for what. Whoever learns all sums but some
by heart does not know the others: a model that answers those as well has found out how the letters go round.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.graph import PellucidError
from pellucid.tasks.task import Task
from pellucid.words.given import bad_argument, shown, whole

LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The letters of the numbers from 0 on."""


class Modular(Task):
    """The sum of two numbers, less the modulus where it is reached."""

    name = "modular"
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 4000, "batch": 64, "rate": 2e-3, "weight_decay": 1.0}

    def __init__(self, modulus: int = 31) -> None:
        try:
            self.modulus = whole(modulus)
        except TypeError:
            raise bad_argument("modulus", modulus, "a whole number, such as 31") from None
        if not 2 <= self.modulus <= len(LETTERS):
            raise PellucidError(
                "bad-modulus",
                f"The modulus {shown(self.modulus)} will not do: give one from 2 to {len(LETTERS)}, which is how many "
                "letters there are for numbers.",
                modulus=self.modulus,
                most=len(LETTERS),
            )
        super().__init__(f"{LETTERS[: self.modulus]}+=", 4, answer_length=1)

    @property
    def questions(self) -> int:
        return self.modulus**2

    def every(self) -> np.ndarray:
        return self._asked(*np.indices((self.modulus,) * 2).reshape(2, -1))

    def draw(self, random: "np.random.Generator", count: int) -> np.ndarray:
        return self._asked(*random.integers(self.modulus, size=(2, count)))

    def answers(self, questions: np.ndarray) -> np.ndarray:
        return np.array(self._numbers(questions).sum(axis=1, keepdims=True) % self.modulus)

    def alike(self, questions: np.ndarray) -> np.ndarray:
        """The two numbers, the smaller one first: whoever has seen 3+4 knows 4+3."""
        return np.sort(self._numbers(questions), axis=1)

    @property
    def example(self) -> tuple[int, ...]:
        return tuple(self.draw(np.random.default_rng(0), 1)[0].tolist())

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "modulus": self.modulus}

    def _asked(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        plus, equals = (np.full_like(first, self.modulus + sign) for sign in range(2))
        return np.stack([first, plus, second, equals], axis=1)

    def _numbers(self, questions: np.ndarray) -> np.ndarray:
        """The two numbers of each question, `question 2`."""
        numbers: np.ndarray = questions[:, [0, 2]]
        if (numbers >= self.modulus).any() or (questions[:, [1, 3]] != self.modulus + np.arange(2)).any():
            raise self.no_question("two numbers, such as 1+2=")
        return numbers
