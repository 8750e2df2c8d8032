"""A model taught anew in the page: watched, paused, gone back through, and taken back."""

import re

from browser.driving import opened
from playwright.sync_api import Locator, Page, expect


def section(page: Page) -> Locator:
    return page.get_by_role("region", name="Train it here")


def test_the_model_learns_to_sort_in_the_page(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    training = section(page)
    training.get_by_role("button", name="Start training").click()
    expect(training.get_by_text(re.compile("On the stage: the weights after [0-9]+ steps"))).to_be_visible()
    expect(training.get_by_role("status")).to_have_text(
        re.compile("After [0-9]+ steps, ([0-9]+) of the \\1 questions that it could learn from are answered correctly"),
        timeout=300_000,
    )
    training.get_by_role("slider").fill("0")
    expect(training.get_by_text("On the stage: the weights after 0 steps")).to_be_visible()
    training.get_by_role("button", name=re.compile("Back to the model")).click()
    expect(training.get_by_text("On the stage:")).to_have_count(0)


def test_a_training_pauses_goes_on_step_by_step_and_stops(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    training = section(page)
    training.get_by_label("Seed").fill("7")
    training.get_by_role("button", name="Start training").click()
    training.get_by_role("button", name="Pause").click()
    one = training.get_by_role("button", name="One step")
    expect(one).to_be_visible()  # from then on nothing is done unasked
    one.click()
    step = training.get_by_text(re.compile("^step"))
    expect(step).to_have_text(re.compile("[1-9]"))
    one.click()
    one.click()
    training.get_by_role("button", name="Go on").click()
    expect(training.get_by_role("status")).to_have_text(re.compile("After [0-9]+ steps"), timeout=300_000)
    before = int(re.sub("[^0-9]", "", step.inner_text()))
    one.click()
    expect(step).to_have_text(f"step {before + 1}")
    training.get_by_role("button", name="Stop").click()
    expect(training.get_by_role("slider")).to_have_count(0)


def test_settings_that_cannot_be_are_said(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    training = section(page)
    training.get_by_label("Seed").fill("-1")
    expect(training.get_by_role("alert")).to_have_text(re.compile("whole number from 0"))
    training.get_by_label("Seed").fill("1")
    training.get_by_label("Learning rate").fill("2")
    expect(training.get_by_role("alert")).to_have_text(re.compile("above 0 and below 1"))
    expect(training.get_by_role("button", name="Start training")).to_be_disabled()
