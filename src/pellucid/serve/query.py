"""What an address asks for after its question mark, checked: each parameter known, given once, and of its kind."""

import re
from collections.abc import Mapping

from starlette.requests import Request

from pellucid.graph import PellucidError

WHOLE = re.compile(r"-?[0-9]{1,18}")
DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{0,18})?([eE][-+]?[0-9]{1,2})?")


def parameters(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    """The parameters by name. Raises PellucidError for one that this address does not know, or that is given twice."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            expected = f"it knows {', '.join(known)}" if known else "it takes none"
            raise PellucidError(
                "unknown-parameter", f"This address knows no parameter '{name}': {expected}.", name=name
            )
        if name in found:
            raise PellucidError("repeated-parameter", f"The parameter '{name}' stands twice: give it once.", name=name)
        found[name] = value
    return found


def needed(given: Mapping[str, str], name: str, example: str) -> str:
    if name not in given:
        raise PellucidError(
            "missing-parameter", f"The parameter '{name}' is missing: give one, such as {name}={example}.", name=name
        )
    return given[name]


def whole(name: str, text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise PellucidError("bad-number", f"{name} is '{shown(text)}': it must be a whole number.", name=name)
    return int(text)


def decimal(name: str, text: str) -> float:
    if not DECIMAL.fullmatch(text):
        raise PellucidError("bad-number", f"{name} is '{shown(text)}': it must be a number such as 0.8.", name=name)
    return float(text)


def wholes(name: str, text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them; none for an empty text."""
    return tuple(whole(name, part.strip()) for part in text.split(",")) if text.strip() else ()


def shown(text: str, most: int = 40) -> str:
    """A stranger's text, short enough for a sentence."""
    return text if len(text) <= most else text[: most - 1] + "…"
