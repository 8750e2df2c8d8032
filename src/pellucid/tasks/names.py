"""Names, letter by letter: from a list of words a model learns to make up others like them.

A full stop stands before the first letter of a word and behind the last one, so that ".an" goes on as "na." might.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pellucid.graph import PellucidError
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks.corpus import EXAM, HELD_OUT, Corpus, Rows, fingerprint_of, read_text
from pellucid.tasks.task import MOST_LETTERS
from pellucid.words.given import MOST, bad_argument, bounded, path_of, shown

LIST = Path(__file__).with_suffix(".txt")
"""First names from many countries, a line each, chosen by hand."""

END = "."
"""What stands around a word."""

FEWEST = 20
"""Fewer words teach nothing that could be asked about."""

LONGEST = 40
"""The most letters of a word."""


class Names(Corpus):
    """Words of a list: a file with one on each line, or the words themselves; without any, first names.

    A tenth of the different words is held out: those whose fingerprints are smallest.
    """

    name = "names"
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 400, "most": 400, "rate": 4e-3, "weight_decay": 1.0}
    ends = (0,)

    def __init__(self, words: str | Path | Sequence[str] | None = None) -> None:
        named = words is None or isinstance(words, str | Path)
        source = LIST if words is None else path_of(words, "words") if named else None
        given: Iterable[Any] = read_text(source).split("\n") if source else listed(words)
        self.words = checked(given, str(source) if source else "the list")
        letters = sorted({letter for word in self.words for letter in word})
        if len(letters) >= MOST_LETTERS:
            raise PellucidError("bad-words", f"The words have {len(letters):,} different letters: that is too many.")
        self.alphabet = (END, *letters)
        by_fingerprint = sorted(self.words, key=fingerprint_of)
        heldout = {*by_fingerprint[: len(by_fingerprint) // HELD_OUT]}
        self._trained = [word for word in self.words if word not in heldout]
        self.heldout = "\n".join(first_of(word for word in self.words if word in heldout))
        self._seen = self.exam("\n".join(self._trained), self.vocabulary, self.context)

    @property
    def context(self) -> int:
        return max(map(len, self.words)) + 1

    @property
    def example(self) -> str:
        return END + self._trained[len(self._trained) // 2][:2]

    @property
    def fingerprint(self) -> str:
        return fingerprint_of("\n".join(self.words))

    def seen(self) -> Rows:
        return self._seen

    def batch(self, random: "np.random.Generator", size: int) -> Rows:
        chosen = random.integers(len(self._trained), size=size)
        tokens, targets = self._seen
        return tokens[chosen], targets[chosen]

    @staticmethod
    def exam(text: str, vocabulary: Vocabulary, context: int) -> Rows:
        """A word on each row, with nothing asked behind its end."""
        words = [word for word in text.split("\n") if word and len(word) < context]
        tokens, targets = np.zeros((len(words), context), int), np.full((len(words), context), -1)
        for row, word in enumerate(words):
            numbers = vocabulary.encode(END + word + END)
            tokens[row, : len(numbers) - 1] = numbers[:-1]
            targets[row, : len(numbers) - 1] = numbers[1:]
        return tokens, targets


def listed(words: Any) -> list[Any]:
    """Raises PellucidError for what is no list."""
    try:
        if not isinstance(words, Iterable) or isinstance(words, bytes):
            raise TypeError
        return bounded(words)
    except TypeError:
        expected = f"a file with a word on each line, or a list of up to {MOST:,} words"
        raise bad_argument("words", words, expected) from None


def checked(words: Iterable[Any], source: str) -> list[str]:
    """The different words, without spaces around them. Raises PellucidError for what is no list of words."""
    found: dict[str, None] = {}
    for number, given in enumerate(words, 1):
        if not isinstance(given, str):
            raise bad_argument(f"word {number} of the list", given, "text")
        word = given.strip()
        if not word:
            continue
        if len(word) > LONGEST or END in word or not word.isprintable():
            raise PellucidError(
                "bad-words",
                f"Word {number} of {source} is {shown(word)}: give words of at most {LONGEST} visible letters, one on "
                f"each line, without the '{END}' that marks their ends.",
            )
        found[word] = None
    if len(found) < FEWEST:
        raise PellucidError(
            "too-few-words", f"{source} has {len(found)} different words: give at least {FEWEST}, one on each line."
        )
    return list(found)


def first_of(words: Iterable[str]) -> list[str]:
    """The first words that together have no more letters than a loss is measured on."""
    kept: list[str] = []
    letters = 0
    for word in words:
        letters += len(word) + 1
        if letters > EXAM and kept:
            break
        kept.append(word)
    return kept
