"""Connections: how many there may be, how long each may take to ask, and what is answered to what is no HTTP.

However many connections somebody opens without asking anything, whoever asks is heard: when there is no room for one
more, the one that has been silent longest is closed.
"""

import asyncio
from http import HTTPStatus

import h11
from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pellucid.graph import PellucidError
from pellucid.serve.answers import STATUS, Body, error_answer
from pellucid.serve.guard import HEADERS, Guard
from pellucid.serve.policies import DATA_POLICY

ASKING_SECONDS = 10.0
"""How long a visitor may take to ask: from connecting, or from the last answer, to the end of the next head."""

READING_SECONDS = 30.0
"""How long a visitor may take to read anything further of an answer that is on its way."""

LEAVING_SECONDS = 5.0
"""How long an answer may take to begin for a visitor who has closed the way to here: such a one hears on, as those of
`nc -N` do, or has left, as most have, and then nothing should be computed for it."""

MOST = 704
"""Connections in all. Each takes a descriptor, of which a process often has 1,024."""
MOST_OF_ONE = 512
"""Connections from one address."""
REFUSED_MOST = 64
"""How many more are let in to be told that there is no room."""

NO_ROOM = PellucidError("busy", "The server has as many visitors as it can hear: ask again in a moment.")
NO_HTTP = PellucidError("bad-request", "This is no HTTP that is understood here: ask for an address with GET.")
TOO_LATE = PellucidError("asked-too-slowly", f"The question was not complete within {ASKING_SECONDS:.0f} s: ask again.")
CUT_OFF = PellucidError(
    "cut-off",
    f"The connection was closed for asking, and the answer was not there within {LEAVING_SECONDS:.0f} s: keep it open.",
)


class Connection(H11Protocol):
    """uvicorn's connection, which ends where nothing comes of it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.began = False
        self.silent_since: float | None = None
        self._asking: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None
        if not self._has_room():
            self.app = no_room
            if len(self.connections) > MOST + REFUSED_MOST:
                transport.abort()
                return
        self._watch()

    def _has_room(self) -> bool:
        """Whether there is room for this one, after closing a silent one if need be."""
        others = {other for other in self.connections if isinstance(other, Connection) and other is not self}
        neighbours = {other for other in others if other.address == self.address}
        if len(neighbours) < MOST_OF_ONE and len(others) < MOST:
            return True
        crowd = neighbours if len(neighbours) >= MOST_OF_ONE else others
        silent = [(other.silent_since, id(other), other) for other in crowd if other.silent_since is not None]
        if not silent:
            return False
        _, _, longest = min(silent)
        self.connections.discard(longest)
        longest.transport.abort()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_watching()
        self.resume_writing()
        if self._leaving is not None:
            self._leaving.cancel()

    # Asking in time.

    def data_received(self, data: bytes) -> None:
        self.began = True
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        self.began = False
        super().on_response_complete()
        if self._leaving is not None and not self._is_answering():
            self.transport.close()
        self._watch()

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """Nothing more will be asked: what has been is answered, if that is soon and all of it came."""
        if self._is_answering() and self.conn.their_state is h11.SEND_BODY:
            self._refuse(NO_HTTP)
            return False
        if self._is_answering():
            self._leaving = self.loop.call_later(LEAVING_SECONDS, self._cut_off)
        elif self.began:
            self._refuse(NO_HTTP)
        return self._is_answering()

    def _cut_off(self) -> None:
        if self.conn.our_state is not h11.SEND_BODY:  # an answer that has begun is read in time, or ended for that
            self._refuse(CUT_OFF)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _watch(self) -> None:
        """Take the time from when nothing is being answered; whatever trickles in does not begin it anew."""
        if self.transport.is_closing() or self._is_answering():
            self._stop_watching()
        elif self._asking is None:
            self.silent_since = self.loop.time()
            self._asking = self.loop.call_later(ASKING_SECONDS, self._too_late)

    def _stop_watching(self) -> None:
        self.silent_since = None
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _too_late(self) -> None:
        self._asking = None
        if self.began:
            self._refuse(TOO_LATE)
        else:
            self.transport.close()

    # Reading on in time.

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _expect_reading(self, unread: int) -> None:
        self._reading = self.loop.call_later(READING_SECONDS, self._look_at_reading, unread)

    def _look_at_reading(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < unread:
            self._expect_reading(left)
        else:
            self.transport.abort()

    # Refusing.

    def send_400_response(self, msg: str) -> None:
        self._refuse(NO_HTTP)

    def _refuse(self, error: PellucidError) -> None:
        """Say why, unless an answer has begun, and close."""
        if self._is_answering():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = Body.json({"error": error.to_json()}).content
            headers = {
                **HEADERS,
                "Content-Security-Policy": DATA_POLICY,
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                "Cache-Control": "no-store",
                "Connection": "close",
            }
            status = HTTPStatus(STATUS.get(error.code, 400))
            head = h11.Response(status_code=status, headers=list(headers.items()), reason=status.phrase.encode())
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


async def told_to_wait(scope: Scope, receive: Receive, send: Send) -> None:
    """The application of whoever there is no room for."""
    if scope["type"] == "http":
        response = error_answer(Request(scope), NO_ROOM)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


no_room = Guard(told_to_wait)
