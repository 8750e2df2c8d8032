"""Excerpts: which cells they show, that their numbers are the run's, and that tables keep apart."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.scene.drawing import draw_excerpt, pieces_of
from pellucid.scene.drawing.cards import Marked
from pellucid.scene.drawing.excerpt import STRAIGHT, dotted, excerpt, once, reads_of, slots
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import checked
from pellucid.scene.drawing.symbols import symbol
from pellucid.scene.drawing.text import value_text
from pellucid.scene.layout import layout

SVG = "{http://www.w3.org/2000/svg}"
WIDTH = 616.0


@pytest.fixture(scope="module")
def run(nano_model: Model) -> Run:
    return nano_model.trace("CBABBC")


def drawn(run: Run, *frame: str, selected: tuple[str, tuple[int, ...]] | None = None, fan: bool = False) -> str:
    graph = run.model.graph
    reads: list[Marked] = [(t.name, region) for _, t, region in run.explain(*selected).reads] if selected else []
    return draw_excerpt(
        layout(graph, len(run.tokens)),
        graph,
        run,
        frame=frame,
        reads=[cells for cells in reads if cells[0] in frame],
        selected=selected,
        pieces=pieces_of(run.model, run.tokens),
        width=WIDTH,
        fan=fan,
    )


def marked(run: Run, *lit: Marked) -> str:
    """The tensors of these cells, which are marked."""
    graph = run.model.graph
    frame = [name for name, _ in lit]
    pieces = pieces_of(run.model, run.tokens)
    return draw_excerpt(layout(graph, len(run.tokens)), graph, run, frame=frame, lit=lit, pieces=pieces, width=WIDTH)


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("count", "wanted", "most", "shown"),
    [
        (6, [5], 8, (0, 1, 2, 3, 4, 5)),
        (48, [], 4, (0, 1, None, 47)),
        (192, [18], 5, (0, None, 18, None, 191)),
        (192, [18], 7, (0, None, 17, 18, 19, None, 191)),
        (48, [0], 6, (0, 1, 2, 3, None, 47)),
        (9, [7], 8, (0, 1, 2, 3, None, 6, 7, 8)),
    ],
)
def test_what_is_spoken_of_is_shown_with_both_ends(
    count: int, wanted: list[int], most: int, shown: tuple[int | None, ...]
) -> None:
    assert slots(count, wanted, most) == shown


def test_dots_stand_for_two_indices_at_least() -> None:
    assert dotted([0, 2, 5], 6) == (0, 1, 2, None, 5)


def test_the_numbers_are_those_of_the_run(run: Run) -> None:
    drawing = drawn(run, "logits", "probs", selected=("probs", (5, 0)))
    told = texts(drawing)
    assert {f"{value:.2f}".replace("-", "−") for value in run["logits"].flat} <= set(told)
    assert {f"{value:.3f}" for value in run["probs"].flat} <= set(told)
    assert f"[t=5, v=0] = {run['probs'][5, 0]:.4g}" in told
    assert "0 C" in told


def test_a_table_names_its_block_where_others_are_called_the_same(run: Run) -> None:
    told = texts(drawn(run, "blocks.0.resid_post", "blocks.2.resid_post", "embed"))
    assert "block 1 · t c · 6×48" in told
    assert "block 3 · t c · 6×48" in told
    assert "t c · 6×48" in told


def test_an_arrow_leads_to_what_is_computed_from_the_rest(run: Run) -> None:
    drawing = ElementTree.fromstring(drawn(run, "embed", "pos_embed", "blocks.0.resid_pre"))
    assert len(drawing.findall(f".//{SVG}path[@class='head']")) == 1


def ribbons(drawing: str) -> list[ElementTree.Element]:
    """The lines of arrows on the picture itself."""
    return [
        path for path in ElementTree.fromstring(drawing).findall(f"./{SVG}path") if "ribbon" in path.get("class", "")
    ]


def test_an_arrow_comes_from_all_that_a_result_is_computed_from(run: Run) -> None:
    norm = "blocks.0.ln1"
    frame = ("blocks.0.resid_pre", *(f"{norm}.{name}" for name in ("mean", "scale", "w", "b", "normalized")))
    # the mean reads the stream, the deviation that and the mean, and the result all of these, a scale and a shift
    assert len(ribbons(drawn(run, *frame))) == 1 + 2 + 5


def test_an_arrow_over_steps_that_are_not_shown_is_dashed_and_told(run: Run) -> None:
    drawing = drawn(run, "blocks.0.attn.q", "blocks.0.attn.k", "blocks.0.attn.pattern")
    assert ribbons(drawing)
    assert all(path.get("stroke-dasharray") for path in ribbons(drawing))
    assert "steps between are left out" in texts(drawing)
    assert "steps between are left out" not in texts(drawn(run, "blocks.0.attn.q", "blocks.0.attn.k"))


def test_dashes_do_not_cover_one_another() -> None:
    way, other = [(0.0, 0.0), (0.0, 9.0), (5.0, 9.0)], [(8.0, 0.0), (8.0, 9.0), (3.0, 9.0)]
    assert sorted(once([way, other])) == [[(0, 0), (0, 9)], [(0, 9), (8, 9)], [(8, 0), (8, 9)]]


def test_every_addition_has_its_sign(run: Run) -> None:
    block = "blocks.0"
    frame = [f"{block}.{name}" for name in ("resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post")]
    drawing = drawn(run, *frame)
    assert texts(drawing).count("+") == 2
    assert not [path for path in ribbons(drawing) if path.get("stroke-dasharray")]


@pytest.mark.parametrize(
    "frame",
    [
        ("embed.W_E", "tokens", "embed"),
        ("blocks.0.ln1.mean", "blocks.0.ln1.scale", "blocks.0.ln1.normalized"),
        ("blocks.0.resid_pre", "blocks.0.attn_out", "blocks.0.resid_mid", "blocks.0.mlp_out", "blocks.0.resid_post"),
    ],
)
def test_a_way_comes_down_straight_or_far_beside_its_arrow(run: Run, frame: tuple[str, ...]) -> None:
    drawing = drawn(run, *(run.model.graph.find(name).name for name in frame))
    ways = re.findall(r'd="M([\d.]+) [\d.]+V[\d.]+H([\d.]+)V', drawing)
    assert ways
    assert all(begin == end or abs(float(begin) - float(end)) > 10 for begin, end in ways)


def test_a_way_begins_at_the_frame_beside_a_short_value(run: Run) -> None:
    norm = "blocks.0.ln1"
    frame = ("blocks.0.resid_pre", *(f"{norm}.{name}" for name in ("mean", "scale", "w", "b", "normalized")))
    drawing = drawn(run, *frame, selected=(f"{norm}.scale", (5,)))
    written = value_text(float(run[f"{norm}.scale"][5]))
    (value,) = (text for text in ElementTree.fromstring(drawing).iter(f"{SVG}text") if written in (text.text or ""))
    begins = re.findall(r'd="M([\d.]+) ([\d.]+)V', drawing)
    x, y = float(value.get("x", "")), float(value.get("y", ""))
    assert any(float(right) > x + 80 and y - 30 < float(top) < y - 10 for right, top in begins)


def test_each_summand_leads_to_a_sum(run: Run) -> None:
    """What the heads gathered depends on the positions too, but the stream holds the positions themselves besides."""
    frame = ("pos_embed", "blocks.0.attn.z", "blocks.0.resid_mid", "blocks.0.mlp_out", "logits")
    request = checked(layout(run.model.graph, 6), run.model.graph, run, frame, (), (), (), None, ())
    found = reads_of(request)
    assert found["blocks.0.resid_mid"] == {"pos_embed": True, "blocks.0.attn.z": True}
    assert found["blocks.0.mlp_out"] == {"blocks.0.resid_mid": True}
    assert found["logits"] == {"blocks.0.mlp_out": True}


def test_single_cells_are_written_out_with_the_digits_of_a_text(run: Run) -> None:
    norm = "blocks.0.ln1"
    frame = ("blocks.0.resid_pre", *(f"{norm}.{name}" for name in ("mean", "scale", "w", "b", "normalized")))
    told = texts(drawn(run, *frame, selected=(f"{norm}.normalized", (5, 0))))
    for name, index in (("mean", (5,)), ("scale", (5,)), ("w", (0,)), ("b", (0,))):
        value = value_text(float(run[f"{norm}.{name}"][index]))
        assert any(words.startswith("[") and words.endswith(f"= {value}") for words in told), name


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        ("X''", "X″"),
        (r"\hat{X}'", "X\u0302′"),
        (r"W^{\mathrm{in}}", "Win"),
        ("b^Q", "bQ"),
        (r"\alpha", "α"),
        (r"\mathrm{token}", None),
        (r"\frac{\partial\mathcal{L}}{\partial X}", None),
    ],
)
def test_letters_of_formulas_stand_beside_names(latex: str, shown: str | None) -> None:
    found = symbol(latex)
    written = found and "".join(ElementTree.fromstring(f"<text>{found.draw(12)}</text>").itertext())
    assert written == shown


def test_all_columns_of_shares_are_shown(nano_model: Model) -> None:
    told = texts(drawn(nano_model.trace("CBABBCABB"), "blocks.0.attn.pattern", fan=True))
    assert "⋯" not in told


def test_heads_stand_side_by_side(run: Run) -> None:
    told = texts(drawn(run, "blocks.0.attn.pattern", fan=True))
    assert [words for words in told if "h=" in words] == [f"block 1 · h t s · 3×6×6 · h={head}" for head in range(3)]
    shortest = {f"{value:.2f}".removeprefix("0") for value in run["blocks.0.attn.pattern"][:, 5].flat}
    assert shortest <= set(told)


@pytest.mark.parametrize(
    ("frame", "selected", "fan"),
    [
        (
            ("tokens", "embed.W_E", "embed", "positions", "pos_embed.W_pos", "pos_embed", "blocks.0.resid_pre"),
            None,
            False,
        ),
        (("blocks.0.mlp.pre", "blocks.0.mlp.W_in", "blocks.0.ln2.normalized"), ("blocks.0.mlp.pre", (5, 18)), False),
        (("blocks.0.attn.scores", "blocks.0.attn.pattern"), None, True),
    ],
)
def test_tables_keep_apart_and_on_the_picture(
    run: Run, frame: tuple[str, ...], selected: tuple[str, tuple[int, ...]] | None, fan: bool
) -> None:
    graph = run.model.graph
    frame = tuple(graph.find(name).name for name in frame)
    request = checked(layout(graph, 6), graph, run, frame, (), (), (), selected, ())
    found = excerpt(layout(graph, 6), request, WIDTH, 600.0, str, fan=fan)
    areas = [Rect(x, y - table.head, x + table.width, y - table.head + table.height) for table, x, y in found.placed]
    assert len(areas) == len(frame) * (3 if fan else 1)
    assert all(Rect(0, 0, WIDTH, found.height).holds(area) for area in areas)
    assert not [pair for pair in combinations(areas, 2) if pair[0].overlap(pair[1])]


def test_what_is_switched_off_is_crossed_out_and_small(run: Run) -> None:
    graph = run.model.graph
    off: list[Marked] = [("blocks.0.attn_out", ((0, 6), (0, 48)))]
    drawing = draw_excerpt(layout(graph, 6), graph, run, frame=["blocks.0.attn_out"], off=off, width=WIDTH)
    assert len(re.findall('class="off"', drawing)) == 1
    assert len(re.findall('class="grid"', drawing)) == 3 * 3
    assert "switched off" in texts(drawing)
    assert not ElementTree.fromstring(drawing).findall(f".//{SVG}g[@class='digits']/{SVG}text")


def test_marked_shares_are_told_with_the_digits_that_their_cells_have_no_room_for(run: Run) -> None:
    told = texts(marked(run, ("probs", ((5, 6), (0, 3)))))
    assert "1.000" in told
    for token, value in enumerate(run["probs"][5].tolist()):
        (written,) = (text.partition(" = ")[2] for text in told if text.startswith(f"[t=5, v={token}]"))
        assert float(written) == pytest.approx(value, rel=1e-3)
        assert float(written) not in (0, 1)


def test_what_is_read_is_nothing_to_the_rows_of_a_weight(run: Run) -> None:
    told = texts(drawn(run, "pos_embed.W_pos"))
    assert "0" in told
    assert "0 C" not in told
    assert "0 C" in texts(drawn(run, "pos_embed"))


def test_no_row_of_what_is_read_and_written_is_left_out(nano_model: Model) -> None:
    run = nano_model.trace("CBABBCABBBC")
    told = texts(marked(run, ("probs", ((5, 11), (0, 3)))))
    assert "⋮" not in told
    assert {f"{position} {letter}" for position, letter in enumerate("CBABBCABBBC")} <= set(told)


def test_the_largest_term_of_a_sum_is_shown(run: Run) -> None:
    read, weights = run["blocks.0.mlp.post"][5], run["blocks.0.mlp.W_out"][:, 0]
    largest = int(abs(read * weights).argmax())
    frame = ("blocks.0.mlp.post", "blocks.0.mlp.W_out", "blocks.0.mlp_out")
    assert str(largest) in texts(drawn(run, *frame, selected=("blocks.0.mlp_out", (5, 0))))


def test_what_is_never_negative_has_half_of_the_colours(run: Run) -> None:
    assert "negative" not in texts(drawn(run, "probs"))
    assert {"0", "1"} <= set(texts(drawn(run, "probs")))
    assert "negative" in texts(drawn(run, "probs", "logits"))


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.99984, "0.9998"), (1.00022, "1.0002"), (0.0000058, "0.0000058"), (-2.0, "−2"), (6.2471, "6.247"), (0.0, "0")],
)
def test_a_number_is_told_from_0_and_1(value: float, written: str) -> None:
    assert value_text(value).rstrip("0") == written.rstrip("0")


def test_an_arrow_leads_from_the_row_that_is_marked_to_the_row_that_is_marked(run: Run) -> None:
    graph = run.model.graph
    lit: list[Marked] = [("logits", ((5, 6), (0, 3))), ("probs", ((5, 6), (0, 3)))]
    drawing = draw_excerpt(layout(graph, 6), graph, run, frame=["logits", "probs"], lit=lit, width=WIDTH)
    (head,) = (
        path.get("d", "") for path in ElementTree.fromstring(drawing).iter(f"{SVG}path") if path.get("class") == "head"
    )
    marks = [rect for rect in ElementTree.fromstring(drawing).iter(f"{SVG}rect") if rect.get("class") == "mark"]
    middles = {float(mark.get("y", "")) + float(mark.get("height", "")) / 2 for mark in marks}
    assert float(head.split()[1].partition("l")[0]) == pytest.approx(middles.pop(), abs=1)
    assert not {round(other) for other in middles} - {round(float(head.split()[1].partition("l")[0]))}


def test_what_leads_down_from_a_table_begins_under_its_marked_cell(run: Run) -> None:
    drawing = drawn(run, "tokens", "embed.W_E", "embed", selected=("embed", (5, 0)))
    root = ElementTree.fromstring(drawing)
    ways = [path.get("d", "") for path in root.iter(f"{SVG}path") if "ribbon" in path.get("class", "")]
    middles = [
        float(mark.get("x", "")) + float(mark.get("width", "")) / 2
        for mark in root.iter(f"{SVG}rect")
        if mark.get("class") == "mark"
    ]
    for way in ways[:2]:
        assert any(abs(float(way[1:].split()[0]) - middle) <= STRAIGHT for middle in middles), (way, middles)
