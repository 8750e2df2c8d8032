"""Text to token numbers and back: for vocabularies of single letters, and for tokenizers of any kind.

Both answer the same questions. `encode` and `decode` go from a text to tokens and back; `pieces` is what a reader is
shown for each token of the vocabulary; `letters` says whether each token is one letter and each letter one token, so
that a text has as many tokens as it has letters.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pellucid.cached import cached_property
from pellucid.files import tokenizer as at_rest
from pellucid.graph import PellucidError
from pellucid.words.errors import shortened, warn
from pellucid.words.given import bad_argument, items, of_kind, shown, wholes

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Library

LONGEST_TEXT = 1 << 20
"""The longest text, in letters, that a tokenizer is given."""
LONGEST_ALPHABET = 120
"""How many letters of an alphabet a sentence lists."""
SMALL = 1 << 19
"""The largest files, in bytes, from which a tokenizer is made at once."""
SIGNS = {" ": "␣", "\n": "↵", "\r": "␍", "\t": "⇥"}
"""Signs that are shown for blank letters."""


def letters_in(pieces: Any) -> tuple[str, ...]:
    """The letters, in their order. Raises PellucidError (`bad-argument`) for what is no list of texts."""
    try:
        found = tuple(pieces) if isinstance(pieces, str) else tuple(items(pieces))
        if all(isinstance(piece, str) for piece in found):
            return found
    except TypeError:
        pass
    raise bad_argument("pieces", pieces, "the letters of an alphabet, such as ['A', 'B', 'C']")


class Vocabulary:
    """Letters in the order of their token numbers; "" for tokens that have none."""

    letters = True

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces: tuple[str, ...] = letters_in(pieces)
        self.numbers = {piece: number for number, piece in enumerate(self.pieces) if piece}

    def encode(self, text: str) -> list[int]:
        """The tokens of a text. Raises PellucidError (`unknown-letter`)."""
        of_kind(text, str, "text", "text")
        for letter in text:
            if letter not in self.numbers:
                alphabet = shortened(", ".join(map(visible, self.numbers)), LONGEST_ALPHABET)
                raise PellucidError(
                    "unknown-letter",
                    f"'{visible(letter)}' is not in this model's alphabet: use only {alphabet}.",
                    letter=letter,
                    alphabet=alphabet,
                )
        return [self.numbers[letter] for letter in text]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens. Raises PellucidError (`bad-tokens`, `unknown-token`)."""
        return "".join(self.pieces[token] for token in known(tokens, len(self.pieces)))


class Tokenizer(Vocabulary):
    """What the files of a model's folder make of a text, by way of the library `tokenizers`.

    `count` is the number of tokens that the model knows, which may be more than have a piece of text.
    """

    letters = False

    def __init__(self, files: at_rest.Files, count: int) -> None:
        self.files = dict(files)
        self.count = count
        if sum(map(len, files.values())) <= SMALL:
            self.encode("")  # one that is damaged is found when the model is opened

    @cached_property
    def library(self) -> "Library":
        """The tokenizer, made when it is first needed: one of fifty thousand pieces takes a seventh of a second."""
        return at_rest.made(self.files, self.count)

    @cached_property
    def doubt(self) -> str | None:
        """Why another program may read texts otherwise, in a sentence."""
        return at_rest.unlike(self.files, self.library)

    @cached_property
    def pieces(self) -> tuple[str, ...]:  # type: ignore[override]
        """What a reader is shown for each token: spaces and line breaks by signs, bytes of no letter by numbers."""
        added = {number: token.content for number, token in self.library.get_added_tokens_decoder().items()}
        byte_level = "ByteLevel" in type(self.library.decoder).__name__
        return tuple(self._piece(number, added, byte_level) for number in range(self.count))

    @cached_property
    def numbers(self) -> Mapping[str, int]:  # type: ignore[override]
        """The tokens that a piece is shown for."""
        return {piece: number for number, piece in enumerate(self.pieces) if piece}

    def _piece(self, number: int, added: Mapping[int, str], byte_level: bool) -> str:
        if number in added:
            return visible(added[number])
        raw = self.library.id_to_token(number)
        if raw is None:
            return ""
        if byte_level and all(letter in at_rest.BYTE_OF for letter in raw):
            return visible_bytes(bytes(at_rest.BYTE_OF[letter] for letter in raw))
        return visible(raw.replace("▁", " "))

    def encode(self, text: str) -> list[int]:
        """The tokens of a text. Raises PellucidError (`bad-text`, `bad-tokenizer`)."""
        of_kind(text, str, "text", "text")
        if len(text) > LONGEST_TEXT:
            raise PellucidError("too-long", f"The text has more than {LONGEST_TEXT:,} letters: shorten it.")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise PellucidError("bad-text", "The text holds half of a character (a lone surrogate): take it out.")
        with at_rest.refusing("cannot read this text"):
            tokens = list(self.library.encode(text).ids)
        if tokens and self.doubt:
            warn(self.doubt)
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, whose bytes are put together before they are read as letters. Raises PellucidError
        (`bad-tokens`, `unknown-token`, `bad-tokenizer`)."""
        numbers = known(tokens, self.count)
        with at_rest.refusing("cannot write these tokens as text"):
            return str(self.library.decode(numbers, skip_special_tokens=False))

    def __reduce__(self) -> tuple[Any, ...]:
        return Tokenizer, (self.files, self.count)


def known(tokens: object, count: int) -> list[int]:
    """The token numbers, checked against how many tokens there are."""
    numbers = whole_numbers(tokens, "give the numbers of tokens, such as [2, 1, 0]")
    for number in numbers:
        if not 0 <= number < count:
            raise unknown_token(number, count - 1)
    return numbers


def whole_numbers(values: object, expected: str) -> list[int]:
    """Numbers of whatever kind that count something. Raises PellucidError (`bad-tokens`), saying what was expected."""
    try:
        return wholes(values)
    except TypeError:
        raise PellucidError("bad-tokens", f"{shown(values)} cannot be read: {expected}.") from None


def unknown_token(token: int, last: int) -> PellucidError:
    sentence = f"There is no token {shown(token)}: numbers run from 0 to {last}."
    return PellucidError("unknown-token", sentence, token=token, last=last)


def visible(text: str) -> str:
    """The text with a sign for every blank letter."""
    return "".join(
        SIGNS.get(letter, letter if letter.isprintable() else letter.encode("unicode_escape").decode())
        for letter in text
    )


def visible_bytes(content: bytes) -> str:
    """The letters that bytes spell, and by numbers the bytes that are only part of one."""
    shown = ""
    while content:
        try:
            return shown + visible(content.decode())
        except UnicodeDecodeError as error:
            broken = content[error.start : error.end]
            shown += visible(content[: error.start].decode()) + "".join(f"<0x{byte:02X}>" for byte in broken)
            content = content[error.end :]
    return shown
