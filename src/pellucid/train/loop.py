"""Training, step by step: batch, loss, gradients, optimiser, average; and saving all of it as often as costs little.

A `Training` is an iterator, so that whoever shows or serves it decides when to stop: leaving it early loses nothing.
"""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from pellucid.files.turns import turn
from pellucid.files.undisturbed import undisturbed
from pellucid.graph import PellucidError
from pellucid.models import Architecture, architecture_of, with_loss
from pellucid.run.engine import Learner, engine, inputs
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.run.threads import one_thread
from pellucid.tasks import Teachable
from pellucid.tasks.check import examined, learned
from pellucid.tasks.lookup import require_known, taught
from pellucid.train import state as at_rest
from pellucid.train.initialise import initialise
from pellucid.train.metrics import Metrics, diary
from pellucid.train.optimiser import AdamW, clip, matrices
from pellucid.train.recipe import Recipe
from pellucid.train.state import State
from pellucid.words.given import counted, of_kind, path_of

if TYPE_CHECKING:
    from pellucid.train.mesh import Mesh

SAVE_SECONDS = 0.25
SAVE_SHARE = 0.05
"""The training is saved when so many seconds have passed, if saving takes no more than this share of the time."""


@dataclass(frozen=True)
class Progress:
    """How a step went.

    `steps` is how many are planned: more, while trained questions are answered wrongly. `accuracy` is the share of the
    batch's answers that were right in every letter before the step, or of a text's letters; `seconds` the time since
    the first step.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    rate: float
    gradient_norm: float
    seconds: float


class Training:
    """A model being taught a task.

        training = Training(make("sort"), seed=0, folder=Path("sorter"))
        for progress in training:
            print(progress.step, progress.loss)
        training.model().generate("CBABBC")

    With a folder, it holds the state and the metrics at any moment. On one machine, the same seed gives the same
    weights, whether or not the training was interrupted and resumed in between.
    """

    def __init__(
        self,
        task: Teachable,
        *,
        seed: int = 0,
        recipe: Recipe | None = None,
        folder: Path | None = None,
        config: Architecture | None = None,
        engine: str = "numpy",
        mesh: str | None = None,
    ) -> None:
        """Without a `config` and a `recipe`, they are those of the task; the vocabulary and the context are always made
        those of the task. Losses and gradients are computed by the `engine` of that name (run/engine.py), of which JAX
        can do it over a `mesh` of devices, such as "data=2" (mesh.py).

        Whatever could keep the model from being saved in the end is refused here, with a PellucidError.
        """
        of_kind(task, Teachable, "task", "a task, such as pellucid.tasks.make('sort')")
        require_known(task)
        config = task.model if config is None else of_kind(config, Architecture, "config", "an Architecture")
        recipe = Recipe(**task.recipe) if recipe is None else of_kind(recipe, Recipe, "recipe", "a Recipe, or None")
        sized = config.resized(vocabulary=len(task.vocabulary.pieces), context=task.context)
        self._set_up(State.first(task.describe(), sized.to_json(), seed, recipe), folder, engine, task, mesh)
        initialise(self.graph, self.parameters, self.recipe.deviation, np.random.default_rng((self.state.seed, 0)))

    @classmethod
    def resumed(
        cls,
        folder: Path,
        steps: int | None = None,
        engine: str = "numpy",
        task: Teachable | None = None,
        mesh: str | None = None,
    ) -> "Training":
        """Go on where the folder's training was stopped or killed; with `steps`, up to that many in all. Of a text,
        which the folder does not hold, `task` is what it was.

        Raises PellucidError if the folder holds no training, or a damaged one.
        """
        training, folder = cls.__new__(cls), path_of(folder, "folder")
        read_from = at_rest.version(folder)
        training._set_up(at_rest.read(folder), folder, engine, task, mesh)
        at_rest.fitting(folder, training.config, training.task)
        at_rest.read_arrays(folder, training.parts)
        training._read_from = read_from
        if steps is not None:
            training._replan(steps)
        return training

    def _set_up(
        self, state: State, folder: Path | None, engine_name: str, task: Teachable | None, mesh: str | None
    ) -> None:
        over = None if mesh is None else shared_out(mesh, engine_name, state.recipe.batch)
        self.state, self.recipe = state, state.recipe
        self.folder = None if folder is None else path_of(folder, "folder")
        self._read_from: object = None
        self._turns = 0
        self.task = taught(state.task, task)
        self.config = architecture_of(state.config)
        self.graph = with_loss(self.config.graph())
        self._loss, self._logits = self.graph.loss.name, self.graph.outputs.logits.name
        flat: dict[str, np.ndarray] = {}
        self.parts: dict[str, Parameters] = {}
        for part in at_rest.PARTS:
            self.parts[part], flat[part] = Parameters.zeros(self.graph)
        self.parameters = self.parts["weights"]
        self._weights, self._average = flat["weights"], flat["average"]
        tokens = np.zeros((self.recipe.batch, self.task.context), int)
        self._sharded = None if over is None else over.learner(self.parameters)
        self._learner: Learner = self._sharded or engine(engine_name, self.parameters).learn(
            inputs(self.graph, tokens, tokens)
        )
        self.leads = over is None or over.leads()
        """Whether this is the process that keeps the folder: of several that train together, only the first does."""
        self.gradient = self._learner.gradient
        """Of the latest step, flat as the weights are: shortened where it was too long."""
        self._optimiser = AdamW(
            self._weights,
            flat["first"],
            flat["second"],
            betas=self.recipe.betas,
            decay=self.recipe.weight_decay * matrices(self.graph),
        )
        self._whole = True
        self.written = np.zeros_like(tokens)
        """The likeliest token at every position of the latest batch, before its step."""

    def __reduce__(self) -> NoReturn:
        """What copy and pickle ask. A copy would step through arrays that its model has no part in."""
        raise PellucidError(
            "not-copied",
            "A training cannot be copied or pickled: train in a folder, copy that, and go on with Training.resumed.",
        )

    def _replan(self, steps: int) -> None:
        steps = self.recipe.lasting(steps).steps
        if steps < self.state.step:
            raise PellucidError(
                "bad-recipe",
                f"steps is {steps}, but {self.state.step} are done: give more, or train anew.",
                name="steps",
            )
        self.recipe = self.state.recipe = self.recipe.lasting(steps)
        self.state.plan(steps)

    # Running.

    def __iter__(self) -> Iterator[Progress]:
        """Do the steps that are left. Raises PellucidError if the folder cannot be written, or the numbers explode."""
        folder = self._kept_in
        with ExitStack() as stack:
            stack.enter_context(one_thread())
            if self._sharded:
                self._sharded.require_same(at_rest.serialised(self.state, self.parts))
            if folder:
                stack.enter_context(self.alone())
                self._begin(folder)
                metrics = stack.enter_context(Metrics(folder))
                stack.callback(self._save_if_whole)
            while not self._finished():
                started = time.perf_counter()
                values, targets, norm = self._look()
                with undisturbed():  # a step is done and noted, or it is not begun
                    progress = self._advance(values, targets, norm, started)
                    if folder:
                        metrics.add(asdict(progress))
                if folder:
                    self._save_if_due()
                yield progress

    def _finished(self) -> bool:
        """Whether nothing is left to do. The plan grows by half while it has come to its end and not to its aim."""
        state = self.state
        if state.step < state.steps:
            return False
        done = state.steps >= self.recipe.most or learned(self.task, engine("numpy", self.parts["average"]))
        if self._sharded.first_says(done) if self._sharded else done:
            return True
        state.plan(min(math.ceil(1.5 * state.steps), self.recipe.most))
        return False

    def _look(self) -> tuple[Mapping[str, np.ndarray], np.ndarray, float]:
        """Find the next step's gradient. Returns what was computed on the way, the right answers, and its norm."""
        number = self.state.step + 1
        tokens, targets = self.batch(number)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            values = self._learner.step(inputs(self.graph, tokens, targets))
            norm = clip(self.gradient, self.recipe.clip)
        if not math.isfinite(norm):
            raise diverged(number, self.recipe)
        return values, targets, norm

    def batch(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The tokens and targets (`b t`) that the step of that number learns from. Raises PellucidError."""
        number = counted(number, "the number of a step")
        return self.task.batch(np.random.default_rng((self.state.seed, number)), self.recipe.batch)

    def _advance(self, values: Mapping[str, np.ndarray], targets: np.ndarray, norm: float, started: float) -> Progress:
        """Go the step."""
        number = self.state.step + 1
        rate = self.recipe.rate_at(number)
        self._whole = False
        self._optimiser.step(number, self.gradient, rate)
        self.parameters.changed()
        self.state.step = number
        self._average_in()
        self.written = values[self._logits].argmax(-1)
        self.state.seconds += time.perf_counter() - started
        self._whole = True
        return Progress(
            step=number,
            steps=self.state.steps,
            loss=float(values[self._loss]),
            accuracy=self.task.right(self.written, targets),
            rate=rate,
            gradient_norm=norm,
            seconds=self.state.seconds,
        )

    def _average_in(self) -> None:
        """Let the weights after this step count in the average as much as those after each one before."""
        counted = self.state.step - self.state.averaged_from
        if counted > 0:
            self._average += (self._weights - self._average) * np.float32(1 / counted)
            self.parts["average"].changed()

    # Keeping.

    @property
    def _kept_in(self) -> Path | None:
        """The folder, in that one of several processes that writes there."""
        return self.folder if self.leads else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else trains in the folder meanwhile. Raises PellucidError (`folder-in-use`) where somebody does."""
        with ExitStack() as stack:
            if self._kept_in and self._turns == 0:
                self._take_again = stack.enter_context(turn(self._kept_in, "training"))
            self._turns += 1
            try:
                yield
            finally:
                self._turns -= 1

    def still_alone(self) -> None:
        """Nor has anybody trained there since the folder was taken away, if it was. Raises PellucidError
        (`folder-in-use`) where somebody does, or has."""
        if self.folder and self._take_again() and at_rest.version(self.folder) is not None:
            self._whole = False  # so that nothing more is saved there
            raise others(self.folder)

    def _begin(self, folder: Path) -> None:
        """Put the training into the folder, with the part of its diary that is true of it."""
        if self._read_from is not None and self._read_from != at_rest.version(folder):
            raise others(folder)
        started = time.perf_counter()
        at_rest.begin(folder, self.state, self.parts, diary(folder, self.state.step))
        self._note_saved(folder, started)

    def _save(self) -> None:
        if folder := self._kept_in:
            self.still_alone()
            started = time.perf_counter()
            at_rest.write(folder, self.state, self.parts)
            self._note_saved(folder, started)

    def _note_saved(self, folder: Path, started: float) -> None:
        self._saved = time.perf_counter()
        self._saving_took = self._saved - started
        self._read_from = at_rest.version(folder)

    def _save_if_due(self) -> None:
        passed = time.perf_counter() - self._saved
        if passed > SAVE_SECONDS and self._saving_took < SAVE_SHARE * passed:
            self._save()

    def _save_if_whole(self) -> None:
        """What fails in the middle of the optimiser leaves nothing worth saving: the last good is what was saved."""
        if self._whole:
            self._save()

    @property
    def _averages(self) -> bool:
        """Whether the average has begun."""
        return self.state.step > self.state.averaged_from

    @property
    def present(self) -> Parameters:
        """The weights that the model has now: averaged ones, once there are any. They change with the next step."""
        return self.parts["average" if self._averages else "weights"]

    def prolong(self) -> None:
        """Plan half as many steps again, for who wants to go on after the end."""
        self._replan(math.ceil(1.5 * self.state.steps))

    def model(self) -> Model:
        """The model as it is now: with averaged weights, once there are any, and how well it does.

        Raises PellucidError (`diverged`) where the last step has led nowhere."""
        parameters, flat = Parameters.zeros(self.config.graph())
        flat[:] = self._average if self._averages else self._weights
        if not np.isfinite(flat).all():
            raise diverged(self.state.step, self.recipe, "weights")
        state = self.state
        about = told(self.task, parameters, state.seed, state.step, state.seconds, self.recipe)
        name = self.folder.resolve().name if self.folder else self.task.name
        return Model(name, self.config, parameters, self.task.vocabulary, about, ends=self.task.ends)


def shared_out(mesh: str, engine_name: str, batch: int) -> "Mesh":
    """The devices over which each batch is shared. Raises PellucidError where it cannot be."""
    from pellucid.train.mesh import Mesh  # few ask for one, and everybody would wait for it

    found = Mesh.read(mesh, engine_name)
    found.require_divided(batch)
    return found


def told(
    task: Teachable, parameters: Parameters, seed: int, steps: int, seconds: float, recipe: Recipe
) -> dict[str, Any]:
    """What a model's folder says of what it was taught, how well and how."""
    return {
        **examined(task, engine("numpy", parameters)),
        "training": {"seed": seed, "steps": steps, "seconds": round(seconds, 3), "recipe": asdict(recipe)},
    }


def others(folder: Path) -> PellucidError:
    """The error that says that a folder's training is another one by now."""
    return PellucidError(
        "folder-in-use",
        f"Somebody else has gone on with the training in {folder} since it was opened: open it again.",
        exit_code=1,
    )


def diverged(step: int, recipe: Recipe, what: str = "gradient") -> PellucidError:
    """The error that says that the numbers of a step are not finite, and what makes them smaller."""
    decay = f", or a weight_decay lower than {recipe.weight_decay}" if recipe.weight_decay else ""
    return PellucidError(
        "diverged",
        f"The {what} of step {step} {'is' if what == 'gradient' else 'are'} not finite: "
        f"train with a rate lower than {recipe.rate}{decay}.",
        step=step,
    )
