"""GPT-2 (Radford et al. 2019): token and position embeddings, pre-norm blocks of attention and MLP, a norm, logits.

Names are TransformerLens', places in a checkpoint are Hugging Face's GPT2LMHeadModel.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from pellucid.graph import Graph, Outputs, PellucidError, Stored, Tensor, ops
from pellucid.graph.op import Op
from pellucid.graph.tensor import Initial
from pellucid.models.architecture import LARGEST_SIZE, MOST_LAYERS, Architecture, Measure, check_given
from pellucid.words.given import of_kind

EMBEDDING, POSITIONS, UNEMBEDDING = "transformer.wte.weight", "transformer.wpe.weight", "lm_head.weight"
LAYER = re.compile(r"transformer\.h\.([0-9]{1,9})\.")
Bend = Callable[[Tensor], Op]
BENDS: Mapping[str, tuple[str, Bend]] = {
    **dict.fromkeys(
        ("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh", "gelu_accurate"), ("GELU", ops.gelu)
    ),
    **dict.fromkeys(("gelu", "gelu_python"), ("GELU", ops.exact_gelu)),
    "quick_gelu": ("QuickGELU", ops.quick_gelu),
    "relu": ("ReLU", ops.relu),
    **dict.fromkeys(("silu", "swish"), ("SiLU", ops.silu)),
    "tanh": ("tanh", ops.hyperbolic_tangent),
}
"""The activation functions by the names that transformers has for them: a reader's name, and the op."""


