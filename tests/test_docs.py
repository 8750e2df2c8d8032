"""The picture of the code shows the code as it is."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "docs" / "draw_architecture.py"


def test_the_picture_of_the_architecture_is_that_of_the_imports() -> None:
    spec = importlib.util.spec_from_file_location("draw_architecture", SCRIPT)
    assert spec
    assert spec.loader
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    assert drawing.PICTURE.read_text() == drawing.picture(), "draw it again: python docs/draw_architecture.py"
