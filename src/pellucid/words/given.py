"""What callers give, taken as what it is or refused: whole numbers, numbers, lists of them, paths, things of a kind.

Whatever counts as a whole number for Python (`__index__`) does so here: those of NumPy, PyTorch and JAX too. A truth
value is none, and nothing is rounded.
"""

import json
import operator
import os
import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Set, Sized
from contextlib import contextmanager
from itertools import islice
from numbers import Real
from pathlib import Path
from typing import Any, TypeVar

from pellucid.words.errors import PellucidError, printable, shortened

LONGEST = 60
"""Characters that a value is shown with."""
MOST = 1 << 20
"""A list is taken up to so many items."""

Kind = TypeVar("Kind")

BRIEF = reprlib.Repr()
BRIEF.maxstring = BRIEF.maxother = BRIEF.maxlong = LONGEST


def shown(value: object) -> str:
    """The value as it is named in a sentence."""
    try:
        text = BRIEF.repr(value)
    except Exception:  # noqa: BLE001 - whatever a stranger's __repr__ raises, the sentence is to be said
        text = f"a {type(value).__name__}"
    return shortened(printable(" ".join(text.split())), LONGEST)


def in_json(value: object) -> str:
    """A value that was read from JSON, as it is written there."""
    return json.dumps(value) if value is None or isinstance(value, bool) else shown(value)


def bad_argument(name: str, value: object, expected: str) -> PellucidError:
    return PellucidError("bad-argument", f"{name} is {shown(value)}: it must be {expected}.", name=name)


def whole(value: Any) -> int:
    """The whole number that it is. Raises TypeError."""
    if type(value) is int:  # by far the commonest, and nothing that needs a closer look
        return value
    with as_type_error():
        if is_truth(value) or isinstance(value, str | bytes):
            raise TypeError
        return operator.index(value)


@contextmanager
def as_type_error() -> Iterator[None]:
    """Whatever a stranger's object raises when it is looked at: it is not what was expected."""
    try:
        yield
    except (TypeError, OverflowError):
        raise
    except Exception as error:
        raise TypeError from error


def is_truth(value: Any) -> bool:
    return isinstance(value, bool) or "bool" in str(attribute(value, "dtype"))


def attribute(value: Any, name: str) -> Any:
    """What the value has under that name; None where it has nothing, or cannot be asked."""
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - whatever a stranger's __getattr__ raises, it is not what was expected
        return None


def truth(value: Any, name: str) -> bool:
    """The truth value that it is. Raises PellucidError (`bad-argument`) for what would only count as one."""
    if isinstance(value, bool) or (is_truth(value) and attribute(value, "shape") == ()):
        return bool(value)
    raise bad_argument(name, value, "True or False")


def number(value: Any) -> float:
    """The number that it is, whichever library's. Raises TypeError; OverflowError for one that no float can hold."""
    with as_type_error():
        scalar = getattr(value, "shape", None) == () and re.search("float|int", str(getattr(value, "dtype", "")))
        if is_truth(value) or not (isinstance(value, Real) or scalar):
            raise TypeError
        return float(value)


def counted(value: Any, name: str, expected: str = "a whole number from 1 on", least: int = 1) -> int:
    """The whole number, at least 1 or another one, that it is. Raises PellucidError (`bad-argument`)."""
    try:
        found = whole(value)
        if found < least:
            raise TypeError
        return found
    except (TypeError, OverflowError):
        raise bad_argument(name, value, expected) from None


def numbers_in(text: str) -> list[int] | None:
    """Whole numbers with commas between, as a person types tokens that have no letters; None for other text."""
    if not re.fullmatch(r"\s*-?\d{1,9}\s*(,\s*-?\d{1,9}\s*)*", text, re.ASCII):
        return None
    return [int(number) for number in text.split(",")]


def wholes(values: Any) -> list[int]:
    """The whole numbers in a list, an array, or the one row of an array. Raises TypeError."""
    listed = items(values)
    if len(listed) == 1 and isinstance(listed[0], Sized) and not isinstance(listed[0], str) and is_row(listed[0]):
        listed = items(listed[0])
    return [whole(value) for value in listed]


def items(values: Any) -> list[Any]:
    """What is in a list, or whatever else has an order. Raises TypeError, also for what goes on for ever."""
    if isinstance(values, str | bytes | bytearray | Mapping | Set):
        raise TypeError
    if not isinstance(values, Iterable) or attribute(values, "shape") == ():
        raise TypeError
    return bounded(values)


def bounded(values: Iterable[Any]) -> list[Any]:
    """All of them. Raises TypeError for too many, also for what goes on for ever."""
    with as_type_error():
        listed = list(islice(values, MOST + 1))
    if len(listed) > MOST:
        raise TypeError
    return listed


def is_row(value: Any) -> bool:
    """Whether it is a row of numbers, and not a number or a further table of rows."""
    shape = attribute(value, "shape")
    return isinstance(value, list | tuple) if shape is None else len(shape) == 1


def path_of(value: Any, name: str) -> Path:
    """The path that is meant. Raises PellucidError (`bad-argument`)."""
    try:
        with as_type_error():
            text = os.fspath(value)
        if not isinstance(text, str) or not text or "\0" in text:
            raise TypeError
        os.fsencode(text)
    except (TypeError, UnicodeEncodeError):
        raise bad_argument(name, value, "a path, such as 'my-model'") from None
    return Path(text)


def of_kind(value: Any, kind: Callable[..., Kind], name: str, expected: str) -> Kind:
    """The value, which is of that kind. Raises PellucidError (`bad-argument`)."""
    if not isinstance(value, kind):  # type: ignore[arg-type]  # a class, which may be abstract
        raise bad_argument(name, value, expected)
    return value  # type: ignore[no-any-return]
