"""A card for one cell: its formula, the formula with its numbers, the terms, the steps and the result, for a slide."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pellucid.graph.arithmetic import Term
from pellucid.run.explain import Explanation
from pellucid.scene.drawing.looks import Looks
from pellucid.scene.drawing.markup import element, rect, text
from pellucid.scene.drawing.mathematics import LEADING, set_formula
from pellucid.scene.drawing.paper import paper
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.text import text_width, value_text
from pellucid.scene.drawing.words import Words
from pellucid.words import Words as Shared

EDGE, AIR, ROW = 28.0, 22.0, 21.0
HEADING, WORDS, FORMULA, RESULT = 19.0, 12.5, 19.0, 26.0
LEGIBLE = 8.5
"""Numbers that would have to be smaller in their formula stand among the terms alone."""
MOST_TERMS = 10
"""Of a longer sum, so many of the largest terms are shown, and the others together in one line."""
TIMES, APART = " × ", ",  "
ROUNDING = 1e-9
"""Products are computed in whatever order."""
VALUES, BARS = 0.62, 0.66
"""Where numbers end and bars begin, as shares of the width."""


@dataclass
class Sheet:
    """What has been written so far, from the top down to `floor`."""

    width: float
    floor: float = EDGE
    drawn: list[str] = field(default_factory=list)

    def words(self, said: str, x: float, **looks: object) -> None:
        """On the line whose baseline is the floor."""
        self.drawn.append(text(said, x, self.floor, **{"font_size": WORDS, **looks}))

    def heading(self, said: str) -> None:
        self.floor += AIR
        self.words(said, EDGE)
        self.floor += 8

    def formula(self, heading: str, latex: str, least: float = 0.0) -> None:
        """Not at all where its letters would be smaller than that."""
        lines = set_formula(latex, FORMULA, self.width - 2 * EDGE)
        if any(line.size < least for line, _ in lines):
            return
        self.heading(heading)
        for line, indent in lines:
            place = f"translate({EDGE + indent:.2f} {self.floor:.2f})"
            self.drawn.append(element("g", line.outlines, transform=place, class_="formula"))
            self.floor += line.height + LEADING
        self.floor -= LEADING - 6


def draw_card(explained: Explanation, looks: Looks, shared: Shared) -> str:
    """The SVG of the card of this cell."""
    width, words = looks.width, looks.words
    place = ", ".join(f"{axis}={at}" for axis, at in explained.index.items())
    cell, titled = f"{explained.tensor.name}[{place}]" if place else explained.tensor.name, shared.title
    value = value_text(explained.value)
    sheet = Sheet(width)
    sheet.floor += HEADING * 0.8
    sheet.words(titled(explained.tensor.title), EDGE, font_size=HEADING, class_="title")
    sheet.words(value, width - EDGE, font_size=RESULT, class_="result", text_anchor="end")
    sheet.floor += ROW
    sheet.words(cell, EDGE, class_="mono")
    if explained.op is None:
        sheet.floor += ROW
        sheet.words(words.learned if explained.tensor.kind == "weight" else words.given, EDGE)
    else:
        sheet.floor += 6
        sheet.formula(f"{words.formula} · {titled(explained.op.title)}", explained.formula)
        sheet.formula(words.with_numbers, explained.substituted, LEGIBLE)
        write_terms(sheet, explained, words, shared)
        write_steps(sheet, explained, words, shared)
    size = Rect(0.0, 0.0, width, math.ceil(sheet.floor + EDGE))
    return paper(
        size, "".join(sheet.drawn), looks.theme, looks.language, f"{cell} = {value}", spoken(explained, words, shared)
    )


def spoken(explained: Explanation, words: Words, shared: Shared) -> str:
    """The card for those who do not see it."""
    steps = words.listed.join(f"{label_of(step.label, shared)} {value_text(step.value)}" for step in explained.steps)
    return words.card.format(shared.title(explained.tensor.title), value_text(explained.value), steps or "–")


def label_of(label: str, shared: Shared) -> str:
    """The words for a step or a term, which may be called as a tensor is."""
    found = shared.label(label)
    return shared.title(label) if found == label else found


# The terms: each with its factors, its value and a bar.


def write_terms(sheet: Sheet, explained: Explanation, words: Words, shared: Shared) -> None:
    terms = explained.terms
    if explained.combine == "single" or not terms:
        return
    said = words.terms_of_sum if explained.combine == "sum" else words.terms_of_maximum
    shown, others = chosen_terms(terms)
    sheet.heading(said.format(len(terms)) + (words.largest_first if others else ""))
    between = TIMES if all(map(is_product, terms)) else APART
    bar = bars(sheet.width, [term.value for term in shown])
    for term in shown:
        factors = between.join(value_text(cell.value) for cell in term.cells) if len(term.cells) > 1 else ""
        write_row(sheet, label_of(term.label, shared), factors, term.value, bar)
    if others and explained.combine == "sum":
        write_row(sheet, words.others.format(len(others)), "", math.fsum(term.value for term in others), None)


def chosen_terms(terms: Sequence[Term]) -> tuple[list[Term], list[Term]]:
    """Those that are shown, and the others; in the formula's order where all are shown."""
    if len(terms) <= MOST_TERMS + 1:
        return list(terms), []
    by_size = sorted(terms, key=lambda term: -abs(term.value) if math.isfinite(term.value) else 0.0)
    return by_size[:MOST_TERMS], by_size[MOST_TERMS:]


