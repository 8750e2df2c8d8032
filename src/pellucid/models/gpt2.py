"""GPT-2 (Radford et al. 2019): token and position embeddings, pre-norm blocks of attention and MLP, a norm, logits.

Names are TransformerLens', places in a checkpoint are Hugging Face's GPT2LMHeadModel.
"""

from dataclasses import dataclass

from pellucid.graph import Graph, PellucidError, Stored, Tensor
from pellucid.graph.ops import (
    Add,
    CausalMask,
    CrossEntropy,
    Deviation,
    ExponentialSum,
    Gelu,
    Linear,
    Lookup,
    Mean,
    Normalise,
    RowMax,
    Scores,
    Softmax,
    WeightedSum,
)

LARGEST_SIZE = 10**9
MOST_LAYERS = 10_000
"""What a damaged or malicious configuration may ask for at most; ten times the largest models there are."""


@dataclass(frozen=True)
class GPT2Config:
    """The sizes, in the words of Hugging Face's configuration file."""

    n_layer: int
    n_head: int
    n_embd: int
    vocab_size: int
    n_positions: int
    n_inner: int | None = None
    layer_norm_epsilon: float = 1e-5
    tie_word_embeddings: bool = True

    def __post_init__(self) -> None:
        sizes = ("n_layer", "n_head", "n_embd", "vocab_size", "n_positions")
        for name in sizes if self.n_inner is None else (*sizes, "n_inner"):
            largest = MOST_LAYERS if name == "n_layer" else LARGEST_SIZE
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= largest:
                raise self._refused(name, f"a whole number from 1 to {largest:,}")
        if self.n_embd % self.n_head:
            raise PellucidError(
                "bad-config",
                f"{self.n_embd} channels do not divide into {self.n_head} heads: make n_embd a multiple of n_head.",
                name="n_head",
            )
        if type(self.layer_norm_epsilon) not in (int, float) or not 0 <= self.layer_norm_epsilon < 1:
            raise self._refused("layer_norm_epsilon", "a number from 0 to below 1")
        if type(self.tie_word_embeddings) is not bool:
            raise self._refused("tie_word_embeddings", "true or false")

    def _refused(self, name: str, expected: str) -> PellucidError:
        return PellucidError(
            "bad-config", f"{name} is {getattr(self, name)!r}: it must be {expected}.", name=name, expected=expected
        )


def gpt2(config: GPT2Config) -> Graph:
    """Tokens `t` to probabilities `t v`."""
    heads, channels = config.n_head, config.n_embd
    sizes = {
        "t": config.n_positions,
        "s": config.n_positions,
        "c": channels,
        "h": heads,
        "d": channels // heads,
        "f": config.n_inner or 4 * channels,
        "v": config.vocab_size,
    }
    g = Graph("gpt2", sizes)
    with g.group("embedding", "embedding"):
        x, table = embedding(g)
    for i in range(config.n_layer):
        with g.group(f"blocks.{i}", f"block {i + 1}"):
            x = block(g, i, x, config)
    with g.group("ln_final", "final layer norm"):
        normalized = layer_norm(g, "ln_final", x, "transformer.ln_f", config)
    g.alias("transformer.ln_f", normalized)
    with g.group("output", "output"):
        output(g, normalized, None if not config.tie_word_embeddings else table)
    return g


def embedding(g: Graph) -> tuple[Tensor, Tensor]:
    """What and where: a row per token plus a row per position -> the residual stream `t c`."""
    tokens = g.input("tokens", "t", "tokens", r"\mathrm{token}")
    positions = g.input("positions", "t", "positions", r"\mathrm{position}")
    table = g.weight(
        "embed.W_E", "v c", "token embedding matrix", "W^E", stored=Stored.at("transformer.wte.weight", "v | c")
    )
    places = g.weight(
        "pos_embed.W_pos",
        "t c",
        "position embedding matrix",
        "W^P",
        stored=Stored.at("transformer.wpe.weight", "t | c"),
    )
    what = g.apply(Lookup(table, tokens), "embed", "t c", "token embeddings", "E")
    where = g.apply(Lookup(places, positions), "pos_embed", "t c", "position embeddings", "P")
    x = g.apply(Add(what, where), "blocks.0.resid_pre", "t c", "residual stream", "X", residual=True)
    g.alias("transformer.wte", what)
    g.alias("transformer.wpe", where)
    g.alias("transformer.drop", x)
    return x, table


