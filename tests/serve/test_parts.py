"""The server's parts that a running server shows only under load or after a build: files, workers, recent runs."""

import asyncio
import socket
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from small import random_model
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from pellucid.graph import PellucidError
from pellucid.models import preset
from pellucid.serve.answers import not_served, refused
from pellucid.serve.apart import HelperFailedError
from pellucid.serve.collection import Collection
from pellucid.serve.files import PageFiles
from pellucid.serve.runs import RecentRuns
from pellucid.serve.start import address, listen
from pellucid.serve.work import Workers

Answer = TypeVar("Answer")


def browser(folder: Path) -> TestClient:
    app = Starlette(
        routes=[Mount("/", PageFiles(folder))], exception_handlers={PellucidError: refused, 404: not_served}
    )
    return TestClient(app, headers={"Accept-Encoding": ""})


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>the page")
    (folder / "index.html.br").write_bytes(b"the page in brotli")
    (folder / "assets" / "main-a1b2.js").write_text("'the script'")
    (folder / "assets" / "main-a1b2.js.br").write_bytes(b"the script in brotli")
    (folder / "assets" / "main-a1b2.js.gz").write_bytes(b"the script in gzip")
    (folder / "assets" / "font-c3d4.woff2").write_bytes(b"a font")
    (tmp_path / "secret.txt").write_text("not for the web")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


