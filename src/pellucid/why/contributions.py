"""The graph of contributions: along which ways one number of the output comes about, from the letters on.

With patterns, deviations and gates held as they were (linear.py), a logit is a sum over ways token → head → … → MLP
channel → logit. What flows along each edge is computed back from the logit: a node passes on exactly what it receives
from the letters, from other nodes, from biases, and from what is too small to be shown. Researchers' circuit tools need
a replacement model for this (Ameisen et al. 2025); at this size it is exact.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pellucid.run.trace import Run
from pellucid.why.attribution import described
from pellucid.why.linear import LinearPass, Reader, Writer, reading
from pellucid.why.measurement import share_of_all
from pellucid.words.given import counted, of_kind

BIASES, REST = "biases", "rest"
MOST_NODES = 40
NODE = "the cells of a node, as it spells them"

Key = tuple[int, int, int]
"""Which writer, which of its parts, at which position."""


@dataclass(frozen=True)
class Node:
    """Cells of the run through which something reaches the output. `flow` is how much, along the edges shown."""

    cells: str
    flow: float


@dataclass(frozen=True)
class Edge:
    """What one node's numbers contribute to another's flow; `source` is "biases" or "rest" where no node is meant."""

    source: str
    target: str
    value: float


@dataclass(frozen=True)
class Contributions:
    """Nodes from the letters on, and edges; what arrives at a node sums to its flow, at `target` to its `value`.

    `shown` is the share of what arrives at the target, in absolute numbers, that comes by nodes.
    """

    target: str
    value: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    shown: float

    def __repr__(self) -> str:
        strongest = max(self.nodes, key=lambda node: abs(node.flow), default=None)
        most = f", most through {strongest.cells} ({strongest.flow:.4g})" if strongest else ""
        return f"<Ways to {self.target} = {self.value:.4g}: {len(self.nodes)} nodes, {len(self.edges)} edges{most}>"

    def into(self, cells: str) -> list[Edge]:
        """The edges that arrive there, the strongest first."""
        wanted = of_kind(cells, str, "cells", NODE)
        return sorted((edge for edge in self.edges if edge.target == wanted), key=lambda edge: -abs(edge.value))

    def out_of(self, cells: str) -> list[Edge]:
        """The edges that leave there, the strongest first."""
        wanted = of_kind(cells, str, "cells", NODE)
        return sorted((edge for edge in self.edges if edge.source == wanted), key=lambda edge: -abs(edge.value))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def contributions(
    run: Run,
    token: object,
    position: object = -1,
    *,
    against: object = None,
    share: float = 0.8,
    most: int = MOST_NODES,
) -> Contributions:
    """The ways by which a token's logit at a position comes about, with the nodes that matter most.

    Nodes are taken, those of the largest total contribution first, until they have `share` of all, or are `most`.
    `against`: the difference of the logit from that of another token. Raises PellucidError as `attribution` does.
    """
    least, most = share_of_all(share), counted(most, "most")
    wanted, linear = reading(run, token, position, against), LinearPass(run)
    reader = linear.reader(wanted.tensor)
    return Tracing(linear, wanted.name, wanted.value, least, most).traced(reader, wanted.weights)


class Tracing:
    """From the output back to the letters, writer by writer, the last first."""

    def __init__(self, linear: LinearPass, target: str, value: float, share: float, most: int) -> None:
        self.linear, self.target, self.value, self.share, self.most = linear, target, value, share, most
        self.readers: dict[int, Reader] = {}
        self.edges: list[Edge] = []
        self.nodes: dict[Key, Node] = {}
        # For each node that something flows out of: the gradient at what it writes, `c`, added up over its edges.
        self.wanted: dict[int, dict[Key, np.ndarray]] = defaultdict(dict)
        self.kept: frozenset[Key] = frozenset()

    def traced(self, reader: Reader, weights: np.ndarray) -> Contributions:
        gradient = reader.gradient(weights)
        self.kept = self.chosen(gradient)
        self.arrive(len(self.linear.writers), [self.target], gradient, reader.constant(weights))
        for number in range(len(self.linear.writers) - 1, -1, -1):
            self.pass_on(number)
        arriving = [edge for edge in self.edges if edge.target == self.target]
        whole = sum(abs(edge.value) for edge in arriving) or 1.0
        named = sum(abs(edge.value) for edge in arriving if edge.source not in (BIASES, REST))
        nodes = tuple(self.nodes[key] for key in sorted(self.nodes))
        return Contributions(self.target, self.value, nodes, tuple(self.edges), named / whole)

    def reader(self, number: int) -> Reader:
        if number not in self.readers:
            self.readers[number] = self.linear.reader(self.linear.writers[number].inner)
        return self.readers[number]

    def chosen(self, gradient: np.ndarray) -> frozenset[Key]:
        """The nodes with the largest total contribution, along all ways to the output: from the last writer back, the
        gradient at what each writes, all ways together."""
        found = list[tuple[float, Key]]()
        arriving = gradient.copy()
        for number in range(len(self.linear.writers) - 1, -1, -1):
            writer = self.linear.writers[number]
            inner = self.linear.inward(writer, arriving)
            flows = writer.told(self.linear.values[writer.inner.name] * inner)[0]
            found += [(-abs(float(flows[place])), (number, *place)) for place in np.ndindex(flows.shape)]
            if not writer.whole:
                arriving = arriving + self.reader(number).gradient(inner)
        found.sort()
        all_of_it, so_far, kept = sum(-size for size, _ in found), 0.0, list[Key]()
        for size, key in found[: self.most]:
            if so_far >= self.share * all_of_it or size == 0:
                break
            kept.append(key)
            so_far -= size
        return frozenset(kept)

    def pass_on(self, number: int) -> None:
        """What flows out of the nodes of a writer: where it has come from."""
        wanted = self.wanted.pop(number, {})
        if not wanted:
            return
        writer = self.linear.writers[number]
        keys = sorted(wanted)
        gradient = np.zeros((len(keys), *self.linear.values[writer.tensor.name].shape), np.float32)
        for row, key in enumerate(keys):
            gradient[row, key[2]] = wanted[key]
        inner = self.linear.inward(writer, gradient)
        for row, (_, part, t) in enumerate(keys):
            inner[row] *= cells_mask(writer, inner.shape[1:], part, t)
        flows = (inner * self.linear.values[writer.inner.name]).sum(axis=tuple(range(1, inner.ndim)))
        cells = [described(writer, part, t) for _, part, t in keys]
        for key, said, flow in zip(keys, cells, flows.tolist(), strict=True):
            self.nodes[key] = Node(said, flow)
        if not writer.whole:
            reader = self.reader(number)
            self.arrive(number, cells, reader.gradient(inner), reader.constant(inner))

    def arrive(self, before: int, targets: list[str], gradient: np.ndarray, constant: np.ndarray) -> None:
        """The edges into these targets from all writers before: `gradient` is theirs at the stream (`b t c`)."""
        rest, biases = np.zeros(len(targets)), constant.astype(float)
        for number, writer in enumerate(self.linear.writers[:before]):
            parts, bias = self.linear.contributions(writer, gradient)
            biases += bias.sum(axis=-1)
            rest += parts.sum(axis=(1, 2))
            for key in self.kept:
                if key[0] != number:
                    continue
                _, part, t = key
                said = described(writer, part, t)
                for row, target in enumerate(targets):
                    value = float(parts[row, part, t])
                    if value != 0:
                        rest[row] -= value
                        self.edges.append(Edge(said, target, value))
                        so_far = self.wanted[number].get(key)
                        self.wanted[number][key] = gradient[row, t] + (0 if so_far is None else so_far)
        for row, target in enumerate(targets):
            self.edges.append(Edge(BIASES, target, float(biases[row])))
            self.edges.append(Edge(REST, target, float(rest[row])))


def cells_mask(writer: Writer, shape: tuple[int, ...], part: int, t: int) -> np.ndarray:
    """1 at the cells of the part at the position, 0 elsewhere."""
    mask = np.zeros(shape, np.float32)
    at = {writer.part: part, "t": t}
    mask[tuple(at.get(axis, slice(None)) for axis in writer.inner.axes)] = 1
    return mask
