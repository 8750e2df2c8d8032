"""What an import brings with it: those who import Pellucid in a notebook wait for nothing that only a server needs."""

import subprocess
import sys
from types import ModuleType

import pellucid


def imported(statement: str) -> set[str]:
    """The modules that there are after it, in a process of its own."""
    program = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_the_package_alone_brings_no_pictures_no_lessons_and_no_server() -> None:
    modules = imported("import pellucid")
    assert "pellucid.run.trace" in modules
    own = {module for module in modules if module.startswith("pellucid.")}
    assert not {each for each in own if each.split(".")[1] in ("scene", "lessons", "serve", "site", "notebook", "cli")}
    assert not modules & {
        "starlette",
        "uvicorn",
        "msgspec",
        "yaml",
        "typer",
        "anywidget",
        "jax",
        "onnxruntime",
        "torch",
    }


def test_the_widget_brings_no_server_before_a_page_asks_it(anywidget: ModuleType) -> None:
    modules = imported("import pellucid.notebook")
    assert anywidget.__name__ in modules
    assert not modules & {"starlette", "pellucid.serve.app", "pellucid.lessons.lesson", "pellucid.scene.drawing"}


def test_what_comes_later_is_there_when_it_is_asked_for() -> None:
    assert {"draw", "plot"} <= {*dir(pellucid)}
    assert pellucid.draw.__module__.startswith("pellucid.scene.drawing")
    everything = imported("from pellucid import *; assert draw and plot and train and callable(train)")
    assert "pellucid.scene.drawing" in everything
