"""The one kind of error that a person can cause: a sentence, a code that programs can test, and an exit status."""

import math
import operator
from collections.abc import Mapping
from typing import Any

LONGEST = 600
"""The most characters of a sentence: what somebody gave can be longer than anybody wants to read."""


class PellucidError(Exception):
    """Something that a person asked for cannot be done.

    The message is one sentence: what was wrong, what was expected, what to do. `code` names the case for programs (and
    for the page, which says it in the reader's language with `details` filled in); `exit_code` is the command line's.
    """

    def __init__(self, code: str, message: str, *, exit_code: int = 2, **details: object) -> None:
        sentence = shortened(printable(message), LONGEST)
        super().__init__(sentence)
        self.code = code
        self.message = sentence
        self.exit_code = exit_code
        self.details: Mapping[str, object] = {name: plain(detail) for name, detail in details.items()}

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """So that an error reaches whoever waits for another process."""
        return remade, (type(self), self.code, self.message, self.exit_code, dict(self.details))

    def to_json(self) -> dict[str, object]:
        """The form of docs/protocol.md."""
        return {"code": self.code, "message": self.message, "details": dict(self.details)}


class UnknownName(PellucidError, KeyError):
    """There is nothing of that name: what a mapping raises."""

    __str__ = PellucidError.__str__


class BadGraph(PellucidError, ValueError):
    """A graph is put together in a way that cannot be: a mistake of whoever writes an architecture."""


def remade(kind: type[PellucidError], code: str, message: str, exit_code: int, details: dict[str, Any]) -> Any:
    """The error that was pickled."""
    return kind(code, message, exit_code=exit_code, **details)


def printable(text: str) -> str:
    """The text in one line, with what a terminal would not show, or would obey, spelled out."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def plain(value: object) -> object:
    """What JSON and pickle have words for: numbers of any library as Python's, anything else as text."""
    if value is None or isinstance(value, bool) or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, str):
        return shortened(printable(value), LONGEST)
    try:
        whole = operator.index(value)  # type: ignore[arg-type]
        return whole if abs(whole) < 2**63 else shortened(str(whole), LONGEST)
    except Exception:  # noqa: BLE001 - whatever a stranger's __index__ raises, the error is to be told
        return shortened(printable(spoken(value)), LONGEST)


def spoken(value: object) -> str:
    """What a value says of itself, or else its kind: whatever a stranger's __str__ raises, the error is to be told."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001
        return f"a {type(value).__name__}"
