"""What a person reads instead of a page, in the language that was asked for.

English is the language of the errors themselves. The sentences of other languages that speak of the reading view's own
address and of the way in are in words/alone, those that hold everywhere in words/.
"""

from dataclasses import dataclass

from pellucid.graph import PellucidError
from pellucid.words import DEFAULT, said_alone, words_in


@dataclass(frozen=True)
class Said:
    """What a person reads, and the language that it is in."""

    message: str
    language: str


def refusal(error: PellucidError, language: str) -> Said:
    """The error's sentence in that language if there is one, otherwise in English."""
    sentence = said_alone("refusals", language).get(error.code) or words_in(language).errors.get(error.code)
    return Said(sentence.format(**error.details), language) if sentence else Said(error.message, DEFAULT)
