"""Every address of docs/protocol.md on a real server: what it answers is what the model computes."""

import json
from typing import Any

import httpx2
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load

from pellucid.lessons.python import python_of
from pellucid.models import PRESETS
from pellucid.run.model import Model
from pellucid.scene import layout

PROMPT = "CBABBC"
TOKENS = "2,1,0,1,1,2"


def answered(client: httpx2.Client, path: str, **query: object) -> httpx2.Response:
    response = client.get(f"/api/models{path}", params={name: str(value) for name, value in query.items()})
    assert response.status_code == 200, response.text
    return response


def test_the_list_begins_with_the_models_served_and_goes_on_with_the_presets(client: httpx2.Client) -> None:
    listed = answered(client, "").json()
    assert listed["default"] == "nano"
    assert listed["models"][0] == {
        "id": "nano",
        "title": "nano",
        "parameters": 85_728,
        "loaded": True,
        "learned": "sort",
    }
    sizes = {entry["id"]: entry["parameters"] for entry in listed["models"]}
    assert list(sizes) == list(PRESETS)
    assert sizes["gpt2"] == 124_439_808
    assert sizes["gpt2-xl"] == 1_557_611_200
    assert not any(entry["loaded"] for entry in listed["models"][1:])


def test_the_description_says_what_the_model_is(client: httpx2.Client, model: Model) -> None:
    described = answered(client, "/nano").json()
    assert described["parameters"] == 85_728
    assert described["context"] == 11
    assert described["loaded"] is True
    assert described["config"]["n_layer"] == 3
    assert described["task"] == model.task
    assert described["accuracy"] == model.about["accuracy"]
    assert described["vocabulary"] == ["A", "B", "C"]
    assert len(model.question(described["example"])) == 6
    assert described["graph"] == model.graph.describe()
    assert described["scene"] == as_json(layout(model.graph).describe())


def as_json(content: dict[str, Any]) -> Any:
    """With tuples as lists, as they arrive."""
    return json.loads(json.dumps(content))


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "nano"])
def test_a_preset_without_weights_is_described_and_laid_out(client: httpx2.Client, name: str) -> None:
    described = answered(client, f"/{name}").json()
    graph = PRESETS[name].graph()
    assert described["loaded"] is False
    assert described["parameters"] == graph.parameters()
    assert described["graph"] == graph.describe()
    assert {box["tensor"] for box in described["scene"]["boxes"]} == set(graph.tensors)
    assert described["task"] is described["vocabulary"] is described["accuracy"] is None


def test_the_weights_come_whole_in_the_axis_order_of_the_graph(client: httpx2.Client, model: Model) -> None:
    response = answered(client, "/nano/weights")
    assert response.headers["content-type"] == "application/octet-stream"
    weights = load(response.content)
    assert weights.keys() == model.parameters.keys()
    for name, array in weights.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, model.parameters[name])


@pytest.mark.parametrize("prompt", [{"text": PROMPT}, {"tokens": TOKENS}])
def test_a_trace_holds_every_number_of_the_run(client: httpx2.Client, model: Model, prompt: dict[str, str]) -> None:
    response = answered(client, "/nano/trace", **prompt)
    assert response.headers["content-type"] == "application/octet-stream"
    trace, run = load(response.content), model.trace(PROMPT)
    assert trace.keys() == run.keys()
    for name, array in trace.items():
        assert array.dtype == (np.int64 if model.graph.tensors[name].kind == "input" else np.float32)
        np.testing.assert_array_equal(array, run[name])


def test_a_trace_says_its_tokens(client: httpx2.Client, tmp_path: Any) -> None:
    path = tmp_path / "trace.safetensors"
    path.write_bytes(answered(client, "/nano/trace", text="CAB").content)
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert json.loads(metadata["tokens"]) == [2, 0, 1]
    assert json.loads(metadata["pieces"]) == ["C", "A", "B"]


def test_a_trace_can_fill_the_context(client: httpx2.Client, model: Model) -> None:
    trace = load(answered(client, "/nano/trace", text="CBABBCABBBC").content)
    np.testing.assert_array_equal(trace["logits"], model.trace("CBABBCABBBC")["logits"])


