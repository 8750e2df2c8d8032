"""Lessons written for a test, and a nano model with random weights to fill them in with."""

from pathlib import Path

import pytest
from lesson_files import OneStep, Write
from small import random_parameters
from walking import walker

from pellucid.lessons import Lesson, compile_lesson
from pellucid.models import preset
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks.sort import Sort

__all__ = ["walker"]

FRONT = "---\ntitle: A title\nsummary: A sentence.\n---\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Compile a lesson of these files, text by path, such as `en/01-one.md`. Chapters get a front matter."""

    def compile_files(files: dict[str, str]) -> Lesson:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(FRONT + text if name.endswith(".md") and not text.startswith("---") else text, "utf-8")
        return compile_lesson(tmp_path)

    return compile_files


@pytest.fixture
def one_step(write: Write) -> OneStep:
    """Compile a chapter of one step, which must be right, and give back its HTML, still with its places."""

    def compile_step(text: str, cue: str = "focus: output") -> str:
        lesson = write({"en/01-one.md": f"```stage\n{cue}\n```\n{text}\n"})
        assert not lesson.problems, lesson.problems
        return lesson.chapter("en", "01-one").steps[0].html

    return compile_step


@pytest.fixture(scope="session")
def random_nano() -> Model:
    config = preset("nano")
    counts = {"trained_correct": 500, "trained_total": 547, "heldout_correct": 100, "heldout_total": 182}
    about = {"task": Sort().describe(), "accuracy": {**counts, "questions": 729}}
    return Model("nano", config, random_parameters(config.graph()), Vocabulary("ABC"), about)


@pytest.fixture(scope="session")
def run(random_nano: Model) -> Run:
    return random_nano.trace("CBABBC")
