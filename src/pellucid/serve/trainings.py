"""The trainings that go on at this server's bidding, and what is known of each: watched by any number of pages, none of
which slows it, because whatever it says is kept here for whoever asks.
"""

import pickle
import queue
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.serve.answers import Body
from pellucid.serve.apart import end_of, read, send, unreachable_code
from pellucid.serve.coach import COMMAND, Lesson, Order, State, Told
from pellucid.serve.collection import Shown
from pellucid.tasks import askable
from pellucid.train.again import recorded
from pellucid.train.loop import Progress
from pellucid.train.recipe import Recipe
from pellucid.words.given import shown as in_words

MOST = 2
"""Trainings that run: each takes a core."""
MOST_OPEN = 6
"""Trainings that are not at their end, those that rest included: each is a process with weights of its own."""
MOST_ENDED = 3
"""Trainings at their end that are still there to be kept."""
MOST_STEPS = 100_000
LARGEST_SEED = 2**31 - 1
"""As in the page."""
MOST_MOMENTS = 48
"""As in the page: of more, every second one goes, the first and the last excepted."""
MOST_BYTES = 64 * 2**20
"""Of the weights of all moments of a training together, where they are large."""
FEWEST_MOMENTS = 4
TOGETHER = 2000
"""So many steps are told of at once."""
MOST_ORDERS = 64
"""That a training has not taken in."""


