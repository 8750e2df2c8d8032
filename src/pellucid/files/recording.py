"""An array namespace that computes nothing and writes down, as ONNX nodes, what is asked of it.

A formula computes in any array namespace (graph/compute.py); in this one it leaves behind the nodes that compute it
elsewhere. There is a rule for each operation that the walk over formulas uses, after the operators of ONNX
(https://onnx.ai/onnx/operators). How long a text is and how many come at once is not known while recording: such a
length is a number that the recorded graph works out for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

Type = Literal["float", "int64", "bool"]
"""What the numbers of an array are."""

Dimension = Union[int, "Length"]

NUMPY = {"float": np.float32, "int64": np.int64, "bool": np.bool_}
ONNX = {"float": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}


class Length:
    """A dimension that is known when the recorded graph runs: `name` is the array with this one whole number.

    `symbol` is what the dimension is called, where it is one of the graph's inputs.
    """

    def __init__(self, recorder: "Recorder", name: str, symbol: str = "") -> None:
        self.recorder = recorder
        self.name = name
        self.symbol = symbol

    def __mul__(self, other: Dimension) -> "Length":
        if isinstance(other, int) and other == 1:
            return self
        return Length(self.recorder, self.recorder.node("Mul", self.name, self.recorder.whole_numbers([other])))

    __rmul__ = __mul__


@dataclass(frozen=True, eq=False)
class Recorded:
    """An array that will be there when the graph runs, with the operators of an array."""

    recorder: "Recorder"
    name: str
    type: Type
    shape: tuple[Dimension, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    # Cell by cell.

    def __add__(self, other: Any) -> "Recorded":
        return self.recorder.together("Add", self, other)

    def __radd__(self, other: Any) -> "Recorded":
        return self.recorder.together("Add", other, self)

    def __sub__(self, other: Any) -> "Recorded":
        return self.recorder.together("Sub", self, other)

    def __rsub__(self, other: Any) -> "Recorded":
        return self.recorder.together("Sub", other, self)

    def __mul__(self, other: Any) -> "Recorded":
        return self.recorder.together("Mul", self, other)

    def __rmul__(self, other: Any) -> "Recorded":
        return self.recorder.together("Mul", other, self)

    def __truediv__(self, other: Any) -> "Recorded":
        return self.recorder.together("Div", self, other)

    def __rtruediv__(self, other: Any) -> "Recorded":
        return self.recorder.together("Div", other, self)

    def __pow__(self, other: Any) -> "Recorded":
        return self.recorder.together("Pow", self, other)

    def __rpow__(self, other: Any) -> "Recorded":
        return self.recorder.together("Pow", other, self)

    def __neg__(self) -> "Recorded":
        return self.recorder.each("Neg", self)

    def __abs__(self) -> "Recorded":
        return self.recorder.each("Abs", self)

    def __lt__(self, other: Any) -> "Recorded":
        return self.recorder.together("Less", self, other, "bool")

    def __le__(self, other: Any) -> "Recorded":
        return self.recorder.together("LessOrEqual", self, other, "bool")

    def __gt__(self, other: Any) -> "Recorded":
        return self.recorder.together("Greater", self, other, "bool")

    def __ge__(self, other: Any) -> "Recorded":
        return self.recorder.together("GreaterOrEqual", self, other, "bool")

    def __eq__(self, other: Any) -> "Recorded":  # type: ignore[override]  # as arrays do
        return self.recorder.together("Equal", self, other, "bool")

    __hash__ = None  # type: ignore[assignment]

    # Along axes.

    def sum(self, places: Sequence[int]) -> "Recorded":
        return self.recorder.collapsed("ReduceSum", self, places)

    def max(self, places: Sequence[int]) -> "Recorded":
        return self.recorder.collapsed("ReduceMax", self, places)

    def transpose(self, order: Sequence[int]) -> "Recorded":
        name = self.recorder.node("Transpose", self.name, perm=list(order))
        return Recorded(self.recorder, name, self.type, tuple(self.shape[place] for place in order))

    def reshape(self, shape: Sequence[Dimension]) -> "Recorded":
        name = self.recorder.node("Reshape", self.name, self.recorder.whole_numbers(shape))
        return Recorded(self.recorder, name, self.type, tuple(shape))

    def astype(self, kind: object) -> "Recorded":
        return self.recorder.cast(self, "int64" if kind is int else "float")

    def __getitem__(self, index: tuple[Any, ...]) -> "Recorded":
        """Cells by arrays of indices, one for each dimension; or, by slices and None, new dimensions of length 1."""
        if all(isinstance(one, Recorded) for one in index):
            return self.recorder.gathered(self, index)
        new = [place for place, one in enumerate(index) if one is None]
        name = self.recorder.node("Unsqueeze", self.name, self.recorder.whole_numbers(new))
        old = iter(self.shape)
        shape = [1 if one is None else next(old) for one in index]
        return Recorded(self.recorder, name, self.type, (*shape, *old))


class Recorder:
    """The namespace; `nodes` and `initializers` are what has been written down. `part` begins the names of nodes."""

    float32: Type = "float"

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: dict[str, TensorProto] = {}
        self.part = ""
        self._constants: dict[tuple[object, ...], str] = {}

    def node(self, kind: str, *operands: str, **attributes: Any) -> str:
        """Write down a node with one output, whose name is returned."""
        name = f"{self.part}/{kind}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, operands, [name], name=name, **attributes))
        return name

    def initializer(self, name: str, array: np.ndarray) -> str:
        self.initializers[name] = numpy_helper.from_array(np.asarray(array, order="C"), name)
        return name

    def constant(self, value: float | list[int], kind: Type) -> str:
        key = kind, repr(value)
        if key not in self._constants:
            name = f"constant.{len(self._constants)}"
            self._constants[key] = self.initializer(name, np.array(value, NUMPY[kind]))
        return self._constants[key]

    def whole_numbers(self, dimensions: Sequence[Dimension]) -> str:
        """The numbers in one array: a constant if all are known now."""
        known = [one for one in dimensions if isinstance(one, int)]
        if len(known) == len(dimensions):
            return self.constant(known, "int64")
        pieces = [one.name if isinstance(one, Length) else self.constant([one], "int64") for one in dimensions]
        return pieces[0] if len(pieces) == 1 else self.node("Concat", *pieces, axis=0)

    def length(self, array: Recorded, place: int, symbol: str) -> Length:
        """How long a dimension of an input turns out to be."""
        shape = self.node("Shape", array.name, start=place, end=place + 1)
        return Length(self, shape, symbol)

    def asarray(self, value: Any, kind: Type = "float") -> Recorded:
        return value if isinstance(value, Recorded) else Recorded(self, self.constant(value, kind), kind, ())

    def cast(self, array: Recorded, kind: Type) -> Recorded:
        if array.type == kind:
            return array
        return Recorded(self, self.node("Cast", array.name, to=ONNX[kind]), kind, array.shape)

    # Cell by cell.

    def each(self, kind: str, array: Recorded) -> Recorded:
        return Recorded(self, self.node(kind, array.name), array.type, array.shape)

    def together(self, kind: str, left: Any, right: Any, result: Type | None = None) -> Recorded:
        """An operation with two arrays, or an array and a plain number."""
        one, other = self.alike(left, right)
        return Recorded(self, self.node(kind, one.name, other.name), result or one.type, stretched(one, other))

    def alike(self, left: Any, right: Any) -> tuple[Recorded, Recorded]:
        """Both as arrays of the same type: whole numbers if both are such, else floating-point numbers."""
        whole = all(
            one.type == "int64" if isinstance(one, Recorded) else float(one).is_integer() for one in (left, right)
        )
        kind: Type = "int64" if whole and any(isinstance(one, Recorded) for one in (left, right)) else "float"
        one, other = (self.cast(self.asarray(value, kind), kind) for value in (left, right))
        return one, other

    def where(self, condition: Any, chosen: Any, otherwise: Any) -> Recorded:
        one, other = self.alike(chosen, otherwise)
        asked = self.cast(self.asarray(condition), "bool")
        name = self.node("Where", asked.name, one.name, other.name)
        return Recorded(self, name, one.type, stretched(asked, one, other))

    def minimum(self, left: Any, right: Any) -> Recorded:
        return self.together("Min", left, right)

    def logaddexp(self, left: Any, right: Any) -> Recorded:
        """ln(eˡ + eʳ) = r + ln(1 + eˡ⁻ʳ)"""
        difference = self.together("Sub", left, right)
        return self.together("Add", self.each("Softplus", difference), right)

    def exp(self, array: Recorded) -> Recorded:
        return self.each("Exp", array)

    def log(self, array: Recorded) -> Recorded:
        return self.each("Log", array)

    def sqrt(self, array: Recorded) -> Recorded:
        return self.each("Sqrt", array)

    def tanh(self, array: Recorded) -> Recorded:
        return self.each("Tanh", array)

    def sin(self, array: Recorded) -> Recorded:
        return self.each("Sin", array)

    def cos(self, array: Recorded) -> Recorded:
        return self.each("Cos", array)

    def floor(self, array: Recorded) -> Recorded:
        return self.each("Floor", array)

    def sign(self, array: Recorded) -> Recorded:
        return self.each("Sign", array)

    def zeros_like(self, array: Recorded) -> Recorded:
        return self.broadcast_to(self.asarray(0, array.type), array.shape)

    # Along axes.

    def arange(self, length: Dimension) -> Recorded:
        if isinstance(length, int):
            return Recorded(self, self.constant(list(range(length)), "int64"), "int64", (length,))
        end = self.node("Squeeze", length.name)
        name = self.node("Range", self.constant(0, "int64"), end, self.constant(1, "int64"))
        return Recorded(self, name, "int64", (length,))

    def broadcast_to(self, array: Recorded, shape: Sequence[Dimension]) -> Recorded:
        name = self.node("Expand", array.name, self.whole_numbers(shape))
        return Recorded(self, name, array.type, tuple(shape))

    def collapsed(self, kind: str, array: Recorded, places: Sequence[int]) -> Recorded:
        """The sum or the largest along some axes, which are gone afterwards."""
        name = self.node(kind, array.name, self.whole_numbers(list(places)), keepdims=0)
        gone = {place % array.ndim for place in places}
        kept = tuple(length for place, length in enumerate(array.shape) if place not in gone)
        return Recorded(self, name, array.type, kept)

    def vecdot(self, left: Recorded, right: Recorded) -> Recorded:
        return (left * right).sum((-1,))

    def matmul(self, left: Recorded, right: Recorded) -> Recorded:
        sides = Recorded(self, "", "float", left.shape[:-2]), Recorded(self, "", "float", right.shape[:-2])
        shape = (*stretched(*sides), left.shape[-2], right.shape[-1])
        return Recorded(self, self.node("MatMul", left.name, right.name), left.type, shape)

    def take(self, array: Recorded, indices: Recorded, axis: int) -> Recorded:
        name = self.node("Gather", array.name, indices.name, axis=axis)
        shape = (*array.shape[:axis], *indices.shape, *array.shape[axis + 1 :])
        return Recorded(self, name, array.type, shape)

    def gathered(self, array: Recorded, indices: Sequence[Recorded]) -> Recorded:
        """The cells at which all dimensions have these indices, whose arrays are stretched to one shape."""
        shape = stretched(*indices)
        last = self.whole_numbers([-1])
        columns = [self.node("Unsqueeze", self.broadcast_to(one, shape).name, last) for one in indices]
        places = self.node("Concat", *columns, axis=-1)
        return Recorded(self, self.node("GatherND", array.name, places), array.type, shape)


def stretched(*arrays: Recorded) -> tuple[Dimension, ...]:
    """The shape that arrays have together: along each axis that of whichever is longer than 1."""
    rank = max(array.ndim for array in arrays)
    padded = [(1,) * (rank - array.ndim) + array.shape for array in arrays]
    return tuple(
        next((length for length in along if not (isinstance(length, int) and length == 1)), 1)
        for along in zip(*padded, strict=True)
    )
