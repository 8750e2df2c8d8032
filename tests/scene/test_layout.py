"""The scene of every preset and of some odd graphs: nothing missing, nothing overlapping, everything connected."""

import itertools
import json
from collections import defaultdict
from collections.abc import Iterator

import pytest

from pellucid.graph import Graph, Stored, Tensor, ops
from pellucid.models import PRESETS, GPT2Config, gpt2, preset, with_loss
from pellucid.scene import Bounds, Box, Scene, layout


def weight(g: Graph, name: str, spelled: str) -> Tensor:
    return g.weight(name, spelled, "weights", "W", stored=Stored.at(name, spelled))


def two_branches_from_one_state() -> Graph:
    """Attention without norm, bias or MLP, whose keys and values are few, then an MLP that reads the same state."""
    g = Graph("parallel", {"t": 9, "s": 9, "c": 12, "h": 4, "d": 3, "f": 30, "v": 5})
    with g.group("embedding", "embedding"):
        tokens = g.input("tokens", "t", "tokens", "x")
        x = g.apply(ops.lookup(weight(g, "table", "v c"), tokens), "x", "t c", "stream", "X", residual=True)
    with g.group("blocks.0", "block"):
        q, k, v = (
            g.apply(ops.linear(x, weight(g, f"W_{name}", "h c d")), name, "h t d", name, name)
            for name in ("q", "k", "v")
        )
        scores = g.apply(ops.scores(q, k), "scores", "h t s", "scores", "S")
        z = g.apply(ops.weighted_sum(scores, v), "z", "h t d", "z", "z")
        found = g.apply(ops.linear(z, weight(g, "W_O", "h d c")), "found", "t c", "found", "F")
        middle = g.apply(ops.add(x, found), "middle", "t c", "stream", "X", residual=True)
        hidden = g.apply(
            ops.linear(x, weight(g, "W_in", "c f"), weight(g, "b_in", "f")), "hidden", "t f", "hidden", "H"
        )
        bent = g.apply(ops.gelu(hidden), "bent", "t f", "bent", "B")
        update = g.apply(ops.linear(bent, weight(g, "W_out", "f c")), "update", "t c", "update", "U")
        again = g.apply(ops.linear(bent, weight(g, "W_back", "f c")), "again", "t c", "again", "A")
        third = g.apply(ops.add(middle, update), "third", "t c", "stream", "X", residual=True)
        g.apply(ops.add(third, again), "last", "t c", "stream", "X", residual=True)
    with g.group("output", "output"):
        g.apply(ops.mean(g.tensors["last"]), "mean", "t", "mean", "m", kind="statistic")
    return g


