"""Claims: what a lesson says of a run, marked with `{check ...}`, and whether it is so.

Nothing of a claim is shown. It counts where its words stand: in a branch that is not true for a run, it is not made.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pellucid.lessons.expression import Node
from pellucid.lessons.moment import Moment


@dataclass(frozen=True)
class Guard:
    """A branch that words stand in: the last condition is its own, the others are those of the branches before it.

    `otherwise`: it stands where none of them is true.
    """

    conditions: tuple[Node, ...]
    otherwise: bool

    def lets_through(self, moment: Moment) -> bool:
        *before, last = (bool(condition.value(moment, [])) for condition in self.conditions)
        return not any(before) and last != self.otherwise


@dataclass(frozen=True)
class Claim:
    line: int
    text: str
    node: Node
    guards: tuple[Guard, ...]

    def is_made(self, moment: Moment) -> bool:
        return all(guard.lets_through(moment) for guard in self.guards)

    def holds(self, moment: Moment) -> bool:
        return bool(self.node.value(moment, []))


def wrong(claims: Iterable[Claim], moment: Moment) -> Iterator[Claim]:
    """Those that are made at that moment of a lesson, and are not so."""
    for claim in claims:
        if claim.is_made(moment) and not claim.holds(moment):
            yield claim
