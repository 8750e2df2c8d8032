"""The server behind another: under any path, found by itself or told, with its rules kept."""

from pathlib import Path

import httpx2
import pytest
from running import in_front, running_server

from pellucid.graph import PellucidError
from pellucid.serve.behind import Behind
from pellucid.serve.guard import why_not

PATH = "/user/ann/proxy/8420"
PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize("whole", [False, True], ids=["path taken away", "path passed on"])
def test_a_path_in_front_is_kept(nano_folder: Path, tmp_path: Path, whole: bool) -> None:
    with (
        running_server(nano_folder, tmp_path / "log", "--root-path", PATH, token=True) as address,
        in_front(address.partition(PATH)[0] + "/", PATH, whole=whole) as front,
        httpx2.Client(base_url=front, timeout=60) as visitor,
    ):
        token = address.partition("?token=")[2]
        assert address.partition("?")[0].endswith(f"{PATH}/")
        assert visitor.get("").status_code == 401
        led = visitor.get("", params={"token": token, "text": "BACCAB"})
        assert led.headers["location"] == "./?text=BACCAB"
        assert f"Path={PATH};" in led.headers["set-cookie"], "other people's servers stand beside it"
        assert visitor.get("api/models").json()["default"] == "nano"
        assert str(visitor.get("read", headers={**PAGE, "Accept-Language": "ja"}).headers["location"]) == "read/ja"
        program = {"token": token, "text": "BACCAB"}
        assert httpx2.get(f"{front}api/models/nano/trace", params=program, timeout=60).status_code == 200
        assert httpx2.get(f"{front}api/models", params={"token": "wrong"}, timeout=60).status_code == 401
        if whole:
            assert visitor.get(front.rstrip("/")).headers["location"] == "./8420/"


def test_the_way_in_needs_not_be_told_where_it_is(nano_folder: Path, tmp_path: Path) -> None:
    """Without a path in it, a browser keeps the cookie for where the page stands."""
    with (
        running_server(nano_folder, tmp_path / "log", token=True) as address,
        in_front(address.partition("?")[0], PATH) as front,
        httpx2.Client(base_url=front, timeout=60) as visitor,
    ):
        led = visitor.get("", params={"token": address.partition("?token=")[2]})
        assert led.headers["location"] == "./"
        assert visitor.get("api/models").status_code == 200
        (cookie,) = visitor.cookies.jar
        assert cookie.path == PATH


@pytest.mark.parametrize(
    ("host", "origin", "code"),
    [
        ("hub.example.org", "https://hub.example.org", None),
        ("HUB.example.org", None, None),
        ("127.0.0.1:8420", "https://hub.example.org", None),
        ("hub.example.org", "https://elsewhere.example.org", "foreign-origin"),
        ("elsewhere.example.org", None, "foreign-host"),
        ("", None, "foreign-host"),
    ],
)
def test_only_the_host_that_was_told_is_answered(host: str, origin: str | None, code: str | None) -> None:
    told = {"host": host, **({"origin": origin} if origin else {})}
    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": headers}
    refused = why_not(scope, Behind.read(f"https://hub.example.org{PATH}"))
    assert (refused and refused.code) == code


def test_a_page_may_ask_whatever_its_host_is_called_in_front(server: str) -> None:
    def status(**headers: str) -> int:
        return httpx2.get(f"{server}api/models", headers=headers, timeout=30).status_code

    elsewhere = "https://hub.example.org"
    assert status(Origin=elsewhere) == 403
    assert status(Origin=elsewhere, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert status(Origin=elsewhere, **{"Sec-Fetch-Site": "same-origin"}) == 200
    assert status(Host="hub.example.org", **{"Sec-Fetch-Site": "same-origin"}) == 421


@pytest.mark.parametrize(
    ("text", "path", "origin"),
    [
        ("/pellucid", "/pellucid", ""),
        ("/pellucid/", "/pellucid", ""),
        ("https://Example.org", "", "https://example.org"),
        ("http://example.org:8000/a/b", "/a/b", "http://example.org:8000"),
    ],
)
def test_an_address_in_front_is_read(text: str, path: str, origin: str) -> None:
    assert Behind.read(text) == Behind(path, origin)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pellucid",
        "//example.org",
        "/a b",
        "/a\r\nSet-Cookie: x",
        "https://a@b/",
        "https://x/?q",
        "https://[x/",
        "https://x／y",
        "/a/../b",
        "/.",
        "https://",
        "/" + "a;" * 999,
    ],
)
def test_another_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(PellucidError, match=r"^--root-path is ") as refused:
        Behind.read(text)
    assert len(refused.value.message) < 250
