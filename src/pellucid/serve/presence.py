"""Whether the visitor is still there: what is computed for one who has left is given up."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Presence:
    """ASGI middleware that cancels an answer when its visitor is gone. Questions have no body: none is passed on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answering = asyncio.ensure_future(self.app(scope, empty_body(), send))
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


def empty_body() -> Receive:
    """What an answer hears of its visitor: that the question has no body, and nothing more."""
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive
