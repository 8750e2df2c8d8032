"""What is made before a page can be shown: a model's boxes in 3D, the lessons, the tour as an article."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Comparison, Contender, Work
from pellucid.lessons import TOUR, compile_lesson
from pellucid.models import preset
from pellucid.scene import layout


def comparisons() -> Iterator[Comparison]:
    yield Comparison(
        "Boxes in 3D, described",
        [Contender(name, laid_out(name)) for name in ("nano", "gpt2", "gpt3")],
    )
    yield Comparison("The lessons of both languages, compiled", [Contender("fourteen chapters", compiled(TOUR))])


def laid_out(name: str) -> Work:
    graph = preset(name).graph()
    return lambda: layout(graph).describe()


def compiled(folder: Path) -> Work:
    return lambda: compile_lesson(folder)
