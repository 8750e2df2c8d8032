"""Draws docs/pictures/architecture.svg from the code's own imports: which part uses which, in Python and in the page.

    python docs/draw_architecture.py

Parts stand in the order of the house plan; a line leads from a part to each one above it that it imports, the thicker
the more often it does. A test draws it again and compares, so that the picture cannot fall behind the code.
"""

import ast
import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"

PYTHON = {
    "words": "English and Japanese; errors, and who refuses",
    "graph": "what a model is: formulas, and the walks over them",
    "models": "GPT-2 and its presets, as graphs",
    "files": "checkpoints in and out",
    "run": "engines, runs, interventions, explaining, generating",
    "tasks": "what a small model is taught",
    "why": "what a number comes from, measured",
    "train": "the loop, the optimiser, models by name",
    "scene": "a graph as boxes in 3D; still pictures",
    "lessons": "the tour: chapters, their compiler, the article",
    "serve": "the web server",
    "site": "the page as a folder of files",
    "film": "chapters as films, through a browser",
    "notebook": "the page in the cells of a notebook",
    "cli": "the command line",
}
PAGE = {
    "protocol": "what travels: types, tensors, cells",
    "formula": "the walker: a graph computed in the browser",
    "filling": "chapters filled in with a run",
    "training": "a model taught in the page",
    "source": "where numbers come from",
    "words": "English and Japanese",
    "session": "what a page holds",
    "scene": "what the stage draws",
    "lesson": "the tour on its timeline",
    "panels": "what one reads and clicks",
}

IMPORT = re.compile(r"(?:from|import)\s+'(\.[^']+)'")
ROW, WIDTH, NAME, GAP = 46, 500, 300, 30


def python_imports() -> Iterator[tuple[str, str]]:
    """(part, imported part) for every import of one part of the package by another."""
    package = ROOT / "src" / "pellucid"
    for path in sorted(package.rglob("*.py")):
        own = path.relative_to(package).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pellucid."):
                yield own, (node.module or "").split(".")[1]


def page_imports() -> Iterator[tuple[str, str]]:
    """The same for the folders of the page."""
    source = ROOT / "web" / "src"
    for path in sorted([*source.rglob("*.ts"), *source.rglob("*.svelte")]):
        own = path.relative_to(source).parts[0]
        for address in IMPORT.findall(path.read_text()):
            reached = (path.parent / address).resolve()
            if reached.is_relative_to(source):
                yield own, reached.relative_to(source).parts[0]


def column(parts: Mapping[str, str], imports: Counter[tuple[str, str]], left: int, title: str) -> Iterator[str]:
    """One side of the picture: a box a part, and arcs beside them."""
    places = {name: number for number, name in enumerate(parts)}
    edge = left + WIDTH - NAME
    yield f'<text class="title" x="{edge}" y="28">{html.escape(title)}</text>'
    for (user, used), count in sorted(imports.items()):
        if user in places and used in places and user != used:
            start, end = (64 + ROW * places[name] for name in (user, used))
            reach = 18 + 20 * (places[user] - places[used])
            width = 0.8 + min(3.2, count / 12)
            path = f"M {edge} {start} C {edge - reach} {start}, {edge - reach} {end}, {edge} {end}"
            yield f'<path d="{path}" stroke-width="{width:.1f}"><title>{user} → {used}: {count}</title></path>'
    for name, about in parts.items():
        top = 46 + ROW * places[name]
        yield f'<rect x="{edge}" y="{top}" width="{NAME}" height="36" rx="6"/>'
        yield f'<text class="name" x="{edge + 10}" y="{top + 15}">{name}</text>'
        yield f'<text x="{edge + 10}" y="{top + 29}">{html.escape(about)}</text>'


def picture() -> str:
    sides: Sequence[tuple[Mapping[str, str], Iterator[tuple[str, str]], str]] = (
        (PYTHON, python_imports(), "src/pellucid"),
        (PAGE, page_imports(), "web/src"),
    )
    width = 2 * WIDTH + GAP + 4
    height = 70 + ROW * max(len(PYTHON), len(PAGE))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<style>rect { fill: #f3f4f8; stroke: #6b7280 } path { fill: none; stroke: #3b6ea5; stroke-opacity: 0.55 }"
        " text { font-size: 10px; fill: #4b5563 } .name { font-size: 13px; font-weight: 600; fill: #111827 }"
        " .title { font-size: 15px; font-weight: 600; fill: #111827 }</style>",
        f'<rect width="{width}" height="{height}" style="fill: #ffffff; stroke: none"/>',
    ]
    for number, (parts, imports, title) in enumerate(sides):
        lines += column(parts, Counter(imports), number * (WIDTH + GAP), title)
    return "\n".join([*lines, "</svg>\n"])


if __name__ == "__main__":
    PICTURE.write_text(picture())
