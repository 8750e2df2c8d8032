"""How one picture in greys gets its colours in either theme: SVG filters that map greys to the palette's stops.

A filter's table takes each channel along straight lines between stops that are equally far apart, as the palette does.
"""

from pellucid.scene.drawing.markup import element, number
from pellucid.scene.drawing.palette import PALETTES, Palette
from pellucid.scene.drawing.texture import BRIGHTEST, WHITE

CHANNELS = "RGB"


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
