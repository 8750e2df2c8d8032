"""Small models with random weights: what most tests of the engine compute with."""

from collections.abc import Mapping

import numpy as np

from pellucid.graph import Graph
from pellucid.graph.arithmetic import Region
from pellucid.models import GPT2Config, gpt2
from pellucid.run.engine import Values
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.run.reference import walk
from pellucid.run.vocabulary import Vocabulary

TIED = GPT2Config(n_layer=2, n_head=2, n_embd=12, vocab_size=7, n_positions=9)
UNTIED = GPT2Config(n_layer=1, n_head=3, n_embd=6, vocab_size=5, n_positions=8, n_inner=10, tie_word_embeddings=False)

DEEP = {
    "tied": GPT2Config(n_layer=3, n_head=3, n_embd=12, vocab_size=5, n_positions=9),
    "untied, ReLU": GPT2Config(
        n_layer=2,
        n_head=2,
        n_embd=8,
        vocab_size=6,
        n_positions=9,
        tie_word_embeddings=False,
        activation_function="relu",
    ),
}
"""Of several blocks, by what is particular about them: what is asked why."""


def random_parameters(graph: Graph, seed: int = 0) -> Parameters:
    """Weights all different from zero and one, biases too, so that no mistake hides behind them."""
    parameters, buffer = Parameters.zeros(graph)
    buffer[:] = np.random.default_rng(seed).normal(0, 0.4, buffer.size)
    return parameters


def random_model(config: GPT2Config = TIED, seed: int = 0) -> Model:
    letters = Vocabulary("ABCDEFGHIJ"[: config.vocab_size])
    return Model("small", config, random_parameters(gpt2(config), seed), letters)


def loss_and_gradients(
    graph: Graph, weights: Mapping[str, np.ndarray], given: Mapping[str, np.ndarray]
) -> tuple[Values, Values]:
    """Every value of a pass up to the loss, and the gradient of every tensor, by the graph of gradients."""
    learning = graph.gradients("loss")
    values = walk(learning.ops, {**weights, **given})
    gradients = {of.name: values[tensor.name] for tensor in learning.tensors.values() if (of := tensor.gradient_of)}
    return values, gradients


def mask(operand: np.ndarray, region: Region) -> np.ndarray:
    """Which of the operand's cells are in the region."""
    chosen = np.zeros(operand.shape, bool)
    chosen[tuple(slice(start, stop) for start, stop in region)] = True
    return chosen


def shaken(operand: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The operand with other numbers at these places; one of whole numbers as it is."""
    return np.where(where, operand * np.float32(1.5), operand) if operand.dtype == np.float32 else operand
