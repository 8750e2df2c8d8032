"""The page's looks follow docs/design.md: its style sheets use the sizes, steps and corners there, no others."""

import json
import re
from pathlib import Path

from pellucid.scene.drawing.palette import colour, contrast

ROOT = Path(__file__).parents[1]
RULES = (ROOT / "docs/design.md").read_text()
SOURCES = [
    path
    for path in (ROOT / "web/src").rglob("*")
    if path.suffix in {".css", ".svelte"} and path.name != "labels.css"  # names on the stage are fitted to it in pixels
]


def listed(heading: str) -> set[str]:
    """The codes in the first column of the table under a heading."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", RULES, re.DOTALL | re.MULTILINE)
    return {code for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for code in re.findall("`(.+?)`", row)}


def used(declaration: str) -> dict[str, set[str]]:
    """Which lengths are set by such declarations, and where."""
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        for value in re.findall(rf"(?<![\w-]){declaration}: ([^;{{}}]+);", path.read_text()):
            for length in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:rem|px|%)", value.split("/")[0]):
                found.setdefault(length, set()).add(path.name)
    return found


def test_type_has_few_sizes() -> None:
    sizes = used("font(?:-size)?")
    assert set(sizes) == listed("Type"), sizes


def test_gaps_go_by_steps() -> None:
    gaps = used("(?:row-|column-)?gap")
    assert set(gaps) == listed("Space"), gaps


def test_corners_are_of_few_kinds() -> None:
    corners = used("border-radius")
    assert set(corners) == listed("Corners and depth"), corners


def test_shades_are_those_of_the_sheet() -> None:
    """What floats throws one of two shades; lines drawn inside a box are no shades."""
    shades = {shade for path in SOURCES for shade in re.findall(r"box-shadow: ([^;]+);", path.read_text())}
    assert {shade for shade in shades if not shade.startswith("inset")} == {"var(--lifted)", "var(--floating)"}


def test_icons_get_their_line_from_one_rule() -> None:
    """An icon is a drawing of 24 units, which the sheet gives its line; panels only say its size and colour."""
    for path in SOURCES:
        text = path.read_text()
        for icon in re.findall(r"<svg[^>]*viewBox=\"0 0 24 24\"[^>]*>", text):
            assert "stroke" not in icon, path
        style = text.partition("<style>")[2]
        for body in re.findall(r"(?:^|\s)(?:\.[\w-]+ )?svg \{([^}]*)\}", style):
            assert "stroke-width" not in body, path


def test_colours_are_those_of_the_table() -> None:
    """The page's in styles.css, and the stage's ground in the palette."""
    style = (ROOT / "web/src/styles.css").read_text().partition("@media")[0]
    palette = json.loads((ROOT / "src/pellucid/scene/palette.json").read_text())
    found = {name: codes for name, *codes in re.findall(r"(--[\w-]+): light-dark\((#\w+), (#\w+)\);", style)}
    found["--ground"] = [palette[theme]["ground"] for theme in ("light", "dark")]
    rows = re.findall(r"^\| `(--[\w-]+)` \| `(#\w+)` \| `(#\w+)` \|", RULES, re.MULTILINE)
    assert {name: codes for name, *codes in rows} == {name: found[name] for name, *_ in rows}
    assert {name for name, *_ in rows} == set(found) - {"--accent-wash"}


def test_text_is_read_on_every_ground() -> None:
    rows = {
        name: codes for name, *codes in re.findall(r"^\| `(--[\w-]+)` \| `(#\w+)` \| `(#\w+)` \|", RULES, re.MULTILINE)
    }
    for ink in ("--ink", "--muted", "--accent", "--warning"):
        for ground in ("--paper", "--ground", "--sheet", "--wash"):
            for one, other in zip(rows[ink], rows[ground], strict=True):
                assert contrast(colour(one), colour(other)) >= 4.5, (ink, ground)


def test_what_lies_on_one_another_is_told_apart() -> None:
    """In the dark too, where all is nearly black: the ground, a sheet's edge, a cell of 0, what is not computed."""
    table = json.loads((ROOT / "src/pellucid/scene/palette.json").read_text())
    dark = table["dark"]
    ground = colour(dark["ground"])
    for name, least in {"plate": 1.3, "panelEdge": 1.9, "hollow": 2.1, "masked": 1.75, "ribbon": 3.5}.items():
        assert contrast(colour(dark[name]), ground) >= least, name
    for theme in (table["light"], dark):
        assert theme["negative"][0] == theme["positive"][0] == theme["plate"]
        for step in (theme["negative"][1], theme["positive"][1]):
            assert contrast(colour(step), colour(theme["plate"])) >= 1.25
        assert contrast(colour(theme["ink"]["pale"]), colour(theme["plate"])) >= 7
