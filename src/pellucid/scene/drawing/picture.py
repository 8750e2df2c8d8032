"""The picture of a run: what `pellucid.draw` gives."""

import importlib
import unicodedata
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from pellucid.files.writing import is_stream, refusals_said, replace_file
from pellucid.graph import Graph, PellucidError
from pellucid.run.explain import Explanation
from pellucid.run.interventions import Intervention, Zero
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.scene.drawing.arithmetic import draw_card
from pellucid.scene.drawing.cards import Marked
from pellucid.scene.drawing.gallery import draw_gallery
from pellucid.scene.drawing.looks import Looks
from pellucid.scene.drawing.markup import element, text
from pellucid.scene.drawing.rulers import Pieces
from pellucid.scene.drawing.scenery import draw_scene
from pellucid.scene.drawing.schematic import draw_schematic
from pellucid.scene.drawing.style import SANS, Choice
from pellucid.scene.drawing.words import Title
from pellucid.scene.layout import layout
from pellucid.words import words_in
from pellucid.words.errors import UnknownName, no_font, shortened, warn
from pellucid.words.given import LONGEST, bad_argument, number, of_kind, path_of

NARROWEST, WIDEST = 200, 4000
SUFFIXES = (".svg", ".png", ".pdf")
"""Of the files that a picture can be written to."""

Kind = Literal["model", "attention", "schematic", "card"]
"""Boxes of numbers as they stand on the stage; attention patterns; what is made of what; the arithmetic of a cell."""

SUGGESTED = 3
"""Names at most for one that is unknown."""

PROBE = {"xmlns": "http://www.w3.org/2000/svg", "width": 20, "height": 20}

NO_LETTER = "\U0010fffd"
"""For private use: fonts draw their empty box for it."""

SHARPNESS = 2
"""Pixels of a PNG per pixel of the drawing, across and down."""


class Picture(str):
    """The text of an SVG; a notebook shows it as a picture."""

    def _repr_svg_(self) -> str:
        return str(self)


def draw(
    run: Run,
    *parts: str,
    file: str | Path | None = None,
    explained: Explanation | None = None,
    kind: Kind = "model",
    width: float = 720.0,
    theme: Choice = "auto",
    language: str = "en",
    title: Title | None = None,
) -> Picture:
    """Draw the run's model with all its numbers, or parts of it: `draw(run, "blocks.0.attn", "probs")`.

    A part is a tensor, or a part of the architecture with all its tensors; the loss and gradients are drawn too
    (`draw(run, "grad.blocks.0.attn")`). With `explained`, which `run.explain` gives,
    that cell is marked, and the cells it was computed from; cells that the run has switched off are crossed out.

    Other kinds of picture: "attention", all attention patterns, or those of the parts, side by side; "schematic", a
    part of the architecture with the names and shapes of what it computes, without parts the first block; "card", the
    arithmetic of the cell that `explained` is about, for which the package ziamath is needed.

    `file` is also written: an SVG, or by its name a PNG or a PDF, which take the packages resvg-py and typst
    (`pip install 'pellucid[pictures]'`). The theme "auto" follows the page
    or the reader's system; in a file that programs other than browsers are to open, choose "light", "dark" or "print".

    Raises PellucidError for parts that there are none of, and for a file that cannot be written.
    """
    of_kind(run, Run, "run", "a run, which model.trace gives")
    if explained is not None:
        of_kind(explained, Explanation, "explained", "what run.explain gives, or None")
    of_kind(language, str, "language", "the short name of a language, such as 'en'")
    if title is not None and not callable(title):
        raise bad_argument("title", title, "a function from a tensor's title to what is written, or None")
    for part in parts:
        of_kind(part, str, "a part to draw", "the name of a tensor or of a part, such as 'blocks.0.attn'")
    width, file = checked_width(width), None if file is None else picture_path(file)
    for name, value, choices in (("theme", theme, get_args(Choice)), ("kind", kind, get_args(Kind))):
        if not isinstance(value, str) or value not in choices:
            raise bad_argument(name, value, f"one of {', '.join(choices)}")
    if theme == "auto" and file and suffix(file) != ".svg":
        theme = "light"
    looks = Looks(width, theme, language, words_in(language).title if title is None else title)
    picture = Picture(drawn(run, parts, kind, explained, looks))
    if file:
        ending = suffix(file)
        replace_file(file, WRITERS[ending](picture))
        if ending != ".svg" and (letter := unwritten(picture)):
            warn(no_font(letter, "picture", ", or name the file .svg"))
    return picture


def drawn(run: Run, parts: Sequence[str], kind: Kind, explained: Explanation | None, looks: Looks) -> str:
    """The SVG of that kind."""
    if kind == "card":
        if explained is None:
            raise PellucidError(
                "bad-argument", "A card is about one cell, and none was named: say which, such as 'probs[t=0,v=1]'."
            )
        return draw_card(explained, looks, words_in(looks.language))
    graph = run.model.graph_of(*parts, *([explained.tensor.name] if explained else []))
    names = [name for part in parts for name in tensors_of(graph, part)]
    if kind == "model":
        return model_drawn(run, graph, names if parts else None, explained, looks)
    shown = [graph.tensors[name] for name in names]
    if kind == "attention":
        return draw_gallery(graph, run, shown, pieces_of(run.model, run.tokens), looks)
    part = parts[0] if parts else first_block(graph)
    shown = shown or [graph.tensors[name] for name in tensors_of(graph, part)]
    return draw_schematic(graph, run, part, shown, looks)


def first_block(graph: Graph) -> str:
    """The first part that has parts of its own."""
    return next((name for name in graph.groups if any(other.startswith(f"{name}.") for other in graph.groups)), "")


