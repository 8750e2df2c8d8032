"""A folder opens as transformers opens it, in whatever form it comes: logits, likeliest tokens and what is written are
those of transformers' own program, for every form of file and config with models of several sizes.
"""

import copy
import json
import pickle
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.words.errors import PellucidWarning

TOLERANCE = 1e-5
"""Of the largest logit. Both sides compute with float32, 24 bits, and add up to a hundred numbers in other orders."""
WRITTEN = 20
LINEAR = ("attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight")

SIZES: dict[str, dict[str, Any]] = {
    "one": {"n_layer": 1, "n_head": 1, "n_embd": 8, "n_positions": 25, "vocab_size": 11},
    "two": {"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 32, "vocab_size": 50},
    "inner": {"n_layer": 2, "n_head": 4, "n_embd": 32, "n_positions": 30, "vocab_size": 97, "n_inner": 48},
    "letters": {"n_layer": 3, "n_head": 3, "n_embd": 48, "n_positions": 40, "vocab_size": 3, "n_inner": 48},
}

Tensors = dict[str, Any]
Config = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """How a folder differs from what save_pretrained writes, and whether transformers itself opens it like that."""

    weights: Callable[[Tensors, ModuleType], Tensors] = lambda weights, torch: weights
    config: Callable[[Config], Config] = lambda config: config
    settings: Mapping[str, Any] = field(default_factory=dict)
    saving: Mapping[str, Any] = field(default_factory=dict)
    biases: bool = True
    known: bool = True


def wrapped(before: str, instead: str = "transformer.") -> Callable[[Tensors, ModuleType], Tensors]:
    return lambda weights, torch: {before + name.replace("transformer.", instead): w for name, w in weights.items()}


def as_dtype(name: str) -> Callable[[Tensors, ModuleType], Tensors]:
    return lambda weights, torch: {key: w.to(getattr(torch, name)) for key, w in weights.items()}


def head_of_its_own(weights: Tensors, torch: ModuleType) -> Tensors:
    return {**weights, "lm_head.weight": torch.randn_like(weights["transformer.wte.weight"])}


def head_again(weights: Tensors, torch: ModuleType) -> Tensors:
    return {**weights, "lm_head.weight": weights["transformer.wte.weight"].clone()}


def head_alone(weights: Tensors, torch: ModuleType) -> Tensors:
    return {name.replace("transformer.wte.weight", "lm_head.weight"): w for name, w in weights.items()}


def with_masks(weights: Tensors, torch: ModuleType) -> Tensors:
    """As the first checkpoints on the hub: bare names, and the causal mask among the weights."""
    layers = {name.split(".")[2] for name in weights if ".h." in name}
    bare = {name.removeprefix("transformer."): w for name, w in weights.items()}
    masks = {f"h.{layer}.attn.bias": torch.ones(25, 25).tril()[None, None] for layer in layers}
    return {**bare, **masks, **{f"h.{layer}.attn.masked_bias": torch.tensor(-1e4) for layer in layers}}


def turned(weights: Tensors, torch: ModuleType) -> Tensors:
    return {name: w.T if name.endswith(LINEAR) else w for name, w in weights.items()}


def without_biases(weights: Tensors, torch: ModuleType) -> Tensors:
    return {name: w for name, w in weights.items() if not name.endswith(".bias")}


def half_bare(weights: Tensors, torch: ModuleType) -> Tensors:
    """With the prefix here and without it there, as files are that were put together by hand."""
    return {
        name if number % 2 else name.removeprefix("transformer."): weights[name]
        for number, name in enumerate(sorted(weights))
    }


def of_nanogpt(weights: Tensors, torch: ModuleType) -> Tensors:
    """What nanoGPT's compiled model has with bias=False."""
    own = head_again(turned(without_biases(weights, torch), torch), torch)
    return {f"_orig_mod.{name}": w for name, w in own.items()}


def by_aliases(config: Config) -> Config:
    names = {"n_embd": "hidden_size", "n_layer": "num_hidden_layers", "n_head": "num_attention_heads"}
    names["n_positions"] = "max_position_embeddings"
    return {names.get(name, name): value for name, value in config.items()}


def without(*names: str) -> Callable[[Config], Config]:
    return lambda config: {name: value for name, value in config.items() if name not in names}


def saying(**more: Any) -> Callable[[Config], Config]:
    return lambda config: {**config, **more}


FORMS: dict[str, Form] = {
    "as it is saved": Form(),
    "untied": Form(settings={"tie_word_embeddings": False}),
    "tied, with a head of its own": Form(head_of_its_own),
    "nothing said of tying, with a head of its own": Form(head_of_its_own, without("tie_word_embeddings")),
    "tied, with the same again as a head": Form(head_again),
    "tied, with the head alone": Form(head_alone),
    "bare names": Form(wrapped("", instead="")),
    "bare names and others": Form(half_bare),
    "the hub's first form": Form(with_masks),
    "float16": Form(as_dtype("float16"), saying(dtype="float16")),
    "bfloat16": Form(as_dtype("bfloat16"), saying(torch_dtype="bfloat16")),
    "float64": Form(as_dtype("float64")),
    "in several files": Form(saving={"max_shard_size": "5KB"}),
    "in several files, untied": Form(saving={"max_shard_size": "3KB"}, settings={"tie_word_embeddings": False}),
    "compiled": Form(wrapped("_orig_mod."), known=False),
    "in parallel": Form(wrapped("module."), known=False),
    "in parallel, compiled, untied": Form(
        wrapped("module._orig_mod."), settings={"tie_word_embeddings": False}, known=False
    ),
    "another prefix": Form(wrapped("", instead="model."), known=False),
    "without biases": Form(without_biases, biases=False),
    "matrices turned": Form(turned, known=False),
    "nanoGPT's": Form(of_nanogpt, biases=False, known=False),
    "aliases of settings": Form(config=by_aliases),
    "no model_type": Form(config=without("model_type")),
    "settings that change nothing": Form(
        config=saying(is_causal=True, transformers_weights="model.safetensors", per_layer_config={}, head_dim=3)
    ),
    "other spellings": Form(config=saying(activation_function="gelu_fast", n_ctx=7, reorder_and_upcast_attn=True)),
    "gelu_pytorch_tanh": Form(config=saying(activation_function="gelu_pytorch_tanh", layer_norm_epsilon=1e-3)),
    **{
        f"with {name}": Form(settings={"activation_function": name})
        for name in ("gelu", "quick_gelu", "relu", "silu", "tanh")
    },
}


def test_the_grid_is_of_a_hundred_and_twenty_four_folders() -> None:
    assert len(FORMS) * len(SIZES) == 124


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("form", FORMS)
def test_a_folder_opens_as_transformers_opens_it(
    form: str, size: str, tmp_path: Path, torch: ModuleType, transformers: ModuleType
) -> None:
    made = FORMS[form]
    theirs = network(SIZES[size], made, torch, transformers)
    theirs.save_pretrained(tmp_path, **made.saving)
    change(tmp_path, made, torch)
    if made.known:
        theirs = transformers.GPT2LMHeadModel.from_pretrained(tmp_path, dtype=torch.float32).eval()
    ours = Model.load(tmp_path)
    prompt = [token % SIZES[size]["vocab_size"] for token in (2, 7, 1)]
    with torch.no_grad():
        logits = theirs(torch.tensor([prompt])).logits[0].numpy()
        asked = {"max_new_tokens": WRITTEN, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
        written = theirs.generate(torch.tensor([prompt]), **asked)[0].tolist()
    found = ours.trace(prompt)["logits"]
    np.testing.assert_allclose(found, logits, rtol=0, atol=TOLERANCE * np.abs(logits).max())
    np.testing.assert_array_equal(found.argmax(-1), logits.argmax(-1))
    assert prompt + [step.token for step in ours.steps(prompt, WRITTEN)] == written
    assert len(set(written)) > 1


ENDINGS: dict[str, tuple[Callable[[int], Config], Callable[[int], Config] | None]] = {
    "none": (lambda end: {"eos_token_id": None}, None),
    "config.json": (lambda end: {"eos_token_id": end}, None),
    "several": (lambda end: {"eos_token_id": [end, 10_000, -1]}, None),
    "generation_config.json": (lambda end: {"eos_token_id": None}, lambda end: {"eos_token_id": end}),
    "the two differ": (lambda end: {"eos_token_id": end}, lambda end: {"do_sample": False}),
}
"""What config.json and generation_config.json say of a token with which a text ends."""


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_text_ends_where_transformers_ends_it(
    ending: str, tmp_path: Path, torch: ModuleType, transformers: ModuleType
) -> None:
    theirs = network(SIZES["two"], Form(), torch, transformers)
    theirs.save_pretrained(tmp_path)
    prompt = [2, 7, 1]
    end = [step.token for step in Model.load(tmp_path).steps(prompt, WRITTEN)][WRITTEN // 4]
    config, generation = ENDINGS[ending]
    told = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**told, **config(end)}))
    (tmp_path / "generation_config.json").unlink()
    if generation is not None:
        (tmp_path / "generation_config.json").write_text(json.dumps(generation(end)))
    theirs = transformers.GPT2LMHeadModel.from_pretrained(tmp_path, dtype=torch.float32).eval()
    asked = {"max_new_tokens": WRITTEN, "do_sample": False, "pad_token_id": 0}
    with torch.no_grad():
        written = theirs.generate(torch.tensor([prompt]), **asked)[0].tolist()[len(prompt) :]
    ours = Model.load(tmp_path)
    again = tmp_path / "again"
    ours.save(again)
    for model in (ours, Model.load(again), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert [step.token for step in model.steps(prompt, WRITTEN)] == written
    assert (len(written) == WRITTEN) == (ending in ("none", "the two differ"))


@pytest.mark.parametrize(
    ("config", "generation", "named"),
    [
        ({}, {"repetition_penalty": 3.0, "no_repeat_ngram_size": 2}, "repetition_penalty, no_repeat_ngram_size"),
        ({}, {"suppress_tokens": [1]}, "suppress_tokens"),
        ({}, {"max_time": 0.001}, "max_time"),
        ({}, {"min_new_tokens": 3, "forced_eos_token_id": 2}, "min_new_tokens, forced_eos_token_id"),
        ({"repetition_penalty": 3.0}, None, "repetition_penalty"),
        ({"sliding_window": 4}, {}, "sliding_window"),
        ({"attention_chunk_size": 4}, {}, "attention_chunk_size"),
        ({"sliding_window": None}, {"repetition_penalty": 1.0, "num_beams": 1, "suppress_tokens": None}, None),
        ({}, {"do_sample": True, "temperature": 0.7, "max_length": 9, "use_cache": False}, None),
    ],
)
def test_settings_that_are_not_heeded_are_said(
    tmp_path: Path, config: Config, generation: Config | None, named: str | None
) -> None:
    random_model().save(tmp_path)
    told = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**told, **config}))
    if generation is not None:
        (tmp_path / "generation_config.json").write_text(json.dumps(generation))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model = Model.load(tmp_path)
    sentences = [str(one.message) for one in said if issubclass(one.category, PellucidWarning)]
    assert len(sentences) == (named is not None)
    assert all(f"not heeded here ({named}): take them out" in sentence for sentence in sentences)
    model.save(tmp_path / "again")  # without them, so that transformers writes as Pellucid does
    with warnings.catch_warnings(action="error"):
        Model.load(tmp_path / "again")


