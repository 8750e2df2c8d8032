"""What the tour says of all models of its kind, beyond the one at hand: trained anew from several seeds and measured.

The tour's chapters Transformer, Training and Look inside state these findings for ten seeds, and all ten are tried
here: those of Look inside that a patch tests, each with its failure where the wrong head is taken.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid.run.engine import inputs
from pellucid.run.interventions import interventions_of
from pellucid.run.model import Model
from pellucid.run.reference import walk
from pellucid.tasks import make
from pellucid.tasks.check import right_answers
from pellucid.tasks.sort import Sort
from pellucid.train import Training

ALL_SEEDS = range(10)
LATER = [f"blocks.{block}.{part}" for block in (1, 2) for part in ("attn_out", "mlp_out")]
LATER_ATTENTION, LATER_MLPS = LATER[::2], LATER[1::2]
FIRST, AFTER = 5, 11
"""The positions that write the answer."""

HEADS = range(3)
FALSE = "from(1,0,0,2,1,2,0,0,1,1,2)"
"""What the heads gathered from B A A C B C and its answer, two letters of each kind: the chapter gives it to them."""


@lru_cache
def trained(seed: int) -> Model:
    return pellucid.train("sort", seed=seed)


@pytest.fixture(scope="module", params=ALL_SEEDS)
def model(request: pytest.FixtureRequest) -> Model:
    return trained(request.param)


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


def test_the_position_says_how_many_letters_are_written(questions: np.ndarray) -> None:
    """With the position vector of another answering position, the letter that belongs there is written: on average over
    ten models in 88% of the cases, as the chapter says."""
    read, followed = sequences(questions), []
    for seed in ALL_SEEDS:
        model = trained(seed)
        positions = model.parameters["pos_embed.W_pos"]
        asked = moved = 0
        for at in range(FIRST, AFTER):
            for instead in set(range(FIRST, AFTER)) - {at}:
                own = positions[at].copy()
                positions[at] = positions[instead]
                written = last_written(model, read[:, : at + 1])
                positions[at] = own
                differ = read[:, at + 1] != read[:, instead + 1]
                asked += int(differ.sum())
                moved += int((written == read[:, instead + 1])[differ].sum())
        followed.append(moved / asked)
    assert np.mean(followed) == pytest.approx(0.88, abs=0.005)
    assert min(followed) > 0.8


def test_what_has_been_written_matters_less(questions: np.ndarray) -> None:
    """88% on average, as the chapter says."""
    read, kept = sequences(questions), []
    for seed in ALL_SEEDS:
        asked = right = 0
        for at in range(FIRST + 1, AFTER):
            for letter in range(3):
                overwritten = read[:, : at + 1].copy()
                overwritten[:, FIRST + 1 :] = letter
                differ = (overwritten != read[:, : at + 1]).any(axis=1)
                asked += int(differ.sum())
                right += int((last_written(trained(seed), overwritten) == read[:, at + 1])[differ].sum())
        kept.append(right / asked)
    assert np.mean(kept) == pytest.approx(0.88, abs=0.015)
    assert min(kept) > 0.8


def test_head_0_of_nano_moves_along_the_alphabet(nano_model: Model, questions: np.ndarray) -> None:
    """What one letter of the question gets of its attention, for the first, the third and the last letter written."""
    name = "blocks.0.attn.pattern"
    read = sequences(questions)[:, :AFTER]
    pattern = nano_model.engine.run(inputs(nano_model.graph, read), {name}).values[name][..., :6]
    shares = [[pattern[:, 0, at][questions == letter].mean() for letter in range(3)] for at in (5, 7, 10)]
    assert np.allclose(shares, [[0.41, 0.08, 0.01], [0.15, 0.13, 0.1], [0, 0.05, 0.36]], atol=0.005)
    for head in (1, 2):
        first, middle = ([pattern[:, head, at][questions == letter].mean() for letter in range(3)] for at in (5, 8))
        assert first[2] < 0.4 * min(first[:2])
        assert max(middle) < 1.5 * min(middle)


def test_without_head_0_of_nano_the_first_letter_goes_on_too_long_and_without_head_1_it_ends_too_soon(
    nano_model: Model, questions: np.ndarray
) -> None:
    for head, right, wrong in ((0, 1, 0), (1, 0, 1)):
        written, answers = answered_without(nano_model, [f"blocks.0.attn.z[h={head}]"], questions)
        lost = written != answers
        assert (lost & (answers == right) & (written == wrong)).sum() > 0.84 * lost.sum() > 100


def test_attention_of_block_1_of_nano_knows_most_and_its_mlp_the_rest(nano_model: Model, questions: np.ndarray) -> None:
    mlps = [f"blocks.{block}.mlp_out" for block in range(3)]
    assert right_without(nano_model, [*LATER, mlps[0]], questions) == 628
    assert right_without(nano_model, mlps[:1], questions) == 587
    assert right_without(nano_model, mlps, questions) == 168


def test_a_later_mlp_of_nano_stands_in_for_that_of_block_1_where_later_attention_does_not_disturb_it(
    nano_model: Model, questions: np.ndarray
) -> None:
    off = ["blocks.0.mlp_out", *LATER_ATTENTION]
    assert right_without(nano_model, off, questions) == len(questions)
    for mlp in LATER_MLPS:
        assert right_without(nano_model, [*off, mlp], questions) == len(questions)


def test_of_two_models_all_answers_come_back_with_the_later_attention_off(questions: np.ndarray) -> None:
    off = ["blocks.0.mlp_out", *LATER_ATTENTION]
    right = [right_without(trained(seed), off, questions) for seed in ALL_SEEDS]
    assert right[0] == right[6] == len(questions)
    assert sum(number == len(questions) for number in right) == 2


def answered_without(model: Model, off: Sequence[str], questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each answering position writes after the right letters, and what it should."""
    read = sequences(questions)
    changes = interventions_of(off, model.graph)
    logits = model.engine.run(inputs(model.graph, read[:, :AFTER]), {"logits"}, changes).values["logits"]
    return logits[:, FIRST:].argmax(-1), read[:, FIRST + 1 :]


