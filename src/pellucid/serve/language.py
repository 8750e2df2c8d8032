"""Which of some languages a visitor reads best, as browsers say it (Accept-Language, RFC 9110, section 12.5.4)."""

import re
from collections.abc import Sequence

from pellucid.lessons.lesson import FIRST

LANGUAGE_RANGE = re.compile(r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")


def preferred(accepted: str, languages: Sequence[str]) -> str:
    """The language that a visitor likes best, of those there are."""
    ranges = [found for part in accepted.lower().split(",") if (found := LANGUAGE_RANGE.fullmatch(part))]
    for wanted in sorted(ranges, key=lambda found: -float(found[2] or 1)):
        for language in languages:
            if wanted[1] == language.lower() or wanted[1].partition("-")[0] == language.lower():
                return language
    return FIRST if FIRST in languages else languages[0]
