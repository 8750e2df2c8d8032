"""The guided tour in a real browser: every step of every chapter, forwards and back; words, keys and exercises."""

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from browser.driving import answered, at_rest, calls, faultless, opened_at, settled
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from running import running_server

CHAPTERS = 15
STEP_BUDGET = 110_000
"""Calls of functions within which a step begins."""
A_CHAPTER = re.compile(r"/api/lessons/en/|/models/\d+/(compiled/)?en/")
"""Asked of a server, and of a folder of files."""
PHONE: ViewportSize = {"width": 390, "height": 844}
REPLAY = re.compile("^(Play this step again|このステップをもう一度再生)$")

# What of a step's text and of the stage's labels is in another language than the page, and what makes it too wide.
OUT_OF_PLACE = """width => {
  const japanese = /[\\u3040-\\u30ff\\u4e00-\\u9fff]/
  const wanted = document.documentElement.lang === 'ja'
  const words = [...document.querySelectorAll('[aria-current=step], .stage-label:not(.tower) b')]
  // The numbers of blocks stand beside the word for them.
  const named = words.map((word) => /\\p{L}/u.test(word.textContent) ? word : word.closest('.stage-label'))
    .map(({ textContent }) => textContent)
    .filter((text) => /\\D/.test(text) && text !== 'MLP')  // not what is alike in both
  const foreign = named.filter((text) => japanese.test(text) !== wanted)
  const wide = document.scrollingElement.scrollWidth
  return wide > width ? [...foreign, `${wide} px wide`] : foreign
}"""

FORMULAS_FIT = """() => [...document.querySelectorAll('[aria-current=step] .math.block')]
  .every((formula) => formula.querySelector('.katex') && formula.scrollWidth <= formula.clientWidth)"""

# Resolves once the text has stood still for some frames.
SCROLLED = """() => new Promise((resolve) => {
  const text = document.querySelector('.reader-pane')
  let [top, still] = [text.scrollTop, 0]
  const look = () => {
    still = text.scrollTop === top ? still + 1 : 0
    top = text.scrollTop
    if (still === 8) resolve()
    else requestAnimationFrame(look)
  }
  look()
})"""

# The milliseconds of script that each of three steps takes to begin.
BEGINNING = """async () => {
  const frames = window.pellucid.stats.frames
  dispatchEvent(new KeyboardEvent('keydown', {key: ' ', bubbles: true}))
  while (window.pellucid.stats.frames === frames) await new Promise(requestAnimationFrame)
}"""

LOOKED_AT = """---
title: From the side
summary: Where the camera stands.
---

```stage
focus: blocks.0.attn
run: q
at: {h: 1, t: last, d: 0}
camera: {turn: 45, tilt: 20, follow: false}
```
The parts of attention, one behind another.

```stage
focus: blocks.0.attn
run: q
at: {h: 1, t: last, d: 0}
camera: {turn: -30}
```
One cell of them.

```stage
view: home
camera: {tilt: 50}
```
All from above.
"""


@pytest.fixture(scope="module")
def contents(served: str) -> list[dict[str, Any]]:
    listed: dict[str, list[dict[str, Any]]] = answered(f"{served}api/lessons")["languages"]
    assert [entry["slug"] for entry in listed["en"]] == [entry["slug"] for entry in listed["ja"]]
    return listed["en"]


@pytest.fixture
def small(browser: Browser) -> Iterator[Page]:
    """A page that is drawn quickly."""
    with faultless(browser, viewport={"width": 900, "height": 600}) as opened:
        yield opened


def at(page: Page, server: str, place: str, **more: str) -> Page:
    query = "&".join([f"tour={place}", *(f"{name}={value}" for name, value in more.items())])
    opened_at(page, f"{server}?{query}")
    settled(page)
    return page


def here(page: Page) -> tuple[str, int]:
    place = page.evaluate("window.pellucid.state.tour")
    return place["chapter"], place["step"]


