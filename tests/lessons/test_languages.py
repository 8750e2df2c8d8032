"""Two languages show the same: differences of cues, exercises, widgets, chapters and terms, with file and line."""

from lesson_files import Write

BLOCKS = """```stage
focus: blocks.0.attn
show: [q, k]
at: {h: 2}
note: one
```
Text.
```exercise
question: Which?
answer: {tensor: probs, at: {t: answer}}
```
```widget
kind: sampling
temperature: 1
```
```stage
focus: output
```
More.
"""


def differences(write: Write, english: dict[str, str], japanese: dict[str, str]) -> list[str]:
    files = {f"en/{name}": text for name, text in english.items()} | {
        f"ja/{name}": text for name, text in japanese.items()
    }
    lesson = write(files)
    return [
        str(problem).removeprefix(f"{lesson.folder}/").replace(f"{lesson.folder}/", "") for problem in lesson.problems
    ]


def changed(write: Write, old: str, new: str) -> list[str]:
    return differences(write, {"01-a.md": BLOCKS}, {"01-a.md": BLOCKS.replace(old, new, 1)})


def test_words_may_differ(write: Write) -> None:
    assert not changed(write, "note: one", "note: 一") + changed(write, "Which?", "どれですか。")
    assert not changed(write, "Text.", "本文です。\n\nもう 1 段落。{letters}")


def test_the_same_meant_in_other_words_is_the_same(write: Write) -> None:
    assert not changed(write, "show: [q, k]", "show: [blocks.0.attn.q, blocks.0.attn.k]")


def test_a_cue_that_shows_something_else(write: Write) -> None:
    assert changed(write, "show: [q, k]", "show: [q, v]") == [
        "ja/01-a.md:5: step 1 differs from en/01-a.md:5 in 'show'."
    ]
    assert not changed(write, "at: {h: 2}", "at: {h: 2}\ncamera: {follow: true}")
    assert changed(write, "at: {h: 2}", "at: {h: 2}\ncamera: {turn: 40}") == [
        "ja/01-a.md:5: step 1 differs from en/01-a.md:5 in 'camera'."
    ]
    assert changed(write, "at: {h: 2}", "at: {h: 1}") == ["ja/01-a.md:5: step 1 differs from en/01-a.md:5 in 'at'."]
    assert changed(write, "focus: output", "focus: output\ngenerated: 1") == [
        "ja/01-a.md:20: step 2 differs from en/01-a.md:20 in 'generated'."
    ]


def test_what_differs_in_one_step_is_said_in_one_sentence(write: Write) -> None:
    assert changed(write, "show: [q, k]\nat: {h: 2}", "show: [q, v]\nat: {h: 1}") == [
        "ja/01-a.md:5: step 1 differs from en/01-a.md:5 in 'show' and 'at'."
    ]


def test_exercises_and_widgets_that_differ(write: Write) -> None:
    in_exercises = ["ja/01-a.md:5: step 1 differs from en/01-a.md:5 in its exercises."]
    assert changed(write, "{t: answer}", "{t: last}") == in_exercises
    without = BLOCKS[BLOCKS.index("```exercise") : BLOCKS.index("```widget")]
    assert changed(write, without, "") == in_exercises
    assert changed(write, "temperature: 1", "temperature: 2") == [
        "ja/01-a.md:5: step 1 differs from en/01-a.md:5 in its widgets."
    ]


def test_a_step_or_a_chapter_too_few(write: Write) -> None:
    shorter = BLOCKS[: BLOCKS.index("```stage\nfocus: output")]
    assert changed(write, BLOCKS, shorter) == ["ja/01-a.md:5: step 2 stands at en/01-a.md:20, but this file has none."]
    assert differences(write, {"01-a.md": shorter}, {"01-a.md": BLOCKS}) == [
        "ja/01-a.md:20: step 2 stands here, but en/01-a.md has none."
    ]
    assert differences(write, {"01-a.md": BLOCKS, "02-b.md": BLOCKS}, {"01-a.md": BLOCKS, "03-c.md": BLOCKS}) == [
        "ja/02-b.md:1: en/02-b.md has no counterpart here: write one.",
        "ja/03-c.md:1: en/ has no such chapter: write it there too.",
    ]


def test_terms_that_differ(write: Write) -> None:
    english = "a: {word: A, definition: A., see: [probs]}\nb: {word: B, definition: B.}\n"
    japanese = "c: {word: C, definition: C.}\na: {word: あ, definition: あ。, see: [logits]}\n"
    files = {"01-a.md": BLOCKS}
    assert differences(write, {**files, "glossary.yaml": english}, {**files, "glossary.yaml": japanese}) == [
        "ja/glossary.yaml:1: the term 'b' of en/glossary.yaml:2 is missing here.",
        "ja/glossary.yaml:1: the term 'c' is not in en/glossary.yaml.",
        "ja/glossary.yaml:2: the term 'a' differs from en/glossary.yaml:1 in 'see'.",
    ]


def test_one_language_is_enough_and_any_can_be_first(write: Write) -> None:
    assert not write({"fr/01-a.md": BLOCKS}).problems
    lesson = write({"fr/01-a.md": BLOCKS, "pt-BR/01-a.md": BLOCKS.replace("h: 2", "h: 0")})
    assert list(lesson.chapters) == ["fr", "pt-BR"]
    assert str(lesson.problems[0]).endswith("step 1 differs from fr/01-a.md:5 in 'at'.")


def test_other_folders_are_left_alone(write: Write) -> None:
    lesson = write({"en/01-a.md": BLOCKS, "Drafts/x.md": "no lesson", "en/notes.txt": "no chapter"})
    assert list(lesson.chapters) == ["en"]
    assert not lesson.problems
