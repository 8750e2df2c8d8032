"""The addresses of the guided tour: chapters filled in from a run, the glossary, and what chapters let one try out."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec.json import encode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pellucid.graph import PellucidError
from pellucid.lessons import Lesson, Subject, chapter_for, compile_lesson, compiled_for
from pellucid.run.cells import Cells
from pellucid.run.forks import Turns
from pellucid.run.interventions import Intervention, interventions_of, together
from pellucid.run.model import Model
from pellucid.run.recent import Recent
from pellucid.run.wire import safetensors
from pellucid.serve.answers import Body
from pellucid.serve.api import Api
from pellucid.serve.query import CELL, cell_of, decimal, needed, parameters, whole, wholes
from pellucid.tasks import Accuracy, check
from pellucid.tasks.ablation import ablations, asked, consequence, right_with, without_each_head
from pellucid.tasks.check import askable
from pellucid.train.again import again, pictures, untrained
from pellucid.train.descent import descend
from pellucid.train.teaching import task_of, teaching

JSON = "application/json"
MODELS = 8
"""How many models' lessons, accuracies and trainings are kept."""

MOST_STEPS = 1000
"""The longest training that can be watched, in steps; a longer one would keep its reader waiting."""


class Tour:
    """One method per address; models, and the threads that compute, are the other addresses'."""

    def __init__(self, api: Api, folder: Path) -> None:
        self.api = api
        self.folder = folder
        self._lessons: Recent[Lesson] = Recent(MODELS)
        self._compiling = Turns()
        self._heads: Recent[Body] = Recent(MODELS)
        self._ablations: Recent[Body] = Recent(MODELS)
        self._consequences: Recent[Body] = Recent(8 * MODELS)
        self._trainings: Recent[Body] = Recent(MODELS)
        self._weights: Recent[Body] = Recent(1)

    def routes(self) -> list[Route]:
        return [
            Route("/api/lessons", self.contents, methods=["GET"]),
            Route("/api/lessons/{language}/{slug}", self.chapter, methods=["GET"]),
            Route("/api/lessons/{language}/{slug}/compiled", self.compiled, methods=["GET"]),
            Route("/api/glossary/{language}", self.glossary, methods=["GET"]),
            Route("/api/models/{model}/heads", self.heads, methods=["GET"]),
            Route("/api/models/{model}/ablations", self.ablations, methods=["GET"]),
            Route("/api/models/{model}/consequences", self.consequences, methods=["GET"]),
            Route("/api/models/{model}/questions", self.questions, methods=["GET"]),
            Route("/api/models/{model}/descent", self.descent, methods=["GET"]),
            Route("/api/models/{model}/teaching", self.teaching, methods=["GET"]),
            Route("/api/models/{model}/training", self.training, methods=["GET"]),
            Route("/api/models/{model}/training/weights", self.training_weights, methods=["GET"]),
        ]

    async def contents(self, request: Request) -> Response:
        model = self._named(parameters(request, ("model",)))
        return await self.api.computed(request, lambda: Body.json(self.lesson(model).contents()))

    async def chapter(self, request: Request) -> Response:
        given = parameters(request, ("model", "tokens"))
        shown = self.api.collection.find(given.get("model", self.api.collection.default))
        model = shown.model
        tokens = list(wholes("tokens", needed(given, "tokens", "2,1,0,1,1,2")))
        shown.check_size(len(tokens))
        language, slug = request.path_params["language"], request.path_params["slug"]
        return await self.api.computed(
            request, lambda: Body.json(chapter_for(self.lesson(model), language, slug, model, tokens)), shown
        )

    async def compiled(self, request: Request) -> Response:
        """The chapter as it is before anything is filled in, for whoever computes the model."""
        model = self._named(parameters(request, ("model",)))
        language, slug = request.path_params["language"], request.path_params["slug"]
        return await self.api.computed(
            request, lambda: Body(encode(compiled_for(self.lesson(model), language, slug, model)), JSON)
        )

    async def glossary(self, request: Request) -> Response:
        parameters(request, ())
        language = request.path_params["language"]
        return await self.api.computed(
            request, lambda: Body.json(self.lesson(self._named({})).glossary(language).to_json())
        )

    async def heads(self, request: Request) -> Response:
        """How many questions the model still answers with each head switched off."""
        parameters(request, ())
        shown = self.api.shown(request)
        model = shown.model
        askable(model)
        return await self.api.computed_apart(request, shown, self._heads, model.snapshot, heads, model)

    async def ablations(self, request: Request) -> Response:
        """What the model can do without each head, each part and each block."""
        parameters(request, ())
        shown = self.api.shown(request)
        model = shown.model
        askable(model)
        return await self.api.computed_apart(request, shown, self._ablations, model.snapshot, without_each_part, model)

    async def consequences(self, request: Request) -> Response:
        """What the model can do while some of its cells are changed."""
        given = parameters(request, ("change",))
        shown = self.api.shown(request)
        model = shown.model
        task = askable(model)
        change = needed(given, "change", f"{model.graph.outputs.logits.name}~scale(2)")
        changes = interventions_of(change, model.graph)
        for each in changes:
            each.check(model.graph, task.context)
        kept = self._consequences
        return await self.api.computed_apart(
            request, shown, kept, (model.snapshot, changes), consequences, model, changes
        )

    async def questions(self, request: Request) -> Response:
        """What the model's task asks, and the right answers."""
        parameters(request, ())
        shown = self.api.shown(request)
        model = shown.model
        askable(model)
        return await self.api.computed(request, lambda: questions(model), shown)

    async def descent(self, request: Request) -> Response:
        """One step of gradient descent on a question, and what it did to one weight."""
        given = parameters(request, ("tokens", *CELL, "rate", "untrained"))
        shown, tokens = self.api.asked(request, given)
        cell = cell_of(given, shown.graph)
        rate = decimal("rate", given.get("rate", "0.1"))
        shown.check_size(shown.graph.sizes["t"])
        begins = whole("untrained", given.get("untrained", "0"))

        def learner() -> Model:
            return untrained(shown.model) if begins else shown.model

        return await self.api.computed(
            request, lambda: Body.json(step_of_descent(learner(), tokens, cell, rate)), shown
        )

    async def teaching(self, request: Request) -> Response:
        """What the page needs to teach the model its task anew."""
        parameters(request, ())
        shown = self.api.shown(request)
        model = shown.model
        task_of(model)
        return await self.api.computed(request, lambda: Body.json(teaching(model)), shown)

    async def training(self, request: Request) -> Response:
        """The model's training once more, from nothing, for some steps."""
        return await self._trained(request, self._trainings, training_anew)

    async def training_weights(self, request: Request) -> Response:
        """What that training makes of the weights."""
        return await self._trained(request, self._weights, weights_in_training)

    async def _trained(self, request: Request, kept: Recent[Body], how: Callable[..., Body]) -> Response:
        given = parameters(request, ("steps", "hold_out"))
        steps = whole("steps", needed(given, "steps", "160"))
        if not 1 <= steps <= MOST_STEPS:
            raise PellucidError("bad-number", f"steps is {steps}: it must be from 1 to {MOST_STEPS}.", name="steps")
        shown = self.api.shown(request)
        model = shown.model
        hold_out = given.get("hold_out")
        again(model, steps, hold_out)  # which refuses what cannot be done
        key = model.snapshot, steps, hold_out
        return await self.api.computed_apart(request, shown, kept, key, how, model, steps, hold_out)

    def _named(self, given: Mapping[str, str]) -> Model:
        """The model that is asked about; where none is named, the one that is shown first."""
        return self.api.collection.find(given.get("model", self.api.collection.default)).model

    def lesson(self, model: Model) -> Lesson:
        """The lessons, checked against the model; compiled again when a file has changed, so that a writer need only
        load the page again."""
        key = model.parameters.id, self.version
        with self._compiling:  # who asks while they are compiled waits for that
            return self._lessons.recall(key, lambda: compile_lesson(self.folder, Subject.of(model)))

    def prepare(self) -> None:
        """Get the lessons about the first model ready. What is wrong with them is said to whoever asks for them."""
        with suppress(PellucidError, OSError):
            self.lesson(self._named({}))

    @property
    def version(self) -> tuple[int, ...]:
        """Changes with every file of the lessons."""
        return tuple(
            path.stat().st_mtime_ns for path in sorted([*self.folder.glob("*/*"), *self.folder.glob("*.yaml")])
        )


def heads(model: Model) -> Body:
    whole = check(model)
    found = [
        {"tensor": name, "head": head, "correct": correct(accuracy)}
        for name, head, accuracy in without_each_head(model)
    ]
    return Body.json({"heads": found, "correct": correct(whole), "total": whole.trained_total + whole.heldout_total})


def without_each_part(model: Model) -> Body:
    right = right_with(model)
    found = [
        {
            "block": done.part.block,
            "part": done.part.path,
            "head": done.part.head,
            "change": together(done.part.off),
            "correct": done.correct,
            "broken": done.broken,
        }
        for done in ablations(model)
    ]
    return Body.json({"parts": found, "correct": int(right.sum()), "total": len(right)})


def questions(model: Model) -> Body:
    """The questions on which changes are tried out. Raises PellucidError as `askable` does."""
    task = askable(model)
    found = asked(task)
    return Body.json({"asked": found.tolist(), "answers": task.answers(found).tolist()})


def consequences(model: Model, changes: tuple[Intervention, ...]) -> Body:
    found = consequence(model, changes)
    return Body.json({"change": together(changes), **vars(found)})


def training_anew(model: Model, steps: int, hold_out: str | None) -> Body:
    """The losses of a training with the model's own task, recipe and seed: on one machine, the one that it had."""
    training = again(model, steps, hold_out)
    done = [{"step": progress.step, "loss": progress.loss, "accuracy": progress.accuracy} for progress in training]
    accuracy = Accuracy(**training.model().about["accuracy"])
    return Body.json(
        {
            "seed": training.state.seed,
            "steps": done,
            "correct": correct(accuracy),
            "total": accuracy.trained_total + accuracy.heldout_total,
            "heldout_correct": accuracy.heldout_correct,
            "heldout_total": accuracy.heldout_total,
        }
    )


def weights_in_training(model: Model, steps: int, hold_out: str | None) -> Body:
    """The weights of that training, before the first step and after some; each tensor's name begins with the step."""
    return Body.tensors(
        safetensors(
            {
                f"{step}/{name}": array
                for step, weights in pictures(again(model, steps, hold_out), steps)
                for name, array in weights.items()
            },
            {},
        )
    )


def correct(accuracy: Accuracy) -> int:
    return accuracy.trained_correct + accuracy.heldout_correct


def step_of_descent(model: Model, tokens: tuple[int, ...], cell: Cells, rate: float) -> dict[str, object]:
    graph = model.graph
    tensor = graph.find(cell.tensor)
    if tensor.kind != "weight":
        raise PellucidError(
            "not-a-weight", f"{tensor.name} is no weight: descent changes weights only; name one.", name=tensor.name
        )
    place = cell.index
    cell.check(graph)
    question = tokens[: model.task["length"]] if model.task else tokens
    done = descend(model, question, rate)
    last, probs = len(question) - 1, graph.outputs.probs.name
    return {
        "rate": rate,
        "loss": {"before": done.loss, "after": done.loss_after},
        "weight": {
            "tensor": tensor.name,
            "index": dict(zip(tensor.axes, place, strict=True)),
            "before": float(model.parameters[tensor.name][place]),
            "gradient": float(done.gradients[tensor.name][place]),
            "after": float(done.after.parameters[tensor.name][place]),
        },
        "probabilities": {
            "target": int(done.targets[last]),
            "before": model.trace(question)[probs][last].tolist(),
            "after": done.after.trace(question)[probs][last].tolist(),
        },
    }
