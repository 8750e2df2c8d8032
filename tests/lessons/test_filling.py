"""The page fills compiled chapters in as Python does: the same words, numbers, cells and cues for every chapter."""

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lesson_files import Write
from small import random_model
from walking import Walker

import pellucid
from pellucid.lessons import TOUR, Lesson, Subject, compile_lesson
from pellucid.lessons.compiled import Compiled
from pellucid.lessons.expression import TruthFact
from pellucid.lessons.facts import FACTS, trained
from pellucid.lessons.filling import filled
from pellucid.lessons.formats import formatted, printed
from pellucid.models import measures
from pellucid.run.interventions import interventions_of
from pellucid.run.model import Model
from pellucid.serve.tour import questions
from pellucid.tasks import Task, lookup, make, remade
from pellucid.tasks.ablation import asked, consequence
from pellucid.tasks.task import FEW

QUESTIONS = 20
SEVERAL = re.compile(r"\d[\d,]*(?:\.\d+)?")
"""A number as it is printed, without its sign."""


@pytest.fixture(scope="module")
def tour(nano_model: Model) -> Lesson:
    return compile_lesson(TOUR, Subject.of(nano_model))


def filled_by_page(walker: Walker, compiled: Compiled, model: Model, questions: Sequence[list[int]]) -> list[Any]:
    """The chapter for each of the questions, by the page's engine, which is told what changes do."""
    consequences = [
        {"change": change, **vars(consequence(model, interventions_of(change, model.graph)))}
        for change in compiled.changes
    ]
    asked = {
        "chapter": plain(compiled),
        "subject": subject_of(model),
        "questions": questions,
        "consequences": consequences,
        "told": told(model),
    }
    return [answer["said"] for answer in walker.ask("fill", asked)]


def told(model: Model) -> dict[str, Any] | None:
    """What the page is told of a task of which it knows nothing but the name."""
    if model.task is None or (model.task["name"] == "sort" and remade(model.task).questions <= FEW):
        return None
    answer: dict[str, Any] = json.loads(questions(model).content)
    return answer


def subject_of(model: Model) -> dict[str, Any]:
    """What the page knows of a model from its description."""
    return {
        "name": model.name,
        "parameters": model.graph.parameters(),
        "context": model.context,
        "sizes": [vars(size) for size in measures(model.config)],
        "training": trained(model),
        "task": model.task,
        "vocabulary": model.vocabulary.pieces if model.vocabulary else None,
        "accuracy": model.about.get("accuracy"),
    }


def plain(value: Any) -> Any:
    """As it travels."""
    return json.loads(msgspec.json.encode(value))


