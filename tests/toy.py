"""An architecture of a few lines, to show that one file is enough: no layer norm, one attention head in every block.

Its MLP is a softmax over hidden channels, read as a memory: which key fits, and what is remembered under it. Positions
have no embedding of their own; the causal mask alone tells a word from one that comes before.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from pellucid.graph import Graph, Outputs, Stored, Tensor, ops
from pellucid.models import Architecture, Measure


@dataclass(frozen=True)
class Toy(Architecture):
    """Sizes in the toy's own words."""

    depth: int
    width: int
    memory: int
    letters: int
    longest: int

    model_type: ClassVar = "toy"

    def __post_init__(self) -> None:
        self.check_sizes(depth=100, **dict.fromkeys(("width", "memory", "letters", "longest"), 10_000))

    def sizes(self) -> tuple[Measure, ...]:
        return (
            Measure("layers", "layers", self.depth),
            Measure("memories", "memories", self.memory),
            Measure("context", "context", self.longest),
        )

    def resized(self, *, vocabulary: int, context: int) -> "Toy":
        return replace(self, letters=vocabulary, longest=context)

    def graph(self) -> Graph:
        sizes = {"t": self.longest, "s": self.longest, "c": self.width, "h": 1, "d": self.width}
        g = Graph("toy", {**sizes, "f": self.memory, "v": self.letters})
        with g.group("in", "input"):
            word = g.input("word", "t", "words", r"\mathrm{word}", role="tokens")
            table = weight(g, "in.table", "v c")
            looked_up = g.apply(ops.lookup(table, word), "in.looked_up", "t c", "words looked up", "E")
            turned = g.apply(ops.linear(looked_up, weight(g, "in.turn", "c d")), "in.turned", "t d", "turned", "T")
            x = g.apply(ops.linear(turned, weight(g, "in.back", "d c")), "in.sum", "t c", "x", "X", residual=True)
        for i in range(self.depth):
            with g.group(f"layer{i}", f"block {i + 1}"):
                x = layer(g, f"layer{i}", x)
        with g.group("out", "output"):
            score = g.apply(ops.linear(x, weight(g, "out.table", "c v")), "out.score", "t v", "scores", "L")
            share, largest, total = softmax(g, score, "out.share", "shares")
        g.outputs = Outputs(score, largest, total, share)
        return g


def layer(g: Graph, name: str, x: Tensor) -> Tensor:
    def ask(letter: str, title: str) -> Tensor:
        w = weight(g, f"{name}.{letter}_weights", "h c d")
        return g.apply(ops.linear(x, w), f"{name}.{letter}", "h t d", title, letter.upper())

    scores = g.apply(ops.scores(ask("q", "queries"), ask("k", "keys")), f"{name}.fit", "h t s", "fits", "S")
    masked = g.apply(ops.mask(scores), f"{name}.masked", "h t s", "fits so far", "M")
    pattern, _, _ = softmax(g, masked, f"{name}.pattern", "attention pattern")
    found = g.apply(ops.weighted_sum(pattern, ask("v", "values")), f"{name}.found", "h t d", "found", "Z")
    back = g.apply(ops.linear(found, weight(g, f"{name}.back", "h d c")), f"{name}.update", "t c", "update", "O")
    x = g.apply(ops.add(x, back), f"{name}.middle", "t c", "x", "X'", residual=True)
    fit = g.apply(ops.linear(x, weight(g, f"{name}.keys", "c f")), f"{name}.memory", "t f", "memories", "H")
    chosen, _, _ = softmax(g, fit, f"{name}.chosen", "memories chosen")
    told = g.apply(ops.linear(chosen, weight(g, f"{name}.told", "f c")), f"{name}.recalled", "t c", "recalled", "R")
    return g.apply(ops.add(x, told), f"{name}.end", "t c", "x", "X''", residual=True)


def softmax(g: Graph, x: Tensor, name: str, title: str) -> tuple[Tensor, Tensor, Tensor]:
    rows = " ".join(x.axes[:-1])
    largest = g.apply(ops.maximum(x), f"{name}_max", rows, "row maximum", "m", kind="statistic")
    total = g.apply(ops.exponential_sum(x, largest), f"{name}_sum", rows, "sum", r"\Sigma", kind="statistic")
    return g.apply(ops.softmax(x, largest, total), name, " ".join(x.axes), title, "p"), largest, total


def weight(g: Graph, name: str, axes: str) -> Tensor:
    """A checkpoint keeps it under the same name, the other way round."""
    stored = Stored.at(name, " | ".join(reversed(axes.split())))
    return g.weight(name, axes, name.rpartition(".")[2], "W", stored=stored)
