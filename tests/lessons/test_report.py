"""What `pellucid lessons` tells of a folder, what the server can ask for, and how each refuses."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lesson_files import Write
from small import random_model

import pellucid as pellucid_module
from pellucid.graph import PellucidError
from pellucid.lessons import Lesson, Subject, chapter_for, compile_lesson
from pellucid.lessons.report import lines, to_json
from pellucid.models import GPT2Config, gpt2
from pellucid.run.model import Model
from pellucid.tasks import make

CHAPTER = """---
title: First look
summary: Where the letters go in.
---

# The letters

```stage
focus: embedding
run: embed
at: {t: last}
select: {tensor: tokens, at: {t: 0}}
generated: 1
off: {tensor: embed, at: {t: 0..1}}
models: gpt2
note: letters
```

You typed {letters}.

```widget
kind: softmax-sliders
row: {tensor: logits, at: {t: answer}}
```

```exercise
question: Where is the first letter?
answer: {tensor: tokens, at: {t: 0}}
hint: It is the first.
```
"""


@pytest.fixture
def lesson(write: Write) -> Lesson:
    return write(
        {"en/01-first-look.md": CHAPTER, "en/glossary.yaml": "a: {word: A, definition: It is *A*, see: probs}"}
    )


def test_the_report(lesson: Lesson) -> None:
    assert to_json(lesson) == {
        "languages": {
            "en": {
                "chapters": [
                    {
                        "slug": "01-first-look",
                        "title": "First look",
                        "summary": "Where the letters go in.",
                        "words": 10,
                        "minutes": 0.1,
                        "steps": [
                            {
                                "title": "The letters",
                                "words": 10,
                                "cue": {
                                    "focus": [
                                        "tokens",
                                        "positions",
                                        "embed.W_E",
                                        "pos_embed.W_pos",
                                        "embed",
                                        "pos_embed",
                                        "blocks.0.resid_pre",
                                    ],
                                    "run": ["embed"],
                                    "at": {"t": "last"},
                                    "select": {"tensor": "tokens", "at": {"t": 0}},
                                    "generated": 1,
                                    "off": [{"tensor": "embed", "at": {"t": "0..1"}}],
                                    "models": ["gpt2"],
                                    "note": "letters",
                                    "view": "part",
                                },
                                "exercises": [{"answer": [{"tensor": "tokens", "at": {"t": 0}}]}],
                                "widgets": [
                                    {"kind": "softmax-sliders", "row": {"tensor": "logits", "at": {"t": "answer"}}}
                                ],
                            }
                        ],
                    }
                ],
                "words": 10,
                "minutes": 0.1,
                "terms": ["a"],
            }
        },
        "problems": [],
    }


def test_the_report_in_lines(lesson: Lesson) -> None:
    assert list(lines(lesson)) == [
        "en: 1 chapter, 0.1 minutes, 1 term",
        "  01-first-look            1 step, 10 words       First look",
    ]


def test_what_the_server_sends(lesson: Lesson, random_nano: Model) -> None:
    contents = lesson.contents()
    assert contents == {
        "own": True,
        "languages": {
            "en": [
                {
                    "slug": "01-first-look",
                    "title": "First look",
                    "summary": "Where the letters go in.",
                    "words": 10,
                    "minutes": 0.1,
                    "steps": 1,
                    "fits": True,
                }
            ]
        },
    }
    assert lesson.glossary("en").to_json() == {
        "terms": [{"id": "a", "word": "A", "definition": "It is <em>A</em>", "see": ["probs"]}],
        "works": [],
    }
    chapter = chapter_for(lesson, "en", "01-first-look", random_nano, [2, 1, 0, 1, 1, 2, 0, 0])
    (step,) = chapter["steps"]
    assert chapter["values"] == [{"text": "C B A B B C", "cells": []}]
    assert step["html"] == (
        '<p>You typed <span data-value="0">C B A B B C</span>.</p>\n'
        '<div data-widget="0"></div>\n<div data-exercise="0"></div>\n'
    )
    assert step["widgets"] == [
        {"kind": "softmax-sliders", "options": {"row": {"tensor": "logits", "at": {"t": [5, 6], "v": [0, 3]}}}}
    ]
    assert step["exercises"] == [
        {
            "question": "Where is the first letter?",
            "answer": [{"tensor": "tokens", "at": {"t": [0, 1]}}],
            "hint": "It is the first.",
            "praise": "",
        }
    ]
    assert step["cue"]["off"] == [{"tensor": "embed", "at": {"t": [0, 2], "c": [0, 48]}}]
    assert step["cue"]["select"] == {"tensor": "tokens", "index": {"t": 0}}
    json.dumps(chapter, allow_nan=False)


def test_what_is_not_there(lesson: Lesson, random_nano: Model) -> None:
    question = [2, 1, 0, 1, 1, 2]
    for language, slug, tokens, code in (
        ("de", "01-first-look", question, "unknown-language"),
        ("en", "01-first-lok", question, "unknown-chapter"),
        ("en", "01-first-look", [2, 1, 0], "wrong-length"),
        ("en", "01-first-look", [9], "unknown-token"),
    ):
        with pytest.raises(PellucidError) as refused:
            chapter_for(lesson, language, slug, random_nano, tokens)
        assert refused.value.code == code
    with pytest.raises(PellucidError):
        lesson.glossary("de")


def test_a_chapter_that_speaks_of_another_model(lesson: Lesson) -> None:
    config = GPT2Config(n_layer=1, n_head=1, n_embd=4, vocab_size=5, n_positions=4)
    subject = Subject(gpt2(config), (), None, 0)
    compiled = compile_lesson(lesson.folder, subject)
    assert not compiled.problems
    text = (lesson.folder / "en" / "01-first-look.md").read_text().replace("focus: embedding", "focus: blocks.2")
    (lesson.folder / "en" / "01-first-look.md").write_text(text)
    compiled = compile_lesson(lesson.folder, subject)
    assert "blocks.2" in str(compiled.problems[0])


def test_the_command(lesson: Lesson) -> None:
    folder = str(lesson.folder)
    done = pellucid("lessons", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == list(lines(lesson))
    assert json.loads(pellucid("lessons", folder, "--json").stdout) == to_json(lesson)
    assert "00-overview" in pellucid("lessons").stdout


def test_the_command_says_all_that_is_wrong(lesson: Lesson) -> None:
    path = lesson.folder / "en" / "01-first-look.md"
    path.write_text(CHAPTER.replace("run: embed", "run: embet").replace("{letters}", "{leters}"))
    done = pellucid("lessons", str(lesson.folder))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{path}:10: there is no tensor or part named 'embet': did you mean 'embed'?",
        f"{path}:19: nothing is named 'leters' here: did you mean 'letters'?",
    ]
    done = pellucid("lessons", str(lesson.folder), "--json")
    assert done.returncode == 2
    assert [problem["line"] for problem in json.loads(done.stdout)["problems"]] == [10, 19]


def test_the_command_says_which_claims_are_not_so(lesson: Lesson, nano_folder: Path, tmp_path: Path) -> None:
    path = lesson.folder / "en" / "01-first-look.md"
    path.write_text(CHAPTER.replace("{letters}.", "{letters}.{check max(probs[answer]) > 2}{check length == 6}"))
    said = f"{path}:19: the claim 'max(probs[answer]) > 2' is not so for CBABBC and 19 more of 20 prompts."
    for command in (["lessons"], ["lessons", "--json", "--model", str(nano_folder)]):
        done = pellucid(*command, str(lesson.folder))
        assert (done.returncode, done.stderr) == (2, f"{said}\n")
    assert json.loads(done.stdout)["problems"] == [{"file": str(path), "line": 19, "message": said.split(": ", 1)[1]}]
    site = pellucid("site", str(nano_folder), "--lessons", str(lesson.folder), "-o", str(tmp_path / "site"))
    assert (site.returncode, site.stderr.splitlines()[0]) == (2, said)
    assert not (tmp_path / "site").exists()


def test_a_site_says_which_model_a_chapter_does_not_fit(lesson: Lesson, nano_folder: Path, tmp_path: Path) -> None:
    path = lesson.folder / "en" / "01-first-look.md"
    first = CHAPTER.replace("{letters}", "{probs[answer, A]:.2f}{check length == 6}")
    path.write_text(first.replace("generated: 1\n", "").replace("off: {tensor: embed, at: {t: 0..1}}\n", ""))
    (lesson.folder / "en" / "02-second-look.md").write_text("""---
