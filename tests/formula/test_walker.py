"""The walker in the page and Python's: the same numbers, the same sentences, the same chance."""

import gzip
import inspect
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formula.models import LIBRARY, Values, computed, model, question, random_weights
from graph.random_formulas import Example, examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import random_model
from walking import ROOT, Walker, node

from pellucid.graph import Graph, ops
from pellucid.run.chance import uniform
from pellucid.run.explain import explain, finite
from pellucid.run.generate import Sampling, choose
from pellucid.words.numbers import number

GOLDEN = Path(__file__).parents[1] / "golden" / "chance.json"
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def assert_close(name: str, ours: np.ndarray, theirs: np.ndarray, relative: float = 1e-5) -> None:
    """Within 1e-5 of a tensor's largest number: float32 keeps 6e-8, and sums of tens of terms lose a digit or two."""
    assert ours.shape == theirs.shape, name
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    error = float(np.abs(np.where(same, 0, ours) - np.where(same, 0, theirs)).max(initial=0))
    size = float(np.abs(np.where(np.isfinite(theirs), theirs, 0)).max(initial=0))
    assert error <= 1e-6 + relative * size, f"{name}: off by {error}"


def assert_agree(found: Values, expected: Values) -> None:
    for name, array in found.items():
        assert_close(name, array, expected[name])


@pytest.mark.parametrize(("name", "runs"), [("tied", 20), ("untied", 20), ("nano", 10)])
def test_every_tensor_of_random_runs_is_pythons_gradients_too(walker: Walker, name: str, runs: int) -> None:
    graph, weights = model(name)
    walker.load(graph, weights)
    random = np.random.default_rng(0)
    made = {tensor.name for tensor in graph.tensors.values() if tensor.kind != "weight"}
    assert any(tensor.startswith("grad.") for tensor in made)
    for _ in range(runs):
        asked = question(graph, random)
        found = walker.run(asked)
        assert found.keys() == made
        assert_agree(found, computed(graph, weights, asked))


@pytest.mark.parametrize(("name", "cells"), [("tied", 20), ("untied", 20), ("nano", 8)])
def test_every_explanation_is_pythons_field_by_field(walker: Walker, name: str, cells: int) -> None:
    graph, weights = model(name)
    walker.load(graph, weights)
    asked = question(graph, np.random.default_rng(1), graph.sizes["t"] - 1)
    assert_explained(walker, graph, weights, asked, cells)


def assert_explained(walker: Walker, graph: Graph, weights: Values, asked: dict[str, Any], count: int) -> None:
    """Cells of every tensor, explained by Python from the walker's own numbers."""
    random = np.random.default_rng(2)
    values = {**weights, **walker.run(asked)}
    given = {name for name, tensor in graph.tensors.items() if tensor.kind == "input"}
    values.update({name: values[name].astype(int) for name in given & values.keys()})
    cells = [(name, random.integers(array.shape).tolist()) for name, array in values.items() for _ in range(count)]
    found = walker.ask("explain", {"question": asked, "cells": cells})
    for (name, index), ours in zip(cells, found, strict=True):
        with np.errstate(all="ignore"):
            explanation = explain(graph, values, graph.find(name), tuple(index))
        theirs = explanation.to_json()
        for step, done in zip(theirs["steps"], explanation.steps, strict=True):
            step.update(sign=done.sign, operand=None if done.operand is None else finite(done.operand))
        for term in ours["terms"]:
            assert term.pop("plain"), f"{name}{index}: no text for the term {term['label']}"
        assert_same(f"{name}{index}", ours, theirs)


def assert_same(where: str, ours: Any, theirs: Any) -> None:
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), where
        for key, value in theirs.items():
            assert_same(f"{where}.{key}", ours[key], value)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for place, value in enumerate(theirs):
            assert_same(f"{where}.{place}", ours[place], value)
    elif isinstance(theirs, float) and isinstance(ours, float | int):
        # The last digit of an exponential or tanh is a library's own; a difference of two such may consist of it.
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15), where
    else:
        assert str(ours) == str(theirs) if isinstance(theirs, float) else ours == theirs, where


def test_there_is_a_case_for_every_op() -> None:
    made = {name for name, one in inspect.getmembers(ops, inspect.isfunction) if hasattr(one, "__wrapped__")}
    missing = ", ".join(sorted(made - LIBRARY.keys()))
    assert not missing, f"tests/formula/models.py has no case of {missing}: put a line into LIBRARY"


