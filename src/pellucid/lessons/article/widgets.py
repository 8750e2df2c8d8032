"""Widgets, things to try out in a step, as they stand on paper: a table or a curve of what they show at first."""

import html
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from pellucid.graph import Graph
from pellucid.lessons.article.squares import squares
from pellucid.lessons.article.tables import Table
from pellucid.lessons.article.words import Words
from pellucid.lessons.expression import MISSING, LiveCells
from pellucid.lessons.facts import spaced
from pellucid.lessons.formats import formatted
from pellucid.lessons.moment import Moment
from pellucid.lessons.widget import Widget
from pellucid.models import PRESETS, Architecture, Measure, measures
from pellucid.run.cells import Cells
from pellucid.run.generate import Sampling, distribution
from pellucid.run.model import Model
from pellucid.run.recent import Recent
from pellucid.tasks import check
from pellucid.tasks.ablation import Ablation, Part, ablations, right_with, without_each_head
from pellucid.train.again import untrained
from pellucid.train.descent import descend

Counts = tuple[dict[str, list[int]], int, int]
ACCURACIES: Recent[Counts] = Recent(8)
"""The accuracies without each head, by the snapshot of the model."""
ABLATIONS: Recent[list[Ablation]] = Recent(8)
"""What is left without each part, by the snapshot of the model."""
RATE = 0.1
"""The learning rate of the step of descent that is shown; the interactive tour begins with the same."""
ROOM = 22
"""Half of what a number at the curve takes: nearer to an axis, it would lie on it."""
MOST_ROWS = 12
"""How many tokens a table lists: the likeliest ones."""


def drawn(widget: Widget, moment: Moment, words: Words) -> str:
    """The HTML for a widget at that moment of the lesson."""
    return DRAWN[widget.kind]({**widget.options, **widget.cells}, moment, words)


def letter(moment: Moment, token: int) -> str:
    return html.escape(moment.letters[token] if moment.letters else str(token))


def letters(moment: Moment, tokens: tuple[int, ...]) -> str:
    return html.escape(spaced(moment, tokens))


# What may come next.