def is_product(term: Term) -> bool:
    product = math.prod(cell.value for cell in term.cells)
    return len(term.cells) < 2 or math.isclose(product, term.value, rel_tol=ROUNDING)


def write_row(sheet: Sheet, label: str, factors: str, value: float, bar: Callable[[float, float], str] | None) -> None:
    sheet.floor += ROW - 4
    sheet.words(label, EDGE)
    factors_from = EDGE + max(96.0, text_width(label, WORDS) + 16)
    if factors and factors_from + text_width(factors, WORDS) < sheet.width * VALUES - 84:
        sheet.words(factors, factors_from, class_="mono")
    sheet.words(value_text(value), sheet.width * VALUES, class_="mono strong", text_anchor="end")
    if bar:
        sheet.drawn.append(bar(value, sheet.floor))
    sheet.floor += 4


def bars(width: float, values: Sequence[float]) -> Callable[[float, float], str]:
    """Draws a value's bar on the line with that baseline, from the zero that all of them share to the value."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    room, left = width - EDGE - width * BARS, width * BARS
    scale = room / ((high - low) or 1.0)
    zero = left - low * scale

    def draw(value: float, baseline: float) -> str:
        if not math.isfinite(value):
            return ""
        ends = sorted((zero, zero + value * scale))
        area = Rect(ends[0], baseline - 10, max(ends[1], ends[0] + 1), baseline + 1)
        axis = element("path", d=f"M{zero:.2f} {baseline - 14:.2f}v{ROW:.0f}", class_="axis")
        return rect(area, class_="bar " + ("below" if value < 0 else "above")) + axis

    return draw


# The steps that lead from what the terms make to the result.


def write_steps(sheet: Sheet, explained: Explanation, words: Words, shared: Shared) -> None:
    if not explained.steps:
        return
    sheet.heading(words.steps)
    for place, step in enumerate(explained.steps, 1):
        operand = "" if step.operand is None else f"{step.sign} {value_text(step.operand)}"
        write_row(sheet, label_of(step.label, shared), operand, step.value, None)
        if place == len(explained.steps):
            end = sheet.width * VALUES
            sheet.drawn.append(
                element("path", d=f"M{end - 90:.2f} {sheet.floor + 2:.2f}H{end:.2f}", class_="mark", stroke_width=1.5)
            )