@pytest.mark.parametrize("name", LIBRARY)
def test_every_op_of_the_library(walker: Walker, name: str) -> None:
    """Its value, its gradients, its explanations."""
    graph = LIBRARY[name]().gradients("loss")
    weights = random_weights(graph)
    walker.load(graph, weights)
    asked = question(graph, np.random.default_rng(3), graph.sizes["t"])
    assert_agree(walker.run(asked), computed(graph, weights, asked))
    assert_explained(walker, graph, weights, asked, 20)
    assert walker.ask("latex") == [op["formula"] for op in graph.describe()["ops"]]


def test_only_what_is_kept_comes_and_nothing_else_is_computed(walker: Walker) -> None:
    graph, weights = model("tied")
    walker.load(graph, weights)
    asked = question(graph, np.random.default_rng(4), 6)
    found = walker.run(asked, ["blocks.0.attn.q", "grad.blocks.1.mlp.pre"])
    assert list(found) == ["blocks.0.attn.q", "grad.blocks.1.mlp.pre"]
    assert_agree(found, computed(graph, weights, asked))
    without = walker.run({"tokens": asked["tokens"]})
    assert "probs" in without
    assert not any(name.startswith(("loss", "grad.")) for name in without), "there are no right answers to compare with"


# Changes.


def changed(graph: Graph, weights: Values, asked: dict[str, Any], name: str, edit: Any) -> Values:
    """Every tensor by NumPy, with one edited as soon as it is there."""
    values = {**weights, "tokens": np.array(asked["tokens"]), "positions": np.arange(len(asked["tokens"]))}
    if name in values:
        values[name] = edit(values[name].copy())
    for op in graph.ancestors(["probs"]):
        values[op.name] = op.compute(np, *[values[operand] for operand in op.operand_names])
        if op.name == name:
            values[name] = edit(values[name].copy())
    return values


CHANGES: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("blocks.1.attn.z", {"h": [1, 2]}, {"kind": "zero"}, lambda z, there: np.multiply(z, 0, out=z, where=there)),
    ("blocks.0.mlp.post", {"t": [1, 3]}, {"kind": "scale", "number": 2.0}, lambda x, there: np.where(there, 2 * x, x)),
    ("embed.W_E", {"v": [3, 4]}, {"kind": "add", "number": 0.5}, lambda x, there: np.where(there, x + 0.5, x)),
    ("logits.max", {}, {"kind": "set", "number": 1.5}, lambda x, there: np.where(there, 1.5, x)),
    (
        "blocks.0.resid_mid",
        {"c": [2, 9]},
        {"kind": "mean along", "axes": ["t"]},
        lambda x, there: np.where(there, x.mean(0, keepdims=True), x),
    ),
]


@pytest.mark.parametrize(("name", "at", "change", "edit"), CHANGES, ids=[change["kind"] for _, _, change, _ in CHANGES])
def test_changed_cells_change_what_follows(
    walker: Walker, name: str, at: dict[str, list[int]], change: dict[str, Any], edit: Any
) -> None:
    graph, weights = model("tied")
    walker.load(graph, weights)
    asked = question(graph, np.random.default_rng(5), 7)
    tensor = graph.find(name)
    there = np.zeros(graph.shape(tensor, 7), bool)
    there[tuple(slice(*at[axis]) if axis in at else slice(None) for axis in tensor.axes)] = True
    intervention = {"cells": {"tensor": name, "at": at}, "change": change}
    intervened = {"tokens": asked["tokens"], "interventions": [intervention]}
    expected = changed(graph, weights, asked, name, lambda x: edit(x, there).astype(np.float32))
    assert_agree(walker.run(intervened), expected)
    (inside,) = np.argwhere(there)[:1].tolist()
    (explained,) = walker.ask("explain", {"question": intervened, "cells": [[name, inside]]})
    assert explained["formula"].endswith(r"\quad \text{(changed by hand)}")
    plain = {"tokens": asked["tokens"]}
    assert_agree(walker.run(plain), changed(graph, weights, asked, "", None))


