"""Pictures: small drawings beside the text, each an SVG file in the folder `pictures` of a lesson, or of the tour.

name: badge
alt: A name badge opens into a profile of many numbers.

A drawing becomes part of the page, so that its colours follow the theme. For that reason nothing passes but shapes and
short texts in the page's own colours: no script, no style, no address, nothing that moves.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from pellucid.lessons.blocks import Entry
from pellucid.lessons.problems import Mistake, Source, choices

KEYS = ("name", "alt")
FOLDER = Path(__file__).with_name("pictures")
"""The tour's own drawings, which every lesson may use."""
LARGEST = 4000
"""A drawing has at most so many bytes: it comes with the text of its chapter."""
LONGEST = 300
"""So many signs say what a drawing shows."""
SVG = "{http://www.w3.org/2000/svg}"
COLOURS = ("ink", "muted", "line", "wash", "paper", "accent", "orange", "blue")
"""Variables of the page's style sheets and of the article's."""

NUMBERS = re.compile(r"[\d\s.,eE+-]*")
COLOUR = re.compile(rf"none|currentColor|var\(--({'|'.join(COLOURS)})\)")
MOVED = re.compile(r"((translate|rotate|scale|skewX|skewY)\([\d\s.,-]*\)\s*)*")
WORD = re.compile(r"[a-z0-9 -]*")
ATTRIBUTES: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height"), NUMBERS),
    **dict.fromkeys(("dx", "dy", "points", "viewBox", "stroke-width", "stroke-dasharray", "font-size"), NUMBERS),
    **dict.fromkeys(("opacity", "fill-opacity", "stroke-opacity"), NUMBERS),
    **dict.fromkeys(("fill", "stroke"), COLOUR),
    **dict.fromkeys(("stroke-linecap", "stroke-linejoin", "font-weight", "text-anchor"), WORD),
    "d": re.compile(r"[MmLlHhVvCcSsQqTtAaZz\d\s.,-]*"),
    "transform": MOVED,
}
"""What an element may say of itself, and in what words."""
ELEMENTS = ("svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "text")


@dataclass(frozen=True)
class Picture:
    """`html` is a figure with the drawing and what it shows, ready to stand in a step's text."""

    name: str
    html: str

    def cue_json(self) -> dict[str, str]:
        """What must be the same in every language."""
        return {"name": self.name}


def read_picture(source: Source, block: Mapping[str, Entry], line: int) -> Picture | None:
    """The picture that a block asks for; what it gets wrong is noted in the source."""
    for key, entry in block.items():
        if key not in KEYS:
            source.refuse(entry.line, f"a picture block knows no '{key}': {choices(key, KEYS)}")
    for key in KEYS:
        if key not in block:
            source.refuse(line, f"the picture has no {key}: add the line '{key}: ...'.")
    alt = said = ""
    if "alt" in block:
        with source.noting(block["alt"].line):
            alt = described(block["alt"])
    if "name" in block:
        with source.noting(block["name"].line):
            name = block["name"].text("a picture's name").strip()
            said = drawing(name, alt, source.path.parent.with_name("pictures"))
    return Picture(name, f'<figure class="drawing">{said}</figure>\n') if alt and said else None


def described(entry: Entry) -> str:
    text = entry.text("alt").strip()
    if not text or len(text) > LONGEST:
        raise Mistake(f"alt says in words what the picture shows: give 1 to {LONGEST} signs.")
    return text


def drawing(name: str, alt: str, own: Path) -> str:
    """The drawing as HTML, from the lesson's own folder or else from the tour's. Raises Mistake."""
    found = {path.stem: path for folder in (FOLDER, own) for path in sorted(folder.glob("*.svg")) if path.is_file()}
    if name not in found:
        raise Mistake(f"there is no picture '{name}': {choices(name, found)}")
    root = checked(f"{found[name].parent.name}/{found[name].name}", content(found[name]))
    viewed = html.escape(root.attrib["viewBox"])
    inside = "".join(spelled(child) for child in root)
    return f'<svg role="img" aria-label="{html.escape(alt)}" viewBox="{viewed}"{attributes(root)}>{inside}</svg>'


def content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Mistake(f"{path.parent.name}/{path.name} cannot be read ({error.strerror}).") from None


def checked(file: str, svg: bytes) -> Element:
    """The drawing in that file, if all of it may pass. Raises Mistake."""
    if len(svg) > LARGEST:
        raise Mistake(f"{file} has more than {LARGEST:,} bytes: draw it with fewer shapes.")
    if re.search(rb"<!(?!--)|<\?(?!xml )|\0", svg):
        raise Mistake(f"{file} has declarations (<!...> or <?...?>): leave the shapes alone in it.")
    try:
        root = fromstring(svg)
    except (ParseError, ValueError, LookupError) as error:
        raise Mistake(f"{file} is no SVG: {error}.") from None
    if root.tag != f"{SVG}svg" or "viewBox" not in root.attrib:
        raise Mistake(f'{file} must begin with <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 120">.')
    for element in root.iter():
        tag = element.tag.removeprefix(SVG)
        if tag not in ELEMENTS or (tag == "svg") != (element is root):
            raise Mistake(f"{file} has an element <{tag}>, and drawings are made of {', '.join(ELEMENTS[1:])}.")
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES:
                raise Mistake(f"{file} has an attribute '{name}': {choices(name, ATTRIBUTES)}")
            if not ATTRIBUTES[name].fullmatch(value):
                allowed = f": use none or one of {', '.join(f'var(--{colour})' for colour in COLOURS)}"
                raise Mistake(f'{file} has {name}="{value}"{allowed if name in ("fill", "stroke") else ""}.')
    return root


def spelled(element: Element) -> str:
    """The element as HTML; spaces and words between shapes mean nothing, but for those of a text."""
    tag = element.tag.removeprefix(SVG)
    text = html.escape(element.text or "") if tag == "text" else ""
    inside = text + "".join(spelled(child) for child in element)
    return f"<{tag}{attributes(element)}>{inside}</{tag}>" if inside else f"<{tag}{attributes(element)}/>"


def attributes(element: Element) -> str:
    return "".join(
        f' {name}="{html.escape(" ".join(value.split()))}"'
        for name, value in element.attrib.items()
        if name != "viewBox"
    )
