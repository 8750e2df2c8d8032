"""Words that stand for the index of a cell in a run: a letter for its number, `last` for a position.

run/cells.py knows whole numbers alone: which letter or position a word means, only a model and its text can tell.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pellucid.graph import Graph
from pellucid.run.cells import CELLS
from pellucid.words.errors import PellucidError, shortened
from pellucid.words.given import LONGEST

if TYPE_CHECKING:
    from pellucid.run.model import Model


def words_of(model: "Model", length: int) -> Mapping[str, Mapping[str, int]]:
    """What may stand for an index in a text of that length, by axis: the letters of the model, and two positions, that
    of the last token and the one that predicts the answer's first letter."""
    question = model.task["length"] if model.task else length
    positions = {"last": length - 1, "answer": min(question, length) - 1}
    numbers = model.vocabulary.numbers if model.vocabulary and model.vocabulary.letters else {}
    return {"v": numbers, "t": positions, "s": positions}


def filled_in(text: str, graph: Graph, words: Mapping[str, Mapping[str, int]]) -> str:
    """The spelling with numbers for the words that stand for an index in some run: `probs[t=last,v=A]`. Raises
    PellucidError (`bad-cell`) for a word that stands for none there."""
    found = CELLS.fullmatch(text.strip())
    if found is None or not found["places"]:
        return text
    axes = graph.find(found["name"]).axes
    parts = []
    for number, part in enumerate(found["places"].split(",")):
        axis, equals, place = part.rpartition("=")
        named = axis.strip() if equals else "".join(axes[number : number + 1])
        known = words.get(named, {})
        ends = [end.strip() for end in place.split("..")]
        for end in ends:
            if re.fullmatch(r"[^\W\d]\w*", end) and end not in known:
                there = (
                    f"a whole number, or one of {shortened(', '.join(known), LONGEST)}" if known else "a whole number"
                )
                raise PellucidError(
                    "bad-cell",
                    f"'{shortened(text, LONGEST)}' does not name a cell: {named or 'an index'} is {there}, not "
                    f"'{shortened(end, LONGEST)}'.",
                    cell=shortened(text, LONGEST),
                )
        spelt = "..".join(str(known.get(end, end)) if not end.lstrip("-").isdecimal() else end for end in ends)
        parts.append(f"{axis}{equals}{spelt}")
    return f"{found['name']}[{','.join(parts)}]"
