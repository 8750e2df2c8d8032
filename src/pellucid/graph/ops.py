"""The ops that models are written in: one formula each.

In shapes and formulas, letters are the axes of graph/axes.py. Every function takes tensors and gives an `Op`; inside
it, a parameter is the cell of that tensor at its own letters, and `k.at(t="s")` the cell at another.
"""

import math

from pellucid.graph.formula import (
    Cell,
    Formula,
    Number,
    Place,
    Size,
    Step,
    choose,
    cos,
    equal,
    erf,
    exp,
    floor,
    largest,
    log,
    sigmoid,
    sin,
    sqrt,
    tanh,
    total,
)
from pellucid.graph.op import op

EPSILON = r"\varepsilon"

# GPT-2 (Radford et al. 2019).


@op("look-up")
def lookup(table: Cell, row: Cell) -> Formula:
    """Rows of a table: `out[t, c] = table[row[t], c]`."""
    return table.at(**{table.axes[0]: row})


@op("addition")
def add(a: Cell, b: Cell) -> Formula:
    """Embeddings, and every residual connection (He et al. 2015): `out[t, c] = a[t, c] + b[t, c]`."""
    return a + b


@op("mean")
def mean(x: Cell) -> Formula:
    """`out[t] = 1/|c| Σ_c x[t, c]`."""
    return total(x, x.axes[-1]) / Size(x.axes[-1])


@op("standard deviation")
def deviation(x: Cell, mean: Cell, *, epsilon: float) -> Formula:
    """With ε under the root (Ba et al. 2016): `out[t] = √(1/|c| Σ_c (x[t, c] - mean[t])² + ε)`."""
    return sqrt(total((x - mean) ** 2, x.axes[-1]) / Size(x.axes[-1]) + Number(epsilon, EPSILON))


@op("normalisation")
def normalise(x: Cell, mean: Cell, deviation: Cell, weight: Cell, bias: Cell) -> Formula:
    """Ba et al. 2016: `out[t, c] = (x[t, c] - mean[t]) / deviation[t] · weight[c] + bias[c]`."""
    divided = Step("divide", Step("centre", x - mean) / deviation)
    return Step("shift", Step("scale", divided * weight) + bias)


@op("linear map")
def linear(x: Cell, weight: Cell, bias: Cell | None = None) -> Formula:
    """Summed over every axis that x and weight share: `out[h, t, d] = Σ_c x[t, c] · weight[h, c, d] + bias[h, d]`."""
    product = total(x * weight, *(axis for axis in x.axes if axis in weight.axes))
    return product if bias is None else product + bias


@op("scaled dot product")
def scores(q: Cell, k: Cell) -> Formula:
    """Vaswani et al. 2017: `out[h, t, s] = 1/√|d| Σ_d q[h, t, d] · k[h, s, d]`."""
    return total(q * k.at(t="s"), q.axes[-1]) / sqrt(Size(q.axes[-1]))


@op("causal mask")
def mask(x: Cell) -> Formula:
    """No looking ahead: `out[h, t, s] = x[h, t, s]` where s ≤ t, else −∞."""
    return choose(Place("s") <= Place("t"), x, -math.inf)


@op("row maximum")
def maximum(x: Cell) -> Formula:
    """Subtracted before exponentiating lest it overflow: `out[t] = max_v x[t, v]`."""
    return largest(x, x.axes[-1])


@op("sum of exponentials")
def exponential_sum(x: Cell, max: Cell) -> Formula:
    """The softmax's denominator: `out[t] = Σ_v exp(x[t, v] - max[t])`."""
    return total(exp(x - max), x.axes[-1])


@op("softmax")
def softmax(x: Cell, max: Cell, sum: Cell) -> Formula:
    """Numbers to proportions that sum to 1: `out[t, v] = exp(x[t, v] - max[t]) / sum[t]`."""
    return exp(x - max) / sum


@op("weighted sum")
def weighted_sum(pattern: Cell, v: Cell) -> Formula:
    """Values gathered by attention (Vaswani et al. 2017): `out[h, t, d] = Σ_s pattern[h, t, s] · v[h, s, d]`."""
    return total(pattern * v.at(t="s"), "s")


