"""Tasks by name: a new task is a file of its own and a line here."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pellucid.graph import PellucidError
from pellucid.tasks.addition import Addition
from pellucid.tasks.brackets import Brackets
from pellucid.tasks.copy import Copy
from pellucid.tasks.modular import Modular
from pellucid.tasks.parity import Parity
from pellucid.tasks.reverse import Reverse
from pellucid.tasks.sort import Sort
from pellucid.tasks.task import HoldOut, Task
from pellucid.words.given import shown

TASKS: dict[str, type[Task]] = {kind.name: kind for kind in (Sort, Reverse, Copy, Parity, Addition, Modular, Brackets)}


def make(name: str, *, hold_out: HoldOut | None = None, **settings: Any) -> Task:
    """The task of that name. The settings are those of its class, such as `alphabet` and `length`; what is not given,
    or None, is the task's own.

    `hold_out` is what is never trained on: a quarter of the questions ("questions"), or all orders of a quarter of the
    multisets of letters ("multisets").

    Raises PellucidError for an unknown name, for settings that the task does not have or that will not do.
    """
    if not isinstance(name, str) or name not in TASKS:
        raise unknown(name)
    task: Task = made(TASKS[name], name, settings)
    if hold_out is not None:
        task.hold_out = hold_out
    return task


def unknown(name: object) -> PellucidError:
    """The error that says which tasks there are."""
    return PellucidError(
        "unknown-task",
        f"There is no task {shown(name)}: the tasks are {', '.join(TASKS)}.",
        name=name,
        tasks=", ".join(TASKS),
    )


def made(kind: Callable[..., Any], name: str, settings: Mapping[str, Any]) -> Any:
    """One of that class with the settings that are given. Raises PellucidError for those that it does not have."""
    given = {what: value for what, value in settings.items() if value is not None}
    try:
        inspect.signature(kind).bind(**given)
    except TypeError:
        known = settings_of(kind)
        has = f"only {', '.join(known)}" if known else "nothing"
        strange = ", ".join(sorted(given.keys() - {*known})) or "not enough"
        raise PellucidError(
            "bad-task", f"The task {name} was given {shown(strange)}, but {has} can be set of it.", name=name
        ) from None
    return kind(**given)


def settings_of(kind: Callable[..., Any]) -> list[str]:
    """What can be set of a task; what it holds out can be of every one."""
    return [name for name in inspect.signature(kind).parameters if name != "hold_out"]


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
    alphabet, length = description.get("alphabet"), description.get("length")
    letters = isinstance(alphabet, list) and all(isinstance(letter, str) and len(letter) == 1 for letter in alphabet)
    if not letters or type(length) is not int:
        raise PellucidError(
            "bad-task",
            "The task's description lacks an alphabet (a list of letters) or a length (a whole number): "
            "restore the file it comes from, or train the model again.",
        )
    name = description.get("name")
    known = settings_of(TASKS[name]) if isinstance(name, str) and name in TASKS else []
    settings = {what: description[what] for what in known if what in description}
    if "alphabet" in settings:
        settings["alphabet"] = "".join(alphabet or ())
    return make(str(name), hold_out=description.get("hold_out"), **settings)
