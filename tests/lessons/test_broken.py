"""Experiments that show something: a step that breaks an answer finds letters on which it does."""

import re
from pathlib import Path
from typing import Any

import pytest
from lesson_files import Write

from pellucid.lessons import Lesson, Subject, chapter_for, compile_lesson
from pellucid.lessons.article import article
from pellucid.run.model import Model
from pellucid.tasks.ablation import accuracy_with, asked, broken_by, right_with
from pellucid.tasks.sort import Sort

TEXT = (
    "{letters}|{answer_letters}|{own.letters}|{own.answer}|{if own.correct}stays{else}breaks{end}|"
    "{if broken}{broken.letters}|{broken.answer}|{broken.right}{else}none{end}|{still_right}|{still_asked}|"
    "{first_wrong}\n"
)
HARMLESS = "blocks.0.attn.z[h=0,d=0]~scale(1)"
HARMFUL = "blocks.0.attn.z[h=0]"


def lesson_of(folder: Path, model: Model, *cues: str) -> Lesson:
    (folder / "en").mkdir(exist_ok=True)
    steps = "".join(f"```stage\n{cue}\n```\n{TEXT}\n" for cue in cues)
    (folder / "en" / "01-one.md").write_text(f"---\ntitle: One\nsummary: One.\n---\n{steps}")
    lesson = compile_lesson(folder, Subject.of(model))
    assert not lesson.problems, lesson.problems
    return lesson


def said(chapter: dict[str, Any], step: int) -> list[str]:
    return re.sub("<[^>]*>", "", chapter["steps"][step]["html"]).strip().split("|")


def test_letters_are_chosen_that_the_change_breaks(tmp_path: Path, nano_model: Model) -> None:
    cue = f"off: ['{HARMFUL}']"
    lesson = lesson_of(tmp_path, nano_model, f"focus: output\n{cue}\nletters: broken", cue, "focus: output")
    questions = [nano_model.text(question) for question in broken_by(nano_model, changes(nano_model, HARMFUL)).tolist()]
    answers = {text: nano_model.generate(text, interventions=HARMFUL) for text in questions[:5]}
    first = next(text for text, answer in answers.items() if answer != "".join(sorted(text)))
    resisting = next(
        nano_model.text(question)
        for question in asked(Sort()).tolist()
        if nano_model.generate(question, interventions=HARMFUL) == nano_model.text(sorted(question))
    )
    chapter = chapter_for(lesson, "en", "01-one", nano_model, nano_model.tokens(resisting))
    own, found = " ".join(resisting), " ".join(first)
    wrong, right = " ".join(answers[first]), " ".join(sorted(first))
    count = str(int(right_with(nano_model, changes(nano_model, HARMFUL)).sum()))
    assert said(chapter, 0) == [found, wrong, own, said(chapter, 1)[1], "stays", found, wrong, right, count, "729", "5"]
    assert said(chapter, 1)[:1] == [own]
    assert said(chapter, 1)[4:] == said(chapter, 0)[4:]
    assert said(chapter, 2)[5] == "none"
    cues = [step["cue"] for step in chapter["steps"]]
    assert [cue["instead"] for cue in cues] == [nano_model.tokens(first), None, None]
    assert cues[0]["tokens"] == nano_model.tokens(first)
    page = article(lesson, "en", nano_model, resisting)
    assert page.count(f"(here the model reads {found}, the first input that this change breaks)") == 1


def test_the_readers_own_letters_stay_where_they_are_broken_or_nothing_is(tmp_path: Path, nano_model: Model) -> None:
    lesson = lesson_of(
        tmp_path,
        nano_model,
        f"focus: output\noff: ['{HARMLESS}']\nletters: broken",
        f"off: ['{HARMFUL}']\nletters: broken",
    )
    broken = broken_by(nano_model, changes(nano_model, HARMFUL))[3].tolist()
    chapter = chapter_for(lesson, "en", "01-one", nano_model, broken)
    letters = " ".join(nano_model.text(broken))
    assert said(chapter, 0)[0] == letters
    assert said(chapter, 0)[5:] == ["none", str(int(right_with(nano_model).sum())), "729", "5"]
    assert said(chapter, 1)[0] == said(chapter, 1)[5] == letters
    assert said(chapter, 1)[4] == "breaks"
    assert [step["cue"]["instead"] for step in chapter["steps"]] == [None, None]


def test_the_first_wrong_letter_is_found(tmp_path: Path, nano_model: Model) -> None:
    cue = f"focus: output\ngenerated: 5\noff: ['{HARMFUL}']\nletters: broken"
    lesson = lesson_of(tmp_path, nano_model, cue, "focus: output\ngenerated: 5")
    broken = broken_by(nano_model, changes(nano_model, HARMFUL))[3].tolist()
    chapter = chapter_for(lesson, "en", "01-one", nano_model, broken)
    written, right = (said(chapter, 0)[place].split() for place in (6, 7))
    place = next(place for place in range(6) if written[place] != right[place])
    assert said(chapter, 0)[-1] == str(5 + place)
    assert said(chapter, 1)[-1] == "5"


def test_sweeps_agree_with_what_is_counted_otherwise(nano_model: Model) -> None:
    counted = accuracy_with(nano_model, HARMFUL)
    assert (
        right_with(nano_model, changes(nano_model, HARMFUL)).sum() == counted.trained_correct + counted.heldout_correct
    )


def test_of_a_larger_task_a_sample_is_asked() -> None:
    task = Sort("ABCDEFGH", 8)
    questions = asked(task)
    assert 500 < len(questions) <= 1024
    assert len(questions) < len(task.checked) < task.questions


def changes(model: Model, text: str) -> Any:
    return model.trace("CBABBC", interventions=text).interventions


@pytest.mark.parametrize(
    ("cue", "sentence"),
    [("letters: broken", "nothing is off"), ("off: probs\nletters: mine", "letters knows no 'mine'")],
)
def test_what_cannot_be_meant_is_refused(cue: str, sentence: str, write: Write) -> None:
    (problem, *_) = write({"en/01-one.md": f"```stage\nfocus: output\n{cue}\n```\nText.\n"}).problems
    assert sentence in problem.message
