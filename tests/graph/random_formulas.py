"""Formulas made by Hypothesis: every kind of node, over a few small tensors, with moderate and smooth values."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from hypothesis import strategies as st

from pellucid.graph import Graph, Stored, Tensor
from pellucid.graph.formula import (
    Cell,
    Formula,
    Number,
    Place,
    Size,
    Step,
    cell,
    cells,
    choose,
    cos,
    equal,
    erf,
    exp,
    floor,
    largest,
    letters,
    log,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
    total,
)
from pellucid.graph.op import Op

SIZES = {"t": 3, "s": 3, "c": 4, "h": 2, "v": 5}


def weight(name: str, spelled: str) -> Tensor:
    return Tensor(name, tuple(spelled.split()), "weight", name, name.upper(), "", stored=Stored.at(name, spelled))


ROWS = Tensor("tokens", ("t",), "input", "tokens", "r", "")
TABLE = weight("table", "v c")
TENSORS = (*(weight(*pair) for pair in (("x", "t c"), ("y", "h t"), ("z", "c h"), ("u", "c"), ("w", "t"))), TABLE)
OUTPUTS = (("t", "c"), ("h", "t"), ("t", "s"), ("c",), ("t",), ())


@dataclass(frozen=True)
class Example:
    """A formula, the letters of its output, and numbers for what it reads."""

    formula: Formula
    axes: tuple[str, ...]
    seed: int

    @property
    def operands(self) -> tuple[Tensor, ...]:
        read = {one.tensor for one in cells(self.formula)}
        return tuple(one for one in (*TENSORS, ROWS) if one in read)

    def op(self) -> Op:
        op = Op("random", "random", {tensor.name: tensor for tensor in self.operands}, self.formula)
        op.bind(Tensor("out", self.axes, "activation", "output", "o", ""), SIZES)
        return op

    def numbers(self) -> list[np.ndarray]:
        random = np.random.default_rng(self.seed)
        made: list[np.ndarray] = []
        for tensor in self.operands:
            shape = [SIZES[axis] for axis in tensor.axes]
            real = tensor.kind == "weight"
            made.append(random.normal(size=shape) if real else random.integers(SIZES["v"], size=shape))
        return made

    def graph(self) -> Graph:
        """The formula as a model: its output, and a loss that weighs every cell of that differently."""
        graph = Graph("random", SIZES)
        graph.tensors = {tensor.name: tensor for tensor in self.operands}
        graph.tensors[ROWS.name] = graph._inputs["tokens"] = ROWS
        out = graph.apply(self.op(), "out", " ".join(self.axes), "output", "o")
        if self.axes:
            scale = graph.weight("scale", axes := " ".join(self.axes), "scale", "k", stored=Stored.at("scale", axes))
            weighed = total(cell(out) * cell(scale), *self.axes)
            graph.apply(Op("loss", "loss", {"out": out, "scale": scale}, weighed), "loss", "", "loss", "L")
        else:
            graph.apply(Op("loss", "loss", {"out": out}, 2 * cell(out)), "loss", "", "loss", "L")
        return graph


@st.composite
def examples(draw: st.DrawFn) -> Example:
    axes = draw(st.sampled_from(OUTPUTS))
    return Example(draw(formulas(frozenset(axes), 3)), axes, draw(st.integers(0, 2**16)))


@cache
def formulas(known: frozenset[str], depth: int) -> st.SearchStrategy[Formula]:
    """Formulas over some of these letters."""
    if depth == 0:
        return leaves(known)
    inner = formulas(known, depth - 1)
    return st.one_of(
        leaves(known),
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a / (1 + b**2), inner, inner),
        inner.map(functions),
        st.builds(choose, conditions(known), inner, st.one_of(st.just(0.0), inner)),
        inner.map(lambda one: Step("named", one)),
        reductions(known, depth),
    ) | st.builds(lambda one, change: change(one), inner, st.sampled_from(CHANGES))


def functions(one: Formula) -> Formula:
    return Number(0.5, r"\tfrac12") * one * (1 + tanh(one))


CHANGES = (
    tanh,
    sigmoid,
    softplus,
    erf,
    sin,
    cos,
    lambda one: tanh(one) ** 3,
    lambda one: one**2,
    lambda one: (1 + one**2) ** -0.5,
    lambda one: Number(2) ** tanh(one),
    lambda one: exp(tanh(one)),
    lambda one: log(1 + one**2),
    lambda one: sqrt(one**2 + Number(1e-2, r"\varepsilon")),
    lambda one: -one,
    lambda one: -math.log(2) * one / Size("c"),
)


def leaves(known: frozenset[str]) -> st.SearchStrategy[Formula]:
    found: list[st.SearchStrategy[Formula]] = [st.sampled_from([0.5, -1.0, 2.0]).map(Number)]
    found += [st.just(one) for one in cells_over(known)]
    if known:
        places = st.sampled_from(sorted(known)).map(Place)
        found += [places.map(lambda one: one / 2), places.map(lambda one: floor(one / 2))]
    return st.one_of(*found)


def cells_over(known: frozenset[str]) -> list[Cell]:
    """Cells whose letters are among these; the positions also as those looked at, and rows found by a number."""
    found = [cell(tensor) for tensor in TENSORS]
    found += [one.at(t="s") for one in found if "t" in one.axes]
    rows = cell(ROWS)
    found += [cell(TABLE).at(v=rows), cell(TABLE).at(v=rows.at(t="s"))]
    found += [cell(TABLE).at(v=floor(Place("t") / 2), c=Place("h"))]
    return [one for one in found if letters(one) <= known]


def conditions(known: frozenset[str]) -> st.SearchStrategy[Formula]:
    found: list[st.SearchStrategy[Formula]] = [st.just(Number(1) < Size("c"))]
    if readable := cells_over(known):
        found.append(st.sampled_from(readable).map(lambda one: one < 0.3))
    if known:
        found.append(st.sampled_from(sorted(known)).map(lambda letter: Place(letter) <= 1))
        found.append(st.sampled_from(sorted(known)).map(lambda letter: equal(Place(letter), 1)))
    if {"t", "s"} <= known:
        found.append(st.just(Place("s") <= Place("t")))
    return st.one_of(*found)


def reductions(known: frozenset[str], depth: int) -> st.SearchStrategy[Formula]:
    free = sorted(set("tsc") - known)
    if not free:
        return leaves(known)
    return st.sampled_from(free).flatmap(lambda letter: reduced(known, letter, depth))


def reduced(known: frozenset[str], letter: str, depth: int) -> st.SearchStrategy[Formula]:
    """A sum or maximum along a letter; what it runs over depends on that letter, and no two candidates are equal."""
    along = next(one for one in cells_over(frozenset("tsch")) if letters(one) == {letter})
    inner = formulas(known | {letter}, depth - 1)
    return st.one_of(
        inner.map(lambda one: total(one if letter in letters(one) else one * along, letter)),
        inner.map(lambda one: total(one * along, letter)),
        inner.map(lambda one: largest(one + along, letter)),
    )
