"""What is wrong with a lesson: every kind of mistake, with its file and line, all of them at once."""

import os
from pathlib import Path

import pytest
from lesson_files import Write

from pellucid.graph import PellucidError
from pellucid.lessons import compile_lesson

STEP = "```stage\nfocus: output\n```\nText.\n"
FIRST = 5
"""The line after the front matter that the fixture writes."""

Expected = list[tuple[int, str]]


def problems(write: Write, text: str, name: str = "en/01-one.md") -> list[tuple[int, str]]:
    files = {"en/01-one.md": STEP, name: text}
    lesson = write(files)
    assert all(problem.path.as_posix().endswith(name) for problem in lesson.problems), lesson.problems
    return [(problem.line, problem.message) for problem in lesson.problems]


def check(found: list[tuple[int, str]], expected: Expected) -> None:
    assert [line for line, _ in found] == [line for line, _ in expected], found
    for (_, message), (_, part) in zip(found, expected, strict=True):
        assert part in message
        assert message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\n" + STEP, [(1, "the file must begin with '---'")]),
        ("---\n---\n" + STEP, [(1, "the front matter has no summary"), (1, "the front matter has no title")]),
        ("---\ntitle: A\nsummary: ''\n---\n" + STEP, [(1, "the front matter has no summary")]),
        ("---\ntitle: [A]\nsummary: B\n---\n" + STEP, [(2, "title must be text")]),
        ("---\ntitle: A\nsumary: B\nsummary: B\n---\n" + STEP, [(3, "knows no 'sumary': did you mean 'summary'?")]),
        ("---\ntitle: A\ntitle: B\nsummary: B\n---\n" + STEP, [(3, "'title' stands here twice")]),
        ("---\ntitle: A: B\nsummary: B\n---\n" + STEP, [(2, "Put what follows 'title:' in quotation marks")]),
    ],
)
def test_front_matter(text: str, expected: Expected, write: Write) -> None:
    check(problems(write, text), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(FIRST, "a chapter needs a step")]),
        ("Words.\n\n" + STEP, [(FIRST, "text before the first ```stage block")]),
        ("- a\n- b\n\n" + STEP, [(FIRST, "text before the first ```stage block"), (FIRST + 1, "text before")]),
        (STEP + "\n# Heading\n\nText.\n", [(FIRST + 5, "a heading names the step after it")]),
        (STEP + "```stage\n```\n", [(FIRST + 4, "this step has no text")]),
        (STEP + "\n```stag\n```\n", [(FIRST + 5, "there is no block 'stag': did you mean 'stage'?")]),
        (STEP + "\n- item\n\n  ```stage\n  ```\n", [(FIRST + 7, "a stage block cannot stand inside a list")]),
        (STEP + "\n![x](y.png)\n", [(FIRST + 5, "pictures cannot be put into a lesson")]),
        (STEP + "\n**“x”**y\n", [(FIRST + 5, "'**' is left over")]),
        (STEP + "\nOne line\nand a } here\n", [(FIRST + 6, "'}' is left over")]),
        (STEP + "\n{letters\n", [(FIRST + 5, "'{' is left over")]),
    ],
)
def test_form(text: str, expected: Expected, write: Write) -> None:
    check(problems(write, text), expected)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            "focus: blocks.0.atn",
            [(1, "there is no tensor or part named 'blocks.0.atn': did you mean 'blocks.0.attn'?")],
        ),
        ("focus: [logits,\n  prob]", [(2, "named 'prob': did you mean 'probs'?")]),
        ("focus: xyzzy", [(1, "lists the names there are")]),
        ("focs: logits", [(1, "a stage block knows no 'focs': did you mean 'focus'?")]),
        ("focus: logits\nfocus: probs", [(2, "'focus' stands here twice")]),
        ("focus: {a: b}", [(1, "focus must be text")]),
        ("show: [q]", [(1, "named 'q': did you mean")]),
        ("run: embed.W_E", [(1, "embed.W_E is given, not computed")]),
        ("run: tokens", [(1, "tokens is given, not computed")]),
        ("run: blocks.0.attn", [(1, "is a part of 18 tensors: name one")]),
        ("focus: blocks.0.attn.patern\nat: {h: 0}", [(1, "did you mean 'blocks.0.attn.pattern'")]),
        ("at: {t: 0}", [(1, "there is neither run nor focus")]),
        ("run: probs\nat: {h: 0}", [(2, "the axis h is none of probs's, t v")]),
        ("run: probs\nat: {w: 0}", [(2, "there is no axis 'w'")]),
        ("run: probs\nat: {t: 6}", [(2, "t=6 is outside probs: t (position) runs from 0 to 5")]),
        ("run: probs\nat: {t: 0..6}", [(2, "t=0..6, which is 6, is outside probs")]),
        ("run: probs\nat: {v: D}", [(2, "named 'D'")]),
        ("run: probs\nat: {t: -1}", [(2, "t=-1 is outside probs")]),
        ("run: probs\nat: {t: final}", [(2, "named 'final'")]),
        ("run: probs\nat: {t: tokens}", [(2, "the axis t needs one number")]),
        ("run: probs\nat: t", [(2, "at must be a mapping")]),
        ("run: probs\nat: {t: [0]}", [(2, "the index of t must be text")]),
        ("run: blocks.0.attn.q\nat: {h: 3}", [(2, "h=3 is outside blocks.0.attn.q: h (head) runs from 0 to 2")]),
        ("run: blocks.0.attn.q\nat: {d: 16}", [(2, "runs from 0 to 15")]),
        ("generated: 5\nrun: probs\nat: {t: 11}", [(3, "t=11 is outside probs: t (position) runs from 0 to 10")]),
        ("generated: 6", [(1, "generated is 6: after the question there is room for 0 to 5 letters")]),
        ("generated: many", [(1, "generated must be a whole number")]),
        ("generated: " + "9" * 5000, [(1, "generated must be a whole number")]),
        ("show: [" + "blocks, " * 9000 + "]", [(1, "the list has 9,000 items: give at most 200")]),
        ("run: [" + "probs, " * 201 + "]", [(1, "the list has 201 items: give at most 200")]),
        ("select: {tensor: probs, at: {t: 0}}", [(1, "select needs one cell of probs: give one index for v in at")]),
        ("select: {tensor: probs, at: {t: 0, v: 0..1}}", [(1, "give one index for v")]),
        ("select: probs", [(1, "select must be a mapping")]),
        ("select: {at: {t: 0}}", [(1, "select names no tensor")]),
        ("select: {tensor: probs, a: {t: 0}}", [(1, "select knows no 'a': did you mean 'at'?")]),
        ("select: {tensor: probs, at: {t: 0, c: 0}}", [(1, "probs has no axis c: its axes are t v")]),
        ("off: [{tensor: embed.W_E}]", [(1, "embed.W_E is no activation")]),
        ("off: embed.W_E", [(1, "embed.W_E is no activation")]),
        ("off: 'blocks.0.attn.z~halve'", [(1, "'halve' does not say what happens to cells")]),
        ("off: 'blocks.0.attn.z~mean(c)'", [(1, "no axis c to take the mean along")]),
        ("off: 'tokens~scale(2)'", [(1, "so scale(2) makes no sense there")]),
        ("off: 'blocks.0.attn.z[h=9]~scale(2)'", [(1, "h=9 is outside")]),
        ("off:\n  - {tensor: blocks.0.attn.z, at: {h: 9}}\n  - {tensor: y}", [(2, "h=9 is outside"), (3, "named 'y'")]),
        ("models: [gpt2, gpt-3]", [(1, "there is no preset 'gpt-3': did you mean 'gpt3'?")]),
        ("flight: true", [(1, "flight goes out past other models, and there are none: say which in models.")]),
        ("view: house", [(1, "view knows no 'house': did you mean 'home'?")]),
        ("camera: left", [(1, "camera must be a mapping, such as {turn: 45, tilt: 20}")]),
        ("camera: {turns: 1}", [(1, "camera knows no 'turns': did you mean 'turn'?")]),
        ("camera:\n  turn: 90\n  tilt: up", [(2, "turn must be a number from -85 to 85"), (3, "from -60 to 80")]),
        ("camera: {turn: [1]}", [(1, "turn must be a number from -85 to 85")]),
        ("camera: {tilt: nan}", [(1, "tilt must be a number from -60 to 80")]),
        ("camera: {follow: no}", [(1, "follow must be true or false")]),
        ("note: [a]", [(1, "note must be text")]),
        ("note: a {b}", [(1, "named 'b'")]),
        ("[a, b]", [(1, "must hold keys and values")]),
        ("focus: [a", [(1, "the stage block is not YAML")]),
        ("note: [a](b) c\nview: home", [(1, "Put what follows 'note:' in quotation marks")]),
        ("note: 'a' b", [(1, "Put what follows 'note:' in quotation marks")]),
        ("focus: {" * 2000, [(1, "the stage block is not YAML")]),
        ("? [a]\n: b", [(1, "a key must be a word")]),
        ("focus: &x logits\nshow: *x", [(1, "aliases (*) are not used")]),
        ("focus: a\nrun: b\ngenerated: 9", [(1, "named 'a'"), (2, "named 'b'"), (3, "generated is 9")]),
    ],
)
def test_cues(block: str, expected: Expected, write: Write) -> None:
    found = problems(write, f"```stage\n{block}\n```\nText.\n")
    check(found, [(FIRST + line, part) for line, part in expected])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "One {a}\nand {probs[9, A]}\nand {letters:.3f}.",
            [(0, "named 'a'"), (1, "t=9 is outside probs"), (2, "takes no format")],
        ),
        ("{probs}", [(0, "is many numbers: give an index for t and v")]),
        ("{correct}", [(0, "is true or false: write {if correct}...{end}")]),
        ("{length:x}", [(0, "':x' is no format")]),
        ("{length:999999999}", [(0, "is no format")]),
        ("{length:(.3f}", [(0, "':(.3f' is no format")]),
        ("{length:((.3f))}", [(0, "':((.3f))' is no format")]),
        ("{letters:()}", [(0, "is text, which takes no format")]),
        ("{}", [(0, "something is missing")]),
        ("{if letters}a{end}", [(0, "{if letters} needs something that is true or false")]),
        ("{if correct}a", [(0, "{if} has no {end}")]),
        ("a{end}", [(0, "{end} belongs to no {if}")]),
        ("a{else}b", [(0, "{else} belongs to no {if}")]),
        ("{if correct}a\n\nb{end}", [(0, "{if} has no {end}"), (2, "{end} belongs to no {if}")]),
        ("*{if correct}a*{end}", [(0, "{end} belongs to no {if}"), (0, "{if} has no {end}")]),
        ("{if correct}a{else}b\n{else}c{end}", [(1, "{else} comes after {else}")]),
        ("{if correct}a{else unless correct}c{end}", [(0, "{else unless correct} is not understood")]),
        ("a\n$x + {max(probs[answer]):.2f}$", [(1, r"write \value{max(probs[answer]):.2f} there")]),
        ("a\n$\\value{bb}$", [(1, "named 'bb'")]),
        ("a\n\n$$\n\\value{bb}\n$$", [(2, "named 'bb'")]),
        ("a\n[b](tensor:c)", [(1, "named 'c'")]),
        ("[b](tensor:output)", [(0, "is a part of 5 tensors")]),
        ("[b](part:nothing)", [(0, "named 'nothing'")]),
        ("[b](axis:w)", [(0, "there is no axis 'w'")]),
        ("[b](cell:probs[t=7])", [(0, "t=7 is outside probs")]),
        ("[b](cell:length)", [(0, "'length' is no cell of a tensor")]),
        ("[b](term:c)", [(0, "the glossary has no entry 'c': it has none at all")]),
        (
            "a\n[b](cell:probs[answer, A])",
            [(1, "'](' is left over in the text: leave the space out of the link's address")],
        ),
        ("a *b\n[**c**](tensor:W_E x) d*", [(1, "put that into angle brackets, [words](<cell:")]),
        ("[b](chapter:02-one)", [(0, "there is no chapter '02-one': did you mean '01-one'?")]),
        ("> a\n> {bb}", [(1, "named 'bb'")]),
        ("1. a\n2. {bb}\n   {c}", [(1, "named 'bb'"), (2, "named 'c'")]),
        ("| a | {bb} |\n| --- | --- |\n| {c} | d |", [(0, "named 'bb'"), (2, "named 'c'")]),
        ("<tensor:c>", [(0, "named 'c'")]),
        ("[b][c]\n\n[c]: tensor:d", [(0, "named 'd'")]),
    ],
)
def test_text(text: str, expected: Expected, write: Write) -> None:
    found = problems(write, f"```stage\nfocus: blocks.0.ln1\n```\n{text}\n")
    check(found, [(FIRST + 3 + line, part) for line, part in expected])


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            "question: a\nanswer: {tensor: probs}\nhnt: b",
            [(3, "an exercise block knows no 'hnt': did you mean 'hint'?")],
        ),
        ("hint: b", [(0, "the exercise has no answer"), (0, "the exercise has no question")]),
        ("question: a\nanswer:\n  - {tensor: probs}\n  - {tensor: p}", [(4, "named 'p'")]),
        ("question: ''\nanswer: {tensor: probs}", [(1, "question is empty")]),
        ("question: a {b}\nanswer: {tensor: probs, at: {t: 8}}", [(1, "named 'b'"), (2, "t=8 is outside")]),
        ("question: a\nanswer: {tensor: probs}\npraise: '[x](term:y)'", [(3, "the glossary has no entry 'y'")]),
    ],
)
def test_exercises(block: str, expected: Expected, write: Write) -> None:
    found = problems(write, f"{STEP}\n```exercise\n{block}\n```\n")
    check(found, [(FIRST + 5 + line, part) for line, part in expected])


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("", [(0, "the widget has no kind")]),
        ("kind: head", [(1, "there is no widget 'head': did you mean 'heads'?")]),
        ("kind: [heads]", [(1, "there is no widget")]),
        ("kind: heads\nlayer: 1", [(2, "the widget heads knows no 'layer': it takes no options")]),
        ("kind: sampling\ntemprature: 1", [(2, "did you mean 'temperature'?")]),
        ("kind: sampling\ntemperature: hot", [(2, "this option must be a number from 0 to 5")]),
        ("kind: sampling\ntemperature: nan", [(2, "this option must be a number from 0 to 5")]),
        ("kind: sampling\ntop_k: 1000", [(2, "this option must be a whole number from 0 to 100")]),
        ("kind: softmax-sliders", [(0, "needs the option row")]),
        ("kind: softmax-sliders\nrow: {tensor: logits}", [(2, "this option needs one row of logits")]),
        ("kind: descent\nweight: {tensor: unembed.W_U}", [(2, "give an index for c and v")]),
        ("kind: descent\nweight: {tensor: probs, at: {t: 0, v: 0}}", [(2, "probs is no weight")]),
        (
            "kind: gelu\ncell: {tensor: probs, at: {t: 0, v: 0}}",
            [(2, "no GELU reads probs: use one of blocks.0.mlp.pre,")],
        ),
        ("kind: towers\nmodels: [gpt9]", [(2, "there is no preset 'gpt9'")]),
    ],
)
def test_widgets(block: str, expected: Expected, write: Write) -> None:
    found = problems(write, f"{STEP}\n```widget\n{block}\n```\n")
    check(found, [(FIRST + 5 + line, part) for line, part in expected])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {word: A}", [(1, "the entry 'a' has no definition")]),
        ("a:\n  word: A\n  definition: B\n  sea: [probs]", [(2, "the entry 'a' knows no 'sea': did you mean 'see'?")]),
        ("a: {word: A, definition: B,\n  see: [prob]}", [(2, "named 'prob'")]),
        ("a: {word: A, definition: '{letters}'}", [(1, "a glossary is the same for every run")]),
        ("a: {word: A, definition: '[x](term:b)'}", [(1, "the glossary has no entry 'b'")]),
        ("a: {word: A, definition: '[x](chapter:b)'}", [(1, "there is no chapter 'b'")]),
        ("a: B", [(1, "the entry 'a' must be a mapping")]),
        ("a: {word: A, definition: B}\na: {word: A, definition: B}", [(2, "'a' stands here twice")]),
        ("a: [", [(1, "the glossary is not YAML")]),
    ],
)
def test_glossary(text: str, expected: Expected, write: Write) -> None:
    check(problems(write, text, "en/glossary.yaml"), expected)


