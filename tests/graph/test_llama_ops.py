"""The ops of Llama, of mixtures of experts and of AdamW compute and differentiate as PyTorch and transformers do."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from graph.library import (
    BETAS,
    DECAY,
    EPSILON,
    LLAMA,
    MIXTURE,
    NEIGHBOURS,
    RATE,
    Sizes,
    adamw,
    as_transformers_stores,
    random_weights,
    small_llama,
)

from pellucid.graph import Tensor, ops
from pellucid.graph.axes import axes
from pellucid.graph.op import Op
from pellucid.models import with_loss
from pellucid.run.engine import inputs
from pellucid.run.reference import walk

TOLERANCE = 1e-5
"""Relative to the largest number of an array. PyTorch computes in float64, we in float32, which keeps 6e-8; sums of
tens of terms lose one or two digits of it."""

SIZES = {"t": 7, "s": 7, "c": 12, "h": 4, "g": 2, "d": 6, "f": 10, "e": 5}
BATCH = 3
WHOLE_NUMBERS = {"position": np.arange(2, 9), "group": np.array([0, 0, 1, 1])}

Case = tuple[Callable[..., Op], dict[str, str], str, Callable[..., Any]]


def cases(torch: ModuleType, transformers: ModuleType) -> dict[str, Case]:
    """By name: the op, the axes of its operands (a weight's begin with a star), those it makes, PyTorch's own."""
    functional = torch.nn.functional

    def rms_norm(x: Any, scale: Any, weight: Any) -> Any:
        return x / scale[..., None] * weight

    def halves(x: Any, position: Any) -> Any:
        from transformers.models.llama import modeling_llama

        config = transformers.LlamaConfig(head_dim=SIZES["d"], max_position_embeddings=16)
        four = x if x.ndim == 4 else x[None]
        cos, sin = modeling_llama.LlamaRotaryEmbedding(config)(four, position[None])
        turned, _ = modeling_llama.apply_rotary_pos_emb(four, four, cos, sin)
        return turned if x.ndim == 4 else turned[0]

    def neighbours(x: Any, position: Any) -> Any:
        """As Meta's own code has it: pairs of channels are complex numbers, multiplied by e^(i angle)."""
        frequencies = 10000.0 ** (-torch.arange(0, SIZES["d"], 2, dtype=torch.float64) / SIZES["d"])
        angles = position[:, None] * frequencies
        pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
        return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)

    def grouped_scores(q: Any, k: Any, group: Any) -> Any:
        return q @ k.repeat_interleave(2, -3).transpose(-1, -2) / math.sqrt(SIZES["d"])

    def window(x: Any) -> Any:
        from transformers.masking_utils import sliding_window_causal_mask_function

        seen = sliding_window_causal_mask_function(3)
        rows, columns = torch.arange(7)[:, None], torch.arange(7)[None, :]
        return x.masked_fill(~seen(0, 0, rows, columns), -math.inf)

    def rank(x: Any) -> Any:
        return x.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1).to(x.dtype)

    def keep_top(x: Any, rank: Any) -> Any:
        best, places = x.topk(2, -1)
        return torch.full_like(x, -math.inf).scatter(-1, places, best)

    return {
        "root_mean_square": (
            lambda x: ops.root_mean_square(x, epsilon=1e-5),
            {"x": "t c"},
            "t",
            lambda x: (x.square().mean(-1) + 1e-5).sqrt(),
        ),
        "rms_normalise": (ops.rms_normalise, {"x": "t c", "scale": "t", "weight": "* c"}, "t c", rms_norm),
        "rotate_halves": (ops.rotate_halves, {"x": "h t d", "position": "t"}, "h t d", halves),
        "rotate_neighbours": (ops.rotate_neighbours, {"x": "h t d", "position": "t"}, "h t d", neighbours),
        "silu": (ops.silu, {"x": "t f"}, "t f", functional.silu),
        "gate": (ops.gate, {"a": "t f", "b": "t f"}, "t f", torch.mul),
        "head_group": (ops.head_group, {}, "h", lambda: torch.arange(4) * 2 // 4),
        "grouped_scores": (
            ops.grouped_scores,
            {"q": "h t d", "k": "g t d", "group": "h"},
            "h t s",
            grouped_scores,
        ),
        "grouped_weighted_sum": (
            ops.grouped_weighted_sum,
            {"pattern": "h t s", "v": "g t d", "group": "h"},
            "h t d",
            lambda pattern, v, group: pattern @ v.repeat_interleave(2, -3),
        ),
        "window_mask": (lambda x: ops.window_mask(x, width=3), {"x": "h t s"}, "h t s", window),
        "rank": (ops.rank, {"x": "t e"}, "t e", rank),
        "keep_top": (lambda x, rank: ops.keep_top(x, rank, count=2), {"x": "t e", "rank": "t e"}, "t e", keep_top),
        "expert_linear": (
            ops.expert_linear,
            {"x": "e t f", "weight": "* e f c"},
            "e t c",
            torch.matmul,
        ),
        "mixture": (
            ops.mixture,
            {"share": "t e", "y": "e t c"},
            "t c",
            lambda share, y: torch.einsum("...te,...etc->...tc", share, y),
        ),
    }


NAMES = [
    "root_mean_square",
    "rms_normalise",
    "rotate_halves",
    "rotate_neighbours",
    "silu",
    "gate",
    "head_group",
    "grouped_scores",
    "grouped_weighted_sum",
    "window_mask",
    "rank",
    "keep_top",
    "expert_linear",
    "mixture",
]


@pytest.mark.parametrize("batch", [False, True], ids=["one text", "batch"])
@pytest.mark.parametrize("name", NAMES)
def test_op_computes_and_differentiates_as_torch_does(
    torch: ModuleType, transformers: ModuleType, name: str, batch: bool
) -> None:
    make, operands, output, theirs = cases(torch, transformers)[name]
    op, arrays = bound(make, operands, output, batch)
    if name == "keep_top":
        arrays[1] = np.argsort(np.argsort(-arrays[0], axis=-1), axis=-1).astype(np.float32)
    leaves = [as_leaf(torch, array) for array in arrays]
    expected = theirs(*leaves)
    value = op.compute(np, *arrays)
    assert value.dtype == np.float32
    assert_close("value", value, expected)
    differentiable = [
        place for place, operand in enumerate(op.operands) if operand in op.derivatives and operand.kind != "input"
    ]
    if name in ("rank", "head_group"):
        assert not differentiable, "where one number stands among others has no slope"
        return
    assert differentiable == [
        place for place, leaf in enumerate(leaves) if leaf.requires_grad and op.roles[place] != "rank"
    ]
    gradient = np.random.default_rng(2).normal(size=value.shape).astype(np.float32)
    expected.backward(torch.tensor(gradient, dtype=torch.float64))
    found = op.vjp(arrays, value, gradient, np)
    for place in differentiable:
        ours = found[place]
        assert ours is not None
        assert ours.dtype == np.float32
        assert_close(op.roles[place], ours, leaves[place].grad)


def bound(make: Callable[..., Op], operands: dict[str, str], output: str, batch: bool) -> tuple[Op, list[np.ndarray]]:
    """The op with tensors of these axes, and random arrays for them, with a batch before all but weights."""
    random, tensors, arrays = np.random.default_rng(1), [], []
    for role, spelled in operands.items():
        weight, whole = spelled.startswith("*"), role in WHOLE_NUMBERS
        letters = axes(spelled.removeprefix("* "))
        tensors.append(
            Tensor(role, letters, "input" if whole else "weight" if weight else "activation", role, role, "")
        )
        shape = tuple(SIZES[letter] for letter in letters)
        lead = (BATCH,) if batch and not weight else ()
        drawn = np.abs(random.normal(size=lead + shape)) + 0.5 if role == "scale" else random.normal(size=lead + shape)
        arrays.append(WHOLE_NUMBERS[role] if whole else drawn.astype(np.float32))
    op = make(*tensors)
    op.bind(Tensor("out", axes(output), "activation", "out", "Y", ""), SIZES)
    return op, arrays


def as_leaf(torch: ModuleType, array: np.ndarray) -> Any:
    if array.dtype == np.float32:
        return torch.tensor(array, dtype=torch.float64, requires_grad=True)
    return torch.tensor(array)


def assert_close(what: str, ours: np.ndarray, theirs: Any, tolerance: float = TOLERANCE) -> None:
    expected = theirs.detach().double().numpy()
    assert ours.shape == expected.shape, what
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(ours[~finite], expected[~finite], what)
    size = max(1.0, np.abs(expected[finite]).max(initial=0))
    error = np.abs(ours[finite] - expected[finite]).max(initial=0)
    assert error <= tolerance * size, f"{what}: off by {error}"


def test_of_equal_scores_the_first_ranks_first() -> None:
    op, _ = bound(ops.rank, {"x": "t e"}, "t e", batch=False)
    scores = np.array([[1, 2, 2, 0, 2]], np.float32)
    assert op.compute(np, scores).tolist() == [[3, 0, 1, 4, 2]]


# Steps of AdamW.


def test_steps_of_adamw_are_torchs(torch: ModuleType) -> None:
    graph, random = adamw(), np.random.default_rng(0)
    values = {name: np.zeros((4, 5), np.float32) for name in ("m", "v")}
    values["w"] = random.normal(size=(4, 5)).astype(np.float32)
    theirs = torch.nn.Parameter(torch.tensor(values["w"], dtype=torch.float64))
    optimiser = torch.optim.AdamW([theirs], lr=RATE, betas=BETAS, eps=EPSILON, weight_decay=DECAY)
    for step in range(1, 9):
        gradient = random.normal(size=(4, 5)).astype(np.float32)
        theirs.grad = torch.tensor(gradient, dtype=torch.float64)
        optimiser.step()
        done = walk(graph.ops, {**values, "dw": gradient, "step": np.array(step)})
        values = {name: done[f"next.{name}"] for name in ("w", "m", "v")}
        # 1 - β² rounds to float32 with 1e-6 of itself; one step is as long as the rate.
        assert_close(f"step {step}", values["w"], theirs, 1e-6)
        for name, stored in (("m", "exp_avg"), ("v", "exp_avg_sq")):
            assert_close(name, values[name], optimiser.state[theirs][stored])


# Whole models.


def in_transformers(torch: ModuleType, transformers: ModuleType, sizes: Sizes, weights: dict[str, np.ndarray]) -> Any:
    kind = transformers.MixtralConfig if sizes.experts else transformers.LlamaConfig
    mixture = {"num_local_experts": sizes.experts, "num_experts_per_tok": sizes.chosen, "sliding_window": sizes.window}
    config = kind(
        vocab_size=sizes.tokens,
        hidden_size=sizes.channels,
        intermediate_size=sizes.inner,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.groups,
        head_dim=sizes.head_channels,
        max_position_embeddings=sizes.context,
        rms_norm_eps=sizes.epsilon,
        rope_parameters={"rope_theta": 10000.0, "rope_type": "default"},
        attn_implementation="eager",
        **(mixture if sizes.experts else {}),
    )
    model = (transformers.MixtralForCausalLM if sizes.experts else transformers.LlamaForCausalLM)(config).eval()
    stored = as_transformers_stores(weights, sizes.experts)
    model.load_state_dict({name: torch.tensor(np.ascontiguousarray(array)) for name, array in stored.items()})
    return model


@pytest.mark.parametrize("sizes", [LLAMA, MIXTURE, Sizes(layers=2)], ids=["Llama", "Mixtral", "two layers"])
def test_a_model_of_these_ops_is_transformers_own(torch: ModuleType, transformers: ModuleType, sizes: Sizes) -> None:
    """Logits, loss and the gradient of every weight, for a batch of texts."""
    graph = with_loss(small_llama(sizes)).gradients()
    weights, random = random_weights(graph), np.random.default_rng(5)
    tokens = random.integers(0, sizes.tokens, (BATCH, sizes.context))
    targets = random.integers(0, sizes.tokens, tokens.shape)
    values = walk(graph.ops, {**weights, **inputs(graph, tokens, targets)})
    model = in_transformers(torch, transformers, sizes, weights)
    logits = model(torch.tensor(tokens)).logits
    # Both in float32, over a block's chain of sums.
    assert_close("logits", values["logits"], logits, 1e-5)
    loss = torch.nn.functional.cross_entropy(logits.reshape(-1, sizes.tokens), torch.tensor(targets).reshape(-1))
    loss.backward()
    assert_close("loss", values["loss"], loss)
    ours = as_transformers_stores({name: values[f"grad.{name}"] for name in weights}, sizes.experts)
    for name, parameter in model.named_parameters():
        assert_close(name, ours[name], parameter.grad, 1e-5)


def test_pairing_neighbours_is_pairing_halves_with_the_channels_in_another_order() -> None:
    """So a model whose queries and keys have their channels in the other order computes the same."""
    graph, other = small_llama(LLAMA), small_llama(NEIGHBOURS)
    weights, tokens = random_weights(graph), np.arange(LLAMA.context)
    order = np.arange(LLAMA.head_channels).reshape(2, -1).T.reshape(-1)
    changed = {name: weights[name][..., order] for name in ("blocks.0.attn.W_Q", "blocks.0.attn.W_K")}
    one = walk(graph.ops, {**weights, **inputs(graph, tokens)})["logits"]
    two = walk(other.ops, {**weights, **changed, **inputs(other, tokens)})["logits"]
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)
