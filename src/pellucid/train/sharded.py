"""Training compiled as a whole with JAX, on one device or over several, of one process or of many.

The batch is divided among the devices; weights and AdamW's moments are on every one of them. A step is one program:
each device computes the gradient of its rows, one sum over all devices (`psum`) makes it that of the batch, and each
takes the same step of AdamW. Several processes are joined before anything else, with `jax.distributed.initialize`, and
each is given the whole batch, of which it takes its devices' rows.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from pellucid.run.jax import Array, Arrays, learning
from pellucid.run.parameters import Parameters, apart
from pellucid.train.loop import diverged
from pellucid.train.optimiser import EPSILON, matrices
from pellucid.train.recipe import Recipe

DATA = "data"
"""The axis of the mesh of devices, along which a batch is divided."""

WHOLE = PartitionSpec()
"""How an array lies that every device has all of."""

NO_ANSWER = -1
"""The target at a position that asks for no answer, which the loss does not count."""

State = tuple[Array, Array, Array]
"""The weights and AdamW's two moments, each flat."""


class ShardedTraining:
    """Weights being trained by a recipe, batch after batch. They are on the devices until they are fetched.

        training = ShardedTraining(parameters, Recipe())
        for _ in range(100):
            loss = training.step(inputs(parameters.graph, *task.batch(random, 32)))
        training.fetch()

    The losses are those of the usual training, whatever the number of devices, but for rounding.
    """

    def __init__(self, parameters: Parameters, recipe: Recipe, devices: Sequence[Any] | None = None) -> None:
        """Start from these weights, on these devices, or else on all there are."""
        self.parameters, self.graph, self.recipe = parameters, parameters.graph, recipe
        self.mesh = Mesh(np.array(jax.devices() if devices is None else devices), (DATA,))
        if self.graph.inputs.targets is None:
            raise ValueError(f"the graph {self.graph.name} has no targets, so that nobody knows what its loss counts")
        self._targets = self.graph.inputs.targets.name
        self.number = 0
        self._learn = learning(self.graph)
        self._decay = recipe.weight_decay * matrices(self.graph)
        copied, weights = Parameters.zeros(self.graph)
        for name, array in parameters.items():
            copied[name][...] = array
        moment = np.zeros_like(weights)
        self._state = (self._placed(weights, WHOLE), self._placed(moment, WHOLE), self._placed(moment, WHOLE))
        self.program = jax.jit(self._step, donate_argnums=0)

    def step(self, given: Mapping[str, np.ndarray]) -> float:
        """Learn from one batch; its loss before the step. Raises PellucidError if the numbers explode."""
        loss, norm, self._state = self.program(*self.arguments(given))
        self.number += 1
        if not math.isfinite(norm):
            raise diverged(self.number, self.recipe)
        return float(loss)

    def arguments(self, given: Mapping[str, np.ndarray]) -> tuple[Any, ...]:
        """What the program is called with for the next step."""
        number, (beta1, beta2) = self.number + 1, self.recipe.betas
        root, rate = math.sqrt(1 - beta2**number), self.recipe.rate_at(number)
        pace = {"rate": rate, "scale": rate * root / (1 - beta1**number), "epsilon": EPSILON * root}
        return self._state, {name: self._divided(name, np.asarray(array)) for name, array in given.items()}, pace

    def fetch(self) -> None:
        """Bring the weights back into the parameters."""
        fetched = Parameters(self.graph, apart(self.graph, np.asarray(self._state[0])))
        for name, array in self.parameters.items():
            array[...] = fetched[name]
        self.parameters.changed()

    # Dividing.

    def _lies(self, name: str, array: Array) -> PartitionSpec:
        """How an input lies on the devices: its rows apart, if it comes in a batch."""
        return PartitionSpec(DATA) if array.ndim > len(self.graph.tensors[name].axes) else WHOLE

    def _divided(self, name: str, array: np.ndarray) -> Array:
        """An input on the devices, with rows that ask for nothing behind a batch that does not divide among them."""
        how = self._lies(name, array)
        if how != WHOLE and (missing := -len(array) % self.mesh.size):
            filler = NO_ANSWER if name == self._targets else 0
            array = np.pad(array, ((0, missing), *((0, 0) for _ in array.shape[1:])), constant_values=filler)
        return self._placed(array, how)

    def _placed(self, array: np.ndarray, how: PartitionSpec) -> Array:
        """The array on the devices of this process; each gets memory of its own, since steps overwrite it."""
        return jax.make_array_from_callback(
            array.shape, NamedSharding(self.mesh, how), lambda index: array[index].copy()
        )

    # The program.

    def _step(self, state: State, given: Arrays, pace: Arrays) -> tuple[Array, Array, State]:
        lie = {name: self._lies(name, array) for name, array in given.items()}
        summed = jax.shard_map(self._summed, mesh=self.mesh, in_specs=(WHOLE, lie), out_specs=WHOLE)(state[0], given)
        gradient, loss = summed[:-2] / summed[-1], summed[-2] / summed[-1]
        norm = jnp.sqrt(jnp.sum(gradient * gradient))
        gradient *= jnp.where(norm > self.recipe.clip, self.recipe.clip / norm, 1)
        return loss, norm, self._descended(state, gradient, pace)

    def _summed(self, weights: Array, given: Arrays) -> Array:
        """The gradient and the loss added up over all positions of the batch that count; how many, stands behind them.

        A device has the mean over its own positions. If none of these counts, the mean is no number, and left out.
        """
        loss, _, gradient = self._learn(apart(self.graph, weights), given)
        count = (given[self._targets] != NO_ANSWER).sum().astype(jnp.float32)
        sums = jnp.where(count > 0, count * jnp.append(gradient, loss), 0)
        return jax.lax.psum(jnp.append(sums, count), DATA)

    def _descended(self, state: State, gradient: Array, pace: Arrays) -> State:
        """One step of AdamW, written as `train/optimiser.py` writes it."""
        (weights, first, second), (beta1, beta2) = state, self.recipe.betas
        first = beta1 * first + (1 - beta1) * gradient
        second = beta2 * second + (1 - beta2) * (gradient * gradient)
        if self.recipe.weight_decay:
            weights = weights - pace["rate"] * (self._decay * weights)
        return weights - pace["scale"] * (first / (jnp.sqrt(second) + pace["epsilon"])), first, second
