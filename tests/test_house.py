"""The house plan: which part of the package may import which.

The order below is that of the parts' dependence. A part may import itself and the parts before it, never one after it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "pellucid"
PARTS = ["graph", "models", "files", "run", "tasks", "train", "scene", "lessons", "serve", "notebook", "cli"]
ENTRANCES = {"__init__", "__main__"}  # made of the parts, and no part of them

FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_parts(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the part of each import of ours; `from pellucid import name` reaches into the public API."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [absolute(node, path)]
            if modules == ["pellucid"]:
                modules = [f"pellucid.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            names = module.split(".")
            if names[0] == "pellucid":
                yield node.lineno, names[1] if names[1:] and names[1] in PARTS else "__init__"


def absolute(node: ast.ImportFrom, path: Path) -> str:
    if not node.level:
        return node.module or ""
    package = ("pellucid", *path.relative_to(PACKAGE).parent.parts)
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *(node.module or "").split(".")]).rstrip(".")


def test_every_file_belongs_to_a_part() -> None:
    strangers = {part_of(path) for path in FILES} - set(PARTS) - ENTRANCES
    assert not strangers, f"not in the house plan: {', '.join(sorted(strangers))}"


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(PACKAGE).as_posix() for path in FILES])
def test_imports_point_upward(path: Path) -> None:
    own = part_of(path)
    if own in ENTRANCES:
        return
    wrong = [
        f"{path.relative_to(PACKAGE)}:{line} imports {part}"
        for line, part in imported_parts(path)
        if part == "__init__" or PARTS.index(part) > PARTS.index(own)
    ]
    assert not wrong, "; ".join(wrong)
