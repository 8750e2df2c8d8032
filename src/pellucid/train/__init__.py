"""Teaching a small model a task."""

from collections.abc import Callable
from pathlib import Path

from pellucid.graph import PellucidError
from pellucid.models import Architecture
from pellucid.run.model import Model
from pellucid.tasks import Teachable, teachable
from pellucid.train.growing import Growing
from pellucid.train.loop import Progress, Training
from pellucid.train.recipe import Recipe
from pellucid.train.room import require_room
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
    A model of the same task and sizes that Pellucid trained gives way to the new one; a folder that holds anything else
    is refused, unless `replace`.
    The `engine` ("numpy", "reference" or "jax") computes losses and gradients. With JAX, a `mesh` such as "data=2"
    divides each batch between two devices; of several processes, the first keeps the folder (`train/mesh.py`).
    A warning says when the loss has become much larger than it was at the start, and than guessing gets.

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
            require_room(where, taught, taught.model if config is None else config)
        training = Training(taught, seed=seed, recipe=recipe, folder=where, config=config, engine=engine, mesh=mesh)
    growing = Growing(training.graph.sizes["v"])
    with training.alone():
        for done in training:
            growing.hear(done)
            if progress is not None:
                progress(done)
        model = training.model()
        if where and training.leads:
            training.still_alone()
            model.save(where)
    return model
