"""However many connections are opened, whoever asks is answered; what is no HTTP is refused, and nothing is left."""

import json
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import urlsplit

import httpx2
import pytest
from running import first_line, running_server

from pellucid.serve import connection

HALF = b"GET / HTTP/1.1\r\nHost: 127"
HALF_SENT = b"POST /api/trainings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"
SECONDS = 60
MOST_TRIES = 10_000
"""How often a full server is asked before it counts as one that never says so."""


@pytest.fixture(scope="module")
def process(nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The address of a server of these tests' own, and the number of its process."""
    log = tmp_path_factory.mktemp("connections") / "stderr.txt"
    program = str(Path(sys.executable).with_name("pellucid"))
    options = ["serve", str(nano_folder), "--port", "0", "--no-browser", "--no-token"]
    with log.open("w") as err, Popen([program, *options], stdout=PIPE, stderr=err, text=True) as running:
        yield first_line(running, log), running.pid
        running.terminate()
    assert "Traceback" not in log.read_text()
    assert "WARNING" not in log.read_text()


def place(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    return str(parts.hostname), int(parts.port or 0)


@contextmanager
def sent(address: str, data: bytes) -> Iterator[HTTPResponse]:
    with socket.create_connection(place(address), timeout=SECONDS) as opened:
        opened.sendall(data)
        response = HTTPResponse(opened)
        response.begin()
        yield response


def test_half_open_connections_shut_nobody_out(process: tuple[str, int]) -> None:
    address, _ = process
    with ExitStack() as stack:
        for number in range(1000):
            half = stack.enter_context(socket.create_connection(place(address), timeout=SECONDS))
            half.sendall(HALF)
            if number in (255, 600, 999):
                assert httpx2.get(f"{address}api/models", timeout=SECONDS).status_code == 200


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux shows them")
def test_connections_leave_no_descriptor(process: tuple[str, int]) -> None:
    address, number = process
    folder = Path(f"/proc/{number}/fd")
    httpx2.get(f"{address}api/models", timeout=SECONDS)
    before = len(list(folder.iterdir()))
    for data in (b"", HALF, b"junk\r\n\r\n", b"GET /api/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") * 250:
        with socket.create_connection(place(address), timeout=SECONDS) as opened:
            opened.sendall(data)
    deadline = time.monotonic() + SECONDS
    while len(list(folder.iterdir())) > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(list(folder.iterdir())) <= before


def test_a_question_that_never_ends_is_given_up(process: tuple[str, int]) -> None:
    with sent(process[0], HALF) as response:
        assert response.status == 408
        assert json.loads(response.read())["error"]["code"] == "asked-too-slowly"


def test_whatever_trickles_in_does_not_begin_the_time_anew(process: tuple[str, int]) -> None:
    with socket.create_connection(place(process[0]), timeout=SECONDS) as opened:
        opened.sendall(HALF)
        deadline = time.monotonic() + 3 * connection.ASKING_SECONDS
        opened.settimeout(0.5)
        answer = b""
        while not answer and time.monotonic() < deadline:
            opened.sendall(b".")
            try:
                answer = opened.recv(100)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: example.com\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000,
    ],
)
def test_what_is_no_http_is_refused_with_every_header(process: tuple[str, int], junk: bytes) -> None:
    with sent(process[0], junk) as response:
        assert response.status == 400
        assert json.loads(response.read())["error"]["code"] == "bad-request"
        assert str(response.headers["Content-Security-Policy"]).startswith("default-src 'none'")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket"])
def test_web_sockets_are_refused_quietly(process: tuple[str, int], upgrade: str) -> None:
    asked = f"GET /api/models HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\n\r\n"
    with sent(process[0], asked.encode()) as response:
        assert response.status == 400
        assert json.loads(response.read())["error"]["code"] == "no-websocket"


@contextmanager
def patched_server(setting: str, model: Path, folder: Path) -> Iterator[str]:
    """The address of a server with another limit for connections."""
    patched = f"from pellucid.serve import connection; connection.{setting}; from pellucid.cli import main; main()"
    command = [sys.executable, "-c", patched, "serve", str(model), "--port", "0", "--no-browser", "--no-token"]
    log = folder / "stderr.txt"
    with log.open("w") as err, Popen(command, stdout=PIPE, stderr=err, text=True) as running:
        try:
            yield first_line(running, log)
        finally:
            running.terminate()


