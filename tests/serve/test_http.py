"""How the server speaks HTTP: whom it answers, what browsers may do with it, what is compressed and what is cached."""

import gzip
import http.client
import json
import re
import socket
from urllib.parse import urlsplit

import httpx2
import pytest


def raw(server: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """A request that no client library has tidied up first."""
    place = urlsplit(server)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=30)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, body


def code(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "localhost.example.com:8000", "10.0.0.1", ""])
@pytest.mark.parametrize("path", ["/", "/api/models"])
def test_another_host_is_refused(server: str, host: str, path: str) -> None:
    status, _, body = raw(server, path, Host=host)
    assert status == 421
    assert code(body) == "foreign-host"


def test_localhost_is_this_machine_too(server: str) -> None:
    assert raw(server, "/api/models", Host=f"localhost:{urlsplit(server).port}")[0] == 200


@pytest.mark.parametrize(
    ("path", "kind"), [("/api/models", "application/json"), ("/?text=CBABBC", "text/html"), ("", "text/html")]
)
@pytest.mark.parametrize("host", [None, "example.com"])
def test_a_whole_address_is_answered_as_its_path_is(server: str, path: str, kind: str, host: str | None) -> None:
    """Programs that take the server for a proxy ask so, and what they name counts, whatever `Host` is."""
    whole = server.rstrip("/").replace("http:", "HTTP:") + path
    status, headers, body = raw(server, whole, **({"Host": host} if host else {}))
    assert status == 200
    assert headers["content-type"].startswith(kind)
    assert body == raw(server, path or "/")[2]


@pytest.mark.parametrize("place", ["example.com", "example.com:80", "user@127.0.0.1", "127.0.0.1:1@example.com", ""])
@pytest.mark.parametrize("path", ["/", "/api/models", ""])
def test_a_whole_address_of_another_host_is_refused(server: str, place: str, path: str) -> None:
    status, _, body = raw(server, f"http://{place}{path}", Host=urlsplit(server).netloc)
    assert (status, code(body)) == (421, "foreign-host")


@pytest.mark.parametrize("origin", ["http://example.com", "https://127.0.0.1", "http://127.0.0.1:1", "null"])
def test_another_origin_is_refused(server: str, origin: str) -> None:
    status, headers, body = raw(server, "/api/models", Origin=origin)
    assert status == 403
    assert code(body) == "foreign-origin"
    assert "access-control-allow-origin" not in headers


def test_the_own_origin_is_not(server: str) -> None:
    assert raw(server, "/api/models", Origin=server.rstrip("/"))[0] == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_data_is_not_embedded_elsewhere(server: str, site: str, status: int) -> None:
    assert raw(server, "/api/models", Sec_Fetch_Site=site)[0] == status


ELSEWHERE = {"Sec_Fetch_Site": "cross-site"}


