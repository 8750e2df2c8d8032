"""Two runs on one stage: without what is changed, of other letters, of another model, of a moment of a training."""

import re
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import numpy as np
import pytest
from browser.driving import inspector, opened, opened_at, select, state
from browser.test_learning import section, shown
from browser.test_local import computes_itself
from playwright.sync_api import Locator, Page, expect

import pellucid
from pellucid.run.model import Model

HEAD = "blocks.1.attn.z[h=2]"
CELL = "logits[t=5,v=0]"


def bar(page: Page) -> Locator:
    return page.locator('[data-part="against"]')


def chooser(page: Page) -> Locator:
    return page.locator('[data-part="compare"]')


def numbers(place: Locator) -> list[float]:
    return [float(one.get_attribute("value") or "nan") for one in place.locator("data").all()]


def both(page: Page, tensor: str, index: list[int]) -> list[float]:
    """The selected cell in this run, in the other one, and the difference."""
    select(page, tensor, index)
    found = page.locator('[data-part="both"]')
    expect(found).to_be_visible()
    return numbers(found)


def against(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("against", [])


def assert_one_scale(page: Page) -> None:
    """The bars of both runs' probabilities are as long as these are large, by one scale."""
    cells = chooser(page).locator("td:has(.share)")
    expect(cells.first).to_be_visible()
    for cell in cells.all():
        # As long as all of it is, where it is sure; a bar that says next to nothing is still to be seen.
        whole = cells.first.evaluate("one => one.clientWidth - 8")
        share = float(cell.inner_text().strip("<> %")) / 100
        length = cell.locator(".share").evaluate("one => one.getBoundingClientRect().width")
        assert length == pytest.approx(max(1, share * whole), abs=1.5)


def test_a_weight_that_is_changed_is_shown_as_it_is_and_compared_with_what_it_was(
    page: Page, server: str, nano_model: Model
) -> None:
    weight, change = "blocks.0.attn.W_Q[h=1,c=3,d=4]", "blocks.0.attn.W_Q[h=1,c=3,d=4]~add(3)"
    opened(page, f"{server}?text=CBABBC&view=explore&change={change}&cell={weight}")
    usual = nano_model.trace("CBABBC").explain(weight).value
    changed = nano_model.trace("CBABBC", interventions=change).explain(weight).value
    assert changed == pytest.approx(usual + 3, abs=1e-6)
    expect(inspector(page)).to_contain_text("Some of its numbers are changed by hand in this run.")
    assert numbers(inspector(page))[0] == pytest.approx(changed, abs=1e-6)
    page.keyboard.press("c")
    expect(bar(page)).to_contain_text("the run without changes")
    assert both(page, "blocks.0.attn.W_Q", [1, 3, 4]) == pytest.approx([changed, usual, 3], abs=1e-5)


def test_a_run_is_compared_with_the_one_without_the_changes(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text=CBABBC&change={HEAD}")
    computes_itself(page)
    page.keyboard.press("c")
    expect(bar(page)).to_contain_text("the run without changes")
    expect(page).to_have_url(re.compile("against=unchanged"))
    changed, usual = nano_model.trace("CBABBC", interventions=HEAD), nano_model.trace("CBABBC")
    own, other, apart = both(page, "logits", [5, 0])
    assert own == pytest.approx(changed.explain(CELL).value, abs=1e-4)
    assert other == pytest.approx(usual.explain(CELL).value, abs=1e-4)
    assert apart == pytest.approx(own - other, abs=1e-5)
    assert_one_scale(page)
    # Where they differ: nothing before the change, and what follows by as much as Python says.
    rows = page.locator('[data-part="gaps"] button')
    expect(rows.first).to_be_visible()
    names = [row.get_attribute("data-tensor") or "" for row in rows.all()]
    assert names[0] == "blocks.1.attn.z"
    assert "blocks.0.attn.z" not in names
    order = list(changed)
    assert names == sorted(names, key=order.index)
    for row, name in zip(rows.all(), names, strict=True):
        with np.errstate(invalid="ignore"):
            apart_there = np.asarray(changed[name], np.float64) - np.asarray(usual[name], np.float64)
        apart_there[np.isnan(apart_there)] = 0  # masked in both
        largest, mean = numbers(row)
        assert abs(largest) == pytest.approx(np.abs(apart_there).max(), abs=1e-4)
        assert mean == pytest.approx(np.abs(apart_there).mean(), abs=1e-4)
    by_size = chooser(page).get_by_role("button", name="Largest first")
    in_order = chooser(page).get_by_role("button", name="In order of computing")
    expect(in_order).to_have_attribute("aria-pressed", "true")
    by_size.click()
    expect(by_size).to_have_attribute("aria-pressed", "true")
    expect(in_order).to_have_attribute("aria-pressed", "false")
    sorted_by_size = [row.get_attribute("data-tensor") or "" for row in rows.all()]
    assert sorted_by_size != names
    assert set(sorted_by_size) == set(names)
    in_order.click()
    expect(rows.first).to_have_attribute("data-tensor", names[0])
    rows.first.click()
    expect(inspector(page)).to_have_attribute("data-tensor", "blocks.1.attn.z")
    expect(page.locator(".readout .legend")).to_contain_text("Difference")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(bar(page).get_by_role("radio", name="This run")).to_have_attribute("aria-checked", "true")
    expect(page).to_have_url(re.compile("seen=own"))
    page.keyboard.press("u")
    expect(bar(page)).to_have_count(0)
    assert against(page) == []
    assert state(page)["change"] == HEAD


def test_a_run_is_compared_with_other_letters(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text=CBABBC&step=2")
    computes_itself(page)
    chooser(page).get_by_role("button", name="other letters").click()
    field = chooser(page).get_by_role("textbox")
    field.fill("bac")
    field.press("Enter")
    expect(chooser(page).get_by_role("alert")).to_have_text("Three letters so far: type three more.")
    field.fill("baccab")
    field.press("Enter")
    expect(bar(page)).to_contain_text("the letters BACCAB")
    expect(bar(page).locator("dd")).to_have_text([re.compile("ABBBCC"), re.compile("AABBCC")])
    # Each has written two letters of its own answer.
    own, other, apart = both(page, "logits", [7, 1])
    assert own == pytest.approx(nano_model.trace("CBABBCAB").explain("logits[7,1]").value, abs=1e-4)
    assert other == pytest.approx(nano_model.trace("BACCABAA").explain("logits[7,1]").value, abs=1e-4)
    assert apart == pytest.approx(own - other, abs=1e-5)
    bar(page).get_by_role("radio", name="Other run").click()
    assert against(page) == ["text:BACCAB"]
    page.reload()
    expect(bar(page).get_by_role("radio", name="Other run")).to_have_attribute("aria-checked", "true")
    assert both(page, "logits", [7, 1])[1] == pytest.approx(other, abs=1e-4)
    bar(page).get_by_role("radio", name="Difference").click()
    expect(page).not_to_have_url(re.compile("seen="))


def test_a_model_is_compared_with_another_of_its_shape(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&model=new:sort")
    fresh = float(select(page, "logits", [5, 0]).locator("data").first.get_attribute("value") or "nan")
    opened(page, f"{server}?text=CBABBC")
    chooser(page).get_by_role("button", name="another model").click()
    chooser(page).get_by_role("button", name="Compare", exact=True).click()
    expect(bar(page)).to_contain_text(re.compile("untrained|before|new", re.IGNORECASE))
    expect(bar(page).get_by_role("heading")).to_have_text("Compared with the same model before any training")
    own, other, apart = both(page, "logits", [5, 0])
    assert other == pytest.approx(fresh, abs=1e-4)
    assert apart == pytest.approx(own - other, abs=1e-5)
    assert against(page) == ["model:new:sort"]
    # Weights differ as well.
    own, other, _ = both(page, "blocks.0.attn.W_Q", [0, 0, 0])
    assert own != other


@pytest.mark.parametrize("wanted", ["model:new:reverse,layers=1", "text:BAC", "model:nothing"])
def test_what_cannot_be_compared_is_said(page: Page, server: str, wanted: str) -> None:
    opened(page, f"{server}?text=CBABBC&against={wanted}")
    expect(bar(page).get_by_role("alert")).to_have_text(re.compile(r"\w+.*\."))
    expect(page.locator('[data-part="gaps"]')).to_have_count(0)
    page.keyboard.press("u")
    expect(bar(page)).to_have_count(0)


def test_an_entry_that_says_nothing_is_told(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&against=nothing")
    expect(page.get_by_text("“against=nothing” means nothing in an address of this page.")).to_be_visible()
    assert against(page) == []


def test_two_moments_of_a_training_are_compared(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    training = section(page)
    training.get_by_role("button", name="Start training").click()
    training.get_by_role("button", name="Pause").click()
    training.get_by_role("button", name="One step").click()
    training.get_by_role("button", name="One step").click()
    expect(shown(page)).to_have_text(re.compile("nano, step [1-9]"))
    chooser(page).get_by_role("button", name="another moment of the training").click()
    expect(bar(page)).to_contain_text("the weights after 0 steps")
    own, other, apart = both(page, "blocks.0.attn.W_Q", [0, 0, 0])
    assert own != other
    assert apart == pytest.approx(own - other, abs=1e-6)
    assert against(page) == []  # nobody else has it
    training.get_by_role("button", name="Go on").click()
    expect(bar(page)).to_have_count(0)


def test_a_kept_model_is_downloaded_as_a_folder(
    page: Page, server: str, tmp_path: Path, transformers: ModuleType, torch: ModuleType
) -> None:
    opened(page, f"{server}?text=CBABBC")
    training = section(page)
    training.get_by_role("button", name="Start training").click()
    expect(training.get_by_text(re.compile("On the stage: the weights after [1-9]"))).to_be_visible()
    training.get_by_role("button", name="Pause").click()
    training.get_by_label("Name").fill("half / way")
    training.get_by_role("button", name="Keep this model").click()
    training.get_by_role("button", name="Show half / way").click()
    expect(page).to_have_url(re.compile("model=kept:[^&]*&text=[ABC]{6}"))  # where it is when all of it has come
    cells = [[5, letter] for letter in range(3)]
    told = [float(select(page, "logits", cell).locator("data").first.get_attribute("value") or "nan") for cell in cells]
    shown(page).click()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download half / way").click()
    assert begun.value.suggested_filename == "half-way.zip"
    begun.value.save_as(tmp_path / "model.zip")
    ZipFile(tmp_path / "model.zip").extractall(tmp_path)
    model = pellucid.load(tmp_path / "half-way")
    assert sorted(path.name for path in (tmp_path / "half-way").iterdir()) == [
        "config.json",
        "model.safetensors",
        "vocab.json",
    ]
    assert model.task is not None
    np.testing.assert_allclose(model.trace("CBABBC")["logits"][5], told, atol=1e-5)
    theirs = transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "half-way").eval()
    with torch.no_grad():
        logits = theirs(torch.tensor([model.tokens("CBABBC")])).logits[0, 5].numpy()
    np.testing.assert_allclose(logits, told, atol=1e-5)


def test_the_tour_is_read_while_two_runs_are_compared(page: Page, server: str) -> None:
    opened_at(page, f"{server}?tour=00-overview:2&against=text:BACCAB")
    expect(bar(page).get_by_role("radio", name="Difference")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)


@pytest.mark.parametrize("key", ["Escape", "u"])
def test_what_was_begun_last_is_ended_first(page: Page, server: str, key: str) -> None:
    """A moment of a training is on the stage, and then compared with another."""
    opened(page, f"{server}?text=CBABBC")
    computes_itself(page)
    training = page.get_by_role("region", name="Train it here")
    training.get_by_role("button", name="Start training").click()
    expect(training.locator(".line")).to_contain_text(re.compile(r"step\s*[1-9]"))
    training.get_by_role("button", name="Pause").click()
    back = training.get_by_role("button", name=re.compile("^Back to the model"))
    expect(back).to_have_text("Back to the model U")
    model = page.get_by_role("button", name=re.compile("^Model:"))
    expect(model).to_have_text(re.compile(r"^nano, step \d"))
    chooser(page).get_by_role("button", name="another moment of the training").click()
    expect(bar(page).get_by_role("radio", name="Difference")).to_be_enabled()
    expect(bar(page).get_by_role("button")).to_have_text("End U")
    expect(back).to_have_text("Back to the model")
    page.keyboard.press(key)
    expect(bar(page)).to_have_count(0)
    expect(back).to_have_text("Back to the model U")
    expect(model).to_have_text(re.compile(r"^nano, step \d"))
    page.keyboard.press(key)
    expect(back).to_have_count(0)
    expect(model).to_have_text("nano")


def test_a_slider_moved_while_two_runs_are_compared_is_taken_back_first(page: Page, server: str) -> None:
    opened_at(page, f"{server}?text=CBABBC&tour=08-softmax:4:1&lang=en&against=text:BACCAB")
    expect(bar(page).get_by_role("button")).to_have_text("End U")
    slider = page.get_by_role("slider", name="Value of A")
    slider.focus()
    slider.press("ArrowLeft")
    badge = page.locator(".changed")
    expect(badge.get_by_role("button")).to_have_text("Undo U")
    expect(bar(page).get_by_role("button")).to_have_text("End")
    page.keyboard.press("Escape")
    expect(badge).to_have_count(0)
    expect(bar(page).get_by_role("button")).to_have_text("End U")
    page.keyboard.press("Escape")
    expect(bar(page)).to_have_count(0)
