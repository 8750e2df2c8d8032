"""What an article says of its own, in each language.

A lesson in another language is wrapped in English words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pellucid import words


@dataclass(frozen=True)
class Words:
    """Sentences with names in braces for what is filled in; `graph` has the words for titles of tensors and parts."""

    name: str
    title: str
    own_title: str
    skip: str
    letters: str
    tokens: str
    show: str
    format: str
    lead: str
    minute: str
    minutes: str
    languages: str
    interactive: str
    contents: str
    previous: str
    next: str
    whole: str
    anchor: str
    unfit: str
    step: str
    instead: str
    instead_named: str
    in_python: str
    moving: str
    figure: str
    see_figure: str
    exercise: str
    by_hand: str
    to_answer: str
    answers: str
    answer: str
    try_exercise: str
    glossary: str
    references: str
    see: str
    listed: str
    try_widget: str
    after: str
    letter: str
    value: str
    power: str
    share: str
    sum: str
    sampling: str
    at_temperature: str
    after_cut: str
    softmax: str
    heads: str
    head: str
    ablations: str
    any_part: str
    still_right: str
    first_broken: str
    descent: str
    before_step: str
    after_step: str
    loss: str
    weight: str
    probability: str
    training: str
    gelu: str
    towers: str
    squares: str
    enlarged: str
    too_small: str
    presets: Mapping[str, str]
    model: str
    made: str
    graph: words.Words


@cache
def words_in(language: str) -> Words:
    """Out of words/alone; English where a language has none."""
    return Words(**words.said_alone("article", language), graph=words.words_in(language))


def name_of(language: str) -> str:
    """What a language calls itself; its short name where nobody has said."""
    return words_in(language).name if language in words.LANGUAGES else language
