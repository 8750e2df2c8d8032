"""The server's addresses put together, with what guards them and how errors are said."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.serve.answers import failed, not_served, refused
from pellucid.serve.api import Api
from pellucid.serve.collection import Collection
from pellucid.serve.files import PageFiles
from pellucid.serve.guard import Guard
from pellucid.serve.work import Workers


def application(models: Sequence[Model]) -> Starlette:
    """An ASGI application that shows these models, the first by default."""
    workers = Workers()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        workers.close()

    return Starlette(
        routes=[*Api(Collection(models), workers).routes(), Mount("/", PageFiles())],
        middleware=[Middleware(Guard)],
        exception_handlers={PellucidError: refused, HTTPException: not_served, Exception: failed},
        lifespan=lifespan,
    )