def gated_with_few_keys() -> Graph:
    """Turned queries and keys, few keys and values, a gate in the MLP; at last the stream takes up what is old."""
    g = Graph("gated", {"t": 8, "s": 8, "c": 12, "h": 4, "g": 2, "d": 3, "f": 20, "v": 5})
    tokens = g.input("tokens", "t", "tokens", "x")
    first = x = g.apply(ops.lookup(weight(g, "table", "v c"), tokens), "x", "t c", "stream", "X", residual=True)
    for i in range(2):
        name = f"blocks.{i}"
        with g.group(name, "block"):
            q = g.apply(ops.linear(x, weight(g, f"{name}.W_Q", "h c d")), f"{name}.q", "h t d", "q", "q")
            k = g.apply(ops.linear(x, weight(g, f"{name}.W_K", "g c d")), f"{name}.k", "g t d", "k", "k")
            v = g.apply(ops.linear(x, weight(g, f"{name}.W_V", "g c d")), f"{name}.v", "g t d", "v", "v")
            turned_q = g.apply(ops.gelu(q), f"{name}.turned_q", "h t d", "turned q", "q")
            turned_k = g.apply(ops.gelu(k), f"{name}.turned_k", "g t d", "turned k", "k")
            group = g.apply(ops.head_group(), f"{name}.group", "h", "group", "u", kind="statistic")
            dots = ops.grouped_scores(turned_q, turned_k, group)
            scores = g.apply(dots, f"{name}.scores", "h t s", "scores", "S")
            z = g.apply(ops.grouped_weighted_sum(scores, v, group), f"{name}.z", "h t d", "z", "z")
            found = g.apply(ops.linear(z, weight(g, f"{name}.W_O", "h d c")), f"{name}.found", "t c", "found", "F")
            x = g.apply(ops.add(x, found), f"{name}.middle", "t c", "stream", "X", residual=True)
            gate = g.apply(ops.linear(x, weight(g, f"{name}.W_gate", "c f")), f"{name}.gate", "t f", "gate", "G")
            wide = g.apply(ops.linear(x, weight(g, f"{name}.W_in", "c f")), f"{name}.wide", "t f", "wide", "H")
            bent = g.apply(ops.gelu(gate), f"{name}.bent", "t f", "bent", "B")
            gated = g.apply(ops.add(bent, wide), f"{name}.gated", "t f", "gated", "G")
            if i == 0:
                kept = gated
            narrow = g.apply(ops.linear(gated, weight(g, f"{name}.W_out", "f c")), f"{name}.out", "t c", "out", "N")
            x = g.apply(ops.add(x, narrow), f"{name}.end", "t c", "stream", "X", residual=True)
    with g.group("after", "after"):
        old = g.apply(ops.linear(kept, weight(g, "W_old", "f c")), "old", "t c", "old", "O")
        x = g.apply(ops.add(x, old), "remembering", "t c", "stream", "X", residual=True)
        x = g.apply(ops.add(x, g.tensors["blocks.0.found"]), "again", "t c", "stream", "X", residual=True)
        g.apply(ops.add(x, first), "last", "t c", "stream", "X", residual=True)
    return g


def no_stream() -> Graph:
    """One linear map; a tensor that nothing reads."""
    g = Graph("plain", {"t": 4, "c": 3, "f": 5})
    x = g.input("x", "t c", "x", "x")
    g.apply(ops.linear(x, weight(g, "W", "c f")), "y", "t f", "y", "y")
    g.input("unread", "t", "unread", "u")
    return g


GRAPHS = {name: preset(name).graph() for name in PRESETS} | {
    "tied": gpt2(GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=3, n_positions=7)),
    "one head": gpt2(GPT2Config(n_layer=1, n_head=1, n_embd=3, vocab_size=2, n_positions=40, n_inner=2)),
    "smallest": gpt2(GPT2Config(n_layer=1, n_head=1, n_embd=1, vocab_size=1, n_positions=1, n_inner=1)),
    "uneven columns": gpt2(GPT2Config(n_layer=13, n_head=2, n_embd=8, vocab_size=5, n_positions=7)),
    "wide at its ends": gpt2(
        GPT2Config(n_layer=8, n_head=4, n_embd=40, vocab_size=3000, n_positions=30, tie_word_embeddings=False)
    ),
    "loss": with_loss(preset("nano").graph()),
    "parallel": two_branches_from_one_state(),
    "gated": gated_with_few_keys(),
    "no stream": no_stream(),
}


@pytest.fixture(scope="module", params=GRAPHS, ids=str)
def graph(request: pytest.FixtureRequest) -> Graph:
    return GRAPHS[request.param]


SCENES: dict[str, Scene] = {}


@pytest.fixture
def scene(graph: Graph) -> Scene:
    name = next(name for name, candidate in GRAPHS.items() if candidate is graph)
    if name not in SCENES:
        SCENES[name] = layout(graph)
    return SCENES[name]


def boxes(scene: Scene) -> dict[str, Box]:
    return {box.tensor: box for box in scene.boxes}


