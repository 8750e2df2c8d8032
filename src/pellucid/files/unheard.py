"""What the library `tokenizers` prints by itself when it panics: lines for its programmers, with letters of a file as
they are. On the terminal of `pellucid` nobody hears them; in other programs, standard error is theirs.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ONE_AT_A_TIME = threading.RLock()
_terminal_is_ours = False


def from_now_on() -> None:
    """Standard error is that of `pellucid`, or of a process that it has started."""
    global _terminal_is_ours
    _terminal_is_ours = True


@contextmanager
def unheard() -> Iterator[None]:
    """What is written to standard error meanwhile, past Python, is written nowhere."""
    if not _terminal_is_ours:
        yield
        return
    with ONE_AT_A_TIME:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
