"""What the tour claims is so: for ten trainings, and for twenty questions each."""

from collections.abc import Iterator, Sequence

import pytest
from lesson_files import Write

import pellucid
from pellucid.lessons import TOUR, Lesson, Subject, compile_lesson
from pellucid.lessons.chapter import Chapter, Step
from pellucid.lessons.claims import PROMPTS as MOST
from pellucid.lessons.claims import false_claims, prompts, wrong
from pellucid.lessons.moment import Lens, Moment
from pellucid.lessons.prose import filled_html
from pellucid.run.model import Model
from pellucid.run.trace import Run

SEEDS = range(10)
CLAIMING = 9
"""So many chapters of each language at least claim something that a run can show."""
PROMPTS = (
    *("CBABBC", "AAAAAA", "BBBBBB", "CCCCCC", "ABCABC", "CBACBA", "BACCAB", "AABBCC", "CCBBAA", "ACACAC"),
    *("BABABA", "CBCBCB", "AAAAAB", "BAAAAA", "ACCCCC", "CCCCCA", "ABBBBC", "CABABB", "BCCBAB", "ACBBCA"),
)


def moments(chapters: Sequence[Chapter], model: Model, prompt: str) -> Iterator[tuple[str, Step, Moment]]:
    """The steps that claim something, with where they stand, on the page and in the article."""
    for on_page in (True, False):
        lens = Lens(model.trace(prompt), on_page=on_page)
        for chapter in chapters:
            for number, step in enumerate(chapter.steps, start=1):
                if step.claims:
                    yield f"{chapter.language}/{chapter.slug}.md, step {number}", step, step.cue.moment(lens)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_tour_claims_is_so(seed: int, nano_model: Model) -> None:
    model = nano_model if seed == 0 else pellucid.train("sort", seed=seed)
    lesson = compile_lesson(TOUR, Subject.of(model))
    chapters = [chapter for found in lesson.chapters.values() for chapter in found]
    found = false_claims(chapters, model, [model.tokens(prompt) for prompt in PROMPTS])
    assert not found, "\n".join([f"training with seed {seed}:", *map(str, found[:20])])


def test_every_claim_that_is_written_is_made(nano_model: Model) -> None:
    """A claim that stands where no branch leads would be checked by nobody."""
    lesson = compile_lesson(TOUR, Subject.of(nano_model))
    chapters = [chapter for found in lesson.chapters.values() for chapter in found]
    written = {
        f"{chapter.language}/{chapter.slug}": chapter.source.path.read_text("utf-8").count("{check ")
        for chapter in chapters
    }
    for language in lesson.chapters:
        assert sum(count > 0 for name, count in written.items() if name.startswith(f"{language}/")) >= CLAIMING
    known = {
        f"{chapter.language}/{chapter.slug}": sum(len(step.claims) for step in chapter.steps) for chapter in chapters
    }
    assert known == written
    made = {
        (where, claim.line, claim.text)
        for prompt in PROMPTS
        for where, step, moment in moments(chapters, nano_model, prompt)
        for claim in step.claims
        if claim.is_made(moment)
    }
    assert len(made) == len(
        {
            (f"{chapter.language}/{chapter.slug}.md, step {number}", claim.line, claim.text)
            for chapter in chapters
            for number, step in enumerate(chapter.steps, start=1)
            for claim in step.claims
        }
    )


def claims_of(lesson: Lesson, run: Run) -> list[str]:
    assert not lesson.problems, lesson.problems
    (chapter,) = lesson.chapters["en"]
    moment = chapter.steps[0].cue.moment(Lens(run))
    return [claim.text for claim in wrong(chapter.steps[0].claims, moment)]


def test_a_claim_that_is_not_so_is_found_where_it_is_made(write: Write, run: Run) -> None:
    text = """{check length == 6}True.{check length == 7} {if length == 7}{check 1 == 2}{else}No.{check 2 == 3}{end}

{if length == 7}

{check 3 == 4}

{else}

Words {if length == 6}a{check 4 == 5}{else}b{check 5 == 6}{end}.

{end}

{page}{check 6 == 7}{article}{check 7 == 8}{end}
"""
    lesson = write({"en/01-one.md": f"```stage\nfocus: output\n```\n{text}"})
    assert claims_of(lesson, run) == ["length == 7", "2 == 3", "4 == 5", "6 == 7"]
    assert "check" not in lesson.chapter("en", "01-one").steps[0].html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{= 1.25 + 2.5:.2f}", "= 3.75"),
        ("{= sqrt(2) + sqrt(3):.2f}", "≈ 3.15"),
        ("{= sqrt(2) + sqrt(2):.1f}", "= 2.8"),
        ("{= sqrt(2) * sqrt(3):.2f}", "≈ 2.45"),
        ("{= sqrt(2) - sqrt(3):(.2f)}", "= (−0.32)"),
        ("{= length + last}", "= 11"),
        ("{= 1 / 3:.1%}", "= 33.3%"),
        (r"$1 \value{= sqrt(2) + sqrt(3):.2f}$", r"1 \approx 3.15"),
    ],
)
def test_a_result_says_whether_printed_numbers_give_it(text: str, expected: str, write: Write, run: Run) -> None:
    lesson = write({"en/01-one.md": f"```stage\nfocus: output\n```\n{text}"})
    assert not lesson.problems, lesson.problems
    step = lesson.chapter("en", "01-one").steps[0]
    moment = step.cue.moment(Lens(run))
    assert expected in filled_html(step.html, [place.fill(moment) for place in step.places])


@pytest.mark.parametrize("text", ["{check length}", "{check}", "{= letter(0)}"])
def test_what_is_no_claim_and_no_number_is_refused(text: str, write: Write) -> None:
    assert write({"en/01-one.md": f"```stage\nfocus: output\n```\nText. {text}"}).problems


def test_a_false_claim_is_told_with_its_line_and_a_prompt(write: Write, nano_model: Model) -> None:
    text = "Sure.{check max(probs[answer]) > 2}\n\nTwo.{check count(tokens == A) == 0}{if correct}{check 1 == 1}{end}\n"
    lesson = write({"en/01-one.md": f"```stage\nfocus: output\n```\n{text}"})
    asked = [nano_model.tokens(prompt) for prompt in ("CCCCCC", "CBABBC", "BBBBBB")]
    path = lesson.folder / "en/01-one.md"
    assert [str(problem) for problem in false_claims(lesson.chapters["en"], nano_model, asked)] == [
        f"{path}:8: the claim 'max(probs[answer]) > 2' is not so for CCCCCC and 2 more of 3 prompts.",
        f"{path}:10: the claim 'count(tokens == A) == 0' is not so for CBABBC.",
    ]


def test_claims_are_looked_at_for_prompts_from_all_over_the_task(nano_model: Model) -> None:
    first = nano_model.tokens("CBABBC")
    found = prompts(nano_model, first)
    assert found[0] == tuple(first)
    assert MOST // 2 < len(found) == len({*found}) <= MOST
    assert {question[0] for question in found} == {0, 1, 2}
