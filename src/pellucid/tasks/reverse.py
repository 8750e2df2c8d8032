"""Reversing: A B C C A B is answered by B A C C B A.

The first letter that is written stands nearest, the last one farthest away: each is looked up by its place.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.tasks.task import Task


class Reverse(Task):
    """The letters of the question, from the last to the first."""

    name = "reverse"
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 600}

    def __init__(self, alphabet: str = "ABC", length: int = 6) -> None:
        super().__init__(alphabet, length)

    def answers(self, questions: np.ndarray) -> np.ndarray:
        return questions[:, ::-1]
