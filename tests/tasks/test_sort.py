"""The sort task: sequences as minGPT's, repeats common, a quarter of the questions never seen in training."""

import numpy as np
import pytest

from pellucid.graph import PellucidError
from pellucid.tasks import make, remade


def test_a_sequence_is_the_question_and_all_of_the_answer_but_its_last_letter() -> None:
    tokens, targets = make("sort").sequences(np.array([[2, 1, 0, 1, 1, 2]]))
    assert tokens.tolist() == [[2, 1, 0, 1, 1, 2, 0, 1, 1, 1, 2]]
    assert targets.tolist() == [[-1, -1, -1, -1, -1, 0, 1, 1, 1, 2, 2]]


def test_a_batch_is_made_of_such_sequences() -> None:
    task = make("sort", alphabet="ABCDE", length=4)
    tokens, targets = task.batch(np.random.default_rng(0), 500)
    assert tokens.shape == targets.shape == (500, task.context) == (500, 7)
    again = task.sequences(tokens[:, :4])
    np.testing.assert_array_equal(tokens, again[0])
    np.testing.assert_array_equal(targets, again[1])
    assert set(tokens.flat) == set(range(5))


@pytest.mark.parametrize(("alphabet", "length"), [("ABC", 6), ("ABCDE", 6), ("xy", 3)])
def test_no_held_out_question_is_ever_trained_on(alphabet: str, length: int) -> None:
    task = make("sort", alphabet=alphabet, length=length)
    held_out = {tuple(question) for question in task.checked[task.held_out(task.checked)].tolist()}
    assert held_out
    seen: set[tuple[int, ...]] = set()
    for seed in range(200):
        tokens, _ = task.batch(np.random.default_rng(seed), 256)
        seen.update(map(tuple, tokens[:, :length].tolist()))
    assert not seen & held_out
    if task.questions <= 729:
        assert len(seen) == task.questions - len(held_out)


def test_the_held_out_quarter_is_the_same_always_and_everywhere() -> None:
    task = make("sort")
    held_out = task.checked[task.held_out(task.checked)]
    assert (len(held_out), len(task.checked)) == (182, 729)
    assert ["".join("ABC"[letter] for letter in question) for question in held_out[:4]] == [
        "AAAAAB",
        "AAAABC",
        "AAABCA",
        "AAACAA",
    ]
    alone = np.concatenate([make("sort").held_out(question[None]) for question in task.checked])
    np.testing.assert_array_equal(alone, task.held_out(task.checked))


def test_among_many_questions_about_a_quarter_is_held_out_of_a_sample_that_never_changes() -> None:
    task = make("sort", alphabet="ABCDEFGH", length=8)
    assert 2000 < len(task.checked) <= 4096 < task.questions
    assert 0.22 < task.held_out(task.checked).mean() < 0.28
    assert len(np.unique(task.checked, axis=0)) == len(task.checked)
    np.testing.assert_array_equal(task.checked, make("sort", alphabet="ABCDEFGH", length=8).checked)


def test_repeated_letters_are_common() -> None:
    task = make("sort")
    answers = np.sort(task.draw(np.random.default_rng(0), 20_000), axis=1)
    kinds, counts = np.unique(answers, axis=0, return_counts=True)
    assert len(kinds) == 28
    alike = counts[(kinds[:, 0] == kinds[:, -1])] / 20_000
    np.testing.assert_allclose(alike, 0.6 / 28 + 0.4 / 729, rtol=0.2)


@pytest.mark.parametrize(("alphabet", "length"), [("ABC", 6), ("zxéあ", 4)])
def test_a_task_can_be_made_again_from_its_description(alphabet: str, length: int) -> None:
    task = make("sort", alphabet=alphabet, length=length)
    description = task.describe()
    assert description == {"name": "sort", "alphabet": list(alphabet), "length": length, "answer_length": length}
    again = remade(description)
    assert again.describe() == description
    np.testing.assert_array_equal(again.held_out(task.checked), task.held_out(task.checked))


@pytest.mark.parametrize(
    ("name", "alphabet", "length", "code"),
    [
        ("juggle", "ABC", 6, "unknown-task"),
        ("sort", "", 6, "bad-alphabet"),
        ("sort", "A", 6, "bad-alphabet"),
        ("sort", "ABA", 6, "bad-alphabet"),
        ("sort", "A B", 6, "bad-alphabet"),
        ("sort", "AB\n", 6, "bad-alphabet"),
        ("sort", "ABC", 1, "bad-length"),
        ("sort", "ABC", -3, "bad-length"),
        ("sort", "ABC", 10**9, "bad-length"),
    ],
)
def test_what_is_no_task_is_refused(name: str, alphabet: str, length: int, code: str) -> None:
    with pytest.raises(PellucidError) as refusal:
        make(name, alphabet=alphabet, length=length)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "change", [{"alphabet": "ABC"}, {"alphabet": ["AB", "C"]}, {"alphabet": None}, {"length": "6"}, {"length": True}]
)
def test_a_description_that_somebody_spoilt_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(PellucidError, match="description"):
        remade({**make("sort").describe(), **change})
