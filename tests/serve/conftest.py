"""What the server's tests share: a client of the running server, and the model that it serves as a folder has it."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from pellucid.run.model import Model


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server, timeout=150) as client:
        yield client


@pytest.fixture(scope="session")
def model(nano_folder: Path) -> Model:
    return Model.load(nano_folder)
