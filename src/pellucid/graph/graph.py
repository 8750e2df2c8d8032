"""A model as data: its tensors and ops in the order of computing, its axis sizes, and the parts of its architecture."""

import difflib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, get_args

from pellucid.graph.axes import AXES, GROWING, VOCABULARY, axes
from pellucid.graph.formula import Formula, Number, Step, cells, substituted
from pellucid.graph.op import Op, gradient_of
from pellucid.graph.tensor import Initial, Kind, Role, Stored, Tensor
from pellucid.words.errors import PellucidError, UnknownName, bad_graph
from pellucid.words.given import LONGEST, as_type_error, counted, of_kind, shown, whole
from pellucid.words.spellings import of_a_run, other_spellings, our_spelling, unknown_tensor

SIDE_BY_SIDE = 6
"""The most weights that one module of another program holds: weights and biases of queries, keys and values."""


@dataclass(frozen=True)
class Group:
    """A part of the architecture, by dotted path, with a reader's words for it."""

    name: str
    title: str


@dataclass(frozen=True)
class Inputs:
    """What a graph is given: tokens, perhaps the number of each position, and, once there is a loss, right answers."""

    tokens: Tensor
    positions: Tensor | None = None
    targets: Tensor | None = None


@dataclass(frozen=True)
class Outputs:
    """What a graph is for: a score for every token of the vocabulary, and the softmax that makes probabilities of
    them, by way of each row's `largest` score and the `total` of its exponentials."""

    logits: Tensor
    largest: Tensor
    total: Tensor
    probs: Tensor


def checked_sizes(sizes: object) -> dict[str, int]:
    """The length of each axis. Raises PellucidError (`bad-graph`)."""
    try:
        with as_type_error():
            lengths = dict(sizes)  # type: ignore[call-overload]
        found = {letter: whole(size) for letter, size in lengths.items()}
        if not all(letter in AXES and size > 0 for letter, size in found.items()):
            raise ValueError
    except (TypeError, ValueError):
        raise bad_graph(
            f"The sizes {shown(sizes)} will not do: give axes with their lengths, such as {{'t': 11}}."
        ) from None
    return found


def one_of(known: tuple[str, ...], value: object, name: str) -> None:
    """Raise BadGraph unless the value is one of those known."""
    if value not in known:
        raise bad_graph(f"{name} is {shown(value)}: it must be one of {', '.join(known)}.")


