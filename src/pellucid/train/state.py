"""A training at rest: one safetensors file with all that is needed to go on as if nothing had happened.

It holds the arrays of a checkpoint four times, as `weights/NAME`, `average/NAME` and, AdamW's moments, `first/NAME` and
`second/NAME`; its metadata says the rest as JSON, under `training`. Random states are not among it: what is drawn at a
step follows from the seed and the number of the step.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import save as serialise

from pellucid.files.safetensors import StoredArrays
from pellucid.files.together import replace_together, settle
from pellucid.files.together import state as state_of_file
from pellucid.files.weights import asked
from pellucid.files.writing import replace_file
from pellucid.graph import PellucidError
from pellucid.models import PRESETS, Architecture, architecture_of
from pellucid.run.parameters import Parameters
from pellucid.tasks import Teachable, remade
from pellucid.tasks.lookup import is_text
from pellucid.train.recipe import Recipe
from pellucid.words.given import shown, whole

STATE = "training.safetensors"
PARTS = ("weights", "average", "first", "second")
LARGEST_SEED = 2**64


@dataclass
class State:
    """What is taught to what (`config` as config.json says it) and how, which step was the last, how many are planned,
    and after which the average begins."""

    task: Mapping[str, Any]
    config: Mapping[str, Any]
    seed: int
    recipe: Recipe
    step: int
    steps: int
    averaged_from: int
    seconds: float

    @classmethod
    def first(cls, task: Mapping[str, Any], config: Mapping[str, Any], seed: int, recipe: Recipe) -> "State":
        """The state before any step. Raises PellucidError for a seed that chance cannot start from."""
        try:
            seed = whole(seed)
            if not 0 <= seed < LARGEST_SEED:
                raise TypeError
        except TypeError:
            raise PellucidError(
                "bad-seed", f"The seed is {shown(seed)}: it must be 0 or more, and below 2^64.", seed=seed
            ) from None
        for described in (task, config):
            try:
                json.dumps(described)
            except (TypeError, ValueError) as error:
                raise PellucidError(
                    "bad-task",
                    f"{shown(described)} cannot be written as JSON, so that nothing could be saved: {error}.",
                ) from error
        return cls(task, config, seed, recipe, 0, recipe.steps, recipe.averaged_from(recipe.steps), 0.0)

    def plan(self, steps: int) -> None:
        """Go on to that many steps in all, averaging anew over the last of them; what is done already stays."""
        if steps > self.step:
            self.averaged_from = max(self.step, self.recipe.averaged_from(steps))
        self.averaged_from = min(self.averaged_from, steps)
        self.steps = steps


def write(folder: Path, state: State, parts: Mapping[str, Parameters]) -> None:
    """Put the training in the folder, whole or not at all."""
    replace_file(folder / STATE, serialised(state, parts))


def begin(folder: Path, state: State, parts: Mapping[str, Parameters], others: Mapping[str, bytes]) -> None:
    """The same, together with other files of the folder."""
    replace_together(folder, {STATE: serialised(state, parts), **others})


def serialised(state: State, parts: Mapping[str, Parameters]) -> bytes:
    arrays = {f"{part}/{key}": array for part, held in parts.items() for key, array in held.stored.items()}
    return serialise(arrays, {"training": json.dumps(asdict(state))})


def version(folder: Path) -> object:
    """What another process changes by going on with the training that is there."""
    settle(folder)
    return state_of_file(folder / STATE)


def read(folder: Path) -> State:
    """What the folder holds, but for arrays, whose shapes are those of what learns.

    Raises PellucidError if there is no training there, or a damaged one.
    """
    path = folder / STATE
    settle(folder)
    if not os.path.isfile(path):
        raise PellucidError(
            "nothing-to-resume", f"{folder} holds no {STATE} to go on from: train there without resuming first."
        )
    try:
        arrays = StoredArrays(path)
        state = told(json.loads(arrays.metadata["training"]))
        check(state, arrays)
    except (OSError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise damaged(path, error) from error
    return state


def told(content: dict[str, Any]) -> State:
    """The state that the file's metadata tell of. Raises KeyError, TypeError, ValueError or OverflowError otherwise."""
    if "config" not in content:  # written before anything but a nano-GPT could be taught
        task = remade(content["task"])
        nano = PRESETS["nano"].resized(vocabulary=len(task.alphabet), context=task.context)
        content["config"] = nano.to_json()
    content["recipe"] = Recipe(**{**content["recipe"], "betas": tuple(content["recipe"]["betas"])})
    state = State(**content)
    state.seconds = float(state.seconds)
    return state


def check(state: State, arrays: StoredArrays) -> None:
    """Raise ValueError for what no training comes to. Nothing as large as what learns is made before that."""
    numbers = (state.seed, state.step, state.steps, state.averaged_from)
    described = isinstance(state.task, dict) and isinstance(state.config, dict)
    if not described or any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError("its metadata is not what Pellucid writes")
    if state.seed >= LARGEST_SEED or not 0 <= state.seconds < math.inf:
        raise ValueError("its seed or its time is none that a training has")
    if not state.step <= state.steps <= state.recipe.most or state.averaged_from > state.steps:
        raise ValueError("its steps are not those of its recipe")
    config = architecture_of(state.config)
    if not is_text(state.task):
        check_fit(config, remade(state.task))
    shapes = {f"{part}/{key}": shape for key, shape in asked(config).shapes.items() for part in PARTS}
    if shapes != arrays.shapes:
        raise ValueError("its arrays are not those of what learns")
    arrays.check_kinds(arrays)


def check_fit(config: Architecture, task: Teachable) -> None:
    """Raise ValueError for an architecture that is not made for the task. What has been learned of a text is only known
    where the text is at hand."""
    if config != config.resized(vocabulary=len(task.vocabulary.pieces), context=task.context):
        raise ValueError("what learns does not fit the task")


def fitting(folder: Path, config: Architecture, task: Teachable) -> None:
    """Raises PellucidError where the folder's training is not one of this task."""
    try:
        check_fit(config, task)
    except ValueError as error:
        raise damaged(folder / STATE, error) from error


def read_arrays(folder: Path, parts: Mapping[str, Parameters]) -> None:
    """Fill the arrays. Raises PellucidError if they are not those of this architecture."""
    path = folder / STATE
    try:
        arrays = StoredArrays(path)
        for part, held in parts.items():
            for key, array in held.stored.items():
                array[...] = arrays[f"{part}/{key}"]
            held.changed()
    except (OSError, KeyError, ValueError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> PellucidError:
    return PellucidError(
        "bad-state", f"{path} is not a whole training ({error}): remove it to train anew.", path=str(path)
    )