def test_cells_of_other_runs_and_frozen_ones(walker: Walker) -> None:
    graph, weights = model("tied")
    walker.load(graph, weights)
    tokens, other = [1, 4, 2, 2, 0], [3, 3, 1, 0, 5]
    name = "blocks.0.attn.pattern"
    cells = {"cells": {"tensor": name, "at": {"h": [0, 1]}}}
    theirs = walker.run({"tokens": other}, [name])[name]
    own = walker.run({"tokens": tokens}, [name])[name]
    taken = {**cells, "change": {"kind": "from", "tokens": other}}
    found = walker.run({"tokens": tokens, "interventions": [taken]}, [name])[name]
    np.testing.assert_array_equal(found[0], theirs[0])
    np.testing.assert_array_equal(found[1], own[1])
    begun = walker.run({"tokens": tokens[:3], "interventions": [taken]}, [name])[name]
    np.testing.assert_allclose(
        begun[0], theirs[0][:3, :3], atol=1e-6
    )  # of a longer text, what belongs to its beginning
    mean = {**cells, "change": {"kind": "mean over", "texts": [tokens, other]}}
    found = walker.run({"tokens": tokens, "interventions": [mean]}, [name])[name]
    np.testing.assert_allclose(found[0], (own[0] + theirs[0]) / 2, rtol=1e-6)
    doubled = {"cells": {"tensor": "embed", "at": {}}, "change": {"kind": "scale", "number": 2.0}}
    frozen = {**cells, "change": {"kind": "freeze"}}
    found = walker.run({"tokens": tokens, "interventions": [doubled, frozen]}, [name])[name]
    np.testing.assert_array_equal(found[0], own[0])
    assert np.abs(found[1] - own[1]).max() > 1e-4


# Numbers as text.


@settings(QUIET, max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.floats(width=32),
            st.floats(-2e6, 2e6),
            st.floats(-1e-3, 1e-3),
            st.integers(-(2**24), 2**24).map(lambda one: one / 64),
            st.integers(-(2**15), 2**15).map(lambda one: one / 32),
        ),
        min_size=20,
        max_size=200,
    )
)
def test_numbers_are_written_as_python_writes_them(walker: Walker, values: list[float]) -> None:
    spelled = [repr(one).replace("inf", "Infinity") for one in values]
    written = walker.ask("numbers", spelled)
    assert written == [number(one) for one in values]


def test_terms_are_written_as_plain_text(walker: Walker) -> None:
    graph, weights = model("tied")
    walker.load(graph, weights)
    asked = question(graph, np.random.default_rng(6), 4)
    cells = [["blocks.0.attn.q", [0, 1, 2]], ["ln_final.scale", [1]], ["logits.sum", [2]], ["blocks.0.ln1.mean", [0]]]
    found = walker.ask("explain", {"question": asked, "cells": cells})
    shapes = [r"−?N × (N|\(−N\))", r"\((−?N) − (N|\(−N\))\)²", "e⁅−?N − (N|\\(−N\\))⁆", "−?N"]
    for explanation, shape in zip(found, shapes, strict=True):
        pattern = shape.replace("N", r"[\d.]+")
        for term in explanation["terms"]:
            if term["label"] != "bias":
                assert re.fullmatch(pattern, term["plain"]), term["plain"]


# Chance.


def test_chance_is_that_of_the_golden_file(walker: Walker) -> None:
    rows = json.loads(GOLDEN.read_text())["uniform"]
    expected = [share for _, _, share in rows]
    assert [uniform(int(seed), position) for seed, position, _ in rows] == expected
    assert walker.ask("uniform", [row[:2] for row in rows]) == expected


def test_tokens_are_chosen_as_python_chooses_them(walker: Walker) -> None:
    random = np.random.default_rng(7)
    asked = []
    expected = []
    for place in range(300):
        logits = random.normal(0, 3, int(random.integers(2, 40))).astype(np.float32)
        sampling = {
            "temperature": [0.0, float(random.uniform(0.2, 3))][place % 5 > 0],
            "top_k": int(random.integers(0, 10)),
            "top_p": float(random.uniform(0.05, 1)),
            "seed": int(random.integers(0, 2**40)),
        }
        asked.append([logits.tolist(), sampling, place])
        expected.append(choose(logits, Sampling(**sampling), place))  # type: ignore[arg-type]
    for ours, theirs in zip(walker.ask("choose", asked), expected, strict=True):
        assert ours["token"] == theirs.token
        assert ours["kept"] == theirs.kept.tolist()
        np.testing.assert_allclose(ours["probabilities"], theirs.probabilities, rtol=1e-12)


