"""What a small model can be taught: batches to learn from, letters, and the size and recipe that learn it quickly.

There are two kinds: a `Task` has questions with right answers, a `Corpus` is text that goes on somehow.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.cached import cached_property
from pellucid.models import PRESETS, Architecture
from pellucid.run.vocabulary import Vocabulary


class Teachable(ABC):
    """What training needs to know, whatever it is that is taught."""

    name: ClassVar[str]
    model: ClassVar[Architecture] = PRESETS["nano"]
    """What learns it in under two minutes on two cores; its vocabulary and context are made to fit."""
    recipe: ClassVar[Mapping[str, Any]] = {}
    """How it does: the settings of a training's `Recipe` that are other than usual."""
    ends: tuple[int, ...] = ()
    """The tokens with which a text ends."""
    alphabet: tuple[str, ...]

    @property
    @abstractmethod
    def context(self) -> int:
        """How many tokens a model must be able to read."""

    @abstractmethod
    def batch(self, random: "np.random.Generator", size: int) -> tuple[np.ndarray, np.ndarray]:
        """Tokens to read and the targets, those that follow (`b t`), drawn at random; none of them is held out. A
        target is -1 where none is asked for."""

    @abstractmethod
    def right(self, written: np.ndarray, targets: np.ndarray) -> float:
        """The share of a batch that is right, where `written` is the likeliest token at every position."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """What a checkpoint remembers."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the model's tokens are."""
        return Vocabulary(self.alphabet)
