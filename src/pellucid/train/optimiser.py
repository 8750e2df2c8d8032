"""AdamW (Loshchilov and Hutter 2019, after Kingma and Ba 2015) over one flat array that holds every weight.

One array instead of one per tensor means a dozen NumPy calls a step, whatever the architecture.
"""

import math

import numpy as np

from pellucid.files.weights import place
from pellucid.graph import Graph
from pellucid.run.parameters import Parameters

EPSILON = 1e-8
"""The number ε that keeps AdamW from dividing by zero."""


class AdamW:
    """With g the gradient and t the number of the step, from 1:

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  w ← w − rate · (m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε) + decay · w)

    The decay is no part of the gradient (decoupled). `decay` is a number, or one for each weight.
    """

    def __init__(
        self,
        weights: np.ndarray,
        first: np.ndarray,
        second: np.ndarray,
        *,
        betas: tuple[float, float],
        epsilon: float = EPSILON,
        decay: float | np.ndarray = 0.0,
    ) -> None:
        """The weights and the moments m and v (zeros, to begin with) are stepped in place."""
        self.weights, self.first, self.second = weights, first, second
        self.betas = betas
        self.epsilon = epsilon
        self.decay = decay
        self._decays = bool(np.any(decay))
        self._scratch = np.empty_like(weights)

    def step(self, number: int, gradient: np.ndarray, rate: float) -> None:
        """The step of that number, along the gradient."""
        scratch, (beta1, beta2) = self._scratch, self.betas
        np.multiply(gradient, 1 - beta1, out=scratch)
        self.first *= beta1
        self.first += scratch
        np.multiply(gradient, gradient, out=scratch)
        scratch *= 1 - beta2
        self.second *= beta2
        self.second += scratch
        if self._decays:
            np.multiply(self.weights, self.decay, out=scratch)
            scratch *= rate
            self.weights -= scratch
        root = math.sqrt(1 - beta2**number)
        np.sqrt(self.second, out=scratch)
        scratch += self.epsilon * root
        np.divide(self.first, scratch, out=scratch)
        scratch *= rate * root / (1 - beta1**number)
        self.weights -= scratch


def matrices(graph: Graph) -> np.ndarray:
    """Flat as the weights are: 1 for what a checkpoint stores as a matrix, 0 for biases and the scales of norms."""
    parameters, flat = Parameters.zeros(graph)
    for weight in graph.weights():
        parameters[weight.name][...] = len(place(weight).layout) > 1
    return flat


def clip(gradient: np.ndarray, most: float) -> float:
    """Shorten the gradient in place to that norm if it is longer (Pascanu et al. 2013); the norm that it had."""
    norm = math.sqrt(np.dot(gradient, gradient))
    if norm > most:
        gradient *= most / norm
    return norm