def test_an_unreadable_exercise_is_one_problem(write: Write) -> None:
    """Neither is it said to lack anything, nor to differ from that of another language."""
    question = "```exercise\nquestion: Where?\nanswer: {{tensor: probs}}\nhint: {}\npraise: Right.\n```\n"
    exercise = f"{STEP}\n{question}"
    files = {
        "en/01-one.md": exercise.format("'[this](tensor:probs).'"),
        "ja/01-one.md": exercise.format("[this](tensor:probs)."),
    }
    (problem,) = write(files).problems
    assert problem.path.parent.name == "ja"
    assert problem.line == FIRST + 8
    assert "Put what follows 'hint:' in quotation marks" in problem.message


def test_an_unreadable_glossary_is_one_problem(write: Write) -> None:
    text = "```stage\n```\n[a](term:a) and [b](term:b)\n"
    assert len(write({"en/glossary.yaml": "a: [", "en/01-one.md": text}).problems) == 1


def test_everything_is_said_at_once_and_in_order(write: Write) -> None:
    lesson = write(
        {
            "en/glossary.yaml": "a: {word: A}",
            "en/01-one.md": "```stage\nfocus: a\nrun: b\n```\n{c} {d}\n",
            "en/02-two.md": "```stage\nfocus: e\n```\n[f](term:f)\n",
        }
    )
    found = [(problem.path.name, problem.line) for problem in lesson.problems]
    assert found == [
        ("01-one.md", 6),
        ("01-one.md", 7),
        ("01-one.md", 9),
        ("01-one.md", 9),
        ("02-two.md", 6),
        ("02-two.md", 8),
        ("glossary.yaml", 1),
    ]
    assert str(lesson.problems[0]).startswith(f"{lesson.folder}/en/01-one.md:6: there is no tensor")


