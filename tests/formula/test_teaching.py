"""The page's own training against Python's: the same batches give the same losses and the same weights."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from walking import Walker, unpacked

from pellucid.models import with_loss
from pellucid.run.engine import engine, inputs
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.tasks.check import accuracy, askable
from pellucid.train.again import recorded
from pellucid.train.optimiser import AdamW, clip, matrices
from pellucid.train.teaching import teaching

STEPS = 6


def weights_in(told: dict[str, Any], moment: str) -> Iterator[tuple[str, np.ndarray]]:
    """The weights that the page had then, by name."""
    flat = unpacked(told[moment], (-1,))
    for place in told["layout"]:
        yield place["name"], flat[place["offset"] : place["offset"] + place["length"]].reshape(place["shape"])


def fill(parameters: Parameters, told: dict[str, Any], moment: str) -> None:
    for name, cells in weights_in(told, moment):
        parameters[name][...] = cells
    parameters.changed()


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_the_page_takes_the_steps_that_python_takes(walker: Walker, nano_model: Model, decay: float) -> None:
    taught = teaching(nano_model)
    recipe = replace(recorded(nano_model)[1], steps=STEPS, batch=5, weight_decay=decay)
    told = walker.ask("teach", {"teaching": taught, "recipe": asdict(recipe), "seed": 3, "steps": STEPS})

    graph = with_loss(nano_model.config.graph())
    parameters, weights = Parameters.zeros(graph)
    fill(parameters, told, "before")
    tokens, targets = (np.array(taught["taught"][name]) for name in ("tokens", "targets"))
    learner = engine("numpy", parameters).learn(inputs(graph, tokens[: recipe.batch], targets[: recipe.batch]))
    optimiser = AdamW(
        weights, np.zeros_like(weights), np.zeros_like(weights), betas=recipe.betas, decay=decay * matrices(graph)
    )
    for done in told["done"]:
        rows = done["rows"]
        values = learner.step(inputs(graph, tokens[rows], targets[rows]))
        norm = clip(learner.gradient, recipe.clip)
        optimiser.step(done["step"], learner.gradient, recipe.rate_at(done["step"]))
        parameters.changed()
        # In single precision, and each step builds on the one before; AdamW divides by the root of a small number.
        assert done["loss"] == pytest.approx(float(values[graph.loss.name]), rel=2e-3)
        assert done["norm"] == pytest.approx(norm, rel=2e-2)
    for name, cells in weights_in(told, "after"):
        np.testing.assert_allclose(cells, parameters[name], atol=2e-3)


def test_the_page_counts_right_answers_as_python_does(walker: Walker, nano_model: Model) -> None:
    recipe = replace(recorded(nano_model)[1], steps=STEPS, averaged=0.2, batch=8)
    told = walker.ask("teach", {"teaching": teaching(nano_model), "recipe": asdict(recipe), "seed": 0, "steps": STEPS})
    parameters, _ = Parameters.zeros(nano_model.graph)
    fill(parameters, told, "average")
    counted = accuracy(askable(nano_model), engine("numpy", parameters))
    assert told["examined"] == {
        "trained": [counted.trained_correct, counted.trained_total],
        "heldOut": [counted.heldout_correct, counted.heldout_total],
    }


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_a_step_taken_apart_adds_up(walker: Walker, nano_model: Model, decay: float) -> None:
    """AdamW (Loshchilov and Hutter 2019), written out from what the page shows of a step: in single precision."""
    taught = teaching(nano_model)
    recipe = replace(recorded(nano_model)[1], steps=STEPS, batch=5, weight_decay=decay)
    told = walker.ask("apart", {"teaching": taught, "recipe": asdict(recipe), "seed": 3, "steps": STEPS})
    step, rate = told["progress"]["step"], told["progress"]["rate"]
    assert (step, len(told["rows"]), len(told["right"])) == (STEPS, 5, 5)
    gradient = unpacked(told["gradient"], (-1,)).astype(float)
    assert np.linalg.norm(gradient) == pytest.approx(min(told["progress"]["norm"], recipe.clip), rel=1e-5)
    (m0, m), (v0, v), (w0, w) = ([unpacked(each, (-1,)).astype(float) for each in both] for both in told["twice"])
    one, two = recipe.betas
    np.testing.assert_allclose(m, one * m0 + (1 - one) * gradient, atol=1e-8, rtol=1e-5)
    np.testing.assert_allclose(v, two * v0 + (1 - two) * gradient**2, atol=1e-12, rtol=1e-5)
    decays = {start["tensor"]: start["decays"] for start in taught["starts"]}
    shrinking = np.concatenate([np.full(place["length"], decays[place["name"]]) for place in told["layout"]])
    shrunk = w0 - rate * decay * w0 * shrinking
    moved = shrunk - rate * (m / (1 - one**step)) / (np.sqrt(v / (1 - two**step)) + 1e-8)
    np.testing.assert_allclose(w, moved, atol=1e-6)
