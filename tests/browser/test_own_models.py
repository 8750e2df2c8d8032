"""Models of one's own on the page: asked as they read, without the tour, larger than can be sent, changed on disk."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from browser.driving import faultless, held_back, inspector, opened, opened_at, select, state
from playwright.sync_api import Browser, Locator, Page, expect
from running import running_host, running_server
from small import random_model, random_parameters

import pellucid
from pellucid.lessons import TOUR
from pellucid.models import GPT2Config
from pellucid.run.model import Model
from pellucid.run.vocabulary import Vocabulary
from pellucid.site import export
from pellucid.tasks import make

SIZES = GPT2Config(n_layer=2, n_head=2, n_embd=12, vocab_size=40, n_positions=16)
LARGE = replace(SIZES, n_embd=96, vocab_size=180_000)
"""Its embedding alone is more than is sent at once."""
ALPHABETS = {"circled": "①②③", "halfwidth": "ｱｲｳ", "wide": "ＡＢＣ", "emoji": "😀🦉❤", "marks": "e\u0301é"}
PIECES = ["a", "b", "c", "Ġ", "ab", "Ġc"]
TOKENIZER = pytest.mark.asks_server("a page has no tokenizer")
LARGER = pytest.mark.asks_server("the page computes small models alone")
WORDS = ["a", "b", "ab", "Ċ", "ab" * 8, "abab", "ab" * 4]
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def model(config: GPT2Config, letters: str | None = None, **about: object) -> Model:
    return Model("own", config, random_parameters(config.graph()), Vocabulary(letters) if letters else None, {**about})


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    model(SIZES).save(folder / "numbers")
    model(replace(SIZES, vocab_size=26), "abcdefghijklmnopqrstuvwxyz").save(folder / "letters")
    model(LARGE).save(folder / "large")
    for name, alphabet in ALPHABETS.items():
        task = make("sort", alphabet=alphabet, length=4)
        config = replace(SIZES, vocab_size=3)
        model(config, alphabet, task=task.describe()).save(folder / name)
    ended = model(SIZES)
    ended.ends = (next(ended.steps([4, 5, 6])).token,)
    ended.save(folder / "ended")
    text = folder / "text"
    model(replace(SIZES, vocab_size=len(PIECES))).save(text)
    (text / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(PIECES)}))
    (text / "merges.txt").write_text("#version: 0.2\na b\nĠ c\n")
    words = folder / "words"
    model(replace(SIZES, vocab_size=len(WORDS))).save(words)
    (words / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(WORDS)}))
    merges = "\n".join(["a b", "ab ab", "abab abab", "abababab abababab"])
    (words / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    return folder


Showing = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="module")
def showing(is_site: bool, tmp_path_factory: pytest.TempPathFactory) -> Showing:
    """Shows models that lie in folders, and lessons: on the kind of host that `--host` names."""

    @contextmanager
    def shown(*folders: Path, lessons: Path = TOUR) -> Iterator[str]:
        if is_site:
            host = tmp_path_factory.mktemp("host")
            export([pellucid.load(path) for path in folders], host / "own", lessons)
            with running_host(host) as address:
                yield f"{address}own/"
        else:
            log = tmp_path_factory.mktemp("log") / "stderr.txt"
            own = () if lessons is TOUR else ("--lessons", lessons)
            with running_server(folders[0], log, *map(str, (*folders[1:], *own))) as address:
                yield address

    return shown


@pytest.fixture(scope="module")
def own(is_site: bool, folders: Path, nano_folder: Path, showing: Showing) -> Iterator[str]:
    """The address of nano and of all these; of those that a site can have, where it is one."""
    others = [path for path in sorted(folders.iterdir()) if not is_site or path.name not in ("large", "text", "words")]
    with showing(nano_folder, *others) as address:
        yield address


def field(page: Page) -> Locator:
    return page.locator("section[aria-labelledby=tokens-heading] .field")


def problem(page: Page) -> Locator:
    return page.locator("#prompt-problem")


def unexpected(text: str) -> bool:
    """Whether the console tells of another fault than a question that the server refuses."""
    return not re.search("status of 4(00|13)", text)


def test_a_model_without_a_tokenizer_is_asked_in_numbers(page: Page, own: str) -> None:
    opened_at(page, f"{own}?model=numbers")
    assert page.evaluate("window.pellucid.stats.drawCalls") > 0
    expect(page.locator("#tokens-heading")).to_have_text("Type the numbers of tokens")
    expect(field(page)).to_have_value(re.compile(r"^\d+(, \d+){5}$"))
    for typed in ("4,5,6", "4 5 6", "４、５、６"):
        field(page).fill("1")
        page.wait_for_function("() => window.pellucid.state.tokens.join() === '1'")
        field(page).fill(typed)
        page.wait_for_function("() => window.pellucid.state.tokens.join() === '4,5,6'")
        expect(field(page)).to_have_value(typed)
    page.get_by_role("button", name="Next token").click()
    page.wait_for_function("() => window.pellucid.state.step === 1")
    field(page).fill("the cat")
    expect(problem(page)).to_contain_text("type numbers from 0 to 39")
    assert state(page)["tokens"] == [4, 5, 6]


def test_nothing_is_generated_after_the_end_of_a_text(page: Page, own: str) -> None:
    opened(page, f"{own}?model=ended&tokens=4,5,6")
    onward = page.get_by_role("button", name="Next token")
    onward.click()
    page.wait_for_function("() => window.pellucid.state.step === 1")
    expect(onward).to_be_disabled()
    opened(page, f"{own}?model=ended&tokens=4,5,6&step=4")
    page.wait_for_function("() => window.pellucid.state.step === 1")


@TOKENIZER
def test_a_model_with_a_tokenizer_is_asked_in_text(page: Page, own: str) -> None:
    opened_at(page, f"{own}?model=text")
    expect(page.locator("#tokens-heading")).to_have_text("Type some text")
    field(page).fill("ab c")
    expect(page.get_by_role("listitem", name="␣c is token 5, at position 1")).to_be_visible()
    page.wait_for_function("() => window.pellucid.state.text === 'ab c'")
    page.reload()
    expect(field(page)).to_have_value("ab c")


@TOKENIZER
def test_text_is_shown_as_it_is(page: Page, own: str) -> None:
    """Line breaks are kept, what cannot be seen has a sign, long tokens have room, and the vocabulary is named."""
    opened(page, f"{own}?model=words")
    field(page).fill("ab")
    field(page).press("Enter")
    page.keyboard.type("ab")
    page.wait_for_function("() => window.pellucid.state.text === 'ab\\nab'")
    expect(field(page)).to_have_value("ab\nab")
    expect(page.get_by_role("listitem", name="↵ is token 3, at position 1")).to_be_visible()
    for step in (1, 2, 3):
        page.get_by_role("button", name="Next token").click()
        page.wait_for_function("step => window.pellucid.state.step === step", arg=step)
    overlaps = page.locator(".slots .letter").evaluate_all(
        "all => all.filter((one) => one.scrollWidth > one.parentElement.clientWidth).length"
    )
    assert overlaps == 0
    select(page, "embed.W_E", [4, 0])
    expect(inspector(page)).to_contain_text("abababababababab")


@TOKENIZER
def test_what_takes_its_time_is_told_of(page: Page, own: str) -> None:
    opened(page, f"{own}?model=text")
    with held_back(page, "**/trace?*"):
        field(page).fill("ab")
        expect(problem(page)).to_contain_text("Computing…")
    expect(problem(page)).to_contain_text("takes the text apart")
    assert state(page)["text"] == "ab"


@TOKENIZER
def test_a_token_is_asked_for_after_the_text_that_is_still_computed(page: Page, own: str) -> None:
    opened(page, f"{own}?model=text")
    with held_back(page, "**/trace?*"):
        field(page).fill("ab")
        expect(problem(page)).to_contain_text("Computing…")
        page.get_by_role("button", name="Next token").click()
    page.wait_for_function("() => window.pellucid.state.step === 1")
    assert state(page)["text"] == "ab"
    expect(field(page)).to_have_value("ab")


def test_letters_without_a_task_are_asked_in_letters(page: Page, own: str) -> None:
    opened_at(page, f"{own}?model=letters")
    expect(page.locator("#tokens-heading")).to_have_text("Type some letters")
    field(page).fill("Cab")
    page.wait_for_function("() => window.pellucid.state.text === 'cab'")
    field(page).fill("ca1")
    expect(problem(page)).to_contain_text("“1” is not one of this model's letters")


@pytest.mark.parametrize("name", ALPHABETS)
def test_letters_of_any_alphabet_are_kept_as_typed(page: Page, own: str, name: str) -> None:
    opened(page, f"{own}?model={name}")
    typed = (ALPHABETS[name] * 2)[1:5]
    field(page).fill(typed)
    page.wait_for_function("typed => window.pellucid.state.text === typed", arg=typed)
    expect(problem(page)).to_have_text("To the model, each letter is a number.")


def test_where_the_tour_does_not_fit_explore_opens_with_a_way_on(page: Page, own: str) -> None:
    opened_at(page, f"{own}?model=numbers&tour=04-self-attention")
    assert state(page)["view"] == "explore"
    expect(page.get_by_role("complementary", name="The tour and this model")).to_contain_text("another kind of model")
    page.get_by_role("button", name="Read this chapter with nano").click()
    expect(page.get_by_role("heading", name="Self-attention")).to_be_visible()
    page.wait_for_url(lambda url: "model=numbers" not in url)  # a place that one can go back from
    page.go_back()
    page.wait_for_function("() => window.pellucid.state.view === 'explore'")
    page.get_by_role("button", name="Tour", exact=True).click()
    page.get_by_role("button", name="Take the tour with nano").click()
    page.wait_for_function("() => window.pellucid.state.tour?.chapter === '00-overview'")


@pytest.mark.parametrize(
    "name",
    [
        "numbers",
        "letters",
        pytest.param("text", marks=TOKENIZER),
        "circled",
        pytest.param("large", marks=LARGER),
    ],
)
def test_whoever_reads_japanese_is_told_everything_in_japanese(browser: Browser, own: str, name: str) -> None:
    """What the reader pane says of a model, and of what cannot be asked of it."""
    with faultless(browser, unexpected, locale="ja-JP") as page:
        opened_at(page, f"{own}?model={name}&tour=04-self-attention:2")
        told = page.locator("main p:visible, #prompt-problem")
        expect(told.nth(3)).to_be_attached()
        sentences = told.all_inner_texts()
        assert not [said for said in sentences if said.strip() and not JAPANESE.search(said)]
        for typed in ("", "?" * 30):
            field(page).fill(typed)
            expect(problem(page)).to_have_text(JAPANESE)


@LARGER
def test_a_model_too_large_to_be_sent_shows_the_numbers_of_what_is_looked_at(page: Page, own: str) -> None:
    opened_at(page, f"{own}?model=large&tokens=1,2,3")
    expect(page.get_by_text("too large to be sent whole")).to_be_visible()
    panel = select(page, "blocks.1.mlp.W_in", [3, 5])
    expect(panel.locator("[data-part=numbers]")).to_be_visible()
    expect(panel.locator("data").first).to_have_attribute("value", re.compile(r"\d"))
    panel = select(page, "embed.W_E", [150_000, 3])
    expect(panel.locator("[data-part=not-sent]")).to_contain_text("too many to be sent at once")
    expect(panel.locator("data").first).to_have_attribute("value", re.compile(r"\d"))
    panel = select(page, "logits", [2, 7])
    expect(panel.get_by_role("table")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Next token").click()
    page.wait_for_function("() => window.pellucid.state.step === 1")


@LARGER
def test_a_run_too_large_to_be_sent_is_asked_on_and_taken_apart(page: Page, own: str) -> None:
    tokens = ",".join(str(token) for token in range(16))
    opened_at(page, f"{own}?model=large&tokens={tokens}")
    page.route("**/trace?*", lambda route: route.fulfill(status=413, json=TOO_LARGE))
    field(page).fill("7 8 9")
    page.wait_for_function("() => window.pellucid.state.tokens.join() === '7,8,9'")
    panel = select(page, "blocks.0.attn.q", [1, 2, 3])
    expect(panel.get_by_role("table")).to_be_visible()
    page.get_by_role("button", name="Next token").click()
    page.wait_for_function("() => window.pellucid.state.step === 1")


TOO_LARGE = {"error": {"code": "too-large", "message": "Too large.", "details": {}}}


def come_back(page: Page, visibility: str) -> None:
    """The reader turns to the page, which is seen or hidden from then on."""
    page.evaluate(
        """visibility => {
          Object.defineProperty(document, 'visibilityState', { get: () => visibility, configurable: true })
          document.dispatchEvent(new Event('visibilitychange'))
          window.dispatchEvent(new Event('focus'))
        }""",
        visibility,
    )


@pytest.mark.asks_server("a site is of the models as they were when it was written")
def test_a_changed_file_is_said_and_read_again_where_one_wants_it(
    browser: Browser, folders: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    random_model().save(folder)
    with running_server(folder, tmp_path / "stderr.txt") as address, faultless(browser, unexpected) as page:
        opened(page, f"{address}?tokens=1,2,3&cell=blocks.0.attn.W_Q:0,0,0")
        value = inspector(page).locator("data").first
        before = value.get_attribute("value")
        random_model(seed=1).save(folder)
        looks: list[str] = []
        page.on("request", lambda request: looks.append(request.url) if request.url.endswith("/file") else None)
        come_back(page, "hidden")
        page.evaluate("fetch('/api/models').then(() => true)")  # what had been asked before would be among the looks
        assert not looks
        come_back(page, "visible")
        offer = page.get_by_role("button", name="Show it as it is now")
        expect(offer).to_be_visible()
        assert looks
        field(page).fill("BCD")
        page.wait_for_function("() => window.pellucid.state.text === 'BCD'")
        assert value.get_attribute("value") == before
        offer.click()
        expect(value).not_to_have_attribute("value", before or "")
        assert state(page)["text"] == "BCD"
        expect(offer).to_be_hidden()
        (folder / "model.safetensors").unlink()
        come_back(page, "visible")
        expect(offer).to_be_visible()
        offer.click()
        expect(page.get_by_role("status").filter(has_text="It stays as it was")).to_be_visible()


def test_the_chapters_of_lessons_of_ones_own_are_numbered_as_their_files(
    page: Page, nano_folder: Path, tmp_path: Path, showing: Showing
) -> None:
    folder = tmp_path / "lessons" / "en"
    folder.mkdir(parents=True)
    for number, title in ((1, "One"), (3, "Three")):
        text = f"---\ntitle: {title}\nsummary: {title}.\n---\n# Step\n\n```stage\nfocus: embedding\n```\n\nWords.\n"
        (folder / f"{number:02}-{title.lower()}.md").write_text(text)
    with showing(nano_folder, lessons=folder.parent) as address:
        opened_at(page, f"{address}?lang=en")
        expect(page.get_by_role("article")).to_contain_text("Chapter 1 ·")
        page.get_by_role("button", name="Three").click()
        ending = page.get_by_role("region", name="You have seen every chapter")
        expect(ending.get_by_role("button", name="Explore the model")).to_be_visible()
        expect(ending).not_to_contain_text("To read on")
        expect(ending).not_to_contain_text("Worth trying")
        page.get_by_role("button", name="Contents").click()
        contents = page.get_by_role("listitem")
        expect(contents.filter(has_text="Three").locator(".number")).to_have_text("3")
        expect(page.get_by_text("2 chapters, about 1 minute in all.")).to_be_visible()