def apart(one: Bounds, other: Bounds) -> bool:
    return any(one.high[way] <= other.low[way] or other.high[way] <= one.low[way] for way in range(3))


def within(inner: Bounds, outer: Bounds) -> bool:
    return all(outer.low[way] <= inner.low[way] and inner.high[way] <= outer.high[way] for way in range(3))


def sweep(bounds: list[Bounds]) -> Iterator[tuple[int, int]]:
    """Pairs whose heights overlap."""
    order = sorted(range(len(bounds)), key=lambda number: bounds[number].low[1])
    active: list[int] = []
    for number in order:
        active = [other for other in active if bounds[other].high[1] > bounds[number].low[1]]
        yield from ((other, number) for other in active)
        active.append(number)


def test_every_tensor_has_one_box_with_all_its_cells(graph: Graph, scene: Scene) -> None:
    assert [box.tensor for box in scene.boxes] == list(graph.tensors)
    for box in scene.boxes:
        tensor = graph.tensors[box.tensor]
        shown = {axis: count for axis, count in zip(box.axes, box.cells, strict=True) if axis}
        assert shown == dict(zip(tensor.axes, graph.shape(tensor), strict=True))
        for axis, count, pitch, size in zip(box.axes, box.cells, box.pitch, box.bounds.size, strict=True):
            assert axis or count == 1
            assert abs(pitch) >= 1
            assert size == (count - 1) * abs(pitch) + 1


def test_a_cell_is_one_unit_wide_and_high(scene: Scene) -> None:
    assert {box.pitch[:2] for box in scene.boxes} == {(1, -1)}
    assert all(coordinate == int(coordinate) for box in scene.boxes for coordinate in box.bounds.low)


def test_no_two_boxes_overlap(scene: Scene) -> None:
    bounds = [box.bounds for box in scene.boxes]
    assert not [(one, other) for one, other in sweep(bounds) if not apart(bounds[one], bounds[other])]


@pytest.mark.parametrize("name", PRESETS)
def test_gradients_are_laid_out_like_any_other_tensors(name: str) -> None:
    gradients = with_loss(preset(name).graph()).gradients()
    scene = layout(gradients)
    assert {box.tensor for box in scene.boxes} == set(gradients.tensors)
    test_no_two_boxes_overlap(scene)
    test_every_operand_has_a_ribbon(gradients, scene)
    test_ribbons_touch_the_boxes_that_they_join(scene)
    test_groups_hold_their_boxes_and_the_groups_inside_them(gradients, scene)


def test_every_operand_has_a_ribbon(graph: Graph, scene: Scene) -> None:
    expected = [
        (number, role, operand.name, op.output.name)
        for number, op in enumerate(graph.ops)
        for role, operand in op.inputs.items()
    ]
    assert [(ribbon.op, ribbon.role, ribbon.source, ribbon.target) for ribbon in scene.ribbons] == expected


def matrices(box: Box) -> list[Bounds]:
    """The slabs of a box that stand one behind another."""
    x, y, top = *box.bounds.low[:2], box.bounds.high[2]
    width, height, _ = box.bounds.size
    return [Bounds((x, y, top - 1 + number * box.pitch[2]), (width, height, 1)) for number in range(box.cells[2])]


def on_surface(point: tuple[float, float, float], bounds: Bounds) -> bool:
    inside = all(bounds.low[way] <= point[way] <= bounds.high[way] for way in range(3))
    return inside and any(point[way] in (bounds.low[way], bounds.high[way]) for way in range(3))


def test_ribbons_touch_the_boxes_that_they_join(scene: Scene) -> None:
    at = boxes(scene)
    for ribbon in scene.ribbons:
        assert on_surface(ribbon.points[0], matrices(at[ribbon.source])[0]), ribbon
        assert on_surface(ribbon.points[-1], matrices(at[ribbon.target])[0]), ribbon