def track(page: Page, value: float) -> None:
    """Puts the handle of the timeline somewhere."""
    page.get_by_role("slider", name=re.compile("^(Step and position|ステップ)")).evaluate(
        "(track, value) => { track.value = value; track.dispatchEvent(new Event('input', {bubbles: true})) }", value
    )
    settled(page)


def picture(page: Page) -> bytes:
    """The stage, once it has come to rest."""
    at_rest(page, 240)
    return page.locator("canvas").screenshot()


def steps_of(contents: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(entry["slug"], step) for entry in contents for step in range(entry["steps"])]


def test_every_step_of_every_chapter_forwards_and_backwards(
    small: Page, server: str, contents: list[dict[str, Any]]
) -> None:
    """Each step is begun, looked at in the middle, and left; what is shown never fails."""
    assert len(contents) == CHAPTERS
    assert all(entry["steps"] >= 4 for entry in contents)
    places = steps_of(contents)
    at(small, server, places[0][0])
    for number, place in enumerate(places):
        if number:
            small.keyboard.press("Space")
            settled(small)
        assert here(small) == place
        expect(small.locator("[aria-current=step]")).to_have_attribute("data-step", str(place[1]))
        if small.get_by_role("button", name=REPLAY).is_enabled():
            track(small, place[1] + 0.5)
    for place in reversed(places[:-1]):
        small.keyboard.press("Backspace")
        settled(small)
        assert here(small) == place


@pytest.mark.parametrize(("locale", "host"), [("en-US", "server"), ("ja-JP", "hosted")])
def test_every_step_on_a_phone(
    browser: Browser, contents: list[dict[str, Any]], locale: str, host: str, request: pytest.FixtureRequest
) -> None:
    """In either language, and without a server too: all words are of it, formulas fit, and nothing is so wide that the
    page moves sideways."""
    server: str = request.getfixturevalue(host)
    language = locale[:2]
    with faultless(browser, locale=locale, viewport=PHONE, has_touch=True, is_mobile=True) as phone:
        at(phone, server, "00-overview")
        assert phone.locator("html").get_attribute("lang") == language
        for chapter, step in steps_of(contents):
            if step or chapter != "00-overview":
                phone.keyboard.press("Space")
                settled(phone)
            assert here(phone) == (chapter, step)
            expect(phone.locator("article")).to_have_attribute("lang", language)
            if phone.get_by_role("button", name=REPLAY).is_enabled():
                track(phone, step + 0.5)
            wrong = phone.evaluate(OUT_OF_PLACE, PHONE["width"])
            assert not wrong, (chapter, step, wrong)
            phone.wait_for_function(FORMULAS_FIT)
        for place in reversed(steps_of(contents)[:-1]):
            phone.keyboard.press("Backspace")
            settled(phone)
            assert here(phone) == place


