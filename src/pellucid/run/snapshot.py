"""Which weights a number was computed from: a part of the key of every cache."""

from typing import NamedTuple


class Snapshot(NamedTuple):
    """A model's weights at one moment: `id` is theirs alone, `version` counts the changes made to them since."""

    id: str
    version: int