def closed_for_asking(address: str, data: bytes) -> bytes:
    """What is heard by somebody who has closed the way there at once, as `nc -N` does."""
    with socket.create_connection(place(address), timeout=SECONDS) as opened:
        opened.sendall(data)
        opened.shutdown(socket.SHUT_WR)
        answer = b""
        while more := opened.recv(1 << 16):
            answer += more
        return answer


def test_who_closes_the_way_there_still_hears_the_answer(process: tuple[str, int]) -> None:
    question = b"GET /api/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    httpx2.get(f"{process[0]}api/models", timeout=SECONDS)
    assert closed_for_asking(process[0], question).startswith(b"HTTP/1.1 200 ")
    assert closed_for_asking(process[0], 3 * question).count(b"HTTP/1.1 200 ") == 3
    assert closed_for_asking(process[0], HALF).startswith(b"HTTP/1.1 400 ")
    assert closed_for_asking(process[0], HALF_SENT).startswith(b"HTTP/1.1 400 ")
    assert closed_for_asking(process[0], b"") == b""


def test_nothing_costly_is_computed_on_for_who_closes_the_way_there(nano_folder: Path, tmp_path: Path) -> None:
    """As in a server that waits hardly at all."""
    question = b"GET /api/models/nano/training?steps=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with patched_server("LEAVING_SECONDS = 0.01", nano_folder, tmp_path) as address:
        head, _, body = closed_for_asking(address, question).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["error"]["code"] == "cut-off"


def test_where_all_are_being_answered_one_more_is_told_to_wait(nano_folder: Path, tmp_path: Path) -> None:
    """As in a server that hears one visitor at a time.

    A visitor whose question is not yet heard makes room for the next one, and asks again here.
    """
    question = b"GET /api/models/nano/training?steps=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with patched_server("MOST_OF_ONE = 1", nano_folder, tmp_path) as address:
        for _ in range(MOST_TRIES):
            with socket.create_connection(place(address), timeout=SECONDS) as busy:
                busy.sendall(question)
                refused = httpx2.get(f"{address}api/models", timeout=SECONDS)
            if refused.status_code != 200:
                break
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "busy"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["connection"] == "close"
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")


def test_ctrl_c_ends_a_server_that_is_training(nano_folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "stderr.txt"
    with running_server(nano_folder, log) as address, ExitStack() as stack:
        for steps in range(990, 996):
            asking = stack.enter_context(socket.create_connection(place(address), timeout=SECONDS))
            asking.sendall(f"GET /api/models/nano/training?steps={steps} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        for _ in range(50):
            stack.enter_context(socket.create_connection(place(address), timeout=SECONDS)).sendall(HALF)
        httpx2.get(f"{address}api/models", timeout=SECONDS)
    assert "Traceback" not in log.read_text()
    assert "ERROR" not in log.read_text()


def test_ctrl_c_waits_for_nobody_who_asks_or_reads_no_further(nano_folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "stderr.txt"
    with ExitStack() as stack, running_server(nano_folder, log) as address:  # who is there stays until it has ended
        for _ in range(20):
            stack.enter_context(socket.create_connection(place(address), timeout=SECONDS)).sendall(HALF_SENT)
        silent = stack.enter_context(socket.create_connection(place(address), timeout=SECONDS))
        silent.sendall(b"GET /api/models/nano/weights HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 100)
        httpx2.get(f"{address}api/models", timeout=SECONDS)
    assert "Traceback" not in log.read_text()
    assert "ERROR" not in log.read_text()


def test_a_second_ctrl_c_says_nothing_more(nano_folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "stderr.txt"
    options = ["serve", str(nano_folder), "--port", "0", "--no-browser", "--no-token"]
    with (
        log.open("w") as err,
        Popen([sys.executable, "-m", "pellucid", *options], stdout=PIPE, stderr=err, text=True) as running,
    ):
        first_line(running, log)
        for _ in range(3):
            running.send_signal(signal.SIGINT)
        assert running.wait(timeout=SECONDS) in (0, 130)
    said = log.read_text()
    assert len(said.splitlines()) <= 2, said
    assert "Traceback" not in said
