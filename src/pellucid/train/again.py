"""A model's training once more: from its own task, recipe and seed, so that one can watch what it has been through."""

import itertools
from collections.abc import Iterator

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.tasks import askable, remade
from pellucid.train.loop import Training
from pellucid.train.recipe import Recipe

PICTURES = 9
"""How many times the weights are kept, from before the first step to after the last."""


def again(model: Model, steps: int | None = None, hold_out: str | None = None) -> Training:
    """The training from nothing, for so many steps; without a number, for those of the recipe. `hold_out` is what is
    never trained on, where that is to be something else than it was.

    Raises PellucidError for a model without a task, for what cannot be held out, or for a model whose folder says
    something else than Pellucid writes.
    """
    task = askable(model)
    if hold_out is not None:
        task = remade({**task.describe(), "hold_out": hold_out})
    seed, recipe = recorded(model)
    return Training(task, seed=seed, recipe=recipe if steps is None else recipe.lasting(steps), config=model.config)


def untrained(model: Model) -> Model:
    """The model as it was before the first step of its training."""
    training = again(model)
    parameters = Parameters(training.config.graph(), training.parameters.stored)
    return Model(model.name, training.config, parameters, model.vocabulary, {"task": model.task})


def pictures(training: Training, steps: int) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """The weights before the first step and after some steps, closer together where they change most, early on."""
    wanted = {round(steps * (number / (PICTURES - 1)) ** 2) for number in range(PICTURES)} | {1}
    for step in itertools.chain([0], (done.step for done in training)):
        if step in wanted:
            yield step, {name: weight.copy() for name, weight in training.parameters.items()}


def recorded(model: Model) -> tuple[int, Recipe]:
    """The seed and the recipe that the model was trained with, or the usual ones where it does not say."""
    told = model.about.get("training")
    if told is None:
        return 0, Recipe()
    try:
        recipe = dict(told["recipe"])
        return int(told["seed"]), Recipe(**{**recipe, "betas": tuple(recipe["betas"])})
    except (KeyError, TypeError, ValueError) as error:
        raise PellucidError(
            "bad-file",
            f"What the folder of {model.name} says about its training is not what Pellucid writes: train it anew.",
        ) from error
