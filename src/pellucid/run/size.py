"""How big a model is: counted from the shapes of its graph and what its ops say they cost; nothing is allocated."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from pellucid.graph import Graph, Tensor
from pellucid.words.given import of_kind

NUMBER_BYTES = 4
"""Weights and activations are float32."""


@dataclass(frozen=True)
class Shared:
    """A weight that several ops read, such as a token embedding that is the unembedding too. It is counted once."""

    tensor: str
    used_for: list[str]
    parameters: int


@dataclass(frozen=True)
class Part:
    """The parameters of a part of the architecture; `count` parts that follow one another are alike."""

    title: str
    count: int
    parameters: int


@dataclass(frozen=True)
class Size:
    """What `pellucid info` tells.

    `flops_per_token` is what the last token of a full context takes while the keys and values of the earlier ones are
    kept; `cache_bytes` is what these take.
    """

    context: int
    parameters: int
    parts: list[Part]
    shared: list[Shared]
    flops_per_token: int
    weight_bytes: int
    cache_bytes: int
    tensors: dict[str, int]

    @classmethod
    def of(cls, graph: Graph) -> "Size":
        parameters = of_kind(graph, Graph, "graph", "a model's graph").parameters()
        one_token = {**graph.sizes, "t": 1}
        return cls(
            context=graph.sizes["t"],
            parameters=parameters,
            parts=list(parts(graph)),
            shared=list(shared(graph)),
            flops_per_token=sum(op.flops(one_token) for op in graph.ops),
            weight_bytes=NUMBER_BYTES * parameters,
            cache_bytes=NUMBER_BYTES * kept_numbers(graph),
            tensors=dict(Counter(tensor.kind for tensor in graph.tensors.values())),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def parts(graph: Graph) -> Iterator[Part]:
    """The outermost groups in the order of computing; alike neighbours, such as the blocks, are told as one."""
    totals = {group.name: 0 for group in graph.groups.values() if parent(group.name) not in graph.groups}
    for weight in graph.weights():
        group = weight.group
        while group not in totals:
            group = parent(group)
        totals[group] += math.prod(graph.shape(weight))
    for (family, parameters), members in groupby(totals.items(), lambda item: (parent(item[0]) or item[0], item[1])):
        names = [name for name, _ in members]
        yield Part(graph.groups[names[0]].title if len(names) == 1 else family, len(names), parameters)


def parent(group: str) -> str:
    return group.rpartition(".")[0]


def shared(graph: Graph) -> Iterator[Shared]:
    """The weights that are read more than once."""
    readers: dict[Tensor, list[str]] = defaultdict(list)
    for op in graph.ops:
        for operand in op.operands:
            readers[operand].append(op.name)
    for weight in graph.weights():
        if len(readers[weight]) > 1:
            yield Shared(weight.name, readers[weight], math.prod(graph.shape(weight)))


def trace_bytes(graph: Graph, positions: int) -> int:
    """The bytes that all inputs, activations and statistics take for a text of that many tokens."""
    computed = (tensor for tensor in graph.tensors.values() if tensor.kind != "weight")
    return NUMBER_BYTES * sum(math.prod(graph.shape(tensor, positions)) for tensor in computed)


def kept_numbers(graph: Graph) -> int:
    """How many numbers generation keeps at full context: the tensors that later positions look back at."""
    kept = {op.operands[operand] for op in graph.ops for operand in op.looked_back_at}
    return sum(math.prod(graph.shape(tensor)) for tensor in kept)
