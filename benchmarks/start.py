"""How long a program takes to be there: whole processes, from the command to the end."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Comparison, Contender, Work, peer

PELLUCID = Path(sys.executable).with_name("pellucid")


def comparisons() -> Iterator[Comparison]:
    yield Comparison(
        "Importing, as a whole process",
        [
            Contender("import pellucid", importing("pellucid")),
            peer("import pellucid.notebook", "anywidget", lambda: importing("pellucid.notebook")),
            Contender("nothing but Python", importing("sys")),
            Contender("import numpy", importing("numpy")),
            imported("torch", "import torch"),
            imported("transformers", "from transformers import GPT2LMHeadModel"),
            imported("transformer_lens", "from transformer_lens import TransformerBridge"),
        ],
        rounds=5,
    )
    yield Comparison(
        "On the command line",
        [
            Contender("pellucid --help", process([*command(), "--help"])),
            Contender("pellucid info gpt3", process([*command(), "info", "gpt3"])),
        ],
        rounds=5,
    )


def command() -> list[str]:
    """The installed program, or the module where it is not installed."""
    return [str(PELLUCID)] if PELLUCID.exists() else [sys.executable, "-m", "pellucid"]


def imported(package: str, statement: str) -> Contender:
    return peer(statement, package, lambda: process([sys.executable, "-c", statement]))


def importing(package: str) -> Work:
    return process([sys.executable, "-c", f"import {package}"])


def process(arguments: list[str]) -> Work:
    # What is installed has its bytecode; a variable that forbids writing it would count compiling, and ours alone.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(arguments, check=True, capture_output=True, env=environment)
