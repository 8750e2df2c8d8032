"""Names beside what they name: placed by importance, where they cover neither each other nor what is drawn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice
from typing import Literal

import numpy as np

from pellucid.cached import cached_property
from pellucid.scene.drawing.markup import clean, element, rect, text
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.text import text_width

Anchor = Literal["start", "middle", "end"]

GAP = 4
NEAR_CELL = 90
"""How far what is written beside a tensor may be from the cell that it is about."""
FARTHER = 20
"""Beside a thing, where the letter of an axis may stand between."""
TOGETHER = 256
"""Places are looked at so many at a time: the first of them are good, mostly."""
APART = 3
"""Between one label and the next."""
COVERING = 0.06
"""The share of a label that may lie over what is drawn, if it must and nothing else is said."""
CLEAR = 0.02
"""A smaller share is as good as nothing."""
ASTRAY = 0.3
"""What a place costs before which another thing stands, whose name it might be taken for: so large a covered share."""
BEFORE_DETAIL = 7
STEP = 9
"""How far apart places inside a part are tried."""


@dataclass(frozen=True)
class Style:
    """Sizes are of letters, in pixels."""

    title: float
    detail: float
    height: float


PART, TENSOR, CHOSEN = Style(13, 11.5, 18), Style(12, 11, 17), Style(12, 12, 18)


@dataclass(frozen=True)
class Subject:
    """What is to be named. `box` is what it covers, `ruled` the same with its rulers; `key` tells what is its own.

    `covering` is the share of its name that may lie over what is drawn, if it must. `avoided` are the parts inside a
    part, which have names too, `home` the part that it is inside of; a `raised` name of a part leaves room for names of
    tensors under it. `look` is the class that the label has.
    """

    key: str
    title: str
    detail: str
    box: Rect
    ruled: Rect
    style: Style
    importance: float
    covering: float = COVERING
    avoided: tuple[Rect, ...] = ()
    home: Rect | None = None
    raised: bool = False
    look: str = "label"

    def width(self, *, detailed: bool) -> float:
        width = text_width(self.title, self.style.title, bold=True)
        return width + text_width(self.detail, self.style.detail) + BEFORE_DETAIL if detailed and self.detail else width


@dataclass(frozen=True)
class Label:
    """`area` is the most that it takes up, in which it is held at the `anchor`; `covers`: it lies over something, and
    is set off from it."""

    subject: Subject
    area: Rect
    anchor: Anchor
    detailed: bool
    covers: bool

    @property
    def room(self) -> Rect:
        return self.area.grown(APART)

    def draw(self) -> str:
        subject = self.subject
        baseline = (self.area.top + self.area.bottom) / 2 + subject.style.title * 0.35
        if self.detailed and subject.detail:
            words = self.both(baseline)
        else:
            x = {"start": self.area.left, "middle": self.area.middle[0], "end": self.area.right}[self.anchor]
            words = self.title(x, baseline, self.anchor)
        behind = rect(self.area.grown(1), class_="back", rx=3) if self.covers else ""
        return element("g", behind + words, class_=subject.look, data_label=subject.key)

    def title(self, x: float, y: float, anchor: Anchor) -> str:
        size = self.subject.style.title
        return text(self.subject.title, x, y, font_size=size, text_anchor=anchor, class_="title")

    def both(self, y: float) -> str:
        """Title and detail: two texts that meet, since not all programs know where parts of a text stand that is held
        at its middle or end. A text held at its start goes on by itself."""
        subject, style = self.subject, self.subject.style
        detail = text_width(subject.detail, style.detail)
        if self.anchor == "start":
            parts = element("tspan", clean(subject.title), class_="title")
            parts += element("tspan", clean(subject.detail), dx=BEFORE_DETAIL, font_size=style.detail)
            return element("text", parts, x=self.area.left, y=y, font_size=style.title)
        spare = self.area.width - subject.width(detailed=True)
        meeting = self.area.right - detail - (spare / 2 if self.anchor == "middle" else 0)
        return self.title(meeting - BEFORE_DETAIL, y, "end") + text(subject.detail, meeting, y, font_size=style.detail)


@dataclass
class Table:
    """What lies on the drawing: `taken` by text, which nothing may cover, and drawn things by whose they are."""

    picture: Rect
    taken: list[Rect] = field(default_factory=list)
    drawn: list[tuple[str, Rect]] = field(default_factory=list)

    def is_free(self, area: Rect) -> bool:
        return self.are_free([area])[0]

    def are_free(self, areas: Sequence[Rect]) -> list[bool]:
        """For each area, whether it is on the picture and no text lies there: all at once, since they are many."""
        (left, top, right, bottom), (low, over, high, under) = edges(areas)[:, :, None], edges(self.taken)[:, None, :]
        covered = ((left < high) & (low < right) & (top < under) & (over < bottom)).any(axis=1)
        return [self.picture.holds(area) and not taken for area, taken in zip(areas, covered, strict=True)]

    def obstacles(self, region: Rect, subject: Subject) -> list[Rect]:
        """What lies there that is not the subject's own, and what it avoids."""
        return [rect for owner, rect in self.there(region) if owner != subject.key] + list(subject.avoided)

    def stands_between(self, area: Rect, subject: Subject) -> bool:
        """Whether a box of another tensor is between the subject and that place of its name."""
        gap = between(area, subject.box)
        return gap is not None and any(owner not in ("", subject.key) for owner, _ in self.there(gap))

    def there(self, region: Rect) -> list[tuple[str, Rect]]:
        left, top, right, bottom = self.edges
        there = (left < region.right) & (region.left < right) & (top < region.bottom) & (region.top < bottom)
        return [self.drawn[number] for number in np.flatnonzero(there)]

    @cached_property
    def edges(self) -> np.ndarray:
        return edges(rect for _, rect in self.drawn)


