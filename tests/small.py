"""Small models with random weights: what most tests of the engine compute with."""

import numpy as np

from pellucid.graph import Graph
from pellucid.models import GPT2Config, gpt2
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.run.vocabulary import Vocabulary

TIED = GPT2Config(n_layer=2, n_head=2, n_embd=12, vocab_size=7, n_positions=9)
UNTIED = GPT2Config(n_layer=1, n_head=3, n_embd=6, vocab_size=5, n_positions=8, n_inner=10, tie_word_embeddings=False)


def random_parameters(graph: Graph, seed: int = 0) -> Parameters:
    """Weights all different from zero and one, biases too, so that no mistake hides behind them."""
    parameters, buffer = Parameters.zeros(graph)
    buffer[:] = np.random.default_rng(seed).normal(0, 0.4, buffer.size)
    return parameters


def random_model(config: GPT2Config = TIED, seed: int = 0) -> Model:
    letters = Vocabulary("ABCDEFGHIJ"[: config.vocab_size])
    return Model("small", config, random_parameters(gpt2(config), seed), letters)
