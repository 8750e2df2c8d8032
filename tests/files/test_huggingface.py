"""Checkpoint folders: what is saved comes back, what others wrote opens, what is broken is said in a sentence."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rights import of_a_user
from safetensors.numpy import load_file, save_file
from small import TIED, UNTIED, random_model

from pellucid.files.weights import asked, place, stored_shapes
from pellucid.graph import Graph, PellucidError
from pellucid.models import GPT2Config
from pellucid.run.model import Model
from pellucid.train.catalogue import load

TOKENS = [3, 1, 4, 1, 5]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random_model().save(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("config", [TIED, UNTIED], ids=["tied", "untied"])
def test_what_is_saved_comes_back(tmp_path: Path, config: object) -> None:
    model = random_model(config)  # type: ignore[arg-type]
    model.about = {"task": {"name": "sort", "alphabet": ["A", "B"], "length": 3, "answer_length": 3}}
    model.save(tmp_path / "m")
    again = Model.load(tmp_path / "m")
    assert again.config == model.config
    assert again.about == model.about
    assert again.vocabulary is not None
    assert model.vocabulary is not None
    assert again.vocabulary.pieces == model.vocabulary.pieces
    for name, array in model.parameters.items():
        np.testing.assert_array_equal(again.parameters[name], array)
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == [
        "config.json",
        "model.safetensors",
        "vocab.json",
    ]


def test_saving_over_a_model_leaves_other_files_and_no_temporary_ones(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    random_model(seed=1).save(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "notes.txt",
        "vocab.json",
    ]


def test_a_loaded_models_weights_survive_saving_over_them(folder: Path) -> None:
    model = Model.load(folder)
    before = model.trace(TOKENS)["logits"].copy()
    random_model(seed=1).save(folder)
    np.testing.assert_array_equal(model.trace(TOKENS)["logits"], before)


def test_names_without_prefix_masks_and_a_second_unembedding_are_understood(folder: Path) -> None:
    """The form of the first GPT-2 checkpoints on the hub."""
    before = Model.load(folder).trace(TOKENS)["logits"]
    arrays = load_file(folder / "model.safetensors")
    old = {name.removeprefix("transformer."): array for name, array in arrays.items()}
    old["h.0.attn.bias"] = np.tri(9, dtype=np.float32)[None, None]
    old["h.0.attn.masked_bias"] = np.array(-1e4, np.float32)
    old["lm_head.weight"] = arrays["transformer.wte.weight"]
    save_file(old, folder / "model.safetensors")
    np.testing.assert_array_equal(Model.load(folder).trace(TOKENS)["logits"], before)


@pytest.mark.parametrize("says", [{"tie_word_embeddings": True}, {}], ids=["said to be tied", "nothing said"])
def test_an_unembedding_of_its_own_is_used_whatever_config_says(folder: Path, says: dict[str, object]) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["tie_word_embeddings"]
    (folder / "config.json").write_text(json.dumps({**config, **says}))
    arrays = load_file(folder / "model.safetensors")
    own = np.random.default_rng(9).normal(size=(7, 12)).astype(np.float32)
    save_file({**arrays, "lm_head.weight": own}, folder / "model.safetensors")
    run = Model.load(folder).trace(TOKENS)
    np.testing.assert_allclose(run["logits"], run["ln_final.normalized"] @ own.T, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float16, 2e-2), (np.float64, 1e-7)])
def test_other_precisions_are_read_as_float32(folder: Path, dtype: type, tolerance: float) -> None:
    before = Model.load(folder).trace(TOKENS)["logits"]
    arrays = load_file(folder / "model.safetensors")
    save_file({name: array.astype(dtype) for name, array in arrays.items()}, folder / "model.safetensors")
    model = Model.load(folder)
    assert model.parameters["embed.W_E"].dtype == np.float32
    np.testing.assert_allclose(model.trace(TOKENS)["logits"], before, rtol=tolerance, atol=tolerance)


Break = Callable[[Path], object]


def change_weights(change: Callable[[dict[str, np.ndarray]], object]) -> Break:
    def apply(folder: Path) -> None:
        arrays = load_file(folder / "model.safetensors")
        change(arrays)
        save_file(arrays, folder / "model.safetensors")

    return apply


def change_config(**changed: object) -> Break:
    def apply(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **changed}))

    return apply


def set_nan(arrays: dict[str, np.ndarray]) -> None:
    arrays["transformer.wte.weight"][2, 3] = np.nan


def turn(name: str) -> Callable[[dict[str, np.ndarray]], object]:
    return lambda arrays: arrays.update({name: np.ascontiguousarray(arrays[name].T)})


def vocabulary(text: str) -> Break:
    return lambda folder: (folder / "vocab.json").write_text(text)


BROKEN: dict[str, tuple[Break, str]] = {
    "no folder": (shutil.rmtree, "There is no folder"),
    "no config": (lambda folder: (folder / "config.json").unlink(), "holds no config.json"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "holds no model.safetensors"),
    "an end that is no token": (
        change_config(eos_token_id="3"),
        "config.json says eos_token_id '3': it must be a token",
    ),
    "ends that are no tokens": (
        lambda folder: (folder / "generation_config.json").write_text('{"eos_token_id": [1, 2.5]}'),
        "generation_config.json says eos_token_id .1, 2.5.: it must be a token",
    ),
    "config not JSON": (lambda folder: (folder / "config.json").write_text("{"), "cannot be read as JSON"),
    "config a list": (lambda folder: (folder / "config.json").write_text("[]"), "not an object of settings"),
    "another architecture": (change_config(model_type="bert"), "model_type 'bert': only .*'gpt2'"),
    "sizes that do not divide": (
        change_config(n_head=5),
        r"12 channels do not divide into 5 heads: make the channels \(n_embd\) a multiple of the heads \(n_head\)\.",
    ),
    "sizes that do not fit": (change_config(n_embd=16), "do not belong together"),
    "more layers than weights": (change_config(n_layer=3), "says n_layer 3, but the weights are those of 2 layers"),
    "fewer layers than weights": (change_config(n_layer=1), "says n_layer 1, but the weights are those of 2 layers"),
    "a missing tensor": (
        change_weights(lambda arrays: arrays.pop("transformer.ln_f.bias")),
        r"lacks transformer\.ln_f",
    ),
    "a stranger": (change_weights(lambda arrays: arrays.update(extra=np.zeros(3, np.float32))), "holds extra"),
    "not a number": (change_weights(set_nan), r"transformer\.wte\.weight holds numbers that are not finite"),
    "whole numbers": (
        change_weights(lambda arrays: arrays.update({"transformer.ln_f.bias": np.zeros(12, np.int32)})),
        r"transformer\.ln_f\.bias holds I32",
    ),
    "an adapter beside it": (
        lambda folder: (folder / "adapter_config.json").write_text("{}"),
        "holds a model and adapter_config.json, an adapter for another model: merge the two first",
    ),
    "positions among the weights": (
        change_weights(lambda arrays: arrays.update({"transformer.position_ids": np.arange(3)})),
        r"holds transformer\.position_ids, for which this architecture has no place",
    ),
    "truncated": (
        lambda folder: os.truncate(folder / "model.safetensors", 3000),
        "not a whole safetensors file",
    ),
    "empty": (lambda folder: os.truncate(folder / "model.safetensors", 0), "not a whole safetensors file"),
    "a layer left out": (
        change_weights(lambda arrays: arrays.pop("transformer.h.0.attn.c_attn.weight")),
        r"lacks transformer\.h\.0\.attn\.c_attn\.weight",
    ),
    "one of two names taken": (
        change_weights(lambda arrays: arrays.update({"x.lm_head.weight": np.zeros((7, 12), np.float32)})),
        r"holds x\.lm_head\.weight",
    ),
    "one matrix of several turned": (
        change_weights(turn("transformer.h.0.mlp.c_fc.weight")),
        r"h\.0\.mlp\.c_fc\.weight has the shape \(48, 12\)",
    ),
    "a context that the weights contradict": (change_config(n_positions=10**9), "wpe.weight has the shape"),
    "a depth that the weights contradict": (change_config(n_layer=1000), "those of 2 layers"),
    "two names of a setting that differ": (change_config(hidden_size=13), "two names of one setting"),
    "scores without their scale": (change_config(scale_attn_weights=False), "scale_attn_weights false"),
    "scores by layer": (change_config(scale_attn_by_inverse_layer_idx=True), "by_inverse_layer_idx true"),
    "cross-attention": (change_config(add_cross_attention=True), "add_cross_attention true"),
    "an unknown activation": (
        change_config(activation_function="mish"),
        "activation_function is 'mish': it must be one of",
    ),
    "activations in a list": (change_config(activation_function=["gelu"]), "must be one of gelu_new"),
    "vocabulary with numbers too large": (vocabulary('{"A": 0, "B": 9}'), "each number from 0 to 6"),
    "vocabulary of texts": (vocabulary('{"A": "x"}'), "a whole number of its own"),
    "vocabulary with a number twice": (vocabulary('{"A": 1, "B": 1}'), "a whole number of its own"),
    "vocabulary of halves of characters": (vocabulary(r'{"\ud800": 1}'), "lone surrogates"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_said_in_one_sentence(folder: Path, case: str) -> None:
    spoil, sentence = BROKEN[case]
    spoil(folder)
    with pytest.raises(PellucidError, match=sentence) as caught:
        Model.load(folder)
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith((".", "?"))


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_lost(folder: Path) -> None:
    with pytest.raises(PellucidError, match="cannot be written") as caught:
        random_model().save(folder / "config.json")
    assert caught.value.exit_code == 1
    assert Model.load(folder)


def test_rows_without_a_letter_have_no_text(folder: Path) -> None:
    """As where rows were added to bring the vocabulary to a multiple of 64."""
    (folder / "vocab.json").write_text('{"A": 0, "B": 3}')
    model = Model.load(folder)
    assert model.tokens("ABBA") == [0, 3, 3, 0]
    assert model.text([0, 1, 3, 6]) == "AB"
    assert model.vocabulary is not None
    assert model.vocabulary.pieces == ("A", "", "", "B", "", "", "")
    model.save(folder)
    assert json.loads((folder / "vocab.json").read_text()) == {"A": 0, "B": 3}


def shards(folder: Path) -> None:
    """The weights in two files, as save_pretrained has them with a small max_shard_size."""
    arrays = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {name: f"model-0000{1 + place % 2}-of-00002.safetensors" for place, name in enumerate(arrays)}
    for file in set(places.values()):
        save_file({name: arrays[name] for name in arrays if places[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def change_index(change: Callable[[dict[str, str]], object]) -> Break:
    def apply(folder: Path) -> None:
        index = json.loads((folder / "model.safetensors.index.json").read_text())
        change(index["weight_map"])
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    return apply


BROKEN_SHARDS: dict[str, tuple[Break, str]] = {
    "one missing": (
        lambda folder: (folder / SECOND).unlink(),
        f"holds no {SECOND}, which model.safetensors.index.json speaks of: copy it there too",
    ),
    "no index": (
        lambda folder: (folder / "model.safetensors.index.json").unlink(),
        f"holds no model.safetensors, but {FIRST}: it is one of several, so model.safetensors.index.json",
    ),
    "one cut short": (lambda folder: os.truncate(folder / SECOND, 500), "is not a whole safetensors file"),
    "a file above": (change_index(lambda places: places.update({"a": "../x.safetensors"})), "only files in the same"),
    "a whole path": (change_index(lambda places: places.update({"a": "/x.safetensors"})), "only files in the same"),
    "a name that no file has": (
        change_index(lambda places: places.update({"a": "x" * 300 + ".safetensors"})),
        "no file has a name of more than 255 bytes",
    ),
    "no text": (change_index(lambda places: places.update({"a": 5})), "does not say which file"),  # type: ignore[dict-item]
    "nothing": (change_index(lambda places: places.clear()), "does not say which file"),
    "an array that is nowhere": (
        change_index(lambda places: places.update({"a": FIRST})),
        f"says that a is in {FIRST}",
    ),
    "an array twice": (lambda folder: shutil.copy(folder / FIRST, folder / SECOND), "stands in another"),
    "very many files": (
        change_index(lambda places: places.update({str(i): f"{i}.safetensors" for i in range(1000)})),
        "512 are the most",
    ),
}


@pytest.mark.parametrize("case", BROKEN_SHARDS)
def test_files_that_do_not_belong_together_are_refused(folder: Path, case: str) -> None:
    shards(folder)
    spoil, sentence = BROKEN_SHARDS[case]
    spoil(folder)
    with pytest.raises(PellucidError, match=sentence):
        Model.load(folder)


FOREIGN = {
    "pytorch_model.bin": "a file of PyTorch.*save it as safetensors first",
    "pytorch_model.bin.index.json": "a file of PyTorch",
    "ckpt.pt": "a file of PyTorch",
    "model.gguf": "a form that is not read here",
    "adapter_model.safetensors": "an adapter for another model",
}
BESIDE = ("optimizer.pt", "rng_state.pth", "scheduler.pt", "training_args.bin")
"""What a training leaves beside a model, and is none."""


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("config", [True, False])
def test_weights_in_another_form_are_refused_by_their_cause(folder: Path, name: str, config: bool) -> None:
    (folder / "model.safetensors").rename(folder / name)
    if not config:
        (folder / "config.json").unlink()
    for other in BESIDE:
        (folder / other).write_bytes(b"")
    with pytest.raises(PellucidError, match=f"but {name}, {FOREIGN[name]}") as caught:
        Model.load(folder)
    assert "not a model's folder" not in caught.value.message


RIGHTS = {
    "the folder": ("", 0o000, r"folder cannot be read \(Permission denied\): give yourself the right"),
    "its files": ("", 0o444, r"folder cannot be read \(Permission denied\): give yourself the right"),
    "the weights": ("model.safetensors", 0o000, r"model\.safetensors cannot be read \(Permission denied\): give"),
    "config.json": ("config.json", 0o000, r"config\.json cannot be read \(Permission denied\): give"),
}


@pytest.mark.parametrize("what", RIGHTS)
def test_what_may_not_be_read_is_said_to_be_so(folder: Path, what: str) -> None:
    """It only seems to be empty, or damaged."""
    name, rights, expected = RIGHTS[what]
    before = (folder / name).stat().st_mode
    (folder / name).chmod(rights)
    try:
        with of_a_user(), pytest.raises(PellucidError, match=expected.replace("folder", re.escape(folder.name))):
            Model.load(folder)
    finally:
        (folder / name).chmod(before)


def test_what_is_null_in_the_file_is_called_so(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    for name, value, said in (("tie_word_embeddings", None, "null"), ("add_cross_attention", True, "true: only false")):
        (folder / "config.json").write_text(json.dumps({**config, name: value}))
        with pytest.raises(PellucidError, match=f"{name} (is )?{said}"):
            Model.load(folder)


def test_a_weight_by_two_names_is_refused(folder: Path) -> None:
    """Programs differ in which of the two counts."""
    arrays = load_file(folder / "model.safetensors")
    again = arrays["transformer.wte.weight"] + 1
    save_file({**arrays, "wte.weight": again}, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(
        PellucidError, match=r"one weight by two names, transformer\.wte\.weight and wte\.weight: take out"
    ):
        Model.load(folder)


def test_weights_of_another_name_are_found(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.fp16.safetensors")
    with pytest.raises(PellucidError, match=r"but model\.fp16\.safetensors: if that holds .* rename it to model"):
        Model.load(folder)


@pytest.mark.parametrize("name", ["ckpt.pt", "./ckpt.pt", Path("ckpt.pt")])
def test_a_file_in_place_of_a_folder_is_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | Path
) -> None:
    (tmp_path / "ckpt.pt").write_bytes(b"PK")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PellucidError, match=r"ckpt\.pt is a file of PyTorch"):
        load(name)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    for name in ("a\0b/", Path("a\0b"), Path("x" * 300)):
        with pytest.raises(PellucidError, match=r"There is no folder|must be a path|cannot be opened"):
            load(name)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("layers", [1, 3, 11])
def test_one_layer_tells_of_all_what_a_checkpoint_holds(layers: int, tied: bool) -> None:
    config = GPT2Config(layers, 2, 8, 7, 9, n_inner=12, tie_word_embeddings=tied)
    graph, wanted = config.graph(), asked(config)
    assert wanted.shapes == stored_shapes(graph)
    assert wanted.sizes == graph.sizes
    assert wanted.biases == {place(weight).key for weight in graph.weights() if weight.initial == "zeros"}


def test_many_layers_are_compared_before_they_are_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of 80 kB can speak of a thousand layers, whose graph takes seconds."""
    config = GPT2Config(1000, 1, 1, 3, 2, n_inner=1)
    arrays = {name: np.zeros(shape, np.float32) for name, shape in asked(config).shapes.items()}
    del arrays["transformer.h.999.mlp.c_fc.weight"]
    save_file(arrays, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(config.to_json()))
    built: list[int] = []
    graph = GPT2Config.graph

    def counted(config: GPT2Config) -> Graph:
        built.append(config.n_layer)
        return graph(config)

    monkeypatch.setattr(GPT2Config, "graph", counted)
    with pytest.raises(PellucidError, match=r"lacks transformer\.h\.999\.mlp\.c_fc\.weight"):
        Model.load(tmp_path)
    assert built == [1]
