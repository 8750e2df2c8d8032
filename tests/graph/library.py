"""Small graphs that, with GPT-2's, use every op of the library: what tests of the ops compute whole.

Those of Llama's kind have RMS norms, rotary positions, grouped keys and values, and an MLP with a gate; with `experts`,
a mixture of such MLPs in place of one (Jiang et al. 2024), and with a `window`, attention to the last positions alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pellucid.graph import Graph, Outputs, Stored, Tensor, ops

OPS = frozenset(name for name, made in vars(ops).items() if hasattr(made, "__wrapped__"))
"""The kinds of all ops there are."""


@dataclass(frozen=True)
class Sizes:
    layers: int = 1
    channels: int = 12
    heads: int = 4
    groups: int = 2
    head_channels: int = 6
    inner: int = 16
    tokens: int = 9
    context: int = 8
    experts: int = 0
    chosen: int = 2
    window: int = 0
    epsilon: float = 1e-5
    neighbours: bool = False
    """Whether rotary positions pair neighbouring channels; else the halves."""


LLAMA = Sizes()
MIXTURE = Sizes(experts=5, window=3)
NEIGHBOURS = Sizes(neighbours=True)


def small_llama(sizes: Sizes = LLAMA) -> Graph:
    axes = {"t": sizes.context, "s": sizes.context, "c": sizes.channels, "h": sizes.heads, "g": sizes.groups}
    axes |= {"d": sizes.head_channels, "f": sizes.inner, "v": sizes.tokens}
    g = Graph("llama", {**axes, "e": sizes.experts} if sizes.experts else axes)
    tokens = g.input("tokens", "t", "tokens", r"\mathrm{token}", role="tokens")
    positions = g.input("positions", "t", "positions", r"\mathrm{position}", role="positions")
    table = weight(g, "embed.W_E", "v c", "W^E")
    x = g.apply(ops.lookup(table, tokens), "embed", "t c", "embeddings", "E", residual=True)
    for i in range(sizes.layers):
        name = f"blocks.{i}"
        with g.group(name, f"block {i + 1}"):
            update = attention(g, name, rms_norm(g, f"{name}.ln1", x, sizes), positions, sizes)
            x = g.apply(ops.add(x, update), f"{name}.resid_mid", "t c", "residual stream", "X'", residual=True)
            normalised = rms_norm(g, f"{name}.ln2", x, sizes)
            update = (experts if sizes.experts else mlp)(g, name, normalised, sizes)
            x = g.apply(ops.add(x, update), f"{name}.resid_post", "t c", "residual stream", "X''", residual=True)
    unembedding = weight(g, "unembed.W_U", "c v", "W^U")
    normalised = rms_norm(g, "ln_final", x, sizes)
    logits = g.apply(ops.linear(normalised, unembedding), "logits", "t v", "logits", "L")
    probs = softmax(g, logits, "logits", "probs")
    g.outputs = Outputs(logits, g.tensors["logits.max"], g.tensors["logits.sum"], probs)
    return g


def weight(g: Graph, name: str, axes: str, symbol: str) -> Tensor:
    return g.weight(name, axes, name, symbol, stored=Stored.at(name, axes.replace(" ", " | ")))


def rms_norm(g: Graph, name: str, x: Tensor, sizes: Sizes) -> Tensor:
    scale = g.apply(ops.root_mean_square(x, epsilon=sizes.epsilon), f"{name}.scale", "t", "scale", r"\sigma")
    w = weight(g, f"{name}.w", "c", r"\gamma")
    return g.apply(ops.rms_normalise(x, scale, w), f"{name}.normalized", "t c", "normalised", r"\hat{X}")


def attention(g: Graph, block: str, x: Tensor, positions: Tensor, sizes: Sizes) -> Tensor:
    name, rotate = f"{block}.attn", ops.rotate_neighbours if sizes.neighbours else ops.rotate_halves

    def heads(letter: str, axis: str) -> Tensor:
        w = weight(g, f"{name}.W_{letter}", f"{axis} c d", f"W^{letter}")
        return g.apply(ops.linear(x, w), f"{name}.{letter.lower()}", f"{axis} t d", letter, letter)

    def turned(letter: str, axis: str) -> Tensor:
        return g.apply(
            rotate(heads(letter, axis), positions),
            f"{name}.rot_{letter.lower()}",
            f"{axis} t d",
            "turned",
            rf"\tilde{{{letter}}}",
        )

    q, k, v = turned("Q", "h"), turned("K", "g"), heads("V", "g")
    group = g.apply(ops.head_group(), f"{name}.group", "h", "group", r"\mathrm{group}")
    raw = g.apply(ops.grouped_scores(q, k, group), f"{name}.qk", "h t s", "dot products", "S")
    masked = ops.window_mask(raw, width=sizes.window) if sizes.window else ops.mask(raw)
    scores = g.apply(masked, f"{name}.scores", "h t s", "scores", r"\tilde{S}")
    pattern = softmax(g, scores, name, f"{name}.pattern")
    z = g.apply(ops.grouped_weighted_sum(pattern, v, group), f"{name}.z", "h t d", "gathered values", "Z")
    w = weight(g, f"{name}.W_O", "h d c", "W^O")
    return g.apply(ops.linear(z, w), f"{block}.attn_out", "t c", "attention output", "O")


def mlp(g: Graph, block: str, x: Tensor, sizes: Sizes) -> Tensor:
    return gated(g, f"{block}.mlp", x, "", f"{block}.mlp_out")


def experts(g: Graph, block: str, x: Tensor, sizes: Sizes) -> Tensor:
    """The best experts by their scores are asked; what they say is mixed by the softmax of these scores."""
    name = f"{block}.mlp"
    router = weight(g, f"{name}.W_router", "c e", "W^R")
    scores = g.apply(ops.linear(x, router), f"{name}.router", "t e", "router scores", "R")
    rank = g.apply(ops.rank(scores), f"{name}.rank", "t e", "rank", r"\rho", kind="statistic")
    kept = ops.keep_top(scores, rank, count=sizes.chosen)
    share = softmax(g, g.apply(kept, f"{name}.kept", "t e", "kept", r"\tilde{R}"), name, f"{name}.share")
    answers = gated(g, name, x, "e ", f"{name}.answers")
    return g.apply(ops.mixture(share, answers), f"{block}.mlp_out", "t c", "MLP output", "M")


def gated(g: Graph, name: str, x: Tensor, each: str, output: str) -> Tensor:
    """Down of SiLU(gate) times up; `each` is the experts' axis where there are several."""

    def wide(word: str, symbol: str) -> Tensor:
        w = weight(g, f"{name}.W_{word}", f"{each}c f", f"W^{symbol}")
        return g.apply(ops.linear(x, w), f"{name}.{word}", f"{each}t f", word, symbol)

    gate, up = wide("gate", "G"), wide("in", "I")
    bent = g.apply(ops.silu(gate), f"{name}.act", f"{each}t f", "SiLU", "A")
    inner = g.apply(ops.gate(bent, up), f"{name}.post", f"{each}t f", "gated", "H")
    down = weight(g, f"{name}.W_out", f"{each}f c", "W^D")
    made = ops.expert_linear(inner, down) if each else ops.linear(inner, down)
    return g.apply(made, output, f"{each}t c", "MLP output", "M")


