"""Switching parts of the sorting model off: some are needed, and nothing is changed for good."""

import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.tasks import check
from pellucid.tasks.ablation import ablations, accuracy_with, without_each_head


def test_without_interventions_it_is_the_plain_check(nano_model: Model) -> None:
    assert accuracy_with(nano_model, ()) == check(nano_model)


def test_each_head_is_switched_off_in_turn_and_some_are_needed(nano_model: Model) -> None:
    before = check(nano_model)
    found = list(without_each_head(nano_model))
    assert [(name, head) for name, head, _ in found] == [
        (f"blocks.{layer}.attn.z", head) for layer in range(3) for head in range(3)
    ]
    assert min(accuracy.trained_correct for _, _, accuracy in found) < before.trained_correct
    assert all(accuracy.questions == 729 for _, _, accuracy in found)
    assert check(nano_model) == before


def test_switching_off_all_attention_forgets_how_to_sort(nano_model: Model) -> None:
    accuracy = accuracy_with(nano_model, [f"blocks.{layer}.attn.z" for layer in range(3)])
    assert accuracy.trained_correct + accuracy.heldout_correct < 100


def test_what_a_batch_takes_from_other_runs_is_taken_for_each_question(nano_model: Model) -> None:
    before = check(nano_model)
    assert accuracy_with(nano_model, ["blocks.0.mlp_out~scale(3)", "logits~freeze"]) == before
    elsewhere = ",".join(["0"] * 11)
    assert accuracy_with(nano_model, f"blocks.0.attn.z~from({elsewhere})").trained_correct < before.trained_correct
    with pytest.raises(PellucidError, match="from a text of 2 tokens: give one of at least 11"):
        accuracy_with(nano_model, "blocks.0.attn.z~from(0,0)")


def test_a_model_without_a_task_cannot_be_asked() -> None:
    with pytest.raises(PellucidError, match="was not taught a task"):
        accuracy_with(random_model(), ())


def test_what_is_left_without_each_head_part_and_block(nano_model: Model) -> None:
    found = ablations(nano_model)
    blocks = ["self-attention, head 0", "self-attention, head 1", "self-attention, head 2", "self-attention", "MLP", ""]
    titles = nano_model.graph.groups
    named = [
        f"{titles[done.part.path].title}{'' if done.part.head is None else f', head {done.part.head}'}"
        for done in found
        if done.part.path != done.part.block
    ]
    assert named == [name for name in blocks if name] * 3
    assert [done.part.head for done in found] == [0, 1, 2, None, None, None] * 3
    first = found[0]
    counted = accuracy_with(nano_model, first.part.off)
    assert first.correct == counted.trained_correct + counted.heldout_correct
    whole = found[5].part
    assert [str(change) for change in whole.off] == [str(done.part.off[0]) for done in found[3:5]]
    for done in found:
        if done.broken:
            assert nano_model.generate(done.broken) != nano_model.generate(done.broken, interventions=done.part.off)
            assert done.correct < 729
