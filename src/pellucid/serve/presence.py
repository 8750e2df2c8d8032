"""Whether the visitor is still there: what is computed for one who has left is given up."""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pellucid.graph import PellucidError
from pellucid.serve.answers import error_answer

LARGEST_BODY = 16 * 1024
"""A few settings, or a title."""
BODY_SECONDS = 10.0
"""How long it may take to come, whatever trickles in."""


class Presence:
    """ASGI middleware that cancels an answer when its visitor is gone. What changes something has a short body, which
    is taken in first; of other questions none is passed on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = b"" if scope["method"] in ("GET", "HEAD") else await body_of(receive)
        except PellucidError as error:
            await error_answer(Request(scope), error)(scope, receive, send)
            return
        if body is None:
            return
        answering = asyncio.ensure_future(self.app(scope, told(body), send))
        leaving = asyncio.ensure_future(gone(receive))
        try:
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not answering.done():
                answering.cancel()
                await asyncio.wait((answering,))
        if not answering.cancelled():
            answering.result()  # raises what it raised


async def gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def body_of(receive: Receive) -> bytes | None:
    """What is sent along; None where the visitor has left. Raises PellucidError (`too-large`, `asked-too-slowly`)."""
    try:
        return await asyncio.wait_for(taken_in(receive), BODY_SECONDS)
    except TimeoutError:
        raise PellucidError(
            "asked-too-slowly", f"The question was not complete within {BODY_SECONDS:.0f} s: ask again."
        ) from None


async def taken_in(receive: Receive) -> bytes | None:
    body, more = b"", True
    while more and (message := await receive())["type"] == "http.request":
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_BODY:
            raise PellucidError(
                "too-large", f"What is sent along is longer than {LARGEST_BODY:,} bytes: send less.", most=LARGEST_BODY
            )
        more = message.get("more_body", False)
    return None if more else body


def told(body: bytes) -> Receive:
    """What an answer hears of its visitor: this body, and nothing more."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive
