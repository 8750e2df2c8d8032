"""Stage cues: what the 3D stage shows while a step is read.

focus: blocks.0.attn          tensors or parts that the camera frames (without it: those of the step before)
show: [q, k, v, scores]       the rest recedes
run: q                        play the op that makes it, or several, one after another
at: {h: 2, t: last}           for these cells of what is run (or, where nothing is run, of what is in focus)
select: {tensor: scores, at: {h: 0, t: last, s: 0}}    the cell that is selected and explained
generated: 2                  so many letters of the answer have been fed back in
off: [{tensor: z, at: {h: 2}}, "z[h=1]~scale(2)"]      cells that are set to zero, or changed otherwise
letters: broken               in place of the reader's letters those that are the first to be answered wrongly then
models: [gpt2, gpt3]          presets shown at true scale beside the model
note: one dot product per cell
view: home                    the whole model, rather than a part of it
camera: {turn: 45, tilt: 20, follow: false}            from where it looks, and that it stays there meanwhile
flight: true                  the camera flies from one number of the model out past all of `models`
fan: true                     the heads of what is in focus lie side by side, rather than behind one another
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

from msgspec import Struct

from pellucid.graph import PellucidError, Tensor
from pellucid.graph.axes import TIME
from pellucid.lessons.blocks import Entry
from pellucid.lessons.expression import LiveCells, Place
from pellucid.lessons.moment import Lens, LiveIntervention, Moment
from pellucid.lessons.parse import Scope, checked_cells, parse_cells, parse_place, steady_cells
from pellucid.lessons.problems import Mistake, Source, choices
from pellucid.lessons.subject import Named, Subject, check_axis, find, find_tensor
from pellucid.models import PRESETS
from pellucid.run.interventions import (
    Change,
    Intervention,
    MeanOver,
    Replace,
    Tokens,
    Zero,
    check_fit,
    parse_change,
    spelled,
    split,
    together,
)

KEYS = (
    "focus",
    "show",
    "run",
    "at",
    "select",
    "generated",
    "off",
    "letters",
    "models",
    "note",
    "view",
    "camera",
    "fan",
    "flight",
)
VIEWS = ("home", "part")
LETTERS = ("own", "broken")
HEAD = "h"
CAMERA_KEYS = ("turn", "tilt", "follow")
TURNS, TILTS = (-85, 85), (-60, 80)
"""Farther round a table is seen from its edge, or from behind."""

Names = tuple[str, ...]
View = Literal["home", "part"]
Value = TypeVar("Value")
NONE: Names = ()


class Camera(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How far to the right of the front it stands and how far up, in degrees, None being the page's own choice; and
    whether it goes along with single cells while they are computed."""

    turn: float | None = None
    tilt: float | None = None
    follow: bool = True

    def to_json(self) -> dict[str, Any]:
        return {"turn": self.turn, "tilt": self.tilt, "follow": self.follow}


