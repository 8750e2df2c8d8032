"""A model that is too large to be sent whole is looked at region by region, explained and asked on, all the same."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load
from small import random_model
from starlette.testclient import TestClient

from pellucid.run.model import Model
from pellucid.serve.app import application

TOKENS = (1, 2, 3, 4, 5, 6)
ASKED = ",".join(map(str, TOKENS))


@pytest.fixture
def model() -> Model:
    return random_model()


@pytest.fixture
def visitor(model: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Everything of it is too large: all that may be sent at once is a hundred numbers."""
    monkeypatch.setattr("pellucid.serve.collection.LARGEST_ANSWER", 400)
    monkeypatch.setattr("pellucid.serve.collection.LARGE", 100)
    monkeypatch.setattr("pellucid.serve.runs.READ_TOGETHER", 2)
    with TestClient(application([model]), base_url="http://127.0.0.1") as client:
        yield client


def get(visitor: TestClient, what: str, **query: str) -> Any:
    return visitor.get(f"/api/models/small/{what}", params=query)


@pytest.mark.parametrize("what", ["weights", "trace"])
def test_the_whole_is_refused(visitor: TestClient, what: str) -> None:
    query = {"tokens": ASKED} if what == "trace" else {}
    refused = get(visitor, what, **query)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too-large")


@pytest.mark.parametrize(
    ("cells", "region"),
    [
        ("blocks.0.attn.W_Q[h=1,c=2..4]", np.s_[1:2, 2:5, :]),
        ("blocks.0.attn.W_Q[1,2,3]", np.s_[1:2, 2:3, 3:4]),
        ("embed.W_E:6,3", np.s_[6:7, 3:4]),
    ],
)
def test_a_region_of_a_weight(visitor: TestClient, model: Model, cells: str, region: Any) -> None:
    sent = load(get(visitor, "cells", cells=cells).content)
    ((name, array),) = sent.items()
    np.testing.assert_array_equal(array, model.parameters[name][region])


@pytest.mark.parametrize("change", [{}, {"change": "blocks.0.attn.z[h=1]~scale(2)"}])
def test_a_region_of_a_run(visitor: TestClient, model: Model, change: dict[str, str], tmp_path: Any) -> None:
    sent = get(visitor, "cells", cells="blocks.1.attn.pattern[h=0,t=2..3]", tokens=ASKED, **change)
    (tmp_path / "cells").write_bytes(sent.content)
    with safe_open(tmp_path / "cells", "numpy") as opened:
        told = opened.metadata()
        array = opened.get_tensor("blocks.1.attn.pattern")
    run = model.trace(TOKENS, interventions=change.get("change", ()))
    np.testing.assert_allclose(array, run["blocks.1.attn.pattern"][0:1, 2:4, :], rtol=1e-6)
    assert json.loads(told["cells"]) == {
        "tensor": "blocks.1.attn.pattern",
        "at": {"h": [0, 1], "t": [2, 4], "s": [0, 6]},
    }
    assert json.loads(told["tokens"]) == list(TOKENS)
    assert told.get("change") == change.get("change")


def test_a_weight_that_a_run_changes(visitor: TestClient, model: Model) -> None:
    sent = load(get(visitor, "cells", cells="embed.W_E[v=1]", tokens=ASKED, change="embed.W_E[v=1]").content)
    assert not sent["embed.W_E"].any()
    assert model.parameters["embed.W_E"][1].any()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "missing-parameter"),
        ({"cells": "logits[t=0]"}, "missing-parameter"),
        ({"cells": "logits[t=6]", "tokens": ASKED}, "index-out-of-range"),
        ({"cells": "embed.W_E[v=7]"}, "index-out-of-range"),
        ({"cells": "blocks.0.mlp.W_in"}, "too-large"),
        ({"cells": "nothing[1]"}, "unknown-tensor"),
        ({"cells": "logits[["}, "bad-cell"),
    ],
)
def test_what_there_is_not_is_refused(visitor: TestClient, query: dict[str, str], code: str) -> None:
    assert get(visitor, "cells", **query).json()["error"]["code"] == code


@pytest.mark.parametrize(
    "cell", ["blocks.1.mlp.post[5,7]", "logits[5,1]", "embed.W_E[1,2]", "tokens[3]", "logits.max[2]"]
)
@pytest.mark.parametrize("change", [{}, {"change": "blocks.0.attn.z[h=1]"}])
def test_any_cell_is_explained(visitor: TestClient, model: Model, cell: str, change: dict[str, str]) -> None:
    said = get(visitor, "explain", tokens=ASKED, cell=cell, **change).json()
    expected = model.trace(TOKENS, interventions=change.get("change", ())).explain(cell).to_json()
    assert said["value"] == pytest.approx(expected["value"], rel=1e-5)
    assert said["reads"] == json.loads(json.dumps(expected["reads"]))


@pytest.mark.parametrize("order", [(1, 2, 3, 6), (6, 3, 3, 4), (2, 6)])
def test_the_next_token_is_that_of_the_whole_run(visitor: TestClient, model: Model, order: tuple[int, ...]) -> None:
    for length in order:
        asked = ",".join(map(str, TOKENS[:length]))
        said = get(visitor, "next", tokens=asked).json()["distribution"]
        logits = model.trace(TOKENS[:length])["logits"][-1]
        for candidate in said:
            assert candidate["logit"] == pytest.approx(float(logits[candidate["token"]]), rel=1e-4, abs=1e-5)


def test_another_weight_is_another_next_token(visitor: TestClient, model: Model) -> None:
    before = get(visitor, "next", tokens=ASKED).json()
    model.parameters.set_cells("embed.W_E", (2, slice(None)), 0.0)
    assert get(visitor, "next", tokens=ASKED).json() != before
