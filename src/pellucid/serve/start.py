"""Starting the server: an address on this machine, the browser, and an orderly end."""

import errno
import os
import socket
import threading
import webbrowser
from collections.abc import Sequence

import uvicorn

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.serve.app import application

HOST = "127.0.0.1"
USUAL_PORT = 8420
"""The same from day to day, so that a bookmarked address keeps working."""

SECONDS_TO_FINISH = 3
MOST_CONNECTIONS = 256


def serve(models: Sequence[Model], *, port: int | None = None, browser: bool = True) -> None:
    """Serve until Ctrl-C. The address is the first line on standard output.

    `port` 0 is any that is free; None the usual one, or any where that is taken. Raises PellucidError (`port-in-use`).
    """
    listener = listen(port)
    address = f"http://{HOST}:{listener.getsockname()[1]}/"
    server = uvicorn.Server(
        uvicorn.Config(
            application(models),
            http="h11",
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
        )
    )
    print(address, flush=True)
    if browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return  # uvicorn has finished what was under way, and raises the signal again to say why it ended


def listen(port: int | None) -> socket.socket:
    if port is None:
        try:
            return socket.create_server((HOST, USUAL_PORT))
        except OSError:
            return socket.create_server((HOST, 0))
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            code, reason = "port-in-use", "is used by another program"
        else:
            code, reason = "port-refused", f"cannot be opened ({os.strerror(error.errno or 0)})"
        raise PellucidError(
            code, f"Port {port} {reason}: choose another with --port, or --port 0 for any.", exit_code=1, port=port
        ) from error
