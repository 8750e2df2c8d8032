"""Every exercise of the tour can be answered where it is asked: the cell is in view, and a click or a tap hits it."""

from typing import Any

import pytest
from browser.driving import answered, at_rest, faultless, opened_at, settled
from playwright.sync_api import Browser, ViewportSize

WINDOWS: dict[str, ViewportSize] = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
QUESTION = "2,1,0,1,1,2"

# The first cell of an answer that lies on the canvas, and where; ranges are half open, by axis letter.
WHERE = """([regions, tensors]) => {
  const { width, height } = document.querySelector('canvas').getBoundingClientRect()
  for (const { tensor, at } of regions) {
    const index = tensors.find(({ name }) => name === tensor).axes.map((letter) => at[letter]?.[0] ?? 0)
    const place = window.pellucid.locate(tensor, index)
    if (place && place.x > 0 && place.y > 0 && place.x < width && place.y < height) return place
  }
  return null
}"""


def exercises(server: str) -> list[tuple[str, int, list[dict[str, Any]]]]:
    """Chapter, step counted from 1, and its exercises, for every step that has some."""
    slugs = [entry["slug"] for entry in answered(f"{server}api/lessons")["languages"]["en"]]
    found = []
    for slug in slugs:
        steps = answered(f"{server}api/lessons/en/{slug}?model=nano&tokens={QUESTION}")["steps"]
        found += [(slug, number, step["exercises"]) for number, step in enumerate(steps, start=1) if step["exercises"]]
    return found


@pytest.mark.parametrize("window", WINDOWS)
def test_every_exercise_is_answered_on_the_stage_of_its_step(
    browser: Browser, server: str, served: str, window: str
) -> None:
    is_phone = window == "phone"
    asked = exercises(served)
    tensors = answered(f"{served}api/models/nano")["graph"]["tensors"]
    assert len(asked) >= 14
    missed = []
    with faultless(browser, viewport=WINDOWS[window], has_touch=is_phone, is_mobile=is_phone) as page:
        canvas = page.locator("canvas")
        for slug, step, tasks in asked:
            opened_at(page, f"{server}?tour={slug}:{step}:1")
            settled(page)
            at_rest(page)
            for number, task in enumerate(tasks):
                place = page.evaluate(WHERE, [task["answer"], tensors])
                if place is None:
                    missed.append(f"{slug}:{step} exercise {number}: out of sight")
                    continue
                if is_phone:
                    canvas.tap(position=place)
                else:
                    canvas.click(position=place)
                exercise = page.locator(f"[data-step='{step - 1}'] .exercise").nth(number)
                if "Yes" not in exercise.inner_text():
                    missed.append(f"{slug}:{step} exercise {number}: {exercise.inner_text()!r}")
    assert not missed, "\n".join(missed)
