"""The addresses under /api: each reads its query, lets run/ compute, and passes the answer on (docs/protocol.md)."""

from collections.abc import Callable

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pellucid.graph import PellucidError
from pellucid.run.explain import finite
from pellucid.run.generate import Sampling, Step, choose
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.run.wire import trace_file
from pellucid.serve.answers import Body, answer
from pellucid.serve.collection import Collection, Shown
from pellucid.serve.query import CELL, CHANGES, cell_of, changes_of, decimal, needed, parameters, whole, wholes
from pellucid.serve.work import Workers

CANDIDATES = 100
"""How many of the likeliest tokens one step of generation lists."""


class Api:
    """One method per address."""

    def __init__(self, collection: Collection, workers: Workers) -> None:
        self.collection = collection
        self.workers = workers

    def routes(self) -> list[Route]:
        model = "/api/models/{model}"
        return [
            Route("/api/models", self.models, methods=["GET"]),
            Route(model, self.description, methods=["GET"]),
            Route(f"{model}/weights", self.weights, methods=["GET"]),
            Route(f"{model}/tokens", self.tokens, methods=["GET"]),
            Route(f"{model}/trace", self.trace, methods=["GET"]),
            Route(f"{model}/explain", self.explain, methods=["GET"]),
            Route(f"{model}/next", self.next, methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        parameters(request, ())

        def listed() -> Body:
            return Body.json({"default": self.collection.default, "models": self.collection.entries()})

        return await self.computed(request, listed)

    async def description(self, request: Request) -> Response:
        parameters(request, ())
        shown = self.shown(request)
        return await self.computed(request, lambda: shown.description)

    async def weights(self, request: Request) -> Response:
        parameters(request, ())
        shown = self.shown(request)
        return await self.computed(request, lambda: shown.weights)

    async def tokens(self, request: Request) -> Response:
        """What the model reads a prompt as, without computing anything."""
        shown, tokens = self.read(request, parameters(request, ("text", "tokens")))
        return await self.computed(request, lambda: Body.json(read_tokens(shown.model, tokens)))

    async def trace(self, request: Request) -> Response:
        given = parameters(request, ("text", "tokens", *CHANGES))
        shown, tokens = self.read(request, given)
        changes = changes_of(given, shown.graph)
        return await self.computed(request, lambda: Body.tensors(trace_file(shown.run(tokens, changes))))

    async def explain(self, request: Request) -> Response:
        given = parameters(request, ("tokens", *CELL, *CHANGES))
        shown, tokens = self.asked(request, given)
        cell, changes = cell_of(given, shown.graph), changes_of(given, shown.graph)
        return await self.computed(request, lambda: Body.json(shown.run(tokens, changes).explain(cell).to_json()))

    async def next(self, request: Request) -> Response:
        given = parameters(request, ("tokens", "temperature", "top_k", "top_p", "seed", *CHANGES))
        shown, tokens = self.asked(request, given)
        sampling = Sampling(
            temperature=decimal("temperature", given["temperature"]) if "temperature" in given else None,
            top_k=whole("top_k", given.get("top_k", "0")),
            top_p=decimal("top_p", given.get("top_p", "1")),
            seed=whole("seed", given.get("seed", "0")),
        )
        changes = changes_of(given, shown.graph)
        return await self.computed(request, lambda: Body.json(next_token(shown.run(tokens, changes), sampling)))

    def shown(self, request: Request) -> Shown:
        return self.collection.find(request.path_params["model"])

    def read(self, request: Request, given: dict[str, str]) -> tuple[Shown, tuple[int, ...]]:
        """The model and the tokens of the prompt that it is given, as a text or as tokens."""
        if ("text" in given) == ("tokens" in given):
            raise PellucidError("bad-prompt", "Give the prompt once: as text=CBABBC, or as tokens=2,1,0,1,1,2.")
        shown = self.shown(request)
        prompt = given["text"] if "text" in given else wholes("tokens", given["tokens"])
        return shown, tuple(shown.model.tokens(prompt))

    def asked(self, request: Request, given: dict[str, str]) -> tuple[Shown, tuple[int, ...]]:
        """The model and the tokens that a question is about."""
        shown = self.shown(request)
        return shown, tuple(shown.model.tokens(wholes("tokens", needed(given, "tokens", "2,1,0"))))

    async def computed(self, request: Request, compute: Callable[[], Body]) -> Response:
        """The answer that `compute` gives, made off the event loop."""
        return await self.workers.run(lambda: answer(request, compute()))


def read_tokens(model: Model, tokens: tuple[int, ...]) -> dict[str, object]:
    return {"tokens": tokens, "pieces": [model.text([token]) for token in tokens], "text": model.text(tokens)}


def next_token(run: Run, sampling: Sampling) -> dict[str, object]:
    step = choose(run[run.model.graph.outputs.logits.name][-1], sampling, len(run.tokens))
    chosen = {key: candidate(run, step, step.token)[key] for key in ("token", "text", "probability")}
    likeliest = np.argsort(-step.probabilities, kind="stable")[:CANDIDATES].tolist()
    return {
        "tokens": run.tokens,
        "chosen": chosen,
        "distribution": [candidate(run, step, token) for token in likeliest],
    }


def candidate(run: Run, step: Step, token: int) -> dict[str, object]:
    return {
        "token": token,
        "text": run.model.text([token]),
        "logit": finite(float(step.logits[token])),
        "probability": finite(float(step.probabilities[token])),
        "kept": bool(step.kept[token]),
    }
