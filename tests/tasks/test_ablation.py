"""Switching parts of the sorting model off: some are needed, and nothing is changed for good."""

import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.tasks import check
from pellucid.tasks.ablation import accuracy_with, without_each_head


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
