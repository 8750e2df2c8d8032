"""Text: live values, conditions, references and formulas; and that nothing in it becomes HTML of the author's own."""

import html.parser
import re
from pathlib import Path

import numpy as np
import pytest
from lesson_files import OneStep, Write

from pellucid.lessons.chapter import Chapter
from pellucid.lessons.filling import fill, filled
from pellucid.lessons.formats import formatted
from pellucid.lessons.moment import Lens
from pellucid.lessons.prose import filled_html, plain
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.run.vocabulary import Vocabulary

ROOT = Path(__file__).parents[2]


def chapter_of(write: Write, text: str, cue: str = "focus: output") -> Chapter:
    lesson = write({"en/01-one.md": f"```stage\n{cue}\n```\n{text}\n"})
    assert not lesson.problems, lesson.problems
    return lesson.chapter("en", "01-one")


def said(write: Write, run: Run, text: str, cue: str = "focus: output") -> str:
    """The words of the step, for that run."""
    chapter = chapter_of(write, text, cue)
    return re.sub(r"<[^>]*>", "", filled_html(chapter.steps[0].html, fill(chapter.compiled, Lens(run)))).strip()


# Live values.


def test_places_are_left_and_filled_in(write: Write, run: Run) -> None:
    chapter = chapter_of(write, "After {letters}: *{probs[answer, A]:.3f}*.")
    assert chapter.steps[0].html == (
        '<p>After <span data-value="0"></span>: <em><span data-value="1"></span></em>.</p>\n'
    )
    probability = f"{float(run['probs'][5, 0]):.3f}"
    values = fill(chapter.compiled, Lens(run))
    assert [value.text for value in values] == ["C B A B B C", probability]
    assert [region.to_json() for region in values[1].cells] == [{"tensor": "probs", "at": {"t": [5, 6], "v": [0, 1]}}]
    assert filled_html(chapter.steps[0].html, values) == (
        f'<p>After <span data-value="0">C B A B B C</span>: <em><span data-value="1">{probability}</span></em>.</p>\n'
    )


def test_other_letters_make_another_text(write: Write, random_nano: Model) -> None:
    for letters in ("CBABBC", "AABBCC"):
        run = random_nano.trace(letters)
        expected = f"{letters[0]} {float(run['embed'][0, 3]):.4f}".replace("-", "−")
        assert said(write, run, "{letter(tokens[0])} {embed[0, 3]:.4f}") == expected


def test_places_are_numbered_through_the_chapter(write: Write, run: Run) -> None:
    lesson = write({"en/01-one.md": "```stage\ngenerated: 1\n```\n{last}\n```stage\nnote: '{length}'\n```\n{last}\n"})
    chapter = lesson.chapter("en", "01-one")
    assert [place.number for step in chapter.steps for place in step.places] == [0, 1, 2]
    assert [value.text for value in fill(chapter.compiled, Lens(run))] == ["6", "6", "5"]
    assert filled(chapter.compiled, run)["steps"][1]["cue"]["note"] == '<span data-value="1">6</span>'


def test_braces_can_be_written(write: Write, run: Run) -> None:
    assert said(write, run, r"\{letters\} and `{letters}`") == "{letters} and {letters}"


def test_what_looks_like_a_link_can_be_written(write: Write, run: Run) -> None:
    assert said(write, run, r"[x\](cell:a b) and `[x](cell:a b)`") == "[x](cell:a b) and [x](cell:a b)"


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.5, "", "0.5000"),
        (6, "", "6"),
        (-3.0, "", "−3"),
        (1234.56, "", "1235"),
        (123456.7, "", "123457"),
        (1.5e-7, "", "1.500×10⁻⁷"),
        (2.5e12, "", "2.500×10¹²"),
        (-0.123456, ".3f", "−0.123"),
        (0.25, "+.1f", "+0.2"),
        (85728, ",", "85,728"),
        (3, ".2f", "3.00"),
        (0.98765, ".1%", "98.8%"),
        (0.98765, "%", "98.77%"),
        (0.99998, ".1%", "99.998%"),
        (0.99998, "%", "99.9980%"),
        (0.9999996, "%", "&gt; 99.9999%"),
        (0.99999999, "%", "100.00%"),
        (1e-9, "%", "&lt; 0.0001%"),
        (1.0, "%", "100.00%"),
        (0.0, ".0%", "0%"),
        (float("nan"), ".1%", "—"),
        (float("-inf"), "", "−∞"),
        ("<&>", "", "&lt;&amp;&gt;"),
        (-0.0664, "(.3f)", "(−0.066)"),
        (0.0664, "(.3f)", "0.066"),
        (-0.25, "()", "(−0.2500)"),
        (0.25, "()", "0.2500"),
        (float("-inf"), "()", "(−∞)"),
    ],
)
def test_formats(value: float | str, spec: str, text: str) -> None:
    assert formatted(value, spec) == text


