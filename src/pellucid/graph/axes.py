"""The axis letters. One letter has one meaning in the graph, in docstrings, on the page and in formulas."""

from pellucid.words.errors import bad_graph
from pellucid.words.given import of_kind, shown

AXES = {
    "b": "batch",
    "t": "position",
    "s": "position looked at",
    "c": "channel",
    "h": "head",
    "g": "key/value head",
    "d": "head channel",
    "f": "MLP channel",
    "v": "token",
    "l": "layer",
    "e": "expert",
}

TIME = "t"
"""The axis along which a text is read."""

TWINS = {"t": "s", "s": "t"}
"""Letters for a second index along the same axis; that of any other axis is primed."""

GROWING = frozenset("ts")
"""Axes as long as the text at hand, except in weights, where they are as long as the context."""


VOCABULARY = frozenset("v")
"""Axes that count the tokens of the vocabulary: index 0 is its first token."""


def axes(spelled: str) -> tuple[str, ...]:
    """Split `"h t d"` into letters, refusing what the table does not define."""
    letters = tuple(of_kind(spelled, str, "axes", "letters with spaces, such as 'h t d'").split())
    for letter in letters:
        if letter not in AXES:
            raise bad_graph(f"unknown axis letter {shown(letter)}: the axis table defines {' '.join(AXES)}.")
    return letters
