"""A model's traces: programs for the texts at hand, and their tensors kept when they run again."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pellucid.run.interpret import inputs
from pellucid.run.numpy.memory import Place
from pellucid.run.numpy.program import Program
from pellucid.run.parameters import Parameters

SMALL, MOST = 1 << 22, 16
"""Programs of at most SMALL bytes are held for the next text of the same length, at most MOST of them. A larger one is
compiled for its text, which takes little of so long a pass, and its buffer is not copied but handed over."""


class Programs:
    """Passes over texts of any length, from any thread."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._small: OrderedDict[tuple[int, frozenset[str] | None], Program] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def trace(self, tokens: Sequence[int], names: frozenset[str] | None = None) -> Mapping[str, np.ndarray]:
        """Every tensor of a pass but the weights, or those named; read only, and never changed by another pass."""
        with self._one_at_a_time:
            program = self._program(tokens, names)
            values = program.forward({self._parameters.graph.inputs.tokens.name: tokens})
            if names is not None:
                return {name: read_only(values[name].copy()) for name in names if name not in self._parameters}
            buffer = program.memory.buffer
            return Kept(program.memory.places, buffer.copy() if buffer.nbytes <= SMALL else buffer)

    def _program(self, tokens: Sequence[int], names: frozenset[str] | None) -> Program:
        key = (len(tokens), names)
        program = self._small.get(key)
        if program is None:
            graph = self._parameters.graph
            ops = graph.ops if names is None else graph.ancestors(list(names))
            program = Program(ops, self._parameters, inputs(graph, np.array(tokens)))
            if program.memory.buffer.nbytes <= SMALL:
                self._small[key] = program
                if len(self._small) > MOST:
                    self._small.popitem(last=False)
        return program


class Kept(Mapping[str, np.ndarray]):
    """The tensors of a pass in one buffer; each access makes a view."""

    def __init__(self, places: Mapping[str, Place], buffer: np.ndarray) -> None:
        self._places = places
        self._buffer = read_only(buffer)

    def __getitem__(self, name: str) -> np.ndarray:
        shape, dtype, offset, strides = self._places[name]
        return np.ndarray(shape, dtype, self._buffer, offset, strides)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
