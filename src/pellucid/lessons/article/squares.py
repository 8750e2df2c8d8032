"""Models beside one another: a square for each, its area in proportion to the number of its weights.

The others lie in a corner of the largest. What is too small to be seen there is seen beside it: the last one that is
seen, enlarged, with what is smaller in a corner of that.
"""

import html
import math
from collections.abc import Sequence

from pellucid.lessons.article.pictures import WIDTH
from pellucid.lessons.article.words import Words
from pellucid.scene.drawing.plane import Rect

SIDE = 236.0
EDGE = 16.0
VISIBLE = 4.0
"""Pixels: a smaller square is not seen."""
INSIDE = 12.0
BESIDE = 10.0
LINE = 1.3
SIZE = Rect(0.0, 0.0, WIDTH, SIDE + 2 * EDGE)

Sizes = Sequence[tuple[str, int]]
"""Models with their parameters."""


def squares(sizes: Sizes, words: Words) -> str:
    """The SVG for these models."""
    ordered = sorted(sizes, key=lambda size: -size[1])
    near = seen(ordered)
    far = seen(ordered[len(near) - 1 :]) if 1 < len(near) < len(ordered) else []
    lefts = [EDGE, WIDTH - EDGE - SIDE] if len(far) > 1 else [(WIDTH - SIDE) / 2]
    drawn = panel(near, lefts[0], named=len(lefts) < 2)
    told = words.squares
    if len(lefts) > 1:
        across = side(near[-1], near[0])
        drawn += lens(lefts[0] + SIDE, across, lefts[1]) + panel(far, lefts[1], named=True)
        told += words.enlarged.format(model=html.escape(far[0][0]), times=round(SIDE / across))
    hidden = [html.escape(name) for name, _ in ordered[len(near) + max(0, len(far) - 1) :]]
    told += words.too_small.format(models=words.listed.join(hidden)) if hidden else ""
    named = words.listed.join(f"{html.escape(name)} {parameters:,}" for name, parameters in ordered)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="squares" viewBox="0 0 {SIZE.width:g} {SIZE.height:g}" '
        f'width="{SIZE.width:g}" height="{SIZE.height:g}" '
        f'role="img" aria-label="{words.towers}"><title>{words.towers}</title><desc>{named} ({told})</desc>'
        f'{drawn}</svg><p class="said">{told}</p>'
    )


def side(model: tuple[str, int], largest: tuple[str, int]) -> float:
    """Of its square, where the largest model has the whole of a panel."""
    return SIDE * math.sqrt(model[1] / largest[1])


def seen(ordered: Sizes) -> Sizes:
    """The models that are large enough beside the first."""
    return [model for model in ordered if side(model, ordered[0]) >= VISIBLE]


def panel(models: Sizes, left: float, *, named: bool) -> str:
    """The first model's square, and those of the others in its corner at the bottom right. The last of several has no
    number, if it is not `named` in full because it is shown enlarged, with its name and number."""
    right, bottom = left + SIDE, EDGE + SIDE
    shapes, labels = [], []
    for place, model in enumerate(models):
        width = side(model, models[0])
        kind = f' class="part{place % 2}"' if place else ""
        shapes.append(
            f'<rect x="{right - width:.2f}" y="{bottom - width:.2f}" width="{width:.2f}" height="{width:.2f}"{kind}/>'
        )
        if place == 0:
            labels.append(label(model, left + INSIDE, EDGE + 2 * INSIDE, "start"))
        else:
            x, after = right - side(models[1], models[0]) - BESIDE, len(models) - 1 - place
            if named or after:
                y = bottom - INSIDE - 20 - 42 * after + (0 if named else 16)
                labels.append(label(model, x, y, "end"))
            else:
                labels.append(label(model, x, bottom - INSIDE, "end", numbered=False))
    return "".join(shapes) + "".join(labels)


def label(model: tuple[str, int], x: float, y: float, anchor: str, *, numbered: bool = True) -> str:
    name, parameters = model
    number = f'<tspan x="{x:.1f}" dy="{LINE}em">{parameters:,}</tspan>' if numbered else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"><tspan class="model">{html.escape(name)}</tspan>'
        f"{number}</text>"
    )


def lens(corner: float, across: float, left: float) -> str:
    """From the square in that corner to the panel that shows it enlarged."""
    bottom = EDGE + SIDE
    ways = f"M{corner:.2f} {bottom - across:.2f}L{left:.2f} {EDGE}M{corner:.2f} {bottom}H{left:.2f}"
    return f'<path class="lens" d="{ways}"/>'