def softmax(g: Graph, x: Tensor, statistics: str, name: str) -> Tensor:
    rows, axes = " ".join(x.axes[:-1]), " ".join(x.axes)
    largest = g.apply(ops.maximum(x), f"{statistics}.max", rows, "row maximum", "m", kind="statistic")
    summed = ops.exponential_sum(x, largest)
    total = g.apply(summed, f"{statistics}.sum", rows, "sum of exponentials", r"\Sigma", kind="statistic")
    return g.apply(ops.softmax(x, largest, total), name, axes, "proportions", "p")


def random_weights(graph: Graph, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {weight.name: random.normal(0, 0.4, graph.shape(weight)).astype(np.float32) for weight in graph.weights()}


def as_transformers_stores(weights: Mapping[str, np.ndarray], experts: int) -> dict[str, np.ndarray]:
    """The same weights by the names and in the layout of transformers' Llama and Mixtral."""
    found = {"model.embed_tokens.weight": weights["embed.W_E"], "lm_head.weight": weights["unembed.W_U"].T}
    found["model.norm.weight"] = weights["ln_final.w"]
    for name, array in weights.items():
        if not name.startswith("blocks."):
            continue
        _, layer, rest = name.split(".", 2)
        theirs, channels = f"model.layers.{layer}", weights["embed.W_E"].shape[1]
        if rest in ("attn.W_Q", "attn.W_K", "attn.W_V"):
            rows = array.transpose(0, 2, 1).reshape(-1, channels)
            found[f"{theirs}.self_attn.{rest[-1].lower()}_proj.weight"] = rows
        elif rest == "attn.W_O":
            found[f"{theirs}.self_attn.o_proj.weight"] = array.reshape(-1, channels).T
        elif rest in ("ln1.w", "ln2.w"):
            norm = "input_layernorm" if rest == "ln1.w" else "post_attention_layernorm"
            found[f"{theirs}.{norm}.weight"] = array
        elif rest == "mlp.W_router":
            found[f"{theirs}.mlp.gate.weight"] = array.T
        elif not experts:
            word = {"mlp.W_gate": "gate", "mlp.W_in": "up", "mlp.W_out": "down"}[rest]
            found[f"{theirs}.mlp.{word}_proj.weight"] = array.T
        elif rest == "mlp.W_out":
            found[f"{theirs}.mlp.experts.down_proj"] = array.transpose(0, 2, 1)
        elif rest == "mlp.W_gate":
            both = np.concatenate([array, weights[f"blocks.{layer}.mlp.W_in"]], axis=2)
            found[f"{theirs}.mlp.experts.gate_up_proj"] = both.transpose(0, 2, 1)
    return found


RATE, BETAS, EPSILON, DECAY = 0.01, (0.9, 0.95), 1e-8, 0.1


def adamw() -> Graph:
    """From a weight, its moments, its gradient and the number of the step to what they are after it."""
    g = Graph("adamw", {"c": 4, "d": 5})
    w, m, v, gradient = (weight(g, name, "c d", name) for name in ("w", "m", "v", "dw"))
    step = g.input("step", "", "step", "s")
    m = g.apply(ops.first_moment(m, gradient, beta=BETAS[0]), "next.m", "c d", "first moment", "m'")
    v = g.apply(ops.second_moment(v, gradient, beta=BETAS[1]), "next.v", "c d", "second moment", "v'")
    made = ops.adamw(w, m, v, step, rate=RATE, betas=BETAS, epsilon=EPSILON, decay=DECAY)
    g.apply(made, "next.w", "c d", "weight", "w'")
    return g
