"""Drawings: all that is asked for is there, in its place and colour and with its number, and no words overlap."""

import base64
import io
import itertools
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from small import random_model

import pellucid
from pellucid.graph import Graph, PellucidError
from pellucid.models import preset
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.scene import Box, Scene, layout
from pellucid.scene.drawing import draw, draw_scene, pieces_of
from pellucid.scene.drawing import picture as picture_of_a_run
from pellucid.scene.drawing.palette import EXPONENT, PALETTES
from pellucid.scene.drawing.picture import SHARPNESS
from pellucid.scene.drawing.text import cell_text

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
SVG = "{http://www.w3.org/2000/svg}"
ATTENTION = "blocks.0.attn"
JAPANESE = {"queries": "クエリ", "self-attention": "自己注意", "attention pattern": "注意の重み"}


@pytest.fixture(scope="module")
def run(nano_model: Model) -> Run:
    return nano_model.trace("CBABBC")


@pytest.fixture(scope="module")
def scene(run: Run) -> Scene:
    return layout(run.model.graph, len(run.tokens))


@dataclass
class Drawn:
    """A drawing, read back."""

    text: str
    scene: Scene

    def __post_init__(self) -> None:
        self.root = ElementTree.fromstring(self.text)
        self.boxes = {box.tensor: box for box in self.scene.boxes}

    def having(self, name: str, word: str = "") -> list[ElementTree.Element]:
        """The elements of that name whose class has the word."""
        return [found for found in self.root.iter(SVG + name) if word in found.get("class", "").split() or not word]

    @property
    def frames(self) -> dict[str, tuple[float, float, float, float]]:
        """What the foremost card of every tensor covers: left, top, width, height, without its outline."""
        found = {}
        for group in self.having("g", "frame"):
            line = float(group.get("stroke-width", "0"))
            for rect in group.iter(SVG + "rect"):
                x, y, width, height = place(rect)
                found[str(rect.get("data-tensor"))] = (x + line / 2, y + line / 2, width - line, height - line)
        return found

    @property
    def marks(self) -> list[tuple[float, float, float, float]]:
        """What is outlined, without the outlines."""
        found = []
        for rect in self.having("rect", "mark"):
            x, y, width, height = place(rect)
            line = float(rect.get("stroke-width", "0"))
            found.append((x + line / 2, y + line / 2, width - line, height - line))
        return found

    @property
    def side(self) -> float:
        """A cell's, found from the widest box."""
        name, (_, _, width, _) = max(self.frames.items(), key=lambda item: item[1][2])
        return width / self.boxes[name].bounds.size[0]

    def cell(self, box: Box, column: int, row: int, columns: int = 1, rows: int = 1) -> tuple[float, ...]:
        """Where cells lie, counted from the upper left of the box."""
        left, top, _, _ = self.frames[box.tensor]
        return left + column * self.side, top + row * self.side, columns * self.side, rows * self.side

    @property
    def digits(self) -> list[tuple[float, float, str]]:
        found = []
        for group in self.having("g", "digits"):
            size = float(group.get("font-size", "0"))
            for text in group:
                found.append((float(text.get("x", "")), float(text.get("y", "")) - 0.35 * size, text.text or ""))
        return found

    @property
    def named(self) -> set[str]:
        """The tensors and parts that have a label."""
        return {str(group.get("data-label")) for group in self.having("g") if group.get("data-label")}

    @property
    def words(self) -> str:
        return " ".join("".join(text.itertext()) for text in self.having("text"))


