"""The tutorials of the documentation work as they are written: every command and program in them is run, in order.

A block ```output shows what is printed by the block before it; `…` in it stands for what is left open. A server is
asked for its page, then ended.
"""

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from markdown_it import MarkdownIt

pytestmark = pytest.mark.timeout(900)  # whole sites and packages are built

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
INSTALL = TUTORIALS.parent / "install.md"
PROGRAMS = {"pellucid": [sys.executable, "-m", "pellucid"], "python": [sys.executable]}
SERVERS = {"pellucid serve": ["--port", "0"], "python -m http.server": ["0"]}
"""How commands begin that serve until they are ended, and what makes them take a port that is free."""


class Reader:
    """Somebody who does what a page says, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, Any] = {"__name__": "__main__"}
        self.printed = ""
        self.done = 0

    def follow(self, page: Path) -> None:
        said = ""
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
            if token.type == "inline":
                said = token.content
            elif token.type == "fence":
                self.do(token.info, token.content, said)

    def do(self, kind: str, content: str, said: str) -> None:
        if kind == "output":
            assert matches(content, self.printed), f"It printed\n{self.printed}\nand not\n{content}"
            return
        self.done += 1
        if kind == "python":
            self.printed = self.program(content)
        elif kind == "sh":
            self.printed = "".join(map(self.command, content.splitlines()))
        else:
            (name,) = re.findall(r"^`([\w./-]+)`:$", said)
            (self.folder / name).parent.mkdir(parents=True)
            (self.folder / name).write_text(content, encoding="utf-8")

    def program(self, content: str) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(content, "<tutorial>", "exec"), self.known)
        return printed.getvalue()

    def command(self, line: str) -> str:
        program, *arguments = shlex.split(line)
        command = [*PROGRAMS[program], *arguments]
        for beginning, more in SERVERS.items():
            if line.startswith(beginning):
                return self.served([*command, *more])
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout

    def served(self, command: list[str]) -> str:
        """What a server prints first; its page has been asked for."""
        environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "BROWSER")}
        environment["PYTHONUNBUFFERED"] = "1"
        with subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                (port,) = re.findall(r"(?:127\.0\.0\.1:| port )(\d+)", line)
                (query,) = re.findall(r"(\?token=[\w-]+)|$", line)[:1]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{query}") as answer:
                    assert b"<title>Pellucid" in answer.read()
            finally:
                process.send_signal(signal.SIGINT)
        return line


def matches(expected: str, printed: str) -> bool:
    """Whether that was printed, with anything where `…` stands, and as many spaces as there are."""
    pattern, text = ("\n".join(" ".join(line.split()) for line in each.splitlines()) for each in (expected, printed))
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), text, re.DOTALL) is not None


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nano_model: Any) -> Reader:
    """`nano_model`: the nano-GPT that everybody has after the installation is trained once for all tests."""
    monkeypatch.chdir(tmp_path)
    return Reader(tmp_path)


def test_the_installation_can_be_tried(reader: Reader) -> None:
    reader.follow(INSTALL)
    assert reader.printed.splitlines()[-1] == "ABBBCC"


def test_a_model_of_ones_own_is_trained(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    from pellucid.tasks import TASKS

    monkeypatch.setitem(TASKS, "rotate", TASKS["sort"])  # so that it is gone again afterwards
    reader.follow(TUTORIALS / "train.md")


def test_a_gpt2_of_ones_own_is_opened(reader: Reader, torch: ModuleType, transformers: ModuleType) -> None:
    torch.set_num_threads(1)  # threads of tests side by side would wait for each other
    reader.follow(TUTORIALS / "gpt2.md")


def test_a_lesson_is_written_and_put_on_a_class_site(reader: Reader) -> None:
    reader.follow(TUTORIALS / "lesson.md")
    handout = (reader.folder / "handout.html").read_text(encoding="utf-8")
    assert "has read <strong>C B A B B C</strong>" in handout
    reader.follow(TUTORIALS / "class-site.md")
    article = (reader.folder / "public" / "read-en.html").read_text(encoding="utf-8")
    assert "Who looks at whom" in article


def test_a_notebook_is_used(
    reader: Reader, anywidget: ModuleType, xarray: ModuleType, matplotlib: ModuleType, onnxruntime: ModuleType
) -> None:
    matplotlib.use("agg")
    reader.follow(TUTORIALS / "notebook.md")


def test_every_tutorial_is_followed() -> None:
    followed = set(re.findall(r'TUTORIALS / "([\w-]+\.md)"', Path(__file__).read_text(encoding="utf-8")))
    assert followed == {page.name for page in TUTORIALS.glob("*.md")}


def test_the_heads_that_sort_are_found(reader: Reader) -> None:
    reader.follow(TUTORIALS / "sorting-heads.md")
