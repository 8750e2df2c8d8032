"""The guided tour that comes with the program: without mistakes, in step, true for every question, quick to compile."""

import itertools
import re
from typing import Any

import pytest

from pellucid.lessons import TOUR, Lesson, Subject, chapter_for, compile_lesson
from pellucid.lessons.chapter import Chapter
from pellucid.lessons.prose import plain
from pellucid.lessons.report import minutes
from pellucid.run.model import Model

FEWEST_STEPS = 4
LONGEST = 40.0
"""In minutes of careful reading, the appendix among them."""
WIDE = "[\u3040-\u30ff\u4e00-\u9fff\u3001\u3002]"


@pytest.fixture(scope="module")
def tour() -> Lesson:
    return compile_lesson(TOUR)


def every_chapter(lesson: Lesson) -> list[Chapter]:
    return [chapter for chapters in lesson.chapters.values() for chapter in chapters]


def text_of(answer: dict[str, Any]) -> str:
    exercises = [text for step in answer["steps"] for exercise in step["exercises"] for text in exercise.values()]
    texts = [step["html"] for step in answer["steps"]] + [text for text in exercises if isinstance(text, str)]
    words = plain(re.sub(r'<span data-value="\d+">([^<]*)</span>', r"\1", text) for text in texts)
    return " ".join(words.split())


def test_nothing_is_wrong_with_it(tour: Lesson) -> None:
    assert not tour.problems, "\n".join(map(str, tour.problems))
    assert {"en", "ja"} <= tour.chapters.keys()


def test_it_is_read_in_one_sitting(tour: Lesson) -> None:
    assert all(minutes(chapters) <= LONGEST for chapters in tour.chapters.values())


def test_every_chapter_has_steps_that_change_what_is_seen(tour: Lesson) -> None:
    for chapter in every_chapter(tour):
        assert len(chapter.steps) >= FEWEST_STEPS, chapter.slug
        for before, after in itertools.pairwise(chapter.steps):
            said = [step.cue.to_json() for step in (before, after)]
            assert said[0] != said[1], f"{chapter.slug}: {plain([after.title])}"


def test_every_step_has_a_title_and_every_chapter_an_exercise(tour: Lesson) -> None:
    for chapter in every_chapter(tour):
        assert all(step.title for step in chapter.steps), chapter.slug
        assert any(step.exercises for step in chapter.steps), chapter.slug


def test_its_numbers_are_those_of_the_run(tour: Lesson, nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    answer = nano_model.generate("CBABBC")
    longer = nano_model.trace("CBABBC" + answer[:3])
    for language in tour.chapters:
        text = text_of(chapter_for(tour, language, "00-overview", nano_model, [2, 1, 0, 1, 1, 2]))
        assert answer == "ABBBCC"
        for expected in (
            "C B A B B C",
            "2 1 0 1 1 2",
            "A B B B C C",
            "C B A B B C A B B",
            f"{100 * float(run['probs'][5, 0]):.2f}%",
            f"{100 * float(longer['probs'][8, 1]):.2f}%",
            "85,728",
            "182",
        ):
            assert expected in text, (language, expected)


def test_its_text_is_true_for_other_letters(tour: Lesson, nano_model: Model) -> None:
    for letters in ("AAAAAA", "CCCCCC", "CBACBA", "ABCABC", "BACCAB"):
        tokens = nano_model.tokens(letters)
        for chapter in every_chapter(tour):
            text = text_of(chapter_for(tour, chapter.language, chapter.slug, nano_model, tokens))
            if chapter.slug == "00-overview":
                assert " ".join(letters) in text
                assert " ".join(sorted(letters)) in text


def test_it_says_so_when_the_model_is_wrong(tour: Lesson, random_nano: Model) -> None:
    tokens = [2, 1, 0, 1, 1, 2]
    assert random_nano.generate(tokens) != "ABBBCC"
    for language, said in (("en", "The right answer would have been A B B B C C"), ("ja", "正しくは A B B B C C です")):
        text = text_of(chapter_for(tour, language, "00-overview", random_nano, tokens))
        assert said in text
        assert "729" in text
        assert "600" in text
        assert "100" in text


def test_it_says_so_when_nothing_is_known_of_the_accuracy(tour: Lesson, random_nano: Model) -> None:
    about = {"task": random_nano.task}
    model = Model("nano", random_nano.config, random_nano.parameters, random_nano.vocabulary, about)
    text = text_of(chapter_for(tour, "en", "00-overview", model, [0] * 6))
    assert "How often this model is right has not been recorded." in text
    assert "—" not in text


def test_exercises_have_answers_that_exist(tour: Lesson, nano_model: Model) -> None:
    for chapter in every_chapter(tour):
        answer = chapter_for(tour, chapter.language, chapter.slug, nano_model, [2, 1, 0, 1, 1, 2])
        for exercise in itertools.chain.from_iterable(step["exercises"] for step in answer["steps"]):
            assert exercise["answer"]
            assert exercise["hint"]
            for region in exercise["answer"]:
                shape = nano_model.trace("CBABBCABBBC")[region["tensor"]].shape
                assert all(
                    0 <= first < end <= size for (first, end), size in zip(region["at"].values(), shape, strict=True)
                )


def test_japanese_has_no_spaces_inside(tour: Lesson, nano_model: Model) -> None:
    for chapter in tour.chapters["ja"]:
        answer = chapter_for(tour, "ja", chapter.slug, nano_model, [2, 1, 0, 1, 1, 2])
        html = " ".join(step["html"] for step in answer["steps"])
        words = re.sub(r"</?(strong|em|a|span)[^>]*>", "", html)
        assert not re.findall(rf"{WIDE}\s{WIDE}", words)
    for term in tour.glossaries["ja"].terms.values():
        assert not re.findall(rf"{WIDE}\s{WIDE}", term.definition)


def test_it_fits_a_model_of_the_same_kind(nano_model: Model) -> None:
    assert not compile_lesson(TOUR, Subject.of(nano_model)).problems
