"""Tasks by name: a new task is a file of its own and a line here."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pellucid.graph import PellucidError
from pellucid.tasks.addition import Addition
from pellucid.tasks.brackets import Brackets
from pellucid.tasks.copy import Copy
from pellucid.tasks.corpus import Corpus
from pellucid.tasks.modular import Modular
from pellucid.tasks.names import Names
from pellucid.tasks.parity import Parity
from pellucid.tasks.reverse import Reverse
from pellucid.tasks.sort import Sort
from pellucid.tasks.task import HoldOut, Task
from pellucid.tasks.teachable import Teachable
from pellucid.tasks.text import Text
from pellucid.words.given import of_kind, shown

TASKS: dict[str, type[Task]] = {kind.name: kind for kind in (Sort, Reverse, Copy, Parity, Addition, Modular, Brackets)}

CORPORA: dict[str, type[Corpus]] = {kind.name: kind for kind in (Names, Text)}
"""What has no right answers, by name."""


def teachable(name: str, *, hold_out: HoldOut | None = None, **settings: Any) -> Teachable:
    """The task of that name, as `make` gives it; or the text, as `Names` and `Text` do. Raises PellucidError."""
    if not isinstance(name, str) or name not in CORPORA:
        return make(name, hold_out=hold_out, **settings)
    if hold_out not in (None, "questions"):
        raise PellucidError("bad-task", f"A tenth of {name} is always held out: leave out hold_out.", name=name)
    corpus: Corpus = made(CORPORA[name], name, settings)
    return corpus


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
        f"There is no task {shown(name)}: the tasks are {', '.join((*TASKS, *CORPORA))}.",
        name=name,
        tasks=", ".join((*TASKS, *CORPORA)),
    )


def made(kind: Callable[..., Any], name: str, settings: Mapping[str, Any]) -> Any:
    """One of that class with the settings that are given. Raises PellucidError for those that it does not have, and
    where one is missing."""
    given = {what: value for what, value in settings.items() if value is not None}
    known, parameters = settings_of(kind), inspect.signature(kind).parameters
    strange = [what for what in given if what not in known]
    missing = [what for what in known if what not in given and parameters[what].default is inspect.Parameter.empty]
    if strange:
        has = ", ".join(known) or "nothing that can be set"
        raise PellucidError("bad-task", f"The task {name} has no {strange[0]}: it has {has}.", name=name)
    if missing:
        raise PellucidError("bad-task", f"The task {name} needs {', '.join(missing)}: give that too.", name=name)
    return kind(**given)


def settings_of(kind: Callable[..., Any]) -> list[str]:
    """What can be set of a task; what it holds out can be of every one."""
    return [name for name in inspect.signature(kind).parameters if name != "hold_out"]


def require_known(task: Teachable) -> None:
    """Raises PellucidError for a task that a checkpoint could name, but nobody could make again by that name."""
    name, kind = getattr(task, "name", None), type(task)
    if not isinstance(name, str) or kind not in (TASKS.get(name), CORPORA.get(name)):
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
    name = description.get("name", "")
    known = settings_of(TASKS[name]) if isinstance(name, str) and name in TASKS else []
    settings = {what: description[what] for what in known if what in description}
    if "alphabet" in settings:
        settings["alphabet"] = "".join(alphabet or ())
    return make(name, hold_out=description.get("hold_out"), **settings)


def is_text(description: Mapping[str, Any]) -> bool:
    """Whether it describes what is learned from a text, which is not kept with it."""
    name = description.get("name")
    return isinstance(name, str) and name in CORPORA


def taught(description: Mapping[str, Any], given: Teachable | None = None) -> Teachable:
    """What `describe` described. A text is not kept with a model: it is the one that is `given`, or names that Pellucid
    brings. Raises PellucidError (`no-text`) where it is neither."""
    of_kind(description, Mapping, "the description of a task", "an object of settings")
    if not is_text(description):
        return remade(description)
    name = description["name"]
    candidates = [given] if given is not None else [Names()] if name == Names.name else []
    for candidate in candidates:
        if candidate.describe() == description:
            return candidate
    raise PellucidError(
        "no-text",
        f"What was learned from is not the text that is given for the task {name}: give the very same "
        "text to go on with its training.",
    )
