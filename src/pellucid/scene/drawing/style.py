"""The rules of a drawing's looks: the colours of one theme, or of all of them in one drawing.

A drawing in one theme has no style sheet: plain.py writes the rules into its elements, for programs without a cascade.
A drawing in the theme "auto" follows the page that it stands in (`data-theme` on its root) or else the reader's system,
and turns to white paper in print. Its rules hold for its own class only, so that many drawings may stand in one page.

The numbers of such a drawing are one picture in greys, which gets its colours in either theme by SVG filters that map
greys to the palette's stops: a filter's table takes each channel along straight lines between stops that are equally
far apart, as the palette does.
"""

from string import Template
from typing import Literal

from pellucid.scene.drawing.markup import element, number
from pellucid.scene.drawing.palette import PALETTES, Colour, Palette, Theme
from pellucid.scene.drawing.texture import BRIGHTEST, WHITE

Choice = Literal["auto", "light", "dark", "print"]
CHANNELS = "RGB"
BAR = 0.75
"""How far along the palette the colours of bars lie, on the side of either sign."""

# Programs other than browsers may know fonts by their names alone, and leave letters out where they find none of these.
SANS = (
    "system-ui,-apple-system,'Segoe UI',Roboto,'Hiragino Sans','Noto Sans JP','Noto Sans CJK JP','Yu Gothic',"
    "'Noto Sans','DejaVu Sans','Liberation Sans',Arial,sans-serif"
)
MONO = (
    "ui-monospace,'SF Mono','Cascadia Mono','DejaVu Sans Mono',Menlo,Consolas,"
    "'Noto Sans Mono','Liberation Mono','Courier New',monospace"
)

RAMPS: dict[Theme, str] = {
    "light": "var(--drawing-light)",
    "dark": "var(--drawing-dark)",
    "print": "var(--drawing-light)",
}
"""Which of the filters that a drawing in both themes has (filters.py) colours its cells."""

RULES = f"""\
text{{fill:$quietLabel}}
.ground{{fill:$ground}}
.panel{{fill:$panel;fill-opacity:$panelStrength;stroke:$panelEdge}}
.plate{{fill:$plate}}
.weight{{fill:$weight;stroke:$weight}}
.activation{{fill:$activation;stroke:$activation}}
.statistic{{fill:$statistic;stroke:$statistic}}
.input{{fill:$input;stroke:$input}}
.gradient{{fill:$gradient;stroke:$gradient}}
.frame{{fill:none}}
.statistic.frame{{stroke-dasharray:3 2}}
.side{{stroke:none;fill-opacity:.55}}
.shape{{stroke:none;fill-opacity:.14}}
.near{{image-rendering:pixelated}}
.grid{{fill:none;stroke:$plate;stroke-opacity:.9}}
.void{{fill:$ground}}
.hatch{{stroke:$hollow}}
.masked{{fill:$masked}}
.veil{{fill:$plate;fill-opacity:.6}}
.faint{{opacity:.38}}
.ribbon{{fill:none;stroke:$ribbon;stroke-linejoin:round}}
.head{{fill:$ribbon}}
.lit.ribbon{{stroke:$accent}}
.lit.head{{fill:$accent}}
.halo{{fill:none;stroke:$halo;stroke-opacity:.85}}
.mark{{fill:none;stroke:$accent}}
.off{{fill:none;stroke:$label;stroke-width:1.5}}
.cross{{fill:none;stroke:$label;stroke-width:1.5}}
.taken{{fill:none;stroke:$label;stroke-width:2;stroke-dasharray:6 3}}
.digits text{{font-family:{MONO};text-anchor:middle}}
.digits .pp{{fill:$pp}}
.digits .ps{{fill:$ps}}
.digits .sp{{fill:$sp}}
.digits .ss{{fill:$ss}}
.dim{{opacity:.45}}
.back{{fill:$ground;fill-opacity:.82}}
.title{{fill:$label;font-weight:600}}
.chosen .title{{fill:$accent}}
.main{{fill:$label;font-weight:700}}
.mono{{font-family:{MONO}}}
.strong{{fill:$label}}
.formula{{fill:$label}}
.result{{fill:$accent;font-weight:700}}
.axis{{stroke:$panelEdge}}
.above{{fill:$above}}
.below{{fill:$below}}
"""


def values(theme: Theme) -> dict[str, str]:
    """What stands for each name in the rules. Ink classes name the ink of a light theme and that of a dark one, `p` for
    pale cells and `s` for strong ones."""
    palette, dark = PALETTES[theme], theme == "dark"
    ink = {"p": palette.pale_ink, "s": palette.strong_ink}
    return {
        **palette.inks,
        "above": code(palette.colour(BAR)),
        "below": code(palette.colour(-BAR)),
        "panelStrength": str(palette.panel_strength),
        **{light + dark_one: ink[dark_one if dark else light] for light in "ps" for dark_one in "ps"},
    }


def code(colour: Colour) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in colour)


def root_class(choice: Choice) -> str:
    return f"pellucid-{choice}"


def theme_rules(theme: Theme) -> str:
    """The rules of a drawing in one theme, which plain.py writes into its elements."""
    return Template(RULES).substitute(values(theme))


def style_sheet() -> str:
    """Of a drawing in all themes."""
    root = "." + root_class("auto")
    names = {name: f"var(--drawing-{name})" for name in values("light")}
    rules = Template(RULES).substitute(names).splitlines()
    return variables(root) + "".join(f"{root} {rule}" for rule in rules)


def variables(root: str) -> str:
    """What stands for each name in each theme."""
    light, dark, paper = (
        "{" + "".join(f"--drawing-{name}:{value};" for name, value in {**values(theme), "ramp": ramp}.items()) + "}"
        for theme, ramp in RAMPS.items()
    )
    return (
        f"{root}{light}@media (prefers-color-scheme:dark){{{root}{dark}}}"
        f":root[data-theme=light] {root}{light}:root[data-theme=dark] {root}{dark}"
        f"@media print{{{root},:root[data-theme] {root}{paper}}}"
        f"{root} .cells{{filter:var(--drawing-ramp)}}"
    )


def colouring(palette: Palette, identifier: str) -> str:
    """The filter with that id."""
    spread = "".join(element(f"feFunc{name}", type="linear", slope=f"{WHITE / BRIGHTEST:.6f}") for name in CHANNELS)
    tables = (" ".join(number(stop[channel] / 255, 4) for stop in palette.stops) for channel in range(len(CHANNELS)))
    mapped = "".join(
        element(f"feFunc{name}", type="table", tableValues=table) for name, table in zip(CHANNELS, tables, strict=True)
    )
    return element(
        "filter",
        element("feComponentTransfer", spread) + element("feComponentTransfer", mapped),
        id=identifier,
        x=0,
        y=0,
        width=1,
        height=1,
        color_interpolation_filters="sRGB",
    )


def colourings(prefix: str) -> str:
    """The filters of both themes; `ramps` names them."""
    return "".join(colouring(PALETTES[theme], f"{prefix}{theme}") for theme in ("light", "dark"))


def ramps(prefix: str) -> str:
    """What the style sheet chooses from, as a style of the whole drawing."""
    return ";".join(f"--drawing-{theme}:url(#{prefix}{theme})" for theme in ("light", "dark"))