@pytest.fixture(scope="module")
def looking(nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a lesson whose steps say from where the camera looks."""
    folder = tmp_path_factory.mktemp("looking")
    (folder / "en").mkdir()
    (folder / "en" / "01-looked-at.md").write_text(LOOKED_AT)
    with running_server(nano_folder, folder / "stderr.txt", "--lessons", str(folder)) as address:
        yield address


def camera(page: Page) -> dict[str, float]:
    """Where it is: the address tells once the reader has moved it, by a hair."""
    picture(page)
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, 1)
    page.wait_for_function("() => window.pellucid.state.camera !== null")
    return dict(page.evaluate("window.pellucid.state.camera"))


def test_a_step_says_from_where_the_camera_looks(small: Page, looking: str) -> None:
    at(small, looking, "01-looked-at")
    small.wait_for_function("() => window.pellucid.state.tour.position === null")
    first = camera(small)
    assert (first["azimuth"], first["elevation"]) == (45, 20)
    small.get_by_role("button", name="Back to the view of this step").click()
    track(small, 0.4)
    staying = camera(small)
    assert (staying["azimuth"], staying["elevation"]) == (45, 20)
    assert staying["distance"] > 1.5 * first["distance"], "at the end it is near enough to read the cell"
    small.keyboard.press("Space")
    settled(small)
    track(small, 1.4)
    close = camera(small)
    assert (close["azimuth"], close["elevation"]) == (-30, 7)
    small.keyboard.press("r")
    back = camera(small)
    assert (back["azimuth"], back["elevation"]) == (-30, 7)
    assert back["distance"] > 1.5 * close["distance"]
    small.keyboard.press("Space")
    settled(small)
    whole = camera(small)
    assert (whole["azimuth"], whole["elevation"]) == (20, 50)


@pytest.mark.parametrize("place", ["02-embedding:2", "04-self-attention:3"])
def test_a_position_looks_the_same_played_or_scrubbed_to(small: Page, server: str, place: str) -> None:
    at(small, server, place)
    small.wait_for_function("() => window.pellucid.state.tour.position === null")
    small.get_by_role("button", name="Play this step again").click()
    slider = small.get_by_role("slider", name="Step and position")
    step = int(place.split(":")[1]) - 1
    small.wait_for_function("([track, from]) => track.value > from", arg=[slider.element_handle(), step + 0.3])
    small.get_by_role("button", name="Pause").click()
    position = small.evaluate("window.pellucid.state.tour.position")
    assert 0 < position < 1
    played = picture(small)
    assert f"{place}:0." in small.url
    track(small, step + 0.95)
    assert picture(small) != played
    track(small, step + position)
    assert picture(small) == played


def test_a_link_opens_the_same_step_and_back_goes_back(page: Page, server: str) -> None:
    at(page, server, "04-self-attention:2", text="BACCAB")
    page.keyboard.press("Space")
    settled(page)
    assert here(page) == ("04-self-attention", 2)
    assert "tour=04-self-attention:3" in page.url
    page.go_back()
    page.wait_for_function("() => window.pellucid.state.tour.step === 1")
    assert page.evaluate("window.pellucid.state.text") == "BACCAB"
    page.go_forward()
    page.wait_for_function("() => window.pellucid.state.tour.step === 2")


@pytest.mark.asks_host("a chapter that the browser keeps is never on its way")
def test_a_key_pressed_while_a_chapter_is_on_its_way_counts(small: Page, server: str) -> None:
    held: list[Route] = []
    holding = True

    def hold(route: Route) -> None:
        if holding:
            held.append(route)
        else:
            route.continue_()

    def let_go() -> None:
        nonlocal holding
        holding = False
        while held:
            held.pop().continue_()
        settled(small)

    small.route(A_CHAPTER, hold)
    with small.expect_request(A_CHAPTER):
        small.goto(f"{server}?tour=03-layer-norm:2")
    assert small.evaluate("window.pellucid.state.tour") is None
    small.keyboard.press("Space")
    let_go()
    assert here(small) == ("03-layer-norm", 2)
    assert "tour=03-layer-norm:3" in small.url
    last = small.locator("[data-step]").count() - 1
    small.evaluate("step => window.pellucid.state = {tour: {chapter: '03-layer-norm', step, position: null}}", last)
    small.wait_for_function("last => window.pellucid.state.tour.step === last", arg=last)
    holding = True
    for _ in range(3):
        small.keyboard.press("Space")
    let_go()
    assert here(small) == ("04-self-attention", 2)


def test_the_text_tells_the_truth_about_other_letters(page: Page, server: str) -> None:
    at(page, server, "00-overview")
    step = page.locator("[data-step='0']")
    expect(step).to_contain_text("C B A B B C")
    expect(step).to_contain_text("A B B B C C")
    page.get_by_role("textbox", name=re.compile("^The input")).fill("BACCAB")
    expect(step).to_contain_text("B A C C A B")
    expect(step).to_contain_text("A A B B C C")
    assert here(page) == ("00-overview", 0)


def test_a_step_shows_the_run_that_it_speaks_of(page: Page, server: str) -> None:
    """Letters read back in, and cells switched off, are in the numbers that the stage shows."""
    at(page, server, "00-overview:3")
    expect(page.get_by_role("button", name=re.compile(r"Show how probabilities \[t=8 "))).to_be_visible()
    at(page, server, "00-overview:8")
    page.evaluate("window.pellucid.select('blocks.0.attn.z', [0, 5, 3])")
    inspector = page.get_by_role("complementary", name="Inspector")
    expect(inspector.get_by_text("0", exact=True).first).to_be_visible()


def test_words_light_what_they_speak_of_and_lead_there(page: Page, server: str) -> None:
    at(page, server, "00-overview:2")
    picture(page)
    frames = page.evaluate("window.pellucid.stats.frames")
    word = page.locator("[data-step='1'] a[data-tensor=probs]")
    word.hover()
    page.wait_for_function("before => window.pellucid.stats.frames > before", arg=frames)
    word.press("Enter")
    expect(page.get_by_role("complementary", name="Inspector")).to_be_visible()
    assert page.evaluate("window.pellucid.state.cell") == {"tensor": "probs", "index": None}
    page.keyboard.press("Escape")
    picture(page)
    place = page.evaluate("window.pellucid.locate('probs', [5, 0])")
    page.locator("canvas").hover(position=place)
    expect(word).to_have_class(re.compile("lit"))


def test_a_term_is_explained_where_it_stands(page: Page, server: str) -> None:
    at(page, server, "00-overview")
    term = page.locator("[data-step='0'] a[data-term=training]")
    term.click()
    card = page.get_by_role("dialog", name="training")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(term).to_be_focused()
    term.press("Enter")
    card.get_by_role("button", name="All words").click()
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible()
    expect(page.locator("dt").first).to_be_visible()
    assert "view=glossary" in page.url


def test_an_exercise_hints_after_a_wrong_cell_and_praises_the_right_one(page: Page, server: str) -> None:
    at(page, server, "00-overview:9")
    picture(page)
    exercise = page.locator("[data-step='8'] .exercise")

    def click(index: list[int]) -> None:
        page.locator("canvas").click(position=page.evaluate("index => window.pellucid.locate('probs', index)", index))

    click([5, 2])
    expect(exercise).to_contain_text("Not this one.")
    expect(page.locator("p[role=status].heard").last).not_to_be_empty()
    click([5, 0])
    expect(exercise).to_contain_text("Yes.")
    expect(page.get_by_role("complementary", name="Inspector")).to_be_hidden()


def test_what_is_said_to_an_answer_stays_in_view(page: Page, server: str) -> None:
    """Also where no wheel or finger has brought the reader to the exercise, and the step is longer than the window."""
    page.set_viewport_size({"width": 1280, "height": 420})
    at(page, server, "00-overview:9")
    picture(page)
    exercise = page.locator("[data-step='8'] .exercise")
    exercise.scroll_into_view_if_needed()
    page.locator("canvas").click(position=page.evaluate("window.pellucid.locate('probs', [5, 2])"))
    expect(exercise.get_by_text("Not this one.")).to_be_in_viewport()
    at_rest(page)
    expect(exercise.get_by_text("Not this one.")).to_be_in_viewport()


def test_an_exercise_is_answered_with_the_keyboard(page: Page, server: str) -> None:
    at(page, server, "00-overview:10")
    page.evaluate("window.pellucid.select('probs', [5, 1])")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => window.pellucid.state.cell?.index[1] === 0")
    answer = page.get_by_role("button", name="Answer with the selected cell")
    answer.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".exercise")).to_contain_text("Yes.")


def test_another_language_keeps_the_place(page: Page, server: str) -> None:
    at(page, server, "04-self-attention:3")
    page.get_by_role("button", name="日本語").click()
    expect(page.get_by_role("heading", name="自己注意")).to_be_visible()
    assert here(page) == ("04-self-attention", 2)
    expect(page.locator("[aria-current=step]")).to_have_attribute("data-step", "2")


def test_contents_lead_to_chapters_and_explore_and_back(page: Page, server: str) -> None:
    opened_at(page, server)
    assert here(page) == ("00-overview", 0)
    page.get_by_role("button", name="Contents").click()
    expect(page.get_by_role("listitem").filter(has_text="min")).to_have_count(CHAPTERS)
    page.get_by_role("button", name=re.compile("Softmax")).click()
    page.wait_for_function("() => window.pellucid.state.tour?.chapter === '08-softmax'")
    page.get_by_role("button", name="Explore").click()
    expect(page.get_by_role("heading", name="The answer, one token at a time")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Answer token 1: A")).to_be_visible()
    page.get_by_role("button", name="Tour").click()
    assert here(page) == ("08-softmax", 0)


@pytest.mark.parametrize("scroller", [".reader-pane", "html"])
def test_every_view_begins_at_its_top_and_is_found_as_it_was_left(browser: Browser, server: str, scroller: str) -> None:
    small: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if scroller == "html" else {}
    with faultless(browser, **small) as page:
        at(page, server, "01-preliminaries:3")
        page.wait_for_function(f"() => document.querySelector('{scroller}').scrollTop > 300")
        page.get_by_role("button", name="Explore", exact=True).click()
        heading = page.get_by_role("heading", name="Inside a GPT that sorts letters")
        expect(heading).to_be_in_viewport()
        if scroller != "html":  # a phone shows no more than the first sentences below the stage
            expect(page.get_by_role("textbox", name=re.compile("^The input"))).to_be_in_viewport()
        expect(page.get_by_text("Train it here")).to_be_attached()
        page.evaluate(f"document.querySelector('{scroller}').scrollTop = 420")
        # Without scrolling to the button first, which on a phone is above what one sees then.
        page.get_by_role("button", name="Glossary", exact=True).dispatch_event("click")
        expect(page.get_by_role("heading", name="Glossary")).to_be_in_viewport()
        page.get_by_role("button", name="Explore", exact=True).dispatch_event("click")
        page.wait_for_function(f"() => document.querySelector('{scroller}').scrollTop === 420")


def test_a_step_that_the_chapter_does_not_have_is_told(page: Page, server: str) -> None:
    at(page, server, "01-preliminaries:99")
    expect(page.get_by_text("“Preliminaries” has no step 99: its steps are 1 to 6.")).to_be_visible()
    assert here(page) == ("01-preliminaries", 5)


def test_scrolling_through_the_text_changes_the_step(page: Page, server: str) -> None:
    at(page, server, "00-overview")
    page.mouse.move(200, 400)
    for _ in range(30):
        page.mouse.wheel(0, 120)
        page.evaluate(SCROLLED)
        if here(page)[1] == 3:
            break
    assert here(page)[1] == 3
    page.keyboard.press("Space")
    settled(page)
    assert here(page)[1] == 4


def test_a_step_begins_with_little_work(page: Page, server: str) -> None:
    """From the key to the first frame that shows something else."""
    at(page, server, "04-self-attention")
    picture(page)

    def begin() -> None:
        page.evaluate(BEGINNING)

    def beginning() -> int:
        called = calls(page, begin)
        settled(page)
        return called

    assert median(beginning() for _ in range(3)) < STEP_BUDGET


def test_a_phone_shows_the_stage_above_and_turns_steps_with_a_swipe(browser: Browser, server: str) -> None:
    with faultless(browser, viewport=PHONE, has_touch=True, is_mobile=True, locale="ja-JP") as page:
        at(page, server, "00-overview")
        stage, text = page.locator("canvas").bounding_box(), page.locator("article").bounding_box()
        assert stage
        assert text
        assert stage["y"] + stage["height"] <= text["y"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.evaluate(
            """() => {
              const target = document.querySelector('[data-step="0"]')
              const touch = (x) => new Touch({identifier: 1, target, clientX: x, clientY: 600})
              const begun = {touches: [touch(300)], changedTouches: [touch(300)], bubbles: true}
              target.dispatchEvent(new TouchEvent('touchstart', begun))
              const ended = {touches: [], changedTouches: [touch(120)], bubbles: true}
              target.dispatchEvent(new TouchEvent('touchend', ended))
            }"""
        )
        page.wait_for_function("() => window.pellucid.state.tour.step === 1")
