"""ONNX: what onnxruntime computes from the file is what Pellucid computes, for every tensor, op, and gradient.

The tolerance is 1e-5, relative and absolute: both compute in float32, in different orders.
"""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from graph.library import LLAMA, MIXTURE, NEIGHBOURS, Sizes, random_weights, small_llama
from small import TIED, UNTIED, random_model

from pellucid import Model, PellucidError, load
from pellucid.graph import Graph, Stored
from pellucid.graph.formula import Cell, Formula, softplus
from pellucid.graph.op import op
from pellucid.models import PRESETS, GPT2Config, with_loss
from pellucid.run.engine import inputs
from pellucid.run.parameters import Parameters
from pellucid.run.reference import walk


@pytest.fixture(scope="session")
def nano() -> Model:
    return load("nano")


def export(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pellucid", "export", "nano", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def session(onnxruntime: ModuleType, made: Any) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])


def computed(onnxruntime: ModuleType, made: Any, **given: np.ndarray) -> dict[str, np.ndarray]:
    """Every output of the model, by name."""
    started = session(onnxruntime, made)
    names = [one.name for one in started.get_outputs()]
    return dict(zip(names, started.run(names, given), strict=True))


def same(ours: np.ndarray, theirs: np.ndarray, name: str) -> None:
    assert ours.shape == theirs.shape, name
    np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("config", [TIED, UNTIED], ids=["tied", "untied"])
def test_the_engine_computes_every_tensor_of_texts_of_any_length(onnxruntime: ModuleType, config: GPT2Config) -> None:
    model = random_model(config)
    other = model.on("onnx")
    for text in ("ABCDE", "EDC", "A"):
        ours, theirs = model.trace(text), other.trace(text)
        assert set(ours) == set(theirs)
        for name, array in ours.items():
            same(array, theirs[name], name)
    assert list(other.trace("ABC", ["logits"])) == ["logits"]
    changed = "blocks.0.attn.z[h=1]~scale(2)"
    expected = model.trace("ABCD", interventions=changed)["logits"]
    same(expected, other.trace("ABCD", interventions=changed)["logits"], "logits")


def test_the_engine_agrees_on_a_hundred_inputs_and_writes_the_same_answers(
    onnxruntime: ModuleType, nano: Model
) -> None:
    other, random = nano.on("onnx"), np.random.default_rng(0)
    for length in random.integers(1, 12, 100):
        tokens = random.integers(0, 3, length).tolist()
        ours, theirs = nano.trace(tokens), other.trace(tokens)
        for name, array in ours.items():
            same(array, theirs[name], name)
    questions = np.stack(np.meshgrid(*[np.arange(3)] * 6, indexing="ij"), -1).reshape(-1, 6)
    assert written(nano, questions) == written(other, questions)
    assert other.generate("CBABBC") == "ABBBCC"


def written(model: Model, questions: np.ndarray) -> list[list[int]]:
    """What the model answers to all questions at once, six letters each."""
    name = model.graph.outputs.logits.name
    for _ in range(6):
        logits = model.engine.run(inputs(model.graph, questions), [name]).values[name]
        questions = np.concatenate([questions, logits[:, -1].argmax(-1)[:, None]], 1)
    found: list[list[int]] = questions[:, 6:].tolist()
    return found


def test_what_is_named_twice_is_written_once(onnxruntime: ModuleType, tmp_path: Path) -> None:
    names = ["blocks.0.attn.q", "blocks.0.attn.hook_q", "blocks.0.attn.q"]
    found = random_model().to_onnx(tmp_path / "x.onnx", names, open_for_change=names)
    assert found.outputs == ("blocks.0.attn.q",)
    opened = onnxruntime.InferenceSession(tmp_path / "x.onnx")
    inputs = [one.name for one in (*opened.get_inputs(), *opened.get_overridable_initializers())]
    assert sorted(inputs) == ["blocks.0.attn.q.changed", "blocks.0.attn.q.value", "tokens"]


def test_the_engine_sees_weights_that_have_changed(onnxruntime: ModuleType) -> None:
    model = random_model().on("onnx")
    before = model.trace("ABC")["logits"]
    model.parameters.set_cells("embed.W_E", (0, 0), 3.0)
    assert not np.allclose(before, model.trace("ABC")["logits"])
    same(model.on("numpy").trace("ABC")["logits"], model.trace("ABC")["logits"], "logits")


def test_the_engine_says_that_it_does_not_train(onnxruntime: ModuleType) -> None:
    model = random_model().on("onnx")
    with pytest.raises(PellucidError, match="computes and does not train: train with the engine numpy"):
        model.engine.learn({})


@pytest.mark.parametrize("texts", [False, True], ids=["one text", "several texts"])
@pytest.mark.parametrize("sizes", [LLAMA, MIXTURE, NEIGHBOURS], ids=["llama", "mixture", "neighbours"])
def test_every_op_is_written(onnxruntime: ModuleType, sizes: Sizes, texts: bool) -> None:
    from pellucid.files.onnx import to_onnx

    graph = small_llama(sizes)
    weights = {name: array.astype(np.float32) for name, array in random_weights(graph).items()}
    tokens = np.random.default_rng(1).integers(0, sizes.tokens, (3, 6) if texts else 6)
    ours = walk(graph.ops, {**weights, **inputs(graph, tokens)})
    theirs = computed(onnxruntime, to_onnx(graph, weights, texts=texts), tokens=tokens)
    assert {op.name for op in graph.ops} <= set(theirs)
    for name, array in theirs.items():
        if texts and array.ndim > ours[name].ndim:
            ours[name] = np.broadcast_to(ours[name], array.shape)  # the reference keeps what is the same for all texts
        same(ours[name], array, name)


def test_softplus_is_written_so_that_nothing_overflows(onnxruntime: ModuleType) -> None:
    from pellucid.files.onnx import to_onnx

    numbers = np.array([-1000, -20, -1, 0, 1, 20, 1000], np.float32)
    graph = Graph("by hand", {"f": len(numbers), "t": 1})
    graph.input("tokens", "t", "tokens", "x", role="tokens")
    x = graph.weight("x", "f", "x", "x", stored=Stored.at("x", "f"))
    graph.apply(op("smooth")(smooth)(x), "y", "f", "y", "y")
    made = computed(onnxruntime, to_onnx(graph, {"x": numbers}), tokens=np.zeros(1, np.int64))
    np.testing.assert_allclose(made["y"], np.logaddexp(numbers, 0), rtol=1e-6, atol=1e-7)


def smooth(x: Cell) -> Formula:
    return softplus(x)


@pytest.mark.parametrize("texts", [False, True], ids=["one text", "several texts"])
def test_gradients_are_written_as_any_other_tensor(onnxruntime: ModuleType, texts: bool) -> None:
    from pellucid.files.onnx import to_onnx

    graph = with_loss(UNTIED.graph())
    parameters, buffer = Parameters.zeros(graph)
    buffer[:] = np.random.default_rng(0).normal(0, 0.4, buffer.size)
    whole: Graph = graph.gradients()
    random = np.random.default_rng(1)
    shape = (3, 6) if texts else 6
    tokens, targets = random.integers(0, 5, shape), random.integers(-1, 5, shape)
    ours = walk(whole.ops, {**parameters.named, **inputs(graph, tokens, targets)})
    asked = [op.name for op in whole.ops]
    theirs = computed(onnxruntime, to_onnx(whole, parameters.named, asked, texts=texts), tokens=tokens, targets=targets)
    assert {"loss", "grad.blocks.0.attn.q", "grad.embed.W_E"} <= set(theirs)
    for name, array in theirs.items():
        same(ours[name], array, name)


def test_tensors_that_are_open_for_change_change_only_when_they_are_told_to(
    onnxruntime: ModuleType, nano: Model
) -> None:
    from pellucid.files.onnx import to_onnx

    names = ["tokens", "embed.W_E", "blocks.1.attn.z"]
    started = session(onnxruntime, to_onnx(nano.graph, nano.parameters, ["logits"], open_for_change=names))
    question = [2, 1, 0, 1, 1, 2]

    def logits(**given: np.ndarray) -> np.ndarray:
        found: np.ndarray = started.run(["logits"], {"tokens": np.array(question), **given})[0]
        return found

    def expected(change: str) -> np.ndarray:
        return nano.trace(question, interventions=change)["logits"]

    same(nano.trace(question)["logits"], logits(), "logits")
    head = np.arange(3).reshape(3, 1, 1) == 2
    same(expected("blocks.1.attn.z[h=2]"), logits(**{"blocks.1.attn.z.changed": head}), "without a head")
    letter = np.arange(6) == 3
    value = np.zeros(1, np.int64)
    same(
        nano.trace([2, 1, 0, 0, 1, 2])["logits"],
        logits(**{"tokens.changed": letter, "tokens.value": value}),
        "another letter",
    )
    row = np.arange(3).reshape(3, 1) == 1
    half = {"embed.W_E.changed": row, "embed.W_E.value": np.full((1, 1), 0.5, np.float32)}
    same(expected("embed.W_E[v=1]~set(0.5)"), logits(**half), "another weight")


def test_the_command_writes_a_file_that_says_what_is_in_it(
    onnxruntime: ModuleType, nano: Model, tmp_path: Path
) -> None:
    import onnx

    path = tmp_path / "nano.onnx"
    finished = export("-o", str(path), cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == f"73 tensors of nano are computed by {path}, for a text of any length.\n"
    made = onnx.load(path)
    assert [one.name for one in made.graph.input] == ["tokens"]
    pattern = next(one for one in made.graph.output if one.name == "blocks.0.attn.pattern")
    dimensions = pattern.type.tensor_type.shape.dim
    assert [one.dim_value or one.dim_param for one in dimensions] == [3, "positions", "positions"]
    assert [one.denotation for one in dimensions] == ["head", "position", "position looked at"]
    told = {one.key: one.value for one in made.metadata_props}
    assert json.loads(told["axes"])["blocks.0.attn.pattern"] == "h t s"
    assert json.loads(told["vocabulary"]) == ["A", "B", "C"]
    same(nano.trace("CBABBC")["probs"], computed(onnxruntime, made, tokens=np.array([2, 1, 0, 1, 1, 2]))["probs"], "")

    chosen = ("--tensor", "logits", "--texts", "--open-for-change", "blocks.1.attn.z", "--json")
    finished = export("-o", str(path), *chosen, cwd=tmp_path)
    assert json.loads(finished.stdout) == {
        "inputs": ["tokens", "blocks.1.attn.z.changed", "blocks.1.attn.z.value"],
        "outputs": ["logits"],
        "path": str(path),
    }
    logits = computed(onnxruntime, onnx.load(path), tokens=np.array([[2, 1, 0], [0, 0, 1]]))["logits"]
    same(np.stack([nano.trace(text)["logits"] for text in ("CBA", "AAB")]), logits, "logits")


def test_commands_compute_with_onnxruntime_where_they_are_told_to(onnxruntime: ModuleType, tmp_path: Path) -> None:
    for command in (["generate", "nano", "CBABBC"], ["explain", "nano", "CBABBC", "logits[5,0]"]):
        ours, theirs = (
            subprocess.run(
                [sys.executable, "-m", "pellucid", *command, *engine], capture_output=True, text=True, check=True
            )
            for engine in ([], ["--engine", "onnx"])
        )
        assert theirs.stdout.splitlines()[:1] == ours.stdout.splitlines()[:1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-o", "nano.gif"), "The file 'nano.gif' ends in '.gif': a model is written as .onnx"),
        (("-o", "n.onnx", "--tensor", "logit"), "has no tensor named 'logit'; did you mean"),
        (
            ("-o", "n.onnx", "--tensor", "embed.W_E"),
            "embed.W_E is a weight, which nothing computes: name an activation",
        ),
        (("-o", "n.onnx", "--open-for-change", "nothing"), "has no tensor named 'nothing'"),
        (
            ("-o", "n.onnx", "--tensor", "embed", "--open-for-change", "logits"),
            "logits is not needed for embed: it cannot be changed",
        ),
    ],
)
def test_what_cannot_be_written_is_said(
    onnxruntime: ModuleType, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    finished = export(*arguments, cwd=tmp_path)
    assert finished.returncode == 2
    assert sentence in finished.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"tensors": 5}, "tensors is 5: it must be the name of a tensor"),
        ({"open_for_change": None}, "open_for_change is None: it must be the name of a tensor"),
        ({"texts": np.arange(2)}, "texts is array.*: it must be True or False"),
        ({"file": "folder"}, "folder cannot be written .it is a folder"),
        ({"file": "\ud800.onnx"}, "it must be a path"),
        ({"file": "A" * 5000}, "cannot be written .*choose another place"),
    ],
)
def test_what_python_cannot_write_is_said_too(
    onnxruntime: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(PellucidError, match=sentence):
        random_model().to_onnx(**{"file": "a.onnx", "tensors": ["logits"], **given})
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_weights_that_the_format_cannot_hold_are_refused_before_anything_is_made(onnxruntime: ModuleType) -> None:
    from pellucid.files.onnx import to_onnx

    with pytest.raises(PellucidError, match=r"holds up to 2 GB, and these weights take 6\.2 GB"):
        to_onnx(PRESETS["gpt2-xl"].graph(), {})