def test_files_that_cannot_be_read(write: Write, tmp_path: Path) -> None:
    write({"en/01-one.md": STEP})
    (tmp_path / "en" / "02-two.md").write_bytes(b"---\ntitle: \xff\n")
    (tmp_path / "en" / "Third.md").write_text("text")
    (tmp_path / "en" / "04-four.md").mkdir()
    found = [(problem.path.name, problem.line, problem.message) for problem in compile_lesson(tmp_path).problems]
    assert [(name, line) for name, line, _ in found] == [("02-two.md", 2), ("04-four.md", 1), ("Third.md", 1)]
    for (*_, message), part in zip(
        found, ["is not UTF-8", "cannot be read", "two digits and a few words"], strict=True
    ):
        assert part in message


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(write: Write, tmp_path: Path) -> None:
    write({"en/01-one.md": STEP})
    path = tmp_path / "en" / "01-one.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n").replace(b"Text.", b"{wrong}"))
    (problem,) = compile_lesson(tmp_path).problems
    assert problem.line == FIRST + 3


@pytest.mark.parametrize(("make", "code"), [(None, "no-such-folder"), ("en", "no-lessons"), ("notes", "no-lessons")])
def test_a_folder_without_lessons(make: str | None, code: str, tmp_path: Path) -> None:
    folder = tmp_path / "lessons"
    if make:
        (folder / make).mkdir(parents=True)
    with pytest.raises(PellucidError) as refused:
        compile_lesson(folder)
    assert refused.value.code == code


