"""One step of descent: downhill, by the rate times the gradient, on a copy."""

import numpy as np
import pytest
from small import random_parameters

from pellucid.graph import PellucidError
from pellucid.models import preset
from pellucid.run.model import Model
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks import make
from pellucid.train.descent import descend


@pytest.fixture
def untrained() -> Model:
    config = preset("nano")
    about = {"task": make("sort").describe()}
    return Model("untrained", config, random_parameters(config.graph()), Vocabulary("ABC"), about)


def test_a_small_step_lowers_the_loss_by_the_rate_times_the_squared_gradient(untrained: Model) -> None:
    rate = 1e-4
    descent = descend(untrained, "CBABBC", rate)
    assert descent.tokens.tolist() == [2, 1, 0, 1, 1, 2, 0, 1, 1, 1, 2]
    assert descent.targets.tolist() == [-1] * 5 + [0, 1, 1, 1, 2, 2]
    steepness = sum(float((descent.gradients[name] ** 2).sum()) for name in untrained.parameters)
    assert descent.loss - descent.loss_after == pytest.approx(rate * steepness, rel=0.1)


def test_each_weight_moves_against_its_gradient_and_the_model_given_stays(untrained: Model) -> None:
    before = {name: weight.copy() for name, weight in untrained.parameters.items()}
    descent = descend(untrained, "CBABBC", 0.05)
    for name, weight in before.items():
        np.testing.assert_array_equal(untrained.parameters[name], weight)
        expected = weight - np.float32(0.05) * descent.gradients[name]
        np.testing.assert_array_equal(descent.after.parameters[name], expected)


def test_many_steps_learn_the_question_by_heart(untrained: Model) -> None:
    model = untrained
    for _ in range(60):
        model = descend(model, "CBABBC", 0.05).after
    assert model.generate("CBABBC") == "ABBBCC"


@pytest.mark.parametrize("rate", [0.0, -1.0, 11.0, float("nan")])
def test_impossible_rates_are_answered_with_a_sentence(untrained: Model, rate: float) -> None:
    with pytest.raises(PellucidError, match="must be above 0 and at most 10"):
        descend(untrained, "CBABBC", rate)
