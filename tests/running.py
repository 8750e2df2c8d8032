"""Running a real `pellucid serve` for tests to talk to."""

import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

START_SECONDS = 60
STOP_SECONDS = 10


@contextmanager
def running_server(model: Path, log: Path, *options: str, token: bool = False) -> Iterator[str]:
    """The address of a server of that model, such as http://127.0.0.1:40123/; what it complains of is in `log`.

    With a token, the address ends with it, as `pellucid` prints it, and everybody is asked for it.
    """
    program = Path(sys.executable).with_name("pellucid")
    open_to_all = ["--token-for-all"] if token else ["--no-token"]
    command = [str(program), "serve", str(model), "--port", "0", "--no-browser", *open_to_all, *options]
    with log.open("w") as err, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True) as process:
        try:
            yield first_line(process, log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                pytest.fail(f"the server did not stop within {STOP_SECONDS} s of Ctrl-C:\n{log.read_text()}")


@contextmanager
def running_host(folder: Path) -> Iterator[str]:
    """The address of Python's `http.server` of that folder: a host that sends no headers and knows no routes."""
    with serving(partial(Quiet, directory=str(folder))) as address:
        yield address


@contextmanager
def in_front(server: str, path: str = "/user/ann/proxy/8420", *, whole: bool = False) -> Iterator[str]:
    """The address, under a path, of a server that passes on what it is asked to another, as a notebook hub's does.

    `whole`: the path in front is passed on too.
    """

    class Passing(Quiet):
        def do_GET(self) -> None:
            upstream = urlsplit(server)
            asked = self.path if whole else self.path.removeprefix(path)
            kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection = HTTPConnection(upstream.netloc, timeout=120)
            connection.request("GET", asked or "/", headers={**kept, "Host": upstream.netloc})
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

    with serving(Passing) as address:
        yield f"{address}{path.strip('/')}/"


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *told: object) -> None:
        pass


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    site = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    site.daemon_threads = True
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_port}/"
    site.shutdown()
    site.server_close()


def first_line(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline().strip() if readable else ""
    if not line.startswith("http://127.0.0.1:"):
        pytest.fail(f"the server printed {line!r} where its address was expected:\n{log.read_text()}")
    return line
