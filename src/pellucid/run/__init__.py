"""Computing a graph: weights, forward and backward, traces, the arithmetic of a cell, generation, models at rest."""
