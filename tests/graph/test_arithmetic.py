"""Every number and every gradient can be taken apart: its arithmetic makes it, from the cells it says it read."""

import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from formula.models import LIBRARY
from graph.library import LLAMA, MIXTURE, NEIGHBOURS, OPS, adamw, random_weights, small_llama
from latex2mathml.converter import convert
from small import TIED, UNTIED, mask, shaken

from pellucid.graph import Graph
from pellucid.graph.arithmetic import Region
from pellucid.graph.formula import Cell, choose
from pellucid.graph.functions import largest, operate, total
from pellucid.graph.op import Op
from pellucid.graph.typeset import Typesetter
from pellucid.models import GPT2Config, gpt2, with_loss
from pellucid.run.engine import inputs
from pellucid.run.explain import Explanation, explain
from pellucid.run.reference import walk

CELLS = 20


def bent_by(activation: str) -> Graph:
    return with_loss(gpt2(replace(TIED, n_layer=1, activation_function=activation))).gradients()


GRAPHS = {
    "GPT-2": lambda: with_loss(gpt2(TIED)).gradients(),
    "GPT-2, untied": lambda: with_loss(gpt2(UNTIED)).gradients(),
    "GPT-2 with gelu": lambda: bent_by("gelu"),
    "GPT-2 with quick_gelu": lambda: bent_by("quick_gelu"),
    "GPT-2 with relu": lambda: bent_by("relu"),
    "GPT-2 with tanh": lambda: bent_by("tanh"),
    "Llama": lambda: with_loss(small_llama(LLAMA)).gradients(),
    "Llama, neighbours paired": lambda: small_llama(NEIGHBOURS),
    "mixture of experts": lambda: with_loss(small_llama(MIXTURE)).gradients(),
    "AdamW": adamw,
}
# What no model of these has: an op is told of in one place, tests/formula/models.py.
GRAPHS |= {kind: LIBRARY[kind] for kind in OPS - {op.kind for make in GRAPHS.values() for op in make().ops}}


@cache
def computed(name: str) -> tuple[Graph, dict[str, np.ndarray]]:
    """The graph, and everything in it computed for one text."""
    graph, random = GRAPHS[name](), np.random.default_rng(1)
    if name == "AdamW":
        weights = random_weights(graph)
        return graph, walk(graph.ops, {**weights, "v": np.square(weights["v"]), "step": np.array(3)})
    tokens, targets = random.integers(0, graph.sizes["v"], (2, 7))
    targets[:2] = -1
    return graph, walk(graph.ops, {**random_weights(graph), **inputs(graph, tokens, targets)})


def explained(name: str, count: int) -> Iterator[tuple[Op, tuple[int, ...], Explanation, dict[str, np.ndarray]]]:
    """Some cells of every tensor that an op makes."""
    graph, values = computed(name)
    random = np.random.default_rng(0)
    for op in graph.ops:
        for _ in range(count):
            index = tuple(int(random.integers(length)) for length in values[op.name].shape)
            yield op, index, explain(graph, values, op.output, index), values


every_graph = pytest.mark.parametrize("name", GRAPHS)


def test_every_op_is_in_these_graphs() -> None:
    assert {op.kind for name in GRAPHS for op in computed(name)[0].ops} - {"loss"} == {*OPS, "gradient"}


@every_graph
def test_explaining_a_cell_gives_its_value(name: str) -> None:
    for op, index, explanation, values in explained(name, CELLS):
        found, traced = explanation.value, float(values[op.name][index])
        error = 0.0 if found == traced else abs(found - traced)
        assert error <= max(1e-6, 1e-5 * abs(traced)), f"{op.name}{index}: {found} instead of {traced}"


