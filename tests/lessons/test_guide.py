"""The guide for teachers is right: its example compiles as it stands there, and it names all there is."""

import re
from pathlib import Path

import pytest
from lesson_files import Write

from pellucid.lessons import Lesson, chapter_for
from pellucid.lessons.chapter import BLOCKS, CODE
from pellucid.lessons.cue import CAMERA_KEYS, LETTERS, VIEWS
from pellucid.lessons.cue import KEYS as CUE_KEYS
from pellucid.lessons.exercise import KEYS as EXERCISE_KEYS
from pellucid.lessons.facts import FACTS
from pellucid.lessons.glossary import KEYS as GLOSSARY_KEYS
from pellucid.lessons.parse import FUNCTIONS, POSITIONS
from pellucid.lessons.picture import COLOURS, ELEMENTS, FOLDER, LARGEST
from pellucid.lessons.picture import KEYS as PICTURE_KEYS
from pellucid.lessons.prose import Writer
from pellucid.lessons.widget import WIDGETS
from pellucid.run.model import Model

GUIDE = (Path(__file__).parents[2] / "docs" / "writing-lessons.md").read_text("utf-8")
FILES = dict(re.findall(r"^`my-lessons/([\w./-]+)`:\n\n````\w+\n(.*?)^````$", GUIDE, re.DOTALL | re.MULTILINE))
REFERENCES = "\n".join(
    f"{key}: {{authors: [A B], year: 2000, title: C, where: D, link: https://example.org}}"
    for key in ("vaswani2017", "fan2018", "holtzman2020")
)
AROUND = re.sub(r"^````.*?^````$", "", GUIDE, flags=re.DOTALL | re.MULTILINE)


@pytest.fixture
def example(write: Write) -> Lesson:
    return write(FILES)


def test_the_example_compiles_as_it_stands_there(example: Lesson) -> None:
    assert list(FILES) == [
        "en/01-first-look.md",
        "en/glossary.yaml",
        "references.yaml",
        "ja/01-first-look.md",
        "ja/glossary.yaml",
    ]
    assert not example.problems, "\n".join(map(str, example.problems))
    assert [len(chapter.steps) for chapters in example.chapters.values() for chapter in chapters] == [3, 3]


def test_the_example_can_be_read(example: Lesson, random_nano: Model) -> None:
    for letters, said in (("CBABBC", "is one A"), ("AAABBC", "are 3 A's")):
        chapter = chapter_for(example, "en", "01-first-look", random_nano, random_nano.tokens(letters))
        assert " ".join(letters) in chapter["steps"][0]["html"]
        assert said in re.sub("<[^>]*>", "", chapter["steps"][0]["html"])
        assert r"\sum_v p_v = 1.00" in chapter["steps"][1]["html"]
        (answer,) = chapter["steps"][2]["exercises"][0]["answer"]
        best = int(random_nano.trace(letters)["logits"][5].argmax())
        assert answer == {"tensor": "logits", "at": {"t": [5, 6], "v": [best, best + 1]}}


def test_every_block_of_the_guide_is_right(write: Write) -> None:
    blocks = re.findall(r"^```(stage|exercise|widget|picture)\n(.*?)^```$", AROUND, re.DOTALL | re.MULTILINE)
    assert {word for word, _ in blocks} == set(BLOCKS)
    chapter = "```stage\n```\nText.\n"
    for word, block in blocks:
        chapter += f"```{word}\n{block}```\n" + ("Text.\n" if word == "stage" else "")
    assert not write({"en/01-one.md": chapter}).problems


def test_every_value_reference_and_condition_of_the_guide_is_right(write: Write) -> None:
    inline = re.findall(r"`([^`\n]+)`", AROUND)
    values = [
        code
        for code in inline
        if re.fullmatch(r"\{(?!if|else|end|page|article|check)[^{}]+\}|\[.*\]\(.*\)|\[@.*\]|\$.*\$", code)
    ]
    conditions = [
        block.replace("\n    ", "\n")
        for block in re.findall(r"^    (.*\{(?:if|page|article).*(?:\n\n?    .*)*)", AROUND, re.MULTILINE)
    ]
    assert len(values) > 20
    assert len(conditions) == 5
    text = "\n\n".join([*values, *conditions])
    lesson = write(
        {
            "en/01-first-look.md": f"```stage\nfocus: blocks.0.attn\n```\n{text}\n",
            "en/glossary.yaml": "softmax: {word: a, definition: b}",
            "references.yaml": REFERENCES,
        }
    )
    assert not lesson.problems, "\n".join(map(str, lesson.problems))


def test_the_guide_names_all_there_is() -> None:
    for name, fact in FACTS.items():
        assert f"| `{name}` | {fact.meaning} |" in GUIDE
    for kind, options in WIDGETS.items():
        (row,) = re.findall(rf"^\| `{kind}` \|.*$", GUIDE, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row.split("|")[3])) == set(options)
        assert ("needed" in row) == any(option.needed for option in options.values())
        assert f"```widget\nkind: {kind}\n" in GUIDE
        for name, option in options.items():
            (row,) = re.findall(rf"^\| `{name}` \| `{kind}` \|.*$", GUIDE, re.MULTILINE)
            assert row.endswith("| an error |") == option.needed
    for key in CUE_KEYS:
        assert f"| `{key}` |" in GUIDE
    for path in FOLDER.glob("*.svg"):
        assert f"| `{path.stem}` |" in GUIDE
    assert f"at most {LARGEST:,} bytes" in GUIDE
    for name in (*PICTURE_KEYS, *ELEMENTS[1:], *(f"var(--{colour})" for colour in COLOURS)):
        assert f"`{name}`" in GUIDE, name
    for name in (*VIEWS, *LETTERS, *CAMERA_KEYS, *EXERCISE_KEYS[1:], *GLOSSARY_KEYS, *CODE, *POSITIONS):
        assert f"`{name}`" in GUIDE, name
    for name in FUNCTIONS:
        assert f"`{name}`" in GUIDE or f"{name}(" in GUIDE, name
    for scheme in Writer.references:
        assert f"]({scheme}:" in GUIDE
