"""What must not be broken off in its middle by Ctrl-C, or by whoever ends the program."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDINGS = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM", "SIGINT") if hasattr(signal, name)]


@contextmanager
def undisturbed() -> Iterator[Callable[[], None]]:
    """Signals that would end the program wait until the block is done, or calls what it is given.

    What such a signal raises comes instead of an error of the block: it is why programs that the block uses, which the
    terminal sends the signal to as well, have failed. Python hears signals in its main thread alone: elsewhere there is
    nothing to hold back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    came: list[tuple[int, FrameType | None]] = []
    heard = {number: handler for number in ENDINGS if callable(handler := signal.getsignal(number))}

    def heed() -> None:
        while came:
            number, frame = came.pop(0)
            heard[number](number, frame)

    try:
        for number in heard:
            signal.signal(number, lambda number, frame: came.append((number, frame)))
        yield heed
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
        heed()
