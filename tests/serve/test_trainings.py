"""Trainings on the computer that serves: watched, ordered, kept, and what others may not do with them."""

import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import numpy as np
import pytest
from running import first_line, in_front, running_server
from safetensors.numpy import load

import pellucid
from pellucid.graph import PellucidError
from pellucid.run.engine import engine, inputs
from pellucid.run.parameters import Parameters
from pellucid.serve.apart import read, write
from pellucid.serve.collection import Collection
from pellucid.serve.kept import Kept
from pellucid.serve.protocol import answers, lessons
from pellucid.serve.trainings import Trainings
from pellucid.train import Recipe, Training
from pellucid.train.optimiser import clip

SHORT = "new:parity,length=4,layers=1,heads=1,width=8"
"""A model that takes milliseconds a step."""
YEAR = 365 * 24 * 3600.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of this module's own, because what is kept is seen by every server of a user's."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("PELLUCID_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def address(home: Path, nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    exploding = pellucid.load(nano_folder)
    explodes = {**exploding.about["training"], "recipe": asdict(Recipe(deviation=1e30))}
    exploding.about = {**exploding.about, "training": explodes}
    exploding.save(folder / "exploding")
    with running_server(nano_folder, folder / "stderr.txt", str(folder / "exploding"), token=True) as address:
        yield address


@pytest.fixture(scope="module")
def visitor(address: str) -> Iterator[httpx2.Client]:
    with client_of(address) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_under_way(visitor: httpx2.Client) -> Iterator[None]:
    yield
    for training in visitor.get("/api/trainings").json()["trainings"]:
        visitor.delete(f"/api/trainings/{training['id']}")


def client_of(address: str) -> httpx2.Client:
    base, _, token = address.partition("?token=")
    return httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=150)


def begun(visitor: httpx2.Client, model: str = SHORT, **settings: object) -> str:
    response = visitor.post("/api/trainings", json={"model": model, **settings})
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def told(visitor: httpx2.Client, id: str, after: int = 0) -> dict[str, Any]:
    content: dict[str, Any] = visitor.get(f"/api/trainings/{id}", params={"after": after}).json()
    msgspec.convert(content, lessons.TrainingTold)
    return content


