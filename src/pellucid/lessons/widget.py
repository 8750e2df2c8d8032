"""Widgets: things to try out that a step can bring along. WIDGETS says which the page knows, and their options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pellucid.lessons.blocks import Entry
from pellucid.lessons.cue import read_cells, written
from pellucid.lessons.expression import LiveCells, Moment
from pellucid.lessons.parse import Scope
from pellucid.lessons.problems import Mistake, Source, choices
from pellucid.models import PRESETS
from pellucid.tasks.task import HoldOut


@dataclass(frozen=True)
class Option:
    """How an option is read, and whether a widget cannot do without it."""

    read: Callable[[Entry, Scope], Any]
    needed: bool = False


def number(least: float, most: float) -> Callable[[Entry, Scope], float]:
    def read(entry: Entry, scope: Scope) -> float:
        return entry.number("this option", least, most)

    return read


def whole(least: int, most: int) -> Callable[[Entry, Scope], int]:
    def read(entry: Entry, scope: Scope) -> int:
        value = entry.whole("the option")
        if not least <= value <= most:
            raise Mistake(f"this option must be a whole number from {least} to {most}.")
        return value

    return read


def cell(entry: Entry, scope: Scope) -> LiveCells:
    found = read_cells(entry, "the option", scope)
    if found.axes:
        raise Mistake(
            f"this option needs one cell of {found.tensor.name}: give an index for {' and '.join(found.axes)}."
        )
    return found


def weight(entry: Entry, scope: Scope) -> LiveCells:
    found = cell(entry, scope)
    if found.tensor.kind != "weight":
        raise Mistake(f"{found.tensor.name} is no weight, and only weights are trained: name one such as unembed.W_U.")
    return found


def before_gelu(entry: Entry, scope: Scope) -> LiveCells:
    found = cell(entry, scope)
    known = [op.operand_names[0] for op in scope.subject.graph.ops if op.kind == "gelu"]
    if found.tensor.name not in known:
        raise Mistake(f"no GELU reads {found.tensor.name}: {choices(found.tensor.name, known)}")
    return found


def row(entry: Entry, scope: Scope) -> LiveCells:
    found = read_cells(entry, "the option", scope)
    if len(found.axes) != 1:
        raise Mistake(f"this option needs one row of {found.tensor.name}: give an index for every axis but one.")
    return found


def held_out(entry: Entry, scope: Scope) -> str:
    known, value = get_args(HoldOut), entry.text("the option")
    if value not in known:
        raise Mistake(f"nothing called '{value}' can be held out: {choices(value, known)}")
    return value


def presets(entry: Entry, scope: Scope) -> list[str]:
    names = [item.text("a model's name") for item in entry.items()]
    for name in names:
        if name not in PRESETS:
            raise Mistake(f"there is no preset '{name}': {choices(name, PRESETS)}")
    return names


WIDGETS: Mapping[str, Mapping[str, Option]] = {
    "softmax-sliders": {"row": Option(row, needed=True)},
    "sampling": {
        "temperature": Option(number(0, 5)),
        "top_k": Option(whole(0, 100)),
        "top_p": Option(number(0.01, 1)),
    },
    "heads": {},
    "ablations": {},
    "descent": {"weight": Option(weight, needed=True)},
    "training": {"steps": Option(whole(1, 1000)), "hold_out": Option(held_out)},
    "towers": {"models": Option(presets, needed=True)},
    "gelu": {"cell": Option(before_gelu)},
}
"""What the page can draw: by kind, the options it takes."""


@dataclass(frozen=True)
class Widget:
    line: int
    kind: str
    options: Mapping[str, Any]

    def cue_json(self) -> dict[str, Any]:
        """What must be the same in every language: all of it, indices as they were written."""
        return {"kind": self.kind, **{name: symbolic(value) for name, value in self.options.items()}}

    def resolved(self, moment: Moment) -> dict[str, Any]:
        """For the letters at hand: options that name cells as regions."""
        options = {
            name: value.cells(moment, []).to_json() if isinstance(value, LiveCells) else value
            for name, value in self.options.items()
        }
        return {"kind": self.kind, "options": options}


def symbolic(value: Any) -> Any:
    return {"tensor": value.tensor.name, "at": written(value.places)} if isinstance(value, LiveCells) else value


def read_widget(source: Source, block: Mapping[str, Entry], line: int, scope: Scope) -> Widget | None:
    """The widget that a block asks for; what it gets wrong is noted in the source."""
    if "kind" not in block:
        source.refuse(line, f"the widget has no kind: add the line 'kind: ...' with one of {', '.join(WIDGETS)}.")
        return None
    kind = block["kind"].value
    if not isinstance(kind, str) or kind not in WIDGETS:
        source.refuse(block["kind"].line, f"there is no widget '{kind}': {choices(str(kind), WIDGETS)}")
        return None
    known, options = WIDGETS[kind], {}
    for name, entry in block.items():
        if name == "kind":
            continue
        with source.noting(entry.line):
            if name not in known:
                raise Mistake(
                    f"the widget {kind} knows no '{name}': "
                    + (choices(name, known) if known else "it takes no options.")
                )
            options[name] = known[name].read(entry, scope)
    for name, option in known.items():
        if option.needed and name not in block:
            source.refuse(line, f"the widget {kind} needs the option {name}: add the line '{name}: ...'.")
    return Widget(line, kind, options)
