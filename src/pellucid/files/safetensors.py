"""Reading safetensors files array by array, as float32, without ever mapping them.

A memory map of a file that is cut short kills the process, and one of a file that is written into changes under the
reader's eyes. So each array is read into memory of its own when it is first asked for, through a file that stays open:
what replaces or removes that file does not reach it, and what writes into it is noticed and refused.

The header comes from strangers: it is checked before anything is made of it.
"""

import json
import math
import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.files.reading import NotAFile, open_regular
from pellucid.graph import PellucidError

LONGEST_HEADER = 1 << 22
"""Some forty thousand arrays. The format allows more, which would take a gigabyte to read."""
MOST_DIMENSIONS = 32
WIDTHS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2"), 1),
}
"""The bytes of a number of each kind that the format knows."""
READABLE = {kind: np.dtype(f"<{code}") for kind, code in {"F64": "f8", "F32": "f4", "F16": "f2", "BF16": "u2"}.items()}
"""The kinds of number that weights are read from."""
PIECE = 1 << 18
"""Arrays are compared so many numbers at a time, without ever being in memory whole."""


class Damaged(ValueError):
    """Why a file is not a whole safetensors file; of several, `path` says which."""

    path: Path | None = None


class OpenFile:
    """A file that stays open, to be read from at any time as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, and Damaged for what is no file at all."""
        self.path = path
        try:
            self._file = open_regular(path)
        except NotAFile as error:
            raise Damaged(error.strerror) from None
        self._close = weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._opened = self._state()

    @property
    def size(self) -> int:
        return self._opened[0]

    def header(self) -> tuple[dict[str, "Entry"], dict[str, str]]:
        """Where every array lies, and the metadata. Raises Damaged."""
        return read_header(self._file.read, self.size, self)

    def read_into(self, numbers: np.ndarray, start: int) -> None:
        """Fill the array with the bytes from there on. Raises PellucidError (`file-changed`, `bad-file`)."""
        rest = memoryview(numbers.reshape(-1).view(np.uint8).data) if numbers.size else memoryview(b"")
        try:
            with self._lock:
                self._file.seek(start)
                while len(rest) and (count := self._file.readinto(rest)):
                    rest = rest[count:]
                unchanged = self._state() == self._opened
        except OSError as error:
            raise PellucidError(
                "bad-file", f"{self.path} cannot be read ({error.strerror}): copy it again from where it came."
            ) from error
        if len(rest) or not unchanged:
            raise PellucidError(
                "file-changed",
                f"{self.path} was written into after it was opened and before all of it was read: "
                "open the model again.",
                path=str(self.path),
            )

    def _state(self) -> tuple[int, int]:
        """What changes when somebody writes into the file: its length, the time it was last written at."""
        known = os.fstat(self._file.fileno())
        return known.st_size, known.st_mtime_ns


@dataclass(frozen=True)
class Entry:
    """Where an array lies, in bytes from the start of its file, and what it is. One without a file is all zeros.

    A `turned` one is stored as a matrix whose rows are our columns.
    """

    dtype: str
    shape: tuple[int, ...]
    start: int = 0
    end: int = 0
    file: OpenFile | None = None
    turned: bool = False

    @property
    def path(self) -> Path | None:
        return None if self.file is None else self.file.path


