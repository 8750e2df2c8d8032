"""One step of a training taken apart: the batch and how it was answered, the gradient, AdamW's moments and the weights,
before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pellucid.run.parameters import Parameters
from pellucid.train.loop import Progress, Training

Weights = Mapping[str, np.ndarray]
"""Numbers for every weight, by its name."""
MOVED = ("first", "second", "weights")
"""What AdamW changes: m, v and the weights (optimiser.py)."""


@dataclass(frozen=True)
class Apart:
    """`tokens`, `targets` and `written` (`b t`) are the batch, with the token that was the likeliest at each position
    before the step; a target is -1 where no token is asked for. The gradient is shortened already, where it was too
    long. `before` and `after` hold `first`, `second` and `weights`, each with the numbers of every weight by its name.
    """

    progress: Progress
    tokens: np.ndarray
    targets: np.ndarray
    written: np.ndarray
    gradient: Weights
    before: dict[str, Weights]
    after: dict[str, Weights]

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it by name, as it travels: `tokens`, `gradient/unembed.W_U`, `first/before/unembed.W_U`."""
        told = {"tokens": self.tokens, "targets": self.targets, "written": self.written}
        named = {name: array.astype(np.int64) for name, array in told.items()}
        named |= {f"gradient/{name}": array for name, array in self.gradient.items()}
        for when, parts in (("before", self.before), ("after", self.after)):
            for part, weights in parts.items():
                named |= {f"{part}/{when}/{name}": array for name, array in weights.items()}
        return named


def taken_apart(training: Training, steps: Iterator[Progress]) -> Apart | None:
    """Do the next of the training's steps, and tell all that it was made of; None where none is left.

    Raises PellucidError (`diverged`) where the numbers explode.
    """
    before = copied(training)
    progress = next(steps, None)
    if progress is None:
        return None
    tokens, targets = training.batch(progress.step)
    gradient, flat = Parameters.zeros(training.graph)
    flat[:] = training.gradient
    return Apart(progress, tokens, targets, training.written, gradient, before, copied(training))


def copied(training: Training) -> dict[str, Weights]:
    """What AdamW changes, as it is now."""
    return {part: {name: array.copy() for name, array in training.parts[part].items()} for part in MOVED}
