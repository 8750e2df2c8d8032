"""What the tests of the TypeScript walker share: the walker itself, built and started once."""

from collections.abc import Iterator

import pytest
from walking import Walker


@pytest.fixture(scope="session")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walker]:
    started = Walker(tmp_path_factory.mktemp("walker"))
    yield started
    started.close()