# What a patch tests, for ten seeds.


def answered(model: Model, read: np.ndarray, source: np.ndarray, heads: Collection[int], blocks: Sequence[int]) -> Any:
    """What each answering position writes where these heads of these blocks are given, there, what they gathered in the
    sequences of `source`."""
    names = [f"blocks.{block}.attn.z" for block in blocks]
    axes = model.graph.tensors[names[0]].axes
    where: list[Any] = [slice(None)] * (len(axes) + 1)
    where[1 + axes.index("h")], where[1 + axes.index("t")] = list(heads), slice(FIRST, None)
    theirs = model.engine.run(inputs(model.graph, source), names).values

    def patched(name: str, array: np.ndarray) -> np.ndarray:
        if name not in names:
            return array
        array = array.copy()
        array[tuple(where)] = theirs[name][tuple(where)]
        return array

    values = walk(model.graph.ops, {**model.parameters, **inputs(model.graph, read)}, observer=patched)
    return values["logits"][:, FIRST:].argmax(-1)


def others(questions: np.ndarray) -> Iterator[np.ndarray]:
    """For each question another one, and its own letters in another order."""
    random = np.random.default_rng(0)
    yield questions[random.permutation(len(questions))]
    yield random.permuted(questions, axis=1)


def seekers(model: Model, questions: np.ndarray) -> set[int]:
    """The heads of block 1 from which single letters of the kind that is written next get most, before the first and
    the last letter of the answer."""
    name, letters, read = "blocks.0.attn.pattern", np.eye(3)[questions], sequences(questions)
    pattern = model.engine.run(inputs(model.graph, read[:, :AFTER]), {name}).values[name][:, :, FIRST:, :6]
    there = letters.sum(axis=1)[:, None, None]
    each = np.where(there > 0, np.einsum("nhts,nsv->nhtv", pattern, letters) / np.maximum(there, 1), -1)
    looks = (each.argmax(-1) == read[:, None, FIRST + 1 :]).mean(axis=0)
    return {head for head in HEADS if min(looks[head, 0], looks[head, -1]) >= 0.97}


@pytest.mark.parametrize("seed", ALL_SEEDS)
def test_a_head_of_block_1_looks_for_the_next_letter_and_not_every_one_does(seed: int, questions: np.ndarray) -> None:
    assert 1 <= len(seekers(trained(seed), questions)) <= 2


