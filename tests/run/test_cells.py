"""Cells: one spelling, read back as it was written, and checked against a text at hand."""

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import TIED

from pellucid.graph import PellucidError, Tensor
from pellucid.models.gpt2 import gpt2
from pellucid.run.cells import Cells

GRAPH = gpt2(TIED)
Q = GRAPH.tensors["blocks.1.attn.q"]


@st.composite
def cells(draw: st.DrawFn, positions: int | None = None) -> Cells:
    """Any cells of any tensor that there are for a text of so many tokens."""
    tensor: Tensor = draw(st.sampled_from(list(GRAPH.tensors.values())))
    places: dict[str, Any] = {}
    for axis, length in zip(tensor.axes, GRAPH.shape(tensor, positions), strict=True):
        first = draw(st.integers(0, length - 1))
        end = draw(st.integers(first + 1, length))
        ways = [first, np.int64(first), slice(first, end), range(first, end), slice(None)]
        places[axis] = draw(st.sampled_from(ways))
    return Cells.of(tensor, **places)


@given(cells())
def test_what_is_spelled_is_read_back(some: Cells) -> None:
    assert Cells.parse(str(some), GRAPH) == some
    assert hash(Cells.parse(f" {str(some).replace(',', ' , ').replace('..', ' .. ')} ", GRAPH)) == hash(some)
    assert Cells.from_json(some.to_json(), GRAPH) == some
    some.check(GRAPH)


@given(cells(positions=5))
def test_slices_are_the_cells_of_an_array(some: Cells) -> None:
    some.check(GRAPH, 5)
    shape = GRAPH.shape(GRAPH.tensors[some.tensor], 5)
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    bounded = some.bounded(shape)
    assert None not in bounded.spans
    np.testing.assert_array_equal(array[some.slices], array[bounded.slices])
    assert array[some.first] == array[some.slices].flat[0]
    assert Cells.parse(str(bounded), GRAPH) == bounded
    assert bounded.single == (array[some.slices].size == 1)
    if bounded.single:
        assert array[bounded.index] == array[some.slices].item()


@given(cells(positions=8), st.integers(1, 8))
def test_of_a_shorter_text_there_are_those_that_it_has(some: Cells, positions: int) -> None:
    tensor = GRAPH.tensors[some.tensor]
    found, shape = some.within(GRAPH.shape(tensor, positions)), GRAPH.shape(tensor, positions)
    size = np.empty(shape)[some.slices].size
    assert (found is None) == (size == 0)
    if found is not None:
        found.check(GRAPH, positions)
        assert np.empty(shape)[found.slices].size == size


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("blocks.1.attn.q[2,3,4]", "blocks.1.attn.q[h=2,t=3,d=4]"),
        ("blocks.1.attn.q:2,3,4", "blocks.1.attn.q[h=2,t=3,d=4]"),
        ("blocks.1.attn.q[d=4, t=3..5]", "blocks.1.attn.q[t=3..5,d=4]"),
        ("blocks.1.attn.q[t=3..3]", "blocks.1.attn.q[t=3]"),
        ("blocks.1.attn.hook_q [h = 0]", "blocks.1.attn.q[h=0]"),
        ("transformer.h.0.mlp.c_fc[0,0]", "blocks.0.mlp.pre[t=0,f=0]"),
        ("logits", "logits"),
    ],
)
def test_there_is_one_canonical_spelling(text: str, canonical: str) -> None:
    assert str(Cells.parse(text, GRAPH)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        *("", "[0]", "q[", "q]", "q[0][1]", "q[0]~freeze", "q[0,]", "q[0;1]", "q:t", "q[t]", "q[t=]", "q[t=0,1]"),
        *("q[T=0]", "q[t=1.5]", "q[t=1e3]", "q[t=0...2]", "q[t=٣]", "q[t=12345678901]"),
    ],
)
def test_what_spells_no_cells_is_said(text: str) -> None:
    with pytest.raises(PellucidError, match="does not name a cell: write a tensor and whole numbers") as caught:
        Cells.parse(text.replace("q", "blocks.1.attn.q"), GRAPH)
    assert caught.value.code == "bad-cell"


