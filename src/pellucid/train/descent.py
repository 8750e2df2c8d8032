"""One step of gradient descent on one question, to be looked at: the loss, its gradient, and the model after the step.

Plain descent, `w ← w - rate · ∂loss/∂w`; training itself takes AdamW's steps, over batches (optimiser.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.engine import inputs
from pellucid.run.model import Model, Prompt
from pellucid.run.parameters import Parameters
from pellucid.run.reference import walk
from pellucid.tasks import askable
from pellucid.words.given import number, shown

MOST = 10.0
"""The largest learning rate that can be asked for."""


@dataclass(frozen=True)
class Descent:
    """`gradients` holds the derivative of the loss with respect to every tensor it depends on, by name.

    `tokens` and `targets` (`t`) are the question with its right answer, -1 where no letter is asked for.
    """

    tokens: np.ndarray
    targets: np.ndarray
    loss: float
    gradients: Mapping[str, np.ndarray]
    rate: float
    after: Model
    loss_after: float


def descend(model: Model, question: Prompt, rate: float = 0.1) -> Descent:
    """Show the model one question of its task with the right answer, and take one step down the gradient of its loss.

    The model given stays as it is. Raises PellucidError for a model without a task, a question that is none, and a rate
    that is not a number above 0 and at most 10.
    """
    task, taken = askable(model), checked_rate(rate)
    tokens, targets = (rows[0] for rows in task.sequences(np.array([model.question(question)])))
    graph = model.learning
    loss, given = graph.loss.name, inputs(graph, tokens, targets)
    values = walk(graph.ops, {**model.parameters, **given})
    gradients = {of.name: values[tensor.name] for tensor in graph.tensors.values() if (of := tensor.gradient_of)}
    parameters, _ = Parameters.zeros(model.graph)
    for name, weight in model.parameters.items():
        parameters[name][...] = weight - np.float32(taken) * gradients[name]
    parameters.changed()
    after = Model(model.name, model.config, parameters, model.vocabulary, {"task": model.task})
    loss_after = walk(graph.ancestors([loss]), {**parameters, **given})[loss]
    return Descent(tokens, targets, float(values[loss]), gradients, taken, after, float(loss_after))


def checked_rate(rate: object) -> float:
    """Raises PellucidError (`bad-rate`) for what no step can be taken by."""
    try:
        found = number(rate)
        if 0 < found <= MOST:
            return found
    except (TypeError, OverflowError):
        pass  # it is refused below, as one that is too large or too small is
    raise PellucidError("bad-rate", f"The rate is {shown(rate)}: it must be above 0 and at most {MOST:g}.", rate=rate)
