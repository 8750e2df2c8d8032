"""Addition: 4 7 + 8 5 = is answered by 2 3 1, the digits of 132 from the last to the first.

That is the order in which one adds by hand: each digit needs one digit of both numbers, and what was carried.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.graph import PellucidError
from pellucid.tasks.task import Task
from pellucid.words.given import bad_argument, shown, whole

DIGITS, PLUS, EQUALS = 10, 10, 11
"""How many digits there are, which are their own token numbers, and the numbers of the two signs."""

MOST_DIGITS = 9
"""The longest numbers that can be added."""


class Addition(Task):
    """The sum of two numbers of so many digits, last digit first."""

    name = "addition"
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 2000, "batch": 64, "rate": 4e-3}

    def __init__(self, digits: int = 2) -> None:
        try:
            self.digits = whole(digits)
        except TypeError:
            raise bad_argument("digits", digits, "a whole number, such as 2") from None
        if not 1 <= self.digits <= MOST_DIGITS:
            raise PellucidError(
                "bad-digits",
                f"Numbers of {shown(self.digits)} digits cannot be added here: give from 1 to {MOST_DIGITS} digits.",
                digits=self.digits,
                most=MOST_DIGITS,
            )
        super().__init__("0123456789+=", 2 * self.digits + 2, answer_length=self.digits + 1)

    @property
    def questions(self) -> int:
        return int(100**self.digits)

    def every(self) -> np.ndarray:
        pairs = np.indices((10**self.digits,) * 2).reshape(2, -1)
        return self._asked(*pairs)

    def draw(self, random: "np.random.Generator", count: int) -> np.ndarray:
        return self._asked(*random.integers(10**self.digits, size=(2, count)))

    def answers(self, questions: np.ndarray) -> np.ndarray:
        first, second = self._numbers(questions)
        return digits_of(first + second, self.digits + 1)[:, ::-1]

    def alike(self, questions: np.ndarray) -> np.ndarray:
        """The two numbers, the smaller one first: whoever has seen 12+34 knows 34+12."""
        return np.sort(np.stack(self._numbers(questions), axis=1), axis=1)

    @property
    def example(self) -> tuple[int, ...]:
        return tuple(self.draw(np.random.default_rng(0), 1)[0].tolist())

    def describe(self) -> dict[str, Any]:
        return {**super().describe(), "digits": self.digits}

    def _asked(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        signs = [np.full((len(first), 1), sign) for sign in (PLUS, EQUALS)]
        return np.hstack([digits_of(first, self.digits), signs[0], digits_of(second, self.digits), signs[1]])

    def _numbers(self, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The two numbers that each question adds."""
        first, second = questions[:, : self.digits], questions[:, self.digits + 1 : -1]
        signs = (questions[:, self.digits] == PLUS) & (questions[:, -1] == EQUALS)
        if not signs.all() or (first >= DIGITS).any() or (second >= DIGITS).any():
            raise self.no_question(
                f"two numbers of {self.digits} digits, such as {'1' * self.digits}+{'2' * self.digits}="
            )
        places = 10 ** np.arange(self.digits)[::-1]
        return first @ places, second @ places


def digits_of(numbers: np.ndarray, count: int) -> np.ndarray:
    """The last digits of each number, so many, from the most significant on."""
    return numbers[:, None] // 10 ** np.arange(count)[::-1] % 10