def differences(ours: Any, theirs: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            yield from differences(ours.get(key), theirs.get(key), f"{where}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{where}.{place}")
    elif ours != theirs:
        yield where, ours, theirs


def differ_in_a_last_digit(one: Any, other: Any) -> bool:
    """Whether two texts are the same but for numbers that are neighbours: 0.4413 and 0.4414."""
    if not (isinstance(one, str) and isinstance(other, str)) or SEVERAL.sub("0", one) != SEVERAL.sub("0", other):
        return False
    pairs = zip(SEVERAL.findall(one), SEVERAL.findall(other), strict=True)
    numbers = [(Decimal(left.replace(",", "")), Decimal(right.replace(",", ""))) for left, right in pairs]
    return all(abs(left - right) <= max(ulp(left), ulp(right)) for left, right in numbers)


def ulp(number: Decimal) -> Decimal:
    return Decimal(1).scaleb(int(number.as_tuple().exponent))


# Every chapter.


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_chapter_is_filled_in_alike(walker: Walker, tour: Lesson, nano_model: Model, language: str) -> None:
    """A number that lies on the border between two printed ones may come out as either, which is rare."""
    walker.load(nano_model.graph, dict(nano_model.parameters))
    questions = np.random.default_rng(7).integers(3, size=(QUESTIONS, 6)).tolist()
    values = others = 0
    fitting = [chapter for chapter in tour.chapters[language] if tour.fits(chapter)]
    assert len(fitting) >= 14
    for chapter in fitting:
        found = filled_by_page(walker, chapter.compiled, nano_model, questions)
        for question, theirs in zip(questions, found, strict=True):
            ours = plain(filled(chapter.compiled, nano_model.trace(question)))
            values += len(ours["values"])
            for where, one, other in differences(ours, theirs, chapter.slug):
                assert differ_in_a_last_digit(one, other), f"{question} {where}: {one!r}, but {other!r} in the page"
                others += ".values." in where
    assert values > 8_000
    assert others <= values / 1000


def test_a_model_that_knows_nothing_too(walker: Walker, random_nano: Model) -> None:
    lesson = compile_lesson(TOUR, Subject.of(random_nano))
    walker.load(random_nano.graph, dict(random_nano.parameters))
    question = [2, 1, 0, 1, 1, 2]
    for chapter in lesson.chapters["en"]:
        (theirs,) = filled_by_page(walker, chapter.compiled, random_nano, [question])
        ours = plain(filled(chapter.compiled, random_nano.trace(question)))
        for where, one, other in differences(ours, theirs, chapter.slug):
            assert differ_in_a_last_digit(one, other), f"{where}: {one!r}, but {other!r} in the page"


EVERYTHING = """
```stage
focus: [blocks.0.attn, output]
run: [q, pattern]
at: {h: 1, t: 0..last, s: "argmax(pattern[1, last])"}
select: {tensor: scores, at: {h: 0, t: last, s: min(tokens)}}
generated: 2
off:
  - {tensor: blocks.1.attn.z, at: {h: 2, t: last}}
  - "blocks.0.mlp_out[t=answer]~scale(0.5)"
  - "blocks.0.attn.pattern[h=0]~mean(t)"
letters: broken
camera: {turn: 20, follow: false}
note: "{letters} and {read_letters}"
```
{sum(probs[last])} {std(embed[t=0..2]):.3e} {mean(blocks.1.ln1.normalized[last]):.4f} {count(tokens == A)}
{min(logits):+.2f} {sum(where(tokens != B) * pattern[0, 5])} {argmax(probs[answer])} {letter(max(tokens))} {exp(1):.3g}
{sqrt(2)} {1 / 0} {abs(0 - logits[0, A]):(.2f)} {letter(9)} {0 - 0.0001:.2f} {size.c:,} {loss:.3f}
{sum(scores)} {1234567.8:,}
{if max(probs[last]) >= 0.5 and not (correct or length < 6)}{if tokens[0] == tokens[1]}one{else}two{end}{else if
argmax(probs[last]) == A}three{else}[four](<cell:pattern[0, argmax(tokens)]>){end}

{if correct}

```widget
kind: sampling
temperature: 0.7
```

{end}

```widget
kind: softmax-sliders
row: {tensor: logits, at: {t: answer}}
```

```exercise
question: Which is {= 0.1 + probs[answer, A]:.2f}, $\\value{= 2 * probs[last, B]} \\value{letters}$ or {= 1 / 3:.1%}?
answer: {tensor: probs, at: {t: answer..last, v: "argmax(probs[answer])"}}
hint: FACTS
```
"""


def test_everything_that_lessons_can_say(walker: Walker, write: Write, nano_model: Model) -> None:
    facts = " ".join(
        f"{{if {name}}}{name}{{end}}" if fact.kind is TruthFact else f"{{{name}}}" for name, fact in FACTS.items()
    )
    lesson = write({"en/01-one.md": EVERYTHING.replace("FACTS", f'"{facts}"')})
    assert not lesson.problems, lesson.problems
    compiled = lesson.chapter("en", "01-one").compiled
    assert compiled.changes == (
        "blocks.1.attn.z[h=2,t=7];blocks.0.mlp_out[t=5]~scale(0.5);blocks.0.attn.pattern[h=0]~mean(t)",
    )
    walker.load(nano_model.graph, dict(nano_model.parameters))
    questions = np.random.default_rng(8).integers(3, size=(QUESTIONS, 6)).tolist()
    for question, theirs in zip(questions, filled_by_page(walker, compiled, nano_model, questions), strict=True):
        ours = plain(filled(compiled, nano_model.trace(question)))
        for where, one, other in differences(ours, theirs, "all"):
            assert differ_in_a_last_digit(one, other), f"{question} {where}: {one!r}, but {other!r} in the page"


class Turn(Task):
    """The letters of the question, each replaced by the next one of the alphabet, the last by the first."""

    name = "turn"
    answer_length = 3

    def answers(self, questions: np.ndarray) -> np.ndarray:
        return (questions[:, :3] + 1) % len(self.alphabet)

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        return random.integers(len(self.alphabet), size=(count, self.length))


TAUGHT = """
```stage
focus: output
generated: 1
off: [{tensor: blocks.1.attn.z, at: {h: 0}}, "blocks.0.mlp_out[t=answer]~scale(-3)"]
letters: broken
```
{letters} {read_letters} {answer_letters} {right_letters} {if correct}right{else}wrong{end} {own.letters} {own.answer}
{if broken}{broken.letters} {broken.answer} {broken.right}{else}whole{end} {still_right} of {still_asked} {loss:.3f}
{max(probs[last])} {length} {answer_length} {first_wrong} {training.first_scored}
"""


@pytest.mark.parametrize("task", ["few", "many", "sorting many"])
def test_models_that_were_taught_something_else(
    walker: Walker, tmp_path: Path, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is told the right answers of a task for which it has no rule, and a sample where they are many."""
    monkeypatch.setitem(lookup.TASKS, "turn", Turn)
    taught = {"few": Turn("AB", 5), "many": Turn("ABC", 8), "sorting many": make("sort", length=8)}[task]
    assert (taught.questions <= FEW) == (task == "few")
    model = pellucid.train(taught, seed=1, steps=60)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "01-one.md").write_text(f"---\ntitle: A title\nsummary: A sentence.\n---\n{TAUGHT}")
    lesson = compile_lesson(tmp_path, Subject.of(model))
    assert not lesson.problems, lesson.problems
    compiled = lesson.chapter("en", "01-one").compiled
    walker.load(model.graph, dict(model.parameters))
    questions = asked(taught)[::9].tolist()
    for question, theirs in zip(questions, filled_by_page(walker, compiled, model, questions), strict=True):
        ours = plain(filled(compiled, model.trace(question)))
        for where, one, other in differences(ours, theirs, task):
            assert differ_in_a_last_digit(one, other), f"{question} {where}: {one!r}, but {other!r} in the page"


@pytest.mark.parametrize("letters", [True, False])
def test_models_that_were_taught_no_task(walker: Walker, tmp_path: Path, letters: bool) -> None:
    """A question may have any length then, and nobody knows a right answer."""
    taught = random_model()
    model = taught if letters else Model("bare", taught.config, taught.parameters)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "01-one.md").write_text(f"---\ntitle: A title\nsummary: A sentence.\n---\n{UNTAUGHT}")
    lesson = compile_lesson(tmp_path, Subject.of(model))
    assert not lesson.problems, lesson.problems
    compiled = lesson.chapter("en", "01-one").compiled
    walker.load(model.graph, dict(model.parameters))
    for length in (1, 4, 9):
        questions = np.random.default_rng(length).integers(7, size=(4, length)).tolist()
        for question, theirs in zip(questions, filled_by_page(walker, compiled, model, questions), strict=True):
            ours = plain(filled(compiled, model.trace(question)))
            for where, one, other in differences(ours, theirs, "no task"):
                assert differ_in_a_last_digit(one, other), f"{question} {where}: {one!r}, but {other!r} in the page"


UNTAUGHT = """
```stage
focus: output
off: ["blocks.1.attn.z[h=0]~scale(2)"]
```
{letters} {numbers} {read_letters} {right_letters} {alphabet} {if correct}right{else}not right{end} {still_right}
{if broken}broken{else}whole{end} {loss:.3f} {max(probs[last])} {argmax(logits[last])} {length} {answer_length}
{mean(embed[last]):.4f} {accuracy.trained_total} {first_wrong} {training.first_scored}
"""


def test_a_chapter_is_the_same_after_travelling(tour: Lesson, nano_model: Model) -> None:
    run = nano_model.trace("CBABBC")
    for chapter in itertools.chain(*tour.chapters.values()):
        travelled = msgspec.json.decode(msgspec.json.encode(chapter.compiled), type=Compiled)
        assert travelled == chapter.compiled
        if tour.fits(chapter):
            assert plain(filled(travelled, run)) == plain(filled(chapter.compiled, run))


# What changes do to all questions.


@pytest.mark.parametrize(
    "change",
    [
        "blocks.0.attn.z[h=0]",
        "blocks.0.attn_out;blocks.1.mlp_out",
        "blocks.2.mlp_out[t=4..6]~scale(-2)",
        "embed.W_E[v=1]~set(0.25)",
        "blocks.1.attn.pattern[h=1]~freeze",
    ],
)
def test_the_page_asks_all_questions_itself(walker: Walker, few_questions: Model, change: str) -> None:
    walker.load(few_questions.graph, dict(few_questions.parameters))
    found = walker.ask("consequence", {"task": few_questions.task, "told": None, "change": change})
    expected = consequence(few_questions, interventions_of(change, few_questions.graph))
    assert found == {"change": change, **plain(vars(expected))}
    assert found["asked"] == 32


@pytest.fixture(scope="module")
def few_questions() -> Model:
    return pellucid.train(make("sort", alphabet="AB", length=5), seed=1, steps=60)


# Numbers.


FORMATS = [
    "",
    ",",
    "+",
    "+,",
    ".0f",
    ".2f",
    ",.1f",
    "+.3f",
    "(.2f)",
    "()",
    ".3e",
    "e",
    ".4g",
    "g",
    "%",
    ".0%",
    "+.1%",
    "f",
]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(
            st.floats(-1e7, 1e7),
            st.floats(-1, 1),
            st.floats(-1e-3, 1e-3),
            st.integers(-(2**18), 2**18).map(lambda one: one / 64),
            st.integers(-(10**9), 10**9).map(float),
            st.integers(-2000, 2000).map(lambda one: one / 8),
            st.floats(-2, 2).map(lambda one: round(one) + one * 1e-7),
            st.sampled_from([float("inf"), float("-inf"), float("nan"), 0.0, -0.0, 1e21, 5e-324]),
        ),
        min_size=20,
        max_size=100,
    )
)
def test_numbers_are_printed_as_python_prints_them(walker: Walker, values: list[float]) -> None:
    cases = [(value, spec, in_math) for value in values for spec in FORMATS for in_math in (False, True)]
    spelled = [[repr(value).replace("inf", "Infinity"), spec, in_math] for value, spec, in_math in cases]
    for (value, spec, in_math), (text, number) in zip(cases, walker.ask("printed", spelled), strict=True):
        assert text == formatted(value, spec, in_math=in_math), (value, spec)
        assert str(float(number)) == str(printed(value, spec)), (value, spec)
