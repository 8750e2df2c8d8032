"""Generation: the distribution of the next token, choosing from it, and feeding the choice back in.

Temperature divides the logits; top-k (Fan et al. 2018) keeps the k likeliest tokens; top-p (Holtzman et al. 2020) the
fewest whose probabilities reach p. They apply in that order, over the full vocabulary. Earlier positions' keys and
values are kept, so that each step computes one position.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.chance import uniform
from pellucid.run.engine import Decoder
from pellucid.run.interventions import Intervention, possible_at

if TYPE_CHECKING:
    from pellucid.run.model import Model


@dataclass(frozen=True)
class Sampling:
    """How to choose. `temperature` None (or 0) takes the likeliest token; `top_k` 0 and `top_p` 1 cut nothing away."""

    temperature: float | None = None
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.temperature is not None and not 0 <= self.temperature <= 100:
            raise self._refused("temperature", self.temperature, "a number from 0 to 100")
        if self.top_k < 0:
            raise self._refused("top_k", self.top_k, "0 (keep all) or more")
        if not 0 < self.top_p <= 1:
            raise self._refused("top_p", self.top_p, "above 0 and at most 1")
        if self.seed < 0:
            raise self._refused("seed", self.seed, "0 or more")

    @staticmethod
    def _refused(name: str, value: float, expected: str) -> PellucidError:
        return PellucidError(
            "bad-sampling", f"{name} is {value}: it must be {expected}.", name=name, value=str(value), expected=expected
        )

    @property
    def greedy(self) -> bool:
        return not self.temperature


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
    """Probabilities (float64, `v`) after temperature, and which tokens top-k and top-p keep.

    Raises PellucidError (`no-distribution`) where changed cells have led to logits that stand for none.
    """
    temperature, largest = sampling.temperature or 1.0, float(logits.max())
    if not math.isfinite(largest):
        raise PellucidError(
            "no-distribution",
            f"The largest logit is {largest}, which makes no probabilities: change other cells, or to other numbers.",
            largest=str(largest),
        )
    with np.errstate(over="ignore"):
        scaled = logits.astype(np.float64) / temperature
        if not math.isfinite(scaled.max()):  # so low a temperature leaves the likeliest alone
            scaled = (logits.astype(np.float64) - largest) / temperature
    exponentials = np.exp(scaled - scaled.max())
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
    came there step by step or begins there.
    """
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
    """Choose `count` tokens, one after the other."""
    decoder: Decoder = Retracer(model, interventions) if interventions else model.engine.decode()
    pending = tokens
    for _ in range(count):
        logits = decoder.logits(pending)
        step = choose(logits, sampling, decoder.length)
        yield step
        pending = [step.token]
