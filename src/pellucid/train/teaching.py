"""All that the page needs to teach a model anew by itself: how its weights begin, what it is taught, what it is asked.

The page computes the loss and its gradients from the model's graph (`Model.learning`), as `Training` does here.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from pellucid.files.huggingface import Checkpoint, config_of, letters_of
from pellucid.files.weights import place
from pellucid.run.model import Model
from pellucid.tasks import Task, askable
from pellucid.tasks.ablation import asked
from pellucid.train.again import recorded
from pellucid.train.fresh import UNREAD
from pellucid.train.initialise import deviations

DRAWN = 4096
"""So many sequences are drawn from the task, from which the page draws its batches: several for every question of a
small task, in the shares in which the task draws them."""


def teaching(model: Model) -> dict[str, Any]:
    """The graph with its gradients, the recipe that the model was trained with, and its task in sequences of tokens.

    What a model is taught that is to learn from a text of the reader's own, only the page knows: nothing is told of it.
    Raises PellucidError for a model that was taught no task, or cannot be asked it.
    """
    task = task_of(model)
    _, recipe = recorded(model)
    graph, chance = model.learning, deviations(model.graph, recipe.deviation)
    letters = model.vocabulary.pieces if model.vocabulary else None
    about = {} if task is None else {"task": task.describe()}
    kept = Checkpoint(model.config, {}, letters, None, about, model.ends)
    return {
        "graph": graph.describe(),
        "starts": [
            {
                "tensor": weight.name,
                "value": 1.0 if weight.initial == "ones" else 0.0,
                "deviation": chance.get(weight.initial, 0.0),
                "decays": len(place(weight).layout) > 1,
            }
            for weight in model.graph.weights()
        ],
        "recipe": asdict(recipe),
        **(UNTOLD if task is None else told(task)),
        "folder": {
            "config": config_of(kept),
            "letters": letters_of(kept),
            "arrays": [
                {"tensor": weight.name, "key": stored.key, "layout": stored.layout, "part": stored.part}
                for weight in model.graph.weights()
                for stored in [place(weight)]
            ],
        },
    }


UNTOLD: Mapping[str, Any] = {
    "taught": {"tokens": [], "targets": []},
    "checked": {"tokens": [], "targets": [], "held_out": [], "questions": 0},
}


def task_of(model: Model) -> Task | None:
    """The task; None for a model that is to learn from a text that only the page knows. Raises PellucidError."""
    return None if model.about.get(UNREAD) else askable(model)


def told(task: Task) -> dict[str, Any]:
    """What the task teaches and asks, in sequences of tokens."""
    questions = asked(task)
    checked, answers = task.sequences(questions)
    tokens, targets = task.batch(np.random.default_rng(0), DRAWN)
    return {
        "taught": {"tokens": tokens.tolist(), "targets": targets.tolist()},
        "checked": {
            "tokens": checked.tolist(),
            "targets": answers.tolist(),
            "held_out": task.held_out(questions).tolist(),
            "questions": task.questions,
        },
    }
