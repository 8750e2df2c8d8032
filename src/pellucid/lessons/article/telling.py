"""One step being told in an article: what it says for the letters at hand, and where its references lead."""

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pellucid.cached import cached_property
from pellucid.lessons.article.figures import Figures
from pellucid.lessons.article.formulas import with_formulas
from pellucid.lessons.article.links import Links, link, linked
from pellucid.lessons.article.words import Words
from pellucid.lessons.chapter import Chapter
from pellucid.lessons.compiled import CompiledStep
from pellucid.lessons.filling import Standing, fill, filled_step, standing
from pellucid.lessons.moment import Lens, Moment
from pellucid.lessons.prose import Filled, filled_html, plain


@dataclass(frozen=True)
class Reading:
    """What an article is made from. `fits` tells whether a chapter can be told of the model, `seen` which pictures are
    not to be drawn again and what is said once, `figures` those that it has so far."""

    language: str
    words: Words
    lens: Lens
    links: Links
    fits: Callable[[Chapter], bool]
    seen: set[str] = field(default_factory=set)
    figures: Figures = field(default_factory=Figures)


@dataclass(frozen=True)
class Telling:
    """`said` is what docs/protocol.md says of the step, `place` how an address spells it; `first` is the number of its
    first exercise in the chapter."""

    reading: Reading
    step: CompiledStep
    values: Sequence[Filled]
    place: str
    first: int

    @cached_property
    def said(self) -> dict[str, Any]:
        return filled_step(self.step, self.values, self.reading.lens)

    @cached_property
    def stands(self) -> Standing:
        return standing(self.step, self.values)

    @property
    def moment(self) -> Moment:
        return self.step.cue.moment(self.reading.lens)

    @property
    def anchor(self) -> str:
        return html.escape(self.place)

    @property
    def title(self) -> str:
        number = self.place.rpartition(":")[2]
        return self.prose(self.said["title"]) or self.reading.words.step.format(number=number)

    def filled(self, text: str) -> str:
        """A text of the step for the letters at hand, as `prose` takes it."""
        return filled_html(text, self.values)

    def prose(self, text: str) -> str:
        graph = self.reading.lens.model.graph
        return with_formulas(linked(text, graph, self.values, self.reading.links, self.place))

    def spot(self, text: str, kind: str, cell: str = "") -> str:
        """A link to the step in the interactive tour; nothing where nobody knows where that is."""
        address = self.reading.links.spot(self.place, cell)
        return link(address, text, kind) if address else ""


def tellings(chapter: Chapter, reading: Reading) -> Iterator[Telling]:
    """The steps of a chapter that have something to say in an article."""
    values = fill(chapter.compiled, reading.lens)
    first = 1
    for number, step in enumerate(chapter.compiled.steps, start=1):
        telling = Telling(reading, step, values, f"{chapter.slug}:{number}", first)
        if telling.stands.exercises or telling.stands.widgets or plain([telling.stands.html]).strip():
            yield telling
            first += len(telling.stands.exercises)
