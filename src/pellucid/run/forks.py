"""A lock that a forked process finds free: whichever thread of its parent held it does not exist there."""

import os
import threading
import weakref


class Turns:
    """One thread at a time, in each process for itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        EVERY.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *raised: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        self._lock = threading.Lock()


EVERY: "weakref.WeakSet[Turns]" = weakref.WeakSet()


def renew_all() -> None:
    for turns in list(EVERY):
        turns.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_all)
