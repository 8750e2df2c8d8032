"""What the page says of one step of a training, held against its own arithmetic."""

import math
import re

import pytest
from playwright.sync_api import Locator, expect

ALL_AT_ONCE = """all => all.map(one => [
  one.innerText, one.querySelector('[role=img][aria-label="answered correctly"]') !== null
])"""
"""What stands there and whether it counts as right, of one step, although the next may be on its way."""


def number(text: str) -> float:
    """What the page writes, such as (−7.772×10⁻⁶)."""
    return float(
        text.strip("()").translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")).replace("×10", "e").replace(",", "")
    )


def assert_answers(apart: Locator, count: int) -> None:
    """Behind each question stands what was answered; where that was wrong, also what would have been right."""
    questions = apart.get_by_role("listitem").evaluate_all(ALL_AT_ONCE)
    assert len(questions) == count
    for text, is_right in questions:
        question, answer, *right = re.findall("[ABC]{6}", text)
        wanted = "".join(sorted(question))
        assert (answer == wanted) == is_right
        assert right == ([] if is_right else [wanted])
    assert not all(is_right for _, is_right in questions), "after so few steps it answers nothing for sure"


def assert_moves(apart: Locator) -> float:
    """The arithmetic that is shown for a weight gives what it became; returns that."""
    text = apart.inner_text()
    ((*numbers,),) = re.findall(r"w = (\S+) − (\S+) × (\S+) / √(\S+) = (\S+)", text)
    before, rate, mean, root, after = map(number, numbers)
    assert before - rate * mean / root**0.5 == pytest.approx(after, abs=2e-4)
    ((*kept,),) = re.findall(r"m = (\S+) × (\S+) \+ (\S+) × (\S+) = (\S+)", text)
    one, earlier, rest, gradient, moment = map(number, kept)
    assert one * earlier + rest * gradient == pytest.approx(moment, rel=5e-3, abs=1e-6)
    return after


def assert_unfolds(apart: Locator) -> None:
    """The gradient of that weight opens into terms that add up to it, and the numbers in these open again."""
    slope = apart.get_by_title("What the gradient is made of")
    slope.click()
    terms = apart.locator("[data-part=unfolded]")
    expect(terms).to_be_visible()
    shown_terms = terms.locator(":scope > .level > table > tbody > .summand data")
    heads = terms.get_by_role("columnheader").all_inner_texts()
    assert heads == ["Of", "gradient of queries · normalised before attention", "Product"]
    values = [float(value) for value in shown_terms.evaluate_all("all => all.map(one => one.value)")]
    rest = number(terms.locator(".rest .number").first.inner_text())
    clipped = re.search(r"g = (\S+) × \S+ / \S+ = ", apart.inner_text())
    shown_gradient = number(clipped[1] if clipped else slope.inner_text())
    assert math.fsum([*values, rest]) == pytest.approx(shown_gradient, rel=0.02, abs=1e-6)
    terms.locator(".summand button").first.click()
    inside = terms.locator(".inside")
    expect(inside.locator(".summand").first).to_be_visible()
    inside.locator(".summand button").first.click()
    expect(inside.locator(".inside .summand").first).to_be_visible()
    slope.click()
    expect(terms).to_have_count(0)
    apart.get_by_role("button", name="What the loss is made of").click()
    expect(apart.locator("[data-part=unfolded] .summand").first).to_be_visible()
