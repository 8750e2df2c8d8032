"""The words that Python and the page share: whatever the graph calls by an English name has a Japanese one."""

import inspect
import json
import re

import pytest

from pellucid.graph import arithmetic, functions, ops
from pellucid.graph.axes import AXES
from pellucid.models import PRESETS, measures, with_loss
from pellucid.serve.answers import STATUS
from pellucid.serve.refusals import refusal
from pellucid.words import FOLDER, words_in
from pellucid.words.errors import PellucidError

ENGLISH, JAPANESE = words_in("en"), words_in("ja")
OPS = inspect.getsource(ops)
GRAPH = with_loss(PRESETS["nano"].graph()).gradients()

TITLES = {
    *re.findall(r'^@op\("(.+)"\)$', OPS, re.MULTILINE),
    *AXES.values(),
    *(op.title for op in GRAPH.ops),
    *(tensor.title for tensor in GRAPH.tensors.values()),
    *(group.title for group in GRAPH.groups.values()),
}
STEPS = {
    *re.findall(r'Step\(\s*"(.+?)"', OPS),
    *re.findall(r'StepDone\("(.+?)"', inspect.getsource(arithmetic)),
    *(operation.step for operation in functions.OPERATIONS.values()),
    *(known.step for known in functions.FUNCTIONS.values()),
}
JSON = "src/pellucid/words/ja.json"


def test_the_names_are_found() -> None:
    assert {"look-up", "AdamW update", "head channel", "gradient of queries", "block 2"} <= TITLES
    assert {"centre", "inside", "largest", "divide", "root"} <= STEPS


@pytest.mark.parametrize("title", sorted(TITLES))
def test_every_title_has_japanese_words(title: str) -> None:
    bare = title.removeprefix("gradient of ")
    said = JAPANESE.title(bare) != bare or bare in JAPANESE.titles
    assert said, f"{JSON} says no title {bare!r}: put it there, even where Japanese writes it alike"
    assert ENGLISH.title(title) == title


@pytest.mark.parametrize("step", sorted(STEPS))
def test_every_step_has_japanese_words(step: str) -> None:
    assert step in JAPANESE.labels, f"{JSON} says no label {step!r}: put it there, even where Japanese writes it alike"


def test_titles_are_composed() -> None:
    assert JAPANESE.title("block 2") == "ブロック 2"
    assert JAPANESE.title("gradient of queries") == "クエリの勾配"
    assert JAPANESE.title("what nobody has translated") == "what nobody has translated"
    assert words_in("xx") == ENGLISH


def test_every_size_has_japanese_words() -> None:
    assert {size.name for size in measures(PRESETS["nano"])} <= JAPANESE.measures.keys()


def test_every_language_has_the_same_parts() -> None:
    files = sorted(FOLDER.glob("*.json"))
    parts = [set(json.loads(file.read_text(encoding="utf-8"))) for file in files]
    assert len(files) >= 2
    assert all(part == parts[0] for part in parts)


@pytest.mark.parametrize("code", sorted(STATUS))
def test_whoever_reads_japanese_is_refused_in_japanese(code: str) -> None:
    """Those are the refusals that anybody may meet, whatever was asked."""
    error = PellucidError(code, "In English.", model="nano", chapter="tour", name="x", most=2, models="nano", count=3)
    said = refusal(error, "ja")
    assert said.language == "ja"
    assert re.search("[ぁ-ん]", said.message)
    assert "{" not in said.message
