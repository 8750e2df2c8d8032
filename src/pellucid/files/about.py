"""What Pellucid adds to a config.json, under `pellucid`: the task or text that a model was taught, how well, and how.

It may come from anybody: numbers are looked at before anything is counted, drawn or trained by them.
"""

import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pellucid.graph import PellucidError

LARGEST = 2**53
"""Whole numbers up to this one are the same in JSON everywhere."""

LONGEST_TEXT = 1 << 14
"""More letters than a model keeps of the text that it was taught."""

LONGEST_CONTEXT = 1 << 10
"""More tokens than are read at once when a text is learned."""

Check = Callable[[Any], bool]


def checked_about(path: Path, content: Mapping[str, Any], context: int) -> dict[str, Any]:
    """What was added, or nothing. Raises PellucidError if it is not what Pellucid writes for a model that reads so many
    tokens."""
    about = content.get("pellucid", {})
    wrong = "'pellucid'" if not isinstance(about, dict) else first_wrong(about, context)
    if wrong:
        raise PellucidError(
            "bad-file",
            f"What {path} says under {wrong} is not what Pellucid writes: restore or remove that entry.",
        )
    return dict(about)


def first_wrong(about: Mapping[str, Any], context: int) -> str | None:
    """Where something is that Pellucid never writes."""
    for part, sound in (
        ("task", lambda told: sound_task(told, context)),
        ("accuracy", sound_accuracy),
        ("corpus", lambda told: sound_corpus(told, context)),
        ("loss", sound_loss),
        ("training", sound_training),
    ):
        told = about.get(part)
        if told is not None and not (isinstance(told, dict) and sound(told)):
            return f"'pellucid', '{part}',"
    return None


def sound_task(task: Mapping[str, Any], context: int) -> bool:
    alphabet: Any = task.get("alphabet")
    length: Any = task.get("length")
    answer: Any = task.get("answer_length")
    return (
        isinstance(task.get("name"), str)
        and isinstance(alphabet, list)
        and all(isinstance(letter, str) and len(letter) == 1 and letter.isprintable() for letter in alphabet)
        and len({*alphabet}) == len(alphabet)
        and is_count(length)
        and is_count(answer)
        and 1 <= length <= context
        and answer <= context
    )


def sound_accuracy(accuracy: Mapping[str, Any]) -> bool:
    parts = ("trained", "heldout")
    counts: list[tuple[Any, Any]] = [(accuracy.get(f"{part}_correct"), accuracy.get(f"{part}_total")) for part in parts]
    return is_count(accuracy.get("questions", 0), math.inf) and all(
        is_count(correct) and is_count(total) and correct <= total for correct, total in counts
    )


def sound_corpus(corpus: Mapping[str, Any], context: int) -> bool:
    texts: list[Any] = [corpus.get(name) for name in ("name", "example", "fingerprint", "heldout")]
    reads: Any = corpus.get("context")
    return (
        all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts)
        and is_count(reads)
        and 1 <= reads <= min(context, LONGEST_CONTEXT)
    )


def sound_loss(loss: Mapping[str, Any]) -> bool:
    names = {"heldout", "trained", "single", "pairs", "letters"}
    return loss.keys() == names and is_count(loss["letters"]) and all(map(is_number, loss.values()))


def sound_training(training: Mapping[str, Any]) -> bool:
    recipe = training.get("recipe")
    return (
        is_count(training.get("steps"))
        and is_count(training.get("seed"), math.inf)
        and is_number(training.get("seconds"))
        and isinstance(recipe, dict)
        and all(number is None or is_finite(number) or is_pair(number) for number in recipe.values())
    )


def is_count(value: Any, most: float = LARGEST) -> bool:
    return type(value) is int and 0 <= value <= most


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= LARGEST


def is_finite(value: Any) -> bool:
    """Whether it is a number that a recipe can have: no limit is the largest that there is."""
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))
