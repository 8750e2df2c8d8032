"""Teaching a small model a task."""

from collections.abc import Callable
from pathlib import Path

from pellucid.files.huggingface import read_config
from pellucid.files.reading import is_there
from pellucid.files.weights import CONFIG, INDEX, WEIGHTS
from pellucid.graph import PellucidError
from pellucid.models import Architecture
from pellucid.run.model import Model
from pellucid.tasks import Teachable, teachable
from pellucid.train.loop import Progress, Training
from pellucid.train.metrics import METRICS
from pellucid.train.recipe import Recipe
from pellucid.train.state import STATE
from pellucid.words.given import bad_argument, of_kind, path_of, truth

__all__ = ["Progress", "Recipe", "Training", "train"]


def train(
    task: str | Teachable = "sort",
    *,
    seed: int = 0,
    steps: int | None = None,
    folder: str | Path | None = None,
    resume: bool = False,
    replace: bool = False,
    progress: Callable[[Progress], object] | None = None,
    recipe: Recipe | None = None,
    config: Architecture | None = None,
    engine: str = "numpy",
    mesh: str | None = None,
) -> Model:
    """Teach a model a task, by name or made by `pellucid.tasks.make`, and check it on questions never trained on; or a
    text, `Names(words)` or `Text(file)` of `pellucid.tasks`.

    What learns is a nano-GPT, or what `config` describes, with the letters and the context of the task; how it does is
    the task's own recipe, or `recipe`.
    It is done when all trained questions are answered rightly, or after exactly `steps` steps. `progress` hears of
    every step. With a folder, the training, its metrics and in the end the model are kept there; `resume` goes on from
    the training that the folder holds, with its task, seed and recipe, up to `steps` steps in all if that is given; a
    text, which the folder does not hold, is to be given again.
    A model that Pellucid trained gives way to the new one; a folder that holds any other is refused, unless `replace`.
    The `engine` ("numpy", "reference" or "jax") computes losses and gradients. With JAX, a `mesh` such as "data=2"
    divides each batch between two devices; of several processes, the first keeps the folder (`train/mesh.py`).

    The model's `about` says what it was taught, how well (`accuracy`, or a text's `loss`) and how (`training`). Raises
    PellucidError.
    """
    resume, replace = truth(resume, "resume"), truth(replace, "replace")
    where = path_of(folder, "folder") if folder is not None else None
    if progress is not None and not callable(progress):
        raise bad_argument("progress", progress, "a function, or None")
    if resume:
        if where is None:
            raise PellucidError("no-folder", "Resuming needs the folder of the training to go on with: name it.")
        training = Training.resumed(where, steps, engine, task if isinstance(task, Teachable) else None, mesh)
    else:
        taught = task if isinstance(task, Teachable) else teachable(task)
        recipe = Recipe(**taught.recipe) if recipe is None else of_kind(recipe, Recipe, "recipe", "a Recipe, or None")
        recipe = recipe if steps is None else recipe.lasting(steps)
        if where and not replace:
            refuse_another_model(where)
        training = Training(taught, seed=seed, recipe=recipe, folder=where, config=config, engine=engine, mesh=mesh)
    with training.alone():
        for done in training:
            if progress is not None:
                progress(done)
        model = training.model()
        if where and training.leads:
            training.still_alone()
            model.save(where)
    return model


def refuse_another_model(folder: Path) -> None:
    """Raises PellucidError if the folder holds a model that was not trained by Pellucid: it could not be had again."""
    if any(is_there(folder / name) for name in (CONFIG, WEIGHTS, INDEX)) and not was_trained_here(folder):
        raise PellucidError(
            "holds-another-model",
            f"{folder} holds a model that Pellucid did not train, which would be lost: name another folder.",
        )


def was_trained_here(folder: Path) -> bool:
    """By what its config.json says; where that cannot be read, by what a training leaves beside it."""
    try:
        about = read_config(folder).get("pellucid")
    except PellucidError:
        return is_there(folder / STATE) or is_there(folder / METRICS)
    return isinstance(about, dict) and "training" in about