def place_labels(subjects: Iterable[Subject], table: Table) -> list[Label]:
    """The labels that find a place, and details where there is then still room. Each is taken note of on the table."""
    titles = []
    for subject in sorted(subjects, key=lambda subject: -subject.importance):
        if label := place(subject, table, detailed=False):
            table.taken.append(label.room)
            titles.append(label)
    labels: list[Label] = []
    for label in titles:
        table.taken.remove(label.room)
        longer = place(label.subject, table, detailed=True) if label.subject.detail else None
        if longer and longer.area.top == label.area.top:
            label = longer
        table.taken.append(label.room)
        labels.append(label)
    return labels


def place(subject: Subject, table: Table, *, detailed: bool) -> Label | None:
    best, least = None, COVERING if detailed else subject.covering
    found = places(subject, subject.width(detailed=detailed))
    while some := list(islice(found, TOGETHER)):
        free = list(compress(some, table.are_free([area for area, _ in some])))
        if not free:
            continue
        obstacles = table.obstacles(Rect.around(area for area, _ in free), subject)
        for (area, anchor), share in zip(free, shares([area for area, _ in free], obstacles), strict=True):
            astray = subject.style is TENSOR and table.stands_between(area, subject)
            cost = share + ASTRAY * astray
            if cost < least:
                best, least = Label(subject, area, anchor, detailed, covers=share > 0), cost
            if cost <= CLEAR:
                return best
    return best


def shares(areas: Sequence[Rect], obstacles: Sequence[Rect]) -> list[float]:
    """How much of each area the obstacles cover; what two of them cover counts twice."""
    (left, top, right, bottom), (low, over, high, under) = edges(areas)[:, :, None], edges(obstacles)[:, None, :]
    across = np.clip(np.minimum(right, high) - np.maximum(left, low), 0, None)
    down = np.clip(np.minimum(bottom, under) - np.maximum(top, over), 0, None)
    covered = (across * down).sum(axis=1) / ((right - left) * (bottom - top))[:, 0]
    return [float(share) for share in covered]


def edges(areas: Iterable[Rect]) -> np.ndarray:
    """Their left, top, right and bottom ends."""
    return np.array([(area.left, area.top, area.right, area.bottom) for area in areas]).reshape(-1, 4).T


def between(one: Rect, other: Rect) -> Rect | None:
    """The gap between what stands over or beside each other; None where there is none."""
    left, right = max(one.left, other.left), min(one.right, other.right)
    top, bottom = max(one.top, other.top), min(one.bottom, other.bottom)
    if left < right and bottom < top:
        return Rect(left, bottom, right, top)
    if top < bottom and right < left:
        return Rect(right, top, left, bottom)
    return None


