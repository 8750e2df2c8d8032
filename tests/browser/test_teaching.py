"""Every step of the tour, at rest: the numbers that its text speaks of are printed and named, and names stand right."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest
from browser.driving import answered, at_rest, faultless, opened_at, settled
from playwright.sync_api import Browser, Page, ViewportSize

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
LEAST_CELL = {1280: 14, 390: 11}
"""How high the cells are that a step speaks of, in pixels, by the width of the window."""
LEAST_SHARE = 2 / 3
"""Of the stage's width or height, for what is in focus."""
HAIR = 1.0
NO_ROOM = "unnamed"
EXCEPTIONS = {
    # Strips of cells, and tables that fill the stage, between others or beside an inset: no room for their names.
    1280: {"8:1": NO_ROOM},
    390: dict.fromkeys(("2:4", "2:5", "3:3", "5:0", "7:4", "8:1", "11:3", "11:4", "13:1", "14:2"), NO_ROOM),
}
"""By the width of the window and by step: what is not as it should be there."""

GO = "([chapter, step]) => { window.pellucid.state = { tour: { chapter, step, position: 1 }, language: 'en' } }"

# What stands on the stage: names with the lines that lead from them, tensors, and the cells asked for.
SEEN = """([tensors, cells]) => {
  const canvas = document.querySelector('canvas').getBoundingClientRect()
  const rectangle = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect()
    const [x, y] = [canvas.left, canvas.top]
    return { left: left - x, top: top - y, right: right - x, bottom: bottom - y }
  }
  const written = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility())
  const lines = new Set(written('.stage-leader:not([hidden])').map(({ dataset }) => dataset.name))
  return {
    width: canvas.width,
    height: canvas.height,
    names: written('.stage-label.shown').map((element) => ({
      ...rectangle(element),
      name: element.dataset.name.replace(/^[^/]*\\//, ''),
      kind: element.classList[1],
      isLed: lines.has(element.dataset.name),
    })),
    ticks: written('.stage-tick').filter(({ textContent }) => textContent).map((element) => ({
      ...rectangle(element), name: element.textContent })),
    insets: written('.stage-inset').map((element) => ({ ...rectangle(element), name: 'inset' })),
    boxes: Object.fromEntries(tensors.map((name) => [name, window.pellucid.measure(name)])),
    cells: cells.map(([tensor, index]) => window.pellucid.measure(tensor, index)),
  }
}"""

Rectangle = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """What is asked of one step."""

    chapter: str
    number: int
    cue: dict[str, Any]

    @property
    def place(self) -> str:
        return f"{int(self.chapter[:2])}:{self.number}"


@pytest.fixture(scope="module")
def steps(served: str) -> list[Step]:
    chapters = [entry["slug"] for entry in answered(f"{served}api/lessons")["languages"]["en"]]
    told = {
        chapter: answered(f"{served}api/lessons/en/{chapter}?model=nano&tokens=2,1,0,1,1,2") for chapter in chapters
    }
    return [
        Step(chapter, number, step["cue"])
        for chapter, lesson in told.items()
        for number, step in enumerate(lesson["steps"])
    ]


@pytest.fixture(scope="module")
def tensors(served: str) -> dict[str, list[str]]:
    """The axes of the model's tensors, by name."""
    return {one["name"]: one["axes"] for one in answered(f"{served}api/models/nano")["graph"]["tensors"]}


def spoken_of(cue: dict[str, Any], axes: dict[str, list[str]]) -> list[tuple[str, list[int]]]:
    """The cell that a step selects, or else the first one that it is about."""
    if cue["select"]:
        name, index = cue["select"]["tensor"], cue["select"]["index"]
        return [(name, [index[axis] for axis in axes[name]])]
    # Of several tensors in focus the last one: what is made of the others.
    regions = [region for region in cue["at"] if region["tensor"] in cue["focus"]] or cue["at"]
    return [
        (region["tensor"], [region["at"].get(axis, [0])[0] for axis in axes[region["tensor"]]])
        for region in regions[-1:]
    ]


