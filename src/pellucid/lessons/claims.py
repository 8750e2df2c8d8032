"""Claims: what a lesson says of a run, marked with `{check ...}`, and whether it is so.

Nothing of a claim is shown. It counts where its words stand: in a branch that is not true for a run, it is not made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.graph import PellucidError
from pellucid.lessons.expression import Node
from pellucid.lessons.moment import Lens, Moment
from pellucid.lessons.problems import Problem
from pellucid.run.model import Model
from pellucid.tasks import askable
from pellucid.tasks.ablation import asked

if TYPE_CHECKING:
    from pellucid.lessons.chapter import Chapter, Step

PROMPTS = 20
"""For so many prompts at most a claim is looked at."""


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


def false_claims(chapters: Iterable["Chapter"], model: Model, prompts: Sequence[Sequence[int]]) -> list[Problem]:
    """Every claim of these chapters, on the page and in the article, that is not so for all prompts, with its line."""
    failing: dict[tuple[Path, int, str], dict[str, str]] = {}
    claiming = [(chapter, step) for chapter in chapters for step in chapter.steps if step.claims]
    for prompt in prompts if claiming else ():
        run = model.trace(list(prompt))
        said = model.text(run.tokens)
        for lens in (Lens(run), Lens(run, on_page=False)):
            for chapter, step in claiming:
                for claim, sentence in failures(step, lens):
                    failing.setdefault((chapter.source.path, claim.line, claim.text), {})[said] = sentence
    return [
        Problem(path, line, f"{next(iter(said.values()))} {for_all(list(said), len(prompts))}")
        for (path, line, _), said in failing.items()
    ]


def failures(step: "Step", lens: Lens) -> Iterator[tuple[Claim, str]]:
    """The claims of the step that are not so, or cannot be worked out, and the beginning of a sentence about each."""
    for claim in step.claims:
        try:
            if list(wrong([claim], step.cue.moment(lens))):
                yield claim, f"the claim '{claim.text}' is not so for"
        except PellucidError as error:
            yield claim, f"the claim '{claim.text}' cannot be worked out ({error.message.rstrip('.')}) for"


def for_all(failing: Sequence[str], asked: int) -> str:
    """The end of a sentence: for which prompts something is so."""
    others = len(failing) - 1
    return f"{failing[0]}." if others == 0 else f"{failing[0]} and {others} more of {asked} prompts."


def prompts(model: Model, first: Sequence[int]) -> list[tuple[int, ...]]:
    """What claims are looked at for: the first prompt, and some questions of the model's task, from all over it."""
    found = {tuple(first): None}
    if model.task is not None:
        questions = asked(askable(model))
        found |= {tuple(question.tolist()): None for question in questions[:: -(-len(questions) // (PROMPTS - 1))]}
    return list(found)[:PROMPTS]
