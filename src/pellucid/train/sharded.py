"""Losses and gradients over several devices, of one process or of many, for the one loop that trains (loop.py).

A batch is divided among the devices; the weights are on every one of them. A step is one program: each device computes
the gradient of its rows, and one sum over all devices (`psum`) makes it that of the batch. Every process then takes the
same step of the optimiser. Each of them is given the whole batch, of which it takes its devices' rows.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from pellucid.graph import PellucidError
from pellucid.run.jax import Array, Arrays, learning
from pellucid.run.parameters import Parameters, apart

DATA = "data"
"""The axis of the mesh of devices, along which a batch is divided."""

WHOLE = PartitionSpec()
"""How an array lies that every device has all of."""

NO_ANSWER = -1
"""The target at a position that asks for no answer, which the loss does not count."""


class ShardedLearner:
    """A `Learner` (run/engine.py) whose losses and gradients are those of any other, but for rounding."""

    def __init__(self, parameters: Parameters, devices: Sequence[Any]) -> None:
        self.parameters, self.graph = parameters, parameters.graph
        self.mesh = Mesh(np.array(devices), (DATA,))
        if self.graph.inputs.targets is None:
            raise ValueError(f"the graph {self.graph.name} has no targets, so that nobody knows what its loss counts")
        self._targets = self.graph.inputs.targets.name
        self._names = self.graph.loss.name, self.graph.outputs.logits.name
        self._learn = learning(self.graph)
        self._packed, self._weights = Parameters.zeros(self.graph)
        _, self.gradient = Parameters.zeros(self.graph)
        self.program = jax.jit(self._step, out_shardings=NamedSharding(self.mesh, WHOLE))

    def step(self, given: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        try:
            loss, logits, self.gradient[...] = self.program(*self.arguments(given))
        except jax.errors.JaxRuntimeError as error:
            if jax.process_count() == 1:
                raise
            raise PellucidError(
                "process-lost",
                "Another process of this training has ended, or cannot be reached: start all of them again, and "
                "they go on from what was saved.",
                exit_code=1,
            ) from error
        return dict(zip(self._names, (np.asarray(loss), np.asarray(logits)), strict=True))

    def arguments(self, given: Mapping[str, np.ndarray]) -> tuple[Array, Arrays]:
        """What the program is called with."""
        for key, array in self.parameters.stored.items():
            self._packed.stored[key][...] = array
        placed = {name: np.asarray(array) for name, array in given.items()}
        return (
            self._placed(self._weights, WHOLE),
            {name: self._placed(array, self._lies(name, array)) for name, array in placed.items()},
        )

    # What processes have in common.

    def require_same(self, begun: bytes) -> None:
        """Wait for all processes. Raises PellucidError unless they are about to go on from the same."""
        digest = zlib.crc32(begun)
        mine = np.array([digest >> 16, digest & 0xFFFF], np.int32)
        if not np.all(multihost_utils.process_allgather(mine) == mine):
            raise PellucidError(
                "processes-differ",
                "The processes do not begin with the same training: give all of them the same arguments, and a folder "
                "that all of them see.",
            )

    def first_says(self, answer: bool) -> bool:
        """The first process's answer: machines of different kinds round differently, and all must stop together."""
        return bool(multihost_utils.broadcast_one_to_all(np.array(answer)))

    # Dividing.

    def _lies(self, name: str, array: Array) -> PartitionSpec:
        """How an input lies on the devices: its rows apart, if it comes in a batch."""
        return PartitionSpec(DATA) if array.ndim > len(self.graph.tensors[name].axes) else WHOLE

    def _placed(self, array: np.ndarray, how: PartitionSpec) -> Array:
        """The array on the devices of this process, in memory of their own: the weights here are overwritten."""
        return jax.make_array_from_callback(
            array.shape, NamedSharding(self.mesh, how), lambda index: array[index].copy()
        )

    # The program.

    def _step(self, weights: Array, given: Arrays) -> tuple[Array, Array, Array]:
        lie = {name: self._lies(name, array) for name, array in given.items()}
        divided = jax.shard_map(
            self._summed, mesh=self.mesh, in_specs=(WHOLE, lie), out_specs=(WHOLE, PartitionSpec(DATA))
        )
        summed, logits = divided(weights, given)
        return summed[-2] / summed[-1], logits, summed[:-2] / summed[-1]

    def _summed(self, weights: Array, given: Arrays) -> tuple[Array, Array]:
        """The gradient and the loss added up over all positions of the batch that count; how many, stands behind them.
        And the logits of a device's own rows.

        A device has the mean over its own positions. If none of these counts, the mean is no number, and left out.
        """
        loss, logits, gradient = self._learn(apart(self.graph, weights), given)
        count = (given[self._targets] != NO_ANSWER).sum().astype(jnp.float32)
        sums = jnp.where(count > 0, count * jnp.append(gradient, loss), 0)
        return jax.lax.psum(jnp.append(sums, count), DATA), logits
