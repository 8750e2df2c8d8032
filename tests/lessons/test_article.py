"""The tour as an article: whole, true, well formed, and in need of no script."""

import html
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from small import random_model

from pellucid.graph import PellucidError
from pellucid.lessons import TOUR, Lesson, Subject, chapter_for, compile_lesson
from pellucid.lessons.article import Place, article
from pellucid.lessons.article.figures import Shown, shown_in
from pellucid.lessons.article.formulas import FORMULA, formula, mathml
from pellucid.lessons.article.widgets import DRAWN
from pellucid.lessons.article.words import words_in
from pellucid.lessons.filling import filled
from pellucid.lessons.formats import formatted
from pellucid.lessons.widget import WIDGETS
from pellucid.models import PRESETS
from pellucid.run.model import Model
from pellucid.scene.drawing.text import MONO_WIDTH
from pellucid.scene.drawing.words import words_in as drawing_words
from pellucid.words import LANGUAGES

LETTERS = "CBABBC"
MOST_BYTES = 6_000_000
SVG = "{http://www.w3.org/2000/svg}svg"
MATH = "{http://www.w3.org/1998/Math/MathML}math"


@pytest.fixture(scope="module")
def lesson(nano_model: Model) -> Lesson:
    return compile_lesson(TOUR, Subject.of(nano_model))


@pytest.fixture(scope="module")
def pages(lesson: Lesson, nano_model: Model) -> dict[str, str]:
    return {
        language: article(lesson, language, nano_model, LETTERS, place=Place.on_server("nano", alone=False))
        for language in LANGUAGES
    }


def tree(page: str) -> ElementTree.Element:
    """The page, which is well-formed XML but for the doctype."""
    assert page.startswith("<!doctype html>\n")
    return ElementTree.fromstring(page.removeprefix("<!doctype html>\n"))