def test_one_head_alone_decides_how_the_answer_begins_in_about_half_of_the_models(questions: np.ndarray) -> None:
    another, _ = others(questions)
    read, source = sequences(questions), sequences(another)
    ours, theirs = read[:, FIRST + 1], source[:, FIRST + 1]
    alone = 0
    for seed in ALL_SEEDS:
        followed = []
        for head in HEADS:
            written = answered(trained(seed), read[:, :AFTER], source[:, :AFTER], [head], [0])[:, 0]
            followed.append((written == theirs)[ours != theirs].mean())
        *wrong, decides = sorted(followed)
        if decides > 0.9:
            alone += 1
            assert max(wrong) < 0.2, (seed, followed)
        if seed == 0:
            np.testing.assert_allclose(followed, [0.96, 0.01, 0], atol=0.03)  # over many draws, 0.95
            assert 0 in seekers(trained(seed), questions)
    assert 3 <= alone <= 7


def test_the_head_that_counts_best_is_rarely_one_that_looks_for_the_next_letter(questions: np.ndarray) -> None:
    counts = np.eye(3)[questions].sum(axis=1)
    spread = ((counts - counts.mean(axis=0)) ** 2).sum()
    apart = 0
    for seed in ALL_SEEDS:
        model, name = trained(seed), "blocks.0.attn.z"
        gathered = model.engine.run(inputs(model.graph, sequences(questions)[:, :AFTER]), {name}).values[name]
        axes = model.graph.tensors[name].axes
        gathered = np.moveaxis(gathered, [1 + axes.index(axis) for axis in "htd"], [1, 2, 3])[:, :, FIRST:]
        explained = np.zeros((3, AFTER - FIRST))
        for head, at in np.ndindex(explained.shape):
            known = np.hstack([gathered[:, head, at], np.ones((len(questions), 1))])
            factors, *_ = np.linalg.lstsq(known, counts, rcond=None)
            explained[head, at] = 1 - ((counts - known @ factors) ** 2).sum() / spread
        told = explained.mean(axis=1)
        apart += int(told.argmax()) not in seekers(model, questions)
        if seed == 0:
            np.testing.assert_allclose(told, [0.82, 0.97, 0.92], atol=0.016)
    assert apart >= 7


@pytest.mark.parametrize("seed", ALL_SEEDS)
def test_what_block_1_gathered_decides_the_answer_and_what_later_blocks_gathered_does_not(
    seed: int, questions: np.ndarray
) -> None:
    model, right = trained(seed), sequences(questions)[:, FIRST + 1 :]
    read = sequences(questions)[:, :AFTER]
    another, shuffled = (sequences(other) for other in others(questions))
    assert (answered(model, read, another[:, :AFTER], HEADS, [0]) == another[:, FIRST + 1 :]).mean() > 0.99
    assert (answered(model, read, another[:, :AFTER], HEADS, [1, 2]) == right).all()
    assert (answered(model, read, shuffled[:, :AFTER], HEADS, [0]) == right).all()
    assert right_without(model, [f"blocks.0.attn.z~{FALSE}"], questions) == 90
    assert right_without(model, [f"blocks.{block}.attn.z~{FALSE}" for block in (1, 2)], questions) == 729


@pytest.mark.parametrize("seed", ALL_SEEDS)
def test_the_mlp_of_block_1_settles_the_letters_between_the_first_and_the_last(
    seed: int, questions: np.ndarray
) -> None:
    model = trained(seed)
    assert right_without(model, LATER, questions) == 729
    assert right_without(model, ["blocks.0.attn_out"], questions) <= 90
    assert right_without(model, ["blocks.1.mlp_out", "blocks.2.mlp_out"], questions) == 729
    written, answers = answered_without(model, [*LATER, "blocks.0.mlp_out"], questions)
    wrong = (written != answers).sum(axis=0)
    assert max(wrong[0], wrong[-1]) <= 8
    assert wrong[1:-1].sum() > 80
    if seed == 0:
        np.testing.assert_allclose(wrong, [0, 5, 15, 80, 0, 0], atol=6)


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
    for seed in ALL_SEEDS:
        training = Training(task, seed=seed)
        for _ in training:
            pass
        right.append(right_without(training.model(), [], unseen) / len(unseen))
    assert 0.75 < np.mean(right) < 0.85
    assert 0.6 < min(right) < 0.75