@every_graph
def test_terms_steps_and_cells_agree(name: str) -> None:
    for op, index, explanation, values in explained(name, 5):
        place = f"{op.name}{index}"
        regions = {tensor.name: region for _, tensor, region in explanation.reads}
        for term in explanation.terms:
            for cell in term.cells:
                assert cell.value == float(values[cell.tensor.name][cell.index]), place
                assert is_in(cell.index, regions[cell.tensor.name]), f"{place}: {cell} is outside what was read"
        addends = [term.value for term in explanation.terms]
        together = explanation.steps[0].value
        if explanation.combine == "max":
            assert together == max(addends), place
        elif explanation.combine == "sum" and explanation.steps[0].label == "sum":
            assert together == pytest.approx(sum(addends), abs=1e-9), place
        assert explanation.steps[-1].value == explanation.value, place


def is_in(index: tuple[int, ...], region: Region) -> bool:
    return all(start <= place < stop for place, (start, stop) in zip(index, region, strict=True))


@every_graph
def test_exactly_the_cells_read_decide_the_value(name: str) -> None:
    """Changing any number outside `reads` leaves the cell as it was; changing all inside does not."""
    for op, index, explanation, values in explained(name, 1):
        operands = [values[operand] for operand in op.operand_names]
        inside = [mask(array, region) for array, (_, _, region) in zip(operands, explanation.reads, strict=True)]
        before = values[op.name][index]
        outside = op.compute(np, *[shaken(o, ~i) for o, i in zip(operands, inside, strict=True)])[index]
        assert outside == pytest.approx(before, rel=1e-5, abs=1e-6), f"{op.name}{index} read more than it says"
        if op.kind in COUNTED or before in (0, -np.inf) or not any(i.any() for i in inside):
            continue
        changed = op.compute(np, *[shaken(o, i) for o, i in zip(operands, inside, strict=True)])[index]
        assert changed != before, f"{op.name}{index} does not read what it says"


COUNTED = {"head_group", "rank"}
"""What these make is a count, which stays as it is where all numbers grow alike."""


@every_graph
def test_formulas_can_be_set(name: str) -> None:
    """With letters, with numbers for letters, with numbers for everything, and what each step does."""
    for op, _, explanation, _ in explained(name, 2):
        for latex in (explanation.formula, explanation.substituted, op.latex(explanation.index)):
            assert_set(latex)
        for term in explanation.terms:
            assert_set(term.latex)
        for step in explanation.steps:
            assert_set(step.latex)


@pytest.mark.parametrize("name", ["logits.sum", "logits.max"])
def test_taking_a_sum_apart_takes_time_in_proportion_to_its_terms(name: str) -> None:
    """A vocabulary of ordinary size is one such sum; the square of it is a minute and more."""
    few, many = 3_000, 24_000
    least = {size: min(seconds_to_take_apart(name, size) for _ in range(2)) for size in (few, many)}
    assert least[many] < 24 * least[few]


def seconds_to_take_apart(name: str, size: int) -> float:
    """Of the processor, which other programs do not lengthen."""
    op = gpt2(GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=size, n_positions=2)).makers[name]
    logits = np.random.default_rng(0).normal(size=(1, size)).astype(np.float32)
    arrays = [logits, logits.max(axis=1)][: len(op.operands)]
    start = time.process_time()
    terms = op.arithmetic((0,), arrays).terms
    assert len(terms) == size
    return time.process_time() - start


def assert_set(latex: str) -> None:
    assert latex.count("{") == latex.count("}"), latex
    assert latex.count(r"\left") - latex.count(r"\leftarrow") == latex.count(r"\right"), latex
    convert(latex)
    ugly = re.search(UGLY, latex)
    assert not ugly, f"{ugly[0]!r} in {latex}" if ugly else ""


UGLY = r"--|- -|\+ -|\\left\(\\left\((?:[^()]*)\\right\)\\right\)|\bnan\b|\binf\b|(?:\\left\(|= )-0(?![\d.]| \\cdot)"
"""Signs beside each other, parentheses in parentheses, numbers that are none, and less than nothing that is nothing."""


@every_graph
def test_formulas_multiply_by_nothing_that_could_be_left_out(name: str) -> None:
    for op in computed(name)[0].ops:
        latex = op.latex()
        assert not re.search(r"(?<!,)\\,1(?![\d.])|(?<![\d.,_])1\\,", latex), f"a factor 1 in {latex}"
        for symbol in re.findall(r"(\\[a-z]+_\{[a-z,]+\})\\,\1(?![\d'^])", latex):
            raise AssertionError(f"{symbol} times itself in {latex}")


