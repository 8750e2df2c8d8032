"""A run: one forward pass of a model over a text, with every intermediate tensor by name."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.explain import Explanation, checked_index, explain, given
from pellucid.run.interpret import inputs
from pellucid.run.intervene import Edit, by_own_names, forward_with
from pellucid.run.parameters import Parameters

if TYPE_CHECKING:
    from pellucid.run.model import Model


class Run(Mapping[str, np.ndarray]):
    """A mapping from tensor names, in the order of computing, to read-only arrays with the axes of the graph.

    Other programs' spellings find the same tensors, and a weight can be asked for by its name too. With `edits`
    (run/intervene.py), the pass is computed with some numbers changed.
    """

    def __init__(
        self,
        model: "Model",
        tokens: tuple[int, ...],
        names: Iterable[str] | None = None,
        edits: Mapping[str, Edit] | None = None,
    ) -> None:
        self.model = model
        self.snapshot = model.snapshot
        self.tokens = tokens
        self.edits = by_own_names(model.graph, edits or {})
        self._changed: Mapping[str, np.ndarray] = {}
        wanted = None if names is None else frozenset(model.graph.find(name).name for name in names)
        self.names: Collection[str] = model.traced
        if wanted is not None:
            self.names = [name for name in model.graph.tensors if name in wanted]
        if self.edits:
            values = {**model.parameters.named, **inputs(model.graph, np.array(tokens))}
            self._changed = forward_with(model.graph.ops, values, self.edits)
            kept = {*self.names, *self.edits}
            self._values: Mapping[str, np.ndarray] = {name: values[name] for name in values if name in kept}
        else:
            self._values = model.programs.trace(tokens, wanted)

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

    def __repr__(self) -> str:
        return f"<Run of {self.model.name} over {len(self.tokens)} tokens: {len(self)} tensors>"

    def explain(self, name: str, index: tuple[int, ...] | None = None, **letters: Any) -> Explanation:
        """The arithmetic of one cell, its index given by axis letters or as one tuple in axis order.

        Raises PellucidError for a tensor or an index that does not exist.
        """
        graph = self.model.graph
        tensor = graph.find(name)
        shape = graph.shape(tensor, len(self.tokens))
        place = checked_index(tensor, shape, index, letters)
        if tensor.name in self._changed and self._changed[tensor.name][place]:
            return given(tensor, place, float(self[tensor.name][place]), "set by hand")
        return explain(graph, self._with_operands(tensor.name), tensor, place)

    def _with_operands(self, name: str) -> Mapping[str, np.ndarray]:
        """Everything that explaining `name` reads: a run that kept only some tensors computes again."""
        maker = self.model.graph.makers.get(name)
        needed = [name] if maker is None else maker.operand_names
        weights = self._weights()
        kept = all(operand in self._values or operand in weights for operand in needed)
        run = self if kept else Run(self.model, self.tokens, edits=self.edits)
        return {operand: run[operand] for operand in needed}