# Formulas.


def test_formulas_pass_through_with_values_inside(write: Write, run: Run) -> None:
    text = r"""So $\frac{1}{\value{size.c}} \sum_c x_{t,c} < \value{-1234.5:,.1f}$, and

$$
\mathrm{\value{letter(tokens[0])}} = \value{probs[answer, A]:.1%}
$$
"""
    chapter = chapter_of(write, text)
    filled_in = filled_html(chapter.steps[0].html, fill(chapter.compiled, Lens(run)))
    percent = f"{100 * float(run['probs'][5, 0]):.1f}"
    assert r'<span class="math inline">\frac{1}{48} \sum_c x_{t,c} &lt; -1{,}234.5</span>' in filled_in
    assert rf'<div class="math block">{chr(10)}\mathrm{{\text{{C}}}} = {percent}\%{chr(10)}</div>' in filled_in


@pytest.mark.parametrize(("number", "said"), [("0.066", "0.066"), ("-0.066", "(-0.066)")])
def test_parentheses_stand_around_what_is_negative(number: str, said: str, write: Write, run: Run) -> None:
    chapter = chapter_of(write, rf"$1 - \value{{{number}:(.3f)}} \cdot \value{{{number}:()}}$")
    found = filled_html(chapter.steps[0].html, fill(chapter.compiled, Lens(run)))
    assert re.sub("<[^>]*>", "", found).strip() == rf"1 - {said} \cdot {said}"


def test_letters_cannot_break_a_formula(write: Write, random_nano: Model) -> None:
    letters = Vocabulary(["<", "_", "\\"])
    odd = Model("odd", random_nano.config, random_nano.parameters, letters, random_nano.about)
    chapter = chapter_of(write, r"$\value{letter(tokens[0])} \value{letter(tokens[1])} \value{letter(tokens[2])}$")
    found = filled_html(chapter.steps[0].html, fill(chapter.compiled, Lens(odd.trace("<_\\<<<"))))
    assert r"\text{&lt;} \text{\_} \text{\textbackslash{}}" in found


def test_a_dollar_is_not_always_a_formula(one_step: OneStep) -> None:
    assert one_step("It costs $5 or $6.") == "<p>It costs $5 or $6.</p>\n"


# Conditions.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{if tokens[0] == C}*yes*{end}", "yes"),
        ("{if tokens[0] == A}yes{end}", ""),
        ("{if tokens[0] == A}A{else}not A{end}", "not A"),
        ("{if tokens[0] == A}A{else if tokens[0] == B}B{else if tokens[0] == C}C{else}none{end}", "C"),
        ("{if length == 6}{if last == 4}a{else}b{length}{end}{else}c{end}", "b6"),
        ("{if length == 6}a{end}{if length == 7}b{end}{if\nlength == 6}c{end}", "ac"),
        ("{page}a{article}b{end}{article}c{end}", "a"),
        ("{page}{if length == 7}a{else}b{end}{article}c{end}", "b"),
        ("{if length == 6}\n\na\n\n{page}\n\nb\n\n{end}\n\n{else}\n\nc\n\n{end}", "a\n\nb"),
    ],
)
def test_conditions(text: str, expected: str, write: Write, run: Run) -> None:
    assert said(write, run, text) == expected


# References.


