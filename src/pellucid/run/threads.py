"""One thread for the matrix products of small models, for as long as anybody computes with them.

At their sizes a second thread waits more than it works. The limit is the whole process's, so whoever comes first sets
it and whoever leaves last lifts it, in whatever order they come and leave.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from pellucid.run.forks import Turns

TURNS = Turns()


class Limit:
    """How many callers want the limit, and what lifts it."""

    def __init__(self) -> None:
        self.wanted = 0
        self.lift: threadpool_limits | None = None


LIMIT = Limit()


@contextmanager
def one_thread() -> Iterator[None]:
    with TURNS:
        if LIMIT.wanted == 0:
            LIMIT.lift = threadpool_limits(1)
        LIMIT.wanted += 1
    try:
        yield
    finally:
        with TURNS:
            LIMIT.wanted -= 1
            if LIMIT.wanted == 0 and LIMIT.lift is not None:
                LIMIT.lift.restore_original_limits()
                LIMIT.lift = None
