"""Reading safetensors files array by array, as float32, without ever mapping them.

A memory map of a file that is cut short kills the process, and one of a file that is written into changes under the
reader's eyes. So each array is read into memory of its own when it is first asked for, through a file that stays open:
what replaces or removes that file does not reach it, and what writes into it is noticed and refused.

The header comes from strangers: it is checked before anything is made of it.
"""

import json
import math
import os
import stat
import threading
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.graph import PellucidError

LONGEST_HEADER = 100_000_000
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


class Damaged(ValueError):
    """Why a file is not a whole safetensors file."""


@dataclass(frozen=True)
class Entry:
    """Where an array lies in its file, in bytes, and what it is."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class StoredArrays(Mapping[str, np.ndarray]):
    """The arrays of a file by name, as float32. Each access reads the array anew, into memory of its own that
    is read-only: whoever owns the array decides who may write.

    Raises PellucidError, when an array is asked for, if the file was written into since it was opened (`file-changed`)
    or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        """Read the header. Raises FileNotFoundError, OSError, and Damaged for what is no whole safetensors file."""
        self.path = path
        if not stat.S_ISREG(path.stat().st_mode):
            raise Damaged("it is not a regular file")
        self._file = path.open("rb", buffering=0)
        self._close = weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._opened = self._state()
        self.entries, self.metadata = read_header(self._file.read, self._opened[0])

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

    def check_kinds(self) -> None:
        """Raise PellucidError if an array holds numbers that are none of weights."""
        for name, entry in self.entries.items():
            if entry.dtype not in READABLE:
                raise PellucidError(
                    "bad-dtype",
                    f"{name} holds {entry.dtype}: weights must be one of {', '.join(READABLE)}; convert it first.",
                )

    def __getitem__(self, name: str) -> np.ndarray:
        entry = self.entries[name]
        numbers = np.empty(entry.shape, READABLE[entry.dtype])
        self._read(entry, numbers)
        if entry.dtype == "BF16":
            array = np.zeros(entry.shape, np.float32)
            array.reshape(-1).view(np.uint16)[1::2] = numbers.reshape(-1)  # the upper half of a float32
        else:
            array = numbers.astype(np.float32, copy=False)
        array.flags.writeable = False
        return array

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def _state(self) -> tuple[int, int]:
        """What changes when somebody writes into the file: its length, the time it was last written at."""
        known = os.fstat(self._file.fileno())
        return known.st_size, known.st_mtime_ns

    def _read(self, entry: Entry, numbers: np.ndarray) -> None:
        rest = memoryview(numbers.reshape(-1).view(np.uint8).data) if numbers.size else memoryview(b"")
        try:
            with self._lock:
                self._file.seek(entry.start)
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


def read_header(read: Any, size: int) -> tuple[dict[str, Entry], dict[str, str]]:
    """Where every array lies in a file of that size, and the metadata. Raises Damaged."""
    length = int.from_bytes(read(8), "little")
    if size < 8 or length > min(size - 8, LONGEST_HEADER):
        raise Damaged("its header is cut off")
    try:
        header = json.loads(read(length))
        metadata = header.pop("__metadata__", {})
        entries = {name: read_entry(entry, 8 + length) for name, entry in header.items()}
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


def read_entry(entry: Mapping[str, Any], origin: int) -> Entry:
    """Where an array lies. Raises Damaged, or another ValueError, KeyError or TypeError for an entry that is none."""
    dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if any(type(number) is not int or number < 0 for number in (*shape, start, end)) or len(shape) > MOST_DIMENSIONS:
        raise Damaged("the shape or place of an array is not made of whole numbers")
    if start > end or (dtype in WIDTHS and WIDTHS[dtype] * math.prod(shape) != end - start):
        raise Damaged("an array does not take the bytes that its shape asks for")
    return Entry(str(dtype), tuple(shape), origin + start, origin + end)