@pytest.mark.parametrize(
    ("target", "attribute"),
    [
        ("tensor:blocks.0.attn.q", 'data-tensor="blocks.0.attn.q"'),
        ("tensor:logits", 'data-tensor="logits"'),
        ("tensor:transformer.wte", 'data-tensor="embed"'),
        ("part:blocks.0.attn", 'data-part="blocks.0.attn"'),
        ("axis:c", 'data-axis="c"'),
        ("cell:probs[t=answer,v=A]", 'data-cell="0"'),
        ("<cell:probs[answer, A]>", 'data-cell="0"'),
        ("chapter:01-one", 'data-chapter="01-one"'),
    ],
)
def test_references(target: str, attribute: str, one_step: OneStep) -> None:
    assert one_step(f"See [*it*]({target}).") == (
        f'<p>See <a {attribute} role="button" tabindex="0"><em>it</em></a>.</p>\n'
    )


def test_a_reference_to_a_cell_is_resolved_for_the_run(write: Write, run: Run) -> None:
    chapter = chapter_of(write, "[it](cell:probs[t=answer,v=A])")
    (pointer,) = fill(chapter.compiled, Lens(run))
    assert [region.to_json() for region in pointer.cells] == [{"tensor": "probs", "at": {"t": [5, 6], "v": [0, 1]}}]


def test_terms(write: Write) -> None:
    lesson = write(
        {
            "en/glossary.yaml": "logit: {word: logit, definition: A number.}",
            "en/01-one.md": "```stage\n```\nA [logit](term:logit).\n",
        }
    )
    assert not lesson.problems
    assert 'data-term="logit"' in lesson.chapter("en", "01-one").steps[0].html


def test_web_addresses_open_elsewhere(one_step: OneStep) -> None:
    assert one_step("[paper](https://arxiv.org/abs/1706.03762)") == (
        '<p><a href="https://arxiv.org/abs/1706.03762" target="_blank" rel="noopener noreferrer">paper</a></p>\n'
    )


# Japanese.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("確率は\n高い。\nそして", "確率は高い。そして"),
        ("確率は\n`A` です", "確率は\nA です"),
        ("**太字**\n[参照](tensor:logits)\n本文", "太字参照本文"),
        ("答え{if length == 6}。{end}\n次", "答え。次"),
        ("文字は\n{length}\n個", "文字は\n6\n個"),
        ("文字ごとに、\n{length}\n個（\n`A`\n）", "文字ごとに、6\n個（A）"),
        ("a word\nand another", "a word\nand another"),
    ],
)
def test_a_line_end_inside_japanese_is_no_space(text: str, expected: str, write: Write, run: Run) -> None:
    assert said(write, run, text) == expected


def test_a_folded_line_of_yaml_inside_japanese_is_no_space(write: Write, run: Run) -> None:
    chapter = chapter_of(write, "本文", "focus: output\nnote: >-\n  確率は\n  高い\n  ABC 順\n  x")
    assert chapter.steps[0].note == "<p>確率は高い ABC 順 x</p>\n" or chapter.steps[0].note == "確率は高い ABC 順 x"


# Hyphens.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as in GPT-3.", 'as in <span class="unbroken">GPT-3</span>.'),
        ("最大のGPT-2は", '最大の<span class="unbroken">GPT-2</span>は'),
        ("**top-k** or [top-p](term:sampling)", '<span class="unbroken">top-k</span></strong> or'),
        ("**top-k** or [top-p](term:sampling)", '><span class="unbroken">top-p</span></a>'),
        ("`GPT-3` by self-attention, 1-2 or a-b-c", "<code>GPT-3</code> by self-attention, 1-2 or a-b-c"),
    ],
)
def test_no_line_ends_after_the_hyphen_of_a_name(text: str, expected: str, write: Write) -> None:
    files = {"en/01-one.md": f"```stage\nfocus: output\n```\n{text}\n"}
    files["en/glossary.yaml"] = "sampling: {word: sampling, definition: as in top-k}"
    lesson = write(files)
    assert expected in lesson.chapter("en", "01-one").steps[0].html
    assert lesson.glossary("en").terms["sampling"].definition == 'as in <span class="unbroken">top-k</span>'


@pytest.mark.parametrize("sheet", ["src/pellucid/lessons/article/article.css", "web/src/panels/tour/Prose.svelte"])
def test_both_views_keep_such_names_on_one_line(sheet: str) -> None:
    rule = re.search(r"\.unbroken\)?[^{}]*\{([^}]*)\}", (ROOT / sheet).read_text(encoding="utf-8"))
    assert rule is not None
    assert "white-space: nowrap" in rule[1]


