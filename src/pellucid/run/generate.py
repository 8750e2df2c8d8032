"""Generation: the distribution of the next token, choosing from it, and feeding the choice back in.

Temperature divides the logits; top-k (Fan et al. 2018) keeps the k likeliest tokens; top-p (Holtzman et al. 2020) the
fewest whose probabilities reach p. They apply in that order, over the full vocabulary. Earlier positions' keys and
values are kept, so that each step computes one position.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.chance import uniform
from pellucid.run.engine import Decoder
from pellucid.run.interventions import Intervention, possible_at
from pellucid.words.given import number, shown, whole

if TYPE_CHECKING:
    from pellucid.run.model import Model


@dataclass(frozen=True)
class Sampling:
    """How to choose. `temperature` None (or 0) takes the likeliest token; `top_k` 0 and `top_p` 1 cut nothing away, and
    neither does None. Raises PellucidError (`bad-sampling`)."""

    temperature: float
    top_k: int
    top_p: float
    seed: int

    def __init__(
        self,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
    ) -> None:
        for name, value, otherwise, kind, allowed, expected in (
            ("temperature", temperature, 0.0, number, lambda found: 0 <= found <= 100, "a number from 0 to 100"),
            ("top_k", top_k, 0, whole, lambda found: found >= 0, "0 (keep all) or more"),
            ("top_p", top_p, 1.0, number, lambda found: 0 < found <= 1, "above 0 and at most 1"),
            ("seed", seed, 0, whole, lambda found: found >= 0, "0 or more"),
        ):
            object.__setattr__(self, name, otherwise if value is None else taken(name, value, kind, allowed, expected))

    @property
    def greedy(self) -> bool:
        return not self.temperature


def taken(
    name: str, value: object, kind: Callable[[Any], float], allowed: Callable[[float], bool], expected: str
) -> float:
    """A setting, as the kind of number that it must be. Raises PellucidError (`bad-sampling`)."""
    try:
        found = kind(value)
        if not allowed(found):
            raise TypeError
        return found
    except (TypeError, OverflowError):
        raise PellucidError(
            "bad-sampling",
            f"{name} is {shown(value)}: it must be {expected}.",
            name=name,
            value=shown(value),
            expected=expected,
        ) from None


@dataclass(frozen=True)
class Step:
    """One token of generation: the choice and, by token number, what it was chosen from.

    `logits` are the model's, `probabilities` come after temperature, `kept` is False for what top-k or top-p cut away.
    """

    token: int
    logits: np.ndarray
    probabilities: np.ndarray
    kept: np.ndarray

    @property
    def probability(self) -> float:
        return float(self.probabilities[self.token])


def distribution(logits: np.ndarray, sampling: Sampling) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (float64, `v`) after temperature, and which tokens top-k and top-p keep."""
    below = logits.astype(np.float64) - logits.max()  # first of all, so that no temperature is too low to divide by
    with np.errstate(all="ignore"):  # the smallest probabilities are nought, whatever NumPy is told to raise
        exponentials = np.exp(below / (sampling.temperature or 1.0))
        probabilities = exponentials / exponentials.sum()
    kept = np.ones(len(probabilities), bool)
    if not sampling.top_k and sampling.top_p == 1:
        return probabilities, kept
    order = np.argsort(-probabilities, kind="stable")
    if sampling.top_k:
        kept[order[sampling.top_k :]] = False
    if sampling.top_p < 1:
        shares = np.where(kept, probabilities, 0)[order]
        before = np.cumsum(shares / shares.sum()) - shares / shares.sum()
        kept[order[before >= sampling.top_p]] = False
    return probabilities, kept


def choose(logits: np.ndarray, sampling: Sampling, position: int) -> Step:
    """One token from the logits of one position (`v`).

    `position` is the number of tokens before it. It decides with the seed what is drawn, the same whether generation
    came there step by step or begins there. Raises PellucidError (`not-finite`) where there is nothing to choose by.
    """
    if not (logits < np.inf).all() or np.isneginf(logits).all():
        raise PellucidError(
            "not-finite",
            "What the model computes after this text is not finite, so that no token is the likeliest: its numbers "
            "overflow, or were changed to what nothing can be computed with.",
        )
    probabilities, kept = distribution(logits, sampling)
    if sampling.greedy:
        return Step(int(logits.argmax()), logits, probabilities, kept)
    token = drawn(np.where(kept, probabilities, 0), uniform(sampling.seed, position))
    return Step(token, logits, probabilities, kept)


def drawn(probabilities: np.ndarray, share: float) -> int:
    """The first token up to which the probabilities exceed that share of them all."""
    cumulative = np.cumsum(probabilities)
    return int(np.searchsorted(cumulative, share * cumulative[-1], side="right"))


class Retracer:
    """Computes the next logits by a whole pass over the text each time, with some cells changed.

    What was computed for an earlier position cannot be kept: a mean along positions changes with every token.
    """

    def __init__(self, model: "Model", interventions: Sequence[Intervention]) -> None:
        self.model = model
        self.interventions = interventions
        self.tokens: list[int] = []

    @property
    def length(self) -> int:
        return len(self.tokens)

    def logits(self, tokens: Sequence[int]) -> np.ndarray:
        """Take in further tokens; the logits (`v`) after the last."""
        self.tokens += tokens
        possible = possible_at(self.interventions, self.model.graph, self.length)
        name = self.model.graph.outputs.logits.name
        last: np.ndarray = self.model.trace(self.tokens, [name], interventions=possible)[name][-1]
        return last


def generate(
    model: "Model", tokens: list[int], count: int, sampling: Sampling, interventions: Sequence[Intervention] = ()
) -> Iterator[Step]:
    """Choose `count` tokens, one after the other, or fewer where one of them ends the text."""
    decoder: Decoder = Retracer(model, interventions) if interventions else model.engine.decode()
    pending = tokens
    for _ in range(count):
        with np.errstate(all="ignore"):  # numbers that overflow are refused where one of them is to be chosen by
            logits = decoder.logits(pending)
        step = choose(logits, sampling, decoder.length)
        yield step
        if step.token in model.ends:
            return
        pending = [step.token]
