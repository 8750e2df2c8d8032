"""A model that is open stays what it was, whatever becomes of its files, and is read again where that is asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from safetensors.numpy import load
from small import random_model
from starlette.testclient import TestClient

from pellucid.run.model import Model
from pellucid.serve.app import application


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random_model().save(tmp_path / "small")
    return tmp_path / "small"


@pytest.fixture
def visitor(folder: Path) -> Iterator[TestClient]:
    with TestClient(application([Model.load(folder)]), base_url="http://127.0.0.1") as client:
        yield client


def overwrite(folder: Path) -> None:
    random_model(seed=1).save(folder)


def truncate(folder: Path) -> None:
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(100)


def weights(visitor: TestClient) -> dict[str, Any]:
    return load(visitor.get("/api/models/small/weights").content)


def state(visitor: TestClient, **query: str) -> Any:
    return visitor.get("/api/models/small/file", params=query)


@pytest.mark.parametrize("change", [overwrite, truncate, rmtree], ids=lambda change: change.__name__)
def test_it_stays_what_it_was_and_says_that_its_files_changed(
    visitor: TestClient, folder: Path, change: Callable[[Path], object]
) -> None:
    assert state(visitor).json() == {"changed": False}
    before = weights(visitor)
    change(folder)
    assert state(visitor).json() == {"changed": True}
    assert all((weights(visitor)[name] == before[name]).all() for name in before)


def test_it_is_read_again(visitor: TestClient, folder: Path) -> None:
    overwrite(folder)
    assert state(visitor, read="again").json() == {"changed": False}
    expected = random_model(seed=1).parameters
    assert all((found == expected[name]).all() for name, found in weights(visitor).items())


@pytest.mark.parametrize("change", [truncate, rmtree], ids=lambda change: change.__name__)
def test_what_is_no_model_any_more_is_not_shown(
    visitor: TestClient, folder: Path, change: Callable[[Path], object]
) -> None:
    before = weights(visitor)
    change(folder)
    refused = state(visitor, read="again")
    assert refused.status_code == 400
    assert refused.json()["error"]["message"]
    assert all((weights(visitor)[name] == before[name]).all() for name in before)


def test_a_model_that_came_from_no_folder_cannot_be_read_again() -> None:
    with TestClient(application([random_model()]), base_url="http://127.0.0.1") as client:
        assert state(client).json() == {"changed": False}
        assert state(client, read="again").json()["error"]["code"] == "no-folder"
        assert state(client, read="now").json()["error"]["code"] == "bad-parameter"
