"""The engine on onnxruntime: the model as files/onnx.py writes it, computed by a program that knows nothing of ours.

It computes and does not train. A text is read again from its beginning for every further token: nothing is kept
between passes.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import onnxruntime

from pellucid.files.onnx import to_onnx
from pellucid.graph import PellucidError
from pellucid.run.engine import Learner, Pass, inputs
from pellucid.run.interventions import Intervention
from pellucid.run.parameters import Parameters
from pellucid.run.recent import Recent
from pellucid.run.reference import ReferenceEngine, pass_of

MOST = 8
"""How many programs, one for each choice of tensors to keep, are held for the next text."""

ERRORS_ONLY = 3
"""What onnxruntime may write to standard error: only errors that keep it from computing."""


class OnnxEngine:
    """Passes over inputs of any shape, from any thread."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.graph = parameters.graph
        self._sessions: Recent[onnxruntime.InferenceSession] = Recent(MOST)

    def run(
        self,
        given: Mapping[str, np.ndarray],
        keep: Collection[str] | None = None,
        interventions: Sequence[Intervention] = (),
    ) -> Pass:
        if interventions:
            return ReferenceEngine(self.parameters, plain=self).run(given, keep, interventions)
        names = None if keep is None else frozenset(keep)
        made = None if names is None else frozenset(names - given.keys())
        values = dict(given)
        if made is None or made:
            values |= self._computed(given, made)
        return pass_of(values, names)

    def _computed(self, given: Mapping[str, np.ndarray], names: frozenset[str] | None) -> dict[str, np.ndarray]:
        texts = given[self.graph.inputs.tokens.name].ndim > 1
        session = self._sessions.recall(
            (self.parameters.snapshot, names, texts),
            lambda: started(to_onnx(self.graph, self.parameters, names, texts=texts).SerializeToString()),
        )
        taken = {one.name for one in session.get_inputs()}
        fed = {name: np.asarray(array, np.int64) for name, array in given.items() if name in taken}
        made = [one.name for one in session.get_outputs()]
        return dict(zip(made, session.run(made, fed), strict=True))

    def decode(self) -> "OnnxDecoder":
        return OnnxDecoder(self)

    def learn(self, given: Mapping[str, np.ndarray]) -> Learner:
        raise PellucidError(
            "engine-cannot-learn",
            "The engine onnx computes and does not train: train with the engine numpy, then ask for model.on('onnx').",
        )


def started(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class OnnxDecoder:
    """Reads a text, from its beginning each time."""

    def __init__(self, engine: OnnxEngine) -> None:
        self._engine = engine
        self._read: list[int] = []

    @property
    def length(self) -> int:
        return len(self._read)

    def logits(self, tokens: Sequence[int]) -> np.ndarray:
        self._read += tokens
        graph = self._engine.graph
        name = graph.outputs.logits.name
        last: np.ndarray = self._engine.run(inputs(graph, np.array(self._read)), [name]).values[name][-1]
        return last