@dataclass(frozen=True)
class GPT2Config(Architecture):
    """How many layers, heads and channels, which vocabulary and context; impossible sizes raise PellucidError."""

    n_layer: int
    n_head: int
    n_embd: int
    vocab_size: int
    n_positions: int
    n_inner: int | None = None
    layer_norm_epsilon: float = 1e-5
    tie_word_embeddings: bool = True
    activation_function: str = "gelu_new"

    model_type: ClassVar = "gpt2"
    defaults: ClassVar = {"n_layer": 12, "n_head": 12, "n_embd": 768, "vocab_size": 50257, "n_positions": 1024}
    computed: ClassVar = {
        "scale_attn_weights": (True,),
        "scale_attn_by_inverse_layer_idx": (False,),
        "add_cross_attention": (False,),
    }
    aliases: ClassVar = {
        "hidden_size": "n_embd",
        "max_position_embeddings": "n_positions",
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
    }
    written: ClassVar = {
        "architectures": ["GPT2LMHeadModel"],
        **dict.fromkeys(("embd_pdrop", "attn_pdrop", "resid_pdrop"), 0.0),
        **dict.fromkeys(("bos_token_id", "eos_token_id")),
    }
    prefix: ClassVar = "transformer."
    landmark: ClassVar = POSITIONS
    layered: ClassVar = ("n_layer", "transformer.h.0.")
    buffers: ClassVar = (".attn.bias", ".attn.masked_bias")
    copies: ClassVar = {UNEMBEDDING: EMBEDDING}
    matrices: ClassVar = (".attn.c_attn.weight", ".attn.c_proj.weight", ".mlp.c_fc.weight", ".mlp.c_proj.weight")

    def __post_init__(self) -> None:
        sizes = ("n_head", "n_embd", "vocab_size", "n_positions", *(() if self.n_inner is None else ("n_inner",)))
        self.check_sizes(n_layer=MOST_LAYERS, **dict.fromkeys(sizes, LARGEST_SIZE))
        if self.n_embd % self.n_head:
            raise PellucidError(
                "bad-config",
                f"{self.n_embd} channels do not divide into {self.n_head} heads: make the channels "
                "(n_embd) a multiple of the heads (n_head).",
                name="n_head",
            )
        if type(self.layer_norm_epsilon) not in (int, float) or not 0 <= self.layer_norm_epsilon < 1:
            raise self.refuse("layer_norm_epsilon", "a number from 0 to below 1")
        if type(self.tie_word_embeddings) is not bool:
            raise self.refuse("tie_word_embeddings", "true or false")
        if not isinstance(self.activation_function, str) or self.activation_function not in BENDS:
            raise self.refuse("activation_function", f"one of {', '.join(BENDS)}")

    def graph(self) -> Graph:
        return gpt2(self)

    def sizes(self) -> tuple[Measure, ...]:
        return (
            Measure("layers", "layers", self.n_layer),
            Measure("heads", "heads", self.n_head),
            Measure("channels", "channels", self.n_embd),
            Measure("context", "context", self.n_positions),
        )

    def scaled(self, *, layers: int | None = None, heads: int | None = None, width: int | None = None) -> "GPT2Config":
        given = {"layers": (layers, MOST_LAYERS), "heads": (heads, LARGEST_SIZE), "width": (width, LARGEST_SIZE)}
        for name, (size, most) in given.items():
            check_given(name, size, most)
        return replace(
            self,
            n_layer=self.n_layer if layers is None else layers,
            n_head=self.n_head if heads is None else heads,
            n_embd=self.n_embd if width is None else width,
        )

    def resized(self, *, vocabulary: int, context: int) -> "GPT2Config":
        return replace(self, vocab_size=vocabulary, n_positions=context)

    def fitting(self, own: Collection[str]) -> "GPT2Config":
        """Untied if the checkpoint has an unembedding of its own, whatever config.json says."""
        of_kind(own, Collection, "own", "a list of names")
        return replace(self, tie_word_embeddings=False) if UNEMBEDDING in own else self

    def check_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        of_kind(shapes, Mapping, "shapes", "the shapes of arrays by their names")
        layers = {int(found[1]) for name in shapes if (found := LAYER.match(name))}
        held = max(layers, default=-1) + 1
        if held and held != self.n_layer:
            raise PellucidError(
                "misfit",
                f"config.json says n_layer {self.n_layer:,}, but the weights are those of {held:,} layers: "
                "the two files do not belong together.",
            )
        table = (self.vocab_size, self.n_embd)
        for name, wanted in {EMBEDDING: table, UNEMBEDDING: table, POSITIONS: (self.n_positions, self.n_embd)}.items():
            if shapes.get(name, wanted) != wanted:
                raise PellucidError(
                    "misfit",
                    f"{name} has the shape {shapes[name]}, but config.json asks for {wanted}: "
                    "the two files do not belong together.",
                )


