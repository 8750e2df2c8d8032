"""Whatever stands on a command line, a command ends with a status that means something, and says why it fails."""

import contextlib
import io
import sys
from pathlib import Path

import pytest
from fuzz_lines import command_lines
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pellucid import cli

LINES = 250
LISTING = ("lessons",)
"""What lists all that is wrong, a line each."""


def answered(line: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["pellucid", *line])
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.run()
    return status, out.getvalue(), err.getvalue()


def test_no_command_line_ends_in_anything_but_an_answer_or_a_sentence(
    nano_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    @settings(max_examples=LINES, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck])
    @given(command_lines(nano_folder, tmp_path))
    def check(line: list[str]) -> None:
        assume(line and "serve" not in line)
        status, out, err = answered(line, monkeypatch)
        assert status in (0, 1, 2), line
        assert "Traceback" not in out + err
        if status and line[0] not in LISTING:
            assert err.startswith("pellucid: ")
            assert err.count("\n") == 1
            assert len(err) < 700

    check()


@pytest.mark.parametrize("command", ["train", "draw", "generate"])
@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck])
@given(digits=st.integers(1, 6000))
def test_numbers_of_any_length_are_refused_or_used(command: str, digits: int) -> None:
    number = "9" * digits
    line = {
        "train": ["train", "sort", "--output=/dev/null/there", f"--steps={number}"],
        "draw": ["draw", "gpt2", "A", f"--width={number}"],
        "generate": ["generate", "gpt2", "A", f"--temperature={number}"],
    }[command]
    with pytest.MonkeyPatch.context() as monkeypatch:
        status, _, err = answered(line, monkeypatch)
    assert status in (1, 2)
    assert len(err) < 700
