"""Weights say which they are: every change made to them through the API gives them another version."""

import copy
import pickle

import numpy as np
import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.parameters import Parameters
from pellucid.run.recent import Recent
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks import make
from pellucid.train import Recipe, Training


def test_two_models_are_never_taken_for_one_another() -> None:
    assert random_model().snapshot != random_model().snapshot


def test_a_weight_that_is_set_makes_another_version() -> None:
    model = random_model()
    before, expected = model.snapshot, model.trace([1, 2])["logits"].copy()
    model.parameters.set_cells("blocks.0.attn.W_Q", (1, 3, 2), 7.5)
    assert model.parameters["blocks.0.attn.W_Q"][1, 3, 2] == 7.5
    assert (model.snapshot.id, model.snapshot.version) == (before.id, before.version + 1)
    assert np.abs(model.trace([1, 2])["logits"] - expected).max() > 1e-6


def test_a_loaded_weight_can_be_set_but_not_written_into_by_chance(tmp_path: object) -> None:
    random_model().save(f"{tmp_path}/m")
    model = type(random_model()).load(f"{tmp_path}/m")
    weights = model.parameters["pos_embed.W_pos"]
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1
    model.parameters.set_cells("pos_embed.W_pos", 0, 0.25)
    assert (weights[0] == 0.25).all()
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 1


def test_a_run_is_not_explained_by_weights_that_came_after_it() -> None:
    model = random_model()
    run = model.trace([1, 2])
    run.explain("logits", (0, 0))
    model.parameters.set_cells("embed.W_E", (1, 0), 2.0)
    assert run["logits"].shape == (2, 7)
    for ask in (lambda: run.explain("logits", (0, 0)), lambda: run["embed.W_E"]):
        with pytest.raises(PellucidError, match="weights have changed since this run"):
            ask()


def test_only_weights_are_set() -> None:
    model = random_model()
    with pytest.raises(PellucidError, match="logits is no weight"):
        model.parameters.set_cells("logits", 0, 1)
    assert model.snapshot.version == random_model().snapshot.version


def test_every_step_of_training_makes_another_version() -> None:
    training = Training(make("sort"), recipe=Recipe().lasting(4))
    versions = [(training.parameters.version, training.parts["average"].version) for _ in training]
    assert len({weights for weights, _ in versions}) == 4
    assert versions[-1][1] > versions[0][1]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_goes_its_own_way(copied: object) -> None:
    model = random_model()
    model.about = {"task": None, "note": ["x"]}
    model.trace([1])
    other = copied(model)  # type: ignore[operator]
    np.testing.assert_array_equal(other.trace([3, 1])["probs"], model.trace([3, 1])["probs"])
    assert (other.name, other.config, other.about) == (model.name, model.config, model.about)
    assert other.text([0, 1]) == "AB"
    assert other.snapshot.id != model.snapshot.id
    other.parameters.set_cells("ln_final.b", 0, 3.0)
    other.about["note"].append("y")
    assert model.parameters["ln_final.b"][0] != 3.0
    assert model.about["note"] == ["x"]


def test_a_shallow_copy_has_the_same_weights() -> None:
    model = random_model()
    other = copy.copy(model)
    other.parameters.set_cells("ln_final.b", 0, 3.0)
    assert other.snapshot == model.snapshot
    assert model.parameters["ln_final.b"][0] == 3.0


def test_parameters_copy_too() -> None:
    parameters = random_model().parameters
    for other in (copy.copy(parameters), copy.deepcopy(parameters)):
        assert other.id != parameters.id
        for name, array in parameters.items():
            np.testing.assert_array_equal(other[name], array)
            assert not np.shares_memory(other[name], array)


def test_what_no_model_is_made_of_is_refused() -> None:
    graph, (first, *_) = random_model().graph, random_model().parameters.stored
    for made in (
        lambda: Parameters(None, {}),  # type: ignore[arg-type]
        lambda: Parameters(graph, [first]),  # type: ignore[arg-type]
        lambda: Parameters(graph, {first: 5}),  # type: ignore[dict-item]
        lambda: Parameters.zeros("gpt2"),  # type: ignore[arg-type]
        lambda: Vocabulary(None),  # type: ignore[arg-type]
        lambda: Vocabulary(["A", 5]),  # type: ignore[list-item]
    ):
        with pytest.raises(PellucidError, match="it must be"):
            made()


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    made: list[str] = []

    def make_it(name: str) -> str:
        made.append(name)
        return name.upper()

    recent: Recent[str] = Recent(2)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert recent.recall(name, lambda name=name: make_it(name)) == name.upper()  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]
    assert len(recent) == 2
