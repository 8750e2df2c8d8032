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


def test_whole_multisets_of_letters_can_be_held_out() -> None:
    task, usual = make("sort", hold_out="multisets"), make("sort")
    assert task.hold_out == "multisets"
    assert task.describe() == {**usual.describe(), "hold_out": "multisets"}
    assert lookup.remade(task.describe()).describe() == task.describe()
    assert "hold_out" not in usual.describe()
    held_out, sorted_letters = task.held_out(task.checked), np.sort(task.checked, axis=1)
    unseen, seen = sorted_letters[held_out], sorted_letters[~held_out]
    assert len(np.unique(unseen, axis=0)) == 7
    assert not {tuple(row) for row in unseen.tolist()} & {tuple(row) for row in seen.tolist()}
    tokens, _ = task.batch(np.random.default_rng(0), 64)
    assert not task.held_out(tokens[:, : task.length]).any()


@pytest.mark.parametrize(("alphabet", "length"), [("AB", 2), ("ABCD", 2), ("ABC", 9)])
def test_some_multisets_are_held_out_however_many_there_are(alphabet: str, length: int) -> None:
    task = make("sort", alphabet=alphabet, length=length, hold_out="multisets")
    assert 0 < task.held_out(task.checked).sum() <= len(task.checked) / 2


@pytest.mark.parametrize("hold_out", ["answers", "", 3, ["questions"]])
def test_what_cannot_be_held_out_is_refused(hold_out: Any) -> None:
    with pytest.raises(PellucidError, match=r"hold_out .* 'questions' or 'multisets'") as refusal:
        make("sort", hold_out=hold_out)
    assert refusal.value.code == "bad-argument"


def test_a_class_that_takes_only_an_alphabet_and_a_length_can_hold_out_multisets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(lookup.TASKS, "count", Count)
    assert make("count", hold_out="questions").describe() == make("count").describe()
    assert make("count", hold_out="multisets").describe()["hold_out"] == "multisets"
    with pytest.raises(PellucidError, match="hold_out"):
        make("count", hold_out="answers")  # type: ignore[arg-type]


def test_a_class_that_takes_less_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fixed(Count):
        def __init__(self) -> None:
            super().__init__()

    monkeypatch.setitem(lookup.TASKS, "count", Fixed)
    assert make("count").length == 4
    with pytest.raises(PellucidError, match="The task count has no length: it has nothing that can be set") as refusal:
        make("count", length=3)
    assert refusal.value.code == "bad-task"


def test_answers_are_as_long_as_questions_unless_the_class_says_otherwise() -> None:
    class Same(Task):
        name = "same"

        def answers(self, questions: np.ndarray) -> np.ndarray:
            return questions

        def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
            return random.integers(2, size=(count, self.length))

    assert Same("AB", 3).answer_length == 3
    assert Same("AB", 3).context == 5
    assert Count("AB", 3).answer_length == 1


def test_a_task_that_draws_only_what_is_held_out_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    task = Count()
    held_out = task.checked[task.held_out(task.checked)][:1]
    monkeypatch.setattr(Count, "draw", lambda self, random, count: np.repeat(held_out, count, axis=0))
    with pytest.raises(PellucidError, match="gives hardly any question that is not held out") as refusal:
        task.batch(np.random.default_rng(0), 8)
    assert refusal.value.code == "bad-task"