@op("GELU")
def gelu(x: Cell) -> Formula:
    """The tanh form (Hendrycks and Gimpel 2016): `out = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))`."""
    inside = Step(
        "inside", Number(math.sqrt(2 / math.pi), r"\sqrt{\tfrac{2}{\pi}}") * (x + Number(0.044715, "0.044715") * x**3)
    )
    return Step("gate", Number(0.5, r"\tfrac12") * x * (1 + Step("tanh", tanh(inside))))


@op("GELU")
def exact_gelu(x: Cell) -> Formula:
    """The form with the normal distribution's own curve (Hendrycks and Gimpel 2016): `out = ½ x (1 + erf(x / √2))`."""
    inside = Step("inside", x / sqrt(Number(2)))
    return Step("gate", Number(0.5, r"\tfrac12") * x * (1 + Step("error function", erf(inside))))


@op("QuickGELU")
def quick_gelu(x: Cell) -> Formula:
    """Hendrycks and Gimpel 2016, the quickest form: `out = x · sigmoid(1.702 x)`."""
    return x * Step("gate", sigmoid(Number(1.702, "1.702") * x))


@op("ReLU")
def relu(x: Cell) -> Formula:
    """Nair and Hinton 2010: `out = x` where x > 0, else 0."""
    return choose(x > 0, x, 0)


@op("tanh")
def hyperbolic_tangent(x: Cell) -> Formula:
    """`out = tanh(x)`."""
    return tanh(x)


@op("cross-entropy")
def cross_entropy(x: Cell, max: Cell, sum: Cell, target: Cell) -> Formula:
    """The mean surprise at the right tokens: `out = -1/N Σ_t log p[t, target[t]]`, over the N positions with a target.

    Written with the softmax's own statistics, `log p = x[t, v] - max[t] - log sum[t]`, so that tiny probabilities keep
    their digits. A target of -1 asks for none.
    """
    asked, right = target >= 0, x.at(**{x.axes[-1]: target})
    surprise = -total(choose(asked, right - max - log(sum), 0), "b", *target.axes)
    return Step("mean", surprise / total(asked, "b", *target.axes))


# Llama (Touvron et al. 2023), and mixtures of experts.


@op("root mean square")
def root_mean_square(x: Cell, *, epsilon: float) -> Formula:
    """Zhang and Sennrich 2019: `out[t] = √(1/|c| Σ_c x[t, c]² + ε)`."""
    return sqrt(total(x**2, x.axes[-1]) / Size(x.axes[-1]) + Number(epsilon, EPSILON))


@op("RMS norm")
def rms_normalise(x: Cell, scale: Cell, weight: Cell) -> Formula:
    """Zhang and Sennrich 2019: `out[t, c] = x[t, c] / scale[t] · weight[c]`."""
    return Step("scale", Step("divide", x / scale) * weight)


@op("rotary positions")
def rotate_halves(x: Cell, position: Cell, *, base: float = 10000.0) -> Formula:
    """Su et al. 2021, with channel d paired with d + |d|/2, as Hugging Face's Llama keeps them."""
    half, channel = Size("d") / 2, Place("d")
    first = channel < half
    pair = choose(first, channel, channel - half)
    return turned(x, choose(first, channel + half, channel - half), first, position, pair, base)


@op("rotary positions")
def rotate_neighbours(x: Cell, position: Cell, *, base: float = 10000.0) -> Formula:
    """Su et al. 2021, with channel 2i paired with 2i + 1, as in the paper and in llama2.c."""
    channel = Place("d")
    pair = floor(channel / 2)
    first = equal(channel, 2 * pair)
    return turned(x, choose(first, channel + 1, channel - 1), first, position, pair, base)


def turned(x: Cell, partner: Formula, first: Formula, position: Cell, pair: Formula, base: float) -> Formula:
    """Each pair of channels as a point, turned by an angle that grows with the position."""
    angle = position * Number(base) ** -(2 * pair / Size("d"))
    return x * cos(angle) + choose(first, -1, 1) * x.at(d=partner) * sin(angle)


