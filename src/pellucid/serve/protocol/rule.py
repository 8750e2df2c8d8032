"""How an op's formula travels, as graph/facts.py writes it: each node is a list, its name first, then its parts."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args

from msgspec import Meta, defstruct

from pellucid.graph.formula import Binary, Comparison, Function, Reduction

MEANING = (
    "An op's formula: each node is a list, its name first. A number has its LaTeX behind it where that is not its "
    "digits; a cell names its operand by its place in the op's `inputs`, and each of its indices is a letter or a "
    "formula; `choose` has a condition, what is taken where it holds, and what is taken otherwise."
)


def nodes() -> Iterator[type]:
    """The declarations of all kinds of node, named as the formulas of the graph name them."""
    yield node("number", value=float | Literal["Infinity", "-Infinity"], symbol=(str, ""))
    yield node("size", axis=str)
    yield node("place", letter=str)
    yield node("cell", operand=int, indices=list[Union[str, "Rule"]])
    yield node("step", name=str, argument="Rule")
    yield node("choose", condition="Rule", chosen="Rule", otherwise="Rule")
    for name in get_args(Reduction.__annotations__["kind"]):
        yield node(name, axes=list[str], argument="Rule")
    for name in get_args(Function.__annotations__["name"]):
        yield node(name, argument="Rule")
    for kind in (Binary, Comparison):
        for sign in get_args(kind.__annotations__["sign"]):
            yield node(sign, left="Rule", right="Rule")


def node(name: str, /, **parts: Any) -> type:
    """A list of exactly this name and these parts; a part with a default is left out where it has that."""
    fields = [
        (part, *declared) if isinstance(declared, tuple) else (part, declared) for part, declared in parts.items()
    ]
    identifier = "Rule_" + "".join(letter if letter.isalnum() else f"{ord(letter):x}" for letter in name)
    return defstruct(identifier, fields, tag=name, array_like=True, forbid_unknown_fields=True, module=__name__)


if TYPE_CHECKING:
    Rule = list[Any]
else:
    Rule = Annotated[Union[tuple(nodes())], Meta(title="Rule", description=MEANING)]  # noqa: UP007