def places(subject: Subject, width: float) -> Iterator[tuple[Rect, Anchor]]:
    """Where the label may stand, best first."""
    height = subject.style.height
    find = inside if subject.style is PART else beside_cell if subject.style is CHOSEN else outside
    for left, top, anchor in find(subject, width, height):
        yield Rect(left, top, left + width, top + height), anchor


def outside(subject: Subject, width: float, height: float) -> Iterator[tuple[float, float, Anchor]]:
    """Over what is named, at its sides, under it; over and under it in a second row too; and, of what is lower than a
    name, at the sides a row higher or lower, where its neighbours may have names."""
    box, ruled = subject.box, subject.ruled
    level, row = (box.top + box.bottom - height) / 2, height + APART
    for top in (ruled.top - row, ruled.top - 2 * row):
        yield from in_row(box, width, top)
    yield ruled.right + GAP, level, "start"
    yield ruled.right + FARTHER, level, "start"
    yield ruled.left - width - GAP, level, "end"
    for top in (ruled.bottom + 2, ruled.bottom + 2 + row):
        yield from in_row(box, width, top)
    if box.height < height:
        for top in (level - row, level + row):
            yield ruled.right + GAP, top, "start"
            yield ruled.left - width - GAP, top, "end"


def beside_cell(subject: Subject, width: float, height: float) -> Iterator[tuple[float, float, Anchor]]:
    """Beside the cell's tensor if that is not far, over or under the tensor; else on it, over or under the cell."""
    cell, ruled = subject.box, subject.ruled
    level, row = (cell.top + cell.bottom - height) / 2, height + APART
    if ruled.right - cell.right < NEAR_CELL:
        yield ruled.right + GAP, level, "start"
    if cell.left - ruled.left < NEAR_CELL:
        yield ruled.left - width - GAP, level, "end"
    for top in (ruled.top - row, ruled.bottom + 2, ruled.top - 2 * row, ruled.bottom + 2 + row):
        yield from in_row(cell, width, top)
    for top in (cell.top - row, cell.bottom + 2):
        yield from in_row(cell, width, top)


def in_row(box: Rect, width: float, top: float) -> Iterator[tuple[float, float, Anchor]]:
    yield (box.left + box.right - width) / 2, top, "middle"
    yield box.left, top, "start"
    yield box.right - width, top, "end"


def inside(subject: Subject, width: float, height: float) -> Iterator[tuple[float, float, Anchor]]:
    """Where the name of a part may stand. That of a part of another stands inside that one or beside it: over or under
    both, it would seem to be the name of what is there."""
    box, home = subject.box, subject.home
    beside = (box.right + GAP, box.left - width - GAP)
    for left, top, anchor in around(subject, width, height):
        if home is None or left in beside or home.holds(Rect(left, top, left + width, top + height)):
            yield left, top, anchor


def around(subject: Subject, width: float, height: float) -> Iterator[tuple[float, float, Anchor]]:
    """Over a part, all over it from the upper left, at its sides, under it. If it has parts of its own, first in a
    corner that they leave free, the lower left before all, and over it only at last."""
    box = subject.box
    columns = steps(box.left + 6, box.right - width - 6)
    rows = steps(box.top + 4, box.bottom - height - 4)
    first, level = box.top - height - 1, (box.top + box.bottom - height) / 2
    over = [(box.left + 2, top) for top in ((first - height, first) if subject.raised else (first, first - height))]
    throughout = [(left, top) for top in rows for left in columns]
    sides: list[tuple[float, float, Anchor]] = [
        (box.right + GAP, level, "start"),
        (box.left - width - GAP, level, "end"),
    ]
    corners = [(left, top) for top in reversed(rows) for left in columns[:1]]
    for left, top in [*corners, *throughout] if subject.avoided else [*over, *throughout]:
        yield left, top, "start"
    yield from sides
    yield box.left + 2, box.bottom + 2, "start"
    if subject.avoided:
        yield from ((left, top, "start") for left, top in over)


def steps(first: float, last: float) -> list[float]:
    return [first + STEP * number for number in range(int((last - first) / STEP) + 1)] if last >= first else []
