"""Changes to a run in the page's address: read, shown, kept, taken back, and refused in a sentence."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browser.driving import changed_list, inspector, opened, opened_at, settled, state
from browser.test_local import computes_itself, type_letters
from playwright.sync_api import Page, expect

from pellucid.run.model import Model

HEAD = "blocks.1.attn.z[h=2]"
BOTH = f"{HEAD};blocks.0.mlp.post[t=4..8]~scale(2)"


def change_in(page: Page) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get("change", [])


def assert_shows(page: Page, model: Model, letters: str, change: str) -> None:
    """The inspector is open on a cell of the run of these letters with this change."""
    shown, cell = inspector(page).locator("data").first, "logits[t=5,v=0]"
    run = model.trace(letters, interventions=change)
    # What comes to the inspector later is waited for.
    expect(shown).to_have_attribute("value", re.compile(re.escape(f"{run.explain(cell).value:.4f}"[:5])))
    assert float(shown.get_attribute("value") or "nan") == pytest.approx(run.explain(cell).value, rel=1e-5)


def test_a_change_is_made_kept_and_taken_back(page: Page, server: str, nano_model: Model) -> None:
    opened(page, f"{server}?text=CBABBC&change=blocks.1.attn.hook_z[h=2]~zero&off=blocks.0.mlp.post[t=4..8]~scale(2.0)")
    assert change_in(page) == [BOTH]
    changed = changed_list(page)
    expect(changed.get_by_role("listitem")).to_have_text([re.compile("set to 0"), re.compile("multiplied by 2")])
    page.evaluate("window.pellucid.select('logits', [5, 0])")
    # Of six letters there are only positions up to 5; the address keeps what longer texts will have.
    assert_shows(page, nano_model, "CBABBC", f"{HEAD};blocks.0.mlp.post[t=4..5]~scale(2)")
    computes_itself(page)
    type_letters(page, "BACCAB")
    assert_shows(page, nano_model, "BACCAB", f"{HEAD};blocks.0.mlp.post[t=4..5]~scale(2)")
    assert change_in(page) == [BOTH]
    changed.get_by_role("button", name=f"Undo: {HEAD}").click()
    expect(changed.get_by_role("listitem")).to_have_count(1)
    assert_shows(page, nano_model, "BACCAB", "blocks.0.mlp.post[t=4..5]~scale(2)")
    assert change_in(page) == [BOTH.split(";")[1]]
    page.go_back()
    expect(changed.get_by_role("listitem")).to_have_count(2)
    assert_shows(page, nano_model, "BACCAB", f"{HEAD};blocks.0.mlp.post[t=4..5]~scale(2)")


def test_the_tour_goes_on_in_a_changed_run(page: Page, server: str, nano_model: Model) -> None:
    """What a step switches off comes on top of what the reader has changed, and goes again with the step."""
    opened_at(page, f"{server}?tour=00-overview:8&change={HEAD}")
    settled(page)
    page.evaluate("window.pellucid.select('logits', [5, 0])")
    assert_shows(page, nano_model, "CBABBC", f"{HEAD};blocks.0.attn.z[h=0]")
    page.evaluate("window.pellucid.state = {view: 'explore'}")
    assert_shows(page, nano_model, "CBABBC", HEAD)
    assert state(page)["change"] == HEAD


@pytest.mark.parametrize(
    ("language", "said", "unchanged"),
    [
        ("en", "It answers 729 of 729", "Unchanged, it answers 729 of 729"),
        ("ja", "729 通りの", "変更しなければ、729 通りの"),
    ],
)
def test_how_often_the_model_is_right_is_said_of_the_unchanged_one(
    page: Page, server: str, language: str, said: str, unchanged: str
) -> None:
    opened(page, f"{server}?text=CBABBC&lang={language}&change={HEAD}")
    introduction = page.locator("main header")
    expect(introduction).to_contain_text(unchanged)
    page.keyboard.press("u")
    expect(introduction).not_to_contain_text(unchanged)
    expect(introduction).to_contain_text(said)


SIX = ["blocks.0.attn.z[h=0]", "blocks.1.attn.z[h=1]", "blocks.2.attn.z[h=2]", "blocks.0.attn.z[h=1]"]
SIX += ["blocks.1.mlp.post[t=5,f=3]", "blocks.0.attn.z[h=2]"]


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_of_many_changes_the_latest_are_in_sight_and_the_others_a_click_away(
    page: Page, server: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, f"{server}?text=CBABBC&change={';'.join(SIX)}")
    changed = changed_list(page)
    expect(changed.get_by_role("heading")).to_have_text("6 changes in this run")
    entries = changed.get_by_role("listitem")
    expect(entries).to_have_text([re.compile(re.escape(one)) for one in SIX[4:]])
    for entry in entries.all():
        expect(entry).to_be_in_viewport(ratio=1)
    changed.get_by_role("button", name="4 earlier changes").click()
    expect(entries).to_have_text([re.compile(re.escape(one)) for one in SIX])
    # None is cut off: the list is as high as its entries.
    assert changed.get_by_role("list").evaluate("list => list.scrollHeight <= list.clientHeight")
    # Whatever is changed last is in sight at once.
    changed.get_by_role("button", name="4 earlier changes").click()
    page.evaluate("change => window.pellucid.state = { change }", ";".join([*SIX, HEAD]))
    expect(changed.get_by_role("heading")).to_have_text("7 changes in this run")
    expect(entries.last).to_contain_text(HEAD)
    expect(entries.last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("change", ["nothing[h=0]", f"{HEAD};logits~mean(h)", f"{HEAD}~from(1,2)"])
def test_a_change_that_cannot_be_made_is_said_and_the_rest_of_the_address_works(
    page: Page, server: str, change: str
) -> None:
    opened(page, f"{server}?text=BACCAB&cell=logits[5,0]&lang=ja&chnage=x&change={change}")
    expect(page.get_by_text(re.compile("^アドレスの変更「.*」は、このモデルではできません"))).to_be_visible()
    expect(page.get_by_text("アドレスの「chnage」は、このページでは意味を持ちません。")).to_be_visible()
    expect(page.locator(".inspector [data-tensor=logits]")).to_be_visible()
    assert state(page)["text"] == "BACCAB"
    assert not change_in(page)
    assert "chnage" not in page.url
