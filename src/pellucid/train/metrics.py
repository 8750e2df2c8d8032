"""The diary of a training: a file of JSON lines, one a step, that can be read while it grows.

A line reaches the file in one write, so that a kill leaves whole lines there.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.graph import PellucidError

METRICS = "metrics.jsonl"
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
    """The whole lines of steps up to `after`."""
    lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    return [line for line in lines if 0 < step_of(line) <= after]


def step_of(line: bytes) -> int:
    """The step that a line tells of; 0 if it is cut off."""
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return 0