def sampling(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    chosen = Sampling(**options)
    logits = moment.values[moment.model.graph.outputs.logits.name][-1]
    plain, _ = distribution(logits, Sampling())
    shares, kept = distribution(logits, chosen)
    cut = np.where(kept, shares, 0)
    cut /= cut.sum()
    temperature = chosen.temperature or 1.0
    heads = [words.letter, *(words.at_temperature.format(temperature=f"{at:g}") for at in (1.0, temperature))]
    columns = [plain, shares]
    cuts = [
        f"top-{name} {value:g}"
        for name, value in (("k", chosen.top_k), ("p", chosen.top_p))
        if f"top_{name}" in options
    ]
    if cuts:
        heads.append(words.after_cut.format(cuts=words.listed.join(cuts)))
        columns.append(cut)
    likeliest = np.argsort(-plain, kind="stable")[:MOST_ROWS].tolist()
    rows = [[letter(moment, token), *(share(float(column[token])) for column in columns)] for token in likeliest]
    return Table(words.sampling.format(letters=letters(moment, moment.tokens)), heads, rows).html()


def share(probability: float) -> str:
    """A probability; nothing at all of what was cut off."""
    return formatted(probability, "%") if probability else MISSING


def softmax(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    row = options["row"].cells(moment, [])
    values = moment.values[row.tensor][row.slices].ravel().astype(np.float64)
    powers = np.exp(values - values.max())
    rows = [
        [name, formatted(value, ".2f"), formatted(power, ".3f"), formatted(power / powers.sum(), "%")]
        for name, value, power in zip(names(row, moment), values.tolist(), powers.tolist(), strict=True)
    ]
    rows.append([words.sum, "", formatted(float(powers.sum()), ".3f"), formatted(1.0, "%")])
    return Table(words.softmax, ["", words.value, words.power, words.share], rows).html()


def names(row: Cells, moment: Moment) -> list[str]:
    """What stands for each cell of a row: letters along the vocabulary, and along positions the letters there."""
    ((axis, places),) = ((axis, range(*span)) for axis, span in row.at.items() if span and span[1] - span[0] > 1)
    if axis == "v":
        return [letter(moment, place) for place in places]
    if axis in ("t", "s"):
        return [f"{place} {letter(moment, moment.tokens[place])}" for place in places]
    return [f"{axis}={place}" for place in places]


# How the model came about, and what its parts are good for.


def heads(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    counts, correct, total = accuracies(moment.model)
    graph = moment.model.graph
    columns = ["", *(words.head.format(number=number) for number in range(graph.sizes["h"]))]
    rows = []
    for name, row in counts.items():
        block = graph.tensors[name].group.rpartition(".")[0]
        title = graph.groups[block].title if block in graph.groups else name
        rows.append([html.escape(words.graph.title(title)), *(f"{count:,}" for count in row)])
    return Table(words.heads.format(correct=f"{correct:,}", total=f"{total:,}"), columns, rows).html()


def without_each_part(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    """A table of every head, part and block, of how much is left without it, and of what is then answered wrongly.

    A block that can be done without, as can each of its parts, has one row.
    """
    model = moment.model
    right = right_with(model)
    rows: list[list[str]] = []
    for block, parts in groupby(
        ABLATIONS.recall(model.snapshot, lambda: ablations(model)), lambda done: done.part.block
    ):
        results = list(parts)
        if all(done.correct == right.sum() and done.broken is None for done in results) and block in model.graph.groups:
            title = html.escape(words.graph.title(model.graph.groups[block].title))
            rows.append([words.any_part.format(block=title), f"{int(right.sum()):,}", MISSING])
            continue
        for done in results:
            broken = html.escape(spaced(moment, done.broken)) if done.broken else MISSING
            rows.append([part_title(model.graph, done.part, words), f"{done.correct:,}", broken])
    caption = words.ablations.format(correct=f"{int(right.sum()):,}", total=f"{len(right):,}")
    return Table(caption, ["", words.still_right, words.first_broken], rows).html()


def part_title(graph: Graph, part: Part, words: Words) -> str:
    """`block 1, self-attention, head 0`"""
    found = [graph.groups[path].title for path in dict.fromkeys((part.block, part.path)) if path in graph.groups]
    named = [html.escape(words.graph.title(title)) for title in found]
    return words.listed.join(named if part.head is None else [*named, words.head.format(number=part.head)])


def accuracies(model: Model) -> Counts:
    """By the tensor that heads write: how many questions are answered rightly without each; with all; of how many."""
    return ACCURACIES.recall(model.snapshot, lambda: counted(model))


def counted(model: Model) -> Counts:
    whole = check(model)
    counts: dict[str, list[int]] = {}
    for name, _, accuracy in without_each_head(model):
        counts.setdefault(name, []).append(accuracy.trained_correct + accuracy.heldout_correct)
    return counts, whole.trained_correct + whole.heldout_correct, whole.trained_total + whole.heldout_total


def descent(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    cell: LiveCells = options["weight"]
    name, place = cell.tensor, cell.found(moment, []).index
    question = moment.lens.question
    model = untrained(moment.model)
    done = descend(model, question, RATE)
    last, right = len(question) - 1, int(done.targets[len(question) - 1])
    probs = moment.model.graph.outputs.probs.name
    pairs = [
        (words.loss, done.loss, done.loss_after, ""),
        (words.weight, model.parameters[name][place], done.after.parameters[name][place], ".6f"),
        (
            words.probability.format(letter=letter(moment, right)),
            model.trace(question)[probs][last, right],
            done.after.trace(question)[probs][last, right],
            ".1%",
        ),
    ]
    rows = [
        [what, formatted(float(before), spec), formatted(float(after), spec)] for what, before, after, spec in pairs
    ]
    caption = words.descent.format(
        letters=letters(moment, question), rate=f"{RATE:g}", gradient=formatted(float(done.gradients[name][place]), "")
    )
    return Table(caption, ["", words.before_step, words.after_step], rows).html()


def training(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    done = moment.model.about.get("training")
    return f"<p>{words.training.format(steps=format(done['steps'], ','))}</p>" if done else ""


# Sizes and curves.


def towers(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    """A table of the model at hand and of presets: a column for every size that one of them states."""
    shown = [(name, measures(config)) for name, config in configurations(moment.model, options["models"], words)]
    columns: dict[str, Measure] = {}
    for _, sizes in shown:
        columns.update({size.name: size for size in sizes if size.name not in columns})
    rows = []
    for name, sizes in shown:
        known = {size.name: f"{size.value:,}" for size in sizes}
        rows.append([html.escape(name), *(known.get(column, MISSING) for column in columns)])
    heads = [words.model, *(html.escape(words.graph.measure(column.name, column.title)) for column in columns.values())]
    return Table(words.towers, heads, rows).html()


def beside(model: Model, presets: Sequence[str], words: Words) -> str:
    """The model at hand and presets at one scale, which a stage cue can ask for."""
    return squares([(name, parameters(config)) for name, config in configurations(model, presets, words)], words)


def configurations(model: Model, presets: Sequence[str], words: Words) -> list[tuple[str, Architecture]]:
    return [(model.name, model.config), *((words.presets.get(name, name), PRESETS[name]) for name in presets)]


def parameters(config: Architecture) -> int:
    return measures(config)[-1].value


def gelu(options: Mapping[str, Any], moment: Moment, words: Words) -> str:
    """The curve, with the point of one cell on it."""
    cell: LiveCells | None = options.get("cell")
    if cell is None:
        return ""
    place = cell.found(moment, []).index
    op = next(op for op in moment.model.graph.ops if cell.tensor in op.operand_names and op.kind == "gelu")
    before, after = (float(moment.values[name][place]) for name in (cell.tensor, op.name))
    reach = max(3.0, abs(before) * 1.15)
    xs = np.linspace(-reach, reach, 121)
    return curve(xs, op.compute(np, xs), (before, after), words)


def curve(xs: np.ndarray, ys: np.ndarray, point: tuple[float, float], words: Words) -> str:
    """With as much room above as the curve needs."""
    width, margin, ground, most = 400.0, 20.0, -0.6, max(3.2, point[1] + 0.4)
    across = (width - 2 * margin) / (xs[-1] - xs[0])
    down = min(across, 36.0)
    height = 2 * margin + (most - ground) * down
    shown = ys <= most
    xs, ys = xs[shown], ys[shown]
    reach = -xs[0]

    def at(x: float, y: float) -> tuple[float, float]:
        return margin + (x + reach) * across, height - margin - (y - ground) * down

    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(float(x), float(y)) for x, y in zip(xs, ys, strict=True)))
    (left, floor), (right, _), (middle, top) = at(-reach, 0), at(reach, 0), at(0, most)
    x, y = at(*point)
    before, after = (formatted(value, ".2f") for value in point)
    said = words.gelu.format(before=before, after=after)
    marks, numbers = f"M{left:.1f} {floor:.1f}H{right:.1f}M{middle:.1f} {top:.1f}V{height - margin:.1f}", ""
    for tick in range(math.ceil(-reach), math.floor(reach) + 1):
        (beside, _), (_, above) = at(tick, 0), at(0, max(tick, 0))
        marks += f"M{beside:.1f} {floor:.1f}v4" + (f"M{middle:.1f} {above:.1f}h-4" if 0 < tick <= most else "")
        if tick and (point[1] < 0 or abs(tick - point[0]) > 0.7):
            numbers += f'<text x="{beside:.1f}" y="{floor + 16:.1f}" text-anchor="middle">{formatted(tick, "")}</text>'
        if 0 < tick <= most and abs(tick - point[1]) > 0.4:
            numbers += f'<text x="{middle - 8:.1f}" y="{above + 4:.1f}" text-anchor="end">{tick}</text>'
    over, beside, side = (16, middle - 8, "end") if y <= floor else (-8, middle + 8, "start")
    level = y + 4 if abs(y - floor) >= 12 else floor + (-8 if y <= floor else 16)
    aside, beyond = (x, "middle"), x - middle
    if abs(beyond) < ROOM:
        aside = (middle - 6, "end") if beyond <= 0 else (middle + 6, "start")
    return (
        f'<svg class="curve" viewBox="0 0 {width:g} {height:.0f}" role="img"><title>{said}</title>'
        f'<path class="axes" d="{marks}"/><g class="ticks">{numbers}</g>'
        f'<polyline points="{path}"/><path class="drop" d="M{x:.1f} {floor:.1f}V{y:.1f}H{middle:.1f}"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text x="{aside[0]:.1f}" y="{floor + over:.1f}" text-anchor="{aside[1]}">{before}</text>'
        f'<text x="{beside:.1f}" y="{level:.1f}" text-anchor="{side}">{after}</text></svg>'
        f'<p class="said">{said}</p>'
    )


DRAWN: Mapping[str, Callable[[Mapping[str, Any], Moment, Words], str]] = {
    "softmax-sliders": softmax,
    "sampling": sampling,
    "heads": heads,
    "ablations": without_each_part,
    "descent": descent,
    "training": training,
    "towers": towers,
    "gelu": gelu,
}
"""By kind, as in lessons/widget.py; a test holds the two together."""
