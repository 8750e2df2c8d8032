"""Writing a file whole or not at all: a kill at any moment leaves the old one or the new one there.

It is written beside its place and renamed into it. A temporary file is locked by its writer as long as that lives, so
that the next one can tell what nobody is writing any more, and remove it.
"""

import glob
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pellucid.files.locks import lock, opened
from pellucid.graph import PellucidError

UNDER_WAY = ".pellucid"
"""How temporary files' names end."""
CHANCE = 4
"""Bytes of chance in their names."""
LONGEST_STEM = 255 - len(UNDER_WAY) - 2 * CHANCE
"""What is left of the longest name of a file, in bytes."""
STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")
"""Places that stand for what a process has open, which nothing can be renamed into."""
NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def replace_file(path: Path, content: bytes) -> None:
    """Put the content there, through links, into devices and pipes, and with the rights that the shell would give.

    Raises PellucidError (`cannot-write`).
    """
    with refusals_said(path):
        place = prepared(path)
        if place is None:
            with path.open("wb", buffering=0) as stream:
                rest = memoryview(content)
                while rest:
                    rest = rest[stream.write(rest) :]
            return
        sweep(place)
        temporary = write_beside(place, content)
        try:
            temporary.path.replace(place)
        finally:
            temporary.close()
        sync(place.parent)


def check_place(path: Path) -> None:
    """Refuse now what could not be written later, when much has been done for it; nothing is left there. Raises
    PellucidError (`cannot-write`)."""
    with refusals_said(path):
        missing = [folder for folder in path.parents if not folder.exists()]
        try:
            place = prepared(path)
            if place is not None:
                Temporary(*begun(place)).close()
        finally:
            for folder in missing:
                with suppress(OSError):
                    folder.rmdir()


def prepared(path: Path) -> Path | None:
    """Where a file of that name goes, in a folder that is there by now; None where bytes go as they come."""
    if path == Path():
        raise FileNotFoundError(0, "it is no name of a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    return None if is_stream(path) else followed(path)


@contextmanager
def refusals_said(path: Path) -> Iterator[None]:
    """What keeps the system from writing, in a sentence; but that nobody reads on is no failure of ours."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or error
        raise PellucidError(
            "cannot-write", f"{path} cannot be written ({reason}): choose another place.", exit_code=1
        ) from error


def is_stream(path: Path) -> bool:
    """Whether it is something that bytes go into where it stands: a device, a pipe, what a process has open."""
    if os.path.abspath(path).startswith(STREAMS):
        return True
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(0, "it is a folder")
    return not stat.S_ISREG(kind)


def followed(path: Path) -> Path:
    """Where a file is that may be a link. Raises PermissionError for one that may not be written."""
    place = Path(os.path.realpath(path))
    check_writable(place)
    return place


def check_writable(place: Path) -> None:
    """Raises PermissionError for a file that may not be written, IsADirectoryError for a folder."""
    if place.is_symlink():
        return  # what takes its place leaves alone what it leads to
    if place.is_dir():
        raise IsADirectoryError(0, f"{place.name} is a folder")
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(0, "it is write-protected")


class Temporary:
    """A file that is being written, locked while it is."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    def close(self, *, keep: bool = False) -> None:
        """Let go of it; what was not renamed is removed, unless it is to be kept."""
        if not keep:
            self.path.unlink(missing_ok=True)
        os.close(self._handle)


def write_beside(place: Path, content: bytes) -> Temporary:
    """The content in the same folder, with the rights that a file at that place has or would have."""
    temporary, handle = begun(place)
    try:
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(content)
        if place.exists() and not place.is_symlink():
            temporary.chmod(stat.S_IMODE(place.stat().st_mode))
        os.fsync(handle)
    except BaseException:
        Temporary(temporary, handle).close()
        raise
    return Temporary(temporary, handle)


def begun(place: Path) -> tuple[Path, int]:
    """A new file for what is to stand there, locked."""
    while True:
        temporary = place.with_name(f"{stem(place.name)}{secrets.token_hex(CHANCE)}{UNDER_WAY}")
        handle = os.open(temporary, NEW, 0o666)
        if lock(handle) and temporary.exists():
            return temporary, handle
        os.close(handle)  # another writer took it for one that is abandoned, before it was locked


def stem(name: str) -> str:
    """How the names of the temporary files of a file begin: as its own, as far as there is room."""
    while len(os.fsencode(f".{name}.")) > LONGEST_STEM:
        name = name[:-1]
    return f".{name}."


def is_temporary(name: str, of: str) -> bool:
    """Whether a file of this name is being written, or was, to take the place of the other."""
    middle = name.removeprefix(stem(of)).removesuffix(UNDER_WAY)
    return name == f"{stem(of)}{middle}{UNDER_WAY}" and re.fullmatch(f"[0-9a-f]{{{2 * CHANCE}}}", middle) is not None


def sweep(place: Path) -> None:
    """Remove what writers that were killed have left behind of the file that is to stand there."""
    for leftover in place.parent.glob(f"{glob.escape(stem(place.name))}*{UNDER_WAY}"):
        if leftover.is_symlink() or not is_temporary(leftover.name, place.name):
            continue
        with opened(leftover) as handle:
            if handle is not None and lock(handle):
                leftover.unlink(missing_ok=True)


def sync(folder: Path) -> None:
    """Let the folder's renames outlast a power failure, where the file system can promise that."""
    with opened(folder) as handle, suppress(OSError):
        if handle is not None:
            os.fsync(handle)
