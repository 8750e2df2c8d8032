"""The addresses by which something is changed: trainings on this machine, and the models of them that are kept.

What changes something is a POST or a DELETE, with its settings as JSON. Who may do that, guard.py says.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_args
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pellucid.graph import PellucidError
from pellucid.serve.answers import Body, answer
from pellucid.serve.api import Api
from pellucid.serve.coach import Order
from pellucid.serve.kept import Kept, checked_title, gone, keep
from pellucid.serve.query import LONGEST, needed, one_of, parameters, whole
from pellucid.serve.trainings import Trainings
from pellucid.words.errors import shortened

Endpoint = Callable[[Request], Awaitable[Response]]

KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "model": ((str,), "text"),
    "title": ((str,), "text"),
    "do": ((str,), "text"),
    "seed": ((int,), "a whole number"),
    "steps": ((int,), "a whole number"),
    "step": ((int,), "a whole number"),
    "rate": ((int, float), "a number"),
}
"""What can be said, and of which kind it is."""


class Changes:
    """One method per address and what it is asked by."""

    def __init__(self, api: Api, trainings: Trainings) -> None:
        self.api = api
        self.collection = api.collection
        self.workers = api.workers
        self.trainings = trainings

    def routes(self) -> list[Route]:
        training, model = "/api/trainings/{training}", "/api/models/{model}"
        return [
            route("/api/trainings", GET=self.under_way, POST=self.begin),
            route(training, GET=self.watch, POST=self.order, DELETE=self.stop),
            route(f"{training}/weights", GET=self.weights),
            route(f"{training}/apart", GET=self.apart),
            route(f"{training}/keep", POST=self.keep),
            route(model, GET=self.api.description, POST=self.rename, DELETE=self.remove),
            route(f"{model}/restore", POST=self.restore),
            route(f"{model}/archive", GET=self.archive),
        ]

    @property
    def kept(self) -> Kept:
        """Where models are kept. Raises PellucidError (`read-only`) where nothing may be changed."""
        if self.collection.kept is None:
            raise PellucidError(
                "read-only",
                "This server changes nothing, because it cannot tell who asks: start `pellucid serve` without "
                "--no-token to train models with it and to keep them.",
            )
        return self.collection.kept

    # Trainings.

    async def under_way(self, request: Request) -> Response:
        parameters(request, ())
        return answer(request, Body.json({"trainings": self.trainings.entries()}))

    async def begin(self, request: Request) -> Response:
        _ = self.kept
        parameters(request, ())
        given = await fields(request, ("model",), ("seed", "rate", "steps"))

        def begun() -> Body:
            shown = self.collection.find(given["model"])
            taught = self.trainings.begin(shown, given.get("seed", 0), given.get("rate"), given.get("steps"))
            return Body.json(taught.entry())

        return await self.workers.run(lambda: answer(request, begun()))

    async def watch(self, request: Request) -> Response:
        """What is known of it, and how the steps went that came after one. It is answered at once: who watches asks
        again, and who does not keeps nobody waiting."""
        after = whole("after", parameters(request, ("after",)).get("after", "0"))
        taught = self.trainings.find(request.path_params["training"])
        return await self.workers.run(lambda: answer(request, Body.json(taught.told(after))))

    async def weights(self, request: Request) -> Response:
        given = parameters(request, ("step",))
        taught = self.trainings.find(request.path_params["training"])
        step = whole("step", given["step"]) if "step" in given else None
        return answer(request, taught.weights(step))

    async def apart(self, request: Request) -> Response:
        """What a step that was gone on its own was made of."""
        given = parameters(request, ("step",))
        taught = self.trainings.find(request.path_params["training"])
        return answer(request, taught.apart(whole("step", needed(given, "step", "12"))))

    async def order(self, request: Request) -> Response:
        _ = self.kept
        parameters(request, ())
        order: Any = one_of("do", (await fields(request, ("do",)))["do"], get_args(Order))
        id = request.path_params["training"]
        return await self.workers.run(lambda: answer(request, Body.json(self.trainings.order(id, order).entry())))

    async def stop(self, request: Request) -> Response:
        _ = self.kept
        parameters(request, ())
        await self.workers.run(self.trainings.stop, request.path_params["training"])
        return Response(status_code=204)

    async def keep(self, request: Request) -> Response:
        root = self.kept.place()
        parameters(request, ())
        given = await fields(request, ("title",), ("step",))
        title = checked_title(given["title"])
        taught = self.trainings.find(request.path_params["training"])
        step, seconds, body = taught.moment(given.get("step"))
        task, config, _, seed = taught.lesson
        lesson, moment = (task, config, taught.recipe, seed), (step, seconds, body.content)
        id = await self.workers.run_apart(object(), keep, root, title, lesson, moment, taught.files)
        return await self.listed(request, id)

    # Models that are kept.

    async def rename(self, request: Request) -> Response:
        kept = self.kept
        parameters(request, ())
        title = (await fields(request, ("title",)))["title"]
        id = request.path_params["model"]
        await self.workers.run(kept.rename, id, title)
        return await self.listed(request, id)

    async def remove(self, request: Request) -> Response:
        kept = self.kept
        parameters(request, ())
        await self.workers.run(kept.remove, request.path_params["model"])
        return Response(status_code=204)

    async def restore(self, request: Request) -> Response:
        kept = self.kept
        parameters(request, ())
        await fields(request, ())
        id = await self.workers.run(kept.restore, request.path_params["model"])
        return await self.listed(request, id)

    async def archive(self, request: Request) -> Response:
        kept = self.kept
        parameters(request, ())
        name, content = await self.workers.run(kept.archive, request.path_params["model"])
        response = answer(request, Body(content, "application/zip"))
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.zip"
        return response

    async def listed(self, request: Request, id: str) -> Response:
        """What the list says of a model that is kept."""

        def entry() -> Body:
            found = next((one for one in self.collection.entries() if one["id"] == id), None)
            if found is None:  # somebody else has removed it since
                raise gone(id)
            return Body.json(found)

        return await self.workers.run(lambda: answer(request, entry()))


def route(path: str, **methods: Endpoint) -> Route:
    """One address, whatever it can be asked by."""

    async def asked(request: Request) -> Response:
        return await methods["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, asked, methods=[*methods])


async def fields(request: Request, required: tuple[str, ...], others: tuple[str, ...] = ()) -> dict[str, Any]:
    """What is sent along, as JSON: each field known, given once, and of its kind; null is as good as nothing.

    That it must say that it is JSON keeps out forms of other web sites, which cannot. Raises PellucidError.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise PellucidError("not-json", "Send what is to be done as JSON, with Content-Type: application/json.")
    try:
        pairs = json.loads(await request.body(), object_pairs_hook=Pairs, parse_constant=refused_constant)
    except (ValueError, RecursionError):
        raise bad_json() from None
    if not isinstance(pairs, Pairs):
        raise bad_json()
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name not in (*required, *others):
            expected = f"it knows {', '.join((*required, *others))}" if required or others else "it takes none"
            raise PellucidError(
                "unknown-parameter",
                f"This address knows no field '{shortened(name, LONGEST)}': {expected}.",
                name=shortened(name, LONGEST),
            )
        if name in given:
            raise PellucidError("repeated-parameter", f"The field '{name}' stands twice: give it once.", name=name)
        kinds, expected = KINDS[name]
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise PellucidError("bad-parameter", f"{name} must be {expected}.", name=name)
        given[name] = value
    for name in required:
        if given.get(name) is None:
            raise PellucidError("missing-parameter", f"The field '{name}' is missing: give one.", name=name)
    return {name: value for name, value in given.items() if value is not None}


class Pairs(list[tuple[str, Any]]):
    """The fields of an object, in their order, those that stand twice included."""


def refused_constant(name: str) -> None:
    """JSON has neither NaN nor infinities, which Python would read."""
    raise ValueError(name)


def bad_json() -> PellucidError:
    return PellucidError("bad-json", 'What was sent along is no JSON object, such as {"model": "nano", "seed": 1}.')
