"""The tokenizer in a model's folder: its files, and what the library `tokenizers` makes of them.

Either tokenizer.json says all of it, or vocab.json and merges.txt are a byte-level one, as GPT-2's. What the files
beside them add is what transformers adds: special tokens, a token before or behind every text.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.files import growth
from pellucid.files.reading import is_there, read_bytes, read_json
from pellucid.files.unheard import unheard
from pellucid.graph import PellucidError
from pellucid.words.errors import printable, shortened
from pellucid.words.given import in_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER, VOCABULARY, MERGES = "tokenizer.json", "vocab.json", "merges.txt"
SETTINGS, SPECIAL, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
OTHER_FILES = "fast_tokenizer_files"
"""A setting by which transformers takes a tokenizer.json of another version."""
NAMES = (TOKENIZER, VOCABULARY, MERGES, SETTINGS, SPECIAL, ADDED)
LONGEST = 1 << 25
"""The most bytes of such a file, whatever the model."""
BYTES, BYTES_EACH = 1 << 22, 1 << 9
"""The most bytes of such a file, and so many more for each token of the model."""
ITEMS, ITEMS_EACH = 1 << 18, 1 << 3
"""The most things that such a file lists, and so many more for each token of the model: itself, its merge, flags."""
MORE_TOKENS = 1 << 10
"""So many more tokens than the model knows may be added: some models know fewer than their tokenizers."""
LONGEST_REASON = 120
"""Letters of the library's own words that a sentence repeats."""
GLYPHS = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
BYTE_OF = {chr(byte): byte for byte in GLYPHS} | {
    chr(0x100 + place): byte for place, byte in enumerate(byte for byte in range(0x100) if byte not in GLYPHS)
}
"""The letters that byte-level tokenizers write bytes as (Radford et al. 2019): Ġ is a space."""
ROLES = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")
FURTHER = ("additional_special_tokens", "extra_special_tokens")
NUMBER = re.compile("[0-9]{1,10}")
FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")
OF_GPT2 = ("GPT2Tokenizer", "GPT2TokenizerFast")
OF_ONE_FILE = ("PreTrainedTokenizerFast", "TokenizersBackend")
"""The classes of transformers that are just what tokenizer.json says."""
OF_OTHER_MODELS = ("unk_token", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges")
END_OF_TEXT = "<|endoftext|>"

Files = Mapping[str, bytes]
"""The files of a tokenizer, by name."""


def read(folder: Path, count: int) -> Files | None:
    """The files of the folder's tokenizer, if it has one, for a model that knows so many tokens. Raises PellucidError
    where one cannot be read, or is far larger than the tokenizer of such a model."""
    there = [name for name in NAMES if is_there(folder / name)]
    if TOKENIZER in there or {VOCABULARY, MERGES} <= {*there} or (VOCABULARY in there and of_bytes(folder, count)):
        return {name: read_bytes(folder / name, *bounds(count), b"\n" if name == MERGES else b",") for name in there}
    return None


def bounds(count: int) -> tuple[int, int]:
    """The most bytes of a file, and the most things that it lists, for a model that knows so many tokens."""
    return min(LONGEST, BYTES + BYTES_EACH * count), ITEMS + ITEMS_EACH * count


def vocabulary_of(folder: Path, count: int) -> dict[str, Any]:
    """What vocab.json says. Raises PellucidError."""
    return read_json(folder / VOCABULARY, *bounds(count))


def of_bytes(folder: Path, count: int) -> bool:
    """Whether the letters of vocab.json stand for bytes, with nothing merged."""
    vocabulary = vocabulary_of(folder, count)
    return BYTE_OF.keys() <= vocabulary.keys() and all(len(piece) == 1 or piece == END_OF_TEXT for piece in vocabulary)


def made(files: Files, count: int) -> "Tokenizer":
    """What encodes and decodes, for a model that knows so many tokens.

    Raises PellucidError (`bad-tokenizer`) for files that make none, and for those that lengthen texts without bound.
    """
    with refusing("is not one that the library `tokenizers` can read"):
        tokenizer = from_one_file(files) if TOKENIZER in files else byte_level(files)
        settings = checked_settings(SETTINGS, json_of(files, SETTINGS))
        add_tokens(tokenizer, files, with_padding(tokenizer, settings), count + MORE_TOKENS)
        if TOKENIZER not in files:
            frame(tokenizer, settings)
        tokenizer.encode_special_tokens = settings.get("split_special_tokens") is True
        tokenizer.no_truncation()
        tokenizer.no_padding()
        if growth.grows_without_bound(tokenizer):
            raise refused(f"makes texts more than {growth.MOST:,} times as long, which no model's does")
    return tokenizer


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Refuse what the library cannot do: it raises bare exceptions, and panics, which are no exceptions."""
    try:
        with unheard():
            yield
    except PellucidError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise refused(f"{what} ({shortened(printable(told), LONGEST_REASON)})") from error


def from_one_file(files: Files) -> "Tokenizer":
    """What tokenizer.json says, without the chance by which some are trained: a text has the same tokens every time."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer.from_str(files[TOKENIZER].decode())
    if isinstance(tokenizer.model, models.BPE):
        tokenizer.model.dropout = None
    settings = json_of(files, SETTINGS)
    if (settings.get(OTHER_FILES) or [TOKENIZER]) != [TOKENIZER]:
        raise refused(f"may be in another file, as {SETTINGS} says with {OTHER_FILES} {in_json(settings[OTHER_FILES])}")
    if of_gpt2(settings) and isinstance(tokenizer.pre_tokenizer, pre_tokenizers.ByteLevel):
        tokenizer.pre_tokenizer.add_prefix_space = settings.get("add_prefix_space") is True
    return tokenizer


def unlike(files: Files, tokenizer: "Tokenizer") -> str | None:
    """Why transformers may give other tokens than tokenizer.json says, in a sentence; None where it does not.

    Since version 5 it makes tokenizers of the classes that it knows anew, from the vocabulary and the merges alone.
    """
    if TOKENIZER not in files:
        return None
    named = json_of(files, SETTINGS).get("tokenizer_class") or OF_GPT2[0]
    chance = (json_of(files, TOKENIZER).get("model") or {}).get("dropout")
    if chance and named in OF_ONE_FILE:
        return (
            f"The tokens are those that {TOKENIZER} says without its dropout of {in_json(chance)}: with it "
            f"transformers leaves out merges by chance, and may give a text other tokens each time."
        )
    own = own_steps(tokenizer) if named in OF_GPT2 else []
    if named in OF_ONE_FILE or (named in OF_GPT2 and not own):
        return None
    what = f"{named} leaves out its {', '.join(own)}" if own else f"{in_json(named)} has rules of its own"
    return (
        f"The tokens are those that {TOKENIZER} says; transformers may give others ({what}): "
        f'where these are right, say "tokenizer_class": "{OF_ONE_FILE[0]}" in {SETTINGS}.'
    )


def own_steps(tokenizer: "Tokenizer") -> list[str]:
    """What is not as in GPT-2's tokenizer, by the names that tokenizer.json has for it."""
    from tokenizers import models

    model = tokenizer.model
    before, decoder = (
        {} if part is None else json.loads(part.__getstate__()) for part in (tokenizer.pre_tokenizer, tokenizer.decoder)
    )
    alike = {
        "normalizer": tokenizer.normalizer is None,
        "pre_tokenizer": before.get("type") == "ByteLevel" and before.get("use_regex", True),
        "model": isinstance(model, models.BPE) and not any(getattr(model, setting) for setting in OF_OTHER_MODELS),
        "decoder": decoder.get("type") == "ByteLevel",
    }
    return [name for name, is_alike in alike.items() if not is_alike]


def byte_level(files: Files) -> "Tokenizer":
    """GPT-2's kind of tokenizer: bytes, and which neighbours are merged, in this order."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    settings = json_of(files, SETTINGS)
    if not of_gpt2(settings):
        raise refused(f"is a {in_json(settings['tokenizer_class'])}, which only a {TOKENIZER} says all of")
    vocabulary = checked(json_of(files, VOCABULARY))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=list(merges_of(files))))
    before = settings.get("add_prefix_space") is True
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=before)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def merges_of(files: Files) -> Iterator[tuple[str, str]]:
    """The pairs of neighbours that are merged, in their order."""
    for line in io.BytesIO(files.get(MERGES, b"")):
        text = line.decode().removesuffix("\n")
        if not text.strip() or text.startswith("#version"):
            continue
        pieces = text.rstrip("\r").split(" ")
        if len(pieces) != 2:
            raise refused(f"has lines in {MERGES} that are not two pieces with a space between them")
        yield pieces[0], pieces[1]


def json_of(files: Files, name: str) -> dict[str, Any]:
    """What a file says; nothing, where there is none."""
    try:
        found = json.loads(files.get(name, b"{}"))
    except (ValueError, RecursionError) as error:
        raise refused(f"cannot be read: {name} is not JSON ({error})") from error
    if not isinstance(found, dict):
        raise refused(f"cannot be read: {name} holds {type(found).__name__}, not an object")
    return found


def checked(vocabulary: Mapping[str, Any], name: str = VOCABULARY) -> dict[str, int]:
    """Pieces of text with their numbers, each a number of its own. Raises PellucidError (`bad-vocabulary`)."""
    numbers = list(vocabulary.values())
    if not all(type(number) is int and 0 <= number < 2**31 for number in numbers) or len(set(numbers)) < len(numbers):
        raise PellucidError(
            "bad-vocabulary", f"{name} must give each piece of text a whole number of its own, from 0 on."
        )
    if any("\ud800" <= letter <= "\udfff" for piece in vocabulary for letter in piece):
        raise PellucidError("bad-vocabulary", f"{name} holds halves of characters (lone surrogates): repair it.")
    return dict(vocabulary)


# What the files beside it add.


def checked_settings(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings. Raises PellucidError (`bad-tokenizer`) where what tells of tokens does not do so as transformers
    writes it."""
    by_number = settings.get("added_tokens_decoder", {})
    sound = {
        "added_tokens_decoder": isinstance(by_number, dict)
        and all(NUMBER.fullmatch(number) and sound_token(token) for number, token in by_number.items()),
        "tokenizer_class": isinstance(settings.get("tokenizer_class"), str | None),
        "split_special_tokens": isinstance(settings.get("split_special_tokens"), bool | None),
        **{role: token is None or isinstance(token, str) or sound_token(token) for role, token in roles_of(settings)},
        **{further: sound_list(settings.get(further)) for further in FURTHER},
    }
    for setting, is_sound in sound.items():
        if not is_sound:
            raise refused(
                f"cannot be made: {name} says {setting} {in_json(settings[setting])}, which transformers never writes"
            )
    return settings


def sound_token(token: object) -> bool:
    """Whether it is an object that tells of a token."""
    return (
        isinstance(token, dict)
        and isinstance(token.get("content"), str)
        and all(isinstance(token[flag], bool) for flag in FLAGS if flag in token)
    )


def sound_list(tokens: object) -> bool:
    listed = list(tokens.values()) if isinstance(tokens, dict) else tokens
    return listed is None or (
        isinstance(listed, list) and all(isinstance(token, str) or sound_token(token) for token in listed)
    )


def roles_of(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The settings that name a token by what it is for."""
    for role, token in settings.items():
        if role in ROLES:
            yield role, token


def add_tokens(tokenizer: "Tokenizer", files: Files, settings: Mapping[str, Any], most: int) -> None:
    """Tokens that are found in a text before anything else is.

    Where the settings list them by their numbers, they say all that the older files beside them would.
    """
    from tokenizers import AddedToken

    older = {} if "added_tokens_decoder" in settings else files
    numbered = {**numbered_by_text(json_of(older, ADDED)), **numbered_by_number(settings)}
    special = special_tokens({**checked_settings(SPECIAL, json_of(older, SPECIAL)), **settings})
    if max(len(numbered), len(special)) > most:
        raise refused(f"adds {max(len(numbered), len(special)):,} tokens, far more than the model knows")
    in_order = sorted(numbered.items())
    new = {text: number for number, (text, _) in reversed(in_order) if tokenizer.token_to_id(text) is None}
    # All at once: the library looks through every token after each call.
    tokenizer.add_tokens([AddedToken(text, **options) for _, (text, options) in in_order])
    for text, number in new.items():
        if tokenizer.token_to_id(text) != number:
            raise refused(f"gives '{text}' the number {tokenizer.token_to_id(text)}, but files say {number}")
    there = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
    listed = {text: options for text, options in numbered.values() if options}
    tokenizer.add_special_tokens(
        [
            AddedToken(text, **{**listed.get(text, options), "special": True})
            for text, options in special.items()
            if options or text in listed or text not in there  # one that is there already keeps how it is looked for
        ]
    )


def with_padding(tokenizer: "Tokenizer", settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings, and the token that tokenizer.json itself fills up texts with: that takes a number too, except in
    GPT-2's class, which leaves it out."""
    padding = None if of_gpt2(settings) else tokenizer.padding
    return settings if padding is None else {"pad_token": padding["pad_token"], **settings}


def numbered_by_text(added: Mapping[str, Any]) -> dict[int, tuple[str, dict[str, bool]]]:
    return {number: (text, {}) for text, number in checked(added, ADDED).items()}


def numbered_by_number(settings: Mapping[str, Any]) -> dict[int, tuple[str, dict[str, bool]]]:
    return {
        int(number): (str(token["content"]), options_of(token))
        for number, token in settings.get("added_tokens_decoder", {}).items()
    }


def options_of(token: object) -> dict[str, bool]:
    """How a token is looked for, such as together with the spaces before it."""
    return {flag: token[flag] for flag in FLAGS if flag in token} if isinstance(token, dict) else {}


def special_tokens(roles: Mapping[str, Any]) -> dict[str, dict[str, bool]]:
    """Their texts, by the roles that they play, and how they are looked for: as the role says that says it."""
    named = [roles.get(role) for role in ROLES]
    if of_gpt2(roles):
        named[:3] = [token if text_of(token) else END_OF_TEXT for token in named[:3]]
    named.extend(token for role, token in roles.items() if role.endswith("_token") and role not in ROLES)
    for name in FURTHER:
        listed = roles.get(name) or ()
        named.extend(listed.values() if isinstance(listed, dict) else listed)
    found: dict[str, dict[str, bool]] = {}
    for token in named:
        if text := text_of(token):
            found[text] = options_of(token) or found.get(text, {})
    return found


def of_gpt2(settings: Mapping[str, Any]) -> bool:
    """Whether the tokenizer is of GPT-2's class, which is meant where nothing is said."""
    return settings.get("tokenizer_class", OF_GPT2[0]) in OF_GPT2


def text_of(token: object) -> str | None:
    """A token as the files have it: a text, or an object with one."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) and found else None


def frame(tokenizer: "Tokenizer", settings: Mapping[str, Any]) -> None:
    """Put a token before every text, and one behind it, where the settings ask for that."""
    from tokenizers.processors import TemplateProcessing

    if not ("add_bos_token" in settings or "add_eos_token" in settings):
        return
    first = settings.get("add_bos_token") is True and text_of(settings.get("bos_token", END_OF_TEXT))
    last = settings.get("add_eos_token") is True and text_of(settings.get("eos_token", END_OF_TEXT))
    around = [text for text in (first, last) if text]
    if around:
        single = " ".join([*([f"{first}:0"] if first else []), "$A:0", *([f"{last}:0"] if last else [])])
        numbers = [(text, tokenizer.token_to_id(text)) for text in dict.fromkeys(around)]
        tokenizer.post_processor = TemplateProcessing(single=single, pair=f"{single} $B:1", special_tokens=numbers)


def refused(what: str) -> PellucidError:
    return PellucidError(
        "bad-tokenizer",
        f"The model's tokenizer {what}: restore its files, or remove them and give token numbers for a prompt.",
    )
