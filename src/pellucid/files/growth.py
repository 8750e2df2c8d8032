"""How much longer a tokenizer may make a text: what its own settings multiply, before anything is asked of it.

A file of a kilobyte can name nine replacements of one letter by ten, each applied to what the one before made: a single
letter becomes a gigabyte. So the steps that lengthen a text are counted, and their product is bounded.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST = 1 << 12
"""How many times as long all steps together may make a text: several times what those of known models do."""
LISTS = ("normalizers", "pretokenizers", "processors", "decoders")
"""Where a step says the steps that it consists of."""
FIXED = {
    "NFC": 3,
    "NFD": 4,
    "NFKC": 18,
    "NFKD": 18,
    "Lowercase": 3,
    "BertNormalizer": 4,
    "ByteLevel": 3,
    "Metaspace": 2,
    "Digits": 1,
    "Strip": 1,
    "StripAccents": 1,
}
"""How many letters at most the library's own steps make of one, where they make any more: by Unicode, a space before
each word, or two letters for a byte."""


def grows_without_bound(tokenizer: "Tokenizer") -> bool:
    """Whether texts or answers may become so much longer that memory and time have no end that one could name."""
    reading = (tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.post_processor)
    return any(exceeds(steps) for steps in (reading, (tokenizer.decoder,)))


def exceeds(parts: tuple[Any, ...]) -> bool:
    total = 1
    for part in parts:
        for step in steps_of(None if part is None else json.loads(part.__getstate__())):
            total *= growth(step)
            if total > MOST:
                return True
    return False


def steps_of(part: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The step itself, or those that it consists of."""
    if part is None:
        return
    listed = next((part[name] for name in LISTS if name in part), None)
    if listed is None:
        yield part
        return
    for each in listed:
        yield from steps_of(each)


def growth(step: Mapping[str, Any]) -> int:
    """How many times as long the step can make a text."""
    match step["type"]:
        case "Replace":
            content = len(step["content"])
            found = step["pattern"].get("String")
            # A regular expression may find nothing at all, between any two letters.
            return max(1, -(-content // len(found))) if found else 1 + content
        case "Prepend":
            return 1 + len(step["prepend"])
        case "TemplateProcessing":
            return max(1, sum(length_of(piece, step["special_tokens"]) for piece in step["single"]))
        case "Precompiled":
            return longest_replacement(step["precompiled_charsmap"])
        case kind:
            return FIXED.get(kind, 1)


def length_of(piece: Mapping[str, Any], special: Mapping[str, Any]) -> int:
    """How many tokens a piece of a template is, where a text counts as one."""
    named = piece.get("SpecialToken")
    return 1 if named is None else len(special[named["id"]]["ids"])


def longest_replacement(charsmap: str) -> int:
    """The most letters that one is replaced by in a table of SentencePiece's: the length of an index, the index, and
    all replacements, each with a null behind it."""
    table = b64decode(charsmap)
    replacements = table[4 + int.from_bytes(table[:4], "little") :]
    return max(1, *(len(each.decode(errors="replace")) for each in replacements.split(b"\0")))
