"""What a model's folder says of writing texts: with which tokens they end, and what else transformers heeds.

What is written here is the likeliest token, or one drawn as asked. Settings by which transformers changes what it finds
likely, or looks for something else, are not heeded: they are named, so that nobody takes the two for the same.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.files.reading import is_there, read_json
from pellucid.files.weights import CONFIG
from pellucid.graph import PellucidError
from pellucid.words.given import in_json

GENERATION = "generation_config.json"
WITHOUT_EFFECT: Mapping[str, tuple[Any, ...]] = {
    "repetition_penalty": (None, 1),
    "encoder_repetition_penalty": (None, 1),
    "no_repeat_ngram_size": (None, 0),
    "min_length": (None, 0),
    "min_new_tokens": (None, 0),
    "suppress_tokens": (None, []),
    "begin_suppress_tokens": (None, []),
    "bad_words_ids": (None, []),
    "force_words_ids": (None, []),
    "constraints": (None, []),
    "forced_bos_token_id": (None,),
    "forced_eos_token_id": (None,),
    "sequence_bias": (None, {}, []),
    "exponential_decay_length_penalty": (None,),
    "guidance_scale": (None, 1),
    "num_beams": (None, 1),
    "penalty_alpha": (None, 0),
    "dola_layers": (None,),
    "watermarking_config": (None,),
    "stop_strings": (None, []),
    "max_time": (None,),
}
"""Settings that change which tokens transformers writes, with the values that change nothing."""
OF_THE_MODEL: Mapping[str, tuple[Any, ...]] = {"sliding_window": (None,), "attention_chunk_size": (None,)}
"""The same of config.json, whatever else tells how texts are written."""


def read_ends(folder: Path, config: Mapping[str, Any]) -> tuple[int, ...]:
    """The tokens with which a text ends. Raises PellucidError where they are no token numbers."""
    name, content = teller(folder, config)
    told = content.get("eos_token_id")
    ends = [] if told is None else told if isinstance(told, list) else [told]
    if not all(type(token) is int for token in ends):
        raise PellucidError(
            "bad-config",
            f"{name} says eos_token_id {in_json(told)}: it must be a token number, or a list of token numbers.",
            name="eos_token_id",
        )
    return tuple(ends)


def read_unheeded(folder: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings that make transformers write other texts than are written here."""
    _, content = teller(folder, config)
    told = [(WITHOUT_EFFECT, content), (OF_THE_MODEL, config)]
    return tuple(name for known, said in told for name, values in known.items() if said.get(name) not in values)


def teller(folder: Path, config: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The file that tells how texts are written, and what it says: generation_config.json where there is one, as for
    transformers, and config.json otherwise."""
    if is_there(folder / GENERATION):
        return GENERATION, read_json(folder / GENERATION)
    return CONFIG, config