def place(rect: ElementTree.Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
    return x, y, width, height


@pytest.fixture(scope="module")
def drawing(run: Run, scene: Scene) -> Callable[..., Drawn]:
    def make(**asked: Any) -> Drawn:
        text = draw_scene(scene, run.model.graph, run, pieces=pieces_of(run.model, run.tokens), **asked)
        return Drawn(text, scene)

    return make


def part(graph: Graph, name: str) -> list[str]:
    return [tensor.name for tensor in graph.tensors.values() if f"{tensor.group}.".startswith(f"{name}.")]


# What is in it.


def test_every_tensor_of_the_model_is_drawn_in_its_place(drawing: Callable[..., Drawn], run: Run) -> None:
    drawn = drawing()
    assert list(drawn.frames) != []
    assert set(drawn.frames) == set(run.model.graph.tensors)
    side = drawn.side
    left, top, *_ = drawn.frames["tokens"]
    origin = drawn.boxes["tokens"].bounds
    for name, frame in drawn.frames.items():
        low, high = drawn.boxes[name].bounds.low, drawn.boxes[name].bounds.high
        expected = (left + (low[0] - origin.low[0]) * side, top - (high[1] - origin.high[1]) * side)
        assert frame[:2] == pytest.approx(expected, abs=0.05), name
        assert frame[2:] == pytest.approx([count * side for count in drawn.boxes[name].cells[:2]], abs=0.05), name


def test_a_part_is_drawn_whole_and_alone(drawing: Callable[..., Drawn], run: Run) -> None:
    names = part(run.model.graph, ATTENTION)
    drawn = drawing(frame=names)
    assert set(drawn.frames) == set(names)
    _, _, width, height = (float(size) for size in drawn.root.get("viewBox", "").split())
    for x, y, wide, high in drawn.frames.values():
        assert x >= 0
        assert y >= 0
        assert x + wide <= width
        assert y + high <= height


def test_a_whole_model_tells_what_it_reads_and_expects(nano_model: Model) -> None:
    told = texts_of(pellucid.draw(nano_model.trace("CBABBC"), theme="light"))
    assert "C B A B B C" in told
    assert "→ A" in told
    assert "→ A" not in texts_of(pellucid.draw(nano_model.trace("CBABBC"), "output", theme="light"))


def texts_of(drawing: str) -> str:
    return " ".join(ElementTree.fromstring(drawing).itertext())


def test_gradients_are_drawn_as_anything_else(run: Run) -> None:
    drawn = ElementTree.fromstring(pellucid.draw(run, "grad.blocks.0.attn", theme="light"))
    assert "gradient of self-attention" in "".join(drawn.itertext())
    frames = {frame.get("data-tensor"): frame for frame in drawn.iter(SVG + "rect") if frame.get("data-tensor")}
    expected = set(part(run.model.learning, "grad.blocks.0.attn"))
    assert set(frames) == expected
    assert len(expected) > 10
    assert "gradient of keys" in "".join(drawn.itertext())
    with pytest.raises(PellucidError, match=r"no part or tensor named 'grad\.blocks\.7'"):
        pellucid.draw(run, "grad.blocks.7")


def corner(box: Box) -> tuple[float, float]:
    """The upper left one, counted down."""
    return box.bounds.low[0], -box.bounds.high[1]


def test_things_far_apart_come_closer_in_the_same_order(drawing: Callable[..., Drawn]) -> None:
    names = ["blocks.0.resid_pre", *(f"blocks.{block}.attn.{name}" for block in range(3) for name in ("q", "pattern"))]
    drawn = drawing(frame=names)
    for one, other in itertools.combinations(names, 2):
        for way in (0, 1):
            corners = [corner(drawn.boxes[name])[way] for name in (one, other)]
            before = corners[0] - corners[1]
            after = (drawn.frames[one][way] - drawn.frames[other][way]) / drawn.side
            assert np.sign(round(before)) == np.sign(round(after)), (one, other, way)
            assert abs(after) <= abs(before) + 0.1, (one, other, way)
    heights = sorted((top, top + height) for _, top, _, height in drawn.frames.values())
    floor, gaps = heights[0][1], []
    for top, bottom in heights:
        gaps.append((top - floor) / drawn.side)
        floor = max(floor, bottom)
    assert max(gaps) <= 12


@pytest.mark.parametrize("theme", ["auto", "light", "dark", "print"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_is_well_formed_in_every_theme_and_language(
    drawing: Callable[..., Drawn], theme: str, language: str
) -> None:
    root = drawing(theme=theme, language=language).root
    assert root.tag == SVG + "svg"
    assert root.get("lang") == language


@pytest.mark.parametrize("name", ["nano", "gpt2", "gpt3"])
def test_shapes_are_drawn_where_there_are_no_numbers(name: str) -> None:
    graph = preset(name).graph()
    scene = layout(graph)
    drawn = Drawn(draw_scene(scene, graph), scene)
    assert set(drawn.frames) == set(graph.tensors)
    assert not drawn.having("image")
    assert "not computed" not in drawn.words


def test_titles_are_escaped(run: Run, scene: Scene) -> None:
    title = "<b> & \"' \x00 \x1b </text>"
    text = draw_scene(scene, run.model.graph, run, frame=["probs"], title=lambda _: title, name=title)
    assert "<b> & \"' \ufffd \ufffd </text>" in Drawn(text, scene).words


def test_pieces_may_be_anything(scene: Scene, run: Run) -> None:
    pieces = {"t": ["<", "&", "\n", "語", "", "\x07"]}
    Drawn(draw_scene(scene, run.model.graph, run, frame=["probs"], pieces=pieces), scene)


# Cells.


def read_png(content: bytes) -> np.ndarray:
    """Rows of RGBA; written for pictures with a palette, with lines as they are or like the one above, as ours are."""
    stream = io.BytesIO(content)
    assert stream.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    while header := stream.read(8):
        length, name = struct.unpack(">I4s", header)
        body = stream.read(length)
        assert struct.unpack(">I", stream.read(4))[0] == zlib.crc32(name + body)
        chunks[name] = chunks.get(name, b"") + body
    width, height, depth, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, kind) == (8, 3)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    pixels = lines[:, 1:].copy()
    for row in np.flatnonzero(lines[:, 0]):
        assert lines[row, 0] == 2
        pixels[row] += pixels[row - 1]
    colours = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    opacity = np.full(len(colours), 255, np.uint8)
    opacity[: len(chunks.get(b"tRNS", b""))] = list(chunks.get(b"tRNS", b""))
    return np.hstack([colours, opacity[:, None]])[pixels]


def pictures(drawn: Drawn) -> Iterator[tuple[tuple[float, float, float, float], np.ndarray]]:
    for image in drawn.having("image"):
        if image.get("x"):  # not the legend's
            href = str(image.get("href") or image.get(XLINK_HREF))
            yield place(image), read_png(base64.b64decode(href.partition(",")[2]))


def cells_of(picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A pixel for each cell, all of whose pixels are alike."""
    down, across = picture.shape[0] // shape[0], picture.shape[1] // shape[1]
    small = picture[::down, ::across]
    assert (small.repeat(down, axis=0).repeat(across, axis=1) == picture).all()
    return small


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_cell_has_the_colour_of_its_number(drawing: Callable[..., Drawn], run: Run, theme: Any) -> None:
    names = ["logits", "embed", f"{ATTENTION}.q", "blocks.0.ln1.w"]
    for name in names:
        drawn = drawing(frame=[name], theme=theme)
        ((left, top, width, _), picture) = list(pictures(drawn))[-1]  # the foremost card
        box, array = drawn.boxes[name], run[name]
        assert (left, top) == pytest.approx(drawn.cell(box, 0, 0)[:2], abs=0.05)
        picture = cells_of(picture, (box.cells[1], box.cells[0]))
        assert width / picture.shape[1] == pytest.approx(drawn.side, abs=0.01)
        matrix = array[0] if name.endswith(".q") else array
        matrix = matrix.reshape(box.cells[1], box.cells[0]) if name != "embed" else matrix.T
        share = matrix / np.abs(array).max()
        for index in np.ndindex(matrix.shape):
            strength = np.sign(share[index]) * abs(share[index]) ** EXPONENT
            # Zero is lightest: a range about it is not told by its ends.
            near = [PALETTES[theme].colour(strength + step / 62) for step in np.linspace(-1, 1, 9)]
            low, high = np.min(near, axis=0) - 1, np.max(near, axis=0) + 1
            assert (low <= picture[index][:3]).all(), (name, index)
            assert (picture[index][:3] <= high).all(), (name, index)
            assert picture[index][3] == 255


def test_sign_is_hue(drawing: Callable[..., Drawn], run: Run) -> None:
    ((*_, picture),) = pictures(drawing(frame=["logits"], theme="light"))
    picture = cells_of(picture, run["logits"].shape)
    strong = np.abs(run["logits"]) > 0.2 * np.abs(run["logits"]).max()
    red, blue = picture[..., 0].astype(int), picture[..., 2].astype(int)
    assert ((red > blue) == (run["logits"] > 0))[strong].all()


@pytest.mark.parametrize(("name", "width"), [("probs", 720), ("logits", 500), ("tokens", 360)])
def test_numbers_printed_are_the_runs(drawing: Callable[..., Drawn], run: Run, name: str, width: int) -> None:
    drawn = drawing(frame=[name], width=width)
    array = np.atleast_2d(run[name])
    assert len(drawn.digits) == array.size
    expect_digits(drawn, drawn.boxes[name], array)


def expect_digits(drawn: Drawn, box: Box, matrix: np.ndarray) -> None:
    """Each cell of the matrix shows its number."""
    for (row, column), value in np.ndenumerate(matrix):
        x, y, wide, high = drawn.cell(box, column, row)
        (text,) = [shown for at, down, shown in drawn.digits if x < at < x + wide and y < down < y + high]
        if np.isneginf(value):
            assert text == "−∞"
            continue
        decimals = len(text.partition(".")[2])
        assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.5001 * 10**-decimals)
        assert decimals >= 2 or abs(value) >= 0.995 or value == int(value)


def test_the_head_spoken_of_stands_in_front(drawing: Callable[..., Drawn], run: Run) -> None:
    for head in range(3):
        drawn = drawing(
            frame=[f"{ATTENTION}.pattern"], lit=[(f"{ATTENTION}.pattern", ((head, head + 1), (5, 6), (0, 6)))]
        )
        expect_digits(drawn, drawn.boxes[f"{ATTENTION}.pattern"], run[f"{ATTENTION}.pattern"][head])
        assert f"h={head}" in drawn.words


def test_masked_cells_say_so(drawing: Callable[..., Drawn], run: Run) -> None:
    drawn = drawing(frame=[f"{ATTENTION}.scores"])
    assert "masked" in drawn.words
    assert sum(text == "−∞" for _, _, text in drawn.digits) == 15
    expect_digits(drawn, drawn.boxes[f"{ATTENTION}.scores"], run[f"{ATTENTION}.scores"][0])


def test_what_was_not_computed_is_hatched(run: Run) -> None:
    scene = layout(run.model.graph)  # room for the whole context
    drawn = Drawn(draw_scene(scene, run.model.graph, run, frame=["probs"]), scene)
    assert "not computed" in drawn.words
    assert len(drawn.digits) == 18
    box = drawn.boxes["probs"]
    left, top, width, height = drawn.cell(box, 0, 6, 3, 5)
    (hatched,) = [found for found in drawn.having("path") if "hatch" in found.get("fill", "")]
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", hatched.get("d", ""))]
    assert numbers[:4] == pytest.approx([left, top, width, height], abs=0.05)


def test_numbers_missing_altogether_are_hatched(run: Run, scene: Scene) -> None:
    drawn = Drawn(draw_scene(scene, run.model.graph, {"probs": run["probs"]}, frame=["probs", "logits"]), scene)
    assert "not computed" in drawn.words
    assert len(drawn.digits) == run["probs"].size


def test_what_is_not_finite_does_not_break_it(run: Run, scene: Scene) -> None:
    odd = run["probs"].copy()
    odd[0] = np.nan, np.inf, -np.inf
    drawn = Drawn(draw_scene(scene, run.model.graph, {"probs": odd}, frame=["probs"]), scene)
    assert {"nan", "∞", "−∞"} <= {text for _, _, text in drawn.digits}


@pytest.mark.parametrize(
    ("value", "room", "signed", "text"),
    [
        (0.4182, 4, False, "0.42"),
        (0.4182, 3, False, ".42"),
        (-0.4182, 4, True, "−.42"),
        (0.996, 3, False, "1.0"),
        (-0.0004, 4, True, ".00"),
        (2.0, 1, False, "2"),
        (12.34, 4, False, "12.3"),
        (-3.456, 4, True, "−3.5"),
        (12345.6, 4, False, "1e4"),
        (0.3, 2, False, None),
        (5.6, 2, False, None),
        (float("-inf"), 2, True, "−∞"),
        (float("-inf"), 1, True, None),
    ],
)
def test_a_number_takes_the_room_there_is(value: float, room: int, signed: bool, text: str | None) -> None:
    assert cell_text(value, room, signed=signed) == text


# Marks.


def test_lit_cells_are_marked_where_they_are(drawing: Callable[..., Drawn]) -> None:
    lit = [("embed", ((2, 3), (0, 48))), ("pos_embed", ((2, 3), (0, 48))), ("blocks.0.resid_pre", ((2, 4), (5, 9)))]
    drawn = drawing(frame=["embed", "pos_embed", "blocks.0.resid_pre"], lit=lit)
    expected = []
    for name, ((first, end), (low, high)) in lit:  # positions run along x, channels down
        expected.append(drawn.cell(drawn.boxes[name], first, low, end - first, high - low))
    assert sorted(drawn.marks) == [pytest.approx(mark, abs=0.05) for mark in sorted(expected)]


def test_cells_that_are_switched_off_are_crossed_out(drawing: Callable[..., Drawn]) -> None:
    name = f"{ATTENTION}.z"
    drawn = drawing(frame=[name, "blocks.0.attn_out"], off=[(name, ((0, 1), (0, 6), (0, 16)))])
    (cross,) = drawn.having("path", "off")
    left, top, width, height = drawn.cell(drawn.boxes[name], 0, 0, 16, 6)
    drawn_from = [float(number) for number in re.findall(r"-?[\d.]+", str(cross.get("d")))[:4]]
    assert drawn_from == pytest.approx([left, top, width, height], abs=0.05)
    assert "switched off: gathered values [h=0]" in str(drawn.root.findtext(f"{SVG}desc"))
    assert not drawn.marks


def test_a_run_without_a_head_is_drawn_with_it_crossed_out(run: Run, scene: Scene) -> None:
    changed = run.model.trace(run.tokens, interventions=f"{ATTENTION}.z[h=0];{ATTENTION}.q[h=1]~scale(2);logits[t=0]")
    drawn = Drawn(draw(changed, ATTENTION), scene)
    assert len(drawn.having("path", "off")) == 1
    assert "switched off: gathered values [h=0]" in str(drawn.root.findtext(f"{SVG}desc"))
    assert len(Drawn(draw(changed), scene).having("path", "off")) == 2


def test_a_cell_taken_apart_and_what_it_read(run: Run, scene: Scene) -> None:
    explained = run.explain(f"{ATTENTION}.q", h=2, t=3, d=7)
    drawn = Drawn(draw(run, ATTENTION, "blocks.0.ln1.normalized", explained=explained), scene)
    boxes = drawn.boxes
    expected = [
        drawn.cell(boxes[f"{ATTENTION}.q"], 7, 3),
        drawn.cell(boxes[f"{ATTENTION}.W_Q"], 7, 0, 1, 48),
        drawn.cell(boxes[f"{ATTENTION}.b_Q"], 7, 0),
        drawn.cell(boxes["blocks.0.ln1.normalized"], 3, 0, 1, 48),
    ]
    assert sorted(drawn.marks) == [pytest.approx(mark, abs=0.05) for mark in sorted(expected)]
    shown = f"{explained.value:.4g}".replace("-", "−")
    assert f"[h=2, t=3, d=7] = {shown}" in drawn.words
    assert len(drawn.having("g", "lit")) > 0  # ribbons


def test_what_is_marked_twice_is_not_taken_back(drawing: Callable[..., Drawn]) -> None:
    """A row, and a cell of it: nothing of the row is veiled, and all else is."""
    lit = [("probs", ((5, 6), (0, 3))), ("probs", ((3, 6), (1, 2)))]
    drawn = drawing(frame=["probs"], lit=lit, selected=("probs", (5, 1)))
    veil = str(drawn.having("path", "veil")[0].get("d"))
    sizes = re.findall(r"h([\d.]+)v([\d.]+)h", veil)
    whole, *kept = (float(width) * float(height) / drawn.side**2 for width, height in sizes)
    assert whole == pytest.approx(18, rel=1e-3)
    assert sum(kept) == pytest.approx(5, rel=1e-3)


def test_a_masked_cell_reads_nothing(run: Run, scene: Scene) -> None:
    explained = run.explain(f"{ATTENTION}.scores", h=0, t=1, s=4)
    drawn = Drawn(draw(run, f"{ATTENTION}.qk", f"{ATTENTION}.scores", explained=explained), scene)
    (mark,) = map(place, drawn.having("rect", "mark"))  # along the edge, between the numbers there
    assert mark == pytest.approx(drawn.cell(drawn.boxes[f"{ATTENTION}.scores"], 4, 1), abs=0.05)


def test_the_rest_recedes(drawing: Callable[..., Drawn], run: Run) -> None:
    bright = {f"{ATTENTION}.{name}" for name in "qkv"}
    drawn = drawing(frame=part(run.model.graph, ATTENTION), show=bright)
    faint = {
        str(rect.get("data-tensor"))
        for group in drawn.having("g", "faint")
        for rect in group.iter(SVG + "rect")
        if rect.get("data-tensor")
    }
    assert faint == set(part(run.model.graph, ATTENTION)) - bright
    assert f"{ATTENTION}.q" in drawn.named
    assert not faint & drawn.named


# Words.


def test_it_says_in_words_what_it_shows(drawing: Callable[..., Drawn], run: Run) -> None:
    pattern = f"{ATTENTION}.pattern"
    lit, reads = [(pattern, ((1, 2), (5, 6), (0, 6)))], [(f"{ATTENTION}.scores", ((1, 2), (5, 6), (2, 3)))] * 2
    marked = {"lit": lit * 2, "reads": reads, "selected": (pattern, (1, 5, 2))}
    drawn = drawing(frame=[pattern, f"{ATTENTION}.scores", f"{ATTENTION}.q"], **marked, name="Where head 1 looks")
    heading, sentences = drawn.having("title")[0], drawn.having("desc")[0]
    assert drawn.root.get("role") == "img"
    assert drawn.root.get("aria-labelledby") == f"{heading.get('id')} {sentences.get('id')}"
    assert heading.text == "Where head 1 looks"
    said = str(sentences.text)
    row = ", ".join(f"{value:.4g}" for value in run[pattern][1, 5])
    assert "attention pattern 3×6×6" in said
    assert "Bright, while the rest recedes: attention scores, attention pattern." in said
    assert said.count(f"Marked: attention pattern [h=1, t=5 (C)], which holds {row}.") == 1
    assert f"Selected: attention pattern [h=1, t=5 (C), s=2 (A)] = {run[pattern][1, 5, 2]:.4g}." in said
    assert "It was computed from attention scores [h=1, t=5 (C), s=2 (A)]." in said


def test_what_has_the_same_name_is_told_apart(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing(frame=["blocks.0.attn.pattern", "blocks.2.attn.pattern"])
    assert "attention pattern of block 1 3×6×6, attention pattern of block 3 3×6×6" in str(drawn.having("desc")[0].text)
    whole = str(drawing().having("desc")[0].text)
    assert "embedding, block 1, block 2, block 3, final layer norm, output." in whole


def test_it_speaks_japanese(run: Run, scene: Scene) -> None:
    text = draw_scene(
        scene,
        run.model.graph,
        run,
        frame=[f"{ATTENTION}.q", f"{ATTENTION}.pattern"],
        language="ja",
        title=lambda words: JAPANESE.get(words, words),
    )
    drawn = Drawn(text, scene)
    assert "クエリ" in drawn.words
    assert "正（箱の中の最大値で最も濃い）" in drawn.words
    assert "注意の重み 3×6×6" in str(drawn.having("desc")[0].text)
    assert "Boxes" not in text


def test_a_part_of_another_is_named_inside_or_beside_it(drawing: Callable[..., Drawn], run: Run) -> None:
    """Not over it or under it, where the name would seem to be that of what is there."""
    drawn = drawing(width=616.0, height=660.0)
    graph = run.model.graph
    nested = [name for name in graph.groups if "." in name and name in drawn.named]
    assert {"blocks.0.attn", "blocks.0.mlp", "blocks.2.mlp"} <= set(nested)
    for name in nested:
        whole = [drawn.frames[tensor] for tensor in part(run.model.graph, name.rpartition(".")[0])]
        (label,) = [group for group in drawn.having("g") if group.get("data-label") == name]
        baseline = float(label[-1].get("y", ""))
        assert min(top for _, top, _, _ in whole) < baseline < max(top + height for _, top, _, height in whole)


def test_room_that_words_leave_over_makes_cells_larger(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing(frame=["logits", "probs"], width=616.0, height=560.0)
    assert 510 < float(drawn.root.get("height", "0")) <= 560
    assert "0 A 1 B 2 C" in drawn.words


def test_letters_alone_stand_only_where_there_is_one_for_each(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing(frame=["pos_embed.W_pos", "pos_embed"], width=616.0, height=640.0)
    rulers = {group.get("data-tensor"): [text.text for text in group] for group in drawn.having("g", "ruler")}
    across = [[text.text for text in group] for group in drawn.having("g", "ruler")]
    assert [*list("CBABBC"), "t"] in across
    assert ["0", "2", "4", "6", "8", "10", "t"] in across
    assert set(rulers) == {"pos_embed.W_pos", "pos_embed"}


def test_letters_stand_along_positions(drawing: Callable[..., Drawn]) -> None:
    drawn = drawing(frame=[f"{ATTENTION}.pattern"])
    (across, down) = ["".join(text.text or "" for text in group) for group in drawn.having("g", "ruler")]
    assert across == "0 C1 B2 A3 B4 B5 Cs"
    assert down == "0 C1 B2 A3 B4 B5 Ct"


def test_ids_are_the_drawings_own(drawing: Callable[..., Drawn]) -> None:
    texts = [drawing(frame=["probs"]).text, drawing(frame=["logits"]).text]
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in texts]
    assert all(ids)
    assert not ids[0] & ids[1]
    for text, own in zip(texts, ids, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)", text)) <= own


def test_a_drawing_in_one_theme_needs_no_style_from_a_browser(drawing: Callable[..., Drawn]) -> None:
    """Programs that are no browsers know neither variables nor media queries."""
    text = drawing(theme="light").text
    assert "var(" not in text
    assert "@media" not in text
    assert "<filter" not in text


SHEETS: dict[str, dict[str, Any]] = {
    "whole": {},
    "block": {"frame": "blocks.1"},
    "attention": {"frame": ATTENTION},
    "MLP": {"frame": "blocks.0.mlp"},
    "norm": {"frame": "blocks.0.ln1"},
    "embedding": {"frame": "embedding"},
    "output": {"frame": "output"},
    "softmax": {"frame": ["logits", "logits.max", "logits.sum", "probs"]},
    "scores": {"frame": [f"{ATTENTION}.{name}" for name in ("scores", "max", "sum", "pattern")]},
    "pattern": {"frame": [f"{ATTENTION}.pattern"]},
    "a dot product": {"frame": ATTENTION, "explained": (f"{ATTENTION}.qk", (1, 4, 2))},
    "a softmax": {"frame": ATTENTION, "explained": (f"{ATTENTION}.pattern", (2, 5, 1))},
    "a norm": {"frame": "blocks.0.ln1", "explained": ("blocks.0.ln1.normalized", (2, 10))},
}

MEASURE = """() => [...document.querySelectorAll('svg text')].map(text => {
    const {left, top, right, bottom} = text.getBoundingClientRect()
    const size = parseFloat(getComputedStyle(text).fontSize)
    const middle = (top + bottom) / 2
    return {words: text.textContent, digits: text.closest('.digits') !== null, size,
            left, right, top: middle - 0.4 * size, bottom: middle + 0.4 * size}
})"""


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 800, "height": 600}, color_scheme="light")
    yield context.new_page()
    context.close()


def sheet(run: Run, name: str, **more: Any) -> str:
    frame, explained = SHEETS[name].get("frame", ()), SHEETS[name].get("explained")
    parts = [frame] if isinstance(frame, str) else frame
    return draw(run, *parts, explained=run.explain(*explained) if explained else None, **more)


@pytest.mark.parametrize("width", [720, 360])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_written_overlaps_or_is_tiny(blank: Page, run: Run, language: str, width: int) -> None:
    for name in SHEETS:
        title: Callable[[str], str] = str if language == "en" else (lambda words: JAPANESE.get(words, "長い名前"))
        drawing = sheet(run, name, width=width, language=language, title=title)
        blank.set_content(f"<!doctype html><meta charset=utf-8><body style='margin:0'>{drawing}</body>")
        texts = blank.evaluate(MEASURE)
        height = float(ElementTree.fromstring(drawing).get("height", "0"))
        assert texts
        for text in texts:
            assert text["size"] >= 11, (name, text)
            assert text["left"] >= 0, (name, text)
            assert text["right"] <= width, (name, text)
            assert text["top"] >= 0, (name, text)
            assert text["bottom"] <= height, (name, text)
        named = [text for text in texts if not text["digits"]]
        for one, other in itertools.combinations(named, 2):
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            assert across <= 0.5 or down <= 0.5, (name, one["words"], other["words"])


PIXELS = """async ([data, points]) => {
    const image = new Image()
    image.src = 'data:image/png;base64,' + data
    await image.decode()
    const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height})
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3))
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_in_one_drawing_look_as_each_alone(blank: Page, run: Run, scene: Scene, theme: Any) -> None:
    """The cells, seen in a browser: a filter colours them in the one case, a palette in the other."""
    name = f"{ATTENTION}.scores"
    colours = []
    for choice in ("auto", theme):
        drawn = Drawn(draw(run, name, theme=choice), scene)
        corners = (drawn.cell(drawn.boxes[name], *place) for place in np.ndindex(6, 6))
        points = [(round(x) + 3, round(y) + 3) for x, y, *_ in corners]
        blank.set_content(f"<!doctype html><html data-theme={theme}><body style='margin:0'>{drawn.text}</body></html>")
        shot = base64.b64encode(blank.locator("svg").screenshot()).decode()
        colours.append(np.array(blank.evaluate(PIXELS, [shot, points])))
    assert len(np.unique(colours[0], axis=0)) > 15
    # A filter has a table of colours, between whose entries it goes straight: where the curve bends most it is 5 off.
    assert np.abs(colours[0] - colours[1]).max() <= 5
    assert np.abs(colours[0] - colours[1]).mean() <= 1