def model_drawn(run: Run, graph: Graph, names: list[str] | None, explained: Explanation | None, looks: Looks) -> str:
    crossed = [switched_off(run, each) for each in run.interventions if each.change == Zero()]
    reads = [(tensor.name, region) for _, tensor, region in explained.reads] if explained else []
    return draw_scene(
        layout(graph, len(run.tokens)),
        graph,
        run,
        frame=names,
        reads=reads,
        selected=(explained.tensor.name, tuple(explained.index.values())) if explained else None,
        off=[marked for marked in crossed if names is None or marked[0] in names],
        pieces=pieces_of(run.model, run.tokens),
        width=looks.width,
        theme=looks.theme,
        language=looks.language,
        title=looks.title,
    )


def checked_width(width: object) -> float:
    """Raises PellucidError (`bad-argument`)."""
    try:
        found = number(width)
        if not NARROWEST <= found <= WIDEST:
            raise TypeError
        return found
    except (TypeError, OverflowError):
        raise bad_argument("width", width, f"a number of pixels from {NARROWEST} to {WIDEST}") from None


def switched_off(run: Run, intervention: Intervention) -> Marked:
    cells, graph = intervention.cells, run.model.graph
    bounded = cells.bounded(graph.shape(graph.tensors[cells.tensor], len(run.tokens)))
    return cells.tensor, tuple(span for span in bounded.spans if span)


def tensors_of(graph: Graph, part: str) -> list[str]:
    """The tensors that a name means: those of a part, or one. Raises PellucidError (`unknown-tensor`)."""
    if part in graph.groups:
        return [tensor.name for tensor in graph.tensors.values() if f"{tensor.group}.".startswith(f"{part}.")]
    try:
        return [graph.find(part).name]
    except UnknownName:
        names = [*graph.groups, *graph.tensors]
        near = [name for name in names if name.endswith(f".{part}")] or get_close_matches(part[:LONGEST], names)
        if not near:
            raise
        raise UnknownName(
            "unknown-tensor",
            f"This model has no part or tensor named '{shortened(part, LONGEST)}'; "
            f"did you mean {' or '.join(near[:SUGGESTED])}?",
            name=part,
            near=", ".join(near[:SUGGESTED]),
        ) from None


def pieces_of(model: Model, tokens: Sequence[int]) -> Pieces:
    """What stands along the axes of positions and of tokens, for a model with a vocabulary."""
    if model.vocabulary is None:
        return {}
    read = model.pieces(tokens)
    return {"t": read, "s": read, "v": model.vocabulary.pieces}


def picture_path(file: object) -> Path:
    """Raises PellucidError (`bad-argument`, `cannot-write`) for what is no name of a picture."""
    path = path_of(file, "file")
    *others, last = SUFFIXES
    if path.suffix.lower() in SUFFIXES:
        return path
    with refusals_said(path):
        stream = is_stream(path)
    if not stream:
        ending = f"ends in '{shortened(path.suffix, 20)}'" if path.suffix else "has no ending"
        raise PellucidError(
            "bad-argument",
            f"The file '{shortened(path.name, 40)}' {ending}: name a picture {', '.join(others)} or {last}.",
        )
    return path


def suffix(file: Path) -> str:
    """Which kind of file that is; what is no file, such as standard output, gets an SVG."""
    found = file.suffix.lower()
    return found if found in SUFFIXES else ".svg"


def png(picture: Picture) -> bytes:
    try:
        resvg: Any = importlib.import_module("resvg_py")
    except ModuleNotFoundError:
        raise PellucidError(
            "no-png",
            "A PNG takes the package resvg-py (`pip install 'pellucid[pictures]'`): install it, or name the file .svg.",
        ) from None
    if not writes(resvg, SANS):
        raise PellucidError(
            "no-font", "No font was found to write a PNG's words in: install DejaVu Sans, or name the file .svg."
        )
    return bytes(resvg.svg_to_bytes(svg_string=picture, zoom=SHARPNESS))


def writes(resvg: Any, fonts: str) -> bool:
    """Whether one of these fonts is there: where none is, letters are left out without a word."""
    return drawn_alone(resvg, "n", fonts) != drawn_alone(resvg, " ", fonts)


def drawn_alone(resvg: Any, letter: str, fonts: str) -> bytes:
    """A PNG of one letter."""
    return bytes(resvg.svg_to_bytes(svg_string=element("svg", text(letter, 0, 15), **PROBE, font_family=fonts)))


def unwritten(picture: str) -> str:
    """The first letter of another script than ours, if no font of this machine has it; empty: words can be written.

    Where there is no resvg, nobody can tell.
    """
    letter = next((letter for letter in picture if unicodedata.category(letter) == "Lo"), "")
    try:
        resvg: Any = importlib.import_module("resvg_py")
    except ModuleNotFoundError:
        return ""
    return letter if letter and drawn_alone(resvg, letter, SANS) == drawn_alone(resvg, NO_LETTER, SANS) else ""


PAGE = """\
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.picture), format: "svg")
"""
"""A page of the picture's own size, in the language of Typst."""


def pdf(picture: Picture) -> bytes:
    """The same drawing as lines, letters and colours."""
    try:
        typst: Any = importlib.import_module("typst")
    except ModuleNotFoundError:
        raise PellucidError(
            "no-pdf",
            "A PDF takes the package typst (`pip install 'pellucid[pictures]'`): install it, or name the file .svg.",
        ) from None
    anywhere = Path(__file__).parent  # nothing is read from it, but the folder that one works in may be gone
    made = typst.compile(PAGE.encode(), root=anywhere, format="pdf", sys_inputs={"picture": picture}, timestamp=0)
    return bytes(made)


WRITERS: dict[str, Callable[[Picture], bytes]] = {".svg": lambda picture: picture.encode(), ".png": png, ".pdf": pdf}