class Cue(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the stage shows: tensors by their full names, parts spelled out as their tensors."""

    focus: Names = ()
    show: Names = ()
    run: Names = ()
    at: dict[str, Place] = {}
    select: LiveCells | None = None
    generated: int = 0
    off: tuple[LiveIntervention, ...] = ()
    broken: bool = False
    models: Names = ()
    view: View = "home"
    camera: Camera = Camera()
    fan: bool = False
    flight: bool = False

    def moment(self, lens: Lens) -> Moment:
        """What the step speaks of."""
        return lens.shown(self.generated, self.off, broken=self.broken)

    def to_json(self) -> dict[str, Any]:
        """What is said, indices as they were written."""
        said = {
            "focus": list(self.focus),
            "show": list(self.show),
            "run": list(self.run),
            "at": written(self.at),
            "select": self.select and {"tensor": self.select.tensor, "at": written(self.select.places)},
            "generated": self.generated,
            "off": [
                {"tensor": each.cells.tensor, "at": written(each.cells.places), **said_change(each.change)}
                for each in self.off
            ],
            "letters": "broken" if self.broken else None,
            "models": list(self.models),
            "view": self.view,
            "camera": self.camera.to_json() if self.camera != Camera() else None,
            "fan": self.fan,
            "flight": self.flight,
        }
        return {key: value for key, value in said.items() if value}


@dataclass(frozen=True)
class ReadCue:
    """A cue, the line of its block, its note as it was written, and the parts to which short names refer."""

    cue: Cue
    line: int
    note: str
    bases: Names

    def to_json(self) -> dict[str, Any]:
        """What is said, indices as they were written."""
        return {**self.cue.to_json(), **({"note": self.note} if self.note else {})}


def written(places: Mapping[str, Place]) -> dict[str, str | int]:
    return {axis: place.source for axis, place in places.items()}


def said_change(change: str) -> dict[str, str]:
    """What happens to cells, where they are not set to zero."""
    return {} if change == spelled(Zero()) else {"change": change}


def resolve(cue: Cue, lens: Lens) -> dict[str, Any]:
    """The cue for the letters at hand, every index a number: `at` per tensor, as half-open ranges.

    The note stays out: it is text, which filling.py fills in. Raises PellucidError where the run has no such cell.
    """
    moment = cue.moment(lens)
    graph = moment.model.graph
    meant = [graph.find(name) for name in cue.run or cue.focus] if cue.at else []
    regions = [LiveCells.of(tensor, having(cue.at, tensor)).cells(moment, []) for tensor in meant]
    selected = cue.select.found(moment, []) if cue.select else None
    return {
        "focus": list(cue.focus),
        "show": list(cue.show),
        "run": list(cue.run),
        "at": [region.to_json() for region, tensor in zip(regions, meant, strict=True) if having(cue.at, tensor)],
        "select": selected
        and {"tensor": selected.tensor, "index": dict(zip(selected.axes, selected.index, strict=True))},
        "generated": cue.generated,
        "tokens": list(moment.tokens),
        "off": [
            {
                **each.cells.bounded(moment.values[each.cells.tensor].shape).to_json(),
                **said_change(spelled(each.change)),
            }
            for each in moment.off
        ],
        "instead": None if moment is moment.own else list(moment.lens.question),
        "models": list(cue.models),
        "view": cue.view,
        "camera": cue.camera.to_json(),
        "fan": cue.fan,
        "flight": cue.flight,
    }


def steady_change(off: Sequence[LiveIntervention], scope: Scope) -> str | None:
    """What is changed, spelled as in run/interventions.py, where that is the same for every question of a task."""
    steady = all(place.steady for each in off for place in each.cells.places.values())
    if not off or not steady or scope.subject.task is None:
        return None
    return together(Intervention(steady_cells(each.cells, scope), parse_change(each.change)) for each in off)


def texts_of(change: Change) -> Sequence[Tokens]:
    """The other texts that cells are taken from."""
    match change:
        case MeanOver(texts):
            return texts
        case Replace(tokens):
            return (tokens,)
    return ()


def having(places: Mapping[str, Place], tensor: Tensor) -> dict[str, Place]:
    """The places along axes that the tensor has."""
    return {axis: place for axis, place in places.items() if axis in tensor.axes}


def read_cue(
    source: Source, block: Mapping[str, Entry], line: int, subject: Subject, before: ReadCue | None
) -> ReadCue:
    """The cue that a stage block says; what it gets wrong is noted in the source and left out."""
    for key, entry in block.items():
        if key not in KEYS:
            source.refuse(entry.line, f"a stage block knows no '{key}': {choices(key, KEYS)}")
    return Reader(source, subject, before).cue(block, line)


class Reader:
    """Reads key after key: `generated` first, since it says how many positions there are, then what is in focus."""

    def __init__(self, source: Source, subject: Subject, before: ReadCue | None) -> None:
        self.source = source
        self.subject = subject
        self.graph = subject.graph
        self.before = before
        self.scope = Scope(subject)

    def cue(self, block: Mapping[str, Entry], line: int) -> ReadCue:
        generated = self.read(block, "generated", self.generated, 0)
        self.scope = Scope(self.subject, (), generated)
        view = self.read(block, "view", self.view, None)
        if self.before and "focus" not in block and view != "home":
            focus, bases = self.before.cue.focus, self.before.bases
        else:
            focus, bases = self.read(block, "focus", self.focus, (NONE, NONE))
        self.scope = Scope(self.subject, bases, generated)
        run = self.read(block, "run", self.run, NONE)
        cue = Cue(
            focus=focus,
            show=self.read(block, "show", self.show, NONE),
            run=run,
            at=self.read(
                block, "at", lambda entry: self.at(entry, run or focus, named="run" in block or "focus" in block), {}
            ),
            select=self.read(block, "select", self.select, None),
            generated=generated,
            off=self.read(block, "off", self.off, tuple[LiveIntervention, ...]()),
            broken=self.read(block, "letters", lambda entry: self.letters(entry, "off" in block), False),
            models=self.read(block, "models", self.models, NONE),
            view=view or ("part" if focus else "home"),
            camera=self.read(block, "camera", self.camera, Camera()),
            fan=self.read(block, "fan", lambda entry: self.fan(entry, focus), False),
            flight=self.read(block, "flight", lambda entry: self.flight(entry, block), False),
        )
        return ReadCue(cue, line, self.read(block, "note", lambda entry: entry.text("note"), ""), bases)

    def read(self, block: Mapping[str, Entry], key: str, how: Callable[[Entry], Value], default: Value) -> Value:
        if key in block:
            with self.source.noting(block[key].line):
                return how(block[key])
        return default

    # Keys.

    def generated(self, entry: Entry) -> int:
        count, most = entry.whole("generated"), self.subject.most_generated
        if count > most:
            raise Mistake(f"generated is {count}: after the question there is room for 0 to {most} letters.")
        return count

    def view(self, entry: Entry) -> View | None:
        view = entry.text("view")
        if view not in VIEWS:
            raise Mistake(f"view knows no '{view}': {choices(view, VIEWS)}")
        return cast(View, view)

    def camera(self, entry: Entry) -> Camera:
        if not isinstance(entry.value, dict):
            raise Mistake("camera must be a mapping, such as {turn: 45, tilt: 20}.")
        said: dict[str, Any] = {}
        for key, value in entry.value.items():
            with self.source.noting(value.line):
                if key not in CAMERA_KEYS:
                    raise Mistake(f"camera knows no '{key}': {choices(key, CAMERA_KEYS)}")
                if key == "follow":
                    said[key] = value.truth("follow")
                else:
                    said[key] = value.number(key, *(TURNS if key == "turn" else TILTS))
        return Camera(**said)

    def fan(self, entry: Entry, focus: Names) -> bool:
        fan = entry.truth("fan")
        if fan and not any(HEAD in self.graph.tensors[name].axes for name in focus):
            raise Mistake(f"fan lays the heads of what is in focus side by side, and nothing there has an axis {HEAD}.")
        return fan

    def flight(self, entry: Entry, block: Mapping[str, Entry]) -> bool:
        flight = entry.truth("flight")
        if flight and "models" not in block:
            raise Mistake("flight goes out past other models, and there are none: say which in models.")
        return flight

    def focus(self, entry: Entry) -> tuple[Names, Names]:
        """The tensors, and the parts they belong to: to these the short names after them refer."""
        names: Names = ()
        bases: Names = ()
        for item in entry.items():
            with self.source.noting(item.line):
                found = find(self.graph, item.text("focus"), bases)
                names = joined(names, found)
                bases = (*bases, found.part)
        return names, bases

    def show(self, entry: Entry) -> Names:
        names: Names = ()
        for item in entry.items():
            with self.source.noting(item.line):
                names = joined(names, find(self.graph, item.text("show"), self.scope.bases))
        return names

    def run(self, entry: Entry) -> Names:
        names: Names = ()
        for item in entry.items():
            with self.source.noting(item.line):
                tensor = find_tensor(self.graph, item.text("run"), self.scope.bases)
                if tensor.name not in self.graph.makers:
                    raise Mistake(f"{tensor.name} is given, not computed: run needs a tensor that an operation makes.")
                names = (*names, tensor.name)
        return names

    def at(self, entry: Entry, names: Names, *, named: bool) -> dict[str, Place]:
        """Places that at least one of the tensors has; a tensor that has the axis must be long enough."""
        if not names and named:
            return {}  # what stands there is wrong itself, and has been said
        if not names:
            raise Mistake("at says for which cells, but there is neither run nor focus: name a tensor there.")
        places = read_places(entry, self.scope)
        tensors = [self.graph.tensors[name] for name in names]
        for axis in places:
            if not any(axis in tensor.axes for tensor in tensors):
                raise Mistake(f"the axis {axis} is none of {names[0]}'s, {' '.join(tensors[0].axes)}: leave it out.")
        for tensor in tensors:
            checked_cells(tensor.name, having(places, tensor), self.scope)
        return places

    def select(self, entry: Entry) -> LiveCells:
        found = read_cells(entry, "select", self.scope)
        if found.axes:
            missing = " and ".join(found.axes)
            raise Mistake(f"select needs one cell of {found.tensor}: give one index for {missing} in at.")
        return found

    def off(self, entry: Entry) -> tuple[LiveIntervention, ...]:
        found: tuple[LiveIntervention, ...] = ()
        for item in entry.items():
            with self.source.noting(item.line):
                found = (*found, self.intervention(item))
        return found

    def intervention(self, entry: Entry) -> LiveIntervention:
        """`{tensor: z, at: {h: 2}}`, which are set to zero, or text as in run/interventions.py."""
        if isinstance(entry.value, str):
            where, change = understood(lambda: split(entry.text("off")))
            cells = parse_cells(where, self.scope)
        else:
            cells, change = read_cells(entry, "off", self.scope), Zero()
        tensor = self.graph.tensors[cells.tensor]
        if change == Zero() and tensor.kind != "activation":
            raise Mistake(f"{tensor.name} is no activation, and only activations can be off.")
        understood(lambda: check_fit(self.graph, tensor, change))
        self.check_texts(cells, change)
        return LiveIntervention(cells, spelled(change))

    def check_texts(self, cells: LiveCells, change: Change) -> None:
        """What is taken from other texts must be there: texts that this model reads, and as long as its questions."""
        room, kinds = self.graph.sizes[TIME], self.graph.sizes["v"]
        everywhere = TIME in self.graph.tensors[cells.tensor].axes and TIME not in cells.places
        least = room if self.subject.task is not None and everywhere else 1
        for text in texts_of(change):
            if not least <= len(text) <= room or max(text) >= kinds:
                raise Mistake(
                    f"'{spelled(change)}' does not fit this model: give texts of {least} to {room} tokens, "
                    f"numbered from 0 to {kinds - 1}."
                )

    def letters(self, entry: Entry, changes: bool) -> bool:
        """Whether they are to be ones that what is off breaks."""
        letters = entry.text("letters")
        if letters not in LETTERS:
            raise Mistake(f"letters knows no '{letters}': {choices(letters, LETTERS)}")
        if letters == "broken" and not changes:
            raise Mistake("nothing is off in this step that could break an answer: add the line 'off: ...'.")
        return letters == "broken"

    def models(self, entry: Entry) -> Names:
        names: Names = ()
        for item in entry.items():
            with self.source.noting(item.line):
                name = item.text("models")
                if name not in PRESETS:
                    raise Mistake(f"there is no preset '{name}': {choices(name, PRESETS)}")
                names = (*names, name)
        return names


def understood(reading: Callable[[], Value]) -> Value:
    """What is read; what is wrong with it becomes a Mistake."""
    try:
        return reading()
    except PellucidError as error:
        raise Mistake(error.message) from None


def joined(names: Names, found: Named) -> Names:
    return (*names, *(tensor.name for tensor in found.tensors if tensor.name not in names))


def read_places(entry: Entry, scope: Scope) -> dict[str, Place]:
    """`{h: 2, t: last}`"""
    places = {}
    for axis, index in entry.mapping("at").items():
        check_axis(scope.subject.graph, axis)
        places[axis] = parse_place(index.text(f"the index of {axis}"), axis, scope)
    return places


def read_cells(entry: Entry, what: str, scope: Scope) -> LiveCells:
    """`{tensor: scores, at: {h: 2, t: last}}`; without `at` the whole tensor is meant. Raises Mistake."""
    said = entry.mapping(what, ("tensor", "at"))
    if "tensor" not in said:
        raise Mistake(f"{what} names no tensor: write it as {{tensor: probs, at: {{t: last}}}}.")
    places = read_places(said["at"], scope) if "at" in said else {}
    return checked_cells(said["tensor"].text("tensor"), places, scope)
