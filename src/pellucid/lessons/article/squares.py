"""Models beside one another at one scale: a square for each, its area in proportion to the number of its weights."""

import html
import math
from collections.abc import Sequence

from pellucid.lessons.article.pictures import WIDTH
from pellucid.lessons.article.words import Words
from pellucid.scene.drawing.plane import Rect

LARGEST = 300.0
LINE = 44.0
GAP = 56.0
EDGE = 16.0
VISIBLE = 1.0
SIZE = Rect(0.0, 0.0, WIDTH, LARGEST + 2 * EDGE)


def squares(sizes: Sequence[tuple[str, int]], words: Words) -> str:
    """The SVG for models with their parameters, the largest at the left, labels in a column beside it."""
    ordered = sorted(sizes, key=lambda size: -size[1])
    side = [LARGEST * math.sqrt(parameters / ordered[0][1]) for _, parameters in ordered]
    column = EDGE + LARGEST + GAP
    left = column + max(side[1:], default=0) + 1.5 * EDGE
    shapes, labels = [], []
    for place, ((name, parameters), width) in enumerate(zip(ordered, side, strict=True)):
        x, middle = (
            (EDGE, EDGE + LARGEST / 2) if place == 0 else (column, EDGE + LARGEST - LINE * (len(ordered) - place - 0.5))
        )
        shapes.append(f'<rect x="{x:.2f}" y="{middle - width / 2:.2f}" width="{width:.2f}" height="{width:.2f}"/>')
        at, inside = (x + EDGE, ' class="inside"') if place == 0 else (left, "")
        labels.append(
            f'<text x="{at:.1f}" y="{middle - 3:.1f}"{inside}><tspan class="model">{html.escape(name)}</tspan>'
            f'<tspan x="{at:.1f}" dy="1.3em">{parameters:,}</tspan></text>'
        )
    hidden = [html.escape(name) for (name, _), width in zip(ordered, side, strict=True) if width < VISIBLE]
    unseen = words.too_small.format(models=words.listed.join(hidden)) if hidden else ""
    named = words.listed.join(f"{html.escape(name)} {parameters:,}" for name, parameters in ordered)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="squares" viewBox="0 0 {SIZE.width:g} {SIZE.height:g}" '
        f'role="img" aria-label="{words.towers}"><title>{words.towers}</title><desc>{words.squares}: {named}</desc>'
        f"{''.join(shapes)}{''.join(labels)}</svg>"
        f'<p class="said">{words.squares}{unseen}</p>'
    )
