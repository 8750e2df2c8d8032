"""A lock that a forked process finds free: whichever thread of its parent held it does not exist there."""

import os
import threading
import weakref
from collections.abc import Callable


class Turns:
    """One thread at a time, in each process for itself.

    `forget` throws away what they take turns at. A process calls it that was forked in the middle of a turn, which
    nobody ends there: NumPy, for one, makes arrays read-only for as long as it writes into them.
    """

    def __init__(self, forget: Callable[[], object] = lambda: None) -> None:
        self._lock = threading.Lock()
        self._forget = forget
        EVERY.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *raised: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        if self._lock.locked():
            self._forget()
        self._lock = threading.Lock()


EVERY: "weakref.WeakSet[Turns]" = weakref.WeakSet()


def renew_all() -> None:
    for turns in list(EVERY):
        turns.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_all)
