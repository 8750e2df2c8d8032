"""Cells changed in an address: everything after them follows, as in run/."""

import httpx2
import numpy as np
import pytest
from safetensors.numpy import load

from pellucid.run.model import Model

TOKENS = "2,1,0,1,1,2"
TWO = "blocks.1.attn.z[h=0];blocks.1.attn.z[h=2,t=5]"
SEVERAL = "blocks.1.attn.z[h=2]~scale(-1);blocks.0.mlp.post[t=1..2]~mean(t);embed.W_E[v=0]~from(0,0,0,0,0,0)"


@pytest.mark.parametrize("parameter", ["off", "change"])
@pytest.mark.parametrize("change", ["blocks.1.attn.z[h=2]", "blocks.1.attn.W_O[h=2]", SEVERAL])
def test_a_trace_is_that_of_the_model_so_changed(
    client: httpx2.Client, model: Model, parameter: str, change: str
) -> None:
    response = client.get("/api/models/nano/trace", params={"tokens": TOKENS, parameter: change})
    trace, expected = load(response.content), model.trace("CBABBC", interventions=change)
    assert trace.keys() == {*expected}
    for name in expected:
        np.testing.assert_array_equal(trace[name], expected[name])
    assert not np.allclose(trace["logits"], model.trace("CBABBC")["logits"], atol=1e-3)


def test_a_head_that_is_off_is_zero(client: httpx2.Client) -> None:
    trace = load(client.get("/api/models/nano/trace", params={"tokens": TOKENS, "off": "blocks.1.attn.z[h=2]"}).content)
    assert not trace["blocks.1.attn.z"][2].any()
    assert trace["blocks.1.attn.z"][:2].any()


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


def test_a_run_is_known_by_what_it_is_computed_from(client: httpx2.Client) -> None:
    """Other spellings of one change are one run, and other changes are others."""

    def head(change: str) -> float:
        question = {"tokens": TOKENS, "cell": "blocks.1.attn.z[h=2,t=5,d=0]", "change": change}
        return float(client.get("/api/models/nano/explain", params=question).json()["value"])

    plain = head("blocks.1.attn.z[h=2]~scale(1)")
    assert plain
    assert head("blocks.1.attn.z[h=2]~scale(2)") == head("blocks.1.attn.hook_z[h=2..2]~scale(2.0)")
    assert head("blocks.1.attn.z[h=2]~scale(2)") == pytest.approx(2 * plain, rel=1e-5)
    assert head("blocks.1.attn.z[h=2]") == 0


def test_cells_are_named_in_one_way_or_the_other(client: httpx2.Client) -> None:
    ways = [{"cell": cell} for cell in ("logits[t=5,v=0]", "logits[5,0]", "logits:5,0")]
    ways.append({"tensor": "logits", "index": "5,0"})
    answers = [client.get("/api/models/nano/explain", params={"tokens": TOKENS, **way}).json() for way in ways]
    assert answers == [answers[0]] * len(ways)
    both = client.get("/api/models/nano/explain", params={"tokens": TOKENS, "cell": "logits[5,0]", "tensor": "logits"})
    assert both.status_code == 400
    assert both.json()["error"]["code"] == "bad-cell"


@pytest.mark.parametrize("parameter", ["off", "change"])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("blocks.1.attn.z[h=", "bad-cell"),
        ("blocks.1.attn.z[h=2];", "bad-cell"),
        ("blocks.1.attn.z[h=3]", "index-out-of-range"),
        ("blocks.1.attn.z[t=6]", "index-out-of-range"),
        ("blocks.1.attn.z[q=0]", "bad-index"),
        ("blocks.1.attn.z~halve", "bad-change"),
        ("blocks.1.attn.z~from(0,0)", "bad-change"),
        ("tokens", "bad-change"),
        ("blocks.1.attn.zz", "unknown-tensor"),
        (f"logits~mean({'|'.join(['0,0,0,0,0,0'] * 65)})", "too-many-texts"),
    ],
)
def test_what_cannot_be_changed_is_said(client: httpx2.Client, parameter: str, change: str, code: str) -> None:
    answer = client.get("/api/models/nano/trace", params={"tokens": TOKENS, parameter: change})
    assert answer.status_code == (404 if code == "unknown-tensor" else 400)
    error = answer.json()["error"]
    assert error["code"] == code
    assert "\n" not in error["message"]
