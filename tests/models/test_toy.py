"""One file is enough for an architecture: the toy is traced, explained, taught, kept, laid out, drawn and served."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from small import random_parameters
from starlette.testclient import TestClient
from toy import Toy, softmax, weight

import pellucid
from pellucid.graph import Graph, Outputs, PellucidError, ops
from pellucid.models import architecture_of, measures
from pellucid.run.model import Model
from pellucid.run.size import Size
from pellucid.run.vocabulary import Vocabulary
from pellucid.scene import layout
from pellucid.serve.app import application
from pellucid.tasks import make
from pellucid.train import Recipe, Training

TOY = Toy(depth=2, width=6, memory=9, letters=4, longest=5)


@pytest.fixture
def toy() -> Model:
    return Model("toy", TOY, random_parameters(TOY.graph()), Vocabulary("ABCD"))


def test_every_cell_is_traced_and_explained(toy: Model) -> None:
    run = toy.trace("BADC")
    assert next(iter(run)) == "word"
    for name, array in run.items():
        for index in np.ndindex(array.shape):
            value = run.explain(name, index).value
            assert np.isclose(value, float(array[index]), rtol=1e-5, atol=1e-6), (name, index)


def test_a_weight_has_the_axes_of_the_graph_whatever_its_array_of_that_name_has(toy: Model) -> None:
    run = toy.trace("BADC")
    for one in toy.graph.weights():
        assert one.stored
        assert one.stored.key == one.name
        assert run[one.name].shape == toy.graph.shape(one)
        np.testing.assert_array_equal(run[one.name], toy.parameters.stored[one.name].T)
        last = tuple(length - 1 for length in toy.graph.shape(one))
        assert run.explain(one.name, last).value == toy.parameters[one.name][last]


def test_it_writes_the_likeliest_letters_of_its_own_trace(toy: Model) -> None:
    written = toy.generate("BA", 3)
    text = "BA"
    for letter in written:
        likeliest = int(toy.trace(text)[toy.graph.outputs.logits.name][-1].argmax())
        assert letter == "ABCD"[likeliest]
        text += letter


def test_it_learns(tmp_path: Path) -> None:
    training = Training(make("sort", length=3), recipe=Recipe().lasting(60), folder=tmp_path / "t", config=TOY)
    losses = [progress.loss for progress in training]
    assert len(losses) == 60
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
    model = training.model()
    assert model.config == Toy(depth=2, width=6, memory=9, letters=3, longest=5)
    again = Training.resumed(tmp_path / "t", 61)
    assert again.config == model.config
    assert [progress.step for progress in again] == [61]


@dataclass(frozen=True)
class Turning(Toy):
    """The same with rotary positions in front."""

    model_type = "turning"

    def graph(self) -> Graph:
        g = Graph("turning", {"t": self.longest, "c": self.width, "d": self.width, "v": self.letters})
        words = g.input("words", "t", "words", "T", role="tokens")
        places = g.input("places", "t", "places", "P", role="positions")
        x = g.apply(ops.lookup(weight(g, "table", "v d"), words), "x", "t d", "x", "X")
        x = g.apply(ops.rotate_neighbours(x, places), "turned", "t d", "turned", "X'")
        score = g.apply(ops.linear(x, weight(g, "out", "d v")), "score", "t v", "scores", "L")
        share, largest, total = softmax(g, score, "share", "shares")
        g.outputs = Outputs(score, largest, total, share)
        return g


def test_rotary_positions_are_trained_alike_by_every_engine(jax: ModuleType) -> None:
    def losses(engine: str) -> list[float]:
        config = Turning(depth=1, width=6, memory=1, letters=3, longest=5)
        training = Training(make("sort", length=3), recipe=Recipe().lasting(20), config=config, engine=engine)
        return [value for progress in training for value in (progress.loss, progress.gradient_norm)]

    expected = losses("reference")
    np.testing.assert_allclose(losses("numpy"), expected, rtol=1e-4)
    np.testing.assert_allclose(losses("jax"), expected, rtol=1e-4)


def test_a_folder_of_it_opens(toy: Model, tmp_path: Path) -> None:
    toy.save(tmp_path / "toy")
    assert json.loads((tmp_path / "toy" / "config.json").read_text())["model_type"] == "toy"
    again = pellucid.load(tmp_path / "toy")
    assert again.config == TOY
    np.testing.assert_array_equal(again.trace("BADC")["out.share"], toy.trace("BADC")["out.share"])


def test_it_is_measured_laid_out_and_drawn(toy: Model) -> None:
    assert [(size.name, size.value) for size in measures(TOY)][:3] == [("layers", 2), ("memories", 9), ("context", 5)]
    assert measures(TOY)[-1].value == Size.of(toy.graph).parameters == toy.graph.parameters()
    scene = layout(toy.graph).describe()
    assert {box["tensor"] for box in scene["boxes"]} == set(toy.graph.tensors)
    assert "<svg" in str(pellucid.draw(toy.trace("BAD")))


def test_it_is_served(toy: Model) -> None:
    visitor = TestClient(application([toy]), base_url="http://127.0.0.1")

    def ask(address: str) -> Any:
        response = visitor.get(f"/api/models/toy{address}")
        assert response.status_code == 200, response.text
        return response

    described = ask("").json()
    assert described["config"] == {"depth": 2, "width": 6, "memory": 9, "letters": 4, "longest": 5}
    assert [size["title"] for size in described["sizes"]] == ["layers", "memories", "context", "parameters"]
    assert described["graph"]["inputs"] == {"tokens": "word"}
    assert described["graph"]["outputs"]["probs"] == "out.share"
    assert ask("/trace?text=BAD").content
    assert ask("/explain?tokens=1,0,3&tensor=layer1.chosen&index=2,5").json()["terms"]
    chosen = ask("/next?tokens=1,0,3").json()["chosen"]["token"]
    assert chosen == int(toy.trace([1, 0, 3])["out.share"][-1].argmax())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"model_type": "toy", "depth": 2}, "config.json says no width"),
        ({"model_type": "toy", **TOY.settings(), "depth": 0}, "depth is 0: it must be a whole number from 1 to 100"),
        ({"model_type": ["toy"]}, "'toy' or 'turning' can be opened"),
        ({}, "says no model_type"),
        (None, "config.json is None: it must be an object of settings"),
        ("toy", "config.json is 'toy': it must be an object of settings"),
    ],
)
def test_a_config_that_says_too_little_or_what_cannot_be_is_refused(content: Any, sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence):
        architecture_of(content)