# Injection.

TAGS = {"p", "em", "strong", "a", "span", "div", "code", "pre", "ul", "ol", "li", "blockquote", "br", "hr"}
ATTRIBUTES = {"class", "href", "target", "rel", "role", "tabindex", "data-value", "data-tensor", "data-cell", "start"}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "x <b onclick=alert(1)>y</b>",
    "<!--if 0-->x<!--end 0-->",
    '<span data-value="0"></span>',
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```python\n<script>alert(1)</script>\n```",
    "$<script>alert(1)</script>$",
    "$$\n</div><script>alert(1)</script>\n$$",
    r"$\value{letters}</span><script>alert(1)</script>$",
    "&lt;script&gt; &#60;script&#62; &#x3C;script>",
    '[x](https://example.org/"onclick="alert(1))',
    '[x](https://example.org/ "onclick=alert(1)")',
    "<https://example.org/?<script>>",
    "[<script>](tensor:logits)",
    "**<svg/onload=alert(1)>**",
    "| <td> | b |\n| --- | --- |\n| <script> | {letters} |",
]


class Seen(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.targets: set[str] = set()
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.targets.update(value or "" for name, value in attrs if name == "href")

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_becomes_html_of_the_authors_own(attack: str, write: Write, run: Run) -> None:
    chapter = chapter_of(write, attack)
    page = Seen()
    page.feed(filled_html(chapter.steps[0].html, fill(chapter.compiled, Lens(run))))
    assert page.tags <= TAGS | {"table", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes <= ATTRIBUTES
    assert all(target.startswith("https://") for target in page.targets)
    assert not page.comments


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "http://example.org",
        "/etc/passwd",
        "#",
    ],
)
def test_other_addresses_are_refused(target: str, write: Write) -> None:
    lesson = write({"en/01-one.md": f"```stage\n```\n\nText [x]({target})\n"})
    (problem,) = lesson.problems
    assert problem.line == 8
    assert f"the link '{target}' leads nowhere" in problem.message
    assert "href" not in lesson.chapter("en", "01-one").steps[0].html


def test_a_letter_of_the_vocabulary_is_escaped(write: Write, random_nano: Model) -> None:
    odd = Model("odd", random_nano.config, random_nano.parameters, Vocabulary(["<", "&", '"']), random_nano.about)
    chapter = chapter_of(write, "{letters}")
    found = filled_html(chapter.steps[0].html, fill(chapter.compiled, Lens(odd.trace('<&"<<<'))))
    assert '<span data-value="0">&lt; &amp; &quot; &lt; &lt; &lt;</span>' in found


# Counting.


def test_words_are_counted_as_they_are_read(write: Write) -> None:
    text = "Two words, {letters} *and* {if correct}one branch{else}not the other one{end}: `code`.\n\n$x$ 日本語です。"
    (step,) = chapter_of(write, text).steps
    assert " ".join(plain([step.html]).split()) == "Two words, 0 and one branch: code . x 日本語です。"
    assert step.counts == (8, 5)
    assert step.words == 13
    assert step.seconds == round(60 * (8 / 200 + 5 / 500))


def test_of_a_formula_only_what_is_read_is_counted(write: Write) -> None:
    text = r"So $\hat{X}_{t,c}$ is" + "\n\n" + r"$$\frac{1}{\value{size.c}} \sum_{c} \left(X_{t,c}\right)$$"
    (step,) = chapter_of(write, text).steps
    assert step.counts == (6, 0), "so, X with its indices, is; 1 over a number, c, X with its indices"


def test_every_number_of_a_chapter_agrees_with_the_run(write: Write, run: Run) -> None:
    names = [name for name in run if run[name].ndim == 2]
    text = " ".join(f"{{{name}[2, 1]:.5f}}" for name in names)
    chapter = chapter_of(write, text, "view: home")
    for name, value in zip(names, fill(chapter.compiled, Lens(run)), strict=True):
        assert np.isclose(float(value.text.replace("−", "-")), run[name][2, 1], atol=1e-5)