# Budgets, and what can go wrong.


def test_pictures_are_small(run: Run) -> None:
    for name in SHEETS:
        text = sheet(run, name)
        assert len(text.encode()) < (150_000 if name == "whole" else 60_000), name


def test_the_same_run_is_the_same_drawing(run: Run) -> None:
    assert sheet(run, "attention") == sheet(run, "attention")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"frame": ["blocks.9.attn.q"]}, "unknown-tensor"),
        ({"frame": []}, "empty-drawing"),
        ({"show": ["nothing"]}, "unknown-tensor"),
        ({"lit": [("probs", ((0, 1), (0, 4)))]}, "no-such-cell"),
        ({"lit": [("probs", ((0, 1),))]}, "no-such-cell"),
        ({"reads": [("probs", ((3, 2), (0, 1)))]}, "no-such-cell"),
        ({"selected": ("probs", (6, 0))}, "no-such-cell"),
        ({"selected": ("probs", (-1, 0))}, "no-such-cell"),
    ],
)
def test_what_there_is_not_is_refused(drawing: Callable[..., Drawn], asked: dict[str, Any], code: str) -> None:
    with pytest.raises(PellucidError) as refused:
        drawing(**asked)
    assert refused.value.code == code


def test_other_programs_names_are_understood(drawing: Callable[..., Drawn]) -> None:
    assert set(drawing(frame=["blocks.0.attn.hook_pattern"]).frames) == {f"{ATTENTION}.pattern"}


