"""The check counts what greedy generation gets right, and says so where it cannot be asked."""

import numpy as np
import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks import check, make
from pellucid.tasks.check import right_answers
from pellucid.train import train


def test_the_trained_model_answers_every_question(nano_model: Model) -> None:
    found = check(nano_model)
    assert (found.trained_correct, found.trained_total) == (547, 547)
    assert (found.heldout_correct, found.heldout_total) == (182, 182)
    assert found.perfect
    assert found.exhaustive


def test_an_answer_counts_as_right_if_generation_writes_it() -> None:
    model, task = train("sort", steps=25), make("sort")
    questions = task.checked[::9]
    written = [[step.token for step in model.steps(question.tolist())] for question in questions]
    right = (np.array(written) == np.sort(questions, axis=1)).all(axis=1)
    assert 0 < right.sum() < len(right)
    np.testing.assert_array_equal(np.concatenate(list(right_answers(task, model.engine, questions))), right)


def test_where_questions_are_many_a_sample_is_asked() -> None:
    model = train(make("sort", alphabet="ABCDE", length=6), steps=2)
    found = check(model)
    assert not found.exhaustive
    assert not found.perfect
    assert found.trained_total + found.heldout_total == len(make("sort", alphabet="ABCDE", length=6).checked)
    assert found.questions == 5**6


def test_a_model_that_was_taught_nothing_is_refused() -> None:
    with pytest.raises(PellucidError, match="was not taught a task"):
        check(random_model())


def test_a_model_that_does_not_fit_its_task_is_refused(nano_model: Model) -> None:
    for vocabulary, length in ((Vocabulary("CBA"), 6), (nano_model.vocabulary, 7), (None, 6)):
        about = {"task": make("sort", length=length).describe()}
        model = Model("other", nano_model.config, nano_model.parameters, vocabulary, about)
        with pytest.raises(PellucidError, match="cannot be asked its task"):
            check(model)
    assert nano_model.graph.parameters() == nano_model.config.graph().parameters() == 85_728
