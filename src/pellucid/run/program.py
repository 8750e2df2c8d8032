"""Computing a graph fast: its ops compiled, for inputs of one shape, into kernels whose arrays never move.

At the size of the nano model a NumPy call costs more than its numbers. So everything that depends on shapes alone is
done once: finding what can be computed together, placing every tensor, making every view. What is left of a traced
forward pass over six letters is 45 kernels, 80 µs where the ops one by one take 220; of a training step (32 sequences
of 11, forward and backward), 1.8 ms instead of 3.4. `python -m benchmarks` measures both.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from pellucid.graph.op import Op
from pellucid.run.gradients import compile_backward
from pellucid.run.interpret import inputs
from pellucid.run.kernels import compile_forward
from pellucid.run.memory import Memory, Place
from pellucid.run.parameters import Parameters

SMALL = 1 << 22
"""Programs that take at most so many bytes are kept for the next text of the same length."""

PROGRAMS = 16
"""How many are kept."""


class Program:
    """Ops, in the order of computing, for inputs like those `given`: as many tokens, as large a batch.

    `forward` computes every op's output into `values`, which holds weights, inputs and outputs by name and is
    overwritten by the next pass: copy what should last. Weights are bound as views of `parameters`: change them in
    place, and the next pass sees it.

    With `gradients` (made like the parameters: `Parameters.zeros`), `backward` writes there, after a `forward`, the
    gradient of the last op's output, one number, with respect to every weight. What was there is overwritten; weights
    that the output does not depend on are left alone. Gradients of other tensors are what
    `pellucid.run.interpret.backward` is for.

        program = Program(graph.ancestors(["loss"]), parameters, inputs(graph, tokens, targets), gradients)
        loss = program.forward({"tokens": tokens, "targets": targets})["loss"]
        program.backward()

    One thread at a time may use a program.
    """

    def __init__(
        self,
        ops: Sequence[Op],
        parameters: Parameters,
        given: Mapping[str, np.ndarray],
        gradients: Parameters | None = None,
    ) -> None:
        memory = Memory(ops, parameters, given, keep=gradients is not None)
        self.kernels = compile_forward(ops, memory)
        self.values: Mapping[str, np.ndarray] = memory.arrays
        self.buffer = memory.buffer
        self.places = memory.places()
        self._forward = [kernel.run for kernel in self.kernels]
        self._backward = [] if gradients is None else compile_backward(self.kernels, memory, gradients)

    def forward(self, given: Mapping[str, ArrayLike]) -> Mapping[str, np.ndarray]:
        """One pass; inputs that are not given are those of the pass before."""
        for name, array in given.items():
            self.values[name][...] = array
        for run in self._forward:
            run()
        return self.values

    def backward(self) -> None:
        """The gradients of the last pass."""
        for run in self._backward:
            run()


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


class Kept(Mapping[str, np.ndarray]):
    """The tensors of a pass that is over, read only: one buffer, of which each access makes a view."""

    def __init__(self, buffer: np.ndarray, places: Mapping[str, Place]) -> None:
        self._buffer = read_only(buffer)
        self._places = places

    def __getitem__(self, name: str) -> np.ndarray:
        shape, dtype, offset, strides = self._places[name]
        return np.ndarray(shape, dtype, self._buffer, offset, strides)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Programs:
    """Passes over texts of any length: a small program is compiled for a length once, a large one for each pass.

    (What compiling takes is lost in a large pass, which on the other hand need not copy its buffer to keep it.)
    """

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._small: OrderedDict[tuple[int, frozenset[str] | None], Program] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def trace(self, tokens: Sequence[int], names: frozenset[str] | None = None) -> Mapping[str, np.ndarray]:
        """Every tensor of a pass but the weights, or those named, to be kept for as long as one likes."""
        with self._one_at_a_time:
            program = self._program(tokens, names)
            values = program.forward({"tokens": tokens})
            if names is not None:
                return {name: read_only(values[name].copy()) for name in names if name in program.places}
            small = program.buffer.nbytes <= SMALL
            return Kept(program.buffer.copy() if small else program.buffer, program.places)

    def _program(self, tokens: Sequence[int], names: frozenset[str] | None) -> Program:
        key = (len(tokens), names)
        program = self._small.get(key)
        if program is None:
            graph = self._parameters.graph
            ops = graph.ops if names is None else graph.ancestors(list(names))
            program = Program(ops, self._parameters, inputs(graph, np.array(tokens)))
            if program.buffer.nbytes <= SMALL:
                self._small[key] = program
                if len(self._small) > PROGRAMS:
                    self._small.popitem(last=False)
        return program
