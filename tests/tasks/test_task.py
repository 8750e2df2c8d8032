"""A task is one class: what it leaves out is its own, and what it makes of questions must be letters."""

from typing import Any

import numpy as np
import pytest

from pellucid.graph import PellucidError
from pellucid.tasks import lookup, make
from pellucid.tasks.task import Task


class Count(Task):
    """How often the first letter of the alphabet stands in the question: so many letters further than the first."""

    name = "count"
    answer_length = 1

    def __init__(self, alphabet: str = "ABCDE", length: int = 4) -> None:
        super().__init__(alphabet, length)

    def answers(self, questions: np.ndarray) -> np.ndarray:
        return np.array((questions == 0).sum(axis=1, keepdims=True))

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        return random.integers(len(self.alphabet), size=(count, self.length))


def test_a_task_has_an_alphabet_and_a_length_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lookup.TASKS, "count", Count)
    assert make("count").describe() == {"name": "count", "alphabet": [*"ABCDE"], "length": 4, "answer_length": 1}
    assert make("count", length=3).describe()["length"] == 3
    assert make("sort").describe()["alphabet"] == [*"ABC"]


def test_answers_that_are_no_letters_are_refused() -> None:
    sentence = "`answers` of the task count must give rows of 1 whole numbers from 0 to 2, one for each letter"
    with pytest.raises(PellucidError, match=sentence) as refusal:
        Count("ABC", 4).sequences(np.zeros((2, 4), int))
    assert refusal.value.code == "bad-task"


@pytest.mark.parametrize("made", [np.zeros(8, int), np.zeros((8, 3), int), np.full((8, 4), 0.5), np.full((8, 4), -1)])
def test_questions_that_are_no_letters_are_refused(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Count, "draw", lambda *_: made)
    with pytest.raises(PellucidError, match="`draw` of the task count must give rows of 4 whole numbers from 0 to 4"):
        Count().batch(np.random.default_rng(0), 8)
