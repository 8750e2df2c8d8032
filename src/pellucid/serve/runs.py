"""Recent runs, kept because the questions about one text come together: its trace, its cells, its next token."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

import numpy as np

from pellucid.run.engine import Decoder
from pellucid.run.model import Model
from pellucid.run.snapshot import Snapshot
from pellucid.run.trace import Run

READ_TOGETHER = 64
"""Tokens that a large model reads at a time, so that what is computed on the way stays small."""

MOST_BYTES = 256 * 2**20
MOST_RUNS = 256


class RecentRuns:
    """Runs by key; the one longest unused is forgotten when they are too many or too large together."""

    def __init__(self, most_bytes: int = MOST_BYTES, most_runs: int = MOST_RUNS) -> None:
        self._most_bytes = most_bytes
        self._most_runs = most_runs
        self._runs: OrderedDict[Hashable, tuple[Run, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Run | None:
        with self._lock:
            if key not in self._runs:
                return None
            self._runs.move_to_end(key)
            return self._runs[key][0]

    def keep(self, key: Hashable, run: Run) -> None:
        size = run.nbytes
        with self._lock:
            if key in self._runs:
                return
            self._runs[key] = run, size
            self._bytes += size
            while self._bytes > self._most_bytes or len(self._runs) > self._most_runs:
                self._bytes -= self._runs.popitem(last=False)[1][1]


class Reader:
    """The text that a large model has read last: one more token then takes one more step, and not the whole again."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._read: tuple[int, ...] = ()
        self._decoder: Decoder | None = None
        self._logits: np.ndarray | None = None
        self._lock = threading.Lock()

    def logits(self, model: Model, tokens: tuple[int, ...]) -> np.ndarray:
        """The logits after the last of the tokens."""
        with self._lock:
            known = self._decoder is not None and self._snapshot == model.snapshot
            if not known or tokens[: len(self._read)] != self._read:
                self._decoder, self._read, self._snapshot = model.engine.decode(), (), model.snapshot
            decoder, done = self._decoder, len(self._read)
            assert decoder
            self._decoder = None  # of no use if reading on fails
            for start in range(done, len(tokens), READ_TOGETHER):
                self._logits = decoder.logits(tokens[start : start + READ_TOGETHER])
            self._decoder, self._read = decoder, tokens
            assert self._logits is not None
            return self._logits
