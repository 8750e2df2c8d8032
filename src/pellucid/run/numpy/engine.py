"""The engine that is used unless another is asked for: passes as compiled programs (program.py).

A pass with interventions is one of the reference's: it is made once and not again, so nothing is won by compiling it.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from pellucid.run.engine import Decoder, Pass
from pellucid.run.forks import Turns
from pellucid.run.interventions import Intervention
from pellucid.run.numpy.memory import Place
from pellucid.run.numpy.program import Program
from pellucid.run.parameters import Parameters
from pellucid.run.reference import CachedDecoder, ReferenceEngine, read_only

SMALL, MOST = 1 << 22, 16
"""Programs of at most SMALL bytes are held for the next text of the same length, at most MOST of them. A larger one is
compiled for its text, which takes little of so long a pass, and its buffer is not copied but handed over."""

LATEST = 1 << 24
"""When only some tensors are copied out, the last program is kept if it has at most this many bytes: a model is checked
by batch after batch of one shape."""

Key = tuple[tuple[str, ...], tuple[tuple[int, ...], ...], frozenset[str] | None]
"""What a program is made for: the shapes of its inputs, and what is to be kept."""


class NumPyEngine:
    """Passes over inputs of any shape, from any thread."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._small: OrderedDict[Key, Program] = OrderedDict()
        self._latest: tuple[Key, Program] | None = None
        self._one_at_a_time = Turns(forget=self._forget)

    def _forget(self) -> None:
        self._small.clear()
        self._latest = None

    def run(
        self,
        given: Mapping[str, np.ndarray],
        keep: Collection[str] | None = None,
        interventions: Sequence[Intervention] = (),
    ) -> Pass:
        if interventions:
            return ReferenceEngine(self.parameters, plain=self).run(given, keep, interventions)
        names = None if keep is None else frozenset(keep)
        with self._one_at_a_time:
            program = self._program(given, names)
            values = program.forward(given)
            if names is not None:
                return Pass({name: read_only(values[name].copy()) for name in names if name not in self.parameters})
            buffer = program.memory.buffer
            return Pass(Kept(program.memory.places, buffer.copy() if buffer.nbytes <= SMALL else buffer))

    def _program(self, given: Mapping[str, np.ndarray], names: frozenset[str] | None) -> Program:
        key = tuple(given), tuple([array.shape for array in given.values()]), names
        program = self._small.get(key)
        if program is None and self._latest is not None and self._latest[0] == key:
            program = self._latest[1]
        if program is None:
            graph = self.parameters.graph
            ops = graph.ops if names is None else graph.ancestors(list(names))
            program = Program(ops, self.parameters, given, keep=names)
            if program.memory.size <= SMALL:
                self._small[key] = program
                if len(self._small) > MOST:
                    self._small.popitem(last=False)
            elif names is not None and program.memory.size <= LATEST:
                self._latest = key, program
        return program

    def decode(self) -> Decoder:
        return CachedDecoder(self.parameters)

    def learn(self, given: Mapping[str, np.ndarray]) -> "NumPyLearner":
        return NumPyLearner(self.parameters, given)


class NumPyLearner:
    """A program with its backward pass."""

    def __init__(self, parameters: Parameters, given: Mapping[str, np.ndarray]) -> None:
        graph = parameters.graph
        gradients, self.gradient = Parameters.zeros(graph)
        self._program = Program(graph.ancestors([graph.loss.name]), parameters, given, gradients)

    def step(self, given: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        values = self._program.forward(given)
        self._program.backward()
        return values


class Kept(Mapping[str, np.ndarray]):
    """The tensors of a pass in one buffer; each access makes a view."""

    def __init__(self, places: Mapping[str, Place], buffer: np.ndarray) -> None:
        self._places = places
        self._buffer = buffer
        buffer.flags.writeable = False

    def __getitem__(self, name: str) -> np.ndarray:
        shape, dtype, offset, strides = self._places[name]
        return np.ndarray(shape, dtype, self._buffer, offset, strides)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
