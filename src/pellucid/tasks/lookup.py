"""Tasks by name: a new task is a file of its own and a line here."""

from collections.abc import Mapping
from typing import Any

from pellucid.graph import PellucidError
from pellucid.tasks.sort import Sort
from pellucid.tasks.task import HoldOut, Task
from pellucid.words.given import shown

TASKS: dict[str, type[Task]] = {"sort": Sort}


def make(name: str, *, alphabet: str | None = None, length: int | None = None, hold_out: HoldOut | None = None) -> Task:
    """The task of that name, with an alphabet and a length of its own where none is given.

    `hold_out` is what is never trained on: a quarter of the questions ("questions"), or all orders of a quarter of the
    multisets of letters ("multisets").

    Raises PellucidError for an unknown name, and for an alphabet, a length or a `hold_out` that will not do.
    """
    if not isinstance(name, str) or name not in TASKS:
        raise PellucidError(
            "unknown-task",
            f"There is no task {shown(name)}: the tasks are {', '.join(TASKS)}.",
            name=name,
            tasks=", ".join(TASKS),
        )
    given: dict[str, Any] = {"alphabet": alphabet, "length": length, "hold_out": hold_out}
    return TASKS[name](**{what: value for what, value in given.items() if value is not None})


def remade(description: Mapping[str, Any]) -> Task:
    """The task that `Task.describe` described, maybe on another machine, in a file that somebody has changed."""
    alphabet, length = description.get("alphabet"), description.get("length")
    letters = isinstance(alphabet, list) and all(isinstance(letter, str) and len(letter) == 1 for letter in alphabet)
    if not letters or type(length) is not int:
        raise PellucidError(
            "bad-task",
            "The task's description lacks an alphabet (a list of letters) or a length (a whole number): "
            "restore the file it comes from, or train the model again.",
        )
    return make(
        str(description.get("name")),
        alphabet="".join(alphabet or ()),
        length=length,
        hold_out=description.get("hold_out"),
    )
