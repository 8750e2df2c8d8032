"""Taking turns in a folder: for as long as one process works there, another is told which one does."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pellucid.files.locks import lock
from pellucid.files.reading import NotAFile
from pellucid.files.writing import refusals_said
from pellucid.graph import PellucidError

FLAGS = ("O_CLOEXEC", "O_BINARY", "O_NONBLOCK", "O_NOFOLLOW")
OPEN = os.O_CREAT | os.O_RDWR | sum(getattr(os, flag, 0) for flag in FLAGS)
"""A link is not followed: what it leads to would be emptied."""
LONGEST = 20
"""No process has a number of more digits."""


@contextmanager
def turn(folder: Path, work: str) -> Iterator[Callable[[], bool]]:
    """Work in the folder, as nobody else does who wants a turn for the same work.

    A killed process loses its turn by itself, and whoever's folder is removed or moved does too: what is yielded takes
    it again then, and says whether it had to. Raises PellucidError: `folder-in-use` with the process whose turn it is,
    or `cannot-write`.
    """
    path = folder / f".{work}.lock"
    handle = begun(path, folder)

    def take_again() -> bool:
        nonlocal handle
        if is_at(path, handle):
            return False
        lost, handle = handle, begun(path, folder)
        os.close(lost)
        return True

    try:
        yield take_again
    finally:
        if is_at(path, handle):
            path.unlink(missing_ok=True)
        os.close(handle)


def begun(path: Path, folder: Path) -> int:
    """The lock, ours, which tells the others who we are."""
    with refusals_said(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = taken(path, folder)
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
    return handle


def taken(path: Path, folder: Path) -> int:
    """The lock, ours. One whose file the last holder has just removed is none any more."""
    while True:
        handle = os.open(path, OPEN, 0o666)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise NotAFile
        if not lock(handle):
            holder = os.read(handle, LONGEST).decode(errors="replace")
            os.close(handle)
            who = f"process {holder}" if holder.isdecimal() else "another process"
            raise PellucidError(
                "folder-in-use",
                f"{folder} is in use by {who}, which trains there: wait until it ends, or choose another folder.",
                exit_code=1,
            )
        if is_at(path, handle):
            return handle
        os.close(handle)


def is_at(path: Path, handle: int) -> bool:
    """Whether what is open is still what lies there."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False
