"""Cells switched off in an address: everything after them does without, as in run/."""

import httpx2
import numpy as np
import pytest
from safetensors.numpy import load

from pellucid.run.intervene import switched_off
from pellucid.run.model import Model

TOKENS = "2,1,0,1,1,2"
TWO = "blocks.1.attn.z[h=0];blocks.1.attn.z[h=2,t=5]"


def test_a_trace_without_a_head_is_that_of_the_model_without_it(client: httpx2.Client, model: Model) -> None:
    response = client.get("/api/models/nano/trace", params={"tokens": TOKENS, "off": "blocks.1.attn.z[h=2]"})
    trace = load(response.content)
    expected = model.trace("CBABBC", edits=switched_off(model.graph, "blocks.1.attn.z", h=2))
    assert not trace["blocks.1.attn.z"][2].any()
    assert trace["blocks.1.attn.z"][:2].any()
    for name in expected:
        np.testing.assert_array_equal(trace[name], expected[name])


def test_several_cells_of_one_tensor_are_off_together(client: httpx2.Client) -> None:
    trace = load(client.get("/api/models/nano/trace", params={"tokens": TOKENS, "off": TWO}).content)
    z = trace["blocks.1.attn.z"]
    assert not z[0].any()
    assert not z[2, 5].any()
    assert z[2, 4].any()
    assert z[1].any()


def test_what_comes_next_and_how_a_cell_comes_about_follow(client: httpx2.Client) -> None:
    trace = load(client.get("/api/models/nano/trace", params={"tokens": TOKENS, "off": TWO}).content)
    step = client.get("/api/models/nano/next", params={"tokens": TOKENS, "off": TWO}).json()
    assert step["chosen"]["token"] == int(trace["logits"][-1].argmax())
    assert step["chosen"]["probability"] == pytest.approx(float(trace["probs"][-1].max()), rel=1e-5)
    question = {"tokens": TOKENS, "tensor": "blocks.1.attn.z", "index": "0,5,3", "off": TWO}
    assert client.get("/api/models/nano/explain", params=question).json()["value"] == 0
    question["tensor"], question["index"] = "logits", "5,0"
    cell = client.get("/api/models/nano/explain", params=question).json()
    assert cell["value"] == pytest.approx(float(trace["logits"][5, 0]), rel=1e-5)


@pytest.mark.parametrize(
    ("off", "code"),
    [
        ("blocks.1.attn.z[h=", "bad-off"),
        ("blocks.1.attn.z[h=2];", "bad-off"),
        ("blocks.1.attn.z[h=3]", "bad-index"),
        ("blocks.1.attn.z[q=0]", "bad-index"),
        ("blocks.1.attn.W_O", "bad-off"),
        ("blocks.1.attn.zz", "unknown-tensor"),
    ],
)
def test_what_cannot_be_switched_off_is_said(client: httpx2.Client, off: str, code: str) -> None:
    error = client.get("/api/models/nano/trace", params={"tokens": TOKENS, "off": off}).json()["error"]
    assert error["code"] == code
    assert "\n" not in error["message"]
