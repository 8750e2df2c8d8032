"""A text of one's own, which a model learns to go on with: letter by letter, or in pieces that occur often.

The last tenth of the text is held out, so that nothing it is asked about stands beside what it has read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pellucid.cached import cached_property
from pellucid.graph import PellucidError
from pellucid.models import PRESETS, Architecture
from pellucid.run.vocabulary import Tokenizer, Vocabulary
from pellucid.tasks.corpus import EXAM, HELD_OUT, Corpus, Rows, encoded, fingerprint_of, read_text
from pellucid.tasks.task import MOST_LETTERS
from pellucid.words.given import bad_argument, path_of, whole

FEWEST_PIECES, MOST_PIECES = 257, 1 << 14
"""A piece for each byte and one more; and as many as can be learned here."""

EXAMPLE = 16
"""Letters to begin with."""

LONGEST_CONTEXT = 512
"""The most tokens that are read at once in training."""


class Text(Corpus):
    """A text file in UTF-8, of which `context` tokens are read at once.

    A token is a letter. With a number of `pieces`, the library `tokenizers` looks for so many pieces of text that occur
    often (byte-pair encoding, Sennrich et al. 2016, over bytes as GPT-2 has it), and those are the tokens.
    """

    name = "text"
    model: ClassVar[Architecture] = PRESETS["nano"].scaled(heads=4, width=64)
    recipe: ClassVar[Mapping[str, Any]] = {"steps": 2000, "most": 2000, "batch": 12, "rate": 3e-3}

    def __init__(self, file: str | Path, context: int = 64, pieces: int | None = None) -> None:
        self._context = in_range("context", context, 2, LONGEST_CONTEXT, "64")
        self.pieces = None if pieces is None else in_range("pieces", pieces, FEWEST_PIECES, MOST_PIECES, "512")
        path = path_of(file, "file")
        self._text = read_text(path)
        border = len(self._text) - len(self._text) // HELD_OUT
        self._trained_text, heldout = self._text[:border], self._text[border:]
        self.alphabet = tuple(sorted({*self._text}))
        if not self._text:
            raise PellucidError("bad-text", f"{path} is empty, so that there is nothing to learn: give a text.")
        if len(self.alphabet) == 1:
            raise PellucidError(
                "bad-text", f"{path} has one letter alone, so that there is nothing to learn: give a text with several."
            )
        if len(self.alphabet) > MOST_LETTERS:
            raise PellucidError(
                "bad-text",
                f"{path} has {len(self.alphabet):,} different letters: give a text with at most {MOST_LETTERS:,}.",
            )
        self._tokens = encoded(self._trained_text, self.vocabulary)
        self.heldout = heldout[:EXAM]
        unseen, _ = self.exam(self.heldout, self.vocabulary, self._context)
        if len(self._tokens) <= self._context or not len(unseen):
            raise PellucidError(
                "too-short",
                f"{path} has {len(self._text):,} letters, too few to learn from and to be asked about: give at least "
                f"{HELD_OUT * (self._context + 1):,}, or a smaller context than {self._context}.",
            )

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.alphabet) if self.pieces is None else byte_pairs(self._trained_text, self.pieces)

    @property
    def context(self) -> int:
        return self._context

    @property
    def example(self) -> str:
        """The beginning of a line of what was held out, where it has more than one."""
        line = next((line for line in self.heldout.split("\n")[1:] if line.strip()), self.heldout)
        return line[: min(EXAMPLE, self._context)]

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self._text)

    def describe(self) -> dict[str, Any]:
        return super().describe() | ({} if self.pieces is None else {"pieces": self.pieces})

    def seen(self) -> Rows:
        return rows_of(self._tokens, self._context)

    def batch(self, random: "np.random.Generator", size: int) -> Rows:
        starts = random.integers(len(self._tokens) - self._context, size=(size, 1))
        places = starts + np.arange(self._context)
        return self._tokens[places], self._tokens[places + 1]

    @staticmethod
    def exam(text: str, vocabulary: Vocabulary, context: int) -> Rows:
        return rows_of(encoded(text, vocabulary), context)


def rows_of(tokens: np.ndarray, context: int) -> Rows:
    """One row behind the other, without what is left over in the end."""
    count = max(len(tokens) - 1, 0) // context * context
    return tokens[:count].reshape(-1, context), tokens[1 : count + 1].reshape(-1, context)


def in_range(name: str, value: Any, least: int, most: int, example: str) -> int:
    """The whole number. Raises PellucidError (`bad-argument`) for one that will not do."""
    try:
        number = whole(value)
        if least <= number <= most:
            return number
    except TypeError:
        pass
    raise bad_argument(name, value, f"a whole number from {least} to {most:,}, such as {example}")


def byte_pairs(text: str, pieces: int) -> Tokenizer:
    """Pieces that occur often in the text; fewer of them where it is so short that nothing occurs twice."""
    from tokenizers import Tokenizer as Library
    from tokenizers import decoders, models, pre_tokenizers, trainers

    library = Library(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=pieces, initial_alphabet=alphabet, show_progress=False)
    library.train_from_iterator(text.splitlines(keepends=True), trainer)
    return Tokenizer({"tokenizer.json": library.to_str().encode()}, library.get_vocab_size())
