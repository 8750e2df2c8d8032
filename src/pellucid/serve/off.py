"""What an address asks to switch off: `off=blocks.1.attn.z[h=2];blocks.0.mlp.post[t=3,f=7]`.

Each part names a tensor and, in brackets, indices by axis letters; an axis that is not named is meant whole.
"""

import re

import numpy as np

from pellucid.graph import Graph, PellucidError
from pellucid.run.intervene import Edit, switched_off

PART = re.compile(r"([\w./]+)(?:\[([a-z]=[0-9]{1,9}(?:,[a-z]=[0-9]{1,9})*)\])?")


def edits_of(graph: Graph, text: str) -> dict[str, Edit]:
    """The edits that set those cells to zero; none for an empty text. Raises PellucidError."""
    edits: dict[str, Edit] = {}
    for part in text.split(";") if text else ():
        for name, edit in part_off(graph, part).items():
            edits[name] = one_after_the_other(edits[name], edit) if name in edits else edit
    return edits


def part_off(graph: Graph, part: str) -> dict[str, Edit]:
    match = PART.fullmatch(part)
    if match is None:
        raise PellucidError(
            "bad-off",
            f"'{part[:40]}' cannot be switched off: write a tensor and its indices, such as blocks.1.attn.z[h=2], "
            "and a semicolon between several.",
            off=part[:40],
        )
    name, places = match[1], match[2]
    pairs = (place.split("=") for place in places.split(",")) if places else ()
    tensor = graph.find(name)
    if tensor.kind in ("weight", "input"):
        raise PellucidError(
            "bad-off", f"{tensor.name} is not computed, so it cannot be switched off: name an activation.", off=name
        )
    return switched_off(graph, tensor.name, **{axis: int(index) for axis, index in pairs})


def one_after_the_other(first: Edit, second: Edit) -> Edit:
    def both(array: np.ndarray) -> np.ndarray:
        return second(first(array))

    return both
