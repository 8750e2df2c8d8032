"""An op: a formula with a name, bound to the tensors it reads and the one it makes.

Whatever is asked of an op is answered by its formula; what the answers have in common (which operand has which role,
how long the axes are) is kept here.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from pellucid.cached import cached_property
from pellucid.graph.arithmetic import Arithmetic, Combine, Evaluation, Index, Region, arithmetic, combine_of
from pellucid.graph.axes import TIME, TWINS
from pellucid.graph.compute import Array, Computation, Namespace
from pellucid.graph.derive import derivatives
from pellucid.graph.facts import arithmetic_cost, formula_to_json, shape_of
from pellucid.graph.formula import Cell, Formula, Reduction, cell, cells, letters, walk
from pellucid.graph.tensor import Tensor
from pellucid.graph.typeset import Typesetter
from pellucid.words.errors import bad_graph
from pellucid.words.given import of_kind, shown


class Op:
    """A node of the graph: operands in, one tensor out.

    `kind` and `title` name the op for programs and for readers, `roles` the operands, in order. Arrays have the axes of
    their tensors, in order; a batch puts `b` in front of every array that is not a weight.
    """

    output: Tensor

    def __init__(self, kind: str, title: str, operands: Mapping[str, Tensor], formula: Formula) -> None:
        self.kind = kind
        self.title = title
        self.roles = tuple(operands)
        self.operands = tuple(operands.values())
        self.operand_names = tuple(operand.name for operand in self.operands)
        self.formula = formula
        self.shape = shape_of(formula, self.operands)

    def bind(self, output: Tensor, sizes: Mapping[str, int]) -> None:
        """Learn the output tensor and the axis sizes at full context; called once, by the graph."""
        if unmade := sorted(letters(self.formula) - set(output.axes)):
            letter = ", ".join(unmade)
            raise bad_graph(
                f"{output.name}: a formula over {letter} does not make {' '.join(output.axes) or 'one number'}: "
                f"sum over {letter} in the op, or give {output.name} that axis."
            )
        for node in walk(self.formula):
            if isinstance(node, Reduction) and (idle := sorted(set(node.axes) - letters(node.argument) - {"b"})):
                letter = ", ".join(idle)
                sentence = f"{output.name}: what is added up does not depend on {letter}: do not sum over {letter}."
                raise bad_graph(sentence)
        self.output = output
        self.name = output.name
        self.sizes = sizes
        self.compute = Computation(self.formula, self.operands, output.axes, sizes)

    @property
    def inputs(self) -> dict[str, Tensor]:
        return dict(zip(self.roles, self.operands, strict=True))

    # Gradients.

    @cached_property
    def derivatives(self) -> dict[Tensor, Formula]:
        """The gradient of each operand, given the output's (`gradient`), with the operand's own letters."""
        found: dict[Tensor, Formula] = {}
        for tensor, formula in derivatives(self.formula, self.output, cell(self.gradient)):
            found[tensor] = found[tensor] + formula if tensor in found else formula
        return found

    @cached_property
    def gradient(self) -> Tensor:
        """The gradient of the output."""
        return gradient_of(self.output)

    @cached_property
    def _backward(self) -> list[tuple[int, Computation]]:
        read = [*self.operands, self.output, self.gradient]
        return [
            (self.operands.index(tensor), Computation(formula, read, tensor.axes, self.sizes))
            for tensor, formula in self.derivatives.items()
            if tensor.kind != "input"
        ]

    def vjp(self, operands: Sequence[Array], output: Array, gradient: Array, xp: Namespace) -> list[Array | None]:
        """The vector-Jacobian product: the gradient with respect to each operand, None for whole numbers."""
        found: list[Array | None] = [None] * len(self.operands)
        for place, computation in self._backward:
            found[place] = computation(xp, *operands, output, gradient)
        return found

    # One cell.

    def evaluation(self, index: Index, arrays: Sequence[Array]) -> Evaluation:
        roles = {tensor: role for role, tensor in self.inputs.items()}
        at = dict(zip(self.output.axes, index, strict=True))
        return Evaluation(roles, dict(zip(self.operands, arrays, strict=True)), self.sizes, at)

    def arithmetic(self, index: Index, arrays: Sequence[Array]) -> Arithmetic:
        """The terms and steps that make the cell `index` of the output."""
        return arithmetic(self.formula, self.evaluation(index, arrays))

    def reads(self, index: Index, arrays: Sequence[Array]) -> tuple[Region, ...]:
        """The region of each operand that the cell `index` of the output depends on."""
        evaluation = self.evaluation(index, arrays)
        evaluation.value(self.formula)
        return tuple(evaluation.region(tensor) for tensor in self.operands)

    @cached_property
    def combine(self) -> Combine:
        """How the terms of a cell come together before the steps."""
        return combine_of(self.formula)

    def letters(self, place: int) -> tuple[str, ...]:
        """For each axis of an operand, the letter that says where it is read.

        An axis of the output means at the output's own index; another axis is read whole, in step with operands of the
        same letter; `@role` is the number in that operand's cell, `@` one that is computed otherwise.
        """
        tensor = self.operands[place]
        found = next(one for one in cells(self.formula) if one.tensor is tensor)
        return tuple(index if isinstance(index, str) else self._pointer(index) for index in found.indices)

    def _pointer(self, index: Formula) -> str:
        return f"@{self.roles[self.operands.index(index.tensor)]}" if isinstance(index, Cell) else "@"

    @cached_property
    def looked_back_at(self) -> tuple[int, ...]:
        """Which operands are read at earlier positions: generation keeps those instead of computing them again."""
        return tuple(
            place
            for place, tensor in enumerate(self.operands)
            if not tensor.fixed
            and TIME in tensor.axes
            and TWINS[TIME] in self.letters(place)
            and self.letters(place)[tensor.axes.index(TIME)] != TIME
        )

    # Setting and counting.

    def latex(self, at: Mapping[str, int] | None = None) -> str:
        """The rule for one cell, with axis letters, or with numbers for the letters in `at`."""
        setter = Typesetter(at, self.sizes)
        return f"{setter.cell(cell(self.output))} = {setter.text(self.formula)}"

    def flops(self, sizes: Mapping[str, int]) -> int:
        """Floating-point operations for the whole output; a product with its addition counts two, a function one."""
        return arithmetic_cost(self.formula, self.output.axes, sizes)

    def to_json(self) -> Any:
        """The formula for other programs (docs/protocol.md): operands by their number."""
        return formula_to_json(self.formula, self.operands)


def gradient_of(tensor: Tensor) -> Tensor:
    """The gradient of the loss with respect to a tensor, as a tensor of its own."""
    title, group = f"gradient of {tensor.title}", f"grad.{tensor.group}"
    return Tensor(f"grad.{tensor.name}", tensor.axes, "gradient", title, "", group, tensor.residual, gradient_of=tensor)


def op(title: str) -> Callable[[Callable[..., Formula]], Callable[..., Op]]:
    """Make an op of a function from cells to a formula: its name is the op's kind, its parameters are the roles.

    Called with tensors, the function sees the cell of each at the tensor's own letters; other arguments reach it as
    they are. `title` is a reader's name in English, under which translations are found.
    """

    def decorate(rule: Callable[..., Formula]) -> Callable[..., Op]:
        signature = inspect.signature(rule)

        @wraps(rule)
        def make(*arguments: object, **named: object) -> Op:
            try:
                given = signature.bind(*arguments, **named).arguments
            except TypeError as unfit:
                roles = ", ".join(signature.parameters)
                raise bad_graph(f"The op {rule.__name__} takes {roles}: {unfit}.") from None
            tensors = {role: value for role, value in given.items() if isinstance(value, Tensor)}
            for role, value in given.items():
                if signature.parameters[role].annotation is Cell:
                    of_kind(value, Tensor, f"{role} of the op {rule.__name__}", "a tensor of a graph")
            formula = rule(
                **{role: cell(value) if isinstance(value, Tensor) else value for role, value in given.items()}
            )
            if not isinstance(formula, Formula):
                raise bad_graph(f"The op {rule.__name__} returns {shown(formula)}: return a formula of its cells.")
            return Op(rule.__name__, title, tensors, formula)

        return make

    return decorate
