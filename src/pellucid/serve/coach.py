"""A training in a process of its own: it goes on step by step while it is told to, looks for orders after each, and
says how it goes about ten times a second, with the weights of the moment. `trainings.py` is the server's side.

Nothing is written to disk here. A training whose server ends is gone, as one is that nobody keeps.
"""

import pickle
import queue
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from pellucid.graph import PellucidError
from pellucid.models import Architecture
from pellucid.run.threads import one_thread
from pellucid.run.wire import safetensors
from pellucid.serve.apart import settled_in, unreachable_code, write
from pellucid.tasks import Task
from pellucid.train.apart import Apart, taken_apart
from pellucid.train.loop import Progress, Training
from pellucid.train.recipe import Recipe

COMMAND = [sys.executable, "-P", "-c", "from pellucid.serve.coach import coach; coach()"]
BETWEEN_TELLINGS = 0.08
"""Seconds: more could not be followed."""
SHARE = 0.05
"""Of the time that telling may take, so that large models are told of less often."""

State = Literal["running", "paused", "done", "diverged", "failed"]
Order = Literal["go", "pause", "step"]
Lesson = tuple[Task, Architecture, Recipe, int]
"""What is taught to what, how, and with which seed."""


@dataclass(frozen=True)
class Told:
    """What is new: the steps since the last time, and the weights after them, as they travel."""

    state: State
    steps: int
    progress: list[Progress]
    step: int
    seconds: float
    weights: bytes
    recipe: Recipe
    accuracy: dict[str, int] | None = None
    """At the end: how many questions are answered rightly."""
    apart: bytes | None = None
    """All that the last step was made of, as it travels, where it was gone on its own."""


class Coaching:
    """One training, and those who order what it does."""

    def __init__(self, answers: BinaryIO, orders: "queue.SimpleQueue[bytes]", lesson: Lesson) -> None:
        task, config, recipe, seed = lesson
        self.training = Training(task, config=config, recipe=recipe, seed=seed)
        self._answers, self._orders = answers, orders
        self._untold: list[Progress] = []
        self._apart: Apart | None = None
        self._told_at = self._telling_took = 0.0
        self._state: State = "running"
        self._steps: Iterator[Progress] | None = iter(self.training)

    def go_on(self) -> None:
        """Do as is ordered, until the process is ended."""
        self._tell()
        while True:
            order = self._ordered()
            if order == "pause" and self._state == "running":
                self._state = "paused"
                self._tell()
            elif order == "go" and self._state in ("paused", "done"):
                self._begin_anew()
                self._state = "running"
                self._tell()
            elif order == "step" and self._state in ("paused", "done"):
                self._begin_anew()
                self._state = "paused"
                self._advance_apart()
                self._tell()
            if self._state == "running":
                self._advance()
                if self._state != "running" or self._is_due():
                    self._tell()

    def _ordered(self) -> Order | None:
        """The next order; waits for one while there is nothing else to do."""
        if self._state == "running" and self._orders.empty():
            return None
        order: Order = pickle.loads(self._orders.get())
        return order

    def _begin_anew(self) -> None:
        """Where it was at its end, plan for more."""
        if self._steps is None:
            self.training.prolong()
            self._steps = iter(self.training)

    def _advance(self) -> None:
        self._take(lambda steps: next(steps, None))

    def _advance_apart(self) -> None:
        """A step that is gone on its own is taken apart for whoever asked for it."""

        def advanced(steps: Iterator[Progress]) -> Progress | None:
            self._apart = taken_apart(self.training, steps)
            return None if self._apart is None else self._apart.progress

        self._take(advanced)

    def _take(self, advanced: Callable[[Iterator[Progress]], Progress | None]) -> None:
        """Note a step, or that none was left, or that it led nowhere."""
        assert self._steps is not None
        try:
            progress = advanced(self._steps)
        except PellucidError as error:
            if error.code != "diverged":
                raise
            self._state, self._steps = "diverged", None
            return
        if progress is None:
            self._state, self._steps = "done", None
        else:
            self._untold.append(progress)

    def _is_due(self) -> bool:
        passed = time.perf_counter() - self._told_at
        return passed >= BETWEEN_TELLINGS and self._telling_took < SHARE * passed

    def _tell(self) -> None:
        started = time.thread_time()  # not what it waits for others
        training, done = self.training, self._state == "done"
        with one_thread():
            accuracy = training.model().about.get("accuracy") if done else None
        state = training.state
        weights = safetensors(training.present, {"step": str(state.step)})
        apart = None if self._apart is None else safetensors(self._apart.arrays(), {"step": str(state.step)})
        told = Told(
            self._state, state.steps, self._untold, state.step, state.seconds, weights, training.recipe, accuracy, apart
        )
        write(self._answers, told)
        self._untold, self._apart = [], None
        self._told_at, self._telling_took = time.perf_counter(), time.thread_time() - started


def coach() -> None:
    """Take in a lesson, and teach it; what goes wrong is the last thing that is said."""
    answers, orders = settled_in()
    try:
        try:
            lesson: Any = pickle.loads(orders.get())
        except (AttributeError, ImportError):
            raise unreachable_code() from None
        Coaching(answers, orders, lesson).go_on()
    except BaseException:  # noqa: BLE001  (a defect: the server says where)
        write(answers, traceback.format_exc())
