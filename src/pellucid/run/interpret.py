"""Walking a graph with NumPy, op by op: forward, keeping every tensor; backward, giving every tensor's gradient.

This is the reference. program.py computes the same faster, for one shape of input and for the weights' gradients alone.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pellucid.graph import Graph
from pellucid.graph.op import Op

Values = dict[str, np.ndarray]


def forward(ops: Iterable[Op], values: Values) -> Values:
    """Compute the ops in order, adding each output to `values` (inputs and weights, by name)."""
    for op in ops:
        values[op.name] = op.compute(np, *[values[name] for name in op.operand_names])
    return values


def backward(ops: Sequence[Op], values: Mapping[str, np.ndarray], seed: Mapping[str, np.ndarray]) -> Values:
    """The gradients of every tensor that the seeded ones depend on, given theirs; `values` come from `forward`."""
    gradients = dict(seed)
    for op in reversed(ops):
        gradient = gradients.get(op.name)
        if gradient is None:
            continue
        operands = [values[name] for name in op.operand_names]
        for name, share in zip(op.operand_names, op.vjp(operands, values[op.name], gradient, np), strict=True):
            if share is not None:
                gradients[name] = gradients[name] + share if name in gradients else share
    return gradients


def inputs(graph: Graph, tokens: np.ndarray, targets: np.ndarray | None = None) -> Values:
    """The input tensors for tokens (`t`, or `b t`): the tokens, their positions, and the right answers if there are."""
    asked = graph.inputs
    values = {asked.tokens.name: tokens}
    if asked.positions:
        values[asked.positions.name] = np.arange(tokens.shape[-1])
    if asked.targets and targets is not None:
        values[asked.targets.name] = targets
    return values


def loss_and_gradients(
    ops: Sequence[Op], weights: Mapping[str, np.ndarray], given: Mapping[str, np.ndarray]
) -> tuple[Values, Values]:
    """One forward and one backward pass from the number that the last op makes; every value and gradient, by name."""
    values = forward(ops, {**weights, **given})
    return values, backward(ops, values, {ops[-1].name: np.ones((), np.float32)})