def overlap(one: Rectangle, other: Rectangle) -> float:
    """How far two rectangles reach into one another, in pixels; negative: how far they are apart."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return float(min(across, down))


def distance(one: Rectangle, other: Rectangle) -> float:
    across = max(0, one["left"] - other["right"], other["left"] - one["right"])
    down = max(0, one["top"] - other["bottom"], other["top"] - one["bottom"])
    return float((across**2 + down**2) ** 0.5)


def faults(step: Step, seen: dict[str, Any], least: float) -> Iterator[str]:
    """What is wrong with a step at rest."""
    names, boxes = seen["names"], {name: box for name, box in seen["boxes"].items() if box}
    for one, other in combinations([*names, *seen["insets"]], 2):
        if overlap(one, other) > HAIR:
            yield f"overlap: '{one['name']}' and '{other['name']}'"
    for one in names:
        for tick in seen["ticks"]:
            if overlap(one, tick) > HAIR:
                yield f"overlap: '{one['name']}' and the figure {tick['name']!r}"
        if one["kind"] == "tensor":
            yield from misplaced(one, boxes)
    for cell, (name, _) in zip(seen["cells"], seen["spoken"], strict=True):
        if step.cue["fan"]:
            continue  # what lies side by side is seen whole and has its names over it: see test_fan.py
        if cell is None:
            yield f"cell: none of {name} in sight"
            continue
        if cell["bottom"] - cell["top"] < least:
            yield f"small: a cell of {name} is {cell['bottom'] - cell['top']:.1f} px high"
        if not cell["printed"]:
            yield f"unprinted: {name} ({cell['bottom'] - cell['top']:.0f} px)"
        if cell["left"] < 0 or cell["top"] < 0 or cell["right"] > seen["width"] or cell["bottom"] > seen["height"]:
            yield f"out of sight: the cell of {name}"
        if name not in {one["name"] for one in names}:
            yield f"unnamed: {name}"
        for one in [*names, *seen["insets"]]:
            if overlap(one, cell) > HAIR:
                yield f"covered: the cell of {name} by '{one['name']}'"
    yield from unused(step, seen, boxes)


def misplaced(label: Rectangle, boxes: dict[str, Rectangle]) -> Iterator[str]:
    own = boxes[label["name"]]
    for name, box in boxes.items():
        if name == label["name"]:
            continue
        if overlap(label, box) > 2 and overlap(own, box) < 2:
            yield f"on: '{label['name']}' stands on {name}"
        elif not label["isLed"] and distance(label, box) < distance(label, own) - HAIR:
            yield f"near: '{label['name']}' is nearer to {name}"


def unused(step: Step, seen: dict[str, Any], boxes: dict[str, Rectangle]) -> Iterator[str]:
    if step.cue["view"] == "home" or step.cue["fan"]:
        return  # heads side by side are seen whole: see test_fan.py
    focus = [boxes[name] for name in step.cue["focus"] if name in boxes]
    if not focus:
        yield "unused: nothing in focus is in sight"
        return
    width = min(seen["width"], max(box["right"] for box in focus)) - max(0, min(box["left"] for box in focus))
    height = min(seen["height"], max(box["bottom"] for box in focus)) - max(0, min(box["top"] for box in focus))
    share = max(width / seen["width"], height / seen["height"])
    if share < LEAST_SHARE:
        yield f"unused: {share:.0%} of the stage"


def looked_at(page: Page, step: Step, axes: dict[str, list[str]]) -> dict[str, Any]:
    """What the stage shows of a step, at rest."""
    page.evaluate(GO, [step.chapter, step.number])
    page.wait_for_function(
        "([chapter, step]) => { const { tour } = window.pellucid.state; "
        "return tour && tour.chapter === chapter && tour.step === step }",
        arg=[step.chapter, step.number],
    )
    settled(page)
    at_rest(page, 120)
    spoken = spoken_of(step.cue, axes)
    seen: dict[str, Any] = page.evaluate(SEEN, [list(axes), spoken])
    return {**seen, "spoken": spoken}


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_every_step_at_rest(
    browser: Browser, server: str, steps: list[Step], tensors: dict[str, list[str]], window: ViewportSize
) -> None:
    with faultless(browser, viewport=window, reduced_motion="reduce") as page:
        opened_at(page, f"{server}?tour={steps[0].chapter}:0:1&lang=en")
        width = window["width"]
        wrong: dict[str, list[str]] = {}
        for step in steps:
            allowed = EXCEPTIONS[width].get(step.place)
            found = faults(step, looked_at(page, step, tensors), LEAST_CELL[width])
            if strange := [fault for fault in found if allowed is None or not fault.startswith(allowed)]:
                wrong[step.place] = strange
    assert not wrong, "\n".join(f"{place} {fault}" for place, found in wrong.items() for fault in found)