def test_every_tensors_cells_are_explained_as_the_library_does(client: httpx2.Client, model: Model) -> None:
    run, random = model.trace(PROMPT), np.random.default_rng(0)
    for tensor in model.graph.tensors.values():
        index = tuple(int(random.integers(length)) for length in run[tensor.name].shape)
        query = {"tokens": TOKENS, "tensor": tensor.name, "index": ",".join(map(str, index))}
        explained = answered(client, "/nano/explain", **query).json()
        assert explained == as_json(run.explain(tensor.name, index).to_json())
        assert float(explained["value"]) == pytest.approx(float(run[tensor.name][index]), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("targets", [None, (1, 0, 1, 1, 2, -1), (-1, -1, -1, -1, -1, 2)])
@pytest.mark.parametrize("cell", ["loss", "grad.blocks.0.attn.q[0,3,7]", "grad.blocks.1.mlp.W_in[c=3,f=9]"])
def test_cells_of_the_loss_and_of_gradients_are_explained(
    client: httpx2.Client, model: Model, cell: str, targets: tuple[int, ...] | None
) -> None:
    asked = {"targets": ",".join(map(str, targets))} if targets else {}
    explained = answered(client, "/nano/explain", tokens=TOKENS, cell=cell, **asked).json()
    assert explained == as_json(model.trace(PROMPT, targets=targets).explain(cell).to_json())


def test_a_tensor_is_told_in_python(client: httpx2.Client, model: Model) -> None:
    def lines(*names: str) -> list[str]:
        found: list[str] = answered(client, "/nano/python", tensors=",".join(names)).json()["lines"]
        return found

    assert lines("blocks.0.attn.q") == [*python_of(model.graph.makers["blocks.0.attn.q"])]
    assert lines("blocks.0.attn.z", "blocks.1.attn.z") == lines("blocks.2.attn.z")
    assert lines("grad.blocks.0.attn.q")
    assert answered(client, "/gpt2/python", tensors="blocks.0.mlp.pre").json()["lines"] == [
        "pre = normalized @ W_in + b_in"
    ]


def test_infinity_travels_as_a_word(client: httpx2.Client) -> None:
    query = {"tokens": TOKENS, "tensor": "blocks.0.attn.scores", "index": "0,1,5"}
    assert answered(client, "/nano/explain", **query).json()["value"] == "-Infinity"


def test_the_next_token_is_the_one_that_generation_takes(client: httpx2.Client, model: Model) -> None:
    tokens = model.tokens(PROMPT)
    for step in model.steps(PROMPT):
        answer = answered(client, "/nano/next", tokens=",".join(map(str, tokens))).json()
        assert answer["tokens"] == tokens
        assert answer["chosen"]["token"] == step.token
        assert answer["chosen"]["text"] == model.text([step.token])
        assert answer["chosen"]["probability"] == pytest.approx(step.probability, abs=1e-5)
        shares = [candidate["probability"] for candidate in answer["distribution"]]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        assert all(candidate["kept"] for candidate in answer["distribution"])
        tokens.append(step.token)


def test_sampling_step_by_step_gives_what_generation_gives(client: httpx2.Client, model: Model) -> None:
    for seed in range(5):
        tokens = model.tokens(PROMPT)
        for _ in range(6):
            query = {"tokens": ",".join(map(str, tokens)), "temperature": 30, "seed": seed}
            tokens.append(answered(client, "/nano/next", **query).json()["chosen"]["token"])
        assert model.text(tokens[6:]) == model.generate(PROMPT, temperature=30, seed=seed)


def test_what_is_cut_away_is_said(client: httpx2.Client) -> None:
    answer = answered(client, "/nano/next", tokens=TOKENS, temperature=50, top_k=2).json()
    assert [candidate["kept"] for candidate in answer["distribution"]] == [True, True, False]
    answer = answered(client, "/nano/next", tokens=TOKENS, temperature=50, top_p=0.1).json()
    assert [candidate["kept"] for candidate in answer["distribution"]] == [True, False, False]


ERRORS = [
    ("/nope", {}, 404, "unknown-model", "There is no model 'nope' here: there are nano, gpt2"),
    ("/gpt2/weights", {}, 404, "no-weights", "gpt2 has no weights here"),
    ("/gpt2/trace", {"tokens": "1"}, 404, "no-weights", "gpt2 has no weights here"),
    ("/nano/trace", {}, 400, "bad-prompt", "Give the prompt once"),
    ("/nano/trace", {"text": "A", "tokens": "0"}, 400, "bad-prompt", "Give the prompt once"),
    ("/nano/trace", {"text": "CBAD"}, 400, "unknown-letter", "'D' is not in this model's alphabet: use only A, B, C."),
    ("/nano/trace", {"text": ""}, 400, "empty-prompt", "The prompt is empty"),
    ("/nano/trace", {"tokens": ""}, 400, "empty-prompt", "The prompt is empty"),
    ("/nano/trace", {"text": "A" * 12}, 400, "too-long", "The prompt has 12 tokens, but this model reads at most 11"),
    ("/nano/trace", {"tokens": "0,3"}, 400, "unknown-token", "There is no token 3: numbers run from 0 to 2."),
    ("/nano/trace", {"tokens": "0,-1"}, 400, "unknown-token", "There is no token -1"),
    ("/nano/trace", {"tokens": "0,x"}, 400, "bad-number", "tokens is 'x': it must be a whole number."),
    ("/nano/trace", {"tokens": "1" * 99}, 400, "bad-number", "it must be a whole number."),
    ("/nano/trace", {"text": "A", "layer": "1"}, 400, "unknown-parameter", "knows no parameter 'layer'"),
    ("/nano/weights", {"text": "A"}, 400, "unknown-parameter", "it takes none"),
    ("/nano/explain", {"tokens": "1"}, 400, "missing-parameter", "'cell' is missing"),
    ("/nano/python", {}, 400, "missing-parameter", "'tensors' is missing"),
    ("/nano/python", {"tensors": "embed.W_E"}, 400, "not-computed", "embed.W_E is a weight or an input"),
    ("/nano/python", {"tensors": "prob"}, 404, "unknown-tensor", "did you mean probs"),
    ("/nano/explain", {"tokens": "1", "tensor": "probs"}, 400, "missing-parameter", "'index' is missing"),
    ("/nano/explain", {"tensor": "probs", "index": "0,0"}, 400, "missing-parameter", "'tokens' is missing"),
    ("/nano/explain", {"tokens": "1", "tensor": "prob", "index": "0,0"}, 404, "unknown-tensor", "did you mean probs"),
    ("/nano/explain", {"tokens": "1", "tensor": "probs", "index": "0"}, 400, "bad-index", "an index needs 2 numbers"),
    ("/nano/explain", {"tokens": "1", "tensor": "probs", "index": "1,0"}, 400, "index-out-of-range", "t=1 is outside"),
    (
        "/nano/explain",
        {"tokens": "1", "tensor": "probs", "index": "0,-1"},
        400,
        "index-out-of-range",
        "v=-1 is outside",
    ),
    ("/nano/explain", {"tokens": "1", "tensor": "probs", "index": "0,b"}, 400, "bad-number", "index is 'b'"),
    ("/nano/explain", {"tokens": "1,2", "targets": "1", "cell": "loss"}, 400, "bad-targets", "must be 2 token numbers"),
    ("/nano/explain", {"tokens": "1,2", "targets": "1,9", "cell": "loss"}, 400, "bad-targets", "from 0 to 2"),
    ("/nano/explain", {"tokens": "1", "cell": "loss"}, 400, "no-targets", "No token follows this one"),
    ("/nano/next", {}, 400, "missing-parameter", "'tokens' is missing"),
    ("/nano/next", {"tokens": "1", "temperature": "warm"}, 400, "bad-number", "temperature is 'warm'"),
    ("/nano/next", {"tokens": "1", "temperature": "nan"}, 400, "bad-number", "temperature is 'nan'"),
    ("/nano/next", {"tokens": "1", "temperature": "-1"}, 400, "bad-sampling", "temperature is -1.0"),
    ("/nano/next", {"tokens": "1", "top_k": "1.5"}, 400, "bad-number", "top_k is '1.5'"),
    ("/nano/next", {"tokens": "1", "top_p": "0"}, 400, "bad-sampling", "top_p is 0.0: it must be above 0"),
    ("/nano/next", {"tokens": "1", "seed": "-1"}, 400, "bad-sampling", "seed is -1: it must be 0 or more."),
    ("/nano/loss", {}, 404, "no-such-page", "There is nothing at this address"),
    ("/nano/weights", {"text": "A" * 40_000}, 413, "too-large", "The address is longer than 32,768 bytes"),
]


@pytest.mark.parametrize(("path", "query", "status", "code", "words"), ERRORS)
def test_what_cannot_be_answered_is_said_in_one_sentence(
    client: httpx2.Client, path: str, query: dict[str, str], status: int, code: str, words: str
) -> None:
    response = client.get(f"/api/models{path}", params=query)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert "\n" not in error["message"]
    assert response.headers["cache-control"] == "no-store"
    assert isinstance(error["details"], dict)


def test_a_parameter_given_twice_is_refused(client: httpx2.Client) -> None:
    response = client.get("/api/models/nano/trace?tokens=1&tokens=2")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "repeated-parameter"


@pytest.mark.parametrize("sent", ["text=%ff", "text=ABC%C3ABC", "text=%ED%A0%80", "te%ffxt=ABCABC"])
def test_what_is_no_text_is_not_read_as_another(client: httpx2.Client, sent: str) -> None:
    response = client.get(f"/api/models/nano/tokens?{sent}")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad-text"