class StoredArrays(Mapping[str, np.ndarray]):
    """The arrays of a file, or of several that belong together, by name, as float32. Each access reads the array anew,
    into memory of its own that is read-only: whoever owns the array decides who may write.

    Raises PellucidError, when an array is asked for, if its file was written into since it was opened (`file-changed`)
    or cannot be read.
    """

    def __init__(self, *paths: Path) -> None:
        """Read the headers. Raises FileNotFoundError, and Damaged for what is no whole safetensors file or cannot be
        read."""
        self.entries: dict[str, Entry] = {}
        self.metadata: dict[str, str] = {}
        for path in paths:
            try:
                self._read(path)
            except FileNotFoundError:
                raise
            except OSError as error:
                raise self._damaged(path, error.strerror or str(error)) from error
            except Damaged as error:
                raise self._damaged(path, str(error)) from error

    def _read(self, path: Path) -> None:
        entries, metadata = OpenFile(path).header()
        if twice := entries.keys() & self.entries.keys():
            raise Damaged(f"{min(twice)} stands in another of the model's files too")
        self.entries |= entries
        self.metadata |= metadata

    @staticmethod
    def _damaged(path: Path, reason: str) -> Damaged:
        damaged = Damaged(reason)
        damaged.path = path
        return damaged

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """What is known without reading any array."""
        return {name: entry.shape for name, entry in self.entries.items()}

    @property
    def size(self) -> int:
        """The bytes that all of it takes in memory."""
        return 4 * sum(map(math.prod, self.shapes.values()))

    def rename(self, names: Mapping[str, str]) -> None:
        """Know some of the arrays by new names, which `names` gives the old ones for, and forget the others."""
        self.entries = {new: self.entries[old] for new, old in names.items()}

    def turn(self, names: Iterable[str]) -> None:
        """Take these matrices the other way round."""
        for name in names:
            entry = self.entries[name]
            self.entries[name] = replace(entry, shape=entry.shape[::-1], turned=not entry.turned)

    def add_zeros(self, name: str, shape: tuple[int, ...]) -> None:
        """Have an array of zeros, which no file holds."""
        self.entries[name] = Entry("F32", shape)

    def equal(self, one: str, other: str) -> bool:
        """Whether two arrays hold the same numbers; what is not a number is no number's equal."""
        if self.entries[one].shape != self.entries[other].shape:
            return False
        ours, theirs = self.entries[one], self.entries[other]
        return all(np.array_equal(*pair) for pair in zip(self._pieces(ours), self._pieces(theirs), strict=True))

    def check_kinds(self, names: Iterable[str]) -> None:
        """Raise PellucidError if one of these arrays holds numbers that are none of weights."""
        for name in names:
            if (entry := self.entries[name]).dtype not in READABLE:
                raise PellucidError(
                    "bad-dtype",
                    f"{name} holds {entry.dtype}: weights must be one of {', '.join(READABLE)}; convert it first.",
                )

    def __getitem__(self, name: str) -> np.ndarray:
        entry = self.entries[name]
        if entry.file is None:
            array = np.zeros(entry.shape, np.float32)
        elif entry.turned:
            array = np.ascontiguousarray(self._numbers(entry, 0, entry.shape[::-1]).T)
        else:
            array = self._numbers(entry, 0, entry.shape)
        array.flags.writeable = False
        return array

    def _pieces(self, entry: Entry) -> Iterator[np.ndarray]:
        """All numbers, in order, a few at a time."""
        count = math.prod(entry.shape)
        for first in range(0, count, PIECE):
            yield self._numbers(entry, first, (min(PIECE, count - first),))

    def _numbers(self, entry: Entry, first: int, shape: tuple[int, ...]) -> np.ndarray:
        """So many numbers of an array from the first of them on, as float32."""
        numbers = np.empty(shape, READABLE[entry.dtype])
        if entry.file is None:
            return np.zeros(shape, np.float32)
        entry.file.read_into(numbers, entry.start + first * numbers.itemsize)
        if entry.dtype == "BF16":
            array = np.zeros(shape, np.float32)
            array.reshape(-1).view(np.uint16)[1::2] = numbers.reshape(-1)  # the upper half of a float32
            return array
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as such
            return numbers.astype(np.float32, copy=False)

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def read_header(read: Any, size: int, file: OpenFile) -> tuple[dict[str, Entry], dict[str, str]]:
    """Where every array lies in a file of that size, and the metadata. Raises Damaged."""
    length = int.from_bytes(read(8), "little")
    if size < 8 or length > min(size - 8, LONGEST_HEADER):
        raise Damaged("its header is cut off")
    try:
        header = json.loads(read(length))
        metadata = header.pop("__metadata__", {})
        entries = {name: read_entry(entry, 8 + length, file) for name, entry in header.items()}
    except Damaged:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("its header is not what the format asks for") from error
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise Damaged("its metadata are not text")
    end = 8 + length
    for entry in sorted(entries.values(), key=lambda entry: (entry.start, entry.end)):
        if entry.start != end:
            raise Damaged("its arrays do not lie one after the other")
        end = entry.end
    if end != size:
        raise Damaged(f"it has {size:,} bytes instead of {end:,}")
    return entries, metadata


def read_entry(entry: Mapping[str, Any], origin: int, file: OpenFile) -> Entry:
    """Where an array lies. Raises Damaged, or another ValueError, KeyError or TypeError for an entry that is none."""
    dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if any(type(number) is not int or number < 0 for number in (*shape, start, end)) or len(shape) > MOST_DIMENSIONS:
        raise Damaged("the shape or place of an array is not made of whole numbers")
    if start > end or (dtype in WIDTHS and WIDTHS[dtype] * math.prod(shape) != end - start):
        raise Damaged("an array does not take the bytes that its shape asks for")
    return Entry(str(dtype), tuple(shape), origin + start, origin + end, file)
