"""Where the tensors of a program lie: in one buffer, each in the order in which the ops that read it read fastest.

One buffer, so that a whole trace is kept with a single copy, or with none. Weights are not in it: they stay where they
are stored and are bound as views, so that a weight that changes is seen by the next pass.
"""

import math
from collections.abc import Collection, Mapping, Sequence, Set

import numpy as np

from pellucid.cached import cached_property
from pellucid.graph import Tensor
from pellucid.graph.op import Op
from pellucid.run.numpy.patterns import LinearMap, Unfit, linear_maps
from pellucid.run.parameters import Parameters

CACHE_LINE = 64
PIECE = 1 << 16
"""How many numbers a chain of elementwise steps takes at a time: the second-level cache keeps them in between."""

FLOAT = np.dtype(np.float32)

Shape = tuple[int, ...]
Place = tuple[Shape, np.dtype, int, Shape]
"""Where a tensor lies in the buffer: its shape, kind of number, offset in bytes, and strides."""


class Memory:
    """The arrays of a program by tensor name (`arrays`), placed by the kernels that make them."""

    def __init__(
        self,
        ops: Sequence[Op],
        parameters: Parameters,
        given: Mapping[str, np.ndarray],
        *,
        backward: bool,
        names: Collection[str] | None = None,
    ) -> None:
        """Room for inputs of the shapes `given`.

        With `backward`, what a backward pass needs is kept beside the tensors. With `names`, only these tensors are
        kept to the end; the memory of the others is used again (`let_go`).
        """
        self.parameters = parameters
        self.given = tuple(given)
        self.arrays: dict[str, np.ndarray] = dict(parameters.named)
        self.products: dict[str, np.ndarray] = {}
        """Matrix products whole, by the first op that is a part of them."""
        self.linear_maps = linear_maps(ops)
        self._kept: dict[tuple[str, str], np.ndarray] = {}
        self._keep = backward
        self._names = names
        self._free: list[np.ndarray] = []
        self._blocks: dict[int, np.ndarray] = {}
        self._waiting = readers_of(ops) if names is not None else {}
        self._shapes = shapes(ops, given)
        self._orders = reading_orders(list(self.linear_maps.values()))
        self._readers = {
            (op.shape, op.operand_names[:count]): op for op in ops for count in range(1, len(op.operands) + 1)
        }
        self._scratch: dict[tuple[Shape, int], np.ndarray] = {}
        self._end = 0
        made = [math.prod(self._shapes[op.name]) * FLOAT.itemsize for op in ops]
        self.size = sum(map(aligned, [*made, *(array.nbytes for array in given.values())]))
        self.buffer = new_buffer(self.size if names is None else 0)
        for name, array in given.items():
            self.arrays[name] = self.take(array.shape, array.dtype)
            self.arrays[name][...] = array

    # Placing arrays.

    def take(self, shape: Shape, dtype: np.dtype = FLOAT) -> np.ndarray:
        """The next free part of the buffer, or memory of its own where what is let go of is used again."""
        if self._names is not None:
            return self._reused(shape, dtype)
        array: np.ndarray = np.ndarray(shape, dtype, self.buffer, self._end)
        self._end += aligned(array.nbytes)
        return array

    def _reused(self, shape: Shape, dtype: np.dtype) -> np.ndarray:
        """An array in memory that was let go of, if some is large enough and not twice as large, or in new memory."""
        size = aligned(math.prod(shape) * dtype.itemsize)
        fitting = [block for block in self._free if size <= block.nbytes <= 2 * size]
        block = min(fitting, key=lambda block: block.nbytes) if fitting else new_buffer(size)
        self._free = [other for other in self._free if other is not block]
        self._blocks[address(block)] = block
        return np.ndarray(shape, dtype, block)

    def let_go(self, made: Set[Op]) -> None:
        """Free the arrays that none but the ops made so far read, unless they are to be kept."""
        if self._names is None:
            return
        live = set()
        for name, readers in self._waiting.items():
            if name in self.arrays and (name in self._names or not readers <= made):
                live.update(self._blocks_of(self.arrays[name]))
        for start in [start for start in self._blocks if start not in live]:
            self._free.append(self._blocks.pop(start))

    def _blocks_of(self, array: np.ndarray) -> list[int]:
        """Where the block begins in which an array lies; weights lie in none."""
        here = address(array)
        return [start for start, block in self._blocks.items() if start <= here < start + block.nbytes]

    def make(self, tensor: Tensor) -> np.ndarray:
        """The tensor's place, laid out for its readers."""
        if tensor.name not in self.arrays:
            shape = self._shapes[tensor.name]
            lead = len(shape) - len(tensor.axes)
            order = [*range(lead), *(lead + axis for axis in self._orders.get(tensor.name, range(len(tensor.axes))))]
            laid_out = self.take(tuple(shape[axis] for axis in order))
            self.arrays[tensor.name] = laid_out.transpose(np.argsort(order))
        return self.arrays[tensor.name]

    def scratch(self, shape: Shape, number: int = 0) -> np.ndarray:
        """An array that holds something only while one kernel runs; others of the same number and shape share it."""
        if (shape, number) not in self._scratch:
            self._scratch[shape, number] = np.empty(shape, FLOAT)
        return self._scratch[shape, number]

    def keep(self, op: Op, what: str, shape: Shape) -> np.ndarray:
        """Scratch, except where a backward pass follows, which finds it under the op and the word."""
        if not self._keep:
            return self.scratch(shape)
        return self._kept.setdefault((op.name, what), np.empty(shape, FLOAT))

    # Finding ops and arrays.

    def kept(self, op: Op, what: str) -> np.ndarray:
        if (op.name, what) not in self._kept:
            raise Unfit
        return self._kept[op.name, what]

    def reader(self, shape: str, *operands: Tensor) -> Op | None:
        """The op with a formula of that shape whose first operands are these."""
        return self._readers.get((shape, tuple(operand.name for operand in operands)))

    def operands(self, op: Op) -> list[np.ndarray]:
        return [self.arrays[name] for name in op.operand_names]

    def rows(self, tensor: Tensor) -> np.ndarray:
        """The tensor as a matrix of its last axis' rows. Raises Unfit if its numbers do not lie that way."""
        array = self.make(tensor)
        return as_matrix(array, array.shape[-1])

    def offset(self, array: np.ndarray) -> int:
        """Where the array begins in the buffer, in bytes."""
        return address(array) - address(self.buffer)

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where every tensor lies, to find it in a copy."""
        return {
            name: (array.shape, array.dtype, self.offset(array), array.strides)
            for name, array in self.arrays.items()
            if name not in self.parameters
        }


def readers_of(ops: Sequence[Op]) -> dict[str, frozenset[Op]]:
    """For everything that the ops read or make, the ops that have to be done before it can be let go of."""
    found: dict[str, set[Op]] = {}
    for op in ops:
        for name in (*op.operand_names, op.name):
            found.setdefault(name, set()).add(op)
    return {name: frozenset(readers) for name, readers in found.items()}


def aligned(size: int) -> int:
    return -(-size // CACHE_LINE) * CACHE_LINE


def address(array: np.ndarray) -> int:
    found: int = array.__array_interface__["data"][0]
    return found


def new_buffer(size: int) -> np.ndarray:
    """Bytes that begin at a cache line."""
    raw: np.ndarray = np.empty(size + CACHE_LINE, np.uint8)
    start = -address(raw) % CACHE_LINE
    return raw[start : start + size]


def as_matrix(array: np.ndarray, width: int) -> np.ndarray:
    """The array as rows of `width` numbers. Raises Unfit where that would take a copy."""
    matrix = array.reshape(-1, width)
    if not np.may_share_memory(matrix, array):
        raise Unfit
    return matrix


def pieces(*arrays: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    """The arrays cut along their first axis, alike and evenly, so that no piece of the first exceeds PIECE numbers.

    The softmax over GPT-2's 50,257 tokens at 64 positions takes 2.1 ms in pieces and 5.2 ms as a whole.
    """
    first = arrays[0]
    step = -(-len(first) // -(-first.size // PIECE))
    return [tuple(array[start : start + step] for array in arrays) for start in range(0, len(first), step)]


def shapes(ops: Sequence[Op], given: Mapping[str, np.ndarray]) -> dict[str, Shape]:
    """The shape of every op's output: it has the batch of the operands, unless it is one number for them all."""
    operands = {operand.name: operand for op in ops for operand in op.operands}
    lengths = {axis: size for op in ops for axis, size in op.sizes.items()}
    batches: dict[str, Shape] = {}
    for name in given.keys() & operands.keys():
        axes, shape = operands[name].axes, given[name].shape
        lead = len(shape) - len(axes)
        lengths.update(zip(axes, shape[lead:], strict=True))
        batches[name] = shape[:lead]
    if "t" in lengths:
        lengths["s"] = lengths["t"]
    found: dict[str, Shape] = {}
    for op in ops:
        batch = max((batches.get(name, ()) for name in op.operand_names), key=len, default=())
        batches[op.name] = batch if op.output.axes else ()
        found[op.name] = batches[op.name] + tuple(lengths[axis] for axis in op.output.axes)
    return found


def reading_orders(linears: Sequence[LinearMap]) -> dict[str, Shape]:
    """The order of axes in memory that the linear maps want of what they read: what is summed over, last."""
    return {linear.op.operand_names[0]: linear.to_rows.by_lead[0] for linear in reversed(linears)}
