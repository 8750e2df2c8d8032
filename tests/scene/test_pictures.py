"""Pictures for other programs: what is drawn needs no cascade, keeps its letters, and says the run's own numbers."""

import io
import re
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from small import random_model, random_parameters
from toy import Toy

from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.run.vocabulary import Vocabulary
from pellucid.scene.drawing import draw
from pellucid.scene.drawing.gallery import patterns_of
from pellucid.scene.drawing.palette import PALETTES
from pellucid.scene.drawing.picture import Kind
from pellucid.scene.drawing.plain import plain
from pellucid.scene.drawing.style import theme_rules
from pellucid.words import words_in
from pellucid.words.errors import PellucidWarning

SVG = "{http://www.w3.org/2000/svg}"
CELL = "blocks.0.attn.q[h=2,t=3,d=7]"
KINDS: list[Kind] = ["model", "attention", "schematic", "card"]


@pytest.fixture(scope="module")
def run(nano_model: Model) -> Run:
    return nano_model.trace("CBABBC", interventions="blocks.1.attn.z[h=1]")


def drawn(run: Run, kind: Kind, **asked: Any) -> ElementTree.Element:
    explained = run.explain(CELL) if kind == "card" else None
    return ElementTree.fromstring(draw(run, kind=kind, explained=explained, **{"theme": "light", **asked}))


def texts(picture: ElementTree.Element) -> list[str]:
    return ["".join(one.itertext()) for one in picture.iter(SVG + "text")]


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_in_one_theme_needs_no_cascade(run: Run, kind: Kind, theme: Any) -> None:
    """LibreOffice and ImageMagick have none: what has no attribute of its own is black there."""
    resvg = pytest.importorskip("resvg_py")
    picture = drawn(run, kind, theme=theme)
    assert not list(picture.iter(SVG + "style"))
    whole = ElementTree.tostring(picture, encoding="unicode")
    for element in picture.iter():
        element.attrib.pop("class", None)
    bare = ElementTree.tostring(picture, encoding="unicode")
    assert bytes(resvg.svg_to_bytes(svg_string=whole)) == bytes(resvg.svg_to_bytes(svg_string=bare))
    shapes = [one for name in ("rect", "path", "text") for one in picture.iter(SVG + name)]
    inherited = {child for group in picture.iter(SVG + "g") if "fill" in group.attrib for child in group.iter()}
    assert all({"fill", "stroke"} & set(shape.attrib) for shape in shapes if shape not in inherited)


def test_rules_prevail_as_in_a_cascade() -> None:
    """Rules with more classes go before those with fewer, and these before names; later ones before earlier ones."""
    said = '<g class="chosen"><text class="title">a</text><text>b</text></g><text class="title">c</text>'
    picture = ElementTree.fromstring(
        plain(f'<svg xmlns="http://www.w3.org/2000/svg">{said}</svg>', theme_rules("light"))
    )
    inks = PALETTES["light"].inks
    fills = [text.get("fill") for text in picture.iter(SVG + "text")]
    assert fills == [inks["accent"], inks["quietLabel"], inks["label"]]
    (both,) = ElementTree.fromstring(
        plain('<svg xmlns="http://www.w3.org/2000/svg"><rect class="statistic frame"/></svg>', theme_rules("light"))
    )
    assert (both.get("fill"), both.get("stroke-dasharray")) == ("none", "3 2")


@pytest.mark.parametrize(("kind", "language"), [(kind, "en") for kind in KINDS] + [("card", "ja")])
def test_a_pdf_keeps_letters_and_lines(run: Run, tmp_path: Path, kind: Kind, language: str) -> None:
    pytest.importorskip("typst")
    path = tmp_path / "picture.pdf"
    draw(run, kind=kind, explained=run.explain(CELL), file=path, width=720, language=language)
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/ToUnicode" in content  # letters that can be searched for and copied
    (box,) = set(re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) [\d.]+\s*\]", unpacked(content)))
    assert float(box) == 540  # points, of which 72 are an inch where the picture's pixels are 96


