"""The graph of GPT-2 has the published sizes, and computes what transformers computes with the same weights."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from small import loss_and_gradients

from pellucid.files.weights import place
from pellucid.graph import PellucidError
from pellucid.models import PRESETS, GPT2Config, preset, with_loss
from pellucid.run.engine import inputs
from pellucid.run.model import Model
from pellucid.run.parameters import view

PUBLISHED = {
    "nano": 85_728,
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
    "gpt3": 174_604_259_328,
}
OTHER_SIZES: dict[str, Any] = {
    "n_layer": 4,
    "n_head": 5,
    "n_embd": 40,
    "vocab_size": 61,
    "n_positions": 33,
    "n_inner": 70,
    "layer_norm_epsilon": 1e-3,
}
NANO_SIZES: dict[str, Any] = {
    "n_layer": 3,
    "n_head": 3,
    "n_embd": 48,
    "vocab_size": 3,
    "n_positions": 11,
    "tie_word_embeddings": False,
}


def test_presets_have_the_published_numbers_of_parameters() -> None:
    assert {name: config.graph().parameters() for name, config in PRESETS.items()} == PUBLISHED
    assert {name: config.parameters() for name, config in PRESETS.items()} == PUBLISHED
    assert PRESETS["gpt3"].graph().sizes["t"] == 2048


def test_the_nano_models_parameters_without_the_unembedding_are_the_well_known_number() -> None:
    graph = preset("nano").graph()
    assert graph.parameters() - 48 * 3 == 85_584


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"n_head": 5}, r"make the channels \(n_embd\) a multiple"),
        ({"n_layer": 0}, "n_layer is 0"),
        ({"n_embd": "48"}, "n_embd is '48'"),
    ],
)
def test_impossible_sizes_are_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence):
        GPT2Config(**{**NANO_SIZES, **changed})


@pytest.fixture(params=[NANO_SIZES, OTHER_SIZES], ids=["nano", "other sizes"])
def theirs(request: pytest.FixtureRequest, torch: ModuleType, transformers: ModuleType) -> Any:
    """A GPT2LMHeadModel whose weights and biases are all random."""
    sizes = request.param
    torch.manual_seed(1)
    settings = {"bos_token_id": None, "eos_token_id": None, "attn_implementation": "eager"}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, **settings)).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


@pytest.fixture
def ours(theirs: Any, tmp_path: Path) -> Model:
    theirs.save_pretrained(tmp_path)
    return Model.load(tmp_path)


def some_tokens(model: Model) -> list[int]:
    random = np.random.default_rng(5)
    return [int(token) for token in random.integers(0, model.graph.sizes["v"], model.context)]


def test_logits_and_intermediates_equal_transformers(theirs: Any, ours: Model, torch: ModuleType) -> None:
    tokens = some_tokens(ours)
    run = ours.trace(tokens)
    with torch.no_grad():
        out = theirs(torch.tensor([tokens]), output_hidden_states=True, output_attentions=True)
    np.testing.assert_allclose(run["logits"], out.logits[0].numpy(), atol=1e-4)
    for layer in range(len(out.attentions)):
        np.testing.assert_allclose(run[f"blocks.{layer}.attn.pattern"], out.attentions[layer][0].numpy(), atol=1e-5)
        np.testing.assert_allclose(run[f"blocks.{layer}.resid_pre"], out.hidden_states[layer][0].numpy(), atol=1e-5)
    np.testing.assert_allclose(run["ln_final.normalized"], out.hidden_states[-1][0].numpy(), atol=1e-5)


MODULES = ("wte", "wpe", "h.0.ln_1", "h.0.attn", "h.0.ln_2", "h.0.mlp.c_fc", "h.0.mlp.act", "h.0.mlp", "h.0", "ln_f")


def test_every_modules_output_is_found_under_its_own_name(theirs: Any, ours: Model, torch: ModuleType) -> None:
    seen: dict[str, np.ndarray] = {}

    def keep(name: str) -> Any:
        def hook(module: Any, given: Any, output: Any) -> None:
            first = output[0] if isinstance(output, tuple) else output
            seen[name] = first.detach().numpy().reshape(-1, first.shape[-1])

        return hook

    for name in MODULES:
        theirs.get_submodule(f"transformer.{name}").register_forward_hook(keep(f"transformer.{name}"))
    tokens = some_tokens(ours)
    with torch.no_grad():
        theirs(torch.tensor([tokens]))
    run = ours.trace(tokens)
    for name, array in seen.items():
        np.testing.assert_allclose(run[name], array, atol=1e-5, err_msg=name)
    assert len(seen) == len(MODULES)


def test_gradients_equal_pytorchs(theirs: Any, ours: Model, torch: ModuleType) -> None:
    tokens = np.array([some_tokens(ours), some_tokens(ours)[::-1]])
    targets = np.roll(tokens, -1, axis=1)
    targets[:, :4] = -1
    graph = with_loss(ours.config.graph())
    values, gradients = loss_and_gradients(graph, ours.parameters, inputs(graph, tokens, targets))
    logits = theirs(torch.tensor(tokens)).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(targets).flatten(), ignore_index=-1)
    loss.backward()
    assert abs(float(values["loss"]) - loss.item()) < 1e-5
    stored = {name: parameter.grad.numpy() for name, parameter in theirs.named_parameters()}
    expected = {weight.name: view(graph, weight, stored[place(weight).key]) for weight in graph.weights()}
    for name, gradient in expected.items():
        np.testing.assert_allclose(gradients[name], gradient, atol=1e-4, err_msg=name)


def test_a_folder_of_ours_opens_in_transformers(
    theirs: Any, ours: Model, transformers: ModuleType, torch: ModuleType, tmp_path: Path
) -> None:
    ours.save(tmp_path / "again")
    again = transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "again").eval()
    before, after = theirs.state_dict(), again.state_dict()
    assert before.keys() == after.keys()
    for name in before:
        assert torch.equal(before[name], after[name]), name
    tokens = torch.tensor([some_tokens(ours)])
    with torch.no_grad():
        assert torch.allclose(theirs(tokens).logits, again(tokens).logits, atol=1e-5)
    config = json.loads((tmp_path / "again" / "config.json").read_text())
    assert config["tie_word_embeddings"] is ours.config.settings()["tie_word_embeddings"]
