"""Whether a training has gone astray: with steps that are too long the loss grows, and often stays finite. The page's
web/src/training/growing.ts says the same of it."""

import math
from collections import deque

from pellucid.train.loop import Progress
from pellucid.words.errors import warn

LATEST = 10
"""The mean of so many of the latest losses is looked at: one batch may be hard."""
MUCH = 2
"""A loss is much larger than the first one from so many times on."""


class Growing:
    """Listens to a training of a model of so many `tokens`, and warns once when its loss has become much larger than
    it was at the start, and than guessing gets.

    Where a training is gone on with, the first loss may be near zero, and then twice as much is no sign of anything.
    """

    def __init__(self, tokens: int) -> None:
        self._guessing = math.log(tokens)
        self._first: float | None = None
        self._latest: deque[float] = deque(maxlen=LATEST)
        self._warned = False

    def hear(self, progress: Progress) -> None:
        if self._first is None:
            self._first = progress.loss
            return
        self._latest.append(progress.loss)
        mean = sum(self._latest) / LATEST
        if self._warned or len(self._latest) < LATEST or mean <= max(MUCH * self._first, self._guessing):
            return
        self._warned = True
        warn(
            f"The loss has grown from {self._first:.3g} to about {mean:.3g} by step {progress.step}: the learning rate "
            f"is too high for it to learn much. The training goes on; stop it and give a lower rate."
        )
