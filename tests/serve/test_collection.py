"""Models come and go while a server runs, and what is answered is never from weights that a model no longer has."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest
from small import random_model
from starlette.testclient import TestClient

from pellucid.graph import PellucidError
from pellucid.models import PRESETS
from pellucid.serve.app import application
from pellucid.serve.collection import Collection, Shown, example
from pellucid.tasks import Names, make
from pellucid.train import Training


@pytest.fixture
def visitor() -> Iterator[TestClient]:
    with TestClient(application([random_model()]), base_url="http://127.0.0.1") as client:
        yield client


def collection_of(visitor: TestClient) -> Collection:
    app: Any = visitor.app
    found: Collection = app.state.collection
    return found


def listed(visitor: TestClient) -> list[str]:
    return [entry["id"] for entry in visitor.get("/api/models").json()["models"] if entry["loaded"]]


def test_models_are_added_and_removed_while_the_server_runs(visitor: TestClient) -> None:
    collection = collection_of(visitor)
    assert collection.add(random_model(seed=1)) == "small-2"
    assert listed(visitor) == ["small", "small-2"]
    traces = [visitor.get(f"/api/models/{id}/trace?tokens=1,2").content for id in ("small", "small-2")]
    assert traces[0] != traces[1]
    collection.remove("small")
    assert listed(visitor) == ["small-2"]
    assert visitor.get("/api/models").json()["default"] == "small-2"
    gone = visitor.get("/api/models/small/trace?tokens=1,2")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown-model")
    assert visitor.get("/api/models/small-2/trace?tokens=1,2").content == traces[1]


def test_another_model_in_the_same_place_is_never_answered_for_from_the_first(visitor: TestClient) -> None:
    before = visitor.get("/api/models/small/next?tokens=1,2").json()
    collection_of(visitor).remove("small")
    assert collection_of(visitor).add(random_model(seed=1)) == "small"
    assert visitor.get("/api/models/small/next?tokens=1,2").json() != before


def test_a_preset_is_back_when_the_model_of_its_name_is_gone(visitor: TestClient) -> None:
    model = random_model()
    model.name = "gpt2"
    collection = collection_of(visitor)
    assert collection.add(model) == "gpt2"
    assert collection.find("gpt2").model is model
    assert len(collection.entries()) == 1 + len(PRESETS)
    collection.remove("gpt2")
    with pytest.raises(PellucidError, match="only its sizes"):
        _ = collection.find("gpt2").model
    with pytest.raises(PellucidError, match="no model 'gpt2' here: there are small"):
        collection.remove("gpt2")


def test_every_model_may_go(visitor: TestClient) -> None:
    collection_of(visitor).remove("small")
    answer = visitor.get("/api/models").json()
    assert answer["default"] in PRESETS
    assert visitor.get("/api/lessons").json()["error"]["code"] == "no-weights"


@pytest.mark.parametrize("address", ["trace?tokens=1,2", "next?tokens=1,2", "weights"])
def test_a_weight_that_changes_changes_every_answer(address: str) -> None:
    model = random_model()
    visitor = TestClient(application([model]), base_url="http://127.0.0.1")
    first, again = (visitor.get(f"/api/models/small/{address}").content for _ in range(2))
    assert first == again
    model.parameters.set_cells("embed.W_E", (2, slice(None)), 0.0)
    assert visitor.get(f"/api/models/small/{address}").content != first


def test_what_heads_are_good_for_is_counted_anew_for_other_weights(nano_model: Any) -> None:
    model = deepcopy(nano_model)
    visitor = TestClient(application([model]), base_url="http://127.0.0.1")
    id = collection_of(visitor).default
    assert visitor.get(f"/api/models/{id}/heads").json()["correct"] == 729
    page = visitor.get("/read/en/00-overview?text=CBABBC").text
    model.parameters.set_cells("unembed.W_U", ..., 0.0)
    assert visitor.get(f"/api/models/{id}/heads").json()["correct"] < 729
    assert visitor.get("/read/en/00-overview?text=CBABBC").text != page


def test_many_threads_add_find_and_remove() -> None:
    collection = Collection([random_model()])

    def come_and_go(times: int) -> None:
        for _ in range(times):
            id = collection.add(random_model())
            assert collection.find(id).id == id
            assert collection.default in [entry["id"] for entry in collection.entries()]
            collection.remove(id)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(come_and_go, [20] * 6))
    assert [entry["id"] for entry in collection.entries() if entry["loaded"]] == ["small"]


def test_a_model_begins_with_what_it_was_taught() -> None:
    begun = {}
    for task in (make("sort"), make("addition"), make("brackets"), Names()):
        model = Training(task).model()
        begun[task.name] = example(model)
        assert model.question(begun[task.name])
    assert begun["sort"] == "CBABBC"
    assert re.fullmatch(r"\d\d\+\d\d=", begun["addition"])
    assert begun["brackets"].count("(") == begun["brackets"].count(")") == 8
    assert begun["names"].startswith(".")
    spoilt = Training(Names()).model()
    assert json.loads(Shown("names", spoilt.config, spoilt).description.content)["loss"] == spoilt.about["loss"]
    spoilt.about["corpus"]["example"] = "?!"
    assert len(spoilt.tokens(example(spoilt))) == 6
