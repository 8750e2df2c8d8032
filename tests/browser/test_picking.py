"""Any cell can be picked: with the mouse, with a finger, and with the keyboard alone."""

import re
from collections.abc import Iterator

import pytest
from browser.driving import at_rest, faultless, inspector, opened, place_of, state
from playwright.sync_api import Browser, Locator, Page, Position, ViewportSize, expect

PATTERN = "blocks.1.attn.pattern"
CELL = [0, 5, 2]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    size: ViewportSize = {"width": 390, "height": 844}
    with faultless(browser, viewport=size, has_touch=True, is_mobile=True) as page:
        yield page


def framed(page: Page, server: str) -> Page:
    opened(page, f"{server}?text=CBABBC")
    page.evaluate("name => window.pellucid.goto(name)", PATTERN)
    at_rest(page)
    page.evaluate("window.pellucid.select(null)")
    expect(inspector(page)).to_be_hidden()
    at_rest(page)
    return page


def test_the_mouse_reads_a_cell_and_opens_it(page: Page, server: str) -> None:
    framed(page, server)
    place = place_of(page, PATTERN, CELL)
    page.mouse.move(place["x"], place["y"])
    read = page.get_by_role("tooltip")
    expect(read.get_by_role("paragraph").first).to_have_text(re.compile(r"^0\.\d{4}$"))
    expect(read).to_contain_text(PATTERN)
    expect(read).to_contain_text("[h=0, t=5 (C), s=2 (A)]")
    stands_beside(read, page.locator("canvas"), place)
    page.mouse.click(place["x"], place["y"])
    expect(inspector(page).get_by_role("heading", name="attention pattern", exact=True)).to_be_visible()
    assert state(page)["cell"] == {"tensor": PATTERN, "index": CELL}


def stands_beside(read: Locator, stage: Locator, place: Position) -> None:
    """All of it is on the stage, and none of it under the pointer."""
    box, room = read.bounding_box(), stage.bounding_box()
    assert box
    assert room
    assert room["x"] <= box["x"]
    assert room["y"] <= box["y"]
    assert box["x"] + box["width"] <= room["x"] + room["width"]
    assert box["y"] + box["height"] <= room["y"] + room["height"]
    assert not (
        box["x"] <= place["x"] <= box["x"] + box["width"] and box["y"] <= place["y"] <= box["y"] + box["height"]
    )


def test_a_drag_turns_the_model_and_picks_nothing(page: Page, server: str) -> None:
    framed(page, server)
    camera = state(page)["camera"]
    place = place_of(page, PATTERN, CELL)
    page.mouse.move(place["x"], place["y"])
    page.mouse.down()
    page.mouse.move(place["x"] + 60, place["y"] + 10, steps=3)
    page.mouse.up()
    at_rest(page)
    assert state(page)["camera"]["azimuth"] != camera["azimuth"]
    assert state(page)["cell"] is None


def test_a_finger_taps_a_cell(phone: Page, server: str) -> None:
    framed(phone, server)
    place = place_of(phone, PATTERN, CELL)
    phone.touchscreen.tap(place["x"], place["y"])
    expect(inspector(phone).get_by_role("heading", name="attention pattern", exact=True)).to_be_visible()
    assert state(phone)["cell"] == {"tensor": PATTERN, "index": CELL}


def test_a_finger_that_stays_reads_a_cell_and_opens_nothing(phone: Page, server: str) -> None:
    framed(phone, server)
    place = place_of(phone, PATTERN, CELL)
    touch = phone.context.new_cdp_session(phone)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [place]})
    read = phone.get_by_role("tooltip")
    expect(read).to_contain_text("[h=0, t=5 (C), s=2 (A)]")
    stands_beside(read, phone.locator("canvas"), place)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert state(phone)["cell"] is None


def test_the_keyboard_alone_reaches_cells_and_leaves_them(page: Page, server: str) -> None:
    opened(page, f"{server}?text=CBABBC")
    canvas = page.locator("canvas")
    page.locator("body").press("Tab")
    for _ in range(60):
        if canvas.evaluate("canvas => canvas === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(canvas).to_be_focused()
    page.keyboard.press("Enter")
    expect(inspector(page)).to_be_visible()
    first = state(page)["cell"]
    assert set(first["index"]) <= {0}
    page.evaluate("cell => window.pellucid.select(cell.tensor, cell.index)", {"tensor": PATTERN, "index": CELL})
    for key, index in [
        ("ArrowLeft", [0, 5, 1]),
        ("ArrowUp", [0, 4, 1]),
        ("ArrowRight", [0, 4, 2]),
        ("ArrowDown", CELL),
    ]:
        page.keyboard.press(key)
        page.wait_for_function("index => String(window.pellucid.state.cell.index) === String(index)", arg=index)
    page.keyboard.press("PageDown")
    page.wait_for_function("() => window.pellucid.state.cell.index[0] === 1")
    page.keyboard.press("Escape")
    expect(inspector(page)).to_be_hidden()
    expect(canvas).to_be_focused()