def text_of(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chapter_and_step_is_there_with_a_picture(pages: dict[str, str], lesson: Lesson, language: str) -> None:
    page = tree(pages[language])
    found = {element.get("id"): element for element in page.iter("section")}
    assert page.get("lang") == language
    left_out: list[str] = []
    for chapter in lesson.chapters[language]:
        assert chapter.title in text_of(found[chapter.slug])
        assert chapter.summary in text_of(found[chapter.slug])
        for number in range(1, len(chapter.steps) + 1):
            step = found.get(f"{chapter.slug}:{number}")
            if step is None:
                left_out.append(f"{chapter.slug}:{number}")
                continue
            figure = next((each for each in step.findall("figure") if each.get("class") != "drawing"), None)
            if figure is None:  # an earlier one shows it, or there are but questions for a pencil
                assert step.find("./p[@class='said']") is not None or step.find("./div[@class='exercise']") is not None
                continue
            assert figure.find(".//figcaption") is not None
            drawing = figure.find(f".//{SVG}")
            assert drawing is not None
            assert drawing.get("role") == "img"
            assert all(drawing.findtext(f"{SVG[:-3]}{name}") for name in ("title", "desc"))
    assert left_out == ["08-softmax:4"]  # where one moves what only the page can move
    headings = [title.text for title in page.iter(f"{SVG[:-3]}title")]
    assert headings.count(drawing_words(language).whole) == 1
    assert not page.findall(".//p[@class='unfit']")


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_to_anchors_that_are_there_once(pages: dict[str, str], language: str) -> None:
    page = tree(pages[language])
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    links = [link.get("href", "") for link in page.iter("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    for link in links:
        assert re.match(r"#|\.\./(\?|read/)|https:", link), link
    referring = [element.get("aria-labelledby", "") for element in page.iter()]
    assert set(itertools.chain.from_iterable(map(str.split, referring))) <= set(ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_go_down_one_level_at_a_time(pages: dict[str, str], language: str) -> None:
    levels = [int(found) for found in re.findall(r"<h([1-6])[ >]", pages[language])]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_needs_no_script_and_fetches_nothing(pages: dict[str, str], language: str) -> None:
    page = pages[language]
    assert len(page.encode()) < MOST_BYTES
    assert not re.search(r"<script|<iframe|<link rel=.stylesheet|\son\w+=|javascript:|@import", page)
    assert set(re.findall(r'(?:src|href)="(https?:)', re.sub(r"<a [^>]*>", "", page))) == set()
    assert "data-value" not in page


def strings(content: Any) -> Iterator[str]:
    """Every text in an answer of docs/protocol.md."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from strings(inner)


def test_every_formula_of_the_tour_is_understood(lesson: Lesson, nano_model: Model) -> None:
    run = nano_model.trace(LETTERS)
    found = set()
    for chapter in itertools.chain.from_iterable(lesson.chapters.values()):
        for text in strings(filled(chapter.compiled, run)):
            found |= {(html.unescape(match[3]).strip(), match[2]) for match in FORMULA.finditer(text)}
    assert len(found) > 100
    for latex, display in found:
        made = mathml(latex, display)
        assert made, latex
        assert not re.search(r"\\|&amp;", made), latex
        assert ElementTree.fromstring(made).tag == MATH


def test_formulas_are_typeset_with_care() -> None:
    assert mathml(r"12{,}288", "inline") == mathml("12,288", "inline").replace(  # type: ignore[union-attr]
        "<mn>12</mn><mo>,</mo><mn>288</mn>", "<mn>12,288</mn>"
    )
    signs = ElementTree.fromstring(mathml(r"a - b = (-1) \cdot -\infty", "inline") or "")
    minus = [sign.get("form") for sign in signs.iter() if sign.text == "−"]
    assert minus == [None, "prefix", "prefix"]
    assert ">target<" in (mathml(r"p_{\mathrm{target}_{t}}", "inline") or "")
    assert "mspace" in (mathml(r"\ln p", "inline") or "")
    assert "mspace" not in (mathml(r"\tanh\left(x\right)", "inline") or "")
    assert len(ElementTree.fromstring(mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "block") or "")) == 1


@pytest.mark.parametrize("latex", [r"\frac{1}{", r"\nosuchcommand x", "a < b & c"])
def test_a_formula_that_is_not_understood_stays_as_it_is(latex: str) -> None:
    shown = formula(latex, "inline")
    assert html.unescape(re.sub("<[^>]*>", "", shown)) == latex or "<math" in shown
    ElementTree.fromstring(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_numbers_are_those_of_the_run(pages: dict[str, str], nano_model: Model, language: str) -> None:
    said = text_of(tree(pages[language]))
    run = nano_model.trace(LETTERS)
    for expected in (
        "C B A B B C",
        "A B B B C C",
        f"{100 * float(run['probs'][5, 0]):.2f}%",
        f"{float(run['blocks.0.attn.qk'][0, 5].max()):.2f}",
        f"{float(run['blocks.0.ln1.scale'][5]):.3f}",
        f"{PRESETS['gpt3'].graph().sizes['c']:,}",
        "85,728",
    ):
        assert expected in said, expected


def test_other_letters_give_another_article(lesson: Lesson, nano_model: Model) -> None:
    said = text_of(
        tree(article(lesson, "en", nano_model, "BACCAB", place=Place.on_server("nano", alone=True), slug="00-overview"))
    )
    assert "B A C C A B" in said
    assert "A A B B C C" in said


def test_references_open_the_interactive_page_on_that_spot(pages: dict[str, str]) -> None:
    assert 'href="../?model=nano&amp;text=CBABBC&amp;lang=en&amp;tour=00-overview:2&amp;cell=probs"' in pages["en"]
    assert 'href="../?model=nano&amp;text=CBABBC&amp;lang=ja&amp;tour=04-self-attention:3"' in pages["ja"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exercise_can_be_done_where_nothing_can_be_clicked(lesson: Lesson, nano_model: Model, language: str) -> None:
    page = tree(article(lesson, language, nano_model, LETTERS))
    exercises = [element for element in page.iter("div") if element.get("class") == "exercise"]
    answers = [entry for section in page.iter("section") if section.get("class") == "answers" for entry in section[1]]
    assert len(exercises) == sum(len(step.exercises) for chapter in lesson.chapters[language] for step in chapter.steps)
    assert [answer.tag.rpartition("}")[2] for answer in answers] == ["details"] * len(exercises)  # not seen unasked
    for element, answer in zip(exercises, answers, strict=True):
        assert [link for link in element.iter("a") if link.get("href", "").endswith("-answer")]
        assert not [link for link in element.iter("a") if not link.get("href", "").startswith("#")]
        assert text_of(answer)
        assert answer.find(f".//{SVG}") is None  # it would show what the page asks, which is another question


def boxes(drawing: ElementTree.Element) -> Iterator[tuple[float, float, float, float]]:
    """What the printed numbers of a drawing cover, by their left, top, right and bottom."""
    for group in drawing.iter(f"{SVG[:-3]}g"):
        for text in group if group.get("class") == "digits" else ():
            size = float(group.get("font-size", "0"))
            x, y = float(text.get("x", "0")), float(text.get("y", "0"))
            half = MONO_WIDTH * size * len(text.text or "") / 2
            yield x - half, y - 0.7 * size, x + half, y


def crosses(outline: ElementTree.Element, box: tuple[float, float, float, float]) -> bool:
    """Whether the line of an outline touches the box, which may lie inside of it."""
    left, top, width, height = (float(outline.get(side, "0")) for side in ("x", "y", "width", "height"))
    line = float(outline.get("stroke-width", "0")) / 2
    touches = box[0] < left + width + line and left - line < box[2] and box[1] < top + height + line
    if not touches or box[3] < top - line:
        return False
    across = left + line <= box[0] and box[2] <= left + width - line
    return not (across and top + line <= box[1] and box[3] <= top + height - line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_frame_lies_over_a_number(pages: dict[str, str], language: str) -> None:
    counted = 0
    for drawing in tree(pages[language]).iter(SVG):
        outlines = [rect for rect in drawing.iter(f"{SVG[:-3]}rect") if rect.get("class") == "mark"]
        for outline, box in itertools.product(outlines, list(boxes(drawing))):
            assert not crosses(outline, box), (drawing.findtext(f"{SVG[:-3]}title"), outline.attrib, box)
            counted += 1
    assert counted > 1000


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_are_counted_and_none_shows_what_an_earlier_one_does(pages: dict[str, str], language: str) -> None:
    page = tree(pages[language])
    figures = list(page.iter("figure"))
    named = [words_in(language).figure.format(number=number) for number in range(1, len(figures) + 1)]
    assert [text_of(figure.findall(".//figcaption//b")[0]) for figure in figures] == named
    assert [figure.get("id") for figure in figures] == [f"figure-{number}" for number in range(1, len(figures) + 1)]
    drawn: list[Shown] = []
    for drawing in (figure.find(f".//{SVG}") for figure in figures if figure.get("class") == "picture"):
        assert drawing is not None
        shown = shown_in(ElementTree.tostring(drawing, encoding="unicode"))
        assert not any(shown <= earlier for earlier in drawn)
        drawn.append(shown)
    references = [link for link in page.iter("a") if link.get("href", "").startswith("#figure-")]
    assert len(references) > 3


def test_a_figure_marks_all_that_its_number_was_computed_from(pages: dict[str, str]) -> None:
    """A share is made of the whole row of logits, though only one of them is its own."""
    told = {desc.get("id"): desc.text or "" for desc in tree(pages["en"]).iter(f"{SVG[:-3]}desc")}
    assert "It was computed from logits [t=5 (C)]." in told["drawing-00-overview:2-desc"]
    sums = told["drawing-05-projection:4-desc"]
    assert "residual stream [t=5 (C), c=0]" in sums
    assert "attention output [t=5 (C), c=0]" in sums


def test_what_was_taken_from_another_text_has_its_letters(pages: dict[str, str]) -> None:
    name = "drawing-13-look-inside:4-title"
    (drawing,) = (each for each in tree(pages["en"]).iter(SVG) if (each.get("aria-labelledby") or "").startswith(name))
    gathered, probabilities = (group for group in drawing.iter(f"{SVG[:-3]}g") if group.get("class") == "excerpt")
    assert {"0 B", "1 A", "2 A", "3 C", "4 B", "5 C", "6 A"} <= set(gathered.itertext())
    assert {"0 C", "1 B", "2 A", "3 B", "4 B", "5 C", "6 A"} <= set(probabilities.itertext())
    framed = [any(rect.get("class") == "taken" for rect in table.iter()) for table in (gathered, probabilities)]
    assert framed == [True, False]
    assert any("replaced" in text for text in drawing.itertext())


@pytest.mark.parametrize("language", LANGUAGES)
def test_models_beside_one_another_are_all_seen(pages: dict[str, str], language: str) -> None:
    drawings = [each for each in tree(pages[language]).iter(SVG) if each.get("class") == "squares"]
    assert len(drawings) == 2
    for drawing in drawings:
        shapes = [float(rect.get("width", "")) for rect in drawing.iter(f"{SVG[:-3]}rect")]
        assert min(shapes) >= 4
        assert len(drawing.findall(f"{SVG[:-3]}text")) == len(shapes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_leads_to_the_chapters_that_speak_of_a_thing(pages: dict[str, str], language: str) -> None:
    (glossary,) = (section for section in tree(pages[language]).iter("section") if section.get("id") == "glossary")
    for entry in glossary.findall("dl/div"):
        for link in entry.findall(".//span[@class='see']/a"):
            chapter = link.get("href", "").removeprefix("#")
            text = (
                pages[language]
                .split(f'<section class="chapter" id="{chapter}"')[1]
                .split('<section class="chapter"')[0]
            )
            assert f'href="#{entry.get("id")}"' in text


def test_where_answers_are_is_said_once(pages: dict[str, str]) -> None:
    assert all(pages[language].count(words_in(language).to_answer) == 1 for language in LANGUAGES)


ONE = """---
title: One
summary: One.
---
```stage
focus: output
note: "{page}click{article}look{end}"
```
{page}Click on{article}Look at{end} it{article}, on paper{end}.

{page}

```widget
kind: sampling
```

{article}

```widget
kind: heads
```

{end}

{if correct}

Right.

```exercise
question: Click on the likeliest letter.
answer: {tensor: probs, at: {t: answer, v: "argmax(probs[answer])"}}
praise: That is it.
```

```exercise
question: Click on any number.
answer: {tensor: embed}
pencil: Which is larger, {probs[answer, A]:.1f} or {probs[answer, B]:.1f}?
solution: The first.
```

{else}

Wrong.

{end}

```stage
```
{page}Drag it.{end}
"""


@pytest.fixture
def short(tmp_path: Path, nano_model: Model) -> Lesson:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "01-one.md").write_text(ONE)
    lesson = compile_lesson(tmp_path, Subject.of(nano_model))
    assert not lesson.problems, lesson.problems
    return lesson


def test_the_article_has_words_of_its_own(short: Lesson, nano_model: Model) -> None:
    said = article(short, "en", nano_model, LETTERS)
    text = text_of(tree(said))
    assert "Look at it, on paper." in text
    assert "Drag" not in text
    assert "Wrong" not in text
    assert "click" not in text
    assert "head 0" in text
    assert "temperature" not in text
    page = chapter_for(short, "en", "01-one", nano_model, nano_model.tokens(LETTERS))
    first, second = page["steps"]
    assert "Click on it." in first["html"]
    assert first["cue"]["note"] == "click"
    assert [widget["kind"] for widget in first["widgets"]] == ["sampling"]
    assert re.findall(r'data-widget="(\d)"', first["html"]) == ["0"]
    assert "Drag it." in second["html"]


def test_an_article_of_own_lessons_has_their_title(short: Lesson, lesson: Lesson, nano_model: Model) -> None:
    def titles(told: Lesson, slug: str | None = None) -> list[str]:
        page = tree(article(told, "en", nano_model, LETTERS, slug=slug))
        return [text_of(element) for name in ("head/title", "body/header/h1") for element in page.findall(name)]

    tour = "How a GPT works, number by number"
    assert titles(lesson) == [tour, tour]
    assert titles(short) == titles(short, "01-one") == ["One", "One"]
    (short.folder / "en" / "02-two.md").write_text(ONE.replace("One", "Two"))
    two = compile_lesson(short.folder, Subject.of(nano_model))
    assert titles(two) == [f"Lessons about {nano_model.name}"] * 2
    assert titles(two, "02-two") == [f"Two · Lessons about {nano_model.name}", f"Lessons about {nano_model.name}"]


def test_where_no_word_is_explained_there_is_no_glossary(short: Lesson, nano_model: Model) -> None:
    page = tree(article(short, "en", nano_model, LETTERS))
    assert not short.glossaries["en"].terms
    assert not [section for section in page.iter("section") if section.get("id") == "glossary"]
    (contents,) = (nav for nav in page.iter("nav") if nav.get("class") == "contents")
    assert not [link for link in contents.iter("a") if link.get("href") == "#glossary"]


def test_one_minute_is_one(short: Lesson, nano_model: Model) -> None:
    assert "<p>Reading time: about 1 minute</p>" in article(short, "en", nano_model, "CBABBC")


def test_an_exercise_is_a_question_for_a_pencil(short: Lesson, nano_model: Model) -> None:
    page = tree(article(short, "en", nano_model, LETTERS))
    one, two = (text_of(element) for element in page.iter("div") if element.get("class") == "exercise")
    probs = nano_model.trace(LETTERS)["probs"]
    assert f"t=5 (C){formatted(float(probs[5, 0]), '')}" in one
    assert "Which is larger, 1.0 or 0.0?" in two
    assert "Click" not in two
    (answers,) = (text_of(section) for section in page.iter("section") if section.get("class") == "answers")
    assert f"Question 1probabilities [t=5 (C), v=0 (A)] = {formatted(float(probs[5, 0]), '')}" in answers
    assert "Question 2The first." in answers
    assert "That is it" not in answers
    drawn = [entry for section in page.iter("section") if section.get("class") == "answers" for entry in section[1]]
    assert [entry.find(f".//{SVG}") is not None for entry in drawn] == [True, False]


def test_one_chapter_can_be_had_alone(lesson: Lesson, nano_model: Model) -> None:
    page = article(
        lesson, "ja", nano_model, LETTERS, place=Place.on_server("nano", alone=True), slug="04-self-attention"
    )
    assert 'qk = np.einsum("htd,hsd-&gt;hts", q, k) / np.sqrt(16)' in page
    chapters = [section.get("id") for section in tree(page).iter("section") if section.get("class") == "chapter"]
    assert chapters == ["04-self-attention", "glossary", "references"]
    assert 'href="../../read/ja/05-projection?model=nano&amp;text=CBABBC"' in page
    with pytest.raises(PellucidError, match="no chapter"):
        article(lesson, "ja", nano_model, LETTERS, slug="99-nothing")
    with pytest.raises(PellucidError, match="no lessons in 'de'"):
        article(lesson, "de", nano_model, LETTERS)


def test_a_chapter_that_does_not_fit_the_model_says_why() -> None:
    other = random_model()
    lesson = compile_lesson(TOUR, Subject.of(other))
    assert not any(lesson.fits(chapter) for chapter in lesson.chapters["en"])
    page = article(lesson, "en", other, "ABCABC", place=Place.on_server("other", alone=False))
    unfit = {text_of(element) for element in tree(page).iter("p") if element.get("class") == "unfit"}
    assert unfit
    assert unfit == {"This chapter speaks of what this model does not have, so it cannot be shown for it."}


def test_every_widget_has_its_form_on_paper() -> None:
    assert set(DRAWN) == set(WIDGETS)


def test_it_can_be_written_to_a_file_that_stands_for_itself(nano_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "tour.html"
    program = str(Path(sys.executable).with_name("pellucid"))
    command = [program, "lessons", "--article", str(file), "--language", "ja", "--model", str(nano_folder)]
    done = subprocess.run([*command, "--text", "BACCAB"], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    page = file.read_text(encoding="utf-8")
    assert "B A C C A B" in page
    assert {link.get("href", "#")[:1] for link in tree(page).iter("a")} <= {"#", "h"}
    assert "<form" not in page
    refused = subprocess.run([*command, "--text", "BX"], capture_output=True, text=True, timeout=600, check=False)
    assert refused.returncode == 2
    assert "'X' is not in this model's alphabet" in refused.stderr


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{https://elsewhere.example}{x}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//elsewhere.example/x.png)}{x}",
        r"\class{skip}{x}",
        r"\rule{1em}{2em}",
        "{" * 5000 + "x" + "}" * 5000,
    ],
)
def test_a_formula_that_does_more_than_set_stays_as_it_is(latex: str) -> None:
    assert mathml(latex, "inline") is None
    assert formula(latex, "inline") == f"<code>{html.escape(latex)}</code>"


def test_a_file_of_its_own_says_what_it_may_do(lesson: Lesson, nano_model: Model) -> None:
    policy = 'http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src'
    assert policy in article(lesson, "en", nano_model, "CBABBC")
    assert policy not in article(lesson, "en", nano_model, "CBABBC", place=Place.on_server("nano", alone=False))
