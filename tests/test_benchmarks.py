"""The benchmarks run, compare the same numbers, and say what is missing. How fast anything is, no test asks."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

WITHOUT_PEERS = """
import importlib.util
importlib.util.find_spec = lambda name: None
import sys
sys.argv = ["benchmarks", "trace", "--seconds", "0"]
from benchmarks.__main__ import main
main()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    wide = {**os.environ, "COLUMNS": "200"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=wide, capture_output=True, text=True, timeout=600)


def test_the_nano_model_is_timed_beside_the_peers_that_are_installed() -> None:
    finished = run("-m", "benchmarks", "trace", "--seconds", "0")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("Nano, ") == 2
    assert "1.00×" in finished.stdout


def test_peers_that_are_not_installed_are_named() -> None:
    finished = run("-c", WITHOUT_PEERS)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("not installed") == 4


def test_an_unknown_subject_is_answered_with_those_there_are() -> None:
    finished = run("-m", "benchmarks", "speed")
    assert finished.returncode == 2
    assert "there is no subject 'speed': choose from start, page, " in finished.stderr
