"""Weights start as the graph says, and the same for the same seed."""

import numpy as np
import pytest

from pellucid.models import preset
from pellucid.run.parameters import Parameters
from pellucid.train.initialise import initialise


def initialised(seed: int) -> Parameters:
    graph = preset("nano").graph()
    parameters, _ = Parameters.zeros(graph)
    initialise(graph, parameters, 0.08, np.random.default_rng(seed))
    return parameters


def test_each_kind_of_weight_starts_in_its_way() -> None:
    parameters = initialised(0)
    assert (parameters["blocks.1.attn.b_Q"] == 0).all()
    assert (parameters["blocks.1.ln1.w"] == 1).all()
    assert parameters["blocks.1.mlp.W_in"].std() == pytest.approx(0.08, rel=0.05)
    assert parameters["blocks.1.mlp.W_out"].std() == pytest.approx(0.08 / 6**0.5, rel=0.05)
    assert parameters["blocks.1.attn.W_O"].std() == pytest.approx(0.08 / 6**0.5, rel=0.05)
    assert abs(parameters["blocks.1.mlp.W_in"].mean()) < 0.005


def test_the_seed_decides() -> None:
    first, again, other = initialised(0), initialised(0), initialised(1)
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert (first["embed.W_E"] != other["embed.W_E"]).all()
