"""One cell, taken apart: which op made it, from which cells, by which arithmetic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.graph import Graph, Tensor
from pellucid.graph.arithmetic import ReadCell, Region, StepDone, Term
from pellucid.graph.op import Op
from pellucid.words.numbers import number


@dataclass(frozen=True, eq=False)
class Explanation:
    """How the cell `index` of `tensor` came about.

    `value` is recomputed in float64 from the float32 operands; it equals the traced number to float32 rounding.
    `formula` is LaTeX with axis letters, `substituted` the same with the cell's numbers. `terms` are what `combine`
    (sum, max, single) puts together, `steps` what happens then. Weights and inputs have no op, no terms, and say where
    they come from.
    """

    tensor: Tensor
    index: dict[str, int]
    value: float
    op: Op | None
    formula: str
    substituted: str
    combine: str
    terms: tuple[Term, ...]
    steps: tuple[StepDone, ...]
    reads: tuple[tuple[str, Tensor, Region], ...]

    def __eq__(self, other: object) -> bool:
        """Whether both say the same. Tensors are compared by name, because a copy of a model has its own."""
        return isinstance(other, Explanation) and self.to_json() == other.to_json()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """A notebook shows what `print` shows, not every field."""
        printer.text(str(self))

    def __str__(self) -> str:
        place = ", ".join(f"{axis}={position}" for axis, position in self.index.items())
        cell = f"{self.tensor.name}[{place}]" if place else self.tensor.name
        lines = [f"{cell} = {digits(self.value)}   {self.tensor.title}"]
        lines.append(f"  {self.op.title if self.op else self.formula}")
        if self.op:
            lines.append(f"  {self.formula}")
        for term in self.terms:
            # A single term is the cell itself: what it is made of is told by the steps.
            value = "" if self.combine == "single" else f"{digits(term.value):>12}  {term.label:<10} "
            lines.append(f"    {value}{'  '.join(map(cell_in_words, term.cells))}")
        lines.extend(map(step_in_words, self.steps))
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The form of docs/protocol.md."""
        return {
            "tensor": self.tensor.name,
            "index": self.index,
            "value": finite(self.value),
            "op": self.op.kind if self.op else None,
            "title": self.op.title if self.op else self.tensor.title,
            "formula": self.formula,
            "substituted": self.substituted,
            "combine": self.combine,
            "terms": [
                {
                    "value": finite(term.value),
                    "label": term.label,
                    "cells": [cell_to_json(cell) for cell in term.cells],
                }
                for term in self.terms
            ],
            "steps": [step_to_json(step) for step in self.steps],
            "reads": [
                {"role": role, "tensor": tensor.name, "region": [list(span) for span in region]}
                for role, tensor, region in self.reads
            ],
        }


def digits(value: float) -> str:
    """The number with six digits; zero has no sign."""
    return f"{value + 0.0:.6g}"


def cell_in_words(cell: ReadCell) -> str:
    return f"{cell.tensor.name}[{','.join(map(str, cell.index))}]={digits(cell.value)}"


def step_in_words(step: StepDone) -> str:
    """The step in words: what is done, with which number if it takes one, and the result."""
    operand = "" if step.operand is None else f" ({step.sign} {digits(step.operand)})"
    return f"  {step.label}{operand}: {digits(step.value)}"


def step_to_json(step: StepDone) -> dict[str, Any]:
    operand = None if step.operand is None else finite(step.operand)
    return {
        "label": step.label,
        "latex": step.latex,
        "value": finite(step.value),
        "sign": step.sign,
        "operand": operand,
    }


def cell_to_json(cell: ReadCell) -> dict[str, Any]:
    at = dict(zip(cell.tensor.axes, cell.index, strict=True))
    return {"role": cell.role, "tensor": cell.tensor.name, "index": at, "value": finite(cell.value)}


def finite(value: float) -> float | str:
    """JSON has no infinities: they travel as the words JavaScript's Number() reads."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def explain(graph: Graph, values: Mapping[str, np.ndarray], tensor: Tensor, index: tuple[int, ...]) -> Explanation:
    """Take the cell apart; `values` holds every tensor of the pass, weights too."""
    at = dict(zip(tensor.axes, index, strict=True))
    op = graph.makers.get(tensor.name)
    if op is None:
        where = "learned in training" if tensor.kind == "weight" else "given"
        return given(tensor, index, float(values[tensor.name][index]), where)
    operands = [values[operand.name] for operand in op.operands]
    arithmetic = op.arithmetic(index, operands)
    reached = number(arithmetic.value)
    # A number taken over as it is (looked up, masked) is written once.
    result = "" if arithmetic.substituted == reached else f" = {reached}"
    regions = op.reads(index, operands)
    return Explanation(
        tensor,
        at,
        arithmetic.value,
        op,
        op.latex(),
        f"{op.output.indexed(at)} = {arithmetic.substituted}{result}",
        op.combine,
        arithmetic.terms,
        arithmetic.steps,
        tuple(zip(op.roles, op.operands, regions, strict=False)),
    )


def given(tensor: Tensor, index: tuple[int, ...], value: float, where: str) -> Explanation:
    """A number that no op made, and where it comes from."""
    at = dict(zip(tensor.axes, index, strict=True))
    formula = rf"{tensor.indexed(at)} = {number(value)} \quad \text{{({where})}}"
    return Explanation(tensor, at, value, None, formula, number(value), "single", (), (), ())