def enters(start: tuple[float, ...], end: tuple[float, ...], bounds: Bounds) -> bool:
    """Whether the segment has points strictly inside the bounds."""
    first, last = 0.0, 1.0
    for way in range(3):
        low, high, step = bounds.low[way] + 1e-6, bounds.high[way] - 1e-6, end[way] - start[way]
        if step == 0:
            if not low < start[way] < high:
                return False
            continue
        near, far = sorted(((low - start[way]) / step, (high - start[way]) / step))
        first, last = max(first, near), min(last, far)
    return first < last


def test_ribbons_run_in_free_space(scene: Scene) -> None:
    rows: dict[int, list[Bounds]] = defaultdict(list)
    step = max(1, int(scene.bounds.size[1] / max(1, len(scene.boxes)) * 8))
    for box in scene.boxes:
        for row in range(int(box.bounds.low[1] // step), int(box.bounds.high[1] // step) + 1):
            rows[row] += matrices(box)[:2]  # those further back are far behind any ribbon
    for ribbon in scene.ribbons:
        for start, end in itertools.pairwise(ribbon.points):
            low, high = sorted((start[1], end[1]))
            for row in range(int(low // step), int(high // step) + 1):
                assert not any(enters(start, end, bounds) for bounds in rows[row]), ribbon


def test_ribbons_are_short_lists_of_points(scene: Scene) -> None:
    assert all(2 <= len(ribbon.points) <= 6 for ribbon in scene.ribbons)
    assert all(ribbon.width > 0 for ribbon in scene.ribbons)


def test_groups_hold_their_boxes_and_the_groups_inside_them(graph: Graph, scene: Scene) -> None:
    frames = {frame.name: frame for frame in scene.frames}
    assert list(frames) == list(graph.groups)
    for box in scene.boxes:
        group = graph.tensors[box.tensor].group
        assert group not in frames or within(box.bounds, frames[group].bounds)
    for frame in scene.frames:
        assert frame.title == graph.groups[frame.name].title
        parent = frames.get(frame.name.rpartition(".")[0])
        assert parent is None or within(frame.bounds, parent.bounds)


def test_groups_side_by_side_stay_apart(scene: Scene) -> None:
    siblings = defaultdict(list)
    for frame in scene.frames:
        siblings[frame.name.rpartition(".")[0] if frame.name.count(".") > 1 else ""].append(frame)
    for frames in siblings.values():
        bounds = [frame.bounds for frame in frames]
        touching = [
            (frames[one].name, frames[other].name)
            for one, other in sweep(bounds)
            if not apart(bounds[one], bounds[other])
        ]
        assert not touching


def test_bounds_hold_everything(scene: Scene) -> None:
    assert all(within(box.bounds, scene.bounds) for box in scene.boxes)
    assert all(within(frame.bounds, scene.bounds) for frame in scene.frames)
    assert all(within(Bounds(point, (0, 0, 0)), scene.bounds) for ribbon in scene.ribbons for point in ribbon.points)


def test_the_stream_falls_straight_down(graph: Graph, scene: Scene) -> None:
    at = boxes(scene)
    groups = {tensor.name: tensor.group for tensor in graph.tensors.values() if tensor.residual}
    begun = {column.parts[0] for column in scene.columns[1:]}
    columns: list[list[Bounds]] = [[]]
    for (before, _), (name, group) in itertools.pairwise([("", ""), *groups.items()]):
        if group in begun and group != groups.get(before):
            columns.append([])
        columns[-1].append(at[name].bounds)
    assert len(columns) == max(1, len(scene.columns))
    for states in columns:
        assert len({(state.low[0], state.low[2]) for state in states}) <= 1
        assert all(upper.low[1] > lower.high[1] for upper, lower in itertools.pairwise(states))
    assert all(at[name].axes[:2] == ("t", "c") for name, tensor in graph.tensors.items() if tensor.residual)


@pytest.mark.parametrize("name", PRESETS)
def test_blocks_are_congruent(name: str) -> None:
    graph = GRAPHS[name]
    at = boxes(layout(graph))
    first = at["blocks.0.resid_post"].bounds.low
    for tensor in graph.tensors:
        if tensor.startswith("blocks.1."):
            twin, state = at[tensor.replace("blocks.1.", "blocks.0.")].bounds, at["blocks.1.resid_post"].bounds.low
            here = at[tensor].bounds
            assert here.size == twin.size
            assert [here.low[way] - state[way] for way in range(3)] == [twin.low[way] - first[way] for way in range(3)]


FOLDED = {"gpt2": [4, 4, 4], "gpt2-xl": [12] * 4, "gpt3": [16] * 6, "uneven columns": [7, 6]}


@pytest.mark.parametrize("name", FOLDED)
def test_a_tall_tower_is_folded_into_columns_read_from_left_to_right(name: str) -> None:
    graph, scene = GRAPHS[name], SCENES.get(name) or layout(GRAPHS[name])
    frames = {frame.name: frame.bounds for frame in scene.frames}
    assert [len(column.parts) for column in scene.columns] == FOLDED[name]
    parts = [part for column in scene.columns for part in column.parts]
    assert parts == [name for name in graph.groups if name.startswith("blocks.") and name.count(".") == 1]
    for left, right in itertools.pairwise(scene.columns):
        assert left.bounds.high[0] < right.bounds.low[0]
        assert left.bounds.high[1] == right.bounds.high[1]
    for column in scene.columns:
        assert all(within(frames[part], column.bounds) for part in column.parts)
        assert all(frames[upper].low[1] > frames[lower].high[1] for upper, lower in itertools.pairwise(column.parts))
    floor = min(column.bounds.low[1] for column in scene.columns)
    assert frames["embedding"].low[1] > scene.columns[0].bounds.high[1]
    assert frames["output"].high[1] < floor
    # Several times as high as wide would be a thread again; a table of all words is as wide as it is.
    assert max(scene.bounds.size[:2]) < 1.3 * max(min(scene.bounds.size[:2]), frames["embedding"].size[0])


@pytest.mark.parametrize("name", FOLDED)
def test_from_column_to_column_the_stream_runs_through_the_gutter_between_them(name: str) -> None:
    scene = SCENES.get(name) or layout(GRAPHS[name])
    for left, right in itertools.pairwise(scene.columns):
        last, first = left.parts[-1], right.parts[0]
        crossing = [
            ribbon
            for ribbon in scene.ribbons
            if ribbon.source.startswith(f"{last}.") and ribbon.target.startswith(f"{first}.")
        ]
        assert crossing
        for ribbon in crossing:
            assert len(ribbon.points) == 6
            assert left.bounds.high[0] < ribbon.points[2][0] == ribbon.points[3][0] < right.bounds.low[0]
            assert ribbon.points[2][1] < left.bounds.low[1]
            assert ribbon.points[3][1] > right.bounds.high[1]
        lanes = [ribbon.points[2][:2] for ribbon in crossing]
        assert len(set(lanes)) == len(lanes)


def test_a_model_of_few_blocks_is_one_tower() -> None:
    assert layout(GRAPHS["nano"]).columns == ()


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_multiplied_stands_side_by_side(name: str) -> None:
    """The axis summed over, the axis taken from the weight: each lies at the same place in both boxes."""
    graph = GRAPHS[name]
    at = boxes(layout(graph))
    for op in graph.ops:
        if op.kind != "linear" or op.operands[1].group != op.output.group:
            continue
        x, weights, made = (at[tensor.name] for tensor in (*op.operands[:2], op.output))
        aligned = [way for way in (0, 1) if spread(x, way) == spread(weights, way)]
        shared = [way for way in (0, 1) if spread(made, way) == spread(weights, way)]
        assert aligned or shared, op.output.name
        assert {x.axes[way] for way in aligned} <= set(op.operands[1].axes)
        assert len(shared) == 1, op.output.name
        assert made.axes[shared[0]] in op.operands[1].axes


def spread(box: Box, way: int) -> tuple[str | None, float, float]:
    return box.axes[way], box.bounds.low[way], box.bounds.size[way]


def test_an_attention_head_reads_from_left_to_right() -> None:
    at = boxes(layout(GRAPHS["nano"]))
    names = ["q", "k", "v", "qk", "scores", "max", "sum", "pattern", "z"]
    row = [at[f"blocks.1.attn.{name}"] for name in names]
    assert all(one.bounds.high[0] < other.bounds.low[0] for one, other in itertools.pairwise(row))
    assert len({spread(box, 1)[1:] for box in row}) == 1
    assert {box.axes[2] for box in row} == {"h"}
    assert len({box.pitch[2] for box in row}) == 1
    assert at["blocks.1.attn.z"].bounds.high[0] < at["blocks.1.attn_out"].bounds.low[0]
    assert at["blocks.1.attn_out"].bounds.high[0] < at["blocks.1.resid_mid"].bounds.low[0]


def test_strips_lie_along_what_they_belong_to() -> None:
    at = boxes(layout(GRAPHS["nano"]))
    for strip, matrix, way in (
        ("tokens", "embed", 0),
        ("blocks.0.ln1.mean", "blocks.0.ln1.normalized", 0),
        ("blocks.0.ln1.w", "blocks.0.ln1.normalized", 1),
        ("blocks.0.attn.b_Q", "blocks.0.attn.q", 0),
        ("blocks.0.attn.sum", "blocks.0.attn.pattern", 1),
        ("blocks.0.mlp.b_in", "blocks.0.mlp.pre", 0),
        ("blocks.0.mlp.b_out", "blocks.0.mlp_out", 1),
        ("logits.max", "probs", 1),
    ):
        assert spread(at[strip], way) == spread(at[matrix], way)


def test_the_whole_model_fits_a_screen_held_either_way() -> None:
    width, height, _ = layout(GRAPHS["nano"]).bounds.size
    assert 0.5 < width / height < 1


def test_the_same_graph_gives_the_same_scene() -> None:
    assert layout(preset("nano").graph()) == layout(preset("nano").graph())


def test_the_description_is_the_protocols(scene: Scene) -> None:
    described = json.loads(json.dumps(scene.describe()))
    assert set(described) == {"bounds", "boxes", "ribbons", "groups", "columns"}
    assert set(described["boxes"][0]) == {"tensor", "min", "size", "axes", "cells", "pitch"}
    assert set(described["ribbons"][0]) == {"op", "role", "from", "to", "width", "points"}
    assert all(set(group) == {"name", "title", "min", "size"} for group in described["groups"])
    assert len(described["boxes"]) == len(scene.boxes)


def test_a_tensor_that_no_stack_of_matrices_can_show_is_refused() -> None:
    g = Graph("cube", {"t": 2, "c": 3, "f": 4})
    g.input("cube", "t c f", "cube", "X")
    with pytest.raises(ValueError, match="cube: the axes t c f do not fit a stack of matrices"):
        layout(g)


@pytest.mark.parametrize("positions", [1, 2, 6])
def test_room_for_a_shorter_text_is_smaller(positions: int) -> None:
    graph = GRAPHS["nano"]
    scene = layout(graph, positions)
    for box in scene.boxes:
        tensor = graph.tensors[box.tensor]
        shown = {axis: count for axis, count in zip(box.axes, box.cells, strict=True) if axis}
        assert shown == dict(zip(tensor.axes, graph.shape(tensor, positions), strict=True))
    test_no_two_boxes_overlap(scene)
    test_ribbons_touch_the_boxes_that_they_join(scene)
    test_ribbons_run_in_free_space(scene)
    test_groups_side_by_side_stay_apart(scene)