def gpt2(config: GPT2Config) -> Graph:
    """Tokens `t` to probabilities `t v`."""
    of_kind(config, GPT2Config, "config", "a GPT2Config")
    heads, channels, context = config.n_head, config.n_embd, config.n_positions
    sizes = {"t": context, "s": context, "c": channels, "h": heads, "d": channels // heads}
    g = Graph("gpt2", {**sizes, "f": config.n_inner or 4 * channels, "v": config.vocab_size})
    with g.group("embedding", "embedding"):
        x, table = embedding(g)
    for i in range(config.n_layer):
        with g.group(f"blocks.{i}", f"block {i + 1}"):
            x = block(g, i, x, config)
    with g.group("ln_final", "final layer norm"):
        normalized = layer_norm(g, "ln_final", x, "transformer.ln_f", r"\hat{X}''", "the output", config)
    with g.group("output", "output"):
        output(g, normalized, table if config.tie_word_embeddings else None)
    return g


def embedding(g: Graph) -> tuple[Tensor, Tensor]:
    """What and where: a row per token plus a row per position -> the residual stream `t c`."""
    tokens = g.input("tokens", "t", "tokens", r"\mathrm{token}", role="tokens")
    positions = g.input("positions", "t", "positions", r"\mathrm{position}", role="positions")
    rows, places = Stored.at(EMBEDDING, "v | c"), Stored.at(POSITIONS, "t | c")
    table = g.weight("embed.W_E", "v c", "token embedding matrix", "W^E", stored=rows)
    position_table = g.weight("pos_embed.W_pos", "t c", "position embedding matrix", "W^P", stored=places)
    what = g.apply(ops.lookup(table, tokens), "embed", "t c", "token embeddings", "E")
    where = g.apply(ops.lookup(position_table, positions), "pos_embed", "t c", "position embeddings", "P")
    x = g.apply(ops.add(what, where), "blocks.0.resid_pre", "t c", "residual stream", "X", residual=True)
    g.alias("transformer.wte", what)
    g.alias("transformer.wpe", where)
    g.alias("transformer.drop", x)
    return x, table


def block(g: Graph, i: int, x: Tensor, config: GPT2Config) -> Tensor:
    """x + attention(norm(x)), then x + MLP(norm(x))."""
    name, stored = f"blocks.{i}", f"transformer.h.{i}"
    g.alias(f"{name}.resid_pre", x)
    with g.group(f"{name}.ln1", "layer norm"):
        normalized = layer_norm(g, f"{name}.ln1", x, f"{stored}.ln_1", r"\hat{X}", "attention", config)
    with g.group(f"{name}.attn", "self-attention"):
        update = attention(g, name, normalized, f"{stored}.attn")
    x = g.apply(ops.add(x, update), f"{name}.resid_mid", "t c", "residual stream after attention", "X'", residual=True)
    with g.group(f"{name}.ln2", "layer norm"):
        normalized = layer_norm(g, f"{name}.ln2", x, f"{stored}.ln_2", r"\hat{X}'", "the MLP", config)
    with g.group(f"{name}.mlp", "MLP"):
        update = mlp(g, name, normalized, f"{stored}.mlp", config)
    x = g.apply(
        ops.add(x, update), f"{name}.resid_post", "t c", "residual stream after the block", "X''", residual=True
    )
    g.alias(stored, x)
    return x


def layer_norm(g: Graph, name: str, x: Tensor, stored: str, symbol: str, reader: str, config: GPT2Config) -> Tensor:
    """Every column to mean 0 and deviation 1, then a learned scale and shift, for what reads it."""
    w = g.weight(f"{name}.w", "c", "scale", r"\gamma", stored=Stored.at(f"{stored}.weight", "c"), initial="ones")
    b = g.weight(f"{name}.b", "c", "shift", r"\beta", stored=Stored.at(f"{stored}.bias", "c"), initial="zeros")
    mean = g.apply(ops.mean(x), f"{name}.mean", "t", "mean", r"\mu", kind="statistic")
    spread = ops.deviation(x, mean, epsilon=config.layer_norm_epsilon)
    deviation = g.apply(spread, f"{name}.scale", "t", "standard deviation", r"\sigma", kind="statistic")
    standard = ops.normalise(x, mean, deviation, w, b)
    normalized = g.apply(standard, f"{name}.normalized", "t c", f"normalised before {reader}", symbol)
    g.alias(stored, normalized)
    return normalized


def attention(g: Graph, block: str, x: Tensor, stored: str) -> Tensor:
    """Every position asks (q), every earlier one answers (k) and gives (v); the heads' findings are projected back."""
    name = f"{block}.attn"

    def heads(part: int, letter: str, word: str, title: str) -> Tensor:
        w, b = affine(g, name, letter, letter, word, "h c d", f"{stored}.c_attn", "c | h d", part=(part, 3))
        return g.apply(ops.linear(x, w, b), f"{name}.{letter.lower()}", "h t d", title, letter)

    q, k, v = heads(0, "Q", "query", "queries"), heads(1, "K", "key", "keys"), heads(2, "V", "value", "values")
    raw = g.apply(ops.scores(q, k), f"{name}.qk", "h t s", "scaled dot products", "S")
    scores = g.apply(ops.mask(raw), f"{name}.scores", "h t s", "attention scores", r"\tilde{S}")
    pattern = softmax(g, scores, name, f"{name}.pattern", "attention pattern", r"\alpha")
    z = g.apply(ops.weighted_sum(pattern, v), f"{name}.z", "h t d", "gathered values", "Z")
    w, b = affine(g, name, "O", "O", "projection", "h d c", f"{stored}.c_proj", "h d | c", initial="residual")
    update = g.apply(ops.linear(z, w, b), f"{block}.attn_out", "t c", "attention output", "O")
    g.alias(stored, update)
    g.alias(f"{stored}.c_proj", update)
    return update


def mlp(g: Graph, block: str, x: Tensor, stored: str, config: GPT2Config) -> Tensor:
    """Widen, bend, narrow: each position by itself."""
    name, widen, narrow = f"{block}.mlp", r"{\mathrm{in}}", r"{\mathrm{out}}"
    title, bend = BENDS[config.activation_function]
    w, b = affine(g, name, "in", widen, "expansion", "c f", f"{stored}.c_fc", "c | f")
    pre = g.apply(ops.linear(x, w, b), f"{name}.pre", "t f", f"MLP before {title}", "F")
    post = g.apply(bend(pre), f"{name}.post", "t f", f"MLP after {title}", "G")
    w, b = affine(g, name, "out", narrow, "contraction", "f c", f"{stored}.c_proj", "f | c", initial="residual")
    update = g.apply(ops.linear(post, w, b), f"{block}.mlp_out", "t c", "MLP output", "M")
    for alias, tensor in (("c_fc", pre), ("act", post), ("c_proj", update)):
        g.alias(f"{stored}.{alias}", tensor)
    g.alias(stored, update)
    return update


def output(g: Graph, x: Tensor, tied: Tensor | None) -> None:
    """A score for every token of the vocabulary, and the softmax that makes probabilities of them."""
    own = Stored.at(UNEMBEDDING, "v | c")
    table = tied or g.weight("unembed.W_U", "c v", "unembedding matrix", "W^U", stored=own)
    logits = g.apply(ops.linear(x, table), "logits", "t v", "logits", "L")
    probs = softmax(g, logits, "logits", "probs", "probabilities", "p")
    g.outputs = Outputs(logits, g.tensors["logits.max"], g.tensors["logits.sum"], probs)
    g.alias("lm_head", logits)


def softmax(g: Graph, x: Tensor, statistics: str, name: str, title: str, symbol: str) -> Tensor:
    """A row of numbers to a row of proportions, by way of its maximum and the sum of its exponentials."""
    rows, axes = " ".join(x.axes[:-1]), " ".join(x.axes)
    largest = g.apply(ops.maximum(x), f"{statistics}.max", rows, "row maximum", "m", kind="statistic")
    exponentials = ops.exponential_sum(x, largest)
    total = g.apply(exponentials, f"{statistics}.sum", rows, "sum of exponentials", "r", kind="statistic")
    return g.apply(ops.softmax(x, largest, total), name, axes, title, symbol)


def affine(
    g: Graph,
    name: str,
    letter: str,
    symbol: str,
    word: str,
    axes: str,
    stored: str,
    layout: str,
    *,
    part: tuple[int, int] = (0, 1),
    initial: Initial = "normal",
) -> tuple[Tensor, Tensor]:
    """The weight and the bias of a linear map. The bias has the axes that stand behind the bar of the layout."""
    own, bias = Stored.at(f"{stored}.weight", layout, part), layout.split("|")[1].strip()
    w = g.weight(f"{name}.W_{letter}", axes, f"{word} weights", f"W^{symbol}", stored=own, initial=initial)
    beside = Stored.at(f"{stored}.bias", bias, part)
    b = g.weight(f"{name}.b_{letter}", bias, f"{word} bias", f"b^{symbol}", stored=beside, initial="zeros")
    return w, b
