"""Generation: greedy takes the likeliest, sampling follows the distribution it shows, the cache changes nothing."""

from types import ModuleType

import numpy as np
import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.generate import Sampling, choose, distribution
from pellucid.run.model import Model


def test_keeping_keys_and_values_gives_the_logits_of_the_whole_text() -> None:
    model = random_model()
    tokens = [1, 4, 2]
    for step in model.steps(tokens, 6):
        np.testing.assert_allclose(step.logits, model.trace(tokens)["logits"][-1], rtol=1e-4, atol=1e-5)
        assert step.token == int(step.logits.argmax())
        tokens.append(step.token)
    assert len(tokens) == 9


def test_what_numpy_is_told_to_raise_stops_no_generation() -> None:
    """The smallest probabilities of a low temperature are nought."""
    model = random_model()
    expected = model.generate("AB", temperature=1e-3, top_p=0.5)
    with np.errstate(all="raise"):
        assert model.generate("AB", temperature=1e-3, top_p=0.5) == expected


def test_the_trained_model_sorts(nano_model: Model) -> None:
    assert nano_model.generate("CBABBC") == "ABBBCC"
    assert nano_model.generate("BACCAB") == "AABBCC"
    first = next(nano_model.steps("CBABBC"))
    assert first.probability > 0.9
    assert first.probabilities.sum() == pytest.approx(1)


def test_probabilities_and_cuts_are_those_of_transformers(torch: ModuleType, transformers: ModuleType) -> None:
    """Over many random logits and settings, against transformers' own logits processors in the same order."""
    random = np.random.default_rng(0)
    for _ in range(50):
        logits = random.normal(0, 3, 40).astype(np.float32)
        temperature, top_k, top_p = random.uniform(0.2, 3), int(random.integers(1, 40)), random.uniform(0.05, 0.999)
        probabilities, kept = distribution(logits, Sampling(temperature, top_k, top_p))
        scores = torch.tensor(logits)[None]
        for warp in (
            transformers.TemperatureLogitsWarper(float(temperature)),
            transformers.TopKLogitsWarper(top_k),
            transformers.TopPLogitsWarper(float(top_p)),
        ):
            scores = warp(None, scores)
        np.testing.assert_array_equal(kept, torch.isfinite(scores)[0].numpy())
        expected = torch.softmax(torch.tensor(logits) / float(temperature), 0).numpy()
        np.testing.assert_allclose(probabilities, expected, rtol=1e-4, atol=1e-7)


def test_sampling_follows_the_distribution() -> None:
    logits, sampling = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32)), Sampling(temperature=1.0, top_k=3)
    drawn = np.bincount([choose(logits, sampling, place).token for place in range(4000)], minlength=4) / 4000
    np.testing.assert_allclose(drawn, np.array([0.5, 0.3, 0.15, 0]) / 0.95, atol=0.03)


def test_a_seed_repeats_itself_and_another_differs() -> None:
    model = random_model()
    texts = [model.generate("AB", 7, temperature=2.0, seed=seed) for seed in (1, 1, 2, 3)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


def test_temperature_zero_and_a_tiny_top_p_are_greedy() -> None:
    model = random_model()
    greedy = model.generate("ABC", 5)
    assert model.generate("ABC", 5, temperature=0) == greedy
    assert model.generate("ABC", 5, temperature=1, top_p=1e-9) == greedy
    assert model.generate("ABC", 5, temperature=1, top_k=1) == greedy


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"temperature": -1.0}, "temperature is -1.0: it must be a number from 0 to 100"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_k": -2}, "top_k is -2"),
        ({"top_p": 0.0}, "top_p is 0.0: it must be above 0"),
        ({"seed": -1}, "seed is -1"),
        ({"count": 9}, "9 more tokens do not fit: after this prompt the model can write from 0 to 7"),
    ],
)
def test_impossible_settings_are_answered_before_anything_is_computed(
    settings: dict[str, float], sentence: str
) -> None:
    with pytest.raises(PellucidError, match=sentence):
        random_model().steps("ABC", **settings)  # type: ignore[arg-type]


def test_a_task_fixes_the_length_of_its_question(nano_model: Model) -> None:
    with pytest.raises(PellucidError, match="5 letters, but this model was taught with exactly 6"):
        nano_model.generate("CBABB")
