"""The page's own training against Python's: the same batches give the same losses and the same weights."""

import math
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
    assert (step, len(told["questions"]["tokens"]), len(told["answers"])) == (STEPS, 5, 5)
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


def test_gradients_open_into_terms_that_add_up(walker: Walker, nano_model: Model) -> None:
    """The loss, and the gradient of a cell of every weight; and the numbers in their terms, two levels down."""
    taught = teaching(nano_model)
    recipe = replace(recorded(nano_model)[1], steps=STEPS, batch=5)
    asked = {"teaching": taught, "recipe": asdict(recipe), "seed": 3, "steps": STEPS}
    random = np.random.default_rng(0)
    weights = {weight.name: nano_model.graph.shape(weight) for weight in nano_model.graph.weights()}
    cells = [(name, random.integers(shape).tolist()) for name, shape in weights.items()]
    told = walker.ask("unfold", {**asked, "cells": cells, "depth": 2})
    apart = walker.ask("apart", asked)
    gradient = unpacked(apart["gradient"], (-1,)).astype(float) * max(1, apart["progress"]["norm"] / recipe.clip)
    offsets = {place["name"]: place["offset"] for place in told["layout"]}
    loss, *opened = told["opened"]
    assert loss["value"] == pytest.approx(told["loss"], rel=1e-6)
    for (name, index), found in zip(cells, opened, strict=True):
        place = offsets[name] + int(np.ravel_multi_index(index, weights[name]))
        assert found["value"] == pytest.approx(gradient[place], rel=1e-5, abs=1e-12)
    levels = list(walk([loss, *opened]))
    assert len(levels) > 10 * len(cells), "several of the numbers in each are opened, and in these again"
    for found in levels:
        assert_adds_up(found)


def walk(opened: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for found in opened:
        yield found
        yield from walk(found["inside"])


def assert_adds_up(found: dict[str, Any]) -> None:
    """To the number that the training computed: in single precision, so that of large terms digits are lost."""
    values = [float(term["value"]) for term in found["summands"]]
    last = float(found["steps"][-1]["value"] if found["steps"] else found["value"])
    if not all(map(math.isfinite, [last, *values])):
        return  # what is masked
    assert last == pytest.approx(found["value"], rel=1e-5, abs=1e-6 * max(map(abs, values), default=0))
    if found["combine"] == "sum" and values:
        # The number itself, or one that something is done to afterwards.
        reached = [found["value"], *(step["value"] for step in found["steps"])]
        size = sum(map(abs, values))
        assert any(math.fsum(values) == pytest.approx(one, rel=1e-5, abs=1e-6 * size) for one in reached), found[
            "title"
        ]
    for term in found["summands"] if found["isProduct"] else []:
        product = math.prod(float(factor["value"]) for factor in term["factors"])
        if len(term["factors"]) > 1 and math.isfinite(product):
            assert product == pytest.approx(term["value"], rel=1e-6)
