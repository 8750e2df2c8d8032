"""A run: one forward pass of a model over a text, with every intermediate tensor by name."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.cached import cached_property
from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.graph.op import Op
from pellucid.run.cells import Cells, Place, example, tensor_named
from pellucid.run.convert import as_torch, as_xarray, library
from pellucid.run.engine import inputs
from pellucid.run.explain import Explanation, explain, given
from pellucid.run.interventions import Interventions, interventions_of
from pellucid.run.parameters import Parameters
from pellucid.run.pointing import filled_in, words_of
from pellucid.run.reference import read_only, walk
from pellucid.run.snapshot import Snapshot
from pellucid.words.errors import UnknownName
from pellucid.words.given import as_type_error, attribute, bad_argument, shown
from pellucid.words.spellings import named_by

if TYPE_CHECKING:
    from pellucid.run.model import Model

MOST_NAMES = 1 << 17


class Run(Mapping[str, np.ndarray]):
    """A mapping from tensor names, in the order of computing, to read-only arrays with the axes of the graph.

    Other programs' spellings find the same tensors, TransformerLens's `["pattern", 0]` and `["scale", -1, "ln1"]` among
    them, and a weight can be asked for by its name too. With `interventions`
    (run/interventions.py), the pass is computed with some cells changed.

    The `loss`, and the gradient of the loss with respect to any tensor (`grad.blocks.0.attn.q`), can be asked for too;
    they are computed when they are, for the right answers in `targets`, or else for the tokens that follow in the text.
    """

    def __init__(
        self,
        model: "Model",
        prompt: str | Sequence[int],
        names: str | Iterable[str] | None = None,
        interventions: Interventions = (),
        targets: str | Sequence[int] | None = None,
    ) -> None:
        self.model = model
        if attribute(model, "traced") is None:
            raise bad_argument("model", model, "a Model")
        self.snapshot = model.snapshot
        self.tokens = tuple(model.tokens(prompt))
        self.interventions = interventions_of(interventions, model.graph)
        self.targets = None if targets is None else model.answers(targets)
        if self.targets is not None:
            check_targets(self.targets, len(self.tokens), model.graph.sizes["v"] - 1)
        wanted = None if names is None else frozenset(kept_in_a_pass(model, name) for name in names_of(names))
        self.names: Collection[str] = model.traced
        if wanted is not None:
            self.names = [name for name in model.graph.tensors if name in wanted]
        for intervention in self.interventions:
            for text in intervention.texts:
                if text is not None:
                    model.tokens(text)  # refuses what this model cannot read
        with np.errstate(all="ignore"):  # as in as_computed
            computed = model.engine.run(inputs(model.graph, np.array(self.tokens)), wanted, self.interventions)
        self._values, self._changed = frozen(computed.values), computed.changed

    def __getitem__(self, name: str | tuple[Any, ...]) -> np.ndarray:
        if isinstance(name, tuple):
            name = self._named_by(name)
        if isinstance(name, str) and name in self._values:  # what is no text may fail as a key in any way
            return self._values[name]
        return self._under_another_name(name)

    def _under_another_name(self, name: str) -> np.ndarray:
        """A weight, by our name or the checkpoint's, or a tensor by another program's name. Where one name is both,
        ours counts: its array has the axes that the graph says."""
        if isinstance(name, str) and name in self.model.parameters.stored and name not in self.model.graph.tensors:
            return read_only(self._weights().stored[name])
        found = self.find(name).name
        if found in self._values:
            return self._values[found]
        if found in self.model.parameters:
            return read_only(self._weights()[found])
        if found in self.model.graph.tensors:
            raise UnknownName(
                "not-kept", f"{found} was not kept by this run: trace with its name, or without names to keep all."
            )
        return read_only(np.asarray(self._behind(found)[found]))

    def find(self, name: str) -> Tensor:
        """The tensor of that name: of the pass, a weight, the loss, or a gradient. Raises PellucidError if none is."""
        graph = self.model.graph_of(name) if isinstance(name, str) else self.model.graph
        return graph.find(name)

    def _behind(self, name: str) -> Mapping[str, np.ndarray]:
        """Everything that a tensor behind the pass, the loss or a gradient, is made of. Raises PellucidError."""
        if not self.interventions:
            return self._learned
        if self.model.learning.tensors[name].gradient_of:
            raise PellucidError(
                "no-gradients", "A run with interventions has a loss, but no gradients: trace the text without any."
            )
        return self._scored

    @cached_property
    def _learned(self) -> Mapping[str, np.ndarray]:
        """The loss, the gradients, and everything that they are computed from."""
        return as_computed(self.model.learning.ops, {**self._weights().named, **self._with_targets()})

    @cached_property
    def _scored(self) -> Mapping[str, np.ndarray]:
        """The loss of this very pass, whatever was changed in it."""
        graph = self.model.learning
        added = [op for op in graph.ancestors([graph.loss.name]) if op.name not in self.model.graph.makers]
        needed = {name for op in added for name in op.operand_names if name in self.model.graph.makers}
        whole = self if needed <= self._values.keys() else Run(self.model, self.tokens, needed, self.interventions)
        return as_computed(added, {**self._with_targets(), **{name: whole[name] for name in needed}})

    def _with_targets(self) -> Mapping[str, np.ndarray]:
        """What the model's loss asks for: the tokens, and the right answers."""
        targets = self.targets or following(self.tokens)
        return inputs(self.model.learning, np.array(self.tokens), np.array(targets))

    def _weights(self) -> Parameters:
        """The weights that this run was computed with. Raises PellucidError if they have changed since."""
        if self.model.snapshot != self.snapshot:
            raise PellucidError("stale-run", "The model's weights have changed since this run: trace the text again.")
        return self.model.parameters

    def _named_by(self, key: tuple[Any, ...]) -> str:
        graph = self.model.graph
        return named_by(key, graph.groups, graph.knows)

    def __contains__(self, name: object) -> bool:
        """Whether the run holds a tensor of that name, be it ours or another program's."""
        try:
            name = self._named_by(name) if isinstance(name, tuple) else name
        except UnknownName:
            return False
        if not isinstance(name, str):
            return False
        if name in self.names:
            return True
        try:
            return self.model.graph.find(name).name in self.names
        except UnknownName:
            return False

    def __eq__(self, other: object) -> bool:
        """Whether the other mapping has the same names with the same numbers."""
        if not isinstance(other, Mapping):
            return False if isinstance(other, np.ndarray) else NotImplemented  # masked arrays compare cell by cell
        return {*self} == {*other} and all(np.array_equal(self[name], other[name], equal_nan=True) for name in self)

    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None
    """An array is no run: without this, NumPy compares it with the names, one by one."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def nbytes(self) -> int:
        """How many bytes its arrays take."""
        return sum(array.nbytes for array in self._values.values())

    def __getstate__(self) -> dict[str, Any]:
        """What pickle and copy take: the arrays, and whether the weights are still those they were computed with."""
        values = {name: self._values[name] for name in self._values}
        return {**self.__dict__, "_values": values, "snapshot": self.snapshot == self.model.snapshot}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._values = frozen(self._values)
        self.snapshot = self.model.snapshot if state["snapshot"] else Snapshot("another", 0)

    def __repr__(self) -> str:
        return f"<Run of {self.model.name} over {len(self.tokens)} tokens: {len(self)} tensors>"

    def show(self, **options: Any) -> Any:
        """The page in a notebook's cell, with this run: `pellucid.show`."""
        return library("pellucid", "The page").show(self, **options)  # which is made of all that stands on runs

    def to_xarray(self, name: str | None = None) -> Any:
        """One tensor as an xarray.DataArray whose axes have their names, `run.to_xarray("logits").sel(v="A")`; or every
        tensor of the run as a Dataset. Nothing is copied. Raises PellucidError where xarray is not installed."""
        if name is not None:
            return as_xarray(self.model, self.tokens, self.find(name), self[name])
        xarray = library("xarray", "A run with named axes")
        return xarray.Dataset({each: self.to_xarray(each) for each in self})

    def to_torch(self, name: str) -> Any:
        """One tensor as a torch.Tensor of its own. Raises PellucidError where PyTorch is not installed."""
        return as_torch(self[name])

    def explain(self, cell: str | Cells, index: Sequence[Place] | None = None, **letters: Place) -> Explanation:
        """The arithmetic of one cell: `run.explain("blocks.0.attn.q[h=2,t=3,d=7]")`.

        Beside a tensor's name, the index may be given by axis letters (`h=2, t=3, d=7`) or as a tuple in axis order. As
        in lessons, the text may say a letter for its number (`v=A`), and `last` or `answer` for a position.
        Raises PellucidError for a tensor or an index that does not exist.
        """
        if not isinstance(cell, str | Cells):
            raise PellucidError("bad-cell", f"{shown(cell)} is no cell: write one as 'blocks.0.attn.q[h=2,t=3,d=7]'.")
        graph = self.model.graph_of(cell.tensor if isinstance(cell, Cells) else tensor_named(cell))
        if isinstance(cell, str):
            cell = filled_in(cell, graph, words_of(self.model, len(self.tokens)))
        cells = one_cell(graph, cell, index, letters)
        place, tensor = cells.index, graph.find(cells.tensor)
        cells.check(graph, len(self.tokens))
        if tensor.name in self._changed and self._changed[tensor.name][place]:
            return given(tensor, place, float(self[tensor.name][place]), "changed by hand")
        if graph is self.model.learning:
            return explain(graph, self._behind(tensor.name), tensor, place)
        with np.errstate(all="ignore"):
            return explain(graph, self._with_operands(tensor.name), tensor, place)

    def _with_operands(self, name: str) -> Mapping[str, np.ndarray]:
        """Everything that explaining `name` reads: a run that kept only some tensors computes again."""
        maker = self.model.graph.makers.get(name)
        needed = [name] if maker is None else maker.operand_names
        weights = self._weights()
        kept = all(operand in self._values or operand in weights for operand in needed)
        run = self if kept else Run(self.model, self.tokens, interventions=self.interventions)
        return {operand: run[operand] for operand in needed}


