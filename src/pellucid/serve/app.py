"""The server's addresses put together, with what guards them and how errors are said."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount

from pellucid.graph import PellucidError
from pellucid.lessons import TOUR
from pellucid.run.model import Model
from pellucid.serve.answers import failed, not_served, refused
from pellucid.serve.api import Api
from pellucid.serve.collection import Collection
from pellucid.serve.files import PageFiles
from pellucid.serve.guard import Guard
from pellucid.serve.reading import ReadingView
from pellucid.serve.tour import Tour
from pellucid.serve.work import Workers


def application(models: Sequence[Model], lessons: Path = TOUR) -> Starlette:
    """An ASGI application that shows these models, the first by default, and teaches these lessons.

    Its `state.collection` takes further models, and gives them up again, while it runs.
    """
    workers, collection = Workers(), Collection(models)
    api = Api(collection, workers)
    tour = Tour(api, lessons)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        workers.close()

    app = Starlette(
        routes=[*api.routes(), *tour.routes(), *ReadingView(tour).routes(), Mount("/", PageFiles())],
        middleware=[Middleware(Guard)],
        exception_handlers={PellucidError: refused, HTTPException: not_served, Exception: failed},
        lifespan=lifespan,
    )
    app.state.collection = collection
    return app
