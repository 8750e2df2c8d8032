"""How wide a text is, without a browser to measure it, and how a number is written where there is little room."""

import math
import unicodedata

from pellucid.words.numbers import digits_of

WIDTHS = {
    0.3: "ijl'",
    0.34: "I| .,:;!·",
    0.4: "()[]-ftrJ/",
    0.52: "s–z",
    0.6: "ckvxyFL",
    0.64: "abdeghnopqu0123456789?ETSPYγσμ",
    0.7: "ABCKVXRZ",
    0.79: "DGHNOQU&",
    0.84: "w=+−×<>∞→",
    1.0: "mMW%@—…",
}
EM = {letter: width for width, letters in WIDTHS.items() for letter in letters}
UNKNOWN = 0.8
BOLD = 1.13

MONO_WIDTH = 0.61
"""The width of a character of a monospaced font, as a share of the font's size."""

MOST_DECIMALS = 5
FEWEST_DIGITS, MOST_SIGNIFICANT = 4, 8
SMALLEST = 1e-6
"""What is smaller is written with a power of ten."""
SHORT = 3
"""In so little room, numbers under 1 go without the zero before the point."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """At most so wide in the usual sans-serif fonts, of which DejaVu Sans and Verdana are the widest."""
    return size * sum(map(em, text)) * (BOLD if bold else 1.0)


def em(letter: str) -> float:
    """A letter's width in its size."""
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else EM.get(letter, UNKNOWN)


def cell_text(value: float, room: int, *, signed: bool) -> str | None:
    """The number in at most `room` characters; None: it does not fit.

    With `signed`, room for a sign is kept even where there is none, so that neighbours show the same decimals. Numbers
    under 1 show two decimals at least, those under 10 one: less would tell too little.
    """
    if not math.isfinite(value):
        text = "nan" if math.isnan(value) else "−∞" if value < 0 else "∞"
        return text if len(text) <= room else None
    magnitude, free, sign = abs(value), room - signed, "−" if value < 0 else ""
    if value == int(value) and len(str(int(magnitude))) <= free:
        return sign + str(int(magnitude))
    least = 2 if round(magnitude, 2) < 1 else 1 if round(magnitude, 1) < 10 else 0
    for decimals in range(MOST_DECIMALS, max(0, least - 1), -1):
        text = f"{magnitude:.{decimals}f}"
        if free <= SHORT:
            text = text.removeprefix("0")
        if len(text) <= free:
            return text if is_zero(text) else sign + text
    if least:
        return None
    text = f"{magnitude:.0f}" if magnitude < 10**free else f"{magnitude:.0e}".replace("e+0", "e").replace("e+", "e")
    return sign + text if len(text) <= free else None


def value_text(value: float) -> str:
    """The number as the inspector has it, with four significant digits, or as many as tell it from a whole one; a small
    one still without a power of ten."""
    if not math.isfinite(value):
        return "−∞" if value == -math.inf else str(value)
    text = f"{value:.{digits_of(value)}g}"
    if "e" in text and SMALLEST <= abs(value) < 1:
        text = f"{value:.{MOST_SIGNIFICANT}f}".rstrip("0")
    return text.replace("-", "−")


def is_told(text: str, value: float) -> bool:
    """Whether the text does not pass a number off for 0 or 1, which it only comes near to: a share for none or all."""
    if not math.isfinite(value):
        return True
    shown = float(text.replace("−", "-"))
    return shown == value or abs(shown) not in (0, 1)


def is_zero(text: str) -> bool:
    return not any(digit in text for digit in "123456789")