def block(g: Graph, i: int, x: Tensor, config: GPT2Config) -> Tensor:
    """x + attention(norm(x)), then x + MLP(norm(x))."""
    name, stored = f"blocks.{i}", f"transformer.h.{i}"
    g.alias(f"{name}.resid_pre", x)
    with g.group(f"{name}.ln1", "layer norm"):
        normalized = layer_norm(g, f"{name}.ln1", x, f"{stored}.ln_1", config)
    with g.group(f"{name}.attn", "self-attention"):
        update = attention(g, name, normalized, f"{stored}.attn")
    middle = g.apply(Add(x, update), f"{name}.resid_mid", "t c", "residual stream after attention", "X'", residual=True)
    with g.group(f"{name}.ln2", "layer norm"):
        normalized = layer_norm(g, f"{name}.ln2", middle, f"{stored}.ln_2", config)
    with g.group(f"{name}.mlp", "MLP"):
        update = mlp(g, name, normalized, f"{stored}.mlp")
    x = g.apply(
        Add(middle, update), f"{name}.resid_post", "t c", "residual stream after the block", "X''", residual=True
    )
    g.alias(stored, x)
    return x


def layer_norm(g: Graph, name: str, x: Tensor, stored: str, config: GPT2Config) -> Tensor:
    """Every column to mean 0 and deviation 1, then a learned scale and shift."""
    scale = g.weight(f"{name}.w", "c", "scale", r"\gamma", stored=Stored.at(f"{stored}.weight", "c"), initial="ones")
    shift = g.weight(f"{name}.b", "c", "shift", r"\beta", stored=Stored.at(f"{stored}.bias", "c"), initial="zeros")
    mean = g.apply(Mean(x), f"{name}.mean", "t", "mean", r"\mu", kind="statistic")
    deviation = g.apply(
        Deviation(x, mean, epsilon=config.layer_norm_epsilon),
        f"{name}.scale",
        "t",
        "standard deviation",
        r"\sigma",
        kind="statistic",
    )
    normalized = g.apply(
        Normalise(x, mean, deviation, scale, shift), f"{name}.normalized", "t c", "normalised", r"\hat{X}"
    )
    g.alias(stored, normalized)
    return normalized


def attention(g: Graph, block: str, x: Tensor, stored: str) -> Tensor:
    """Every position asks (q), every earlier one answers (k) and gives (v); the heads' findings are projected back."""
    name = f"{block}.attn"
    q, k, v = (
        g.apply(
            Linear(
                x,
                g.weight(
                    f"{name}.W_{letter}",
                    "h c d",
                    f"{word} weights",
                    f"W^{letter}",
                    stored=Stored.at(f"{stored}.c_attn.weight", "c | h d", part=(part, 3)),
                ),
                g.weight(
                    f"{name}.b_{letter}",
                    "h d",
                    f"{word} bias",
                    f"b^{letter}",
                    stored=Stored.at(f"{stored}.c_attn.bias", "h d", part=(part, 3)),
                    initial="zeros",
                ),
            ),
            f"{name}.{letter.lower()}",
            "h t d",
            title,
            letter,
        )
        for part, (letter, word, title) in enumerate(
            (("Q", "query", "queries"), ("K", "key", "keys"), ("V", "value", "values"))
        )
    )
    raw = g.apply(Scores(q, k), f"{name}.qk", "h t s", "scaled dot products", "S")
    scores = g.apply(CausalMask(raw), f"{name}.scores", "h t s", "attention scores", r"\tilde{S}")
    pattern = softmax(g, scores, f"{name}.max", f"{name}.sum", f"{name}.pattern", "h t", "attention pattern", "A")
    z = g.apply(WeightedSum(pattern, v), f"{name}.z", "h t d", "gathered values", "Z")
    weight = g.weight(
        f"{name}.W_O",
        "h d c",
        "projection weights",
        "W^O",
        stored=Stored.at(f"{stored}.c_proj.weight", "h d | c"),
        initial="residual",
    )
    bias = g.weight(
        f"{name}.b_O", "c", "projection bias", "b^O", stored=Stored.at(f"{stored}.c_proj.bias", "c"), initial="zeros"
    )
    update = g.apply(Linear(z, weight, bias), f"{block}.attn_out", "t c", "attention output", "O")
    g.alias(stored, update)
    g.alias(f"{stored}.c_proj", update)
    return update


