"""A run: one forward pass of a model over a text, with every intermediate tensor by name."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pellucid.graph import Cells, Graph, PellucidError
from pellucid.graph.cells import Place
from pellucid.run.explain import Explanation, explain, given
from pellucid.run.interpret import inputs
from pellucid.run.intervene import Applied, forward_with
from pellucid.run.interventions import Interventions, interventions_of
from pellucid.run.numpy.programs import read_only
from pellucid.run.parameters import Parameters

if TYPE_CHECKING:
    from pellucid.run.model import Model


class Run(Mapping[str, np.ndarray]):
    """A mapping from tensor names, in the order of computing, to read-only arrays with the axes of the graph.

    Other programs' spellings find the same tensors, and a weight can be asked for by its name too. With `interventions`
    (run/interventions.py), the pass is computed with some cells changed.
    """

    def __init__(
        self,
        model: "Model",
        tokens: tuple[int, ...],
        names: Iterable[str] | None = None,
        interventions: Interventions = (),
    ) -> None:
        self.model = model
        self.snapshot = model.snapshot
        self.tokens = tokens
        self.interventions = interventions_of(interventions, model.graph)
        self._changed: Mapping[str, np.ndarray] = {}
        wanted = None if names is None else frozenset(model.graph.find(name).name for name in names)
        self.names: Collection[str] = model.traced
        if wanted is not None:
            self.names = [name for name in model.graph.tensors if name in wanted]
        if self.interventions:
            self._values: Mapping[str, np.ndarray] = self._changed_pass(wanted)
        else:
            self._values = model.programs.trace(tokens, wanted)

    def _changed_pass(self, wanted: frozenset[str] | None) -> Mapping[str, np.ndarray]:
        """The tensors wanted and, so that changed cells can be told, those with interventions."""
        graph, tokens = self.model.graph, np.array(self.tokens)
        changed = {intervention.cells.tensor for intervention in self.interventions}
        applied = Applied(self.interventions, graph, tokens, self._plain)
        ops = graph.ops if wanted is None else graph.ancestors([*wanted, *changed])
        values = forward_with(ops, {**self.model.parameters.named, **inputs(graph, tokens)}, applied)
        self._changed = applied.changed
        kept = changed.union(name for name in self.names if name not in self.model.parameters)
        return {name: read_only(values[name]) for name in kept}

    def _plain(self, tokens: np.ndarray, names: frozenset[str]) -> Mapping[str, np.ndarray]:
        """Tensors of the run over those tokens without interventions."""
        return Run(self.model, tuple(self.model.tokens(tokens.tolist())), names)

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self._values[name]
        except KeyError:
            return self._under_another_name(name)

    def _under_another_name(self, name: str) -> np.ndarray:
        """A weight, by our name or the checkpoint's, or a tensor by another program's name."""
        if name in self.model.parameters.stored:
            return self._weights().stored[name]
        found = self.model.graph.find(name).name
        if found in self.model.parameters:
            return self._weights()[found]
        if found not in self._values:
            raise PellucidError(
                "not-kept", f"{found} was not kept by this run: trace with its name, or without names to keep all."
            )
        return self._values[found]

    def _weights(self) -> Parameters:
        """The weights that this run was computed with. Raises PellucidError if they have changed since."""
        if self.model.snapshot != self.snapshot:
            raise PellucidError("stale-run", "The model's weights have changed since this run: trace the text again.")
        return self.model.parameters

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def nbytes(self) -> int:
        """The memory that it keeps."""
        return sum(array.nbytes for array in self._values.values())

    def __repr__(self) -> str:
        return f"<Run of {self.model.name} over {len(self.tokens)} tokens: {len(self)} tensors>"

    def explain(self, cell: str | Cells, index: Sequence[Place] | None = None, **letters: Place) -> Explanation:
        """The arithmetic of one cell: `run.explain("blocks.0.attn.q[h=2,t=3,d=7]")`.

        Beside a tensor's name, the index may be given by axis letters (`h=2, t=3, d=7`) or as a tuple in axis order.
        Raises PellucidError for a tensor or an index that does not exist.
        """
        graph = self.model.graph
        cells = one_cell(graph, cell, index, letters)
        place, tensor = cells.index, graph.find(cells.tensor)
        cells.check(graph, len(self.tokens))
        if tensor.name in self._changed and self._changed[tensor.name][place]:
            return given(tensor, place, float(self[tensor.name][place]), "set by hand")
        return explain(graph, self._with_operands(tensor.name), tensor, place)

    def _with_operands(self, name: str) -> Mapping[str, np.ndarray]:
        """Everything that explaining `name` reads: a run that kept only some tensors computes again."""
        maker = self.model.graph.makers.get(name)
        needed = [name] if maker is None else maker.operand_names
        weights = self._weights()
        kept = all(operand in self._values or operand in weights for operand in needed)
        run = self if kept else Run(self.model, self.tokens, interventions=self.interventions)
        return {operand: run[operand] for operand in needed}


def one_cell(graph: Graph, cell: str | Cells, index: Sequence[Place] | None, letters: Mapping[str, Place]) -> Cells:
    """Cells from their spelling, or from a tensor's name beside an index in axis order or by axis letters."""
    if index is None and not letters:
        return cell if isinstance(cell, Cells) else Cells.parse(cell, graph)
    tensor = graph.find(str(cell))
    return Cells.of(tensor, **letters) if index is None else Cells.at_index(tensor, index)
