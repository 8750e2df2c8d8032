"""Parity: 0 1 1 0 1 0 is answered by 0 1 0 0 1 1, the parity of all digits so far.

The parity of many digits at once is hard for a transformer; digit after digit, each needs only the one before and a
digit of the question. The last letter of the answer is the parity of them all.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.tasks.task import Task


class Parity(Task):
    """The running sum of the question's letters, as numbers from 0, modulo how many letters there are: with 0 and 1,
    whether the ones so far are odd."""

    name = "parity"
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 1000, "batch": 64, "rate": 4e-3}

    def __init__(self, alphabet: str = "01", length: int = 10) -> None:
        super().__init__(alphabet, length)

    def answers(self, questions: np.ndarray) -> np.ndarray:
        return questions.cumsum(axis=1) % len(self.alphabet)
