"""What colours mean in a drawing: the palettes that the page draws with too (palette.json), in three themes.

The map from a number to its colour is diverging: negative is blue, positive is orange, zero the plate's own tone. The
strength rises a little faster than the number, so that the many small weights of a layer can be told from zero.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Theme = Literal["light", "dark", "print"]
Colour = tuple[float, float, float]
"""Red, green and blue between 0 and 255."""

TABLE = json.loads(Path(__file__).parents[1].joinpath("palette.json").read_text())

EXPONENT: float = TABLE["exponent"]
"""The power of a number's share of its tensor's scale that says how far along the stops its colour lies."""


def colour(code: str) -> Colour:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


@dataclass(frozen=True)
class Palette:
    """`inks` are colour codes by name; `stops` the colours of the map, from the strongest negative to the strongest
    positive."""

    inks: dict[str, str]
    panel_strength: float
    pale_ink: str
    strong_ink: str
    stops: tuple[Colour, ...]

    @staticmethod
    def read(theme: Theme) -> "Palette":
        found = dict(TABLE["dark" if theme == "dark" else "light"])
        if theme == "print":
            found["ground"] = found["plate"] = found["negative"][0] = found["positive"][0] = "#ffffff"
        inks = {name: code for name, code in found.items() if isinstance(code, str)}
        inks.update(found["frame"])
        stops = [*reversed(found["negative"]), *found["positive"][1:]]
        pale, strong = found["ink"]["pale"], found["ink"]["strong"]
        return Palette(inks, found["panelStrength"], pale, strong, tuple(colour(code) for code in stops))

    def colour(self, strength: float) -> Colour:
        """`strength` is the sign of a number times its share of the scale to the power of EXPONENT."""
        reach = len(self.stops) // 2
        place = reach * (1 + min(1.0, max(-1.0, strength)))
        low = min(int(place), 2 * reach - 1)
        red, green, blue = (
            before + (after - before) * (place - low)
            for before, after in zip(self.stops[low], self.stops[low + 1], strict=True)
        )
        return red, green, blue

    def takes_strong_ink(self, strength: float) -> bool:
        """Whether digits on that colour are read better in the ink for strong cells."""
        behind = self.colour(strength)
        return contrast(behind, colour(self.strong_ink)) > contrast(behind, colour(self.pale_ink))


PALETTES: dict[Theme, Palette] = {theme: Palette.read(theme) for theme in ("light", "dark", "print")}


def contrast(one: Colour, other: Colour) -> float:
    """How well two colours are told apart, from 1 to 21 (WCAG 2)."""
    dim, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


def luminance(of: Colour) -> float:
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in scaled(of)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def scaled(of: Colour) -> Colour:
    return of[0] / 255, of[1] / 255, of[2] / 255