@pytest.mark.parametrize("path", ["/", "/?text=CBABBC", "/read"])
def test_a_link_from_elsewhere_opens_the_page(server: str, path: str) -> None:
    opened = raw(server, path, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document", **ELSEWHERE)
    assert opened[0] in (200, 307)


@pytest.mark.parametrize(
    ("mode", "dest"),
    [
        ("no-cors", "image"),
        ("no-cors", "script"),
        ("no-cors", "style"),
        ("cors", "empty"),
        ("navigate", "iframe"),
        ("navigate", "object"),
        ("navigate", "empty"),
        ("websocket", "websocket"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/", "/read/en?text=CBABBC", "/icon.svg", "/nope"])
def test_nothing_else_from_elsewhere_is_answered(server: str, path: str, site: str, mode: str, dest: str) -> None:
    status, _, body = raw(server, path, Sec_Fetch_Site=site, Sec_Fetch_Mode=mode, Sec_Fetch_Dest=dest)
    assert (status, code(body)) == (403, "foreign-origin")


def test_looking_ahead_from_elsewhere_is_refused(server: str) -> None:
    opening = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document", "Sec_Purpose": "prefetch;prerender"}
    assert raw(server, "/read/en", **opening, **ELSEWHERE)[0] == 403


def test_workers_may_compile_how_they_multiply_and_evaluate_no_text(client: httpx2.Client) -> None:
    script = re.search(r'src="\./(assets/[^"]+\.js)"', client.get("/").text)
    assert script
    policy = client.get(f"/{script[1]}").headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "'unsafe-eval'" not in policy


@pytest.mark.parametrize("path", ["/", "/api/models", "/api/models/nano/weights", "/api/models/nope", "/nope"])
def test_every_answer_carries_the_headers_that_bind_a_browser(client: httpx2.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; style-src 'self'; " if path == "/" else "default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO"])
@pytest.mark.parametrize("path", ["/", "/api/models", "/api/models/nano/trace"])
def test_only_get_is_understood(server: str, method: str, path: str) -> None:
    status, headers, body = raw(server, path, method)
    assert status == 405
    assert code(body) == "method-not-allowed"
    assert "GET" in headers["allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/..%2fapp.py",
        "/%2e%2e/app.py",
        "/assets/../../app.py",
        "/assets/%2e%2e/%2e%2e/app.py",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%00",
        "/" + "a" * 5000,
        "/api/models/..%2f..%2f/weights",
    ],
)
def test_nothing_outside_the_page_is_served(server: str, path: str) -> None:
    status, _, body = raw(server, path)
    assert status in (404, 503)
    assert code(body) in ("no-such-page", "unknown-model", "page-not-built")


def test_a_person_at_a_wrong_address_reads_a_page(client: httpx2.Client) -> None:
    response = client.get("/nope", headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "There is nothing at this address" in response.text


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("br, gzip;q=0.5", "gzip"), ("*", "gzip"), ("", None), ("br", None), ("gzip;q=0, *", None)],
)
def test_json_is_compressed_where_that_is_understood(server: str, accepted: str, coding: str | None) -> None:
    _, headers, body = raw(server, "/api/models/nano", Accept_Encoding=accepted)
    assert headers.get("content-encoding") == coding
    assert headers["vary"] == "Accept-Encoding"
    assert json.loads(gzip.decompress(body) if coding else body)["id"] == "nano"


@pytest.mark.parametrize("path", ["weights", "trace?text=BACCAB"])
def test_numbers_are_not_compressed(server: str, path: str) -> None:
    _, headers, body = raw(server, f"/api/models/nano/{path}", Accept_Encoding="gzip, br")
    assert "content-encoding" not in headers
    assert len(body) == int(headers["content-length"])


def test_the_numbers_that_every_visitor_sees_first_are_compressed(server: str, client: httpx2.Client) -> None:
    _, headers, body = raw(server, "/api/models/nano/trace?text=CBABBC", Accept_Encoding="gzip, br")
    assert headers["content-encoding"] == "gzip"
    plain = client.get("/api/models/nano/trace?text=CBABBC", headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(body) == plain.content
    assert len(body) < 0.9 * len(plain.content)


@pytest.mark.parametrize("path", ["nano", "nano/weights", "nano/trace?text=CBABBC", "nano/next?tokens=2,1,0"])
def test_what_a_browser_holds_is_not_sent_again(client: httpx2.Client, path: str) -> None:
    first = client.get(f"/api/models/{path}")
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(f"/api/models/{path}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


def test_different_answers_have_different_tags(client: httpx2.Client) -> None:
    tags = {client.get("/api/models/nano/trace", params={"text": text}).headers["etag"] for text in ("A", "B", "AB")}
    assert len(tags) == 3


def test_what_is_not_http_does_no_harm(server: str, client: httpx2.Client) -> None:
    place = urlsplit(server)
    for junk in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000):
        with socket.create_connection((str(place.hostname), place.port), timeout=30) as connection:
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
            assert b"Traceback" not in connection.recv(65536)
    assert client.get("/api/models").status_code == 200


def test_many_visitors_at_once_are_all_answered(server: str) -> None:
    import concurrent.futures

    def ask(number: int) -> int:
        text = "".join("ABC"[number // 3**place % 3] for place in range(6))
        return raw(server, f"/api/models/nano/trace?text={text}")[0]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(100))) == {200}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["api/models", "api/models/nano", "api/models/nano/weights", "api/lessons?model=nano"]),
        ("?text=A&model=nano", ["api/models", "api/models/nano", "api/models/nano/weights", "api/lessons?model=nano"]),
        ("?model=gpt2", ["api/models", "api/models/gpt2"]),
        ("?model=nope", ["api/models"]),
        ("?model=new%3Asort", ["api/models"]),
        ("?model=" + "a" * 900, ["api/models"]),
        ("?model=%0d%0aSet-Cookie%3A%20a%3Db%3E", ["api/models"]),
    ],
)
def test_the_page_comes_with_what_it_will_ask_for_first(server: str, query: str, expected: list[str]) -> None:
    status, headers, _ = raw(server, f"/{query}")
    assert status == 200
    assert re.findall(r"<([^>]*)>; rel=preload; as=fetch; crossorigin", headers["link"]) == expected
    assert "set-cookie" not in headers
