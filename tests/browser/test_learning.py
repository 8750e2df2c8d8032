"""A model taught anew in the page: watched, paused, gone back through, and taken back."""

import re

import pytest
from browser.driving import faultless, inspector, opened
from browser.stepping import assert_answers, assert_moves, assert_unfolds
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

PHONE: ViewportSize = {"width": 390, "height": 844}


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
    # Not the stage alone: whatever the page answers is the model of that moment, which has learned nothing.
    expect(shown(page)).to_have_text("nano, step 0")
    expect(page.get_by_text("729 of 729")).to_have_count(0)
    page.evaluate("window.pellucid.select('probs', [5, 0])")
    expect(inspector(page).locator("data").first).to_have_attribute("value", re.compile(r"^0\.[2-6]"))
    training.get_by_role("slider").fill("1")
    expect(training.get_by_text("On the stage: the weights after 0 steps")).to_have_count(0)
    training.get_by_role("slider").fill("0")
    training.get_by_role("button", name=re.compile("Back to the model")).click()
    expect(training.get_by_text("On the stage:")).to_have_count(0)
    expect(shown(page)).to_have_text("nano")
    expect(inspector(page).locator("data").first).to_have_attribute("value", re.compile(r"^0\.99"))
    expect(page.get_by_text("729 of 729")).to_have_count(1)


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
    before = int(re.sub(r"\D", "", step.inner_text()))
    one.click()
    one.click()
    expect(step).to_have_text(re.compile(rf"\b{before + 2}\b"))
    apart = training.get_by_role("group").filter(has_text="taken apart")
    assert_answers(apart, 16)
    assert_moves(apart)
    page.evaluate("window.pellucid.select('blocks.1.attn.W_Q', [0, 3, 5])")  # a weight of the reader's own choice
    expect(apart.get_by_role("button", name=re.compile("^block 2: query weights"))).to_contain_text("[h=0, c=3, d=5]")
    assert_unfolds(apart)
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
    expect(training.get_by_label("Learning rate")).to_have_attribute("aria-invalid", "true")
    # What is no number yet is not taken for an empty field.
    training.get_by_label("Learning rate").fill("")
    expect(training.get_by_role("alert")).to_have_count(0)
    training.get_by_label("Learning rate").press_sequentially("1e")
    expect(training.get_by_role("alert")).to_have_text(re.compile("above 0 and below 1"))
    training.get_by_label("Learning rate").press("Enter")
    expect(training.get_by_role("slider")).to_have_count(0)


def taught(page: Page) -> Locator:
    """The section, once the training is at its end."""
    training = section(page)
    training.get_by_role("button", name="Start training").click()
    expect(training.get_by_role("status")).to_have_text(re.compile("After [0-9]+ steps"), timeout=300_000)
    return training


