"""What is wrong with a lesson: all of it at once, each problem with its file and line."""

import difflib
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pellucid.words.errors import LONGEST, printable, shortened

MOST = 100
"""So many things are told that are wrong with a file."""
LARGEST = 1 << 18
"""A file has at most so many bytes: ten times what the longest chapter has."""


class Mistake(Exception):
    """Something that cannot stand in a lesson, in one sentence; whoever knows the line makes a Problem of it."""


class Enough(Exception):
    """So much is wrong with a file that nothing is gained by reading on."""


@dataclass(frozen=True, order=True)
class Problem:
    """One sentence: what is wrong, what was expected, what to do."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{printable(str(self.path))}:{self.line}: {self.message}"


class Source:
    """A file of a lesson, and what has been found wrong with it so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.unread = False
        """Whether a block of it is no YAML: what that would have said is not known."""

    def refuse(self, line: int, message: object) -> None:
        """Raises Enough where more is wrong than anybody would read."""
        problem = Problem(self.path, line, shortened(printable(str(message)), LONGEST))
        if problem not in self.problems:
            self.problems.append(problem)
        if len(self.problems) >= MOST:
            self.problems.append(Problem(self.path, line, "there is more wrong after this: mend the rest first."))
            raise Enough

    @contextmanager
    def until_enough(self) -> Iterator[None]:
        """Leave the block where enough is wrong."""
        with suppress(Enough):
            yield

    @contextmanager
    def noting(self, line: int) -> Iterator[None]:
        """Give a Mistake made inside this line, and go on after the block."""
        try:
            yield
        except Mistake as mistake:
            self.refuse(line, mistake)


def read_text(source: Source) -> str:
    """The file's text with plain line ends; empty, with a problem noted, where it is not text in UTF-8."""
    content = b""
    try:
        known = source.path.stat()
        if not stat.S_ISREG(known.st_mode):
            source.refuse(1, "this cannot be read, because it is not a regular file: put the text itself there.")
        elif known.st_size > LARGEST:
            source.refuse(1, f"the file has {known.st_size:,} bytes: at most {LARGEST:,} are read; divide it.")
        else:
            content = source.path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        source.refuse(line, "this line is not UTF-8: save the file in that encoding.")
        return ""
    except OSError as error:
        source.refuse(1, f"the file cannot be read ({error.strerror}).")
        return ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def choices(wrong: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses a word: the nearest known one, or all of them."""
    known = list(known)
    near = difflib.get_close_matches(wrong[:100], known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(known)}."
