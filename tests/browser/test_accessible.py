"""axe-core, the usual checker, finds nothing to object to on any view, in either language and theme."""

import pytest
from browser.driving import at_rest, opened_at
from playwright.sync_api import Page

RUN = """() => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) =>
    [id, ...nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`)]))"""
CHOSEN = """([language, theme]) => {
  const { lang, dataset } = document.documentElement
  return lang === language && dataset.theme === theme
}"""
VIEWS = {
    "the tour": "?text=CBABBC&tour=04-self-attention",
    "the contents": "?text=CBABBC&view=contents",
    "the glossary": "?text=CBABBC&view=glossary",
    "exploring": "?text=CBABBC&step=1&view=explore",
    "a softmax": "?text=CBABBC&view=explore&cell=blocks.1.attn.pattern:0,5,2",
    "a sum, compared": "?text=CBABBC&view=explore&cell=blocks.1.attn.q:2,3,7&pin=blocks.1.attn.q:0,3,7",
    "a tensor": "?text=CBABBC&view=explore&cell=blocks.1.mlp.post",
    "gpt3": "?model=gpt3&view=explore",
}


def objections(page: Page) -> list[list[str]]:
    return list(page.evaluate(RUN))


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_has_violations(page: Page, server: str, axe: str, view: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened_at(page, server + VIEWS[view])
    page.evaluate(axe)
    for language in ("en", "ja"):
        for theme in ("light", "dark"):
            page.evaluate("chosen => { window.pellucid.state = chosen }", {"language": language, "theme": theme})
            page.wait_for_function(CHOSEN, arg=[language, theme])
            at_rest(page)
            assert objections(page) == [], (language, theme)


def test_no_dialog_has_violations(page: Page, server: str, axe: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened_at(page, f"{server}?view=explore")
    page.evaluate(axe)
    page.locator("canvas").focus()
    for key in ("/", "?"):
        page.keyboard.press(key)
        page.get_by_role("dialog").wait_for()
        assert objections(page) == [], key
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
    page.get_by_role("button", name="Choose another").click()
    assert objections(page) == []
