"""A tensor in Matplotlib's axes, in the colours that every drawing of Pellucid has: for a figure of one's own."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.graph import PellucidError, Tensor
from pellucid.graph.axes import AXES, GROWING, VOCABULARY
from pellucid.run.cells import Cells, Place, tensor_named
from pellucid.run.convert import library
from pellucid.run.trace import Run
from pellucid.scene.drawing.palette import EXPONENT, PALETTES, scaled
from pellucid.words.given import of_kind

SHADES = 256
MOST_AXES = 2
WRITTEN = 16
"""A matrix with up to so many rows and columns has its numbers written in."""


def plot(run: Run, cells: str, ax: Any = None, **letters: Place) -> Any:
    """Draw a tensor of the run, or the part of it that an index leaves, into Matplotlib axes, and return them.

    `plot(run, "blocks.0.attn.pattern", h=0)` and `plot(run, "blocks.0.attn.pattern[h=0]")` draw a matrix; what has one
    axis left is drawn as bars. `ax` are the axes to draw into, by default those of a new figure. Raises PellucidError
    for cells that do not exist, for more than two axes, and where Matplotlib is not installed.
    """
    pyplot = library("matplotlib.pyplot", "Plotting")
    of_kind(run, Run, "run", "a run, which model.trace gives")
    of_kind(cells, str, "cells", "the name of a tensor, such as 'blocks.0.attn.pattern', with an index or not")
    if ax is not None:
        axes_of = library("matplotlib.axes", "Plotting").Axes
        of_kind(ax, axes_of, "ax", "the Axes of a figure of Matplotlib's, or None")
    graph = run.model.graph_of(tensor_named(cells))
    chosen = Cells.parse(cells, graph)
    tensor = graph.find(chosen.tensor)
    chosen = Cells.of(tensor, **letters) if letters else chosen
    chosen.check(graph, len(run.tokens))
    spans = chosen.bounded(run[tensor.name].shape).slices
    single = [place for place, span in enumerate(chosen.spans) if span is not None and span[1] - span[0] == 1]
    part = run[tensor.name][spans].squeeze(tuple(single))
    kept = [place for place in range(len(tensor.axes)) if place not in single]
    if not part.ndim:
        raise PellucidError("bad-argument", f"{chosen} is one number: leave one or two of its axes without an index.")
    if part.ndim > MOST_AXES:
        left = " ".join(tensor.axes[place] for place in kept)
        sentence = (
            f"{chosen} has the axes {left}, and at most two can be drawn: give an index for {tensor.axes[kept[0]]}."
        )
        raise PellucidError("bad-argument", sentence)
    ax = pyplot.subplots(layout="constrained")[1] if ax is None else ax
    axes = [tensor.axes[place] for place in kept]
    ticks = [ticks_of(run, tensor, tensor.axes[place], range(*spans[place].indices(1 << 62))) for place in kept]
    if part.ndim == 1:
        draw_bars(ax, part)
    else:
        draw_matrix(ax, part)
        label(ax.yaxis, axes[0], ticks[0])
    label(ax.xaxis, axes[-1], ticks[-1])
    ax.set_title(f"{tensor.title}: {chosen}")
    return ax


def draw_matrix(ax: Any, part: np.ndarray) -> None:
    """Rows from above, in colours around zero; small matrices with their numbers."""
    finite = part[np.isfinite(part)]
    most = float(np.abs(finite).max(initial=0)) or 1.0
    colours, colors = diverging(most)
    ax.imshow(np.where(np.isfinite(part), part, np.nan), cmap=colours, norm=colors, aspect="equal")
    ax.tick_params(length=0)
    if max(part.shape) > WRITTEN:
        return
    palette = PALETTES["light"]
    for (row, column), value in np.ndenumerate(part):
        strength = float(np.sign(value) * (abs(value) / most) ** EXPONENT) if np.isfinite(value) else 0.0
        ink = palette.strong_ink if palette.takes_strong_ink(strength) else palette.pale_ink
        written = f"{value:.2f}" if np.isfinite(value) else "−∞" if value < 0 else str(value)
        ax.text(column, row, written.replace("-", "−"), ha="center", va="center", color=ink, fontsize="x-small")


def draw_bars(ax: Any, part: np.ndarray) -> None:
    negative, positive = PALETTES["light"].colour(-0.6), PALETTES["light"].colour(0.6)
    ax.bar(np.arange(len(part)), part, color=[scaled(positive if value >= 0 else negative) for value in part])
    ax.axhline(0, color="0.5", linewidth=0.5)


def diverging(most: float) -> tuple[Any, Any]:
    """The map of all drawings, and what places numbers on it: not linear, so that small ones can be told from zero."""
    colors = library("matplotlib.colors", "Plotting")
    places = np.linspace(-1, 1, SHADES)
    colours = colors.ListedColormap([scaled(PALETTES["light"].colour(place)) for place in places], "pellucid")

    def power(exponent: float) -> Callable[[np.ndarray], Any]:
        return lambda value: np.sign(value) * np.abs(value) ** exponent

    return colours, colors.FuncNorm((power(EXPONENT), power(1 / EXPONENT)), -most, most)


def ticks_of(run: Run, tensor: Tensor, axis: str, places: range) -> Sequence[str]:
    """What stands beside each row or column: its index, and the token that is counted there or was read there."""
    if axis in VOCABULARY:
        pieces = run.model.pieces(places)
    elif axis in GROWING and not tensor.fixed:
        pieces = run.model.pieces(run.tokens[places.start : places.stop])
    else:
        return [str(place) for place in places]
    return [f"{place} {piece}" for place, piece in zip(places, pieces, strict=True)]


def label(axis: Any, letter: str, ticks: Sequence[str]) -> None:
    axis.set_label_text(f"{AXES[letter]} ({letter})")
    step = max(1, len(ticks) // WRITTEN)
    axis.set_ticks(range(0, len(ticks), step), ticks[::step])
