"""Several files of a folder that change as one: a kill at any moment leaves all of the old ones or all of the new ones.

The new ones are written beside their places. Then one rename puts a note into the folder that says which of them are to
take which place, and from that moment the new state holds: the renames that follow are finished by whoever comes next,
if they were interrupted.

Whoever comes next may only want to look, and a stranger may have made the folder and a note in it. So nothing outside
the folder is ever touched: links in it are replaced, never followed, and a note is obeyed only as far as it speaks of
what a save leaves behind there.
"""

import json
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pellucid.files.locks import lock, opened
from pellucid.files.reading import is_there, read_bytes
from pellucid.files.writing import (
    UNDER_WAY,
    Temporary,
    check_writable,
    is_temporary,
    refusals_said,
    sweep,
    sync,
    write_beside,
)
from pellucid.graph import PellucidError

NOTE = f".save{UNDER_WAY}"
LONGEST_NOTE = 1 << 16
PATIENCE = 10.0
"""How many seconds another process may take for its save, before one says so instead of waiting on."""
TRIES = 20
"""How often a folder is read again because somebody saved into it meanwhile."""

State = list[int] | None
"""What changes when somebody writes a file anew; None where there is none."""
Move = tuple[str, str | None, State]
"""A name in the folder, the temporary file that is to take the place (none, for a file that is to go), and what stood
there before."""

Found = TypeVar("Found")


def replace_together(folder: Path, contents: Mapping[str, bytes | None]) -> None:
    """Put files into a folder, and take away those whose content is None: all of it, or nothing of it.

    Raises PellucidError (`cannot-write`, `folder-in-use`).
    """
    with refusals_said(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            finish(folder)
            temporaries: list[Temporary] = []
            try:
                commit(folder, written(folder, contents, temporaries), temporaries)
                finish(folder)
            finally:
                # Once the note is there, they belong to it: Ctrl-C may come between it and the renames.
                committed = (folder / NOTE).exists()
                for temporary in temporaries:
                    temporary.close(keep=committed)


def written(folder: Path, contents: Mapping[str, bytes | None], temporaries: list[Temporary]) -> list[Move]:
    """Write the files beside their places; what is to be done with them."""
    moves: list[Move] = []
    for name, content in contents.items():
        place = folder / name
        check_writable(place)
        sweep(place)
        if content is not None:
            temporaries.append(write_beside(place, content))
        moves.append((name, None if content is None else temporaries[-1].path.name, state_here(place)))
    sync(folder)
    return moves


def commit(folder: Path, moves: list[Move], temporaries: list[Temporary]) -> None:
    """Put the note into the folder."""
    sweep(folder / NOTE)
    note = write_beside(folder / NOTE, json.dumps(moves).encode())
    temporaries.append(note)
    note.path.replace(folder / NOTE)
    sync(folder)


def settle(folder: Path) -> None:
    """Finish a save into the folder that was interrupted. Raises PellucidError where that cannot be done."""
    if is_there(folder / NOTE):
        try:
            with alone(folder):
                finish(folder)
        except OSError as error:
            raise PellucidError(
                "unfinished-save",
                f"The last save into {folder} was interrupted, and cannot be finished ({error.strerror}): "
                "open it once with the right to write there.",
                exit_code=1,
            ) from error


def finish(folder: Path) -> None:
    """Do what is left to do of what a note says, unless somebody else has written into the folder since."""
    moves = noted(folder / NOTE)
    left = [move for move in moves if os.path.lexists(folder / (move[1] or move[0]))]
    if all(may_move(folder, *move) for move in left):
        for name, temporary, _ in left:
            if temporary is None:
                (folder / name).unlink()
            else:
                (folder / temporary).replace(folder / name)
        sync(folder)
    (folder / NOTE).unlink(missing_ok=True)
    sync(folder)


def may_move(folder: Path, name: str, temporary: str | None, before: State) -> bool:
    """Whether the place is as it was when the note was written, and what is to take it a file that lies there."""
    return state_here(folder / name) == before and (temporary is None or is_regular(folder / temporary))


def noted(note: Path) -> list[Move]:
    """What a note says: nothing, where it is none of ours."""
    try:
        if not is_regular(note):
            return []
        moves = [(name, temporary, before) for name, temporary, before in json.loads(read_bytes(note, LONGEST_NOTE))]
        return moves if all(is_ours(name, temporary) for name, temporary, _ in moves) else []
    except (PellucidError, ValueError, TypeError, RecursionError):
        return []


def is_ours(name: str, temporary: str | None) -> bool:
    """Whether these are names in the folder itself, the second one of a file that is being written for the first.

    Raises ValueError or TypeError for what can be no name of a file.
    """
    os.fsencode(name)
    plain = "\0" not in name and Path(name).name == name and name not in ("", "..")
    return plain and (temporary is None or is_temporary(str(temporary), name))


def is_regular(path: Path) -> bool:
    """Whether a file lies there itself, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def state(place: Path) -> State:
    """That of the file that is read by this name, wherever links lead."""
    try:
        return told(place.stat())
    except OSError:
        return None


def state_here(place: Path) -> State:
    """That of what lies there itself."""
    try:
        return told(place.lstat())
    except OSError:
        return None


def told(known: os.stat_result) -> list[int]:
    return [known.st_ino, known.st_size, known.st_mtime_ns]


def read_together(folder: Path, names: Sequence[str], read: Callable[[], Found]) -> Found:
    """What `read` finds in these files of a folder: all of them of one save, even while others save into it."""
    for _ in range(TRIES):
        settle(folder)
        before = states(folder, names)
        try:
            found = read()
        except PellucidError:
            if states(folder, names) == before:
                raise
        else:
            if states(folder, names) == before:
                return found
    raise PellucidError(
        "folder-in-use", f"{folder} is being written into again and again: open it when that has ended.", exit_code=1
    )


def states(folder: Path, names: Sequence[str]) -> list[State]:
    return [state(folder / name) for name in (NOTE, *names)]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who saves several files into this folder. Raises PellucidError (`folder-in-use`)."""
    with opened(folder) as handle:
        deadline = time.monotonic() + PATIENCE
        while handle is not None and not lock(handle):
            if time.monotonic() > deadline:
                raise PellucidError(
                    "folder-in-use",
                    f"Another process has been writing into {folder} for {PATIENCE:g} seconds: try again later.",
                    exit_code=1,
                )
            time.sleep(0.01)
        yield