def test_the_start_page_is_asked_for_anew_each_time(page: Path) -> None:
    response = browser(page).get("/")
    assert response.text == "<!doctype html>the page"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    again = browser(page).get("/", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("part", ["bytes=0-1", "bytes=5-1", "bytes=999-", "lines=1", "bytes=a-b", "bytes=0-0,2-2"])
def test_a_file_is_sent_whole_whichever_part_is_asked_for(page: Path, part: str) -> None:
    response = browser(page).get("/", headers={"Range": part})
    assert response.status_code == 200
    assert response.text == "<!doctype html>the page"
    assert response.headers["accept-ranges"] == "none"


def test_hashed_files_are_kept_for_ever(page: Path) -> None:
    for name, kind in (("main-a1b2.js", "text/javascript; charset=utf-8"), ("font-c3d4.woff2", "font/woff2")):
        response = browser(page).get(f"/assets/{name}")
        assert response.status_code == 200
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["content-type"] == kind


@pytest.mark.parametrize(
    ("path", "accepted", "coding", "content"),
    [
        ("/assets/main-a1b2.js", "gzip, deflate, br, zstd", "br", b"the script in brotli"),
        ("/assets/main-a1b2.js", "gzip", "gzip", b"the script in gzip"),
        ("/assets/main-a1b2.js", "br;q=0, gzip", "gzip", b"the script in gzip"),
        ("/assets/main-a1b2.js", "identity", None, b"'the script'"),
        ("/", "br", "br", b"the page in brotli"),
        ("/", "gzip", None, b"<!doctype html>the page"),
        ("/assets/font-c3d4.woff2", "br", None, b"a font"),
    ],
)
def test_the_smallest_twin_that_is_understood_is_sent(
    page: Path, path: str, accepted: str, coding: str | None, content: bytes
) -> None:
    with browser(page).stream("GET", path, headers={"Accept-Encoding": accepted}) as response:
        assert b"".join(response.iter_raw()) == content
    assert response.headers.get("content-encoding") == coding
    assert response.headers["vary"] == "Accept-Encoding"
    assert not response.headers["content-type"].startswith("application/")


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/link.txt", "/assets", "/assets/", "/%00"])
def test_only_files_of_the_page_are_sent(page: Path, path: str) -> None:
    response = browser(page).get(path)
    assert response.status_code == 404
    assert "not for the web" not in response.text


def test_a_page_that_is_not_built_is_explained(tmp_path: Path) -> None:
    visitor = browser(tmp_path / "page")
    response = visitor.get("/", headers={"Accept": "text/html"})
    assert response.status_code == 503
    assert "The page has not been built: run `make run`" in response.text
    assert visitor.get("/").json()["error"]["code"] == "page-not-built"


def test_a_page_that_is_built_meanwhile_is_served(tmp_path: Path) -> None:
    visitor = browser(tmp_path / "page")
    assert visitor.get("/").status_code == 503
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("here it is")
    assert visitor.get("/").text == "here it is"


def in_a_loop(coroutine: Coroutine[Any, Any, Answer]) -> Answer:
    """Run it in a thread of its own: a browser that other tests have open keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def test_too_many_questions_at_once_are_told_to_wait() -> None:
    async def crowd() -> list[str]:
        workers, gate = Workers(threads=1, waiting=2), threading.Event()
        waiting = [asyncio.ensure_future(workers.run(gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(PellucidError) as refusal:
            await workers.run(gate.wait)
        gate.set()
        await asyncio.gather(*waiting)
        assert await workers.run(lambda: "free again") == "free again"
        workers.close()
        return [refusal.value.code]

    assert in_a_loop(crowd()) == ["busy"]


def test_a_question_that_takes_too_long_is_given_up() -> None:
    async def patient() -> str:
        workers, gate = Workers(threads=1, seconds=0.05), threading.Event()
        with pytest.raises(PellucidError) as refusal:
            await workers.run(gate.wait)
        gate.set()
        workers.close()
        return refusal.value.code

    assert in_a_loop(patient()) == "too-slow"


def test_a_failure_reaches_whoever_asked() -> None:
    async def asking() -> None:
        workers = Workers(threads=1)
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        workers.close()

    in_a_loop(asking())


def noted(log: Path, seconds: float) -> str:
    """What another process, which does not know these tests, evaluates: 6, after some time."""
    note = f"open({str(log)!r}, 'a').write"
    return f"({note}('begun\\n'), __import__('time').sleep({seconds}), {note}('ended\\n'))[0]"


def test_identical_costly_questions_are_computed_once(tmp_path: Path) -> None:
    async def crowd() -> list[int]:
        workers, log = Workers(), tmp_path / "log"
        found = await asyncio.gather(*(workers.run_apart("key", eval, noted(log, 0.5)) for _ in range(5)))
        assert log.read_text() == "begun\nended\n"
        workers.close()
        return found

    assert in_a_loop(crowd()) == [6] * 5


def test_a_costly_question_ends_when_its_last_asker_leaves(tmp_path: Path) -> None:
    async def leaving() -> None:
        workers, log = Workers(), tmp_path / "log"
        asking = [asyncio.ensure_future(workers.run_apart("key", eval, noted(log, 600))) for _ in range(2)]
        while not log.exists():
            await asyncio.sleep(0.01)
        asking[0].cancel()
        await asyncio.sleep(0.1)
        assert not asking[1].done(), "somebody waits still"
        asking[1].cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        assert await workers.run_apart("key", eval, noted(tmp_path / "other", 0)) == 6
        assert log.read_text() == "begun\n"
        workers.close()

    in_a_loop(leaving())


def test_what_another_process_raises_reaches_whoever_asked() -> None:
    async def asking() -> None:
        workers = Workers()
        with pytest.raises(PellucidError, match="'nothing'") as refusal:
            await workers.run_apart("a", preset, "nothing")
        assert refusal.value.details["name"] == "nothing"
        with pytest.raises(HelperFailedError, match="ZeroDivisionError"):
            await workers.run_apart("b", divmod, 1, 0)
        assert await workers.run_apart("c", divmod, 7, 2) == (3, 1)
        workers.close()

    in_a_loop(asking())


def test_code_that_another_process_cannot_import_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    async def asking() -> None:
        workers = Workers()
        for function in (lambda: 1, described):
            with pytest.raises(PellucidError, match="file of its own") as refusal:
                await workers.run_apart(function, function)
            assert refusal.value.code == "unreachable-code"
        assert await workers.run_apart("after", divmod, 7, 2) == (3, 1)
        workers.close()

    monkeypatch.setattr(described, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "described", described, raising=False)
    in_a_loop(asking())


def described() -> int:
    return 1


def test_costly_questions_that_wait_when_the_server_ends_are_told_so(tmp_path: Path) -> None:
    async def ending() -> set[str]:
        workers = Workers()
        asked = [
            asyncio.ensure_future(workers.run_apart(number, eval, noted(tmp_path / str(number), 600)))
            for number in range(8)
        ]
        while not any(tmp_path.iterdir()):
            await asyncio.sleep(0.01)
        workers.close()
        found = await asyncio.gather(*asked, return_exceptions=True)
        return {error.code for error in found if isinstance(error, PellucidError)}

    assert in_a_loop(ending()) == {"stopping"}


def test_recent_runs_are_kept_and_the_longest_unused_forgotten() -> None:
    model = random_model()
    runs = RecentRuns(most_runs=2)
    first, second, third = (model.trace([token]) for token in range(3))
    runs.keep("first", first)
    runs.keep("second", second)
    assert runs.get("first") is first
    runs.keep("third", third)
    assert runs.get("second") is None
    assert runs.get("first") is first
    assert runs.get("third") is third


def test_recent_runs_stay_within_their_memory() -> None:
    model = random_model()
    short, long = model.trace([0]), model.trace([0] * 9)
    runs = RecentRuns(most_bytes=sum(array.nbytes for array in long.values()))
    runs.keep("short", short)
    runs.keep("long", long)
    assert runs.get("short") is None
    assert runs.get("long") is long


def test_a_run_is_computed_once() -> None:
    shown = Collection([random_model()]).find("small")
    assert shown.run((1, 2)) is shown.run((1, 2))
    assert shown.run((1, 2)) is not shown.run((1, 3))


def test_models_of_one_name_are_told_apart() -> None:
    collection = Collection([random_model(seed=seed) for seed in range(3)])
    loaded = [entry["id"] for entry in collection.entries() if entry["loaded"]]
    assert loaded == ["small", "small-2", "small-3"]
    assert collection.default == "small"


def test_what_is_too_large_to_send_whole_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.serve.collection.LARGEST_ANSWER", 1000)
    shown = Collection([random_model()]).find("small")
    with pytest.raises(PellucidError, match="Its weights would take") as refusal:
        _ = shown.weights
    assert refusal.value.code == "too-large"
    with pytest.raises(PellucidError, match="A trace of 3 tokens would take"):
        shown.run((1, 2, 3))


def test_small_answers_do_not_wait_for_acknowledgements() -> None:
    with listen(0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_the_usual_port_is_left_to_whoever_has_it() -> None:
    with listen(None) as first, listen(None) as second:
        assert address(first) != address(second)
