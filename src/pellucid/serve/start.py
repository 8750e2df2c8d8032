"""Starting the server: an address on this machine, a browser that opens it, and an orderly end."""

import asyncio
import errno
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn

from pellucid.graph import PellucidError
from pellucid.lessons import TOUR
from pellucid.run.model import Model
from pellucid.serve.access import AccessToken
from pellucid.serve.app import application
from pellucid.serve.behind import NOTHING, Behind
from pellucid.serve.connection import Connection
from pellucid.serve.entrance import PARAMETER

HOST = "127.0.0.1"
USUAL_PORT = 8420
"""The same from day to day, so that a bookmarked address keeps working."""

SECONDS_TO_FINISH = 1
SECONDS_TO_HEAR = 0.5
"""How long visitors have for what is on its way to them when the server is to end."""


def listen(port: int | None) -> socket.socket:
    """The port taken: 0 takes any that is free, None the usual one, or any where another program has that.

    Raises PellucidError (`port-in-use`, `port-refused`).
    """
    try:
        listener = socket.create_server((HOST, USUAL_PORT if port is None else port))
    except OSError as error:
        if port is None:
            return listen(0)
        if error.errno == errno.EADDRINUSE:
            code, reason = "port-in-use", "is used by another program"
        else:
            code, reason = "port-refused", f"cannot be opened ({os.strerror(error.errno or 0)})"
        raise PellucidError(
            code, f"Port {port} {reason}: choose another with --port, or --port 0 for any.", exit_code=1, port=port
        ) from error
    # Connections inherit this. asyncio does it for sockets of its own making only; without, every answer whose head and
    # body are written apart waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(listener: socket.socket, token: str | None = None, behind: Behind = NOTHING) -> str:
    """What to open, with the token in it if there is one."""
    origin = behind.origin or f"http://{HOST}:{listener.getsockname()[1]}"
    return f"{origin}{behind.path}/{'' if token is None else f'?{PARAMETER}={token}'}"


def open_page(address: str) -> None:
    """Show the page, where there is a screen to show it on; a text browser would take the terminal over."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in screens):
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def serve(
    listener: socket.socket,
    models: Sequence[Model],
    lessons: Path = TOUR,
    token: AccessToken | None = None,
    behind: Behind = NOTHING,
) -> None:
    """Answer until Ctrl-C; with a token, only those who show it."""
    running = server(models, lessons, token, behind)
    # uvicorn hears of Ctrl-C only when its loop stands: one that came earlier would leave half a loop, which complains.
    before = signal.signal(signal.SIGINT, running.handle_exit) if in_main_thread() else None
    try:
        running.run(sockets=[listener])
    except KeyboardInterrupt:
        return  # what was under way is finished by now; uvicorn only passes the signal on
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def in_main_thread() -> bool:
    """Only there signals can be listened to."""
    return threading.current_thread() is threading.main_thread()


def server(
    models: Sequence[Model], lessons: Path = TOUR, token: AccessToken | None = None, behind: Behind = NOTHING
) -> "Server":
    """What answers, once it is run."""
    # Without a token nobody can tell who asks: then nothing is changed here.
    app = application(models, lessons, token, behind, trains=token is not None)
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )
    return Server(config, app.state.close)


class Server(uvicorn.Server):
    """uvicorn's server, which gives up what it computes when it is to end."""

    def __init__(self, config: uvicorn.Config, close: Callable[[], None]) -> None:
        super().__init__(config)
        self.close = close

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Once is enough: uvicorn would pass every further Ctrl-C on when it has ended, into what is ending then."""
        if not self.should_exit:
            super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.close()
        asyncio.get_running_loop().call_later(SECONDS_TO_HEAR, self._hang_up)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        """Stop waiting for visitors who never finish asking or reading: uvicorn would complain of each."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.transport.abort()
