"""Copying: A B C C A B is answered by A B C C A B.

Each letter is fetched from the same distance, `length` positions before the one that is written.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.tasks.task import Task


class Copy(Task):
    """The letters of the question once more."""

    name = "copy"
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 600}

    def __init__(self, alphabet: str = "ABC", length: int = 6) -> None:
        super().__init__(alphabet, length)

    def answers(self, questions: np.ndarray) -> np.ndarray:
        return questions