def test_a_drawing_can_be_written_to_a_file(run: Run, tmp_path: Path) -> None:
    picture = draw(run, "probs", file=tmp_path / "new" / "probs.svg")
    assert (tmp_path / "new" / "probs.svg").read_text() == picture
    assert picture._repr_svg_() == picture


def test_a_file_that_cannot_be_written_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PellucidError, match="cannot be written"):
        draw(run, "probs", file=tmp_path / "file" / "probs.svg")


def test_a_png_without_its_package_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(PellucidError, match="resvg-py"):
        draw(run, "probs", file=tmp_path / "probs.png")


def test_a_png(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    draw(run, "probs", file=tmp_path / "probs.png", width=300)
    content = (tmp_path / "probs.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">I", content[16:20]) == (600,)


def test_the_words_of_a_png_are_written(run: Run, tmp_path: Path) -> None:
    """A program that knows fonts by their names alone leaves out, without a word, what it finds none for."""
    resvg = pytest.importorskip("resvg_py")
    picture = draw(run, "probs", file=tmp_path / "probs.png", theme="light")
    wordless = re.sub("<text.*?</text>", "", picture)
    assert (tmp_path / "probs.png").read_bytes() != bytes(resvg.svg_to_bytes(svg_string=wordless, zoom=SHARPNESS))


def test_a_png_without_words_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py")
    monkeypatch.setattr(picture_of_a_run, "SANS", "'A font that nobody has'")
    with pytest.raises(PellucidError, match="No font was found"):
        draw(run, "probs", file=tmp_path / "probs.png")
    assert not (tmp_path / "probs.png").exists()


@pytest.mark.parametrize("name", ["probs.gif", "probs.jpeg", "probs.svg.txt", "probs"])
def test_a_picture_of_another_kind_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    with pytest.raises(PellucidError, match=r"name a picture \.svg, \.png or \.pdf"):
        draw(run, "probs", file=tmp_path / name)
    assert not (tmp_path / name).exists()


def test_any_model_can_be_drawn() -> None:
    """Other sizes, one position, tied embeddings, and a model without a vocabulary."""
    model = random_model()
    model.vocabulary = None
    for tokens in ([1], list(range(7)), [0] * 9):
        ran = model.trace(tokens)
        drawn = Drawn(draw(ran), layout(model.graph, len(tokens)))
        assert set(drawn.frames) == set(model.graph.tensors)