@pytest.mark.parametrize(
    "made",
    [
        lambda: Cells(None, (), ()),  # type: ignore[arg-type]
        lambda: Cells("logits", "tv", (None, None)),  # type: ignore[arg-type]
        lambda: Cells("logits", ("t", "v"), ((5, 6),)),
        lambda: Cells("logits", ("t", "v"), ((5, 6), (0.0, 1.0))),  # type: ignore[arg-type]
        lambda: Cells.from_json({"tensor": "logits", "at": {"t": count()}}, GRAPH),
        lambda: Cells.from_json({"tensor": "logits", "at": {"t": range(10**12)}}, GRAPH),
    ],
)
def test_what_are_the_cells_of_no_tensor_is_said(made: Callable[[], Cells]) -> None:
    with pytest.raises(PellucidError):
        made()


def test_an_axis_that_stands_twice_is_said() -> None:
    with pytest.raises(PellucidError, match=r"t stands twice in \[t=0,t=1\]: give each axis of .* once") as caught:
        Cells.parse("blocks.1.attn.q[t=0,t=1]", GRAPH)
    assert caught.value.code == "bad-index"


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        ({"h": 1.0}, r"h of blocks.1.attn.q is 1.0: an index is a whole number, such as h=2\."),
        ({"h": True}, "h of blocks.1.attn.q is True"),
        ({"h": "1"}, "h of blocks.1.attn.q is '1'"),
        ({"t": slice(0, 2.5)}, "t of blocks.1.attn.q is 2.5"),
        ({"t": slice(2, None)}, "is not a range of neighbours: write t=0..3"),
        ({"t": range(0, 6, 2)}, "is not a range of neighbours"),
        ({"t": range(3, 3)}, r"t=3\.\.2 of blocks.1.attn.q is empty"),
        ({"c": 1}, r"has the axes h t d and none named c: give at most one number for each, such as \[h=0,t=0,d=0\]"),
    ],
)
def test_what_is_no_index_in_python_is_said(places: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence) as caught:
        Cells.of(Q, **places)
    assert caught.value.code == "bad-index"


def test_anything_that_counts_as_a_whole_number_is_an_index() -> None:
    class Three:
        def __index__(self) -> int:
            return 3

    assert Cells.of(Q, h=np.int8(1), t=Three()) == Cells.of(Q, h=1, t=range(3, 4)) == Cells.of(Q, h=1, t=slice(3, 4))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("blocks.1.attn.q[t=4]", r"t=4 is outside blocks.1.attn.q: t \(position\) runs from 0 to 3\."),
        ("blocks.1.attn.q[t=2..4]", r"t=2\.\.4 is outside"),
        ("blocks.1.attn.pattern[s=4]", "s=4 is outside"),
        ("blocks.1.attn.q[h=2]", r"runs from 0 to 1\."),
        ("blocks.1.attn.q[0,-1,0]", "t=-1 is outside"),
    ],
)
def test_cells_beyond_the_text_are_answered_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence) as caught:
        Cells.parse(text, GRAPH).check(GRAPH, 4)
    assert caught.value.code == "index-out-of-range"


def test_only_one_cell_has_an_index() -> None:
    assert Cells.parse("blocks.1.attn.q[1,2,3]", GRAPH).index == (1, 2, 3)
    for text in ("blocks.1.attn.q", "blocks.1.attn.q[h=1]", "blocks.1.attn.q[h=1,t=0..1,d=0]"):
        with pytest.raises(PellucidError, match=r"give one number for each, such as \[h=0,t=0,d=0\]"):
            _ = Cells.parse(text, GRAPH).index


def test_cells_of_another_model_are_told_apart() -> None:
    foreign = Cells(Q.name, ("h", "t"), (None, None))
    with pytest.raises(PellucidError, match="has the axes h t d here, unlike in the model"):
        foreign.check(GRAPH)
