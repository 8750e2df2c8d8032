"""The addresses under /api: each reads its query, has run/ compute, and passes the answer on (docs/protocol.md)."""

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pellucid.graph import PellucidError
from pellucid.run.explain import finite
from pellucid.run.generate import Sampling, Step, choose
from pellucid.run.trace import Run
from pellucid.serve.answers import JSON, TENSORS, answer, encoded
from pellucid.serve.collection import Collection, Shown, trace_file
from pellucid.serve.query import decimal, needed, parameters, whole, wholes
from pellucid.serve.work import Workers

LISTED_CANDIDATES = 100


class Api:
    def __init__(self, collection: Collection, workers: Workers) -> None:
        self.collection = collection
        self.workers = workers

    def routes(self) -> list[Route]:
        model = "/api/models/{model}"
        return [
            Route("/api/models", self.models, methods=["GET"]),
            Route(model, self.description, methods=["GET"]),
            Route(f"{model}/weights", self.weights, methods=["GET"]),
            Route(f"{model}/trace", self.trace, methods=["GET"]),
            Route(f"{model}/explain", self.explain, methods=["GET"]),
            Route(f"{model}/next", self.next, methods=["GET"]),
        ]

    async def models(self, request: Request) -> Response:
        parameters(request, ())
        entries = await self.workers.run(self.collection.entries)
        return answer(request, encoded({"default": self.collection.default, "models": entries}), JSON)

    async def description(self, request: Request) -> Response:
        parameters(request, ())
        shown = self.shown(request)
        return answer(request, await self.workers.run(lambda: shown.description), JSON)

    async def weights(self, request: Request) -> Response:
        parameters(request, ())
        shown = self.shown(request)
        return answer(request, await self.workers.run(lambda: shown.weights), TENSORS)

    async def trace(self, request: Request) -> Response:
        given = parameters(request, ("text", "tokens"))
        if len(given) != 1:
            raise PellucidError("bad-prompt", "Give the prompt once: as text=CBABBC or as tokens=2,1,0,1,1,2.")
        shown = self.shown(request)
        prompt = given["text"] if "text" in given else wholes("tokens", given["tokens"])
        tokens = tuple(shown.loaded().tokens(prompt))
        return answer(request, await self.workers.run(lambda: trace_file(self.collection.run(shown, tokens))), TENSORS)

    async def explain(self, request: Request) -> Response:
        given = parameters(request, ("tokens", "tensor", "index"))
        shown, tokens = self.prompt(request, given)
        tensor = needed(given, "tensor", "blocks.0.attn.q")
        index = wholes("index", needed(given, "index", "2,3,7"))
        return answer(request, await self.workers.run(self.explanation, shown, tokens, tensor, index), JSON)

    async def next(self, request: Request) -> Response:
        given = parameters(request, ("tokens", "temperature", "top_k", "top_p", "seed"))
        shown, tokens = self.prompt(request, given)
        sampling = Sampling(
            temperature=decimal("temperature", given["temperature"]) if "temperature" in given else None,
            top_k=whole("top_k", given.get("top_k", "0")),
            top_p=decimal("top_p", given.get("top_p", "1")),
            seed=whole("seed", given.get("seed", "0")),
        )
        return answer(request, await self.workers.run(self.next_token, shown, tokens, sampling), JSON)

    def shown(self, request: Request) -> Shown:
        return self.collection.find(request.path_params["model"])

    def prompt(self, request: Request, given: dict[str, str]) -> tuple[Shown, tuple[int, ...]]:
        shown = self.shown(request)
        tokens = wholes("tokens", needed(given, "tokens", "2,1,0"))
        return shown, tuple(shown.loaded().tokens(tokens))

    def explanation(self, shown: Shown, tokens: tuple[int, ...], tensor: str, index: tuple[int, ...]) -> bytes:
        return encoded(self.collection.run(shown, tokens).explain(tensor, index).to_json())

    def next_token(self, shown: Shown, tokens: tuple[int, ...], sampling: Sampling) -> bytes:
        run = self.collection.run(shown, tokens)
        step = choose(run["logits"][-1], sampling, np.random.default_rng(sampling.seed))
        return encoded(step_to_json(run, step))


def step_to_json(run: Run, step: Step) -> dict[str, object]:
    text = run.model.text
    likeliest = np.argsort(-step.probabilities, kind="stable")[:LISTED_CANDIDATES].tolist()
    return {
        "tokens": list(run.tokens),
        "chosen": {"token": step.token, "text": text([step.token]), "probability": finite(step.probability)},
        "distribution": [
            {
                "token": token,
                "text": text([token]),
                "logit": finite(float(step.logits[token])),
                "probability": finite(float(step.probabilities[token])),
                "kept": bool(step.kept[token]),
            }
            for token in likeliest
        ],
    }
