"""Text to token numbers and back, for vocabularies of single letters."""

from collections.abc import Sequence

from pellucid.graph import PellucidError


class Vocabulary:
    """Letters in the order of their token numbers."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self.numbers = {piece: number for number, piece in enumerate(self.pieces)}

    def encode(self, text: str) -> list[int]:
        """The tokens of a text. Raises PellucidError (`unknown-letter`)."""
        for letter in text:
            if letter not in self.numbers:
                alphabet = ", ".join(self.pieces)
                raise PellucidError(
                    "unknown-letter",
                    f"'{letter}' is not in this model's alphabet: use only {alphabet}.",
                    letter=letter,
                    alphabet=alphabet,
                )
        return [self.numbers[letter] for letter in text]

    def decode(self, tokens: Sequence[int]) -> str:
        return "".join(self.pieces[token] for token in tokens)
