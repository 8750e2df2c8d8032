"""Cells changed by hand in the inspector: dragged, typed, switched off, averaged, taken from other letters, held."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browser.driving import changed_list, inspector, opened, select, state
from browser.test_local import computes_itself
from playwright.sync_api import Locator, Page, expect

from pellucid.run.interventions import Intervention
from pellucid.run.model import Model

LETTERS = "CBABBC"
RESULT = "logits[t=5,v=0]"


def change_in(page: Page) -> str:
    return ";".join(parse_qs(urlsplit(page.url).query).get("change", []))


def strip(page: Page) -> Locator:
    """What changes the selected cell."""
    found = page.locator('[data-part="alter"]')
    if found.count() == 0:
        page.get_by_role("button", name="Change", exact=True).click()
    return found


def assert_computed(page: Page, model: Model, change: str, result: str = RESULT) -> None:
    """The page shows what Python computes with the change that its address has."""
    expect(page).to_have_url(re.compile(re.escape(change.split("[")[0])))
    assert change_in(page) == change
    tensor, _, index = result.partition("[")
    run = model.trace(LETTERS, interventions=change)
    value = run.explain(result).value
    numbers = [int(part.split("=")[-1]) for part in index.rstrip("]").split(",")]
    panel = select(page, tensor, numbers)
    found = panel.locator("header data")
    expect(found).to_have_attribute("value", re.compile(re.escape(f"{value:.6f}"[: 5 if value < 0 else 4])))
    assert float(found.get_attribute("value") or "nan") == pytest.approx(value, rel=1e-4, abs=1e-5)


def begun(page: Page, server: str, tensor: str, index: list[int]) -> Locator:
    opened(page, f"{server}?text={LETTERS}")
    computes_itself(page)
    select(page, tensor, index)
    return strip(page)


def test_a_number_is_dragged_and_everything_follows(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text={LETTERS}")
    computes_itself(page)
    panel = select(page, "blocks.1.attn.z", [2, 5, 7])
    before = float(panel.locator("header data").get_attribute("value") or "nan")
    box = panel.get_by_role("spinbutton", name=re.compile("^Drag")).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=12)
    # It follows while the button is held.
    expect(changed_list(page)).to_be_visible()
    page.mouse.move(x - 150, y, steps=12)
    page.mouse.up()
    # A pixel is a hundredth where the largest number of the tensor is about 1.
    after = f"{round(round(before / 0.01) - 150) / 100:g}"
    expect(panel.locator("header data")).to_have_attribute("value", re.compile(f"^{re.escape(after)}"))
    expect(page).to_have_url(re.compile(re.escape(f"set({after})")))
    assert_computed(page, nano_model, f"blocks.1.attn.z[h=2,t=5,d=7]~set({after})")


# Presses a key so many times, at moments of all kinds while the page computes.
PRESS = """async ([element, key, times]) => {
  for (let press = 0; press < times; press++) {
    element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    await new Promise((resolve) => setTimeout(resolve, (7 * press) % 40))
  }
}"""


def test_every_press_of_a_key_counts_however_soon_it_comes(page: Page, server: str) -> None:
    opened(page, f"{server}?text={LETTERS}")
    computes_itself(page)
    panel = select(page, "blocks.1.attn.z", [2, 5, 7])
    number = panel.get_by_role("spinbutton", name=re.compile("^Drag"))
    number.press("ArrowUp")
    expect(page).to_have_url(re.compile(r"set\("))
    begun = float(change_in(page).partition("set(")[2].rstrip(")"))
    page.evaluate(PRESS, [number.element_handle(), "ArrowUp", 60])
    expect(page).to_have_url(re.compile(re.escape(f"set({round(begun + 0.6, 2):g})")))


def test_the_arrow_keys_change_a_number_too(page: Page, server: str) -> None:
    opened(page, f"{server}?text={LETTERS}")
    computes_itself(page)
    panel = select(page, "blocks.1.attn.z", [2, 5, 7])
    number = panel.get_by_role("spinbutton", name=re.compile("^Drag"))
    number.press("ArrowUp")
    expect(page).to_have_url(re.compile("set"))
    first = float(number.locator("data").get_attribute("value") or "nan")
    for _ in range(3):
        number.press("Shift+ArrowUp")
    expect(number.locator("data")).to_have_attribute("value", re.compile(f"{first + 0.3:.2f}"[:4]))
    field = strip(page).get_by_role("spinbutton", name="Number")
    field.fill("−1,5")
    field.press("Enter")
    expect(number.locator("data")).to_have_attribute("value", "-1.5")
    field.fill("much")
    field.press("Enter")
    expect(strip(page).get_by_role("alert")).to_have_text(
        "Type a number, such as 0.5. With “set to”, −∞ will do as well."
    )
    page.get_by_role("button", name="−∞").click()
    expect(number.locator("data")).to_have_attribute("value", "-Infinity")


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("switch off (0)", "blocks.1.attn.z[h=2]"),
        ("mean along an axis", "blocks.1.attn.z[h=2]~mean(d)"),
        ("mean over many inputs", None),
    ],
)
def test_a_head_is_changed_at_once(page: Page, server: str, nano_model: Model, kind: str, change: str | None) -> None:
    place = begun(page, server, "blocks.1.attn.z", [2, 3, 7])
    place.get_by_label("Which cells").select_option("head 2")
    place.get_by_label("What happens").select_option(kind)
    expect(page).to_have_url(re.compile("change="))
    if change is None:
        change = change_in(page)
        assert re.fullmatch(r"blocks\.1\.attn\.z\[h=2,t=0\.\.5\]~mean\(([012,]{11}\|?){24}\)", change)
    assert_computed(page, nano_model, change)
    select(page, "blocks.1.attn.z", [2, 3, 7])
    strip(page).get_by_role("button", name="Undo").click()
    expect(page).not_to_have_url(re.compile("change="))


@pytest.mark.parametrize(("kind", "word", "number"), [("multiply by", "scale", "-2"), ("add", "add", "0.25")])
def test_a_weight_is_changed(page: Page, server: str, nano_model: Model, kind: str, word: str, number: str) -> None:
    place = begun(page, server, "blocks.0.attn.W_V", [0, 1, 2])
    offered = place.get_by_label("What happens").locator("option:enabled")
    expect(offered).to_have_text(["switch off (0)", "set to", "multiply by", "add", "mean along an axis"])
    place.get_by_label("Which cells").select_option("the whole tensor")
    place.get_by_label("What happens").select_option(kind)
    field = place.get_by_role("spinbutton", name="Number")
    field.fill(number)
    field.press("Enter")
    expect(page).to_have_url(re.compile("change="))
    assert_computed(page, nano_model, f"blocks.0.attn.W_V~{word}({number})")


@pytest.mark.parametrize(
    ("cells", "spelled"),
    [
        ("this cell", "blocks.0.attn.pattern[h=1,t=5,s=2]"),
        ("head 1", "blocks.0.attn.pattern[h=1,t=0..5,s=0..5]"),
        ("the whole tensor", "blocks.0.attn.pattern[t=0..5,s=0..5]"),
    ],
)
def test_numbers_are_taken_from_other_letters(
    page: Page, server: str, nano_model: Model, cells: str, spelled: str
) -> None:
    place = begun(page, server, "blocks.0.attn.pattern", [1, 5, 2])
    place.get_by_label("Which cells").select_option(cells)
    place.get_by_label("What happens").select_option("as with other letters")
    field = place.get_by_label("Letters to take them from")
    field.fill("bac")
    field.press("Enter")
    expect(place.get_by_role("alert")).to_have_text("Three letters so far: type three more.")
    field.fill("baccab")
    field.press("Enter")
    expect(page).to_have_url(re.compile("change="))
    replaced = Intervention.replace(spelled, nano_model.tokens("BACCAB")).bound(nano_model.graph)
    assert change_in(page) == str(replaced)
    assert_computed(page, nano_model, str(replaced))
    assert_computed(page, nano_model, str(replaced), "blocks.0.attn.z[h=1,t=5,d=0]")
    # The change stays possible while the answer is written.
    for position in (1, 2):
        page.get_by_role("button", name="Next token").click()
        expect(page.get_by_role("button", name=re.compile(f"^Answer token {position}: .,"))).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_pattern_is_held_while_something_before_it_changes(page: Page, server: str, nano_model: Model) -> None:
    place = begun(page, server, "blocks.1.attn.pattern", [1, 5, 2])
    place.get_by_label("Which cells").select_option("the whole tensor")
    place.get_by_label("What happens").select_option("hold as without changes")
    expect(page).to_have_url(re.compile("freeze"))
    select(page, "blocks.0.attn.z", [0, 3, 7])
    place.get_by_label("Which cells").select_option("head 0")
    place.get_by_label("What happens").select_option("switch off (0)")
    expect(page).to_have_url(re.compile("z%5Bh=0%5D"))
    both = "blocks.1.attn.pattern~freeze;blocks.0.attn.z[h=0]"
    assert_computed(page, nano_model, both)
    # What is different is seen in place, and taken back one by one, or all of it.
    page.get_by_role("button", name="Show the difference").first.click()
    rows = page.locator('[data-part="gaps"] button')
    expect(rows.first).to_have_attribute("data-tensor", "blocks.0.attn.z")
    assert page.locator('[data-part="gaps"] [data-tensor="blocks.1.attn.pattern"]').count() == 0
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(page).not_to_have_url(re.compile("z%5Bh=0%5D"))
    page.go_back()
    expect(changed_list(page).get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Undo all").click()
    expect(changed_list(page)).to_have_count(0)
    assert state(page)["change"] is None


def test_a_change_that_goes_only_as_far_as_the_texts_that_it_takes_numbers_from_says_so(
    page: Page, server: str
) -> None:
    place = begun(page, server, "blocks.1.attn.z", [1, 3, 7])
    place.get_by_label("Which cells").select_option("head 1")
    reach = "This changes the cells at positions 0 to 5"
    place.get_by_label("What happens").select_option("mean along an axis")
    entry = changed_list(page).get_by_role("listitem")
    expect(entry).to_contain_text("set to the mean along the axis head channel")
    expect(place).not_to_contain_text(reach)
    place.get_by_label("What happens").select_option("mean over many inputs")
    expect(place).to_contain_text(reach)
    expect(entry).to_contain_text("at positions 0 to 5")
    place.get_by_label("What happens").select_option("as with other letters")
    place.get_by_label("Letters to take them from").fill("baccab")
    place.get_by_label("Letters to take them from").press("Enter")
    expect(place).to_contain_text(reach)
    expect(entry).to_contain_text("set to what they are for BACCAB")
    expect(entry).to_contain_text("at positions 0 to 5")
    # One position that was chosen is all of what was chosen.
    place.get_by_role("button", name="Undo", exact=True).click()
    place.get_by_label("Which cells").select_option("this cell")
    place.get_by_label("What happens").select_option("mean over many inputs")
    expect(entry).to_contain_text("[h=1,t=3,d=7]")
    expect(place).not_to_contain_text(reach)


WIDTH_OF_WORDS = """select => {
  const { font, paddingLeft, paddingRight } = getComputedStyle(select)
  const pen = document.createElement('canvas').getContext('2d')
  pen.font = font
  const words = Math.max(...[...select.options].map(({ text }) => pen.measureText(text).width))
  return words + parseFloat(paddingLeft) + parseFloat(paddingRight)
}"""


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize(("language", "change"), [("en", "Change"), ("ja", "変更")])
def test_whatever_can_happen_to_cells_is_read_whole(
    page: Page, server: str, size: tuple[int, int], language: str, change: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, f"{server}?text={LETTERS}&cell=blocks.1.attn.z:1,3,7&lang={language}")
    page.get_by_role("button", name=change, exact=True).click()
    for box in page.locator('[data-part="alter"] select').all():
        arrow = 16
        assert box.evaluate("select => select.clientWidth") >= box.evaluate(WIDTH_OF_WORDS) + arrow


def test_an_input_is_another_token(page: Page, server: str, nano_model: Model) -> None:
    place = begun(page, server, "tokens", [0])
    place.get_by_label("What happens").select_option("set to")
    field = place.get_by_role("spinbutton", name="Number")
    field.fill("7")
    field.press("Enter")
    expect(place.get_by_role("alert")).to_have_text(re.compile("a whole number from 0 to 2"))
    field.fill("0")
    field.press("Enter")
    expect(page).to_have_url(re.compile("change="))
    assert_computed(page, nano_model, "tokens[t=0]~set(0)")
    expect(inspector(page).get_by_role("spinbutton", name=re.compile("^Drag"))).to_be_visible()


def test_a_formula_says_in_the_language_of_the_page_that_it_was_changed(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC&cell=logits:5,0&change=logits[5,0]~set(2)&lang=ja")
    panel = page.get_by_role("complementary", name="計算の内訳")
    formula = panel.locator(".katex").first
    expect(formula).to_contain_text("手で変更した値")
    expect(formula).not_to_contain_text("changed")
