"""How weights start: as the graph says of each (`Tensor.initial`), normal numbers from a seed.

Projections back into the residual stream start smaller, by the root of how many there are (Radford et al. 2019), so
that the stream does not grow with depth.
"""

import math
from collections.abc import Mapping

import numpy as np

from pellucid.graph import Graph
from pellucid.run.parameters import Parameters


def deviations(graph: Graph, deviation: float) -> Mapping[str, float]:
    """How far weights that start by chance lie from 0, by the `initial` of their tensors."""
    projections = sum(weight.initial == "residual" for weight in graph.weights())
    return {"normal": deviation, "residual": deviation / math.sqrt(max(projections, 1))}


def initialise(graph: Graph, parameters: Parameters, deviation: float, random: "np.random.Generator") -> None:
    """Fill the parameters in place, in the order of the graph."""
    chance = deviations(graph, deviation)
    for weight in graph.weights():
        if weight.initial in chance:
            shape = graph.shape(weight)
            parameters[weight.name][...] = chance[weight.initial] * random.standard_normal(shape, np.float32)
        else:
            parameters[weight.name][...] = {"zeros": 0, "ones": 1}[weight.initial]
    parameters.changed()
