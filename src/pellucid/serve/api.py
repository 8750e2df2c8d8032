"""The addresses under /api: each reads its query, lets run/ compute, and passes the answer on (docs/protocol.md)."""

from collections.abc import Callable, Hashable
from typing import Any, get_args

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pellucid.graph import PellucidError
from pellucid.run.cells import Cells
from pellucid.run.explain import finite
from pellucid.run.generate import Sampling, Step, choose
from pellucid.run.interventions import Intervention
from pellucid.run.model import Model
from pellucid.run.recent import Recent
from pellucid.serve.answers import Body, answer
from pellucid.serve.collection import Collection, Shown
from pellucid.serve.query import (
    CELL,
    CHANGES,
    OF,
    asked_tensor,
    cell_of,
    changes_of,
    decimal,
    needed,
    once,
    one_of,
    parameters,
    targets_of,
    tensors_of,
    whole,
    wholes,
)
from pellucid.serve.work import Workers
from pellucid.why.asking import By, Question
from pellucid.words import LANGUAGES

CANDIDATES = 100
"""How many of the likeliest tokens one step of generation lists."""


class Api:
    """One method per address."""

    def __init__(self, collection: Collection, workers: Workers) -> None:
        self.collection = collection
        self.workers = workers

    def routes(self) -> list[Route]:
        model = "/api/models/{model}"  # which itself is in changes.py, because it can be changed
        return [
            Route("/api/models", self.models, methods=["GET"]),
            Route(f"{model}/file", self.file, methods=["GET"]),
            Route(f"{model}/weights", self.weights, methods=["GET"]),
            Route(f"{model}/cells", self.cells, methods=["GET"]),
            Route(f"{model}/tokens", self.tokens, methods=["GET"]),
            Route(f"{model}/trace", self.trace, methods=["GET"]),
            Route(f"{model}/explain", self.explain, methods=["GET"]),
            Route(f"{model}/python", self.python, methods=["GET"]),
            Route(f"{model}/why", self.why, methods=["GET"]),
            Route(f"{model}/next", self.next, methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        parameters(request, ())

        def listed() -> Body:
            return Body.json(self.collection.listed())

        return await self.computed(request, listed)

    async def description(self, request: Request) -> Response:
        parameters(request, ())
        shown = self.shown(request)
        return await self.computed(request, lambda: shown.description, shown)

    async def file(self, request: Request) -> Response:
        """Whether the model's files are still those that were read; where it is asked for, they are read again."""
        given = parameters(request, ("read",))
        shown = self.shown(request)
        if given.get("read", "again") != "again":
            raise PellucidError("bad-parameter", "read can only be 'again'.", name="read")

        def state() -> Body:
            if "read" in given:
                self.collection.read_again(shown.id)
            origin = self.collection.find(shown.id).origin
            return Body.json({"changed": origin is not None and origin.changed})

        return await self.computed(request, state, shown if given else None)

    async def weights(self, request: Request) -> Response:
        parameters(request, ())
        shown = self.shown(request)
        return await self.computed(request, lambda: shown.weights, shown)

    async def cells(self, request: Request) -> Response:
        """A region of one tensor: what there is of a model that is too large to be sent whole."""
        given = parameters(request, ("cells", "tokens", *CHANGES))
        shown = self.shown(request)
        region = Cells.parse(needed(given, "cells", "logits[t=0]"), shown.graph)
        tokens = tuple(shown.model.tokens(wholes("tokens", given["tokens"]))) if "tokens" in given else None
        changes = changes_of(given, shown.graph)
        return await self.computed(request, lambda: Body.tensors(shown.cells(region, tokens, changes)), shown)

    async def tokens(self, request: Request) -> Response:
        """What the model reads a prompt as, without computing anything."""
        shown, tokens = self.read(request, parameters(request, ("text", "tokens")))
        return await self.computed(request, lambda: Body.json(read_tokens(shown.model, tokens)))

    async def trace(self, request: Request) -> Response:
        given = parameters(request, ("text", "tokens", *CHANGES))
        shown, tokens = self.read(request, given)
        changes = changes_of(given, shown.graph)
        return await self.computed(request, lambda: shown.trace(tokens, changes), shown)

    async def explain(self, request: Request) -> Response:
        given = parameters(request, ("tokens", "targets", *CELL, *CHANGES))
        shown, tokens = self.asked(request, given)
        cell = cell_of(given, shown.graph_of(asked_tensor(given)))
        changes, targets = changes_of(given, shown.graph), targets_of(given)
        return await self.computed(
            request, lambda: Body.json(shown.explain(tokens, changes, cell, targets).to_json()), shown
        )

    async def python(self, request: Request) -> Response:
        """Formulas as lines of NumPy."""
        given = parameters(request, ("tensors",))
        shown = self.shown(request)
        names = tensors_of(given)
        return await self.computed(request, lambda: Body.json({"lines": shown.python(names)}))

    async def why(self, request: Request) -> Response:
        """What a token's logit comes from."""
        known = ("tokens", "by", *OF, "position", "against", "other", "tensors", "language")
        given = parameters(request, known)
        of = once(given, OF)
        shown, tokens = self.asked(request, given)
        language = one_of("language", given.get("language", LANGUAGES[0]), LANGUAGES)
        question = Question(
            by=one_of("by", given.get("by", "parts"), get_args(By)),
            token=None if of is None else whole(of, given[of]),
            position=whole("position", given.get("position", "-1")),
            against=whole("against", given["against"]) if "against" in given else None,
            other=wholes("other", given["other"]) if "other" in given else None,
            tensors=tensors_of(given) if "tensors" in given else None,
        )
        return await self.computed(request, lambda: Body.json(shown.why(tokens, question, language)), shown)

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
        return await self.computed(request, lambda: Body.json(next_token(shown, tokens, changes, sampling)), shown)

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

    async def computed(self, request: Request, compute: Callable[[], Body], shown: Shown | None = None) -> Response:
        """The answer that `compute` gives, made off the event loop; for a large model, apart from quick answers."""
        run = self.workers.run_large if shown and shown.large else self.workers.run
        return await run(lambda: answer(request, compute()))

    async def computed_apart(
        self,
        request: Request,
        shown: Shown,
        kept: Recent[Body],
        key: Hashable,
        compute: Callable[..., Body],
        *arguments: Any,
    ) -> Response:
        """The answer that a costly function gives, made in a process of its own where it is not kept already.

        A large model is not handed to another process: that would take as much memory again.
        """
        body = kept.get(key)
        if body is None:
            if shown.large:
                body = await self.workers.run_large(lambda: compute(*arguments))
            else:
                body = await self.workers.run_apart((compute, key), compute, *arguments)
            kept.keep(key, body)
        return await self.workers.run(answer, request, body)


def read_tokens(model: Model, tokens: tuple[int, ...]) -> dict[str, object]:
    return {"tokens": tokens, "pieces": model.pieces(tokens), "text": model.text(tokens)}


def next_token(
    shown: Shown, tokens: tuple[int, ...], changes: tuple[Intervention, ...], sampling: Sampling
) -> dict[str, object]:
    step = choose(shown.logits(tokens, changes), sampling, len(tokens))
    chosen = {key: candidate(shown.model, step, step.token)[key] for key in ("token", "text", "probability")}
    likeliest = np.argsort(-step.probabilities, kind="stable")[:CANDIDATES].tolist()
    return {
        "tokens": tokens,
        "chosen": chosen,
        "distribution": [candidate(shown.model, step, token) for token in likeliest],
    }


def candidate(model: Model, step: Step, token: int) -> dict[str, object]:
    return {
        "token": token,
        "text": model.pieces([token])[0],
        "logit": finite(float(step.logits[token])),
        "probability": finite(float(step.probabilities[token])),
        "kept": bool(step.kept[token]),
    }
