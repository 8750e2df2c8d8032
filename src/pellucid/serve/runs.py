"""Recent runs, kept because the questions about one text come together: its trace, its cells, its next token."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from pellucid.run.trace import Run

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
