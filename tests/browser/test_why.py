"""Why a logit is what it is, asked on the page."""

import pytest
from browser.driving import inspector, opened, state
from playwright.sync_api import Page, expect

import pellucid
from pellucid import why

pytestmark = pytest.mark.asks_server


def test_a_logit_is_traced_back_to_the_letters(page: Page, server: str, nano_model: pellucid.Model) -> None:
    opened(page, f"{server}?cell=logits:5,0")
    panel = inspector(page).locator("details.why")
    panel.locator("summary").click()
    found = why.attribution(nano_model.trace("CBABBC"), "A")
    rows = panel.locator("li")
    expect(rows).to_have_count(len(found))
    expect(panel.locator("p").first).to_contain_text("The logit of A after position 5 is 6.2")
    values = [float(value) for value in rows.locator("data").evaluate_all("all => all.map(one => one.value)")]
    assert values == pytest.approx([number for _, number in found.largest()], abs=1e-5)
    assert sum(values) == pytest.approx(found.about["sum"], abs=1e-4)
    expect(rows.nth(0)).to_contain_text("block 1: MLP output, t=5 (C)")

    panel.get_by_role("button", name="The ways from the letters").click()
    picture = panel.get_by_role("img")
    expect(picture).to_be_visible()
    nodes = why.contributions(nano_model.trace("CBABBC"), "A").nodes
    assert picture.locator("circle").count() == len(nodes) + 1, "and the logit"
    rows.filter(has_text="token embeddings, t=2 (A)").get_by_role("button").click()
    page.wait_for_function("() => window.pellucid.state.cell?.tensor === 'embed'")
    assert state(page)["cell"]["index"] is None, "a row of channels is no single cell: the tensor is shown"


def test_changed_numbers_are_not_asked_about(page: Page, server: str) -> None:
    opened(page, f"{server}?cell=logits:5,0&change=blocks.0.attn.z[h=0]")
    panel = inspector(page).locator("details.why")
    panel.locator("summary").click()
    expect(panel).to_contain_text("Some cells are changed")