class Graph:
    """Named tensors joined by ops.

    Built by the functions of models/: `input`, `weight` and `apply` add tensors in the order of computing; `group`
    opens a part of the architecture; `outputs` and `loss` are set to what is made for others to read. Nothing here
    allocates: sizes are numbers, arrays belong to run/.
    """

    def __init__(self, name: str, sizes: Mapping[str, int]) -> None:
        self.name = of_kind(name, str, "the name of a graph", "text")
        self.sizes = checked_sizes(sizes)
        self.tensors: dict[str, Tensor] = {}
        self.ops: list[Op] = []
        self.makers: dict[str, Op] = {}
        self.groups: dict[str, Group] = {}
        self.aliases: dict[str, str] = {}
        self._inputs: dict[Role, Tensor] = {}
        self._asked: Inputs | None = None
        self._outputs: Outputs | None = None
        self._loss: Tensor | None = None
        self._group = ""

    # Building.

    @contextmanager
    def group(self, path: str, title: str) -> Iterator[None]:
        """Tensors and ops made inside belong to this part; parts nest by their dotted paths."""
        outer, self._group = self._group, path
        self.groups[path] = Group(path, title)
        yield
        self._group = outer

    def input(self, name: str, spelled: str, title: str, symbol: str, *, role: Role | None = None) -> Tensor:
        """What a run is given; the role says what that is, for whoever gives it."""
        if role is not None:
            one_of(get_args(Role), role, f"the role of {name}")
        tensor = self._add(Tensor(name, axes(spelled), "input", title, symbol, self._group))
        if role:
            self._inputs[role] = tensor
            self._asked = None
        return tensor

    def weight(
        self, name: str, spelled: str, title: str, symbol: str, *, stored: Stored, initial: Initial = "normal"
    ) -> Tensor:
        """What training finds; `stored` says where a checkpoint keeps it, `initial` how it starts."""
        one_of(get_args(Initial), initial, f"the initial of {name}")
        tensor = Tensor(name, axes(spelled), "weight", title, symbol, self._group, initial=initial, stored=stored)
        kept = [axis for dimension in of_kind(stored, Stored, "stored", "a Stored").layout for axis in dimension]
        if sorted(kept) != sorted(tensor.axes):
            raise bad_graph(
                f"{name} has the axes {' '.join(tensor.axes)}, but is stored with {' '.join(kept)}: "
                "name the same axes in both."
            )
        return self._add(tensor)

    def apply(
        self,
        op: Op,
        name: str,
        spelled: str,
        title: str,
        symbol: str,
        *,
        kind: Kind = "activation",
        residual: bool = False,
    ) -> Tensor:
        """Add the op and the tensor it makes."""
        of_kind(op, Op, "op", "an op with its operands, such as ops.relu(x)")
        one_of(get_args(Kind), kind, f"the kind of {name}")
        return self._make(op, Tensor(name, axes(spelled), kind, title, symbol, self._group, residual))

    def alias(self, name: str, tensor: Tensor) -> None:
        """Make `tensor` known by another program's `name` too."""
        self.aliases[name] = tensor.name

    def _add(self, tensor: Tensor) -> Tensor:
        for axis in tensor.axes:
            if axis not in self.sizes:
                raise bad_graph(
                    f"{tensor.name} has the axis {axis}, but the graph {self.name} has no size for it: add one."
                )
        if tensor.name in self.tensors:
            raise bad_graph(f"the graph {self.name} has two tensors named {tensor.name}: rename one.")
        self.tensors[tensor.name] = tensor
        return tensor

    def _make(self, op: Op, output: Tensor) -> Tensor:
        """Add an op and the tensor it makes, once both are known to be right: nothing is kept of what is refused."""
        op.bind(output, self.sizes)
        self._add(output)
        self.ops.append(op)
        self.makers[output.name] = op
        return output

    def copy(self) -> "Graph":
        """A graph of the same tensors and ops, to which others can be added."""
        graph = Graph(self.name, self.sizes)
        graph.tensors, graph.ops, graph.makers = dict(self.tensors), list(self.ops), dict(self.makers)
        graph.groups, graph.aliases = dict(self.groups), dict(self.aliases)
        graph._inputs, graph._outputs, graph._loss = dict(self._inputs), self._outputs, self._loss
        return graph

    def gradients(self, loss: str | None = None) -> "Graph":
        """This graph and, behind it, the gradient of the loss with respect to every tensor it depends on.

        The gradient of `blocks.0.attn.q` is the tensor `grad.blocks.0.attn.q`, made by a formula as any other is: the
        sum of what each op that reads the tensor contributes (graph/derive.py). In a batch, those of weights are sums
        over all its texts. Any tensor that is one number may stand for the loss.
        """
        missing = isinstance(loss, str) and loss == "loss" and not self.knows(loss)
        target = self.loss if loss is None or missing else self.find(loss)  # `self.loss` says what to do
        if target.axes:
            raise PellucidError("bad-loss", f"{target.name} is not one number: gradients are those of a scalar.")
        if any(tensor.gradient_of for tensor in self.tensors.values()):
            raise bad_graph(f"the graph {self.name} has gradients already: ask the graph that it was made from.")
        graph = self.copy()
        graph.loss = target
        shares: dict[Tensor, list[Step]] = {target: []}
        behind = self.ancestors([target.name])
        first_readers = {operand: op for op in reversed(behind) for operand in op.operands}
        for op in reversed(behind):
            if op.output not in shares:
                continue
            known: dict[Tensor, Formula] = {op.gradient: Number(1)} if op.output is target else {}
            if op.output is not target:
                graph._add_gradient(op.gradient, shares[op.output])
            for operand, share in op.derivatives.items():
                if operand.kind == "input":
                    continue
                shares.setdefault(operand, []).append(Step(op.output.title, substituted(share, known)))
            for operand in op.operands:
                if operand.kind == "weight" and operand in shares and first_readers[operand] is op:
                    graph._add_gradient(gradient_of(operand), shares[operand])
        return graph

    def _add_gradient(self, gradient: Tensor, shares: list[Step]) -> None:
        """Add the gradient as the sum of its shares; a single share needs no name."""
        formula = shares[0].argument if len(shares) == 1 else reduce(add, shares)
        operands = {one.tensor.name: one.tensor for one in cells(formula)}
        part = self.groups.get(gradient.group.removeprefix("grad."))
        if part and gradient.group not in self.groups:
            self.groups[gradient.group] = Group(gradient.group, f"gradient of {part.title}")
        self._make(Op("gradient", "gradient", operands, formula), gradient)

    # Asking.

    @property
    def inputs(self) -> Inputs:
        if self._asked is None:
            self._asked = Inputs(**self._inputs)
        return self._asked

    @property
    def outputs(self) -> Outputs:
        if self._outputs is None:
            raise bad_graph(f"the graph {self.name} does not say which tensors are its outputs: set `outputs`.")
        return self._outputs

    @outputs.setter
    def outputs(self, made: Outputs) -> None:
        self._outputs = made

    @property
    def loss(self) -> Tensor:
        """The number that training makes small. Raises PellucidError (`no-loss`) in a graph that has none yet."""
        if self._loss is None:
            raise PellucidError("no-loss", f"The graph {self.name} has no loss: add one, with models.with_loss.")
        return self._loss

    @loss.setter
    def loss(self, made: Tensor) -> None:
        self._loss = made

    def find(self, name: str) -> Tensor:
        """The tensor of that name, in our spelling or another program's.

        Raises PellucidError (`unknown-tensor`), a KeyError too, with the nearest names there are.
        """
        if not isinstance(name, str):
            raise UnknownName(
                "unknown-tensor", f"{shown(name)} cannot be the name of a tensor: give text, such as 'logits'."
            )
        if known := our_spelling(name, self.tensors, self.aliases):
            return self.tensors[known]
        grad, of = ("grad.", name[5:]) if name.startswith("grad.") else ("", name)
        if name == "loss" or (grad and self.knows(of)):
            raise of_a_run(name)
        near = self._stored_as(of) or difflib.get_close_matches(of[:LONGEST], self.tensors, n=3, cutoff=0.5)
        raise unknown_tensor(name, [grad + one.removeprefix(grad) for one in near])

    def _stored_as(self, name: str) -> list[str]:
        """The weights that lie side by side in the array or module that other programs call by that name."""
        keys = {weight.name: weight.stored.key for weight in self.weights() if weight.stored}
        found = [weight for weight, key in keys.items() if f"{key}.".startswith(f"{name}.")]
        return found if len(found) <= SIDE_BY_SIDE else []

    def knows(self, name: str) -> bool:
        """Whether `find` finds a tensor of that name."""
        return isinstance(name, str) and our_spelling(name, self.tensors, self.aliases) is not None

    def other_names(self) -> dict[str, list[str]]:
        """For each tensor, what other programs call it: their modules, their hooks, and where they store a weight.

        One stored array may hold several weights side by side, so a name can stand with more than one tensor.
        """
        names = other_spellings(self.tensors, self.aliases)
        for weight in self.weights():
            if weight.stored:
                names[weight.name].append(weight.stored.key)
        return names

    def shape(self, tensor: Tensor, positions: int | None = None) -> tuple[int, ...]:
        """The shape without a batch; `positions` is the length of the text at hand (at full context by default)."""
        tensor = of_kind(tensor, Tensor, "tensor", "a tensor of a graph, such as graph.find('logits')")
        sizes = self.sizes
        if positions is not None:
            expected = "how many tokens a text has, or None"
            length = counted(positions, "the number of positions", expected, least=0)
            sizes = sizes if tensor.fixed else sizes | dict.fromkeys(GROWING, length)
        return tuple(sizes[axis] for axis in tensor.axes)

    def weights(self) -> list[Tensor]:
        return [tensor for tensor in self.tensors.values() if tensor.kind == "weight"]

    def parameters(self) -> int:
        return sum(math.prod(self.shape(weight)) for weight in self.weights())

    def ancestors(self, names: list[str]) -> list[Op]:
        """The ops needed to compute the tensors named, in order."""
        names = of_kind(names, list, "names", "a list of names of tensors")
        wanted, needed = {self.find(name).name for name in names}, []
        for op in reversed(self.ops):
            if op.output.name in wanted:
                needed.append(op)
                wanted.update(operand.name for operand in op.operands)
        return needed[::-1]

    def describe(self) -> dict[str, Any]:
        """The graph as JSON (docs/protocol.md)."""
        place = {op.output.name: position for position, op in enumerate(self.ops)}
        aliases = self.other_names()
        return {
            "axes": {
                axis: {"size": size, "name": AXES[axis], "grows": axis in GROWING, "vocabulary": axis in VOCABULARY}
                for axis, size in self.sizes.items()
            },
            "tensors": [
                {
                    "name": tensor.name,
                    "axes": list(tensor.axes),
                    "shape": list(self.shape(tensor)),
                    "kind": tensor.kind,
                    "group": tensor.group,
                    "title": tensor.title,
                    "symbol": tensor.symbol,
                    "op": place.get(tensor.name),
                    "aliases": aliases[tensor.name],
                    "residual": tensor.residual,
                    **({"gradient_of": tensor.gradient_of.name} if tensor.gradient_of else {}),
                }
                for tensor in self.tensors.values()
            ],
            "ops": [
                {
                    "kind": op.kind,
                    "title": op.title,
                    "group": op.output.group,
                    "output": op.output.name,
                    "inputs": {role: tensor.name for role, tensor in op.inputs.items()},
                    "letters": {role: list(op.letters(place)) for place, role in enumerate(op.inputs)},
                    "combine": op.combine,
                    "formula": op.latex(),
                    "rule": op.to_json(),
                }
                for op in self.ops
            ],
            "groups": [{"name": group.name, "title": group.title} for group in self.groups.values()],
            "inputs": {role: tensor.name for role, tensor in self._inputs.items()},
            "outputs": {role: tensor.name for role, tensor in vars(self._outputs).items()} if self._outputs else None,
            "loss": self._loss.name if self._loss else None,
        }
