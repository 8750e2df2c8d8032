"""Asking the server's application without a server: one question after the other, from the same process."""

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import Message

from pellucid.cached import cached_property
from pellucid.run.model import Model
from pellucid.serve.app import application
from pellucid.words.given import bad_argument

HOST = b"localhost"
"""Whom the application believes to be asked: the machine it runs on."""


@dataclass(frozen=True)
class Answer:
    status: int
    type: str
    body: bytes


class Asking:
    """The application that shows these models, in a thread with a loop of its own: a notebook's loop is busy."""

    def __init__(self, models: Sequence[Model]) -> None:
        self.application = application(models)

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name="pellucid-notebook", daemon=True).start()
        return loop

    def ask(self, path: object) -> Answer:
        """What a GET of that path, relative to the application's root, is answered with. What is no path is refused as
        the application refuses."""
        try:
            if not isinstance(path, str):
                raise TypeError
            urlsplit(path.encode())
        except (TypeError, ValueError):
            error = bad_argument("path", path, "an address relative to the page, such as api/models")
            return Answer(400, "application/json", json.dumps({"error": error.to_json()}).encode())
        return asyncio.run_coroutine_threadsafe(self._asked(path), self._loop).result()

    async def _asked(self, path: str) -> Answer:
        parts = urlsplit(path)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/" + unquote(parts.path),
            "raw_path": f"/{parts.path}".encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(b"host", HOST)],
            "server": ("localhost", None),
        }
        said: list[Message] = []
        asked: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            if asked:
                return asked.pop()
            await asyncio.Event().wait()  # nobody leaves before the answer
            raise AssertionError

        async def send(message: Message) -> None:
            said.append(message)

        await self.application(scope, receive, send)
        start: dict[str, Any] = dict(said[0])
        types = [value.decode() for name, value in start["headers"] if name.lower() == b"content-type"]
        body = b"".join(message.get("body", b"") for message in said[1:])
        return Answer(start["status"], types[0] if types else "", body)
