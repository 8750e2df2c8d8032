"""The reading view's addresses: the language, the article for the letters at hand, and refusals in a sentence."""

import httpx2
import pytest

from pellucid.serve.language import preferred


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ja", "ja"),
        ("ja-JP,en;q=0.5", "ja"),
        ("fr, en;q=0.8, ja;q=0.9", "ja"),
        ("fr;q=1.0, de", "en"),
        ("", "en"),
        ("*", "en"),
        ("q=;;,,ja;q=x", "en"),
    ],
)
def test_the_language_is_the_readers(client: httpx2.Client, accepted: str, language: str) -> None:
    assert preferred(accepted, ["en", "ja"]) == language
    answer = client.get("/read?text=BACCAB", headers={"Accept-Language": accepted}, follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"read/{language}?text=BACCAB"
    assert answer.headers["vary"] == "Accept-Language"


def test_lessons_in_neither_language_are_read_in_what_there_is() -> None:
    assert preferred("en", ["de", "fr"]) == "de"


@pytest.mark.parametrize(
    "address", ["/read/en?text=BACCAB", "/read/ja?text=BACCAB&model=nano", "/read/en?tokens=1,0,2,2,0,1"]
)
def test_the_tour_is_there_for_the_letters_at_hand(client: httpx2.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "B A C C A B" in answer.text
    assert 'value="BACCAB"' in answer.text
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_without_letters_an_example_is_read(client: httpx2.Client) -> None:
    assert "C B A B B C" in client.get("/read/en/00-overview").text


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/read/de", 404, "There are no lessons in 'de'"),
        ("/read/en/99-nothing", 404, "There is no chapter '99-nothing'"),
        ("/read/en?text=CBX", 400, "'X' is not in this model's alphabet"),
        ("/read/en?text=", 400, "The prompt is empty"),
        ("/read/en?text=CB", 400, "exactly 6"),
        ("/read/en?text=CBABBC&tokens=1", 400, "Give the prompt once"),
        ("/read/en?model=nobody", 404, "There is no model 'nobody'"),
        ("/read/en?model=gpt3", 404, "no weights"),
        ("/read?letters=CBABBC", 400, "knows no parameter 'letters'"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_sentence(
    client: httpx2.Client, address: str, status: int, said: str
) -> None:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert said in answer.text.replace("&#x27;", "'")
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/read/ja/99-nothing", 404, "「99-nothing」という章はありません"),
        ("/read/ja?text=CBX", 400, "「X」はこのモデルの文字ではありません"),
        ("/read/ja?text=", 400, "文字がありません"),
        ("/read/ja?text=CB", 400, "ちょうど 6 文字"),
        ("/read/ja?text=CBABBCABBBCCA", 400, "11 トークンまで"),
        ("/read/ja?tokens=7", 400, "番号は 0 から 2 まで"),
        ("/read/ja?tokens=B", 400, "整数"),
        ("/read/ja?text=CBABBC&tokens=1", 400, "どちらか一方"),
        ("/read/ja?text=CBABBC&text=CBABBC", 400, "2 回以上"),
        ("/read/ja?model=nobody", 404, "「nobody」というモデルはここにありません"),
        ("/read/ja?model=gpt3", 404, "重みがありません"),
        ("/read/ja?letters=CBABBC", 400, "「letters」は指定できません"),
    ],
)
def test_a_refusal_is_in_the_language_of_the_article(
    client: httpx2.Client, address: str, status: int, said: str
) -> None:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert '<html lang="ja">' in answer.text
    assert said in answer.text
    assert client.get(address).json()["error"]["message"] in answer.text