def shown(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Model:"))


def answer(page: Page, letters: str) -> str:
    """What the page writes behind these letters."""
    page.get_by_role("textbox", name=re.compile("^The input")).fill(letters)
    for position in range(1, len(letters) + 1):
        page.get_by_role("button", name="Next token").click()
        expect(page.get_by_role("button", name=re.compile(f"^Answer token {position}: .,"))).to_be_visible()
    slots = page.get_by_role("button", name=re.compile("^Answer token"))
    return "".join(
        re.findall(r"Answer token \d+: (.),", " ".join(slot.get_attribute("aria-label") or "" for slot in slots.all()))
    )


def test_another_model_is_taught_kept_and_found_again(page: Page, server: str) -> None:
    opened(page, f"{server}?view=explore")
    section(page).get_by_text("Teach another model").click()
    section(page).get_by_label("Task").select_option("reverse")
    section(page).get_by_role("button", name="Show the new model").click()
    expect(shown(page)).to_have_attribute("data-model", "new:reverse")
    expect(page).to_have_url(re.compile("model=new(:|%3A)reverse"))
    training = taught(page)
    training.get_by_label("Name").fill(" nano ")
    expect(training.get_by_role("alert")).to_have_text(re.compile("There is a model called nano already"))
    expect(training.get_by_role("button", name="Keep this model")).to_be_disabled()
    training.get_by_label("Name").fill("my mirror")
    training.get_by_role("button", name="Keep this model").click()
    training.get_by_role("button", name="Show my mirror").click()
    expect(shown(page)).to_have_attribute("data-model", re.compile("^kept:"))
    expect(page).to_have_url(re.compile("model=kept:[^&]*&text=[ABC]{6}"))  # where it is when all of it has come
    assert answer(page, "AABCBC") == "CBCBAA"
    page.evaluate("window.pellucid.select('logits', [5, 0])")  # it is taken apart like any other
    expect(inspector(page).get_by_role("table")).to_be_visible()
    page.reload()
    expect(shown(page)).to_have_text("my mirror")
    assert answer(page, "CCBBAA") == "AABBCC"

    shown(page).click()
    models = page.locator(".models")
    models.get_by_role("button", name="Rename my mirror").click()
    models.get_by_label("Name", exact=True).fill("nano")
    expect(models.get_by_role("alert")).to_have_text(re.compile("There is a model called nano already"))
    expect(models.get_by_role("button", name="Rename", exact=True)).to_be_disabled()
    models.get_by_label("Name", exact=True).fill("backwards")
    models.get_by_role("button", name="Rename", exact=True).click()
    expect(shown(page)).to_have_text("backwards")
    page.reload()
    expect(shown(page)).to_have_text("backwards")
    shown(page).click()
    models.get_by_role("button", name="Remove backwards").click()
    expect(models.get_by_role("button", name="Remove backwards")).to_have_count(0)
    back = models.get_by_role("button", name="Put it back")
    expect(back).to_be_focused()
    expect(back).to_be_in_viewport(ratio=1)
    back.click()
    expect(models.get_by_role("button", name="Remove backwards")).to_be_visible()
    models.get_by_role("button", name="Remove backwards").click()
    expect(models.get_by_role("button", name="Put it back")).to_be_visible()
    page.reload()
    expect(shown(page)).to_have_attribute("data-model", "nano")
    shown(page).click()
    expect(models.get_by_text("gpt2", exact=True)).to_be_visible()
    expect(page.get_by_text("backwards", exact=True)).to_have_count(0)


def test_on_a_phone_the_list_of_models_has_most_of_the_screen(browser: Browser, server: str) -> None:
    with faultless(browser, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        opened(page, f"{server}?text=CBABBC")
        training = section(page)
        training.get_by_role("button", name="Start training").tap()
        expect(training.get_by_role("slider")).to_be_visible()
        training.get_by_role("button", name="Pause").tap()
        training.get_by_label("Name").fill("a model whose name is too long for one line of the list")
        training.get_by_role("button", name="Keep this model").tap()
        expect(training.get_by_text("stands in the list of models")).to_be_visible()
        shown(page).tap()
        models = page.locator(".models")
        entry = models.get_by_role("listitem").filter(has_text="too long")
        expect(entry).to_be_visible()
        box = models.bounding_box()
        assert box
        assert box["height"] > 0.6 * PHONE["height"]
        assert box["y"] + box["height"] == pytest.approx(PHONE["height"], abs=1)
        # What can be done with a model stands beside it; what undoes it is seen wherever the list is scrolled to.
        for name in ("Rename", "Download", "Remove"):
            expect(entry.get_by_role("button", name=re.compile(f"^{name}"))).to_be_in_viewport(ratio=1)
        entry.get_by_role("button", name=re.compile("^Remove")).tap()
        expect(models.get_by_role("button", name="Put it back")).to_be_in_viewport(ratio=1)
        models.get_by_role("button", name="Close").tap()
        expect(models).to_be_hidden()


def test_a_new_model_goes_by_what_it_is_to_learn_in_the_readers_language(page: Page, server: str) -> None:
    opened(page, f"{server}?view=explore&model=new:reverse")
    expect(shown(page)).to_have_text("reverse (new)")
    expect(page.get_by_text(re.compile(r"^This is reverse \(new\), a GPT of"))).to_be_visible()
    shown(page).click()
    expect(page.locator(".models").get_by_role("listitem").filter(has_text="reverse (new)")).to_be_visible()
    page.keyboard.press("Escape")
    section(page).get_by_role("button", name="Start training").click()
    section(page).get_by_role("button", name="Pause").click()
    expect(section(page).get_by_label("Name")).to_have_value(re.compile(r"^reverse, step \d+$"))
    page.get_by_role("button", name="日本語").click()
    page.get_by_role("region", name="ここで学習させる").get_by_role("button", name="やめる").click()
    expect(page.get_by_role("button", name=re.compile("^モデル："))).to_have_text("逆順（学習前）")


def test_a_loss_that_grows_is_told_and_its_rate_is_not_taken_for_another_task(page: Page, server: str) -> None:
    opened(page, f"{server}?view=explore")
    training = section(page)
    rate = training.get_by_label("Learning rate")
    rate.fill("0.9")
    training.get_by_role("button", name="Start training").click()
    told = re.compile("The loss grew from .* with the learning rate 0.9 the model will hardly learn")
    expect(training.get_by_text(told)).to_be_visible(timeout=300_000)
    expect(training.get_by_role("button", name="Pause")).to_be_visible()  # it goes on
    training.get_by_role("button", name="Stop").click()
    expect(training.get_by_text("The loss grew")).to_have_count(0)
    training.get_by_text("Teach another model").click()
    training.get_by_label("Task").select_option("copy")
    training.get_by_role("button", name="Show the new model").click()
    expect(shown(page)).to_have_attribute("data-model", "new:copy")
    expect(rate).to_have_value("")


@pytest.mark.asks_server("a folder holds new models of the usual sizes alone")
def test_a_new_model_has_the_size_that_is_asked_for(page: Page, server: str) -> None:
    opened(page, f"{server}?view=explore")
    section(page).get_by_text("Teach another model").click()
    section(page).get_by_label("Task").select_option("addition")
    section(page).get_by_label("Digits of a number").fill("1")
    section(page).get_by_label("Heads of a block").fill("5")
    expect(section(page).get_by_role("alert")).to_have_text(
        re.compile("48 channels cannot be shared out among 5 heads")
    )
    section(page).get_by_label("Heads of a block").fill("2")
    section(page).get_by_label("Blocks").fill("1")
    section(page).get_by_role("button", name="Show the new model").click()
    expect(shown(page)).to_have_attribute("data-model", "new:addition,digits=1,layers=1,heads=2")
    expect(shown(page)).to_have_text("addition (new, 1 digit, 1 block, 2 heads)")
    taught(page)


@pytest.mark.asks_server("a folder holds new models of the usual sizes alone")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ブロック数", "50", "ブロック数 50 は多すぎます。ページで学習させられるのは 8 ブロックまでです。"),
        ("チャンネル数", "300", "チャンネル数 300 は多すぎます。ページで学習させられるのは 192 チャンネルまでです。"),
        ("問題の文字数", "1000", "問題の文字数 1000 は使えません。2 以上 64 以下にしてください。"),
    ],
)
def test_a_size_that_cannot_be_is_refused_in_japanese_where_it_is_typed(
    page: Page, server: str, field: str, value: str, said: str
) -> None:
    opened(page, f"{server}?view=explore&lang=ja")
    training = page.get_by_role("region", name="ここで学習させる")
    training.get_by_text("別のモデルに学習させる").click()
    training.get_by_label(field, exact=True).fill(value)
    training.locator("form").filter(has=page.get_by_label(field, exact=True)).locator("button[type=submit]").click()
    expect(training.get_by_role("alert")).to_have_text(said)


def test_a_new_model_that_cannot_be_is_said_and_the_usual_one_shown(page: Page, server: str, is_site: bool) -> None:
    opened(page, f"{server}?model=new:sort,layers=900")
    said = (
        "There is no model “new:sort,layers=900” here"
        if is_site
        else "900 blocks (layers) are too many to be taught in a page"
    )
    expect(page.get_by_text(said)).to_be_visible()
    expect(shown(page)).to_have_attribute("data-model", "nano")
