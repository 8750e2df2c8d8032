"""Reading what somebody else put there: regular files only, none larger than it may be, JSON that is an object.

A pipe would wait for ever, a device may do anything, and a file of a hundred gigabytes takes no room on a disk.
"""

import errno
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

from pellucid.graph import PellucidError

LONGEST_CONFIG = 1 << 22
"""The most bytes of a config.json: many times what the longest have."""
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class NotAFile(OSError):
    """There is something else of that name: a folder, a pipe, a device."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "it is not a regular file")


def open_regular(path: Path) -> io.FileIO:
    """The file, open for reading without a buffer, without ever waiting. Raises OSError, and NotAFile of its kinds."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NotAFile  # opening a device may already do something
        file = io.FileIO(os.open(path, FLAGS))
    except ValueError as error:
        raise FileNotFoundError(errno.ENOENT, f"no file has such a name ({error})") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotAFile
    return file


def is_there(path: Path) -> bool:
    """Whether anything has that name, be it a link that leads nowhere."""
    try:
        return os.path.lexists(path)
    except ValueError:  # a null character
        return False


def may_look(folder: Path) -> None:
    """Raise PellucidError (`bad-file`) where nobody may tell what is in a folder, which then only seems to be empty."""
    try:
        os.lstat(os.path.join(folder, os.curdir))
        os.scandir(folder).close()
    except PermissionError as error:
        raise unreadable(folder, error) from error
    except (OSError, ValueError):
        return


def unreadable(path: Path, error: OSError) -> PellucidError:
    """The error that says why a file or folder cannot be read, and what helps."""
    way = "give yourself the right to read it" if isinstance(error, PermissionError) else "restore or remove it"
    return PellucidError("bad-file", f"{path} cannot be read ({error.strerror or error}): {way}.")


def leads_nowhere(path: Path) -> PellucidError:
    """The error that says that a name is a link to nothing."""
    return PellucidError("missing-file", f"{path} is a link that leads nowhere: put the file itself in its place.")


def read_bytes(path: Path, most: int, items: int = LONGEST_CONFIG, between: bytes = b",") -> bytes:
    """All of a file. Raises PellucidError (`missing-file`, `bad-file`) unless it can be read and is not too long.

    `items` are the most things that it may list, with `between` between them: a list of short things takes many times
    as much memory as its file.
    """
    try:
        with open_regular(path) as file:
            content = bytearray()
            while len(content) <= most and (more := file.read(min(most + 1 - len(content), 1 << 20))):
                content += more
    except FileNotFoundError:
        if is_there(path):
            raise leads_nowhere(path) from None
        raise PellucidError(
            "missing-file", f"{path.parent} holds no {path.name}: it is not a model's folder."
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > most:
        raise PellucidError(
            "bad-file", f"{path} is longer than {most:,} bytes, which no such file is: restore or remove it."
        )
    if content.count(between) > items:
        raise PellucidError("bad-file", f"{path} lists more than {items:,} things: restore or remove it.")
    return bytes(content)


def read_json(path: Path, most: int = LONGEST_CONFIG, items: int = LONGEST_CONFIG) -> dict[str, Any]:
    """An object of JSON. Raises PellucidError (`missing-file`, `bad-file`)."""
    content = read_bytes(path, most, items)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise PellucidError("bad-file", f"{path} cannot be read as JSON ({reason}): restore or remove it.") from error
    if not isinstance(found, dict):
        raise PellucidError("bad-file", f"{path} holds {type(found).__name__}, not an object of settings.")
    return found
