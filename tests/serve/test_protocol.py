"""What travels is what is declared: every address's answer, field by field, and the files made of the declarations."""

import copy
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import msgspec
import numpy as np
import pytest

from pellucid.models import PRESETS
from pellucid.run.model import Model
from pellucid.serve.protocol import answers, lessons
from pellucid.serve.protocol import compiled as lessons_compiled
from pellucid.serve.protocol.rule import Rule

ROOT = Path(__file__).parents[2]
TOKENS = "2,1,0,1,1,2"


def declared(client: httpx2.Client, path: str, declaration: type, **query: object) -> Any:
    """The answer of an address, once it has been found to have the declared fields, so typed, and no others."""
    response = client.get(f"/api{path}", params={name: str(value) for name, value in query.items()})
    content = response.json()
    msgspec.convert(content, declaration)
    return content


def test_every_model_is_described_as_declared(client: httpx2.Client) -> None:
    listed = declared(client, "/models", answers.ModelList)
    assert len(listed["models"]) == len(PRESETS)
    for model in listed["models"]:
        declared(client, f"/models/{model['id']}", answers.Description)
    for new in listed["new"]:
        described = declared(client, f"/models/{new['id']}", answers.Description)
        assert new["task"] == ("text" if described["task"] is None else described["task"]["name"])
        declared(client, f"/models/{new['id']}/teaching", lessons.Teaching)


def test_a_new_model_is_asked_like_any_other_and_a_wrong_name_refused(client: httpx2.Client) -> None:
    name = "new:reverse,length=3,layers=1"
    assert declared(client, f"/models/{name}", answers.Description)["context"] == 5
    declared(client, f"/models/{name}/next", answers.NextToken, tokens="0,1,2")
    assert name not in [model["id"] for model in client.get("/api/models").json()["models"]]
    refused = client.get("/api/models/new:reverse,layers=900")
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too-many-blocks")


def test_a_cell_of_every_tensor_is_explained_as_declared(client: httpx2.Client, model: Model) -> None:
    run, random = model.trace("CBABBC"), np.random.default_rng(0)
    signs = set()
    for name in model.graph.tensors:
        index = ",".join(str(random.integers(length)) for length in run[name].shape)
        explained = declared(
            client, "/models/nano/explain", answers.Explanation, tokens=TOKENS, tensor=name, index=index
        )
        signs |= {(step["sign"], step["operand"] is None) for step in explained["steps"]}
    assert {("÷", False), ("×", False), ("−", False), (None, True)} <= signs


@pytest.mark.parametrize("change", ["", "logits[v=0]~set(-inf)"])
def test_a_next_token_is_as_declared(client: httpx2.Client, change: str) -> None:
    declared(client, "/models/nano/next", answers.NextToken, tokens=TOKENS, temperature=2, top_k=2, change=change)


@pytest.mark.parametrize(
    ("by", "more"),
    [
        ("parts", {"of": 0, "position": 5, "against": 1}),
        ("ways", {}),
        ("layers", {"language": "ja"}),
        ("letters", {"position": 0}),
        ("patches", {"other": "2,1,1,1,1,2", "tensors": "blocks.0.attn.z,blocks.1.attn.z"}),
    ],
)
def test_why_is_answered_as_declared(client: httpx2.Client, by: str, more: dict[str, object]) -> None:
    found = declared(client, "/models/nano/why", answers.Why, tokens=TOKENS, by=by, **more)
    assert found["by"] == by
    assert found["rows"]
    assert bool(found["edges"]) == (by == "ways")


@pytest.mark.parametrize(
    "query", ["by=luck", "of=3", "of=A", "of=", "token=3", "of=0&token=0", "of=0&of=0", "position=6",
              "by=patches", "by=parts&other=2,1", "by=letters&against=1", "by=patches&other=2,1",
              "by=patches&other=2,1,0,1,1,2&tensors=embed.W_E", "language=xx", "change=embed"]
)  # fmt: skip
def test_what_cannot_be_asked_why_is_refused(client: httpx2.Client, query: str) -> None:
    response = client.get(f"/api/models/nano/why?tokens={TOKENS}&{query}")
    assert response.status_code == 400
    msgspec.convert(response.json(), answers.ErrorBody)


def test_the_token_that_is_asked_about_may_go_by_its_older_name(client: httpx2.Client) -> None:
    of, token = (client.get(f"/api/models/nano/why?tokens={TOKENS}&{name}=1") for name in ("of", "token"))
    assert (of.status_code, of.json()) == (200, token.json())
    assert of.json()["token"] == "B"


@pytest.mark.parametrize("path", ["/models/none", "/nowhere", "/models/nano/explain", "/models/nano/trace?text=DDD"])
def test_an_error_is_as_declared(client: httpx2.Client, path: str) -> None:
    declared(client, path, answers.ErrorBody)


def test_the_tour_is_as_declared(client: httpx2.Client) -> None:
    contents = declared(client, "/lessons", lessons.Contents)
    for language, chapters in contents["languages"].items():
        declared(client, f"/glossary/{language}", lessons.Glossary)
        for chapter in chapters:
            address = f"/lessons/{language}/{chapter['slug']}"
            declared(client, address, lessons.Chapter, tokens=TOKENS)
            compiled = declared(client, f"{address}/compiled", lessons_compiled.Compiled, model="nano")
            assert len(compiled["steps"]) == chapter["steps"]
    assert contents["languages"]["ja"]


def test_what_one_tries_out_is_as_declared(client: httpx2.Client) -> None:
    declared(client, "/models/nano/heads", lessons.Heads)
    declared(client, "/models/nano/ablations", lessons.Ablations)
    declared(client, "/models/nano/consequences", lessons.Consequence, change="blocks.0.attn.z[h=0]")
    declared(client, "/models/nano/questions", lessons.Questions)
    declared(client, "/models/nano/teaching", lessons.Teaching)
    declared(client, "/models/nano/descent", lessons.Descent, tokens=TOKENS, cell="unembed.W_U[0,0]", rate=0.1)
    declared(client, "/models/nano/training", lessons.TrainingCurve, steps=2)
    declared(client, "/models/nano/training", lessons.TrainingCurve, steps=2, hold_out="multisets")
    declared(client, "/models/nano/python", answers.PythonLines, tensors="logits,probs")


@pytest.mark.parametrize(
    "rule",
    [["sqrt", ["number", 1], ["number", 2]], ["sqrt"], ["cube", ["number", 1]], ["place", ["number", 1]], "t"],
)
def test_a_formula_that_is_none_is_refused(rule: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(rule, Rule)


def test_a_field_that_nobody_declared_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="colour"):
        msgspec.convert({"name": "t", "title": "t", "value": 1, "colour": "red"}, answers.Measure)


def test_schemas_and_the_types_of_the_page_follow_the_declarations() -> None:
    command = [sys.executable, str(ROOT / "docs" / "write_schemas.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_change_of_what_travels_has_a_new_version(script: ModuleType) -> None:
    schema = script.schema_of(answers)
    first = script.versioned(schema, {"version": 0, "sha256": ""})
    assert first["version"] == 1
    reworded = copy.deepcopy(schema)
    reworded["$defs"]["Measure"]["description"] = "Said otherwise."
    assert script.versioned(reworded, first) == first
    assert "title" in schema["$defs"]["Measure"]["properties"], "a name, though schemas have that word too"
    changed = copy.deepcopy(schema)
    del changed["$defs"]["Measure"]["properties"]["title"]
    assert script.versioned(changed, first)["version"] == 2


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_schemas", ROOT / "docs" / "write_schemas.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
