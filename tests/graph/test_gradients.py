"""The graph of gradients: every tensor's gradient is PyTorch's; the graph can be described, laid out and counted."""

import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from graph.library import LLAMA, MIXTURE, small_llama
from small import TIED, UNTIED, loss_and_gradients, random_parameters

from pellucid.graph import Graph, PellucidError, Stored
from pellucid.graph.formula import Cell, Formula, Reduction, choose, exp, log, parts, softplus, sqrt, tanh
from pellucid.graph.op import Op
from pellucid.graph.op import op as made_by
from pellucid.models import GPT2Config, gpt2, with_loss
from pellucid.run.engine import inputs
from pellucid.scene.layout import layout

TOLERANCE = 1e-5
"""Relative to the largest number of an array: PyTorch computes in float64, we in float32, which keeps 6e-8."""


class ByHand:
    """GPT-2 as PyTorch is given it, by hand, with every number on the way under our name for it."""

    def __init__(self, torch: ModuleType, config: GPT2Config, weights: Mapping[str, np.ndarray]) -> None:
        self.torch, self.config = torch, config
        self.weights = {
            name: torch.tensor(array, dtype=torch.float64, requires_grad=True) for name, array in weights.items()
        }
        self.made: dict[str, Any] = {}

    def keep(self, name: str, value: Any) -> Any:
        value.retain_grad()
        self.made[name] = value
        return value

    def loss(self, tokens: np.ndarray, targets: np.ndarray) -> Any:
        torch, w = self.torch, self.weights
        embed = self.keep("embed", w["embed.W_E"][torch.tensor(tokens)])
        places = self.keep("pos_embed", w["pos_embed.W_pos"][: tokens.shape[-1]])
        x = self.keep("blocks.0.resid_pre", embed + places)
        for i in range(self.config.n_layer):
            x = self.block(f"blocks.{i}", x)
        x = self.layer_norm("ln_final", x)
        table = w["embed.W_E"].T if self.config.tie_word_embeddings else w["unembed.W_U"]
        logits = self.keep("logits", x @ table)
        largest = self.keep("logits.max", logits.amax(-1))
        total = self.keep("logits.sum", (logits - largest[..., None]).exp().sum(-1))
        asked, right = torch.tensor(targets >= 0), torch.tensor(np.maximum(targets, 0))
        found = logits.gather(-1, right[..., None])[..., 0]
        surprise = (largest + total.log() - found)[asked]
        return self.keep("loss", surprise.mean())

    def block(self, name: str, x: Any) -> Any:
        torch, w, attention = self.torch, self.weights, f"{name}.attn"
        normalised = self.layer_norm(f"{name}.ln1", x)[..., None, :, :]
        q, k, v = (
            self.keep(f"{attention}.{letter.lower()}", normalised @ w[f"{attention}.W_{letter}"] + bias[:, None, :])
            for letter in "QKV"
            for bias in [w[f"{attention}.b_{letter}"]]
        )
        products = self.keep(f"{attention}.qk", q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5)
        later = torch.ones(products.shape[-2:], dtype=torch.bool).triu(1)
        scores = self.keep(f"{attention}.scores", products.masked_fill(later, -torch.inf))
        largest = self.keep(f"{attention}.max", scores.amax(-1))
        exponentials = (scores - largest[..., None]).exp()
        total = self.keep(f"{attention}.sum", exponentials.sum(-1))
        pattern = self.keep(f"{attention}.pattern", exponentials / total[..., None])
        z = self.keep(f"{attention}.z", pattern @ v)
        update = torch.einsum("...htd,hdc->...tc", z, w[f"{attention}.W_O"]) + w[f"{attention}.b_O"]
        x = self.keep(f"{name}.resid_mid", x + self.keep(f"{name}.attn_out", update))
        normalised = self.layer_norm(f"{name}.ln2", x)
        pre = self.keep(f"{name}.mlp.pre", normalised @ w[f"{name}.mlp.W_in"] + w[f"{name}.mlp.b_in"])
        post = self.keep(f"{name}.mlp.post", torch.nn.functional.gelu(pre, approximate="tanh"))
        update = self.keep(f"{name}.mlp_out", post @ w[f"{name}.mlp.W_out"] + w[f"{name}.mlp.b_out"])
        return self.keep(f"{name}.resid_post", x + update)

    def layer_norm(self, name: str, x: Any) -> Any:
        mean = self.keep(f"{name}.mean", x.mean(-1))
        centred = x - mean[..., None]
        spread = (centred.square().mean(-1) + self.config.layer_norm_epsilon).sqrt()
        deviation = self.keep(f"{name}.scale", spread)
        scaled = centred / deviation[..., None] * self.weights[f"{name}.w"] + self.weights[f"{name}.b"]
        return self.keep(f"{name}.normalized", scaled)


