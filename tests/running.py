"""Running a real `pellucid serve` for tests to talk to."""

import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def first_line(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline().strip() if readable else ""
    if not line.startswith("http://127.0.0.1:"):
        pytest.fail(f"the server printed {line!r} where its address was expected:\n{log.read_text()}")
    return line