def until(visitor: httpx2.Client, id: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What is told of it once it is as wanted, however slow the machine is: what has failed will never be so."""
    while not wanted(found := told(visitor, id)):
        assert found["state"] != "failed", found
        time.sleep(0.02)
    return found


def ended(visitor: httpx2.Client, id: str) -> dict[str, Any]:
    return until(visitor, id, lambda found: found["state"] != "running")


def rested(visitor: httpx2.Client, id: str) -> dict[str, Any]:
    visitor.post(f"/api/trainings/{id}", json={"do": "pause"})
    return until(visitor, id, lambda found: found["state"] == "paused")


def refused(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


# Training.


def test_it_is_the_training_of_the_command_line(visitor: httpx2.Client) -> None:
    id = begun(visitor, seed=5, steps=40)
    found = ended(visitor, id)
    assert (found["state"], found["step"], found["steps"], found["seed"]) == ("done", 40, 40, 5)
    assert [step["step"] for step in found["progress"]] == [*range(1, 41)]
    assert found["accuracy"]["questions"] == 16
    task = pellucid.tasks.make("parity", length=4)
    config = task.model.scaled(layers=1, heads=1, width=8)
    same = pellucid.train(task, seed=5, steps=40, config=config)
    weights = load(visitor.get(f"/api/trainings/{id}/weights").content)
    assert weights.keys() == set(same.parameters)
    for name, array in weights.items():
        np.testing.assert_array_equal(array, same.parameters[name])


def test_the_rate_and_the_usual_number_of_steps_are_the_recipes(visitor: httpx2.Client) -> None:
    entry = visitor.post("/api/trainings", json={"model": "nano", "rate": 0.004, "seed": None}).json()
    msgspec.convert(entry, lessons.TrainingEntry)
    assert (entry["recipe"]["rate"], entry["recipe"]["batch"], entry["steps"]) == (0.004, 32, 300)


def test_whoever_comes_later_is_told_all_of_it(visitor: httpx2.Client, address: str) -> None:
    id = begun(visitor, steps=500)
    with client_of(address) as other:
        listed = other.get("/api/trainings").json()
        msgspec.convert(listed, lessons.TrainingList)
        assert [(one["id"], one["model"]) for one in listed["trainings"]] == [(id, SHORT)]
        found = ended(other, id)
        assert len(found["progress"]) == 500
        assert told(other, id, after=498)["progress"] == found["progress"][498:]
        assert found["moments"][0] == 0
        assert found["moments"][-1] == 500
        assert len(found["moments"]) <= 48
        for step in found["moments"]:
            assert load(other.get(f"/api/trainings/{id}/weights", params={"step": step}).content)
        gone = next(step for step in range(500) if step not in found["moments"])
        assert refused(other.get(f"/api/trainings/{id}/weights", params={"step": gone})) == (404, "unknown-moment")


def test_it_pauses_goes_on_and_goes_a_step_for_all(visitor: httpx2.Client, address: str) -> None:
    id = begun(visitor, steps=50_000)
    with client_of(address) as other:
        before = rested(other, id)["step"]
    assert told(visitor, id)["step"] == before
    visitor.post(f"/api/trainings/{id}", json={"do": "step"})
    assert until(visitor, id, lambda found: found["step"] > before)["step"] == before + 1
    visitor.post(f"/api/trainings/{id}", json={"do": "go"})
    assert until(visitor, id, lambda found: found["step"] > before + 2)["state"] == "running"
    assert visitor.delete(f"/api/trainings/{id}").status_code == 204
    assert refused(visitor.get(f"/api/trainings/{id}")) == (404, "unknown-training")
    assert visitor.get("/api/trainings").json() == {"trainings": []}


def test_a_step_on_its_own_is_taken_apart(visitor: httpx2.Client, torch: ModuleType) -> None:
    """Its gradient is what the formulas say, and AdamW's numbers are PyTorch's."""
    id = begun(visitor, seed=3, steps=400)
    before = rested(visitor, id)
    assert before["apart"] is None
    visitor.post(f"/api/trainings/{id}", json={"do": "step"})
    found = until(visitor, id, lambda found: found["apart"] is not None)
    step = found["apart"]
    assert (found["state"], step, found["step"]) == ("paused", before["step"] + 1, before["step"] + 1)
    arrays = load(visitor.get(f"/api/trainings/{id}/apart", params={"step": step}).content)

    task = pellucid.tasks.make("parity", length=4)
    config = task.model.scaled(layers=1, heads=1, width=8)
    training = Training(task, config=config, seed=3)
    tokens, targets = training.batch(step)
    np.testing.assert_array_equal(arrays["tokens"], tokens)
    np.testing.assert_array_equal(arrays["targets"], targets)
    for name, array in training.parameters.items():
        array[...] = arrays[f"weights/before/{name}"]
    learner = engine("reference", training.parameters).learn(inputs(training.graph, tokens, targets))
    values = learner.step(inputs(training.graph, tokens, targets))
    (told_of,) = (one for one in found["progress"] if one["step"] == step)
    assert told_of["loss"] == pytest.approx(float(values[training.graph.loss.name]), rel=1e-5)
    assert task.right(arrays["written"], targets) == told_of["accuracy"]
    np.testing.assert_array_equal(arrays["written"], values[training.graph.outputs.logits.name].argmax(-1))
    assert clip(learner.gradient, found["recipe"]["clip"]) == pytest.approx(told_of["norm"], rel=1e-5)
    expected, flat = Parameters.zeros(training.graph)
    flat[:] = learner.gradient

    for name in training.parameters:
        weight = torch.nn.Parameter(torch.tensor(arrays[f"weights/before/{name}"]))
        np.testing.assert_allclose(arrays[f"gradient/{name}"], expected[name], rtol=1e-4, atol=1e-7)
        optimiser = torch.optim.AdamW(
            [weight], lr=told_of["rate"], betas=tuple(found["recipe"]["betas"]), eps=1e-8, weight_decay=0.0
        )
        optimiser.state[weight] = {
            "step": torch.tensor(float(step - 1)),
            "exp_avg": torch.tensor(arrays[f"first/before/{name}"]),
            "exp_avg_sq": torch.tensor(arrays[f"second/before/{name}"]),
        }
        weight.grad = torch.tensor(arrays[f"gradient/{name}"])
        optimiser.step()
        moved = optimiser.state[weight]
        np.testing.assert_allclose(arrays[f"first/after/{name}"], moved["exp_avg"].numpy(), rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(arrays[f"second/after/{name}"], moved["exp_avg_sq"].numpy(), rtol=1e-5, atol=1e-12)
        np.testing.assert_allclose(arrays[f"weights/after/{name}"], weight.detach().numpy(), rtol=1e-5, atol=1e-7)
    assert found["recipe"]["weight_decay"] == 0

    def apart_of(step: int) -> httpx2.Response:
        return visitor.get(f"/api/trainings/{id}/apart", params={"step": step})

    assert refused(apart_of(step - 1)) == (404, "unknown-moment")
    visitor.post(f"/api/trainings/{id}", json={"do": "go"})
    assert until(visitor, id, lambda found: found["state"] == "done")["apart"] is None
    assert refused(apart_of(step)) == (404, "unknown-moment")


def test_who_goes_on_after_the_end_gets_more_steps(visitor: httpx2.Client) -> None:
    id = begun(visitor, steps=20)
    ended(visitor, id)
    visitor.post(f"/api/trainings/{id}", json={"do": "go"})
    assert until(visitor, id, lambda found: found["step"] == 30 and found["state"] == "done")["steps"] == 30


def test_numbers_that_explode_are_told_of(visitor: httpx2.Client) -> None:
    found = ended(visitor, begun(visitor, model="exploding"))
    assert (found["state"], found["step"], found["accuracy"]) == ("diverged", 0, None)


def test_one_for_each_model_and_two_that_run(visitor: httpx2.Client) -> None:
    first = begun(visitor, steps=90_000)
    again = visitor.post("/api/trainings", json={"model": SHORT})
    assert refused(again) == (409, "already-training")
    begun(visitor, "nano", steps=90_000)
    third = visitor.post("/api/trainings", json={"model": small_one(2)})
    assert refused(third) == (409, "trainings-full")
    assert "nano" in third.json()["error"]["message"], "it is said who takes the places"
    # One that rests takes none, not even before its process has heard of it; but it cannot go on as a third.
    assert visitor.post(f"/api/trainings/{first}", json={"do": "pause"}).status_code == 200
    third_id = begun(visitor, small_one(2), steps=90_000)
    full = visitor.post(f"/api/trainings/{first}", json={"do": "go"})
    assert refused(full) == (409, "trainings-full")
    before = rested(visitor, first)["step"]
    assert visitor.post(f"/api/trainings/{first}", json={"do": "step"}).status_code == 200
    until(visitor, first, lambda found: found["step"] == before + 1)
    rested(visitor, third_id)
    visitor.post(f"/api/trainings/{first}", json={"do": "go"})
    until(visitor, first, lambda found: found["state"] == "running" and found["step"] > before + 1)
    # Nor may there be any number of those that rest.
    for length in (3, 4, 5):
        rested(visitor, first)
        rested(visitor, begun(visitor, small_one(length), steps=90_000))
    assert len(visitor.get("/api/trainings").json()["trainings"]) == 6
    many = visitor.post("/api/trainings", json={"model": small_one(6)})
    assert refused(many) == (409, "trainings-many")


def small_one(length: int) -> str:
    return f"new:copy,length={length},layers=1,heads=1,width=8"


def test_what_has_ended_makes_room(visitor: httpx2.Client) -> None:
    first = begun(visitor, steps=1)
    ended(visitor, first)
    second = begun(visitor, steps=1)
    ended(visitor, second)
    assert [one["id"] for one in visitor.get("/api/trainings").json()["trainings"]] == [second]
    for length in (2, 3, 4):
        ended(visitor, begun(visitor, f"new:copy,length={length},layers=1,heads=1,width=8", steps=1))
    assert second not in [one["id"] for one in visitor.get("/api/trainings").json()["trainings"]]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({}, 400, "missing-parameter"),
        ({"model": None}, 400, "missing-parameter"),
        ({"model": 3}, 400, "bad-parameter"),
        ({"model": "nobody"}, 404, "unknown-model"),
        ({"model": "gpt2"}, 404, "no-weights"),
        ({"model": "new:sort,layers=900"}, 413, "too-many-blocks"),
        ({"model": SHORT, "seed": -1}, 400, "bad-seed"),
        ({"model": SHORT, "seed": 2**31}, 400, "bad-seed"),
        ({"model": SHORT, "seed": 1.5}, 400, "bad-parameter"),
        ({"model": SHORT, "seed": True}, 400, "bad-parameter"),
        ({"model": SHORT, "rate": 2}, 400, "bad-recipe"),
        ({"model": SHORT, "rate": "high"}, 400, "bad-parameter"),
        ({"model": SHORT, "steps": 0}, 400, "bad-recipe"),
        ({"model": SHORT, "steps": 10**9}, 400, "bad-recipe"),
        ({"model": SHORT, "folder": "/tmp/x"}, 400, "unknown-parameter"),
        ([SHORT], 400, "bad-json"),
        ("text", 400, "bad-json"),
    ],
)
def test_wrong_settings_are_refused_in_a_sentence(visitor: httpx2.Client, said: object, status: int, code: str) -> None:
    response = visitor.post("/api/trainings", json=said)
    assert refused(response) == (status, code)
    assert response.json()["error"]["message"].endswith((".", "?"))
    assert visitor.get("/api/trainings").json() == {"trainings": []}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 16_000, b'{"model": NaN}', b'{"seed": ' + b"1" * 16_000 + b"}", b"\xff\xfe", b"null"],
)
def test_what_is_no_json_is_refused(visitor: httpx2.Client, body: bytes) -> None:
    sent = visitor.post("/api/trainings", content=body, headers={"Content-Type": "application/json"})
    assert refused(sent) == (400, "bad-json")


def test_a_field_that_stands_twice_is_refused(visitor: httpx2.Client) -> None:
    body = b'{"model": "nano", "model": "gpt2"}'
    sent = visitor.post("/api/trainings", content=body, headers={"Content-Type": "application/json"})
    assert refused(sent) == (400, "repeated-parameter")


def test_an_unknown_training_is_refused_however_it_is_asked(visitor: httpx2.Client) -> None:
    asked = [
        visitor.get("/api/trainings/nobody"),
        visitor.get("/api/trainings/nobody/weights"),
        visitor.post("/api/trainings/nobody", json={"do": "go"}),
        visitor.post("/api/trainings/nobody/keep", json={"title": "x"}),
        visitor.delete("/api/trainings/nobody"),
    ]
    assert [refused(response) for response in asked] == [(404, "unknown-training")] * 5


def test_an_unknown_order_is_refused(visitor: httpx2.Client) -> None:
    id = begun(visitor, steps=1)
    assert refused(visitor.post(f"/api/trainings/{id}", json={"do": "explode"})) == (400, "bad-parameter")


# Keeping.


def kept(visitor: httpx2.Client, title: str, step: int | None = None) -> str:
    id = begun(visitor, steps=3)
    ended(visitor, id)
    response = visitor.post(f"/api/trainings/{id}/keep", json={"title": title, "step": step})
    assert response.status_code == 200, response.text
    msgspec.convert(response.json(), answers.ModelEntry)
    visitor.delete(f"/api/trainings/{id}")
    return str(response.json()["id"])


def titles(visitor: httpx2.Client) -> dict[str, str]:
    listed = visitor.get("/api/models").json()
    msgspec.convert(listed, answers.ModelList)
    return {model["id"]: model["title"] for model in listed["models"] if model.get("kept")}


def test_a_model_is_kept_listed_renamed_removed_and_put_back(visitor: httpx2.Client, home: Path) -> None:
    id = kept(visitor, "  My first one ")
    assert titles(visitor)[id] == "My first one"
    described = visitor.get(f"/api/models/{id}").json()
    msgspec.convert(described, answers.Description)
    assert (described["name"], described["training"]["steps"], described["accuracy"]["questions"]) == (
        "My first one",
        3,
        16,
    )
    assert visitor.get(f"/api/models/{id}/trace", params={"tokens": "0,1,0,1"}).status_code == 200
    renamed = visitor.post(f"/api/models/{id}", json={"title": "二番目"})
    assert (renamed.json()["id"], renamed.json()["title"]) == (id, "二番目")
    assert visitor.get(f"/api/models/{id}").json()["name"] == "二番目"
    assert visitor.delete(f"/api/models/{id}").status_code == 204
    assert id not in titles(visitor)
    assert refused(visitor.get(f"/api/models/{id}")) == (404, "unknown-model")
    assert visitor.post(f"/api/models/{id}/restore", json={}).json()["title"] == "二番目"
    assert titles(visitor)[id] == "二番目"
    assert refused(visitor.post(f"/api/models/{id}/restore", json={})) == (404, "nothing-removed")


def test_what_is_removed_is_gone_with_the_next(visitor: httpx2.Client, home: Path) -> None:
    first, second = kept(visitor, "one"), kept(visitor, "two")
    for id in (first, second):
        visitor.delete(f"/api/models/{id}")
    assert refused(visitor.post(f"/api/models/{first}/restore", json={})) == (404, "nothing-removed")
    assert visitor.post(f"/api/models/{second}/restore", json={}).status_code == 200


def test_an_earlier_moment_is_kept_as_it_was(visitor: httpx2.Client) -> None:
    id = begun(visitor, steps=400)
    found = ended(visitor, id)
    step = found["moments"][1]
    entry = visitor.post(f"/api/trainings/{id}/keep", json={"title": "earlier", "step": step}).json()
    held = load(visitor.get(f"/api/models/{entry['id']}/weights").content)
    then = load(visitor.get(f"/api/trainings/{id}/weights", params={"step": step}).content)
    for name, array in held.items():
        np.testing.assert_array_equal(array, then[name])
    missing = visitor.post(f"/api/trainings/{id}/keep", json={"title": "x", "step": 10**6})
    assert refused(missing) == (404, "unknown-moment")


def test_an_archive_is_a_folder_that_is_opened_by_its_name(visitor: httpx2.Client, tmp_path: Path) -> None:
    id = kept(visitor, "to go")
    response = visitor.get(f"/api/models/{id}/archive")
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"] == "attachment; filename*=UTF-8''to-go.zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert {"to-go/config.json", "to-go/model.safetensors", "to-go/vocab.json"} <= set(archive.namelist())
        archive.extractall(tmp_path)
    model = pellucid.load(tmp_path / "to-go")
    assert model.about["training"]["recipe"]["steps"] == 3
    assert pellucid.tasks.check(model).questions == 16


@pytest.mark.parametrize(
    "title", ["../../escape", "/etc/passwd", "a\\b:c*?", "con", "....", "-rf", "éà漢字 ですよ", "x" * 60, "$(touch x)"]
)
def test_whatever_a_model_is_called_its_folder_stays_in_its_place(
    visitor: httpx2.Client, home: Path, title: str
) -> None:
    id = kept(visitor, title)
    assert titles(visitor)[id] == title
    folder = home / "kept" / id.removeprefix("kept-here:")
    assert folder.parent == home / "kept"
    assert (folder / "config.json").is_file()
    assert {path.name for path in home.iterdir()} <= {"token", "kept", "models"}
    visitor.delete(f"/api/models/{id}")


@pytest.mark.parametrize("title", ["", "   ", "x" * 61, "a\nb", "\x00", "\u202e"])
def test_a_name_that_cannot_be_shown_is_refused(visitor: httpx2.Client, title: str) -> None:
    id = begun(visitor, steps=1)
    ended(visitor, id)
    assert refused(visitor.post(f"/api/trainings/{id}/keep", json={"title": title})) == (400, "bad-title")


@pytest.mark.parametrize("model", ["nano", "gpt2", SHORT, "kept-here:..", "kept-here:.removed", "kept-here:%2e%2e"])
def test_nobody_elses_folder_is_touched(visitor: httpx2.Client, nano_folder: Path, model: str) -> None:
    before = sorted(path.name for path in nano_folder.iterdir())
    assert refused(visitor.delete(f"/api/models/{model}")) == (403, "not-kept")
    assert refused(visitor.post(f"/api/models/{model}", json={"title": "x"})) == (403, "not-kept")
    assert refused(visitor.get(f"/api/models/{model}/archive")) == (403, "not-kept")
    assert sorted(path.name for path in nano_folder.iterdir()) == before


def test_a_link_among_the_folders_is_nobodys(visitor: httpx2.Client, home: Path, nano_folder: Path) -> None:
    (home / "kept").mkdir(exist_ok=True)
    link = home / "kept" / "linked"
    link.symlink_to(nano_folder)
    try:
        assert "kept-here:linked" not in titles(visitor)
        assert refused(visitor.delete("/api/models/kept-here:linked")) == (403, "not-kept")
    finally:
        link.unlink()
    assert (nano_folder / "config.json").is_file()


def test_a_folder_that_is_damaged_is_not_listed_and_keeps_nobody_from_the_rest(
    visitor: httpx2.Client, home: Path
) -> None:
    id = kept(visitor, "whole")
    broken = home / "kept" / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{")
    assert "kept-here:broken" not in titles(visitor)
    assert id in titles(visitor)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
def test_a_pipe_in_the_place_of_a_title_keeps_nobody_waiting(visitor: httpx2.Client, home: Path) -> None:
    id = kept(visitor, "piped")
    title = home / "kept" / "piped" / "title.json"
    title.unlink()
    os.mkfifo(title)
    assert titles(visitor)[id] == "piped"
    assert visitor.get(f"/api/models/{id}/archive").status_code == 200
    assert visitor.post(f"/api/models/{id}", json={"title": "No pipe"}).json()["title"] == "No pipe"
    assert title.is_file()


@pytest.mark.parametrize("content", ["[" * 100_000, '{"title": "' + "x" * 5000 + '"}', '{"title": 5}', "5", "{"])
def test_a_model_without_a_title_goes_by_its_folder(visitor: httpx2.Client, home: Path, content: str) -> None:
    id = kept(visitor, "Untitled")
    (home / "kept" / id.removeprefix("kept-here:") / "title.json").write_text(content)
    assert titles(visitor)[id] == id.removeprefix("kept-here:")


@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_nothing_outside_is_read_or_written_through_links(
    visitor: httpx2.Client, home: Path, nano_folder: Path, tmp_path: Path
) -> None:
    id = kept(visitor, "Links")
    outside, folder = tmp_path / "outside", home / "kept" / "Links"
    outside.mkdir()
    (outside / "secret.json").write_text('{"title": "secret"}')
    (folder / "title.json").unlink()
    (folder / "title.json").symlink_to(outside / "secret.json")
    assert titles(visitor)[id] == "Links"
    assert visitor.post(f"/api/models/{id}", json={"title": "Mine"}).status_code == 200
    assert (outside / "secret.json").read_text() == '{"title": "secret"}'
    # Removing, and the next server's start, leave alone what stands where folders are moved aside.
    aside = home / "kept" / ".removed"
    if aside.exists():
        aside.rename(tmp_path / "aside")
    aside.symlink_to(outside)
    (outside / "old").mkdir()
    os.utime(outside / "old", (0, 0))
    try:
        assert refused(visitor.delete(f"/api/models/{id}")) == (400, "cannot-write")
        with running_server(nano_folder, tmp_path / "log", token=True):
            pass
    finally:
        aside.unlink()
    assert sorted(path.name for path in outside.iterdir()) == ["old", "secret.json"]
    assert titles(visitor)[id] == "Mine"


def test_what_others_put_into_the_folder_is_shown(visitor: httpx2.Client, home: Path, tmp_path: Path) -> None:
    """A folder that is being copied has a config.json before it has its weights."""
    id = kept(visitor, "Original")
    folder = home / "kept" / "Copied"
    folder.mkdir()
    for path in sorted((home / "kept" / "Original").iterdir()):
        assert "kept-here:Copied" not in titles(visitor) or path.name > "model.safetensors"
        (folder / path.name).write_bytes(path.read_bytes())
    assert titles(visitor)["kept-here:Copied"] == "Original"
    (folder / "title.json").write_text('{"title": "By another server"}')
    assert titles(visitor)["kept-here:Copied"] == "By another server"
    assert visitor.delete(f"/api/models/{id}").status_code == 204
    other = ended(visitor, begun(visitor, seed=3, steps=2))
    assert visitor.post(f"/api/trainings/{other['id']}/keep", json={"title": "Later"}).status_code == 200
    weights = visitor.get("/api/models/kept-here:Copied/weights").content
    for path in (home / "kept" / "Later").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    assert visitor.get("/api/models/kept-here:Copied/weights").content != weights


def test_an_archive_holds_files_of_any_time_and_name(visitor: httpx2.Client, home: Path) -> None:
    id = kept(visitor, "Times")
    folder = home / "kept" / "Times"
    os.utime(folder / "config.json", (0, 0))
    os.utime(folder / "title.json", (2**33, 2**33))
    if sys.platform == "linux":
        (Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt"))).write_text("no text in its name")
    with zipfile.ZipFile(io.BytesIO(visitor.get(f"/api/models/{id}/archive").content)) as archive:
        assert archive.testzip() is None
        assert archive.getinfo("Times/config.json").date_time[0] == 1980
        assert {"Times/title.json", "Times/model.safetensors"} <= set(archive.namelist())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_folder_whose_name_no_address_can_say_keeps_nobody_from_the_rest(visitor: httpx2.Client, home: Path) -> None:
    id = kept(visitor, "Said")
    odd = Path(os.fsdecode(os.fsencode(home / "kept") + b"/\xff"))
    shutil.copytree(home / "kept" / "Said", odd)
    try:
        assert id in titles(visitor)
    finally:
        shutil.rmtree(odd)


def test_where_removing_fails_the_one_before_can_still_be_had_back(tmp_path: Path, nano_folder: Path) -> None:
    shutil.copytree(nano_folder, tmp_path / "kept" / "first")
    shutil.copytree(nano_folder, tmp_path / "kept" / "second")
    shelf = Kept(tmp_path)
    shelf.remove("kept-here:first")
    aside = next((tmp_path / "kept" / ".removed").iterdir())
    (tmp_path / "kept" / ".removed").rename(tmp_path / "elsewhere")
    (tmp_path / "kept" / ".removed").write_text("in the way")
    with pytest.raises(PellucidError, match="Nothing can be changed"):
        shelf.remove("kept-here:second")
    (tmp_path / "kept" / ".removed").unlink()
    (tmp_path / "elsewhere").rename(aside.parent)
    assert shelf.restore("kept-here:first") == "kept-here:first"
    assert list(shelf.models()) == ["kept-here:first", "kept-here:second"]


@pytest.mark.parametrize("years", [-1, 1])
def test_however_late_it_is_what_was_removed_can_be_put_back(tmp_path: Path, nano_folder: Path, years: int) -> None:
    """Servers take away what is left over for a day: not what one of them still has. A clock may be put back, too."""
    shutil.copytree(nano_folder, tmp_path / "kept" / "sorter")
    shelf = Kept(tmp_path)
    shelf.remove("kept-here:sorter")
    (aside,) = (tmp_path / "kept" / ".removed").iterdir()
    os.utime(aside, (moment := time.time() + years * YEAR, moment))
    assert list(Kept(tmp_path).models()) == [], "a further server, which looks for what is left over"
    assert shelf.restore("kept-here:sorter") == "kept-here:sorter"
    assert list(Kept(tmp_path).models()) == ["kept-here:sorter"]


@pytest.mark.parametrize("years", [-1, 1])
def test_what_a_server_that_is_gone_left_behind_is_taken_away(tmp_path: Path, years: int) -> None:
    """Of whatever time it is: a clock may have been put back since."""
    left, kept = [tmp_path / "kept" / ".new-0123", tmp_path / "kept" / ".removed" / "4567"], tmp_path / "kept" / "own"
    for folder in (*left, kept):
        folder.mkdir(parents=True)
        os.utime(folder, (moment := time.time() + years * YEAR, moment))
    Kept(tmp_path)
    assert [folder.exists() for folder in (*left, kept)] == [False, False, True]


def test_of_two_servers_that_remove_a_model_one_says_that_it_is_gone(tmp_path: Path, nano_folder: Path) -> None:
    said = set()

    def removed(shelf: Kept, id: str) -> str:
        try:
            shelf.remove(id)
        except PellucidError as error:
            return error.code
        return "removed"

    shelves = Kept(tmp_path), Kept(tmp_path)
    for number in range(10):
        shutil.copytree(nano_folder, tmp_path / "kept" / f"model-{number}")
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(removed, shelf, f"kept-here:model-{number}") for shelf in shelves]
        said |= {one.result() for one in asked}
    assert said <= {"removed", "not-kept", "unknown-model"}


def test_where_nothing_can_be_kept_the_folder_and_the_reason_are_named(visitor: httpx2.Client, home: Path) -> None:
    id = begun(visitor, steps=3)
    ended(visitor, id)
    (home / "kept").mkdir(exist_ok=True)
    (home / "kept").rename(home / "set aside")
    (home / "kept").write_text("in the way")
    try:
        response = visitor.post(f"/api/trainings/{id}/keep", json={"title": "Nowhere"})
        assert refused(response) == (400, "cannot-write")
        assert str(home / "kept") in response.json()["error"]["message"]
        assert "choose another place" not in response.text
        assert visitor.get("/api/models").status_code == 200
    finally:
        (home / "kept").unlink()
        (home / "set aside").rename(home / "kept")


def test_what_is_removed_while_it_is_asked_for_is_said_to_be_gone(visitor: httpx2.Client) -> None:
    codes = set()
    with ThreadPoolExecutor(6) as pool:
        for _ in range(4):
            id = kept(visitor, "Contested")
            address = f"/api/models/{id}"
            asked = [
                pool.submit(visitor.get, f"{address}/archive"),
                pool.submit(visitor.post, address, json={"title": "Renamed"}),
                pool.submit(visitor.delete, address),
                pool.submit(visitor.get, f"{address}/archive"),
                pool.submit(visitor.post, address, json={"title": "Renamed again"}),
                pool.submit(visitor.delete, address),
            ]
            codes |= {one.result().status_code for one in asked}
            assert id not in titles(visitor)
    assert codes <= {200, 204, 403, 404}


def test_what_is_kept_is_there_for_the_next_server(visitor: httpx2.Client, nano_folder: Path, tmp_path: Path) -> None:
    id = kept(visitor, "for later")
    with running_server(nano_folder, tmp_path / "log", token=True) as address, client_of(address) as next_one:
        assert titles(next_one)[id] == "for later"
        removed = next_one.delete(f"/api/models/{id}")
        assert removed.status_code == 204
        assert id not in titles(visitor)
    assert not [*(Path(os.environ["PELLUCID_HOME"]) / "kept").glob(".removed/for-later*")]


# Who may.


def raw(
    address: str, method: str, path: str, body: bytes = b"{}", *, token: bool = True, **headers: str
) -> tuple[int, str]:
    base, _, shown = address.partition("?token=")
    place = urlsplit(base)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"Content-Type": "application/json", **({"Authorization": f"Bearer {shown}"} if token else {}), **sent}
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content)["error"]["code"] if response.status >= 400 else ""


CHANGES = [
    ("POST", "/api/trainings"),
    ("POST", "/api/trainings/x"),
    ("DELETE", "/api/trainings/x"),
    ("POST", "/api/trainings/x/keep"),
    ("POST", "/api/models/kept-here:x"),
    ("DELETE", "/api/models/kept-here:x"),
    ("POST", "/api/models/kept-here:x/restore"),
]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_only_our_own_page_changes_anything(address: str, method: str, path: str) -> None:
    here = address.partition("/?")[0]
    for site in ("cross-site", "same-site", "none"):
        assert raw(address, method, path, Sec_Fetch_Site=site) == (403, "foreign-origin")
    for origin in ("http://example.com", "null", "", "http://127.0.0.1:1", here.replace("http:", "https:")):
        assert raw(address, method, path, Origin=origin) == (403, "foreign-origin")
    assert raw(address, method, path, Host="example.com") == (421, "foreign-host")
    assert raw(address, method, path, token=False) == (401, "no-token")
    own = raw(address, method, path, Origin=here, Sec_Fetch_Site="same-origin")
    assert own[1] in ("missing-parameter", "unknown-training", "not-kept", "nothing-removed")


def test_a_form_of_another_site_is_no_change(address: str) -> None:
    """Old browsers do not say where a form comes from; but no form is JSON."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert raw(address, "POST", "/api/trainings", b'{"model": "nano"}', Content_Type=kind) == (415, "not-json")


@pytest.mark.parametrize("path", ["/", "/read", "/index.html", "/apis/trainings"])
def test_nothing_but_data_is_changed(address: str, path: str) -> None:
    assert raw(address, "POST", path) == (405, "method-not-allowed")
    assert raw(address, "DELETE", path) == (405, "method-not-allowed")


@pytest.mark.parametrize("path", ["/api/models", "/api/models/nano/trace", "/api/lessons", "/api/trainings/x/weights"])
def test_other_data_is_only_read(address: str, path: str) -> None:
    assert raw(address, "POST", path) == (405, "method-not-allowed")
    assert raw(address, "PUT", path) == (405, "method-not-allowed")
    assert raw(address, "OPTIONS", path, Access_Control_Request_Method="POST") == (405, "method-not-allowed")


def test_a_body_is_short(address: str) -> None:
    body = json.dumps({"model": "x" * 20_000}).encode()
    assert raw(address, "POST", "/api/trainings", body) == (413, "too-large")


def test_a_body_that_never_ends_is_not_taken_in(address: str) -> None:
    base, _, token = address.partition("?token=")
    place = urlsplit(base)
    head = (
        f"POST /api/trainings HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=60) as connection:
        connection.sendall(head.encode())
        for _ in range(20):
            connection.sendall(b"400\r\n" + b" " * 0x400 + b"\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_body_that_does_not_come_is_not_waited_for(address: str) -> None:
    assert raw(address, "POST", "/api/trainings", b"", Content_Length="5") == (408, "asked-too-slowly")


def test_no_websocket_is_spoken(address: str) -> None:
    asked = raw(address, "GET", "/api/trainings", b"", Connection="Upgrade", Upgrade="websocket")
    assert asked[1] == "no-websocket"


def test_a_server_that_cannot_tell_who_asks_changes_nothing(server: str) -> None:
    with httpx2.Client(base_url=server) as anybody:
        assert anybody.get("/api/models").json()["trains"] is False
        assert anybody.get("/api/trainings").json() == {"trainings": []}
        for method, path in CHANGES:
            assert refused(anybody.request(method, path, json={})) == (403, "read-only"), path


def test_behind_another_server_the_token_is_asked_for(nano_folder: Path, home: Path, tmp_path: Path) -> None:
    with running_server(nano_folder, tmp_path / "log", "--root-path", "/x", token=True) as address:
        base, _, token = address.partition("?token=")
        with in_front(base, whole=True) as front:
            assert httpx2.get(f"{front}api/trainings").status_code in (401, 421)
        assert raw(f"{base}?token={token}", "POST", "/x/api/trainings", token=False) == (401, "no-token")


# Ending.


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_ctrl_c_ends_trainings_and_leaves_nothing_behind(nano_folder: Path, tmp_path: Path) -> None:
    log, home = tmp_path / "log", tmp_path / "home"
    program = Path(sys.executable).with_name("pellucid")
    command = [str(program), "serve", str(nano_folder), "--port", "0", "--no-browser", "--token-for-all"]
    environment = {**os.environ, "PELLUCID_HOME": str(home)}
    with (
        log.open("w") as err,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, env=environment) as process,
    ):
        with client_of(first_line(process, log)) as visitor:
            begun(visitor, "nano")
            id = begun(visitor, steps=90_000)
            until(visitor, id, lambda found: found["step"] > 0)
            children = children_of(process.pid)
            assert len(children) == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert [path.name for path in home.rglob("*")] == ["token"]
    assert "Traceback" not in log.read_text()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_training_ends_with_a_server_that_is_killed(nano_folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = Path(sys.executable).with_name("pellucid")
    command = [str(program), "serve", str(nano_folder), "--port", "0", "--no-browser", "--token-for-all"]
    with log.open("w") as err, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True) as process:
        with client_of(first_line(process, log)) as visitor:
            id = begun(visitor, steps=90_000)
            until(visitor, id, lambda found: found["step"] > 0)
        (child,) = children_of(process.pid)
        process.kill()
    while runs(child):
        time.sleep(0.05)


def test_a_training_that_is_killed_is_told_of(visitor: httpx2.Client) -> None:
    id = begun(visitor, steps=90_000)
    until(visitor, id, lambda found: found["step"] > 0)
    for child in all_children("pellucid.serve.coach"):
        os.kill(child, signal.SIGKILL)
    assert until(visitor, id, lambda found: found["state"] != "running")["state"] == "failed"
    assert visitor.get("/api/models").status_code == 200


def test_before_its_first_weights_a_training_says_that_there_are_none(visitor: httpx2.Client) -> None:
    id = begun(visitor, steps=3)
    response = visitor.get(f"/api/trainings/{id}/weights")  # its process takes longer to start
    assert response.status_code == 200 or "no weights yet" in response.json()["error"]["message"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_training_whose_process_is_halted_keeps_nobody_waiting(visitor: httpx2.Client) -> None:
    id = begun(visitor, steps=90_000)
    until(visitor, id, lambda found: found["step"] > 0)
    for child in all_children("pellucid.serve.coach"):
        os.kill(child, signal.SIGSTOP)
    # A pipe of 64 KiB takes some thousands; then the server says that it takes no more.
    for _ in range(10_000):
        response = visitor.post(f"/api/trainings/{id}", json={"do": "go"})
        if response.status_code != 200:
            break
    assert refused(response) == (503, "busy")
    assert told(visitor, id)["state"] == "running"
    assert visitor.post(f"/api/trainings/{id}/keep", json={"title": "Halted"}).status_code == 200
    assert visitor.delete(f"/api/trainings/{id}").status_code == 204


def test_where_no_process_can_be_started_a_sentence_says_so(
    nano_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pellucid.serve.trainings.COMMAND", [str(tmp_path / "no such program")])
    trainings = Trainings()
    shown = Collection([pellucid.load(nano_folder)]).find("nano")
    with pytest.raises(PellucidError, match="starts no process"):
        trainings.begin(shown, 0, None, None)
    assert trainings.entries() == []


def test_what_breaks_off_in_the_middle_has_ended() -> None:
    whole = io.BytesIO()
    write(whole, "a sentence that is long enough")
    for length in (0, 3, 8, 9, len(whole.getvalue()) - 1):
        with pytest.raises(EOFError):
            read(io.BytesIO(whole.getvalue()[:length]))


def children_of(parent: int) -> list[int]:
    return [child for child in all_children("") if stat_of(child)[1] == str(parent)]


def all_children(command: str) -> list[int]:
    """The processes whose command line has that, and whose parents descend from this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            line, ancestor = (path / "cmdline").read_bytes().decode(), int(path.name)
            if command not in line:
                continue
            while ancestor not in (os.getpid(), 0):
                ancestor = int(stat_of(ancestor)[1])
        except (OSError, IndexError):  # it has ended meanwhile
            continue
        if ancestor == os.getpid():
            found.append(int(path.name))
    return found


def stat_of(process: int) -> list[str]:
    """Its state, its parent, and what else the system says behind its name."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def runs(process: int) -> bool:
    try:
        return stat_of(process)[0] != "Z"
    except OSError:
        return False