@pytest.mark.parametrize("batch", [False, True], ids=["one text", "batch"])
@pytest.mark.parametrize("config", [TIED, UNTIED], ids=["tied", "untied"])
def test_the_gradient_of_every_tensor_is_torchs(torch: ModuleType, config: GPT2Config, batch: bool) -> None:
    graph, random = with_loss(gpt2(config)), np.random.default_rng(7)
    parameters = random_parameters(graph)
    tokens, targets = random.integers(0, config.vocab_size, (2, 3, 7) if batch else (2, 7))
    targets[..., :2] = -1
    values, gradients = loss_and_gradients(graph, parameters, inputs(graph, tokens, targets))
    theirs = ByHand(torch, config, parameters)
    loss = theirs.loss(tokens, targets)
    loss.backward()
    assert abs(values["loss"] - loss.item()) < 1e-5
    expected = {name: tensor.grad.numpy() for name, tensor in {**theirs.made, **theirs.weights}.items()}
    computed = {name for name, tensor in graph.tensors.items() if tensor.kind != "input"}
    assert expected.keys() == computed - {"probs"}, "every tensor that the loss depends on"
    assert gradients.keys() == expected.keys() - {"loss"}
    for name, found in gradients.items():
        # What all texts share, such as positions, has a gradient for each of them.
        ours = found if found.ndim == expected[name].ndim else found.sum(0)
        assert ours.shape == expected[name].shape, name
        error = np.abs(ours - expected[name]).max()
        assert error <= TOLERANCE * max(1, np.abs(expected[name]).max()), f"{name}: off by {error}"


GRAPHS = [
    with_loss(gpt2(TIED)),
    with_loss(gpt2(UNTIED)),
    with_loss(small_llama(LLAMA)),
    with_loss(small_llama(MIXTURE)),
]


@pytest.mark.parametrize("graph", GRAPHS, ids=["tied", "untied", "Llama", "mixture"])
def test_the_graph_of_gradients_is_described_as_any_other(graph: Graph) -> None:
    learning = graph.gradients()
    described = json.loads(json.dumps(learning.describe(), allow_nan=False))
    names = [tensor["name"] for tensor in described["tensors"]]
    gradients = [name for name in names if name.startswith("grad.")]
    assert {f"grad.{weight.name}" for weight in graph.weights()} <= set(gradients)
    assert len(names) == len(set(names)) == len(graph.tensors) + len(gradients)
    made = {op["output"]: op for op in described["ops"]}
    groups = {group["name"] for group in described["groups"]} | {""}
    for tensor in described["tensors"]:
        assert tensor["group"] in groups | {f"grad.{group}" for group in groups} | {"grad."}, tensor["name"]
        if tensor["name"] in gradients:
            op = made[tensor["name"]]
            of = learning.tensors[tensor["name"].removeprefix("grad.")]
            assert tensor["shape"] == list(learning.shape(of))
            assert set(op["inputs"].values()) <= set(names)
            assert op["rule"][0] in OPENINGS, op["rule"][0]


