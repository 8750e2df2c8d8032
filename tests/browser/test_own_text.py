"""A text of the reader's own, and a list of words, taught in the page and kept there."""

import re
from pathlib import Path

from browser.driving import opened
from browser.test_learning import section, shown
from playwright.sync_api import Locator, Page, expect

SYLLABLES = ("ka", "mo", "ti", "su", "re", "ra", "no", "li", "ku", "ta")
TEXT = "".join(f"{SYLLABLES[number * 7 % 10]}{SYLLABLES[number * number % 10]} " for number in range(900))


def other(page: Page, task: str) -> Locator:
    training = section(page)
    training.get_by_text("Teach another model").click()
    training.get_by_label("Task").select_option(task)
    return training


def number(line: Locator) -> float:
    return float(line.inner_text())


def test_a_text_is_taught_kept_and_goes_on(page: Page, server: str, is_site: bool) -> None:
    opened(page, f"{server}?view=explore")
    training = other(page, "text")
    if not is_site:
        for label, size in (("Letters read at once", 16), ("Blocks", 1), ("Channels", 16)):
            training.get_by_label(label).fill(str(size))
    training.get_by_label("The text", exact=True).fill(TEXT)
    training.get_by_role("button", name="Show the new model").click()
    expect(shown(page)).to_have_attribute("data-model", "draft:0")
    expect(shown(page)).to_have_text("your text")
    expect(page).not_to_have_url(re.compile("kamo"))  # the text is in no address
    # What comes next stands above the form: it is brought into sight.
    expect(training.get_by_role("heading", name="Train it here")).to_be_in_viewport(ratio=1)

    training.get_by_role("button", name="Start training").click()
    expect(training.get_by_text(re.compile("Guessing by how often each letter occurs gets [12]"))).to_be_visible()
    step, held_out = training.locator(".line .number").first, training.locator(".held-out .number")
    expect(held_out).not_to_have_text("–")
    expect(step).to_have_text(re.compile("[1-9][0-9]{2}"), timeout=120_000)
    training.get_by_role("button", name="Pause").click()
    one = training.get_by_role("button", name="One step")
    expect(one).to_be_visible()
    after = number(held_out)
    one.click()
    expect(training.get_by_text(re.compile("It learned from these 8 pieces"))).to_be_visible()
    training.get_by_role("slider").fill("0")
    expect(training.get_by_text("On the stage: the weights after 0 steps")).to_be_visible()
    training.get_by_role("slider").fill("2")
    before = number(held_out)
    assert after < 0.9 * before
    training.get_by_role("slider").fill(training.get_by_role("slider").get_attribute("max") or "")
    # At the end of its training it surely knows that words begin with a consonant.
    training.get_by_role("button", name="Go on", exact=True).click()
    expect(training.get_by_role("button", name="Go on", exact=True)).to_have_count(0)
    expect(step).to_have_text(re.compile("600"), timeout=240_000)

    training.get_by_label("Name").fill("my book")
    training.get_by_role("button", name="Keep this model").click()
    training.get_by_role("button", name="Show my book").click()
    expect(shown(page)).to_have_attribute("data-model", re.compile("^kept:"))
    expect(page).to_have_url(re.compile("model=kept:[^&]*&text="))  # where it is when all of it has come
    page.reload()
    expect(shown(page)).to_have_text("my book")
    page.get_by_role("textbox", name=re.compile("^The input")).fill("kamo ")
    expect(page).to_have_url(re.compile("text=kamo"))  # its numbers are here: nothing moves any more
    page.get_by_role("button", name="Next token").click()
    expect(page.get_by_role("button", name=re.compile("^Answer token 1: [kmtsrnl],"))).to_be_visible()
    # What it learned from was kept with it.
    section(page).get_by_role("button", name="Start training").click()
    expect(section(page).locator(".held-out .number")).not_to_have_text("–")


def test_words_are_taught_to_the_end(page: Page, server: str, is_site: bool) -> None:
    opened(page, f"{server}?view=explore")
    training = other(page, "names")
    training.get_by_role("button", name="Take first names").click()
    if not is_site:
        for label, size in (("Blocks", 1), ("Channels", 16)):
            training.get_by_label(label).fill(str(size))
    training.get_by_role("button", name="Show the new model").click()
    expect(shown(page)).to_have_text("your words")
    training.get_by_role("button", name="Start training").click()
    expect(training.get_by_role("status")).to_have_text(
        re.compile(r"After 400 steps, its loss is 2\.[234].* on 482 letters that it never saw"), timeout=300_000
    )
    expect(page.get_by_text(re.compile(r"loss.* 2\.[234]")).first).to_be_visible()


def test_what_is_no_text_to_learn_from_is_said(page: Page, server: str, tmp_path: Path) -> None:
    opened(page, f"{server}?view=explore")
    training = other(page, "text")
    show = training.get_by_role("button", name="Show the new model")
    expect(show).to_be_disabled()
    training.get_by_label("The text", exact=True).fill("too short")
    show.click()
    expect(training.get_by_role("alert")).to_have_text(re.compile("This text has 9 letters, too few"))
    latin = tmp_path / "latin.txt"
    latin.write_bytes("für".encode("latin-1"))
    empty = tmp_path / "empty.txt"
    empty.touch()
    training.get_by_label("Open a text file").set_input_files(empty)
    expect(training.get_by_role("alert")).to_have_text(re.compile("There is nothing in this file to learn from"))
    training.get_by_label("Open a text file").set_input_files(latin)
    expect(training.get_by_role("alert")).to_have_text(re.compile("not text in UTF-8"))
    expect(training.get_by_text("from latin.txt")).to_have_count(0)
    training.get_by_label("The text", exact=True).fill("a" * 500)
    show.click()
    expect(training.get_by_role("alert")).to_have_text(re.compile("one letter alone"))
    expect(shown(page)).to_have_attribute("data-model", "nano")


def test_a_file_is_opened_in_the_words_of_the_page(page: Page, server: str, tmp_path: Path) -> None:
    """The browser's own button speaks the browser's language, whatever that of the page is."""
    opened(page, f"{server}?view=explore&lang=ja")
    training = page.get_by_role("region", name="ここで学習させる")
    training.get_by_text("別のモデルに学習させる").click()
    training.get_by_label("課題").select_option("text")
    field = training.get_by_label("テキストファイル（UTF-8）を開く")
    box = field.bounding_box()
    assert box
    assert box["width"] <= 1, "what the browser writes on it is not seen"
    sjis = tmp_path / "sjis.txt"
    sjis.write_bytes("吾輩は猫である。".encode("shift_jis"))
    field.set_input_files(sjis)
    expect(training.get_by_role("alert")).to_contain_text("このファイルは UTF-8 のテキストではありません")
    book = tmp_path / "book.txt"
    book.write_text(TEXT, encoding="utf-8")
    field.set_input_files(book)
    expect(training.get_by_text("「book.txt」を読み込みました")).to_be_visible()
    expect(training.get_by_label("文章", exact=True)).to_have_value(TEXT)
    expect(training.get_by_role("alert")).to_have_count(0)
    training.get_by_label("文章", exact=True).press("Tab")
    expect(field).to_be_focused()
    outline = field.evaluate("one => getComputedStyle(one.parentElement).outlineStyle")
    assert outline == "solid", "who uses the keyboard sees where it is"
