"""What an address asks for after its question mark, checked: each parameter known, given once, and of its kind."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from pellucid.graph import Graph, PellucidError
from pellucid.run.cells import Cells, tensor_named
from pellucid.run.interventions import Intervention, interventions_of
from pellucid.words.errors import shortened

Known = TypeVar("Known", bound=str)

WHOLE = re.compile(r"-?[0-9]{1,18}")
DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{0,18})?([eE][-+]?[0-9]{1,2})?")

CELL = ("cell", "tensor", "index")
"""The parameters that name a cell."""
CHANGES = ("change", "off")
"""The parameters that name interventions; they are two names of one thing, `off` being that of older links."""

OF = ("of", "token")
"""The parameters that name the token whose logit is asked about. `token` is the name that older programs and links
have for it: it is that of the server's own token too."""

LONGEST = 40
"""How much of a stranger's text a sentence repeats."""
MOST_TEXTS = 64
"""How many other runs one question may need."""


def parameters(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    """The parameters by name. Raises PellucidError for one that this address does not know, or that is given twice, and
    for what would be read as another text than was sent."""
    try:
        unquote_to_bytes(request.scope["query_string"]).decode()
    except UnicodeDecodeError:
        raise PellucidError(
            "bad-text",
            "The address holds bytes that are no text in UTF-8: write letters as their bytes there, é as %C3%A9.",
        ) from None
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


def once(given: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    """The one of several names of one parameter that is given. Raises PellucidError (`repeated-parameter`)."""
    found = [name for name in names if name in given]
    if len(found) > 1:
        raise PellucidError(
            "repeated-parameter",
            f"The parameters {' and '.join(found)} say the same thing: give one of them.",
            name=found[1],
        )
    return found[0] if found else None


def whole(name: str, text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise bad_number(name, text, "a whole number")
    return int(text)


def decimal(name: str, text: str) -> float:
    if not DECIMAL.fullmatch(text):
        raise bad_number(name, text, "a number such as 0.8")
    return float(text)


def one_of(name: str, text: str, known: Sequence[Known]) -> Known:
    """Raises PellucidError (`bad-parameter`) unless the text is one of those known."""
    for one in known:
        if one == text:
            return one
    raise PellucidError(
        "bad-parameter", f"{name} is '{shortened(text, LONGEST)}': it must be {' or '.join(known)}.", name=name
    )


def bad_number(name: str, text: str, expected: str) -> PellucidError:
    return PellucidError("bad-number", f"{name} is '{shortened(text, LONGEST)}': it must be {expected}.", name=name)


def wholes(name: str, text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them; none for an empty text."""
    return tuple(whole(name, part.strip()) for part in text.split(",")) if text.strip() else ()


def cell_of(given: Mapping[str, str], graph: Graph) -> Cells:
    """The cell that is asked for, as `cell=blocks.0.attn.q[2,3,7]` or as `tensor` and `index`. Raises PellucidError."""
    if "tensor" not in given and "index" not in given:
        return Cells.parse(needed(given, "cell", "blocks.0.attn.q[2,3,7]"), graph)
    if "cell" in given:
        raise PellucidError("bad-cell", "Name the cell once: as cell=logits[5,0], or as tensor=logits&index=5,0.")
    tensor = graph.find(needed(given, "tensor", "blocks.0.attn.q"))
    return Cells.at_index(tensor, wholes("index", needed(given, "index", "2,3,7")))


def asked_tensor(given: Mapping[str, str]) -> str:
    """The name of the tensor whose cell is asked for, as it is spelled."""
    return tensor_named(given["cell"]) if "cell" in given else given.get("tensor", "")


def tensors_of(given: Mapping[str, str]) -> tuple[str, ...]:
    """The names of several tensors, with commas between them, as they are spelled."""
    return tuple(name.strip() for name in needed(given, "tensors", "blocks.0.attn.q").split(","))


def targets_of(given: Mapping[str, str]) -> tuple[int, ...] | None:
    """The right answers by which a loss and its gradients are computed; None where the text's own next tokens are."""
    return wholes("targets", given["targets"]) if "targets" in given else None


def changes_of(given: Mapping[str, str], graph: Graph) -> tuple[Intervention, ...]:
    """What is asked to be changed. Raises PellucidError."""
    changes = interventions_of([given[name] for name in CHANGES if name in given], graph)
    texts = sum(len(change.texts) for change in changes)
    if texts > MOST_TEXTS:
        raise PellucidError(
            "too-many-texts",
            f"The changes take cells from {texts} other texts, but {MOST_TEXTS} are the most: give fewer.",
            texts=texts,
            most=MOST_TEXTS,
        )
    return changes
