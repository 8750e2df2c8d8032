"""Every task's rules, by another computation than its own; its questions, its examples, and what it never shows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.graph import PellucidError
from pellucid.tasks import TASKS, Task, check, make, remade
from pellucid.train import train


def reversed_letters(question: str) -> str:
    return question[::-1]


def parities(question: str) -> str:
    return "".join(str(question[: place + 1].count("1") % 2) for place in range(len(question)))


def sums(question: str) -> str:
    first, second = question.rstrip("=").split("+")
    return f"{int(first) + int(second):0{len(first) + 1}}"[::-1]


def sums_modulo_31(question: str) -> str:
    letters = "0123456789abcdefghijklmnopqrstu"
    return letters[(letters.index(question[0]) + letters.index(question[2])) % 31]


def balanced(question: str) -> str:
    """Take out what closes at once until nothing is left to take out."""
    while "()" in question or "[]" in question:
        question = question.replace("()", "").replace("[]", "")
    return "n" if question else "y"


RULES: dict[str, Callable[[str], str]] = {
    "sort": lambda question: "".join(sorted(question)),
    "reverse": reversed_letters,
    "copy": str,
    "parity": parities,
    "addition": sums,
    "modular": sums_modulo_31,
    "brackets": balanced,
}
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "addition": [{"digits": 1}, {"digits": 9}],
    "brackets": [{"alphabet": "()[]yn", "length": 6}, {"alphabet": "()yn", "length": 2}],
    "reverse": [{"alphabet": "xy", "length": 3}],
}
CASES = [(name, settings) for name in RULES for settings in [{}, *SETTINGS.get(name, [])]]


def text(task: Task, tokens: np.ndarray) -> str:
    return "".join(task.alphabet[token] for token in tokens)


def test_every_task_is_tested() -> None:
    assert {*RULES} == {*TASKS}


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_answers_are_right(name: str, settings: dict[str, Any]) -> None:
    task = make(name, **settings)
    questions = task.draw(np.random.default_rng(1), 300)
    for question, answer in zip(questions, task.answers(questions), strict=True):
        assert text(task, answer) == RULES[name](text(task, question))


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_what_is_held_out_is_never_shown_and_a_task_is_made_again(name: str, settings: dict[str, Any]) -> None:
    task = make(name, **settings)
    held_out = task.held_out(task.checked)
    assert 0.1 < held_out.mean() < 0.5
    shown, targets = task.batch(np.random.default_rng(0), 500)
    assert not task.held_out(shown[:, : task.length]).any()
    assert shown.shape == targets.shape == (500, task.context)
    assert {tuple(row) for row in task.alike(shown[:, : task.length]).tolist()}.isdisjoint(
        tuple(row) for row in task.alike(task.checked[held_out]).tolist()
    )
    again = remade(task.describe())
    assert again.describe() == task.describe()
    np.testing.assert_array_equal(again.checked, task.checked)
    np.testing.assert_array_equal(again.held_out(task.checked), held_out)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_questions_are_counted(name: str, settings: dict[str, Any]) -> None:
    task = make(name, **settings)
    if task.questions <= 10_000:
        assert len(np.unique(task.every(), axis=0)) == task.questions == len(task.every())
        task.answers(task.every())
    assert len(task.example) == task.length
    task.answers(np.array([task.example]))


def test_what_guessing_gets() -> None:
    assert make("sort").baseline == pytest.approx(90 / 729)
    assert make("copy").baseline == pytest.approx(1 / 729)
    assert make("modular").baseline == pytest.approx(1 / 31)
    assert make("addition", digits=1).baseline == pytest.approx(10 / 100)
    assert 0.5 < make("brackets").baseline < 0.7


@pytest.mark.parametrize(
    ("name", "question"),
    [("addition", "12345="), ("addition", "1+22=="), ("modular", "++1="), ("modular", "1+21"), ("brackets", "(y" * 8)],
)
def test_rows_that_are_no_questions_have_no_answer(name: str, question: str) -> None:
    task = make(name)
    with pytest.raises(PellucidError, match=f"no question of the task {name}: give .*such as") as refusal:
        task.answers(np.array([[task.alphabet.index(letter) for letter in question]]))
    assert refusal.value.code == "no-question"


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("addition", {"digits": 0}, "Numbers of 0 digits cannot be added here: give from 1 to 9 digits."),
        ("addition", {"digits": 10**9}, "Numbers of 1000000000 digits cannot be added here"),
        ("addition", {"digits": 10**5000}, "digits cannot be added here: give from 1 to 9 digits."),
        ("modular", {"modulus": -(10**5000)}, "will not do: give one from 2 to 62"),
        ("addition", {"digits": "two"}, "digits is 'two': it must be a whole number, such as 2."),
        ("addition", {"alphabet": "AB"}, "The task addition has no alphabet: it has digits."),
        ("modular", {"modulus": 1}, "The modulus 1 will not do: give one from 2 to 62"),
        ("modular", {"modulus": 2.5}, "modulus is 2.5: it must be a whole number"),
        ("brackets", {"alphabet": "yn"}, "give pairs of brackets and the letters for yes and no"),
        ("brackets", {"alphabet": "()[yn"}, "give pairs of brackets and the letters for yes and no"),
        ("brackets", {"length": 7}, "brackets come in pairs, so give an even number"),
        ("parity", {"alphabet": "0"}, "give from two to 10,000 different visible characters"),
        ("sort", {"digits": 3}, "The task sort has no digits: it has alphabet, length."),
    ],
)
def test_settings_that_will_not_do_are_refused(name: str, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence):
        make(name, **settings)


@pytest.mark.parametrize(("name", "settings"), [("reverse", {"length": 3}), ("addition", {"digits": 1})])
def test_a_short_training_beats_guessing_by_far(name: str, settings: dict[str, Any]) -> None:
    task = make(name, **settings)
    model = train(task, steps=250)
    found = check(model)
    assert found.trained_correct > 3 * task.baseline * found.trained_total
    question = task.example
    written = [step.token for step in model.steps(question)]
    assert len(written) == task.answer_length
