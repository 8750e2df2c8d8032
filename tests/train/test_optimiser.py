"""AdamW, clipping and the rate, against PyTorch's where it is there."""

from types import ModuleType

import numpy as np
import pytest

from pellucid.models import preset
from pellucid.run.parameters import Parameters
from pellucid.train.optimiser import AdamW, clip, matrices
from pellucid.train.recipe import Recipe


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_adamw_steps_as_pytorch_does(torch: ModuleType, decay: float) -> None:
    random = np.random.default_rng(0)
    weights = random.standard_normal(300).astype(np.float32)
    matrix, bias = (torch.nn.Parameter(torch.tensor(part.copy())) for part in (weights[:200], weights[200:]))
    groups = [{"params": [matrix], "weight_decay": decay}, {"params": [bias], "weight_decay": 0.0}]
    expected = torch.optim.AdamW(groups, betas=(0.9, 0.99), eps=1e-8)
    ours = AdamW(
        weights,
        np.zeros_like(weights),
        np.zeros_like(weights),
        betas=(0.9, 0.99),
        decay=decay * np.repeat(np.array([1, 0], np.float32), [200, 100]),
    )
    for number in range(1, 21):
        gradient = (random.standard_normal(300) * 10.0 ** random.integers(-4, 2, 300)).astype(np.float32)
        rate = 0.01 / number
        for group in expected.param_groups:
            group["lr"] = rate
        matrix.grad, bias.grad = torch.tensor(gradient[:200]), torch.tensor(gradient[200:])
        expected.step()
        ours.step(number, gradient, rate)
        np.testing.assert_allclose(weights[:200], matrix.detach().numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(weights[200:], bias.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_clipping_shortens_long_gradients_only(torch: ModuleType) -> None:
    for scale in (0.01, 10.0):
        gradient = (scale * np.random.default_rng(1).standard_normal(50)).astype(np.float32)
        parameter = torch.nn.Parameter(torch.zeros(50))
        parameter.grad = torch.tensor(gradient.copy())
        norm = float(torch.nn.utils.clip_grad_norm_([parameter], 1.0))
        assert clip(gradient, 1.0) == pytest.approx(norm, rel=1e-5)
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-5)


def test_matrices_are_all_weights_but_biases_and_norms() -> None:
    graph = preset("nano").graph()
    flat = matrices(graph)
    parameters, buffer = Parameters.zeros(graph)
    assert flat.shape == buffer.shape
    buffer[:] = flat
    for name, weight in parameters.items():
        is_matrix = name.split(".")[-1].startswith("W_")
        assert (weight == is_matrix).all(), name


def test_the_rate_rises_stays_and_falls() -> None:
    recipe = Recipe(rate=0.01, warm_up=5, level=100)
    assert recipe.rate_at(1) == pytest.approx(0.002)
    assert recipe.rate_at(5) == recipe.rate_at(60) == recipe.rate_at(100) == 0.01
    assert recipe.rate_at(400) == pytest.approx(0.005)
