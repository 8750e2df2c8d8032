"""What is said to a reader, one JSON file a language: the words that Python and the page share, which the page imports
as well, and in `alone` those of Python alone (the article, drawings, refusals).

The graph's own words (titles of parts, tensors, axes and ops, labels of steps) are English and are the keys; a language
says only what differs. Sentences of errors stand by their code, with the names of details in braces. The error itself
(errors.py) and the ways of refusing what a caller gives (given.py) are beside them: the lowest part of the house.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DEFAULT = "en"
ALONE = FOLDER / "alone"
NUMBER = re.compile(r"\d+")

LANGUAGES = (DEFAULT, *sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != DEFAULT))
"""Those that there are words in: whoever adds a file adds a language."""


@dataclass(frozen=True)
class Words:
    """One language's words. In keys and titles `#` is any number; `gradient` is the pattern of a gradient's title;
    `labels` are what steps and terms of a cell's arithmetic are called; `why` has the sentences of measured answers."""

    titles: Mapping[str, str]
    gradient: str
    labels: Mapping[str, str]
    measures: Mapping[str, str]
    errors: Mapping[str, str]
    why: Mapping[str, str]

    def title(self, title: str) -> str:
        """The reader's words for an English title of the graph; a number in it, as in "block 2", is kept."""
        if title in self.titles:
            return self.titles[title]
        found = NUMBER.search(title)
        if found and (pattern := title.replace(found[0], "#", 1)) in self.titles:
            return self.titles[pattern].replace("#", found[0])
        before = words_in(DEFAULT).gradient.partition("{")[0]
        if title.startswith(before):
            return self.gradient.format(title=self.title(title.removeprefix(before)))
        return title

    def label(self, label: str) -> str:
        """The reader's words for a step or a term; a number in it, as in "add 3", is kept."""
        if label in self.labels:
            return self.labels[label]
        found = NUMBER.search(label)
        pattern = label.replace(found[0], "#", 1) if found else label
        return self.labels[pattern].replace("#", found[0]) if found and pattern in self.labels else label

    def measure(self, name: str, title: str) -> str:
        """The reader's words for a size that people compare models by; its own title where there are none."""
        return self.measures.get(name, title)


@cache
def words_in(language: str) -> Words:
    """The words of that language; the graph's own, in English, where there is no such file."""
    english = json.loads((FOLDER / f"{DEFAULT}.json").read_text(encoding="utf-8"))
    path = FOLDER / f"{language}.json"
    own = json.loads(path.read_text(encoding="utf-8")) if language in LANGUAGES else {}
    return Words(**{part: completed(said, own.get(part)) for part, said in english.items()})


def completed(english: Any, own: Any) -> Any:
    """What a language says, and in English what it does not say."""
    return {**english, **(own or {})} if isinstance(english, dict) else own or english


@cache
def said_alone(part: str, language: str) -> Mapping[str, Any]:
    """What Python alone says in a part of its own ("article", "drawing", "entrance", "refusals"), by what it is for.

    What a language has no words for is said in English.
    """
    known: dict[str, Any] = {}
    for each in (DEFAULT, language):
        if each in LANGUAGES:
            known.update(json.loads((ALONE / f"{each}.json").read_text(encoding="utf-8")).get(part, {}))
    return known
