"""The picture of the code shows the code as it is, and the recipes beside it can be followed."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_house import PARTS
from toy import Toy
from typer.testing import CliRunner

from pellucid import load
from pellucid.cli import app
from pellucid.graph import ops
from pellucid.tasks import CORPORA, TASKS, lookup, make
from pellucid.train import Recipe, Training

DOCS = Path(__file__).parents[1] / "docs"
SCRIPT = DOCS / "draw_architecture.py"


def test_the_picture_of_the_architecture_is_that_of_the_imports() -> None:
    spec = importlib.util.spec_from_file_location("draw_architecture", SCRIPT)
    assert spec
    assert spec.loader
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    assert drawing.PICTURE.read_text() == drawing.picture(), "draw it again: python docs/draw_architecture.py"


def test_every_page_stands_in_the_menu_of_the_documentation() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    menu = (DOCS / "zensical.toml").read_text(encoding="utf-8").partition("[project.theme]")[0]
    assert pages - set(re.findall(r'"([\w/-]+\.md)"', menu)) == set()


RECIPES = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")


def program(heading: str, place: int) -> str:
    """A program of the recipe of that name."""
    section = RECIPES.partition(f"## Recipe: {heading}\n")[2].partition("\n## ")[0]
    return section.split("```python\n")[place + 1].partition("```")[0]


def test_the_recipe_of_an_op_computes_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**vars(ops)}
    exec(program("an op", 0), known)
    monkeypatch.setattr(ops, "squared_relu", known["squared_relu"], raising=False)
    tried: dict[str, Any] = {}
    exec(program("an op", 1), tried)
    np.testing.assert_array_equal(tried["op"].compute(np, tried["numbers"]), [[1, 0, 9], [0, 0.25, 0]])
    np.testing.assert_array_equal(tried["slopes"], [[2, 0, 6], [0, 1, 0]])
    assert tried["op"].latex() == r"y_{t,f} = \left[0 < x_{t,f}\right]\,x_{t,f}^{2}"


def test_the_recipe_of_a_task_can_be_learned(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known: dict[str, Any] = {}
    exec(program("a task", 0), known)
    monkeypatch.setitem(lookup.TASKS, "rotate", known["Rotate"])
    done = CliRunner().invoke(app, ["train", "rotate", "--steps", "2", "--output", str(tmp_path / "learned")])
    assert done.exit_code == 0, done.output
    model = load(tmp_path / "learned")
    assert model.task is not None
    assert model.task["name"] == "rotate"
    np.testing.assert_array_equal(make("rotate").answers(np.array([[0, 1, 2, 2, 1, 1]])), [[1, 2, 2, 1, 1, 0]])


def test_the_recipe_of_an_architecture_teaches_one() -> None:
    toy = Toy(depth=1, width=6, memory=9, letters=3, longest=11)
    known: dict[str, Any] = {"Training": Training, "Recipe": Recipe, "make": make, "toy": toy}
    exec(program("an architecture", 0).replace("Mine(...)", "toy").replace("lasting(300)", "lasting(2)"), known)
    assert known["training"].model().config == toy


def test_the_picture_shows_every_part() -> None:
    picture = (SCRIPT.parent / "pictures" / "architecture.svg").read_text(encoding="utf-8")
    names = set(re.findall(r">([a-z]+)<", picture))
    assert {*PARTS} <= names
    page = SCRIPT.parents[1] / "web" / "src"
    assert {path.name for path in page.iterdir() if path.is_dir()} - {"notebook"} <= names


def test_the_page_of_tasks_tells_how_each_is_learned() -> None:
    page = (DOCS / "tasks.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+) \| (.*) \|$", page, re.MULTILINE))
    for name, kind in {**TASKS, **CORPORA}.items():
        guessing, size, steps, reached = rows[name].split(" | ")
        sizes = {measure.name: measure.value for measure in kind.model.sizes()}
        assert size == f"{sizes['layers']} × {sizes['heads']} × {sizes['channels']}"
        assert int(steps.split(" / ")[0].replace(",", "")) >= Recipe(**kind.recipe).steps
        if name in TASKS:
            assert guessing == f"{make(name).baseline:.1%}"
            assert all(one.split(" of ")[0] == one.split(" of ")[1] for one in reached.split(" / "))
        assert f"| `{name}` |" in page
