"""A compiled chapter: text, expressions and cues as data, still to be filled in for the letters that somebody types.

It follows from a chapter's file and from the model's architecture, task and letters, but from no weight and no token.
As JSON it is what filling.py fills in, and the page too (web/src/filling): docs/protocol.md, "Compiled chapters".
"""

from typing import Annotated

from msgspec import Meta, Struct

from pellucid.lessons.cue import Cue
from pellucid.lessons.exercise import Exercise
from pellucid.lessons.prose import Place
from pellucid.lessons.widget import Widget


class CompiledStep(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`exercises` and `widgets` stand in the HTML as `<div data-exercise="0"></div>`, and what depends on the run as
    prose.py says."""

    title: Annotated[str, Meta(description="HTML with places left, as `html` and `note`.")]
    html: str
    note: str
    seconds: Annotated[int, Meta(description="How long a careful reader takes.")]
    cue: Cue
    places: tuple[Place, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    widgets: tuple[Widget, ...] = ()


class Compiled(Struct, frozen=True, forbid_unknown_fields=True):
    """A chapter in one language for one kind of model."""

    language: str
    slug: str
    title: str
    summary: str
    words: int
    minutes: float
    steps: tuple[CompiledStep, ...]
    changes: Annotated[
        tuple[str, ...],
        Meta(description="What its steps change in the model: the text asks which questions are then still answered."),
    ]
