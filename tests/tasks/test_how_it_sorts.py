"""What the tour says of all models of its kind, beyond the one at hand: trained anew from several seeds and measured.

The tour's chapters Transformer, Training and Look inside state these findings for ten seeds; two are tried here.
"""

from collections.abc import Sequence

import numpy as np
import pytest

import pellucid
from pellucid.run.engine import inputs
from pellucid.run.interventions import interventions_of
from pellucid.run.model import Model
from pellucid.tasks import make
from pellucid.tasks.check import right_answers
from pellucid.tasks.sort import Sort
from pellucid.train import Training

SEEDS = (0, 1)
LATER = [f"blocks.{block}.{part}" for block in (1, 2) for part in ("attn_out", "mlp_out")]
FIRST, AFTER = 5, 11
"""The positions that write the answer."""


@pytest.fixture(scope="module", params=SEEDS)
def model(request: pytest.FixtureRequest) -> Model:
    return pellucid.train("sort", seed=request.param)


@pytest.fixture(scope="module")
def questions() -> np.ndarray:
    return Sort().checked


def sequences(questions: np.ndarray) -> np.ndarray:
    return np.hstack([questions, np.sort(questions, axis=1)])


def right_without(model: Model, off: Sequence[str], questions: np.ndarray) -> int:
    changes = interventions_of(off, model.graph)
    return int(np.concatenate(list(right_answers(Sort(), model.engine, questions, changes))).sum())


def test_block_1_alone_answers_every_question_and_nothing_goes_without_its_attention(
    model: Model, questions: np.ndarray
) -> None:
    assert right_without(model, LATER, questions) == len(questions) == 729
    assert right_without(model, ["blocks.0.attn_out"], questions) <= 90


def test_no_single_head_of_a_later_block_is_needed(model: Model, questions: np.ndarray) -> None:
    for block in (1, 2):
        for head in range(3):
            assert right_without(model, [f"blocks.{block}.attn.z[h={head}]"], questions) == len(questions)


def test_a_head_of_block_1_looks_at_the_smallest_letter(model: Model, questions: np.ndarray) -> None:
    name = "blocks.0.attn.pattern"
    pattern = model.engine.run(inputs(model.graph, questions), {name}).values[name][:, :, -1]
    shares = np.einsum("nhs,nsv->nhv", pattern, np.eye(3)[questions])
    assert (shares.argmax(-1) == questions.min(axis=1)[:, None]).sum(axis=0).max() >= 700


def test_the_position_says_how_many_letters_are_written(model: Model, questions: np.ndarray) -> None:
    """With the position vector of another answering position, the letter that belongs there is written."""
    read, positions = sequences(questions), model.parameters["pos_embed.W_pos"]
    asked = moved = 0
    for at in range(FIRST + 1, AFTER - 1):
        for instead in set(range(FIRST + 1, AFTER)) - {at}:
            own = positions[at].copy()
            positions[at] = positions[instead]
            written = last_written(model, read[:, : at + 1])
            positions[at] = own
            differ = read[:, at + 1] != read[:, instead + 1]
            asked += int(differ.sum())
            moved += int((written == read[:, instead + 1])[differ].sum())
    assert moved > 0.85 * asked


def test_what_has_been_written_matters_less(model: Model, questions: np.ndarray) -> None:
    read = sequences(questions)
    asked = right = 0
    for at in range(FIRST + 1, AFTER):
        for letter in range(3):
            overwritten = read[:, : at + 1].copy()
            overwritten[:, FIRST + 1 :] = letter
            differ = (overwritten != read[:, : at + 1]).any(axis=1)
            asked += int(differ.sum())
            right += int((last_written(model, overwritten) == read[:, at + 1])[differ].sum())
    assert right > 0.75 * asked


def last_written(model: Model, read: np.ndarray) -> np.ndarray:
    written: np.ndarray = model.engine.run(inputs(model.graph, read), {"logits"}).values["logits"][:, -1].argmax(-1)
    return written


def test_held_out_questions_are_nearly_all_shown_ones_in_another_order(questions: np.ndarray) -> None:
    held_out, answers = Sort().held_out(questions), np.sort(questions, axis=1)
    shown = {tuple(answer) for answer in answers[~held_out].tolist()}
    assert len(np.unique(answers, axis=0)) == 28
    assert held_out.sum() == 182
    assert sum(tuple(answer) in shown for answer in answers[held_out].tolist()) == 181


def test_most_multisets_that_were_never_shown_come_out_right(questions: np.ndarray) -> None:
    """What the chapter on training says of ten models: four in five on the whole, two in three of the weakest."""
    task = make("sort", hold_out="multisets")
    unseen = questions[task.held_out(questions)]
    assert len(unseen) == 147
    assert len(np.unique(np.sort(unseen, axis=1), axis=0)) == 7
    right = []
    for seed in SEEDS:
        training = Training(task, seed=seed)
        for _ in training:
            pass
        right.append(right_without(training.model(), [], unseen) / len(unseen))
    assert 0.75 < np.mean(right) < 0.85
    assert 0.6 < min(right) < 0.75
