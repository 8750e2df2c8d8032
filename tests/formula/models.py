"""Models small and smaller with gradients, and a model for each op of the library, for the walkers to agree on."""

from collections.abc import Callable
from typing import Any

import numpy as np
from small import TIED, UNTIED, random_parameters

from pellucid.graph import Graph, Stored, Tensor, ops
from pellucid.graph.formula import cell, choose, exp, log, sigmoid, total
from pellucid.graph.op import Op
from pellucid.models import GPT2Config, gpt2, preset, with_loss
from pellucid.run.reference import walk

Values = dict[str, np.ndarray]

SIZES = {"t": 5, "s": 5, "c": 6, "h": 4, "g": 2, "d": 4, "f": 7, "v": 8, "e": 4}


def model(name: str) -> tuple[Graph, Values]:
    """A model with its loss, the gradients of that, and random weights."""
    config = {"tied": TIED, "untied": UNTIED, "nano": preset("nano")}[name]
    assert isinstance(config, GPT2Config)
    graph = with_loss(gpt2(config)).gradients()
    return graph, dict(random_parameters(graph))


def question(graph: Graph, random: np.random.Generator, length: int | None = None) -> dict[str, Any]:
    positions = length or int(random.integers(2, graph.sizes["t"] + 1))
    targets = random.integers(0, graph.sizes["v"], positions)
    targets[: positions // 3] = -1
    tokens = random.integers(0, graph.sizes["v"], positions)
    return {"tokens": tokens.tolist(), "targets": targets.tolist()}


def inputs(question: dict[str, Any]) -> Values:
    tokens = np.array(question["tokens"])
    return {"tokens": tokens, "positions": np.arange(len(tokens)), "targets": np.array(question["targets"])}


def computed(graph: Graph, weights: Values, question: dict[str, Any]) -> Values:
    """Every tensor, by NumPy."""
    values = {**weights, **{name: array for name, array in inputs(question).items() if name in graph.tensors}}
    with np.errstate(all="ignore"):
        return walk(graph.ops, values)


def with_op(make: Callable[..., Op], axes: str, **roles: Any) -> Graph:
    """An op over random weights (roles given by their axes, or by `tokens` and its like), and a loss of its output."""
    graph = Graph("op", SIZES)
    made: dict[str, Any] = {}
    for role, spelled in roles.items():
        if spelled in ("tokens", "positions", "targets"):
            made[role] = graph.input(spelled, "t", spelled, "r", role=spelled)
        elif spelled == "group":
            made[role] = graph.apply(ops.head_group(), "group", "h", "group", r"\gamma")
        elif isinstance(spelled, str):
            made[role] = weight(graph, role, spelled)
        else:
            made[role] = spelled
    if "tokens" not in graph.tensors:
        graph.input("tokens", "t", "tokens", "r", role="tokens")
    out = graph.apply(make(**made), "out", axes, "output", "o")
    # A loss that takes minus infinity for nothing, and is not yet flat where sums are large.
    scale = weight(graph, "loss scale", axes)
    product = sigmoid(cell(out) / 16) * cell(scale)
    loss = Op("loss", "loss", {"out": out, "scale": scale}, total(product, *out.axes) if out.axes else product)
    graph.apply(loss, "loss", "", "loss", "L")
    return graph


def pieces(x: Tensor) -> Op:
    """A choice within a choice, on either side."""
    place = cell(x)
    formula = choose(place < 1, choose(place < 0.5, 0, place), choose(place < 1.5, 2 * place, place**2))
    return Op("pieces", "pieces", {"x": x}, formula)


def guard(x: Tensor) -> Op:
    """A choice of what would overflow where it is not chosen."""
    place = cell(x)
    return Op("guard", "guard", {"x": x}, choose(place < 1, log(1 + exp(place**12)), place))


def weight(graph: Graph, name: str, axes: str) -> Tensor:
    return graph.weight(name, axes, f"the {name}", name[0].upper(), stored=Stored.at(name, axes))


def random_weights(graph: Graph, seed: int = 0) -> Values:
    """Positive, because deviations, sums and second moments are."""
    random = np.random.default_rng(seed)
    return {one.name: random.uniform(0.2, 2, graph.shape(one)).astype(np.float32) for one in graph.weights()}


LIBRARY = {
    "lookup": lambda: with_op(ops.lookup, "t c", table="v c", row="tokens"),
    "add": lambda: with_op(ops.add, "t c", a="t c", b="t c"),
    "mean": lambda: with_op(ops.mean, "t", x="t c"),
    "deviation": lambda: with_op(ops.deviation, "t", x="t c", mean="t", epsilon=1e-5),
    "normalise": lambda: with_op(ops.normalise, "t c", x="t c", mean="t", deviation="t", weight="c", bias="c"),
    "linear": lambda: with_op(ops.linear, "h t d", x="t c", weight="h c d", bias="h d"),
    "linear over two axes": lambda: with_op(ops.linear, "t c", x="h t d", weight="h d c"),
    "scores": lambda: with_op(ops.scores, "h t s", q="h t d", k="h t d"),
    "mask": lambda: with_op(ops.mask, "h t s", x="h t s"),
    "maximum": lambda: with_op(ops.maximum, "h t", x="h t s"),
    "exponential_sum": lambda: with_op(ops.exponential_sum, "t", x="t v", max="t"),
    "softmax": lambda: with_op(ops.softmax, "t v", x="t v", max="t", sum="t"),
    "weighted_sum": lambda: with_op(ops.weighted_sum, "h t d", pattern="h t s", v="h t d"),
    "gelu": lambda: with_op(ops.gelu, "t f", x="t f"),
    "exact_gelu": lambda: with_op(ops.exact_gelu, "t f", x="t f"),
    "quick_gelu": lambda: with_op(ops.quick_gelu, "t f", x="t f"),
    "relu": lambda: with_op(ops.relu, "t f", x="t f"),
    "hyperbolic_tangent": lambda: with_op(ops.hyperbolic_tangent, "t f", x="t f"),
    "cross_entropy": lambda: with_op(ops.cross_entropy, "", x="t v", max="t", sum="t", target="targets"),
    "root_mean_square": lambda: with_op(ops.root_mean_square, "t", x="t c", epsilon=1e-5),
    "rms_normalise": lambda: with_op(ops.rms_normalise, "t c", x="t c", scale="t", weight="c"),
    "rotate_halves": lambda: with_op(ops.rotate_halves, "h t d", x="h t d", position="positions"),
    "rotate_neighbours": lambda: with_op(ops.rotate_neighbours, "h t d", x="h t d", position="positions"),
    "silu": lambda: with_op(ops.silu, "t f", x="t f"),
    "gate": lambda: with_op(ops.gate, "t f", a="t f", b="t f"),
    "head_group": lambda: with_op(ops.head_group, "h"),
    "grouped_scores": lambda: with_op(ops.grouped_scores, "h t s", q="h t d", k="g t d", group="group"),
    "grouped_weighted_sum": lambda: with_op(
        ops.grouped_weighted_sum, "h t d", pattern="h t s", v="g t d", group="group"
    ),
    "window_mask": lambda: with_op(ops.window_mask, "h t s", x="h t s", width=2),
    "pieces": lambda: with_op(pieces, "t f", x="t f"),
    "guard": lambda: with_op(guard, "t f", x="t f"),
    "rank": lambda: with_op(ops.rank, "t e", x="t e"),
    "keep_top": lambda: with_op(ops.keep_top, "t e", x="t e", rank="t e", count=1),
    "expert_linear": lambda: with_op(ops.expert_linear, "e t c", x="e t f", weight="e f c"),
    "mixture": lambda: with_op(ops.mixture, "t c", share="t e", y="e t c"),
    "first_moment": lambda: with_op(ops.first_moment, "c f", m="c f", gradient="c f", beta=0.9),
    "second_moment": lambda: with_op(ops.second_moment, "c f", v="c f", gradient="c f", beta=0.99),
    "adamw": lambda: with_op(
        ops.adamw, "c f", w="c f", m="c f", v="c f", step="", rate=1e-3, betas=(0.9, 0.99), epsilon=1e-8, decay=0.1
    ),
}
"""A model for every op, by its name."""
