"""The one kind of error that a person can cause: a sentence, a code that programs can test, and an exit status."""

import math
import operator
import re
import warnings
from collections.abc import Mapping
from typing import Any

LONGEST = 600
"""The most characters of a sentence: what somebody gave can be longer than anybody wants to read."""
NAME = 80
"""A name of one and a half times as many characters is shown with so many of them, where the sentence is too long."""


class PellucidError(Exception):
    """Something that a person asked for cannot be done.

    The message is one sentence: what was wrong, what was expected, what to do. `code` names the case for programs (and
    for the page, which says it in the reader's language with `details` filled in); `exit_code` is the command line's.
    """

    def __init__(self, code: str, message: str, *, exit_code: int = 2, **details: object) -> None:
        sentence = abridged(printable(message))
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


class PellucidWarning(UserWarning):
    """What a person should know although it goes on: a sentence."""


class UnknownName(PellucidError, KeyError):
    """There is nothing of that name: what a mapping raises."""

    __str__ = PellucidError.__str__


class BadGraph(PellucidError, ValueError):
    """A graph is put together in a way that cannot be: a mistake of whoever writes an architecture."""


def bad_graph(sentence: str) -> BadGraph:
    return BadGraph("bad-graph", sentence)


def remade(kind: type[PellucidError], code: str, message: str, exit_code: int, details: dict[str, Any]) -> Any:
    """The error that was pickled."""
    return kind(code, message, exit_code=exit_code, **details)


def warn(sentence: str) -> None:
    """Let a person know, who goes on: the command line prints it in a line, Python as its warnings are handled."""
    warnings.warn(abridged(printable(sentence)), PellucidWarning, stacklevel=3)


def no_font(letter: str, place: str, instead: str = "") -> str:
    """The sentence about letters that are empty boxes in a picture or a film, with what else can be done."""
    return (
        f"No font of this machine has letters such as '{letter}', and they are empty boxes in the {place}: "
        f"install one, such as Noto Sans CJK{instead}."
    )


def printable(text: str) -> str:
    """The text in one line, with what a terminal would not show, or would obey, spelled out."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def abridged(sentence: str) -> str:
    """The sentence in LONGEST characters, so that its end, which says what to do, stays: long names first lose their
    middles, then the whole does."""
    if len(sentence) > LONGEST:
        sentence = re.sub(rf"(\S{{{NAME // 2}}})\S{{{NAME // 2},}}(\S{{{NAME // 2}}})", r"\1…\2", sentence)
    half = LONGEST // 2
    return sentence if len(sentence) <= LONGEST else f"{sentence[:half]}…{sentence[1 - half :]}"


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