class Taught:
    """One training: what it is, and all that it has said."""

    def __init__(self, shown: Shown, model: Model, lesson: Lesson) -> None:
        self.id = secrets.token_hex(8)
        self.shown = shown
        self.lesson = lesson
        self.files: Mapping[str, Any] = {"vocabulary": model.vocabulary, "ends": model.ends}
        self.state: State = "running"
        self.steps = lesson[2].steps
        self.recipe = lesson[2]
        self._progress: list[Progress] = []
        self._moments: dict[int, tuple[float, Body]] = {}
        self._accuracy: dict[str, int] | None = None
        self._apart: tuple[int, Body] | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._last: Order | None = "go"
        """What it has been ordered last that it has not answered by coming to its end."""
        try:
            packed = pickle.dumps(lesson)
        except (pickle.PicklingError, AttributeError, TypeError):
            raise unreachable_code() from None
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._orders.put(packed)
        try:
            self._process = subprocess.Popen(
                COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise PellucidError(
                "busy",
                f"The system starts no process for a training ({error.strerror}): end other programs, then try again.",
            ) from error
        for work in (self._speak, self._listen):
            threading.Thread(target=work, name="pellucid-training", daemon=True).start()

    def order(self, order: Order) -> None:
        """What it does from now on, for all who watch. Where it has nothing to pause or to go on with, nothing.

        Raises PellucidError (`busy`) where it takes in no orders, as when somebody has stopped its process.
        """
        if self.state == "failed":
            return
        if order == "go" and self.state != "diverged":
            self._last = "go"
        elif order == "pause" or not self.runs:
            self._last = "pause"
        if self._orders.qsize() >= MOST_ORDERS:
            raise PellucidError(
                "busy", f"The training has not taken in the last {MOST_ORDERS} orders yet: wait a moment, or stop it."
            )
        self._orders.put(pickle.dumps(order))

    def _speak(self) -> None:
        """Pass on what it is ordered, until it ends. Nobody else waits for a process that does not listen."""
        while (said := self._orders.get()) is not None:
            try:
                send(self._process.stdin, said)
            except (OSError, ValueError):  # it has ended, which is heard elsewhere
                return

    def _listen(self) -> None:
        """Take in what it says, until it ends."""
        while True:
            try:
                told = pickle.loads(read(self._process.stdout))
            except (OSError, EOFError, ValueError):
                break
            if isinstance(told, Told):
                self._take_in(told)
            else:
                print(told, file=sys.stderr)
        with self._lock:
            if not self._closed:
                self.state = "failed"

    def _take_in(self, told: Told) -> None:
        body = Body.tensors(told.weights)
        with self._lock:
            self.state, self.steps, self.recipe = told.state, told.steps, told.recipe
            if self.ended:
                self._last = None
            self._progress.extend(told.progress)
            self._moments[told.step] = told.seconds, body
            self._accuracy = told.accuracy
            self._apart = None if told.apart is None else (told.step, Body.tensors(told.apart))
            most = min(MOST_MOMENTS, max(FEWEST_MOMENTS, MOST_BYTES // len(told.weights)))
            if len(self._moments) > most:
                self._moments = thinned(self._moments)

    @property
    def ended(self) -> bool:
        return self.state in ("done", "diverged", "failed")

    @property
    def runs(self) -> bool:
        """Whether it goes on by itself, or is about to, so that one that rests as it was told makes room at once."""
        if self.state in ("failed", "diverged"):
            return False
        return self._last == "go" or (self._last is None and self.state == "running")

    def entry(self) -> dict[str, Any]:
        """What the list of trainings says."""
        task, _, _, seed = self.lesson
        return {
            "id": self.id,
            "model": self.shown.id,
            "title": self.shown.title,
            "task": task.name,
            "seed": seed,
            "state": self.state,
            "step": self._progress[-1].step if self._progress else 0,
            "steps": self.steps,
            "recipe": asdict(self.recipe),
        }

    def told(self, after: int) -> dict[str, Any]:
        """What is known of it, and how the steps after that one went."""
        with self._lock:
            told = self._progress[max(0, after) : max(0, after) + TOGETHER]
            is_all = not told or told[-1] is self._progress[-1]
            return {
                **self.entry(),
                "progress": [
                    {
                        "step": one.step,
                        "loss": one.loss,
                        "accuracy": one.accuracy,
                        "rate": one.rate,
                        "norm": one.gradient_norm,
                    }
                    for one in told
                ],
                "whole": is_all,
                "moments": list(self._moments),
                "accuracy": self._accuracy,
                "apart": self._apart and self._apart[0],
            }

    def weights(self, step: int | None) -> Body:
        """After that step; without one, after the last. Raises PellucidError (`unknown-moment`)."""
        return self.moment(step)[2]

    def moment(self, step: int | None) -> tuple[int, float, Body]:
        """The step, after how many seconds that was, and the weights."""
        with self._lock:
            if step is None and not self._moments:
                raise PellucidError("unknown-moment", "The training has no weights yet: ask again in a moment.", step=0)
            found = next(reversed(self._moments)) if step is None else step
            if found not in self._moments:
                raise PellucidError(
                    "unknown-moment",
                    f"The weights after step {found} are not kept: the training says which are.",
                    step=found,
                )
            return found, *self._moments[found]

    def apart(self, step: int) -> Body:
        """All that the latest step was made of. Raises PellucidError (`unknown-moment`) where it is another one,
        or was not ordered on its own."""
        with self._lock:
            if self._apart is None or self._apart[0] != step:
                raise PellucidError(
                    "unknown-moment",
                    f"Step {step} is not there taken apart: only the latest step is, where it was ordered on its own.",
                    step=step,
                )
            return self._apart[1]

    def close(self) -> None:
        """End it, and wait until nothing is left of it."""
        self._closed = True
        self._orders.put(None)
        end_of(self._process)


def thinned(moments: dict[int, Any]) -> dict[int, Any]:
    last = len(moments) - 1
    return {step: one for place, (step, one) in enumerate(moments.items()) if place % 2 == 0 or place == last}


class Trainings:
    """All of them: a few at a time, one for each model."""

    def __init__(self) -> None:
        self._taught: dict[str, Taught] = {}
        self._lock = threading.Lock()
        self._closed = False

    def entries(self) -> list[dict[str, Any]]:
        return [taught.entry() for taught in list(self._taught.values())]

    def find(self, id: str) -> Taught:
        """Raises PellucidError (`unknown-training`)."""
        found = self._taught.get(id)
        if found is None:
            raise PellucidError("unknown-training", "There is no such training here: it was stopped, or has ended.")
        return found

    def begin(self, shown: Shown, seed: int, rate: float | None, steps: int | None) -> Taught:
        """Teach a model like that one its task from nothing.

        Raises PellucidError for settings that will not do, for a model without a task, and where there is no room.
        """
        lesson = lesson_of(shown, seed, rate, steps)
        with self._lock:
            for taught in list(self._taught.values()):
                if taught.shown.id == shown.id and not taught.ended:
                    raise PellucidError(
                        "already-training",
                        f"{shown.title} is being trained already: watch that, or stop it first.",
                        model=shown.title,
                    )
            if self._closed:
                raise PellucidError("stopping", "The server is ending: it begins no training any more.")
            self._require_core()
            self._require_room()
            self._make_room(shown)
            taught = Taught(shown, shown.model, lesson)
            self._taught[taught.id] = taught
        return taught

    def order(self, id: str, order: Order) -> Taught:
        """Order it. Raises PellucidError (`unknown-training`, `busy`), and `trainings-full` where it is to go on while
        as many others run as may."""
        with self._lock:
            taught = self.find(id)
            if order == "go" and not taught.runs:
                self._require_core()
            taught.order(order)
        return taught

    def _require_core(self) -> None:
        """Raise PellucidError (`trainings-full`) where as many run as may."""
        running = [taught.shown.title for taught in self._taught.values() if taught.runs]
        if len(running) >= MOST:
            models = " and ".join(running)
            raise PellucidError(
                "trainings-full",
                f"{MOST} trainings run here already, of {models}: pause or stop one of them in Explore, or wait for "
                "its end.",
                most=MOST,
                models=", ".join(running),
            )

    def _require_room(self) -> None:
        """Raise PellucidError (`trainings-many`) where as many are under way or rest as may."""
        open_ones = [taught.shown.title for taught in self._taught.values() if not taught.ended]
        if len(open_ones) >= MOST_OPEN:
            models = ", ".join(open_ones)
            raise PellucidError(
                "trainings-many",
                f"{MOST_OPEN} trainings are running or paused here, of {models}: stop one of them in Explore first.",
                most=MOST_OPEN,
                models=models,
            )

    def _make_room(self, shown: Shown) -> None:
        """Forget what has ended: an earlier training of the same model, and the oldest of too many."""
        ended = [taught for taught in self._taught.values() if taught.ended]
        others = [taught for taught in ended if taught.shown.id != shown.id]
        for taught in ended:
            if taught not in others[len(others) - MOST_ENDED + 1 :]:
                del self._taught[taught.id]
                taught.close()

    def stop(self, id: str) -> None:
        """End and forget it. Raises PellucidError (`unknown-training`)."""
        with self._lock:
            taught = self.find(id)
            del self._taught[id]
        taught.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            all_of_them = list(self._taught.values())
        for taught in all_of_them:
            taught.close()


def lesson_of(shown: Shown, seed: int, rate: float | None, steps: int | None) -> Lesson:
    """What is taught to what, how, and with which seed. Raises PellucidError."""
    if not 0 <= seed <= LARGEST_SEED:
        raise PellucidError("bad-seed", f"The seed is {seed}: it must be a whole number from 0 to {LARGEST_SEED:,}.")
    task = askable(shown.model)
    if shown.large:
        raise PellucidError(
            "too-large-to-teach",
            f"{shown.id} is too large to be taught from the page: use `pellucid train` for it.",
            model=shown.id,
        )
    _, recipe = recorded(shown.model)
    if rate is not None:
        recipe = replace(recipe, rate=rate)
    if steps is not None:
        if not 1 <= steps <= MOST_STEPS:
            raise PellucidError(
                "bad-recipe",
                f"steps is {in_words(steps)}: it must be from 1 to {MOST_STEPS:,}.",
                name="steps",
                expected=f"from 1 to {MOST_STEPS:,}",
            )
        recipe = recipe.lasting(steps)
    elif recipe.most > MOST_STEPS:
        recipe = Recipe(**{**asdict(recipe), "steps": min(recipe.steps, MOST_STEPS), "most": MOST_STEPS})
    return task, shown.model.config, recipe, seed