@op("SiLU")
def silu(x: Cell) -> Formula:
    """Elfwing et al. 2018: `out = x · sigmoid(x)`."""
    return x * Step("gate", sigmoid(x))


@op("gated product")
def gate(a: Cell, b: Cell) -> Formula:
    """Shazeer 2020: `out[t, f] = a[t, f] · b[t, f]`."""
    return a * b


@op("group of a head")
def head_group() -> Formula:
    """Which group of keys and values each head reads: `out[h] = ⌊|g| · h / |h|⌋`."""
    return floor(Size("g") * Place("h") / Size("h"))


@op("scaled dot product")
def grouped_scores(q: Cell, k: Cell, group: Cell) -> Formula:
    """Ainslie et al. 2023, heads sharing keys: `out[h, t, s] = 1/√|d| Σ_d q[h, t, d] · k[group[h], s, d]`."""
    return total(q * k.at(g=group, t="s"), "d") / sqrt(Size("d"))


@op("weighted sum")
def grouped_weighted_sum(pattern: Cell, v: Cell, group: Cell) -> Formula:
    """`out[h, t, d] = Σ_s pattern[h, t, s] · v[group[h], s, d]`."""
    return total(pattern * v.at(g=group, t="s"), "s")


@op("sliding window")
def window_mask(x: Cell, *, width: int) -> Formula:
    """Only the last positions are looked at (Beltagy et al. 2020): x where s ≤ t and t − s < width, else −∞."""
    near = choose(Place("t") - Place("s") < width, x, -math.inf)
    return choose(Place("s") <= Place("t"), near, -math.inf)


@op("rank")
def rank(x: Cell) -> Formula:
    """How many experts score higher; of equal scores the first ranks first: `out[t, e] = Σ_e' [x[t, e'] > x[t, e]]`."""
    other = x.at(e="e'")
    tied = choose(Place("e'") < Place("e"), equal(other, x), 0)
    return total((other > x) + tied, "e'")


@op("top-k")
def keep_top(x: Cell, rank: Cell, *, count: int) -> Formula:
    """Shazeer et al. 2017: `out[t, e] = x[t, e]` where rank[t, e] < count, else −∞."""
    return choose(rank < count, x, -math.inf)


@op("linear map")
def expert_linear(x: Cell, weight: Cell) -> Formula:
    """Each expert's own, where `linear` would add them up: `out[e, t, c] = Σ_f x[e, t, f] · weight[e, f, c]`."""
    return total(x * weight, x.axes[-1])


@op("mixture of experts")
def mixture(share: Cell, y: Cell) -> Formula:
    """Shazeer et al. 2017: `out[t, c] = Σ_e share[t, e] · y[e, t, c]`."""
    return total(share * y, "e")


# One step of AdamW (Loshchilov and Hutter 2019); w, m, v and the gradient have the axes of one weight.


@op("first moment")
def first_moment(m: Cell, gradient: Cell, *, beta: float) -> Formula:
    """`out = β₁ m + (1 − β₁) gradient`."""
    return Number(beta, r"\beta_1") * m + (1 - Number(beta, r"\beta_1")) * gradient


@op("second moment")
def second_moment(v: Cell, gradient: Cell, *, beta: float) -> Formula:
    """`out = β₂ v + (1 − β₂) gradient²`."""
    return Number(beta, r"\beta_2") * v + (1 - Number(beta, r"\beta_2")) * gradient**2


@op("AdamW update")
def adamw(
    w: Cell, m: Cell, v: Cell, step: Cell, *, rate: float, betas: tuple[float, float], epsilon: float, decay: float
) -> Formula:
    """`out = w − rate · (m / (1 − β₁ˢ) / (√(v / (1 − β₂ˢ)) + ε) + decay · w)`, s being the step's number from 1."""
    first, second = (Number(beta, rf"\beta_{place}") for place, beta in enumerate(betas, start=1))
    direction = m / (1 - first**step) / (sqrt(v / (1 - second**step)) + Number(epsilon, EPSILON))
    return w - Number(rate, r"\eta") * (direction + decay * w)