def unpacked(content: bytes) -> bytes:
    """A PDF with what is packed in it beside it."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    inflated = []
    for stream in packed:
        if stream.startswith(b"\x78"):
            inflated.append(zlib.decompressobj().decompress(stream))
    return b"\n".join([content, *inflated])


@pytest.mark.parametrize(("package", "ending", "kind"), [("typst", "pdf", "model"), ("ziamath", "svg", "card")])
def test_what_is_not_installed_is_said_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, ending: str, kind: Kind
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    path = tmp_path / f"picture.{ending}"
    with pytest.raises(PellucidError, match=rf"takes the package {package}.*pellucid\[pictures\]"):
        draw(run, kind=kind, explained=run.explain(CELL), file=path)
    assert not path.exists()


# A card.


def test_a_card_says_the_arithmetic_of_its_cell(run: Run) -> None:
    explained = run.explain(CELL)
    said = texts(drawn(run, "card"))
    assert said.count("0.3694") == 2  # the result, beside the title and as the last step
    largest = sorted(explained.terms, key=lambda term: -abs(term.value))[:10]
    labels = [term.label for term in largest]
    assert [one for one in said if one in labels] == labels
    assert "49 terms, added up (the largest ones)" in said
    assert "39 others together" in said
    rest = sum(term.value for term in explained.terms) - sum(term.value for term in largest)
    assert float(said[said.index("39 others together") + 1].replace("−", "-")) == pytest.approx(rest, rel=1e-3)


@pytest.mark.parametrize("cell", ["loss", "tokens[t=2]", "embed.W_E[v=1,c=4]", "blocks.0.attn.scores[h=0,t=1,s=3]"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_any_cell_has_a_card(nano_model: Model, cell: str, language: str) -> None:
    """Also what was given or learned, what is masked, and a formula so long that its numbers find no room in it."""
    ran = nano_model.trace("CBABBC")
    picture = draw(ran, kind="card", explained=ran.explain(cell), theme="dark", language=language, width=360)
    title = words_in(language).title(ran.explain(cell).tensor.title)
    assert title in texts(ElementTree.fromstring(picture))


def test_lines_of_a_formula_fit(run: Run) -> None:
    """Long ones are broken: nothing leaves the picture at its right."""
    resvg = pytest.importorskip("resvg_py")
    pillow = pytest.importorskip("PIL.Image")
    explained = run.explain("blocks.0.ln1.scale[t=1]")
    picture = draw(run, kind="card", explained=explained, theme="print", width=400)
    wordless = re.sub(r"<text.*?</text>", "", picture)
    image = pillow.open(io.BytesIO(bytes(resvg.svg_to_bytes(svg_string=wordless)))).convert("L")
    pixels = np.asarray(image)[20:-20]  # without its round corners
    assert (pixels[:, -20:] > 200).all()
    assert (pixels[:, 60:200] < 100).any()


# Attention patterns.


def test_a_gallery_has_every_pattern(run: Run) -> None:
    model = run.model
    names = [tensor.name for tensor in patterns_of(model.graph)]
    assert names == [f"blocks.{layer}.attn.pattern" for layer in range(3)]
    picture = drawn(run, "attention")
    assert len(list(picture.iter(SVG + "image"))) == 3 * 3 + 1  # and the scale of colours
    said = texts(picture)
    assert {"block 1", "block 3", "h=0", "h=2"} <= set(said)
    numbers = [one for group in picture.iter(SVG + "g") if group.get("class") == "digits" for one in texts(group)]
    told = np.array([float(one) for one in numbers]).reshape(3, 3, 6, 6)
    assert told == pytest.approx(np.array([run[name] for name in names]), abs=0.0051)
    only = drawn(run, "attention", language="ja")
    assert "ブロック 1" in texts(only)


def test_a_gallery_can_be_of_one_part_and_not_of_none(run: Run) -> None:
    picture = ElementTree.fromstring(draw(run, "blocks.1", kind="attention"))
    assert len(list(picture.iter(SVG + "image"))) == 3 + 1
    with pytest.raises(PellucidError, match="no attention patterns among these parts"):
        draw(run, "blocks.1.mlp", kind="attention")


# Schematics.


def boxes(picture: ElementTree.Element) -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for group in picture.iter(SVG + "g"):
        if name := group.get("data-tensor"):
            frame = group.findall(SVG + "rect")[-1]
            x, y, width, height = (float(frame.get(each, "")) for each in ("x", "y", "width", "height"))
            found[name] = (x, y, x + width, y + height)
    return found


def test_a_schematic_has_every_result_of_the_part_and_what_it_reads(run: Run) -> None:
    picture = drawn(run, "schematic")
    found = boxes(picture)
    results = {
        tensor.name
        for tensor in run.model.graph.tensors.values()
        if f"{tensor.group}.".startswith("blocks.0.") and tensor.kind == "activation"
    }
    assert set(found) == results | {"blocks.0.resid_pre"}
    said = texts(picture)
    assert {"queries", "self-attention", "linear map · W_Q, b_Q", "softmax", "causal mask"} <= set(said)
    placed = list(found.values())
    for place, (left, top, right, bottom) in enumerate(placed):
        assert 0 <= left < right <= 720
        for other in placed[place + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    japanese = texts(drawn(run, "schematic", language="ja"))
    assert {"クエリ", "自己注意", "線形変換 · W_Q、b_Q"} <= set(japanese)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["negative", "positive, up to each box's largest", "what is done · the weights that it reads"]),
        ("ja", ["負", "正（箱の中の最大値で最も濃い）", "行う演算 · 使う重み"]),
    ],
)
def test_a_schematic_says_what_its_colours_and_arrows_mean(run: Run, language: str, said: list[str]) -> None:
    (legend,) = (
        one for one in drawn(run, "schematic", language=language).iter(SVG + "g") if one.get("class") == "legend"
    )
    assert [text for text in texts(legend) if text in said] == said
    assert len(list(legend.iter(SVG + "image"))) == 1


def test_any_architecture_has_schematics() -> None:
    """One that is not GPT-2 too: of each part in which something is computed."""
    config = Toy(depth=2, width=6, memory=9, letters=4, longest=5)
    for model in (random_model(), Model("toy", config, random_parameters(config.graph()), Vocabulary("ABCD"))):
        ran, graph = model.trace([0, 1]), model.graph
        parts = {op.output.group for op in graph.ops if op.output.kind == "activation"}
        assert parts
        for part in parts:
            assert boxes(ElementTree.fromstring(draw(ran, part, kind="schematic")))


def test_a_schematic_of_nothing_computed_is_refused(run: Run) -> None:
    with pytest.raises(PellucidError, match="Nothing is computed in that part"):
        draw(run, "tokens", kind="schematic")


@pytest.mark.parametrize("cell", ["loss", "grad.embed[t=0,c=0]"])
def test_a_cell_of_the_loss_or_of_a_gradient_is_marked_too(nano_model: Model, cell: str) -> None:
    run = nano_model.trace("CBABBC")
    marked = draw(run, "logits", explained=run.explain(cell))
    assert ElementTree.fromstring(marked).tag == SVG + "svg"
    assert draw(run, explained=run.explain(cell)) != draw(run)


@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_letters_that_no_font_here_has_are_told(run: Run, tmp_path: Path, ending: str) -> None:
    """Otherwise somebody finds empty boxes on a slide. Hardly any font has that letter, which is Chinese."""
    pytest.importorskip("resvg_py")
    pytest.importorskip("typst")
    file = tmp_path / f"probs.{ending}"
    with pytest.warns(PellucidWarning, match=r"letters such as '\U00030001'.* Noto Sans CJK"):
        draw(run, "probs", file=file, title=lambda _: "\U00030001")
    assert file.exists()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(run, "probs", file=file)
        draw(run, "probs", file=tmp_path / "probs.svg", title=lambda _: "\U00030001")
