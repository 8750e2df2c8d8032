"""A model trained on the computer that serves: begun, left and found again, kept, and what is kept taken along."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.driving import BEEN_HERE, faultless, inspector, opened, ready
from browser.stepping import assert_answers, assert_moves, assert_unfolds, number
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from running import running_server

import pellucid

TRAINS = pytest.mark.asks_server("it trains, keeps and lists models")
DESK: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def workshop(nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that tells who asks, with a folder of its own for what is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PELLUCID_HOME", str(tmp_path_factory.mktemp("home")))
        with running_server(nano_folder, tmp_path_factory.mktemp("server") / "stderr.txt", token=True) as address:
            yield address


def section(page: Page) -> Locator:
    return page.get_by_role("region", name="Train it here")


def chooser(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Model:"))


def step_of(page: Page) -> int:
    said = section(page).get_by_text(re.compile("^step")).first.inner_text()
    return int(re.sub("[^0-9]", "", said))


def begun(page: Page) -> Locator:
    training = section(page)
    training.get_by_label("on this computer, with Python").check()
    training.get_by_role("button", name="Start training").click()
    return training


@TRAINS
def test_a_training_is_left_found_again_kept_and_taken_along(
    browser: Browser, workshop: str, nano_folder: Path, tmp_path: Path
) -> None:
    with faultless(browser, lambda text: "Content Security Policy" in text, viewport=DESK) as page:
        opened(page, workshop)
        training = begun(page)
        expect(training.get_by_text(re.compile("On the stage: the weights after [0-9]+ steps"))).to_be_visible()
        training.get_by_role("button", name="Pause", exact=True).click()
        expect(training.get_by_role("button", name="Go on", exact=True)).to_be_visible()
        left = step_of(page)
        training.get_by_role("button", name="One step").click()
        expect(training.get_by_text(re.compile("^step")).first).to_have_text(f"step {left + 1}")
        training.get_by_role("button", name="Go on", exact=True).click()
    with faultless(browser, lambda text: "Content Security Policy" in text, viewport=DESK) as page:
        opened(page, workshop)
        training = section(page)
        expect(training.get_by_role("status")).to_have_text(
            re.compile("After 300 steps, 547 of the 547 questions"), timeout=300_000
        )
        scrub = training.get_by_role("slider")
        expect(scrub).not_to_have_value("0")  # its moments come after what is said of it
        scrub.fill("0")
        expect(training.get_by_text("On the stage: the weights after 0 steps")).to_be_visible()
        expect(chooser(page)).to_have_text("nano, step 0")
        scrub.press("End")  # wherever that is by now: a page that comes late hears of earlier moments one by one
        expect(chooser(page)).to_have_text("nano, step 300")
        training.get_by_label("Name").fill("Sorter & Co.")
        training.get_by_role("button", name="Keep this model").click()
        training.get_by_role("button", name="Show Sorter & Co.").click()
        expect(chooser(page)).to_have_text("Sorter & Co.")
        expect(page).to_have_url(re.compile("model=kept-here"))
        page.reload()
        ready(page)
        expect(chooser(page)).to_have_text("Sorter & Co.")

        chooser(page).click()
        page.get_by_role("button", name="Rename Sorter & Co.").click()
        page.get_by_label("Name", exact=True).last.fill("My sorter")
        page.get_by_role("button", name="Rename", exact=True).click()
        expect(chooser(page)).to_have_text("My sorter")
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download My sorter").click()
        with zipfile.ZipFile(coming.value.path()) as archive:
            archive.extractall(tmp_path)
        (folder,) = tmp_path.iterdir()
        assert pellucid.tasks.check(pellucid.load(folder)).heldout_correct == 182

        page.get_by_role("button", name="Remove My sorter").click()
        expect(page.get_by_text("My sorter is removed.")).to_be_visible()
        expect(chooser(page)).to_have_text("nano")
        expect(page.get_by_role("button", name="Remove My sorter")).to_have_count(0)
        page.get_by_role("button", name="Put it back").click()
        expect(page.get_by_role("button", name="Remove My sorter")).to_be_visible()


@TRAINS
def test_a_step_on_the_computer_is_taken_apart(browser: Browser, workshop: str) -> None:
    with faultless(browser, lambda text: "Content Security Policy" in text, viewport=DESK) as page:
        opened(page, f"{workshop}&model=new:sort")
        section(page).get_by_label("on this computer, with Python").check()
        section(page).get_by_label("Steps").fill("20")  # it comes to rest while it still answers questions wrongly
        training = begun(page)
        expect(training.get_by_text("On the stage: the weights after 20 steps")).to_be_visible()
        expect(training.get_by_role("button", name="Go on", exact=True)).to_be_visible()
        apart = training.get_by_role("group").filter(has_text="taken apart")
        expect(apart).to_have_count(0)
        left = step_of(page)
        training.get_by_role("button", name="One step").click()
        expect(apart).to_contain_text(f"Step {left + 1}, taken apart")
        expect(apart.get_by_role("listitem")).to_have_count(12)
        apart.get_by_role("button", name="Show the other 20 questions").click()
        assert_answers(apart, 32)
        assert_moves(apart)
        page.evaluate("window.pellucid.select('blocks.1.attn.W_Q', [0, 3, 5])")  # a weight of the reader's own choice
        weight = apart.get_by_role("button", name=re.compile("^block 2: query weights"))
        expect(weight).to_contain_text("[h=0, c=3, d=5]")
        after = assert_moves(apart)
        expect(training.get_by_text(f"On the stage: the weights after {left + 1} steps")).to_be_visible()
        shown = inspector(page).locator("data").first
        expect(shown).to_have_attribute("value", re.compile("."))
        assert number(shown.get_attribute("value") or "") == pytest.approx(after, abs=1e-3)
        assert_unfolds(apart)
        # From the planned end on, what further steps leave is averaged: the page says that the model has that.
        training.get_by_role("button", name="One step").click()
        expect(apart).to_contain_text(f"Step {left + 2}, taken apart")
        expect(training.get_by_text(f"On the stage: the weights after {left + 2} steps")).to_be_visible()
        said = apart.locator('[data-part="average"]')
        expect(said).to_contain_text("the average of what the last steps left")
        average = said.inner_text().rpartition(" ")[2].rstrip(".")
        expect(shown).to_have_text(average)
        assert number(average) != pytest.approx(assert_moves(apart), abs=1e-5)
        # Whoever comes later sees it too, and it is gone with the next step.
        page.reload()
        ready(page)
        expect(apart).to_contain_text(f"Step {left + 2}, taken apart")
        training.get_by_role("button", name="Go on", exact=True).click()
        expect(apart).to_have_count(0)
        training.get_by_role("button", name="Stop", exact=True).click()


@TRAINS
def test_two_pages_see_one_training_and_either_ends_it(browser: Browser, workshop: str) -> None:
    context = browser.new_context(viewport=DESK, locale="en-US")
    context.add_init_script(BEEN_HERE)
    context.set_default_timeout(90_000)
    address = f"{workshop}&view=explore&model=new:reverse"
    one, other = context.new_page(), context.new_page()
    for page in (one, other):
        page.goto(address)
        ready(page)
    training = section(one)
    training.get_by_label("on this computer, with Python").check()
    training.get_by_label("Steps").fill("90000")
    training.get_by_role("button", name="Start training").click()
    expect(section(other).get_by_text(re.compile("On the stage: the weights after [0-9]+ steps"))).to_be_visible()
    section(other).get_by_role("button", name="Pause", exact=True).click()
    expect(training.get_by_role("button", name="Go on", exact=True)).to_be_visible()
    expect(section(other).get_by_role("button", name="Go on", exact=True)).to_be_visible()
    assert step_of(one) == step_of(other)
    training.get_by_role("button", name="Go on", exact=True).click()
    expect(section(other).get_by_role("button", name="Pause", exact=True)).to_be_visible()
    training.get_by_role("button", name="Stop", exact=True).click()
    expect(section(other).get_by_role("slider")).to_have_count(0)
    expect(section(other).get_by_role("button", name="Start training")).to_be_visible()
    context.close()


@TRAINS
def test_settings_that_cannot_be_are_said(browser: Browser, workshop: str) -> None:
    with faultless(browser, lambda text: "Content Security Policy" in text, viewport=DESK) as page:
        opened(page, f"{workshop}&model=new:copy")
        training = section(page)
        training.get_by_label("on this computer, with Python").check()
        training.get_by_label("Steps").fill("0")
        expect(training.get_by_role("alert")).to_have_text(re.compile("Steps are a whole number"))
        expect(training.get_by_role("button", name="Start training")).to_be_disabled()
        training.get_by_label("in this page").check()
        expect(training.get_by_label("Steps")).to_have_count(0)
        expect(training.get_by_role("button", name="Start training")).to_be_enabled()


def begin_by_others(page: Page, *models: str) -> None:
    """As if another page had begun them."""
    page.evaluate(
        """async models => {
          for (const model of models)
            await fetch('api/trainings', {
              method: 'POST',
              headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify({ model, steps: 90000 }),
            })
        }""",
        list(models),
    )


def listed(page: Page, model: str) -> Locator:
    return page.locator('[data-part="trainings"]').get_by_role("listitem").filter(has_text=model)


@TRAINS
def test_what_trains_on_the_computer_is_listed_and_can_be_watched(browser: Browser, workshop: str) -> None:
    with faultless(browser, lambda text: "Content Security Policy" in text, viewport=DESK) as page:
        page.goto(workshop)
        ready(page)
        begin_by_others(page, "new:parity", "new:modular")
        chooser(page).click()
        expect(listed(page, "parity")).to_contain_text("of 90,000")
        expect(listed(page, "modular addition")).to_contain_text("add two numbers, modulo a third, running")
        page.get_by_role("button", name="Pause parity").click()
        expect(listed(page, "parity")).to_contain_text("paused")
        page.get_by_role("button", name="Watch parity in training").click()
        expect(chooser(page)).to_have_attribute("data-model", "new:parity")
        expect(section(page).get_by_role("slider")).to_be_in_viewport()
        expect(section(page).get_by_text("On the stage: the weights after")).to_be_visible()
        section(page).get_by_role("button", name="Stop", exact=True).click()
        page.get_by_role("button", name="Stop modular addition").click()
        expect(listed(page, "modular addition")).to_have_count(0)


@TRAINS
def test_a_refusal_is_said_in_the_pages_language(browser: Browser, workshop: str) -> None:
    with faultless(browser, lambda text: "Content Security Policy" in text, viewport=DESK, locale="ja-JP") as page:
        opened(page, f"{workshop}&model=new:copy")
        begin_by_others(page, "new:parity", "new:modular")
        page.get_by_label("このコンピューター（Python）").check()
        page.get_by_role("button", name="学習を始める").click()
        expect(page.get_by_text("ここではすでに 2 件の学習（パリティ, 足し算の余り）が進んでいます。")).to_be_visible()
        # What takes a place can be paused where it is said.
        page.get_by_role("button", name="パリティ を一時停止する").click()
        expect(listed(page, "パリティ")).to_contain_text("一時停止中")
        page.get_by_role("button", name="学習を始める").click()
        training = page.get_by_role("region", name="ここで学習させる")
        expect(training.get_by_role("slider")).to_be_visible()
        training.get_by_role("button", name="やめる", exact=True).click()


def test_where_nobody_trains_but_the_page_there_is_no_choice(page: Page, server: str) -> None:
    opened(page, server)
    expect(section(page).get_by_role("button", name="Start training")).to_be_visible()
    expect(section(page).get_by_role("radio")).to_have_count(0)
