"""Tasks by name: a new task is a file of its own and a line here."""

import inspect
from collections.abc import Mapping
from typing import Any

from pellucid.graph import PellucidError
from pellucid.tasks.sort import Sort
from pellucid.tasks.task import HoldOut, Task
from pellucid.words.given import of_kind, shown

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
    kind = TASKS[name]
    asked: dict[str, Any] = {"alphabet": alphabet, "length": length}
    given = {what: value for what, value in asked.items() if value is not None}
    try:
        inspect.signature(kind).bind(**given)
    except TypeError as unfit:
        raise PellucidError(
            "bad-task", f"The task {name} cannot be made: its __init__ must take `alphabet` and `length` ({unfit})."
        ) from None
    task = kind(**given)
    if hold_out is not None:
        task.hold_out = hold_out
    return task


def require_known(task: Task) -> None:
    """Raises PellucidError for a task that a checkpoint could name, but nobody could make again by that name."""
    name, kind = getattr(task, "name", None), type(task)
    if not isinstance(name, str) or TASKS.get(name) is not kind:
        raise PellucidError(
            "unknown-task",
            f"The task {shown(name)} cannot be found by its name, which is all that a model keeps of it: "
            f"give {kind.__name__} a `name` and write `pellucid.tasks.TASKS[{kind.__name__}.name] = {kind.__name__}`.",
            name=name,
            tasks=", ".join(TASKS),
        )


def remade(description: Mapping[str, Any]) -> Task:
    """The task that `Task.describe` described, maybe on another machine, in a file that somebody has changed."""
    of_kind(description, Mapping, "the description of a task", "an object of settings")
    alphabet, length = description.get("alphabet"), description.get("length")
    letters = isinstance(alphabet, list) and all(isinstance(letter, str) and len(letter) == 1 for letter in alphabet)
    if not letters or type(length) is not int:
        raise PellucidError(
            "bad-task",
            "The task's description lacks an alphabet (a list of letters) or a length (a whole number): "
            "restore the file it comes from, or train the model again.",
        )
    return make(
        description.get("name", ""),
        alphabet="".join(alphabet or ()),
        length=length,
        hold_out=description.get("hold_out"),
    )
