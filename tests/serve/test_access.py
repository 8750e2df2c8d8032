"""Who gets in: whoever shows the token, once in the address, in a cookie from then on, or in a header; nobody else."""

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from urllib.parse import urlsplit

import httpx2
import pytest
from running import first_line, running_server

from pellucid.serve.access import AccessToken, kept_token

PAGE = {"Accept": "text/html,*/*;q=0.8"}
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture(scope="module")
def guarded(nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server that asks for its token, and the token."""
    with running_server(nano_folder, tmp_path_factory.mktemp("guarded") / "stderr.txt", token=True) as printed:
        address, _, token = printed.partition("?token=")
        yield address, token


@pytest.fixture
def stranger(guarded: tuple[str, str]) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=guarded[0], timeout=30) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/read/en?text=CBABBC", "/icon.svg", "/api/models", "/api/models/nano/trace?text=A", "/nope"]
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Cookie": "pellucid-1=x"}, {"Cookie": "=;="}])
def test_nothing_is_answered_without_the_token(stranger: httpx2.Client, path: str, headers: dict[str, str]) -> None:
    response = stranger.get(path, headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "no-token"
    assert response.headers["www-authenticate"] == "Bearer"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(("language", "said"), [("en", "asks for its token"), ("ja", "トークンが必要です")])
def test_a_person_without_the_token_reads_what_to_do(stranger: httpx2.Client, language: str, said: str) -> None:
    response = stranger.get("/?text=CBABBC&view=%22explore", headers={**PAGE, "Accept-Language": language})
    assert response.status_code == 401
    assert said in response.text
    assert f'<html lang="{language}">' in response.text
    assert '<input type="hidden" name="view" value="&quot;explore">' in response.text


def test_the_address_with_the_token_leads_to_the_one_without(guarded: tuple[str, str]) -> None:
    address, token = guarded
    with httpx2.Client(base_url=address, timeout=30) as visitor:
        opened = visitor.get(f"/?text=CBABBC&token={token}&cell=blocks.0.attn.q:2,3,7")
        assert opened.status_code == 303
        assert opened.headers["location"] == "./?text=CBABBC&cell=blocks.0.attn.q:2,3,7"
        cookie = opened.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
        assert "Path" not in cookie, "a browser takes that of the page, which a server in front may have changed"
        assert cookie.startswith(f"pellucid-{urlsplit(address).port}=")
        assert token not in cookie, "the cookie goes to every port of the machine"
        assert visitor.get("/api/models").status_code == 200
        assert visitor.get("/read/en/00-overview", headers=PAGE).status_code == 200


@pytest.mark.parametrize("rest", ["text=%FF", "text=A+B%20C&flag", "b=%26%3D&c&", "cell=logits%5B5,0%5D", "a=1&a=2;3"])
def test_the_rest_of_the_address_stays_as_it_was_written(
    guarded: tuple[str, str], stranger: httpx2.Client, rest: str
) -> None:
    for asked in (f"{rest}&token={guarded[1]}", f"%74oken={guarded[1]}&{rest}"):
        assert stranger.get(f"/read/en?{asked}").headers["location"] == f"./en?{rest}"


def test_a_pasted_address_is_as_good_as_a_token(guarded: tuple[str, str], stranger: httpx2.Client) -> None:
    assert stranger.get("/", params={"token": f" {guarded[0]}?token={guarded[1]}"}).status_code == 303


@pytest.mark.parametrize("path", ["//example.com/", "/\\example.com/", "/%0d%0aX:y", "/@example.com"])
def test_the_way_in_leads_nowhere_else(guarded: tuple[str, str], path: str) -> None:
    address, token = guarded
    response = httpx2.get(f"{address.rstrip('/')}{path}?token={token}", timeout=30)
    assert response.status_code == 303
    asked = response.request.url
    assert str(asked.join(response.headers["location"])).startswith(address)


@pytest.mark.parametrize("scheme", ["Bearer", "token", "bearer"])
def test_a_program_sends_the_token_in_a_header(guarded: tuple[str, str], stranger: httpx2.Client, scheme: str) -> None:
    assert stranger.get("/api/models", headers={"Authorization": f"{scheme} {guarded[1]}"}).status_code == 200


def test_a_program_may_send_it_in_the_address(guarded: tuple[str, str], stranger: httpx2.Client) -> None:
    assert stranger.get("/api/models/nano/trace", params={"token": guarded[1], "text": "AB"}).status_code == 200


def test_a_token_of_the_model_is_not_taken_for_one_of_the_server(
    guarded: tuple[str, str], stranger: httpx2.Client
) -> None:
    """In older links to the address that says why, they have one name."""
    address, token = guarded
    path, answers = "/api/models/nano/why?tokens=2,1,0,1,1,2&token=", []
    with httpx2.Client(base_url=address, timeout=30) as visitor:
        assert visitor.get("/", params={"token": token}).status_code == 303
        answers.append(visitor.get(f"{path}1"))
    answers.append(stranger.get(f"{path}1", headers={"Authorization": f"Bearer {token}"}))
    answers.append(stranger.get(f"{path}1&token={token}"))
    answers.append(stranger.get(f"{path}{token}&token=1"))
    answers.append(stranger.get(f"/api/models/nano/why?tokens=2,1,0,1,1,2&of=1&token={token}"))
    assert [(answer.status_code, answer.json()["token"]) for answer in answers] == [(200, "B")] * 5
    refused = stranger.get(f"{path}1")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "wrong-token")


def test_what_is_asked_with_a_token_stays_as_it_is(guarded: tuple[str, str], stranger: httpx2.Client) -> None:
    refused = stranger.get(f"/api/models/nano/trace?text=%FF&token={guarded[1]}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad-text")


@pytest.mark.parametrize("wrong", ["", "x", "%", "A" * 43, "a" * 5000])
def test_a_wrong_token_is_refused(stranger: httpx2.Client, wrong: str) -> None:
    for path in ("/", "/api/models"):
        response = stranger.get(path, params={"token": wrong})
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "wrong-token"
    assert stranger.get("/api/models", headers={"Authorization": f"Bearer .{wrong}"}).status_code == 401


def test_who_is_known_may_open_an_old_address_again(guarded: tuple[str, str]) -> None:
    """A bookmark with a ticket that is used up, or with the token of an earlier server."""
    address, token = guarded
    with httpx2.Client(base_url=address, timeout=30) as visitor:
        assert visitor.get("/", params={"token": token}).status_code == 303
        again = visitor.get("/?text=AB&token=old")
        assert (again.status_code, again.headers["location"]) == (303, "./?text=AB")
        assert "set-cookie" not in again.headers


def test_a_link_from_another_site_is_led_on_without_computing_anything(stranger: httpx2.Client) -> None:
    """Browsers keep a strict cookie back at first; the page that is answered asks again, as coming from here."""
    response = stranger.get("/read/en?text=CBABBC", headers={**PAGE, **FROM_ELSEWHERE})
    assert response.status_code == 200
    assert 'http-equiv="refresh"' in response.text
    assert response.headers["cache-control"] == "no-store"


def test_a_ticket_lets_in_once() -> None:
    token = AccessToken("s" * 43)
    ticket = token.ticket()
    assert ticket != token.secret
    assert [token.admits(ticket), token.admits(ticket), token.admits(token.secret)] == [True, False, True]


def test_a_cookie_is_good_for_its_own_port_only() -> None:
    token = AccessToken("s" * 43)
    cookie = token.set_cookie(1).partition(";")[0]
    assert token.admits_cookie(cookie, 1)
    assert not token.admits_cookie(cookie.replace("pellucid-1", "pellucid-2"), 2)
    assert not AccessToken("t" * 43).admits_cookie(cookie, 1)


@pytest.mark.parametrize(
    "other",
    [
        "a=b",
        'prefs={"dark": true}',
        "a[0]=1",
        "x=1 2",
        "n=é",
        "flag",
        "=x",
        "",
        'q="un',
        "a:b=1",
        'username="2|1:0|10:17|8:me|4:=="',
        "pellucid-1=wrong",
        "pellucid-1",
        "pellucid-10=x",
    ],
)
def test_other_programs_cookies_hide_ours_nowhere(other: str) -> None:
    token = AccessToken("s" * 43)
    ours = token.set_cookie(1).partition(";")[0]
    for header in (f"{other}; {ours}", f"{ours}; {other}", f"{other};{ours};{other}"):
        assert token.admits_cookie(header, 1), header
    assert not token.admits_cookie(other, 1)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PELLUCID_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "token"


def test_the_token_is_kept_where_nobody_else_can_read_it(home: Path) -> None:
    secret = kept_token().secret
    assert re.fullmatch(r"[\w-]{43}", secret)
    assert stat.S_IMODE(home.stat().st_mode) == 0o600
    assert kept_token().secret == secret
    assert [path.name for path in home.parent.iterdir()] == ["token"]


def test_a_token_that_others_may_have_read_is_made_anew(home: Path) -> None:
    secret = kept_token().secret
    home.chmod(0o644)
    renewed = kept_token().secret
    assert renewed != secret
    assert stat.S_IMODE(home.stat().st_mode) == 0o600
    assert kept_token().secret == renewed


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 43, b"a" * 100])
def test_a_damaged_token_is_made_anew(home: Path, content: bytes) -> None:
    home.parent.mkdir()
    home.write_bytes(content)
    home.chmod(0o600)
    assert len(kept_token().secret) == 43


def test_neither_a_link_nor_a_pipe_is_followed(home: Path) -> None:
    home.parent.mkdir()
    (home.parent / "elsewhere").write_text("a" * 43)
    home.symlink_to(home.parent / "elsewhere")
    assert kept_token().secret != "a" * 43
    home.unlink()
    os.mkfifo(home, 0o600)
    assert len(kept_token().secret) == 43


def test_where_nothing_can_be_kept_there_is_a_token_for_this_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PELLUCID_HOME", str(tmp_path / "file"))
    assert kept_token().secret != kept_token().secret


def asked_as(user: int | None, address: str) -> int:
    """The status that a program gets that another user of this machine runs; None is the user who runs the server."""
    # What is imported later could not be read by that user, where Python lies in the home of another.
    program = """
import encodings.idna, os, socket, sys
if sys.argv[2]:
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(f"GET /api/models HTTP/1.1\\r\\nHost: 127.0.0.1:{sys.argv[1]}\\r\\n\\r\\n".encode())
print(connection.recv(1000).split()[1].decode())
"""
    port = str(urlsplit(address).port)
    asked = [sys.executable, "-c", program, port, "" if user is None else str(user)]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a connection is")
def test_own_programs_need_no_token_and_other_users_do(nano_folder: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("pellucid")
    command = [str(program), "serve", str(nano_folder), "--port", "0", "--no-browser"]
    with (
        (tmp_path / "stderr.txt").open("w") as err,
        subprocess.Popen(command, stdout=PIPE, stderr=err, text=True) as run,
    ):
        try:
            address = first_line(run, tmp_path / "stderr.txt").partition("?")[0]
            assert asked_as(None, address) == 200
            foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
            assert httpx2.get(f"{address}read/en", headers=foreign, timeout=300).status_code == 403
            if os.geteuid() == 0:  # only the administrator can ask as somebody else
                assert asked_as(65534, address) == 401
        finally:
            run.terminate()
