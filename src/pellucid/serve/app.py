"""The server's addresses put together, with what guards them and how errors are said."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.types import ASGIApp

from pellucid.graph import PellucidError
from pellucid.lessons import TOUR
from pellucid.run.model import Model
from pellucid.serve.access import AccessToken
from pellucid.serve.answers import failed, not_served, refused
from pellucid.serve.api import Api
from pellucid.serve.behind import NOTHING, Behind
from pellucid.serve.collection import Collection
from pellucid.serve.files import PageFiles
from pellucid.serve.guard import Guard
from pellucid.serve.pictures import Pictures
from pellucid.serve.presence import Presence
from pellucid.serve.reading import ReadingView
from pellucid.serve.tour import Tour
from pellucid.serve.work import Workers


class Guarded(Starlette):
    """An application with the guard around all of it, around what answers a defect too."""

    def __init__(self, token: AccessToken | None, behind: Behind, **options: Any) -> None:
        super().__init__(**options)
        self.token = token
        self.behind = behind

    def build_middleware_stack(self) -> ASGIApp:
        return Guard(Presence(super().build_middleware_stack()), self.token, self.behind)


def application(
    models: Sequence[Model], lessons: Path = TOUR, token: AccessToken | None = None, behind: Behind = NOTHING
) -> Starlette:
    """An ASGI application that shows these models, the first by default, and teaches these lessons.

    Its `state.collection` takes further models, and gives them up again, while it runs. With a token, it answers nobody
    who does not show it. `behind` is what is known of a server in front of it.
    """
    workers, collection = Workers(), Collection(models)
    api = Api(collection, workers)
    tour = Tour(api, lessons)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        workers.close()

    app = Guarded(
        token,
        behind,
        routes=[
            *api.routes(),
            *tour.routes(),
            *Pictures(tour).routes(),
            *ReadingView(tour).routes(),
            Mount("/", PageFiles()),
        ],
        exception_handlers={PellucidError: refused, HTTPException: not_served, Exception: failed},
        lifespan=lifespan,
    )
    app.state.collection = collection
    app.state.workers = workers
    return app