# Whatever a stranger's lesson holds, reading it comes to an end, with a line to mend.

NESTED = {
    "lists": "focus: " + "[" * 50_000,
    "mappings": "\n".join("  " * depth + "a:" for depth in range(300)),
    "dashes": "- " * 5000,
    "keys": "? " * 5000,
}


@pytest.mark.parametrize("kind", NESTED)
def test_yaml_without_a_bottom(kind: str, write: Write) -> None:
    (line, message), *_ = problems(write, f"```stage\n{NESTED[kind]}\n```\nText.\n")
    assert line > FIRST
    assert "is not YAML" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{if correct}" * 21 + "x" + "{end}" * 21, "conditions stand in one another at most 20 deep"),
        ("$" + "{" * 30 + "x" + "}" * 30 + "$", "a formula has at most 4,000 signs, and braces 20 deep"),
        ("$" + "x" * 5000 + "$", "a formula has at most 4,000 signs"),
        ("[a](tensor:probs) " * 2000, "a paragraph has at most 20,000 signs"),
        ("[a](tensor:probs)\n\n" * 2001, "a file has at most 2,000 links"),
        ("{probs[0, 0]}\n\n" * 2001, "a chapter has at most 2,000 live values"),
        ("words\n" * 60_000, "at most 262,144 are read"),
        (r"$\href{https://elsewhere.example}{x}$", r"\href means nothing in formulas of lessons"),
        (r"$\style{background: url(//elsewhere.example)}{x}$", r"\style means nothing in formulas of lessons"),
        (r"$$\def\a{x}\a$$", r"\def means nothing in formulas of lessons"),
    ],
)
def test_what_would_never_end_or_lead_elsewhere(text: str, expected: str, write: Write) -> None:
    found = problems(write, STEP + text + "\n")
    assert len(found) == 1
    assert expected in found[0][1]


def test_no_more_is_told_than_anybody_reads(write: Write) -> None:
    found = problems(write, STEP + "[a](tensor:nonsense)\n\n" * 1000)
    assert len(found) == 101
    assert "there is more wrong after this: mend the rest first." in {message for _, message in found}


@pytest.mark.parametrize("kind", ["pipe", "device", "circle"])
def test_files_that_are_none(kind: str, write: Write, tmp_path: Path) -> None:
    write({"en/01-one.md": STEP})
    path = tmp_path / "en" / "02-two.md"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/zero", "circle": "02-two.md"}[kind])
    (problem,) = compile_lesson(tmp_path).problems
    assert "cannot be read" in problem.message


def test_the_name_of_a_file_commands_no_terminal(write: Write, tmp_path: Path) -> None:
    write({"en/01-one.md": STEP})
    (tmp_path / "en" / "02-\x1b[2J.md").write_text(STEP)
    (tmp_path / "en" / os.fsdecode(b"03-\xff.md")).write_text(STEP)
    for problem in compile_lesson(tmp_path).problems:
        assert str(problem).isprintable()
