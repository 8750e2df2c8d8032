"""The server's addresses put together, with what guards them and how errors are said."""

import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
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
from pellucid.serve.changes import Changes
from pellucid.serve.collection import Collection
from pellucid.serve.files import PageFiles
from pellucid.serve.guard import Guard
from pellucid.serve.kept import Kept
from pellucid.serve.pictures import Pictures
from pellucid.serve.presence import Presence
from pellucid.serve.reading import ReadingView
from pellucid.serve.soon import soon
from pellucid.serve.tour import Tour
from pellucid.serve.trainings import Trainings
from pellucid.serve.work import Workers
from pellucid.train.cache import cache


class Guarded(Starlette):
    """An application with the guard around all of it, around what answers a defect too."""

    def __init__(self, token: AccessToken | None, behind: Behind, **options: Any) -> None:
        super().__init__(**options)
        self.token = token
        self.behind = behind

    def build_middleware_stack(self) -> ASGIApp:
        return Guard(Presence(super().build_middleware_stack()), self.token, self.behind)


def application(
    models: Sequence[Model],
    lessons: Path = TOUR,
    token: AccessToken | None = None,
    behind: Behind = NOTHING,
    *,
    trains: bool = False,
) -> Starlette:
    """An ASGI application that shows these models, the first by default, and teaches these lessons.

    Its `state.collection` takes further models, and gives them up again, while it runs. With a token, it answers nobody
    who does not show it. `behind` is what is known of a server in front of it. If it `trains`, whoever is let in may
    have it train models and keep them in the user's folder.
    """
    kept = Kept(cache()) if trains else None
    workers, collection, trainings = Workers(), Collection(models, kept), Trainings()
    api = Api(collection, workers)
    tour = Tour(api, lessons)

    def close() -> None:
        """End all that was started, however often this is called."""
        trainings.close()
        workers.close()
        if kept is not None:
            kept.forget_removed()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=tour.prepare, name="lessons", daemon=True).start()
        yield
        close()

    app = Guarded(
        token,
        behind,
        routes=[
            *Changes(api, trainings).routes(),
            *api.routes(),
            *tour.routes(),
            *Pictures(tour).routes(),
            *ReadingView(tour).routes(),
            Mount("/", PageFiles(soon=partial(soon, collection))),
        ],
        exception_handlers={PellucidError: refused, HTTPException: not_served, Exception: failed},
        lifespan=lifespan,
    )
    app.state.collection = collection
    app.state.close = close
    return app