@pytest.mark.parametrize("graph", GRAPHS, ids=["tied", "untied", "Llama", "mixture"])
def test_no_letter_of_a_gradient_has_two_meanings(graph: Graph) -> None:
    """What is summed over in 1/Σ_s [0 ≤ target_s] is not the position t that the gradient is of."""
    for op in graph.gradients().ops:
        assert not misread(op.formula, set(op.output.axes)), op.latex()


def misread(node: Formula, taken: set[str]) -> set[str]:
    """The letters that a sum or maximum runs over and that have a meaning outside of it."""
    own = {*node.axes} - {"b"} if isinstance(node, Reduction) else set()
    return (own & taken).union(*(misread(part, taken | own) for part in parts(node)))


OPENINGS = {"+", "-", "*", "/", "^", "sum", "cell", "choose", "number"}


@pytest.mark.parametrize("graph", GRAPHS, ids=["tied", "untied", "Llama", "mixture"])
def test_the_graph_of_gradients_is_laid_out_and_counted(graph: Graph) -> None:
    learning = graph.gradients()
    boxes = {box.tensor for box in layout(learning, 5).boxes}
    assert {tensor.name for tensor in learning.tensors.values() if tensor.gradient_of} <= boxes
    assert learning.parameters() == graph.parameters()
    forward = sum(op.flops(graph.sizes) for op in graph.ops)
    backward = sum(op.flops(graph.sizes) for op in learning.ops) - forward
    # A product of two matrices that both learn costs twice as much backward as forward.
    assert forward < backward < 4 * forward


@made_by("chosen_softplus")
def chosen_softplus(x: Cell) -> Formula:
    return choose(x > 20, x, log(1 + exp(x)))


@made_by("own_softplus")
def own_softplus(x: Cell) -> Formula:
    return softplus(x)


@made_by("root")
def root(x: Cell) -> Formula:
    return choose(x > 0, sqrt(x), 0)


@made_by("guarded")
def guarded(x: Cell) -> Formula:
    """Choices within a choice, and with more around them."""
    return 3 * tanh(choose(x > 0, choose(x > 1, log(x), x - 1), choose(x < -50, 0, exp(-x) / exp(2 * x))) / 16)


def theirs(torch: ModuleType, name: str, x: Any) -> Any:
    """The same in PyTorch, each branch computed only from the numbers that take it."""
    if name.endswith("softplus"):
        return torch.nn.functional.softplus(x)
    if name == "root":
        return torch.where(x > 0, torch.where(x > 0, x, 1).sqrt(), 0)
    above = torch.where(x > 1, torch.where(x > 1, x, 1).log(), x - 1)
    below = torch.where((x <= 0) & (x >= -50), torch.exp(-3 * torch.where((x <= 0) & (x >= -50), x, 0)), 0)
    return 3 * torch.tanh(torch.where(x > 0, above, below) / 16)


@pytest.mark.parametrize("rule", [chosen_softplus, own_softplus, root, guarded])
def test_a_branch_that_is_not_taken_adds_nothing(torch: ModuleType, jax: ModuleType, rule: Callable[..., Op]) -> None:
    """Not even where its slope is infinite."""
    numbers = np.array([-100, -60, -1, 0, 0.5, 1, 4, 95, 1000], np.float32)
    x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    theirs(torch, rule.__name__, x).sum().backward()
    graph = Graph("by hand", {"f": len(numbers)})
    graph.apply(rule(graph.weight("x", "f", "x", "x", stored=Stored.at("x", "f"))), "y", "f", "y", "y")
    op = graph.makers["y"]
    for xp in (np, jax.numpy):
        with np.errstate(all="ignore"):
            (found,) = op.vjp([numbers], op.compute(xp, numbers), np.ones(len(numbers), np.float32), xp)
        np.testing.assert_allclose(np.asarray(found), x.grad, rtol=1e-5, atol=1e-30)


def test_gradients_are_those_of_one_number() -> None:
    with pytest.raises(PellucidError, match=r"blocks\.0\.attn\.q is not one number"):
        gpt2(TIED).gradients("blocks.0.attn.q")
    with pytest.raises(PellucidError, match="has no loss"):
        gpt2(TIED).gradients()
