"""What a browser lets other web sites do to the server of the person who uses it: open a page, and nothing else."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browser.driving import ready
from playwright.sync_api import Browser, Page, expect
from running import running_server

pytestmark = pytest.mark.asks_server("a site has no token, and nothing to be asked for")

ATTACK = """
<!doctype html><title>elsewhere</title>
<a href="{target}?view=explore&text=BACCAB">a link</a>
<script>
  for (let number = 0; number < 40; number++) {{
    const image = new Image()
    image.src = `{target}read/en?text=${{[...'ABCABC'].sort(() => Math.random() - 0.5).join('')}}&n=${{number}}`
  }}
  window.outcomes = Promise.all(['no-cors', 'cors'].map((mode) =>
    fetch('{target}api/models', {{ mode, credentials: 'include' }}).then((answer) => answer.type, () => 'refused')))
</script>
<iframe src="{target}read/en"></iframe>
"""


@pytest.fixture
def guarded(nano_folder: Path, tmp_path: Path) -> Iterator[str]:
    with running_server(nano_folder, tmp_path / "stderr.txt", token=True) as link:
        yield link


@pytest.fixture
def elsewhere(guarded: str, tmp_path: Path) -> Iterator[str]:
    """Another web site, which knows where the server is: `localhost` is another site than `127.0.0.1`."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(ATTACK.format(target=guarded.partition("?")[0]))
    site = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "site")))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://localhost:{site.server_port}/"
    site.shutdown()
    site.server_close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_the_address_with_the_token_opens_the_page_and_every_later_one(visitor: Page, guarded: str) -> None:
    address = guarded.partition("?")[0]
    visitor.goto(address)
    expect(visitor.get_by_text("asks for its token")).to_be_visible()
    visitor.goto(f"{guarded}&view=explore")
    ready(visitor)
    assert "token" not in visitor.url
    other = visitor.context.new_page()
    other.goto(f"{address}?view=explore&text=BACCAB")
    ready(other)


def test_the_token_can_be_typed_in(visitor: Page, guarded: str) -> None:
    address, _, token = guarded.partition("?token=")
    visitor.goto(f"{address}?view=explore")
    visitor.get_by_label("Token").fill(token)
    visitor.get_by_role("button", name="Open").click()
    ready(visitor)
    assert "token" not in visitor.url
    assert "view=explore" in visitor.url


def test_another_site_can_lead_here_and_do_nothing_else(visitor: Page, guarded: str, elsewhere: str) -> None:
    visitor.goto(f"{guarded}&view=explore")
    ready(visitor)
    address = guarded.partition("?")[0]
    answered: list[int] = []
    refused: list[str] = []
    visitor.on("response", lambda response: answered.append(response.status) if "/read/" in response.url else None)
    visitor.on("requestfailed", lambda request: refused.append(request.url))
    visitor.goto(elsewhere, wait_until="load")
    assert visitor.evaluate("window.outcomes") == ["refused", "refused"]
    assert sum(url.startswith(f"{address}read/en") for url in refused) >= 40
    assert set(answered) <= {403}
    visitor.get_by_role("link", name="a link").click()
    ready(visitor)
    assert visitor.evaluate("window.pellucid.state")["text"] == "BACCAB"
