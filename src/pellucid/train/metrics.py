"""The diary of a training: a file of JSON lines, one a step, that can be read while it grows.

A line reaches the file in one write, so that a kill leaves whole lines there.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.files.reading import read_bytes
from pellucid.graph import PellucidError

METRICS = "metrics.jsonl"
LONGEST_LINE = 512
"""Several times what a line takes."""
IN_VAIN = 100_000
"""How many steps, and as many as were kept, one that was killed may have done since it was saved."""
ADDING = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)


class Metrics:
    """The file, open for adding lines."""

    def __init__(self, folder: Path) -> None:
        path = folder / METRICS
        try:
            self._file = os.open(path, ADDING)
        except OSError as error:
            raise PellucidError(
                "cannot-write", f"{path} cannot be written ({error.strerror}): choose another folder.", exit_code=1
            ) from error

    def add(self, line: Mapping[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")

    def __enter__(self) -> "Metrics":
        return self

    def __exit__(self, *raised: object) -> None:
        os.close(self._file)


def diary(folder: Path, after: int) -> dict[str, bytes]:
    """What the file holds when a training begins, or goes on after that many steps: later lines are of steps that one
    which was killed did in vain."""
    return {METRICS: b"".join(kept(folder / METRICS, after)) if after else b""}


def kept(path: Path, after: int) -> list[bytes]:
    """The whole lines of steps up to `after`. Raises PellucidError for a file that is no diary of so many steps."""
    if not path.is_file():
        return []
    lines = read_bytes(path, LONGEST_LINE * (2 * after + IN_VAIN)).splitlines(keepends=True)
    return [line for line in lines if 0 < step_of(line) <= after]


def step_of(line: bytes) -> int:
    """The step that a line tells of; 0 if it is cut off, or nobody knows what."""
    try:
        step = json.loads(line)["step"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
    return step if type(step) is int else 0