def test_gradients_as_a_reader_sees_them() -> None:
    graph, _ = computed("GPT-2")

    def loss_by(symbol: str) -> str:
        return rf"\frac{{\partial \mathcal{{L}}}}{{\partial {symbol}}}"

    down, scale = loss_by(r"\hat{X}''_{t,c}") + r"\,\gamma_{c}", loss_by(r"\sigma_{t}")
    assert graph.makers["grad.ln_final.scale"].latex() == (
        scale + rf" = -\frac{{1}}{{\sigma_{{t}}^{{2}}}}\sum_{{c}} {down}\,\left(X''_{{t,c}} - \mu_{{t}}\right)"
    )
    assert graph.makers["grad.ln_final.mean"].latex() == (
        loss_by(r"\mu_{t}")
        + rf" = -\frac{{1}}{{\sigma_{{t}}}}\sum_{{c}} {down}"
        + rf" - \frac{{{scale}\,\sum_{{c}} \left(X''_{{t,c}} - \mu_{{t}}\right)}}{{12\,\sigma_{{t}}}}"
    )


def test_a_window_is_set_with_both_its_conditions() -> None:
    latex = computed("mixture of experts")[0].makers["blocks.0.attn.scores"].latex()
    seen = r"S_{h,t,s} & s \le t,\, t - s < 3"
    assert latex == rf"\tilde{{S}}_{{h,t,s}} = \begin{{cases}} {seen} \\ -\infty & \text{{otherwise}} \end{{cases}}"


def test_choices_within_choices_are_one_list_of_cases() -> None:
    x = Cell(Graph("", {"t": 2}).input("x", "t", "before", "x"), ("t",))
    other = r" \end{cases}"
    for node, rows in (
        (choose(x < 0, 1, choose(x < 3, x, 2)), r"1 & x_{t} < 0 \\ x_{t} & x_{t} < 3 \\ 2 & \text{otherwise}"),
        (
            choose(x < 3, choose(x < 0, 1, x), 2),
            r"1 & x_{t} < 3,\, x_{t} < 0 \\ x_{t} & x_{t} < 3 \\ 2 & \text{otherwise}",
        ),
        (choose(x < 3, choose(x <= 0, x, 2), 2), r"x_{t} & x_{t} < 3,\, x_{t} \le 0 \\ 2 & \text{otherwise}"),
        (choose(x < 0, 1, choose(x < 3, x, 0)), r"1 & x_{t} < 0 \\ x_{t} & x_{t} < 3 \\ 0 & \text{otherwise}"),
    ):
        assert Typesetter().text(node) == r"\begin{cases} " + rows + other
    both = choose(x < 3, choose(x <= 0, x, 0), 0)
    assert Typesetter().text(both) == r"\left[x_{t} < 3,\, x_{t} \le 0\right]\,x_{t}"


@pytest.mark.parametrize(
    ("numbers", "sum_of_them", "largest_of_them"),
    [
        ([0.1] * 10, 1.0, 0.1),
        ([math.inf, 1.0, -math.inf], math.nan, math.inf),
        ([1e308, 1e308], math.inf, 1e308),
        ([1.0, math.nan, 2.0], math.nan, math.nan),
        ([math.nan, 1.0], math.nan, math.nan),
    ],
)
def test_sums_and_maxima_of_what_is_not_finite(
    numbers: list[float], sum_of_them: float, largest_of_them: float
) -> None:
    np.testing.assert_equal(total(iter(numbers)), sum_of_them)
    np.testing.assert_equal(largest(iter(numbers)), largest_of_them)


@pytest.mark.parametrize(
    ("base", "exponent", "power"),
    [(3.0, 2.0, 9.0), (0.0, -3.0, math.inf), (1e200, 2.0, math.inf), (-2.0, 0.5, math.nan)],
)
def test_powers_are_those_of_arrays_where_python_would_raise(base: float, exponent: float, power: float) -> None:
    np.testing.assert_equal(operate("^", base, exponent), power)
