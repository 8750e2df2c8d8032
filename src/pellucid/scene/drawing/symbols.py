"""The letter that formulas have for a tensor, as it stands beside the tensor's name: few pieces of text, raised or not.

Whoever reads a formula finds in the picture which of its letters is which table.
"""

import re
from dataclasses import dataclass
from functools import cache

from pellucid.scene.drawing.markup import clean, element
from pellucid.scene.drawing.text import text_width

GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "mu": "μ", "sigma": "σ"}
HATS = {"hat": "\u0302", "tilde": "\u0303"}
PRIMES = {"": "", "'": "′", "''": "″"}
SPELLED = re.compile(
    r"(?:\\(?P<hat>hat|tilde)\{(?P<under>[A-Za-z])\}|\\(?P<greek>[a-z]+)|(?P<letter>[A-Za-z]))"
    r"(?P<primes>'{0,2})"
    r"(?:\^(?:(?P<small>[A-Za-z])|\{\\mathrm\{(?P<word>[a-z]+)\}\}))?"
)
SMALLER, RAISED = 0.75, 0.35
"""Of what is raised: its size and how far, as shares of the letter's size."""
BEFORE, BETWEEN = 7.0, 1.5
"""Between a name and its letter, and between a slanting letter and what stands upright behind it."""


@dataclass(frozen=True)
class Symbol:
    """`letter` with its hat, `primes` behind it, `raised` what stands higher; `upright` is that of a word."""

    letter: str
    primes: str
    raised: str
    upright: bool

    def width(self, size: float) -> float:
        """With the space before it."""
        behind = text_width(self.primes, size) + text_width(self.raised, size * SMALLER)
        return BEFORE + text_width(self.letter[0], size) + BETWEEN + behind

    def draw(self, size: float) -> str:
        """What goes on in a text of that size."""
        drawn = piece(self.letter, size, italic=True, dx=BEFORE)
        if self.primes:
            drawn += piece(self.primes, size, italic=False, dx=BETWEEN)
        if self.raised:
            drawn += piece(self.raised, size * SMALLER, italic=not self.upright, dx=BETWEEN, dy=-size * RAISED)
        return drawn


def piece(words: str, size: float, *, italic: bool, **moved: float) -> str:
    style = "italic" if italic else "normal"
    return element("tspan", clean(words), font_size=size, font_weight=400, font_style=style, **moved)


@cache
def symbol(latex: str) -> Symbol | None:
    """None for what is no letter with a hat, primes and one raised piece, as words and symbols of gradients are not."""
    found = SPELLED.fullmatch(latex)
    if not found or (found["greek"] and found["greek"] not in GREEK):
        return None
    letter = GREEK[found["greek"]] if found["greek"] else found["letter"] or found["under"] + HATS[found["hat"]]
    return Symbol(letter, PRIMES[found["primes"]], found["small"] or found["word"] or "", bool(found["word"]))
