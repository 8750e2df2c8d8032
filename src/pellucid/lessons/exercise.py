"""Exercises: a question that is answered by clicking a cell of the model.

question: Which cell decides the first letter?
answer: {tensor: probs, at: {t: answer, v: A}}     or a list of such; any cell in one of them is right
hint: Look at the last column that has been read.
praise: Yes. Its probability is {probs[answer, A]:.1%}.
pencil: Row 5 is {probs[answer, A]}, {probs[answer, B]}, {probs[answer, C]}. Which letter is written first?
solution: A, because its probability is the largest.

The last two are the article's, in which nothing can be clicked.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from pellucid.lessons.blocks import Entry
from pellucid.lessons.cue import read_cells, written
from pellucid.lessons.expression import LiveCells
from pellucid.lessons.problems import Mistake, choices
from pellucid.lessons.prose import Writer

KEYS = ("question", "answer", "hint", "praise", "pencil", "solution")
TEXTS = ("question", "hint", "praise", "pencil", "solution")
NEEDED = ("question", "answer")


class Exercise(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """All texts are HTML with places left for live values; `pencil` and `solution` are the article's."""

    question: str
    answer: tuple[LiveCells, ...]
    hint: str = ""
    praise: str = ""
    pencil: str = ""
    solution: str = ""

    def cue_json(self) -> dict[str, Any]:
        """What must be the same in every language."""
        return {"answer": [{"tensor": cells.tensor, "at": written(cells.places)} for cells in self.answer]}


def read_exercise(writer: Writer, block: Mapping[str, Entry], line: int) -> Exercise:
    """What it gets wrong is noted in the source and left out."""
    source = writer.source
    for key, entry in block.items():
        if key not in KEYS:
            source.refuse(entry.line, f"an exercise block knows no '{key}': {choices(key, KEYS)}")
    for key in NEEDED:
        if key not in block:
            source.refuse(line, f"the exercise has no {key}: add the line '{key}: ...'.")
    texts = {key: read_words(writer, block[key], key) for key in TEXTS if key in block}
    answer: tuple[LiveCells, ...] = ()
    for item in block["answer"].items() if "answer" in block else ():
        with source.noting(item.line):
            answer = (*answer, read_cells(item, "answer", writer.scope))
    return Exercise(answer=answer, **{"question": "", **texts})


def read_words(writer: Writer, entry: Entry, what: str) -> str:
    with writer.source.noting(entry.line):
        text = entry.text(what).strip()
        if not text:
            raise Mistake(f"{what} is empty: write it or leave the line out.")
        return writer.inline(text, entry.line)
    return ""
