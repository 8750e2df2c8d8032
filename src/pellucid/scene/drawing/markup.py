"""Writing SVG: elements, their attributes, numbers short enough."""

import re
from html import escape

from pellucid.scene.drawing.plane import Rect

UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no place for, as tokens may hold it."""


def clean(words: str) -> str:
    """The words as markup."""
    return escape(UNWRITABLE.sub("\ufffd", words), quote=False)


def number(value: float, decimals: int = 2) -> str:
    """The number with at most that many decimals, and no zeros at its end."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(name: str, content: str | None = None, /, **attributes: object) -> str:
    """`content` is markup; attributes are escaped. An underscore in a name stands for a hyphen, one at its end for
    nothing; numbers are shortened, and what is None is left out."""
    written = "".join(
        f" {key.removesuffix('_').replace('_', '-')}={quoted(value)}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}/>" if content is None else f"<{name}{written}>{content}</{name}>"


def quoted(value: object) -> str:
    text = number(value) if isinstance(value, float) else UNWRITABLE.sub("\ufffd", str(value))
    return f'"{escape(text)}"'


def text(words: str, x: float, y: float, /, **attributes: object) -> str:
    return element("text", clean(words), x=float(x), y=float(y), **attributes)


def rect(area: Rect, **attributes: object) -> str:
    return element("rect", x=area.left, y=area.top, width=area.width, height=area.height, **attributes)


def box_path(area: Rect) -> str:
    """The outline of a rectangle, as part of a path."""
    return f"M{number(area.left)} {number(area.top)}h{number(area.width)}v{number(area.height)}h{number(-area.width)}z"
