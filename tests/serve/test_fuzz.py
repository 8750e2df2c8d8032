"""Whatever is asked, the answer is one of docs/protocol.md: a status that says what was wrong, never a defect."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small import TIED, random_model
from starlette.testclient import TestClient

from pellucid.serve.app import application

NAMES = list(random_model(TIED).graph.tensors)[:40]
ODD = [
    "",
    "0",
    "-1",
    "1",
    "6",
    "99",
    "1e9",
    "nan",
    "inf",
    "-inf",
    "1e-320",
    "9" * 400,
    "x",
    "é",
    "\x00",
    "\ud800",
    "%",
    "+",
]

words = st.sampled_from(ODD) | st.text(max_size=12) | st.integers(-5, 12).map(str) | st.floats().map(str)
lists = st.lists(st.integers(-1, 8).map(str) | words, max_size=12).map(",".join)
places = st.sampled_from("htsdcfvq").flatmap(lambda axis: words.map(lambda word: f"{axis}={word}")) | lists
cells = st.builds(
    lambda name, place, form: form.format(name=name, place=place),
    st.sampled_from(NAMES) | words,
    places,
    st.sampled_from(["{name}", "{name}[{place}]", "{name}:{place}", "{name}[{place}", "{place}"]),
)
changes = st.lists(
    st.builds(
        lambda cell, word, given: f"{cell}~{word}({given})" if word else cell,
        cells,
        st.sampled_from(["", "set", "scale", "add", "mean", "from", "freeze", "zero", "drop"]),
        lists,
    ),
    max_size=4,
).map(";".join)
PARAMETERS = {
    "text": st.text("ABCDEFG", max_size=12) | words,
    "tokens": lists,
    "cell": cells,
    "cells": cells,
    "tensor": st.sampled_from(NAMES) | words,
    "index": lists,
    "off": changes,
    "change": changes,
    "temperature": words,
    "top_k": words,
    "top_p": words,
    "seed": words,
    "rate": words,
    "steps": words,
    "model": words,
    "n": words,
}
PATHS = [
    "/api/models",
    "/api/models/small",
    *[
        f"/api/models/small/{what}"
        for what in ("weights", "cells", "trace", "explain", "next", "heads", "ablations", "descent", "training")
    ],
    "/api/lessons",
    "/api/glossary/en",
    "/read",
]
questions = st.lists(
    st.sampled_from(sorted(PARAMETERS)).flatmap(lambda name: st.tuples(st.just(name), PARAMETERS[name])), max_size=5
)


@pytest.fixture(scope="module")
def visitor() -> Iterator[TestClient]:
    with TestClient(application([random_model(TIED)]), base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield client


def constant(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def sound(response: Any) -> None:
    """An answer as docs/protocol.md has it."""
    assert response.status_code < 500, response.text
    assert "content-security-policy" in response.headers
    if response.headers.get("content-type") == "application/json" and response.content:
        answer = json.loads(response.text, parse_constant=constant)
        if response.status_code >= 400:
            assert len(answer["error"]["message"]) < 600
            assert "Traceback" not in answer["error"]["message"]


def quoted(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)


PLAIN = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PLAIN
@given(st.sampled_from(PATHS), questions)
@example("/api/models/small/trace", [("tokens", "1,2"), ("off", "blocks.0.attn.q[t=7]")])
@example("/api/models/small/explain", [("tokens", "1,2"), ("cell", "logits[t=1,v=0]"), ("off", "embed[t=8,c=0]")])
@example("/api/models/small/next", [("tokens", "1,2"), ("off", "blocks.0.attn.q[t=7]")])
@example("/api/models/small/next", [("tokens", "1,2"), ("off", "blocks.0.ln1.scale")])
@example("/api/models/small/explain", [("tokens", "1,2"), ("cell", "logits[1,0]"), ("off", "blocks.0.ln1.scale")])
@example("/api/models/small/trace", [("tokens", "1,2"), ("off", "blocks.0.ln1.scale")])
@example("/api/models/small/trace", [("tokens", "1,2"), ("off", ";".join(["logits"] * 1100))])
@example("/api/models/small/explain", [("tokens", "1,2"), ("cell", "probs[1,0]"), ("off", "logits.sum~set(inf)")])
@example("/api/models/small/next", [("tokens", "1,2"), ("off", "logits~set(inf)")])
@example("/api/models/small/next", [("tokens", "1,2"), ("off", "logits~set(-inf)"), ("temperature", "1")])
@example("/api/models/small/next", [("tokens", "1,2"), ("temperature", "1e-320")])
def test_any_question_has_an_answer(visitor: TestClient, path: str, pairs: list[tuple[str, str]]) -> None:
    sound(visitor.get(f"{path}?{quoted(pairs)}"))


@PLAIN
@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "X"]),
    st.lists(
        st.sampled_from(["api", "models", "small", "read", "lessons", "..", ".", "%2e", "%2f", "%00", "%ff"]) | words
    ),
    st.dictionaries(
        st.sampled_from(["Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "Range", "Origin", "Cookie"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    ),
)
def test_any_address_has_an_answer(visitor: TestClient, method: str, parts: list[str], headers: dict[str, str]) -> None:
    # The client sends no control characters as they are; what begins with a percent sign is taken for escaped already.
    path = "/".join(
        quote(part.encode("utf-8", "surrogatepass"), safe="%/" if part.startswith("%") else "/") for part in parts
    )
    response = visitor.request(method, f"/{path.lstrip('/')}", headers=headers)
    if "The page has not been built" not in response.text:
        sound(response)
