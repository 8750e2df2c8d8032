"""Computing in a process of its own: it takes no time from what this process answers, and can be ended at any moment.

A helper is a Python that reads questions from its standard input (a function and its arguments, pickled) and writes
answers to its standard output. It ends when this process does, however that ends.
"""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from pellucid.files import unheard
from pellucid.graph import PellucidError

COMMAND = [sys.executable, "-P", "-c", "from pellucid.serve.apart import help_out; help_out()"]
"""-P: nothing is imported from the folder that a person happens to be in."""
NICENESS = 3
"""Enough for quick answers to come first; more would all but stop it on a busy machine."""
LENGTH_BYTES = 8


class HelperFailedError(Exception):
    """A defect in what a helper computed, with its traceback; or the helper has ended."""


class Helper:
    """A process that computes one question at a time."""

    def __init__(self) -> None:
        # A session of its own, so that Ctrl-C in the terminal is this process's alone.
        self._process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns there. Raises the PellucidError that it raises, and HelperFailedError."""
        question, answers = self._process.stdin, self._process.stdout
        assert question
        assert answers
        try:
            try:
                write(question, (function, arguments))
            except (pickle.PicklingError, AttributeError, TypeError):
                raise unreachable_code() from None
            kind, content = pickle.loads(read(answers))
        except (OSError, EOFError) as error:
            raise HelperFailedError("The helper has ended.") from error
        if kind == "refused":
            raise PellucidError(content["code"], content["message"], **content["details"])
        if kind == "failed":
            raise HelperFailedError(content)
        return content

    def end(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """End it, and wait until nothing is left of it."""
        end_of(self._process)


def end_of(process: "subprocess.Popen[bytes]") -> None:
    """End a process, and wait until nothing is left of it."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with_broken_pipe(pipe.close)
    process.wait()


def with_broken_pipe(close: Callable[[], None]) -> None:
    """Closing writes what is left over, which a process that was ended does not take."""
    try:
        close()
    except BrokenPipeError:
        return


def write(pipe: BinaryIO | Any, content: object) -> None:
    send(pipe, pickle.dumps(content))


def send(pipe: BinaryIO | Any, data: bytes) -> None:
    pipe.write(len(data).to_bytes(LENGTH_BYTES, "little") + data)
    pipe.flush()


def read(pipe: BinaryIO | Any) -> bytes:
    """Raises EOFError where the other side has ended, be it in the middle of what it says."""
    length = int.from_bytes(pipe.read(LENGTH_BYTES), "little")
    data: bytes = pipe.read(length)
    if not data or len(data) < length:
        raise EOFError
    return data


# In the helper.


def help_out() -> None:
    """Answer until nobody asks any more."""
    answers, questions = settled_in()
    while True:
        write(answers, answer(questions.get()))


def settled_in() -> tuple[BinaryIO, "queue.SimpleQueue[bytes]"]:
    """Where answers go and questions come from, in a process that makes way for quick answers and ends as its asker
    does."""
    unheard.from_now_on()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a function prints is no answer
    questions: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(questions,), daemon=True).start()
    return answers, questions


def listen(questions: "queue.SimpleQueue[bytes]") -> None:
    """Take questions in; when the process that asks them has ended, so does this one, whatever it is computing."""
    try:
        while True:
            questions.put(read(sys.stdin.buffer))
    except EOFError:
        os._exit(0)


def answer(question: bytes) -> tuple[str, Any]:
    try:
        try:
            function, arguments = pickle.loads(question)
        except (AttributeError, ImportError):
            raise unreachable_code() from None
        return "answer", function(*arguments)
    except PellucidError as error:
        return "refused", error.to_json()
    except Exception:  # noqa: BLE001  (a defect: whoever asked hears of it)
        return "failed", traceback.format_exc()


def unreachable_code() -> PellucidError:
    """What a model is made of is known by the name of its module, which another process imports."""
    return PellucidError(
        "unreachable-code",
        "This model's architecture is written in the program that opened it, where another process cannot find it: "
        "put it into a file of its own and import it from there.",
    )
