"""What a drawing says in words, in each language: its legend, and sentences for those who do not see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from pellucid.words import said_alone

Language = str
Title = Callable[[str], str]
"""A reader's words for an English title of the graph."""


@dataclass(frozen=True)
class Words:
    """Sentences with `{}` for what is filled in; `uneven` says that colours are no ruler, `between` stands between two
    sentences, `listed` between the things of a list."""

    negative: str
    positive: str
    uneven: str
    axis: str
    shares: str
    not_computed: str
    masked: str
    untrained: str
    left_out: str
    switched_off: str
    replaced: str
    kinds: Mapping[str, str]
    listed: str
    between: str
    whole: str
    shown: str
    without_numbers: str
    of_part: str
    bright: str
    lit: str
    lit_numbers: str
    reads: str
    chosen: str
    off: str
    taken: str
    meaningless: str
    colours: str
    formula: str
    with_numbers: str
    terms_of_sum: str
    terms_of_maximum: str
    largest_first: str
    others: str
    steps: str
    given: str
    learned: str
    card: str
    patterns: str
    patterns_told: str
    schematic: str
    reads_from: str
    arrows: str


@cache
def words_in(language: str) -> Words:
    """Out of words/alone; English where a language has none."""
    return Words(**said_alone("drawing", language))
