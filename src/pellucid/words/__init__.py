"""The words that Python and the page share: one JSON file a language, which the page imports as well.

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

FOLDER = Path(__file__).parent
DEFAULT = "en"
NUMBER = re.compile(r"\d+")


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

    def measure(self, name: str, title: str) -> str:
        """The reader's words for a size that people compare models by; its own title where there are none."""
        return self.measures.get(name, title)


@cache
def words_in(language: str) -> Words:
    """The words of that language; the graph's own, in English, where there is no such file."""
    path = FOLDER / f"{language}.json"
    english = json.loads((FOLDER / f"{DEFAULT}.json").read_text(encoding="utf-8"))
    own = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Words(**{**english, **own})
