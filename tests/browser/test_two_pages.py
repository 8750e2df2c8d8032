"""Two pages in one document: each has its own letters, language, theme and history; one of them has the address bar."""

from browser.driving import opened
from playwright.sync_api import Locator, Page, expect

# A second page, as a guest, in a place of its own beside the first; resolves when it has drawn its numbers.
MOUNT = """async (address) => {
  const place = document.createElement('div')
  place.id = 'guest'
  place.style = 'height: 700px; margin-top: 20px'
  document.body.append(place)
  window.guest = window.pellucid.mount(place, address)
  await window.guest.ready
}"""


def both(page: Page, server: str, query: str) -> tuple[Locator, Locator]:
    opened(page, f"{server}?text=CBABBC&lang=en")
    page.evaluate(MOUNT, query)
    return page.locator("#page"), page.locator("#guest")


def field(one: Locator) -> Locator:
    return one.locator("input.letters")


def test_two_pages_show_different_letters_and_leave_each_other_alone(page: Page, server: str) -> None:
    own, guest = both(page, server, "?text=BACCAB&view=explore&lang=ja&theme=dark")
    expect(field(own)).to_have_value("CBABBC")
    expect(field(guest)).to_have_value("BACCAB")
    address = page.url

    field(guest).fill("AAABBB")
    expect(guest.locator("ol.numbers li").nth(5)).to_contain_text("1")
    page.evaluate("window.guest.select('blocks.0.attn.q', [2, 3, 7])")
    expect(guest.locator("aside[data-tensor='blocks.0.attn.q']")).to_be_visible()
    assert page.url == address
    assert page.evaluate("window.pellucid.state.text") == "CBABBC"
    assert page.evaluate("window.guest.state.text") == "AAABBB"
    expect(own.locator("aside[data-tensor]")).to_have_count(0)
    expect(field(own)).to_have_value("CBABBC")

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(guest).to_have_attribute("lang", "ja")
    expect(own.get_by_role("button", name="Next token")).to_be_visible()
    expect(guest.get_by_role("button", name="次のトークン")).to_be_visible()
    assert page.locator("html").get_attribute("data-theme") is None
    expect(guest).to_have_attribute("data-theme", "dark")


def test_no_id_stands_for_two_elements(page: Page, server: str) -> None:
    own, guest = both(page, server, "?text=BACCAB&view=explore")
    for one in (own, guest):
        one.get_by_role("button", name="Search", exact=False).first.click()
        expect(one.get_by_role("dialog")).to_be_visible()  # it comes when it is first wanted
        page.keyboard.press("Escape")
        expect(one.get_by_role("dialog")).to_be_hidden()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert len(ids) == len(set(ids))
    labels = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby]')].map((one) => one.ariaLabelledByElements.length)"
    )
    assert labels
    assert all(count == 1 for count in labels)


def test_keys_belong_to_the_page_that_they_are_pressed_in(page: Page, server: str) -> None:
    _, guest = both(page, server, "?text=BACCAB&view=explore&lang=en")
    guest.locator("main").focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => window.guest.state.step === 1")
    assert page.evaluate("window.pellucid.state.step") == 0
    page.locator("#page main").focus()
    page.keyboard.press("Space")
    page.wait_for_function("() => window.pellucid.state.step === 1")
    assert page.evaluate("window.guest.state.step") == 1


def test_back_in_a_guest_is_its_own_and_it_can_be_taken_down(page: Page, server: str) -> None:
    _, guest = both(page, server, "?text=BACCAB&view=explore&lang=en&cell=blocks.0.attn.q:0,0,0")
    page.evaluate("window.guest.select('blocks.0.attn.k', [0, 0, 0])")
    expect(guest.locator("aside[data-tensor='blocks.0.attn.k']")).to_be_visible()
    address = page.url
    guest.get_by_role("button", name="Back", exact=True).click()
    expect(guest.locator("aside[data-tensor='blocks.0.attn.q']")).to_be_visible()
    assert page.url == address

    page.evaluate("window.guest.unmount()")
    expect(guest).to_be_empty()
    page.evaluate("window.pellucid.select('blocks.0.attn.v', [0, 0, 0])")
    expect(page.locator("#page aside[data-tensor='blocks.0.attn.v']")).to_be_visible()


def test_what_is_wanted_of_a_page_that_is_still_beginning_is_done(page: Page, server: str) -> None:
    """It changes only what it says: the letters that the page begins with stay."""
    opened(page, f"{server}?text=CBABBC&lang=en")
    page.evaluate(
        """() => {
          const place = document.createElement('div')
          place.id = 'guest'
          document.body.append(place)
          window.guest = window.pellucid.mount(place, '?text=BACCAB&view=explore')
          window.guest.state = { cell: 'blocks.0.attn.q[2,3,7]' }
        }"""
    )
    guest = page.locator("#guest")
    expect(guest.locator("aside[data-tensor='blocks.0.attn.q']")).to_be_visible()
    expect(field(guest)).to_have_value("BACCAB")