@pytest.mark.parametrize("temperature", [5e-324, 1e-310, 1e-300, 1e-30, 1e-7, 0.01, 99.9, 100.0])
def test_no_temperature_is_too_low_or_too_high(walker: Walker, temperature: float) -> None:
    sampling = {"temperature": temperature, "seed": 3}
    given = [[1e4, -3e4, 9999.5], [3e38, -3e38, 0.0], [-2.0, -2.0, -7.0], [-np.inf, 0.5, 0.25], [1e-40, 0.0, -1e-40]]
    rows = [[float(one) for one in np.array(row, np.float32)] for row in given]
    # JSON has no infinities.
    found = walker.ask("choose", [[[max(one, -1.7e308) for one in row], sampling, 5] for row in rows])
    for row, ours in zip(rows, found, strict=True):
        theirs = choose(np.float32(row), Sampling(**sampling), 5)  # type: ignore[arg-type]
        np.testing.assert_allclose(ours["probabilities"], theirs.probabilities, rtol=1e-12)
        assert sum(ours["probabilities"]) == pytest.approx(1)
        assert ours["token"] == theirs.token


@pytest.mark.parametrize("temperature", [None, 1.5])
def test_a_model_goes_on_with_the_same_tokens(walker: Walker, temperature: float | None) -> None:
    small = random_model()
    walker.load(small.graph, dict(small.parameters))
    tokens = [1, 0, 2]
    for step in small.steps(tokens, 6, temperature=temperature, top_p=0.9, seed=5):
        sampling = {"temperature": temperature, "top_p": 0.9, "seed": 5}
        found = walker.ask("next", {"question": {"tokens": tokens}, "sampling": sampling})
        assert found["token"] == step.token
        tokens.append(step.token)


# Formulas at random.


@QUIET
@given(examples())
def test_formulas_at_random_and_their_derivatives(walker: Walker, example: Example) -> None:
    """The walker in single precision, against NumPy in double."""
    graph = example.graph().gradients("loss")
    random = np.random.default_rng(example.seed)
    numbers = {
        one.name: random.normal(size=graph.shape(one)).astype(np.float32).astype(float) for one in graph.weights()
    }
    walker.load(graph, numbers)
    asked = {"tokens": random.integers(0, graph.sizes["v"], graph.sizes["t"]).tolist(), "targets": []}
    expected = computed(graph, numbers, asked)
    for name, array in walker.run(asked).items():
        assert_close(name, array, expected[name], 1e-4)


# Bars, in the milliseconds of the machine that they were set for, whatever machine this is.

WORK_MS = 2.0
"""What the fixed piece of work takes there."""


def test_a_run_takes_under_three_milliseconds_and_an_explanation_under_one(walker: Walker) -> None:
    graph, weights = model("nano")
    walker.load(graph, weights)
    cells = [["blocks.0.attn.q", [0, 3, 4]], ["blocks.2.mlp_out", [3, 4]], ["blocks.1.ln1.scale", [4]]]
    asked = {"tokens": [2, 1, 0, 1, 1, 2, 0, 1, 1, 1, 2]}

    def taken() -> tuple[float, float]:
        times = walker.ask("time", {"question": asked, "cells": cells, "rounds": 20})
        slowness = max(1.0, times["work"] / WORK_MS)
        return times["run"] / slowness, max(times["explain"]) / slowness

    # The least of several: another program may begin to work between the fixed piece of work and the run.
    runs, explanations = zip(*(taken() for _ in range(5)), strict=True)
    assert min(runs) < 3
    assert min(explanations) < 1


def test_the_whole_walker_is_at_most_fifteen_kilobytes(tmp_path: Path) -> None:
    build = """
    import { build } from 'vite'
    const [entry, outDir] = process.argv.slice(1)
    const lib = { entry, formats: ['es'], fileName: 'walker' }
    const options = { lib, outDir, copyPublicDir: false, target: 'es2022' }
    await build({ configFile: false, logLevel: 'error', build: options })
    """
    entry = ROOT / "web" / "src" / "filling" / "worker.ts"
    command = [node(), "--input-type=module", "--eval", build, str(entry), str(tmp_path)]
    subprocess.run(command, cwd=ROOT / "web", check=True)
    (bundle,) = tmp_path.glob("walker*js")
    assert len(gzip.compress(bundle.read_bytes(), 9)) <= 15_000
