"""What one tries out in the tour's text: a part switched off where that matters, and a formula read as code."""

import re

from browser.driving import inspector, opened_at, settled
from playwright.sync_api import Page, expect


def test_an_experiment_chooses_letters_on_which_it_matters(page: Page, server: str) -> None:
    opened_at(page, f"{server}?text=CBABBC&tour=07-transformer:4:1&lang=en")
    expect(page.locator(".instead")).to_contain_text("A A A A A A is the first input that this change breaks")
    table = page.locator(".widget table")
    row = table.get_by_role("row").filter(has=page.get_by_role("button", name=re.compile("^head 0$|, head 0$"))).first
    button = row.get_by_role("button")
    expect(row.locator(".letters")).to_contain_text(re.compile("^[ABC]( [ABC]){5}$"), timeout=120_000)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".changed")).to_contain_text("head 0")
    page.get_by_role("button", name="Undo").click()
    expect(button).to_have_attribute("aria-pressed", "false")


def test_a_formula_can_be_read_as_python_and_a_result_that_was_never_judged_says_so(page: Page, server: str) -> None:
    opened_at(page, f"{server}?text=CBABBC&tour=04-self-attention:3:1&lang=en")
    folded = page.locator("[data-step='2'] details.python")
    expect(folded.locator("code")).to_have_count(0)
    folded.locator("summary").click()
    expect(folded.locator("code")).to_have_text('qk = np.einsum("htd,hsd->hts", q, k) / np.sqrt(16)')
    settled(page)
    page.evaluate("window.pellucid.select('probs', [2, 1])")
    panel = inspector(page)
    expect(panel.locator("[data-part=untrained]")).to_contain_text("from position 5 on")
    panel.locator("details.python summary").click()
    expect(panel.locator("details.python code")).to_have_text(
        "probs = np.exp(logits - logits_max[:, None]) / logits_sum[:, None]"
    )
    page.evaluate("window.pellucid.select('probs', [5, 1])")
    expect(panel.locator("data.value")).to_be_visible()
    expect(panel.locator("[data-part=untrained]")).to_have_count(0)


def test_a_head_is_switched_off_and_on_again_in_the_text(page: Page, server: str) -> None:
    """Stage and text show the run without the head, the page stays at hand, and one key takes all of it back."""
    opened_at(page, f"{server}?text=CBABBC&tour=13-look-inside:2:1&lang=en")
    heads = page.locator(".widget .heads")
    switch = heads.get_by_role("button", name="Block 1 head 0")
    expect(switch).to_have_attribute("aria-pressed", "true", timeout=120_000)
    answer = page.locator(".widget").get_by_role("status")
    expect(answer).to_contain_text("The answer to C B A B B C: A B B B C C")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".changed")).to_contain_text("without Block 1, head 0")
    heads.get_by_role("button", name="Block 1 head 1").click()
    expect(page.locator(".changed")).to_contain_text("Block 1, head 1")
    expect(answer).not_to_contain_text("A B B B C C")
    settled(page)
    page.keyboard.press("u")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".changed")).to_have_count(0)
    expect(answer).to_contain_text("A B B B C C")
    switch.click()
    page.get_by_role("button", name="Switch all on").click()
    expect(switch).to_have_attribute("aria-pressed", "true")
