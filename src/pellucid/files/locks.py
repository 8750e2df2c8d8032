"""Locks on open files and folders, which the system releases when a process ends, however it ends.

Where a system or a file system knows no such locks, everybody has them.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def lock(handle: int) -> bool:
    """Whether what is open there is ours alone from now on, until the handle is closed."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def opened(path: Path) -> Iterator[int | None]:
    """A handle to lock or to read from; None where there is nothing any more, or nothing that may be read."""
    try:
        handle = os.open(path, READING)
    except OSError:
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)
