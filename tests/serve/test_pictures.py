"""The addresses of still pictures: what they show, in which language, and what they refuse."""

import re
import xml.etree.ElementTree as ElementTree

import httpx2
import pytest

TOKENS = "2,1,0,1,1,2"
SVG = "{http://www.w3.org/2000/svg}"


def title(picture: str) -> str:
    return ElementTree.fromstring(picture).findtext(f"{SVG}title") or ""


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"models/nano/picture?tokens={TOKENS}", "embedding"),
        (f"models/nano/picture?tokens={TOKENS}&cells=blocks.0.attn.q[2,3,7]", "queries"),
        (f"models/nano/picture?tokens={TOKENS}&cells=blocks.0.attn.hook_q:2,3,7&language=ja", "クエリ"),
        (f"models/nano/picture?tokens={TOKENS}&cells=probs&change=blocks.1.attn.z[h=2]", "probabilities"),
        (f"lessons/en/04-self-attention/picture?tokens={TOKENS}&step=3", "scaled dot products"),
        (f"lessons/ja/04-self-attention/picture?tokens={TOKENS}&step=3&model=nano", "スケール化内積"),
        # Of longer tokens the question is the beginning.
        (f"lessons/en/12-bigger-models/picture?tokens={TOKENS},0&step=1", "GPT-3"),
    ],
)
def test_a_picture_is_svg_that_stands_for_itself(client: httpx2.Client, address: str, said: str) -> None:
    answer = client.get(f"/api/{address}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert title(answer.text)
    assert said in answer.text
    assert not re.search(r'(?:href|src)="(?!#|data:)', answer.text)
    again = client.get(f"/api/{address}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        f"models/nano/picture?tokens={TOKENS}&cells=probs",
        f"lessons/en/04-self-attention/picture?tokens={TOKENS}&step=3",
        # Models beside one another are squares, which have their colours from the article elsewhere.
        f"lessons/en/12-bigger-models/picture?tokens={TOKENS}&step=1",
    ],
)
def test_a_picture_in_one_theme_needs_no_style_sheet(client: httpx2.Client, address: str) -> None:
    grounds = []
    for theme in ("light", "dark", "print"):
        picture = ElementTree.fromstring(client.get(f"/api/{address}&theme={theme}").text)
        assert not list(picture.iter(f"{SVG}style"))
        (ground,) = (rect for rect in picture.iter(f"{SVG}rect") if rect.get("class") == "ground")
        grounds.append(ground.get("fill"))
        assert all(text.get("fill") or picture.get("fill") for text in picture.iter(f"{SVG}text"))
    assert len(set(grounds)) == 3


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        (f"models/nano/picture?tokens={TOKENS}&theme=blue", 400, "bad-parameter"),
        (f"models/nano/picture?tokens={TOKENS}&cells=nothing", 404, "unknown-tensor"),
        (f"models/nano/picture?tokens={TOKENS}&cells=blocks.0.attn.q[2,9,7]", 400, "index-out-of-range"),
        ("models/nano/picture", 400, "missing-parameter"),
        ("models/gpt3/picture?tokens=2", 404, "no-weights"),
        (f"lessons/en/04-self-attention/picture?tokens={TOKENS}&step=99", 404, "unknown-step"),
        (f"lessons/en/04-self-attention/picture?tokens={TOKENS}", 400, "missing-parameter"),
        (f"lessons/en/99-nothing/picture?tokens={TOKENS}&step=1", 404, "unknown-chapter"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(
    client: httpx2.Client, address: str, status: int, code: str
) -> None:
    answer = client.get(f"/api/{address}")
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