title: Second
summary: Second.
---

```stage
```

Words.{check length == 6}
""")
    pellucid_module.train(make("reverse", alphabet="XYZ", length=4), steps=1, folder=tmp_path / "backwards")
    command = ["site", str(nano_folder), str(tmp_path / "backwards"), "--lessons", str(lesson.folder)]
    done = pellucid(*command, "-o", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        f"Left out for backwards: {path}:17: nothing is named 'A' here, no tensor and no letter: this model's "
        "letters are X Y Z.",
        f"Does not fit backwards: {path.with_name('02-second-look.md')}:9: the claim 'length == 6' is not so for ZYXY "
        "and 17 more of 18 prompts.",
    ]


def test_the_command_says_once_that_the_tour_does_not_fit(tmp_path: Path) -> None:
    """Nothing of it is told of a model that was taught nothing, some of one that sorts fewer letters."""
    other, article = random_model(), tmp_path / "article.html"
    other.save(tmp_path / "other")
    done = pellucid("lessons", "--article", str(article), "--model", str(tmp_path / "other"))
    assert done.returncode == 2
    assert not article.exists()
    assert done.stderr.count("\n") == 1
    assert "does not fit other" in done.stderr
    other.about["task"] = make("sort", alphabet="ABCDEFG", length=3).describe()
    other.save(tmp_path / "three")
    done = pellucid("lessons", "--article", str(article), "--model", str(tmp_path / "three"), "--text", "CBA")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"The tour does not fit three: \d+ of its 15 chapters are left out\.\n", done.stderr)


def test_the_command_without_lessons(tmp_path: Path) -> None:
    done = pellucid("lessons", str(tmp_path / "none"))
    assert done.returncode == 2
    assert done.stderr.startswith("pellucid: There is no folder")


def pellucid(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("pellucid")
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