def network(sizes: Mapping[str, Any], form: Form, torch: ModuleType, transformers: ModuleType) -> Any:
    """A model whose weights are all random, in a range in which every one of them matters."""
    torch.manual_seed(4)
    settings = {**sizes, **form.settings, "bos_token_id": None, "eos_token_id": None}
    made = transformers.GPT2LMHeadModel(transformers.GPT2Config(**settings)).eval()
    for name, parameter in made.named_parameters():
        if form.biases or not name.endswith(".bias"):
            parameter.data += 0.3 * torch.randn_like(parameter)
    return made


def change(folder: Path, form: Form, torch: ModuleType) -> None:
    """Bring the folder into that form."""
    from safetensors.torch import load_file, save_file

    whole = folder / "model.safetensors"
    if whole.exists():
        changed = form.weights(load_file(whole), torch)
        save_file({name: weight.contiguous() for name, weight in changed.items()}, whole, {"format": "pt"})
    else:
        assert len(list(folder.glob("model-*.safetensors"))) > 1
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(form.config(config)))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("is_causal", False),
        ("transformers_weights", "other.safetensors"),
        ("quantization_config", {"quant_method": "bitsandbytes", "load_in_8bit": True}),
        ("per_layer_config", {"0": {"layer_norm_epsilon": 0.5}}),
        ("attribute_map", {"n_embd": "n_inner"}),
        ("scale_attn_weights", False),
        ("scale_attn_by_inverse_layer_idx", True),
        ("add_cross_attention", True),
    ],
)
def test_a_setting_that_makes_another_model_of_it_is_named_and_refused(
    setting: str, value: Any, tmp_path: Path, torch: ModuleType, transformers: ModuleType
) -> None:
    made = Form(config=saying(**{setting: value}))
    network(SIZES["two"], made, torch, transformers).save_pretrained(tmp_path)
    change(tmp_path, made, torch)
    with pytest.raises(PellucidError, match=f"^config.json says {setting} ") as refusal:
        Model.load(tmp_path)
    assert refusal.value.code == "unknown-architecture"