def following(tokens: Sequence[int]) -> list[int]:
    """For each token the one that follows, and no answer for the last."""
    if len(tokens) == 1:
        raise PellucidError("no-targets", "No token follows this one: give the right answer as targets=[...].")
    return [*tokens[1:], -1]


def check_targets(targets: Sequence[int], length: int, last: int) -> None:
    """Raise PellucidError unless these can be the right answers for a text of that length."""
    if len(targets) != length or not all(-1 <= target <= last for target in targets):
        raise PellucidError(
            "bad-targets",
            f"targets must be {length} token numbers from 0 to {last}, one for each token read, "
            "or -1 where no answer is asked for.",
        )
    if max(targets) < 0:
        raise PellucidError("bad-targets", "targets asks for no answer at all: give at least one that is not -1.")


def one_cell(graph: Graph, cell: str | Cells, index: Sequence[Place] | None, letters: Mapping[str, Place]) -> Cells:
    """Cells from their spelling, or from a tensor's name beside an index in axis order or by axis letters."""
    said = Cells.parse(cell, graph) if isinstance(cell, str) else cell
    if sum((any(said.spans), index is not None, bool(letters))) > 1:
        raise PellucidError(
            "bad-index",
            f"The index of {said.tensor} is given twice: once is enough, as in '{said.tensor}{example(said.axes)}'.",
            tensor=said.tensor,
            axes=" ".join(said.axes) or "no axes",
        )
    if index is None and not letters:
        return said
    tensor = graph.find(said.tensor)
    return Cells.of(tensor, **letters) if index is None else Cells.at_index(tensor, index)


