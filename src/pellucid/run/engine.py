"""The one seam through which everything computes: an engine has a graph's weights, and runs, decodes and learns.

Engines differ in speed and in what they need installed, never in their numbers: each is checked against the others
and against PyTorch. `reference.py` walks the formulas; `numpy/` compiles them into kernels and is the default; `jax.py`
runs them where JAX does. A run, generation, checking and training ask an engine and do not know which it is.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple, Protocol

import numpy as np

from pellucid.graph import Graph, PellucidError
from pellucid.run.interventions import Intervention
from pellucid.run.parameters import Parameters
from pellucid.words.given import shown

Values = dict[str, np.ndarray]
"""Arrays by tensor name. They have the axes of the graph, and a batch in front where several texts are read at once."""


class Pass(NamedTuple):
    """What a run gave: `values` of the tensors kept, read only, and by tensor which cells interventions `changed`."""

    values: Mapping[str, np.ndarray]
    changed: Mapping[str, np.ndarray] = {}  # nobody writes into it


class Decoder(Protocol):
    """Reads a text piece by piece, and keeps what later positions look back at."""

    @property
    def length(self) -> int:
        """How many tokens it has read."""

    def logits(self, tokens: Sequence[int]) -> np.ndarray:
        """Read further tokens; the logits (`v`) after the last."""


class Learner(Protocol):
    """Computes a loss and its gradients, as often as one likes, for inputs of one shape."""

    gradient: np.ndarray
    """The gradient of every weight in one flat array, laid out as `Parameters.zeros` does; overwritten by each step."""

    def step(self, given: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        """One forward and one backward pass: the loss and the logits, and the gradient beside them."""


class Engine(Protocol):
    """Computes a graph with the weights it was made for."""

    parameters: Parameters

    def run(
        self,
        given: Mapping[str, np.ndarray],
        keep: Collection[str] | None = None,
        interventions: Sequence[Intervention] = (),
    ) -> Pass:
        """One forward pass over inputs (`inputs`), keeping every tensor but the weights, or only those named."""

    def decode(self) -> Decoder:
        """Read a text from its beginning."""

    def learn(self, given: Mapping[str, np.ndarray]) -> Learner:
        """Learn from inputs, targets among them, that have the shapes of those given. The graph must have a loss."""


ENGINES = {
    "numpy": ("pellucid.run.numpy.engine", "NumPyEngine"),
    "reference": ("pellucid.run.reference", "ReferenceEngine"),
    "jax": ("pellucid.run.jax", "JaxEngine"),
    "onnx": ("pellucid.run.onnx", "OnnxEngine"),
}
"""The module of each engine; none is imported before it is asked for."""


def engine(name: str, parameters: Parameters) -> Engine:
    """The engine of that name for these weights. Raises PellucidError where there is none, or it is not installed."""
    if not isinstance(name, str) or name not in ENGINES:
        raise PellucidError(
            "unknown-engine", f"There is no engine {shown(name)}: the engines are {', '.join(ENGINES)}.", name=name
        )
    module, kind = ENGINES[name]
    try:
        make: Callable[[Parameters], Engine] = getattr(import_module(module), kind)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pellucid"):
            raise
        raise not_installed(name, error) from error
    return make(parameters)


def not_installed(name: str, error: ModuleNotFoundError) -> PellucidError:
    """The error that says what an engine needs."""
    return PellucidError(
        "engine-not-installed",
        f"The engine {name} needs {error.name}: install it with pip install 'pellucid[{name}]'.",
        name=name,
    )


def inputs(graph: Graph, tokens: np.ndarray, targets: np.ndarray | None = None) -> Values:
    """The input tensors for tokens (`t`, or `b t`): the tokens, their positions, and the right answers if there are."""
    asked = graph.inputs
    values = {asked.tokens.name: tokens}
    if asked.positions:
        values[asked.positions.name] = np.arange(tokens.shape[-1])
    if asked.targets and targets is not None:
        values[asked.targets.name] = targets
    return values
