"""How the program ends when Ctrl-C comes while it is still being imported: with one line and the status 130, as later.

Imported before everything else, for its effect. It does nothing where Pellucid is a library in another program.
"""

import _signal as signal  # type: ignore[import-not-found]  # `signal` takes a moment to import
import atexit
import os
import sys

TYPE_CHECKING = False  # as in `typing`, which takes a moment to import as well
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

STOPPED = 130


def is_the_program() -> bool:
    """Whether this process was started as `pellucid` or `python -m pellucid`."""
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    return name in ("pellucid", "pellucid.exe") or (name == "-m" and "pellucid" in sys.orig_argv)


def end_at_once(number: int, frame: "FrameType | None") -> "NoReturn":
    """What is said may have nobody to hear it."""
    try:
        os.write(2, b"pellucid: Stopped.\n")
    finally:
        os._exit(STOPPED)


if is_the_program() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, end_at_once)
    # Python's own last steps would give Ctrl-C its default effect again, to end without a word and with another status.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
