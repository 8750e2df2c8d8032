"""A program that kills saves: at every rename, removal and flush to the disk, or at moments given by chance.

Run as `python killed_saves.py FOLDER each` or `python killed_saves.py FOLDER COUNT`. Each save is done, and killed, in
a process of its own. After every kill the folder must hold one of the two models that are saved in turns, whole, and
after the next save no temporary file. It prints how many kills there were, and how often each of the two was found.
"""

import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from small import TIED, UNTIED, random_model

from pellucid.run.model import Model

LETTERS, NUMBERS = random_model(TIED, seed=1), random_model(UNTIED, seed=2)
NUMBERS.vocabulary = None
NUMBERS.about = {"task": None, "note": "the other one"}
CALLS = ("replace", "unlink", "fsync")


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def dying_at(number: int) -> None:
    """Let the process die before the call of that number that changes something on the disk."""
    done = 0

    def counted(call: Any) -> Any:
        def instead(*given: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == number:
                die()
            return call(*given, **named)

        return instead

    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))


def save_in_a_process(model: Model, folder: Path, number: int | None, seconds: float | None) -> bool:
    """Whether the save was killed."""
    child = os.fork()
    if child == 0:
        if number is not None:
            dying_at(number)
        model.save(folder)
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def found(folder: Path) -> str:
    model = Model.load(folder)
    for name, expected in (("letters", LETTERS), ("numbers", NUMBERS)):
        if model.config == expected.config:
            assert (model.vocabulary is None) == (expected.vocabulary is None)
            assert model.about == expected.about
            assert all(np.array_equal(model.parameters[key], expected.parameters[key]) for key in expected.parameters)
            return name
    raise AssertionError(f"neither of the two: {model.config}")


def main(folder: Path, how: str) -> None:
    LETTERS.save(folder)
    started = time.perf_counter()
    NUMBERS.save(folder)
    took = time.perf_counter() - started
    kills, seen = 0, Counter[str]()
    chance = random.Random(0)
    for turn in range(1, 10_000):
        LETTERS.save(folder)
        leftovers = [path.name for path in folder.iterdir() if path.name.endswith(".pellucid")]
        assert not leftovers, leftovers
        each = how == "each"
        killed = save_in_a_process(
            NUMBERS, folder, turn if each else None, None if each else chance.uniform(0, 4 * took)
        )
        kills += killed
        seen[found(folder)] += killed
        if (each and not killed) or kills == (0 if each else int(how)):
            break
    print(kills, seen["letters"], seen["numbers"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