def kept_in_a_pass(model: "Model", name: str) -> str:
    """Our name of a tensor that a pass can keep. Raises PellucidError."""
    if isinstance(name, str) and not model.graph.knows(name) and model.learning.knows(name):
        raise bad_argument(
            "one of names", name, "a tensor of the pass; the loss and gradients are asked of the run, as in run['loss']"
        )
    return model.graph.find(name).name


def names_of(names: object, called: str = "names") -> list[str]:
    """One name of a tensor, or several. Raises PellucidError (`bad-argument`) for what is neither."""
    if isinstance(names, str):
        return [names]
    if not isinstance(names, Iterable) or isinstance(names, bytes) or attribute(names, "shape") == ():
        raise bad_argument(called, names, "the name of a tensor, or a list of names")
    try:
        with as_type_error():
            return list(islice(names, MOST_NAMES))  # more than there are tensors: what goes on for ever ends here
    except TypeError:
        raise bad_argument(called, names, "the name of a tensor, or a list of names") from None


def as_computed(ops: Sequence[Op], values: dict[str, Any]) -> Mapping[str, np.ndarray]:
    """The values with those that the ops compute. Numbers may overflow: that is then what the model computes."""
    with np.errstate(all="ignore"):
        return walk(ops, values)


def frozen(values: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """The arrays, none of which can be written into, whichever engine made them."""
    if isinstance(values, dict):
        return {name: read_only(array) for name, array in values.items()}
    return values