def mlp(g: Graph, block: str, x: Tensor, stored: str) -> Tensor:
    """Widen, bend, narrow: each position by itself."""
    name = f"{block}.mlp"
    widen = g.weight(
        f"{name}.W_in",
        "c f",
        "expansion weights",
        r"W^{\mathrm{in}}",
        stored=Stored.at(f"{stored}.c_fc.weight", "c | f"),
    )
    widen_bias = g.weight(
        f"{name}.b_in",
        "f",
        "expansion bias",
        r"b^{\mathrm{in}}",
        stored=Stored.at(f"{stored}.c_fc.bias", "f"),
        initial="zeros",
    )
    pre = g.apply(Linear(x, widen, widen_bias), f"{name}.pre", "t f", "MLP before GELU", "H")
    post = g.apply(Gelu(pre), f"{name}.post", "t f", "MLP after GELU", "G")
    narrow = g.weight(
        f"{name}.W_out",
        "f c",
        "contraction weights",
        r"W^{\mathrm{out}}",
        stored=Stored.at(f"{stored}.c_proj.weight", "f | c"),
        initial="residual",
    )
    narrow_bias = g.weight(
        f"{name}.b_out",
        "c",
        "contraction bias",
        r"b^{\mathrm{out}}",
        stored=Stored.at(f"{stored}.c_proj.bias", "c"),
        initial="zeros",
    )
    update = g.apply(Linear(post, narrow, narrow_bias), f"{block}.mlp_out", "t c", "MLP output", "M")
    for alias, tensor in (("c_fc", pre), ("act", post), ("c_proj", update)):
        g.alias(f"{stored}.{alias}", tensor)
    g.alias(stored, update)
    return update


def output(g: Graph, x: Tensor, tied: Tensor | None) -> None:
    """A score for every token of the vocabulary, and the softmax that makes probabilities of them."""
    table = tied or g.weight(
        "unembed.W_U", "c v", "unembedding matrix", "W^U", stored=Stored.at("lm_head.weight", "v | c")
    )
    logits = g.apply(Linear(x, table), "logits", "t v", "logits", "L")
    softmax(g, logits, "logits.max", "logits.sum", "probs", "t", "probabilities", "p")
    g.alias("lm_head", logits)


def softmax(g: Graph, x: Tensor, largest: str, total: str, name: str, rows: str, title: str, symbol: str) -> Tensor:
    """A row of numbers to a row of proportions, by way of its maximum and the sum of its exponentials."""
    maximum = g.apply(RowMax(x), largest, rows, "row maximum", "m", kind="statistic")
    summed = g.apply(ExponentialSum(x, maximum), total, rows, "sum of exponentials", r"\Sigma", kind="statistic")
    return g.apply(Softmax(x, maximum, summed), name, " ".join(x.axes), title, symbol)


def with_loss(g: Graph) -> Graph:
    """The same graph with the right answers as an input (`targets`, -1 where none is asked) and the `loss`."""
    with g.group("loss", "loss"):
        targets = g.input("targets", "t", "right answers", r"\mathrm{target}")
        statistics = (g.tensors[name] for name in ("logits", "logits.max", "logits.sum"))
        g.apply(CrossEntropy(*statistics, targets), "loss", "", "loss", r"\mathcal{L}", kind="statistic")
    return g
