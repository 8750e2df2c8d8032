"""The rights that an ordinary user has, also where the administrator runs the tests."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

VERSION = 0x20080522
"""Of the way in which Linux is told of capabilities: two words of bits for each kind."""
PASSING_OVER_RIGHTS = (1 << 1) | (1 << 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by which the administrator may read and write whatever others may not."""


class Whom(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class Word(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def of_a_user() -> Iterator[None]:
    """The rights of files and folders hold for this thread, whoever runs it."""
    if sys.platform != "linux":
        yield
        return
    system, whom, words = ctypes.CDLL(None, use_errno=True), Whom(VERSION, 0), (Word * 2)()

    def told(change: str) -> None:
        if getattr(system, change)(ctypes.byref(whom), ctypes.byref(words)):
            raise OSError(ctypes.get_errno(), change)

    told("capget")
    before = words[0].effective
    words[0].effective = before & ~PASSING_OVER_RIGHTS
    told("capset")
    try:
        yield
    finally:
        words[0].effective = before
        told("capset")
