"""Who may ask, and what a browser may do with the answers (docs/security.md).

The server is for the person at this machine. A web site that the same browser has open could send it requests, or make
its own name point here (DNS rebinding): so a request must name this machine as its host, and come from our own page;
from elsewhere, only a person who follows a link gets in. Other users of the machine lack the token; the person's own
programs need none where the system tells whose they are, unless they are to be asked too.
"""

import re
from collections.abc import Collection
from urllib.parse import parse_qsl, unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pellucid.graph import PellucidError
from pellucid.serve.access import AccessToken
from pellucid.serve.answers import error_answer
from pellucid.serve.behind import NOTHING, Behind, is_passed_on
from pellucid.serve.entrance import PARAMETER, bounce, entrance
from pellucid.serve.peer import is_own_program
from pellucid.serve.policies import DATA_POLICY

HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.IGNORECASE)

WHOLE_ADDRESS = re.compile(rb"http://(?P<host>[^/]*)(?P<path>.*)", re.IGNORECASE)

METHODS = ("GET", "HEAD")
CHANGING = ("POST", "DELETE")
"""What changes something, at those addresses of the data that say so."""

LONGEST_ADDRESS = 32 * 1024
"""Some thousands of tokens: the longest context of a preset takes 12 kB."""

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """ASGI middleware around everything: refuses strangers, adds headers to every answer, that to a defect included."""

    def __init__(self, app: ASGIApp, token: AccessToken | None = None, behind: Behind = NOTHING) -> None:
        """Without a token, every program of this machine may ask."""
        self.app = app
        self.token = token
        self.behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Content-Security-Policy", DATA_POLICY)
            await send(message)

        scope = without_host(scope)
        request = Request(self.behind.within(scope))
        instead = self._instead(scope, request)
        # What is let in may have been changed on the way: a token is not for the application.
        await (instead or self.app)(request.scope, receive, send_guarded)

    def _instead(self, scope: Scope, request: Request) -> Response | None:
        """What is answered without asking the application: a refusal, or a way in. The request is what the scope asks
        within the path in front."""
        refusal = why_not(request.scope, self.behind)
        if refusal:
            return error_answer(request, refusal)
        if scope["path"] == self.behind.path:  # relative to it without its slash, the page's files would be elsewhere
            return RedirectResponse(relative(scope, "/"))
        return None if self.token is None else self._admission(request, self.token)

    def _admission(self, request: Request, token: AccessToken) -> Response | None:
        """None for a visitor who has shown the token or needs none; otherwise how to go on."""
        headers, port = request.headers, request.scope["server"][1]
        if token.admits_program(headers.get("authorization", "")):
            return None
        pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = [value for name, value in pairs if name == PARAMETER]
        if shown and not for_data(request.scope):
            return self._shown(request, token, shown[-1])
        # Older links to data call a token of the model by the same name: what lets nobody in is for the application.
        keys = {value for value in shown if token.admits(pasted(value))}
        if keys:
            request.scope["query_string"] = without(request.scope["query_string"], keys)
            return None
        if token.admits_cookie(headers.get("cookie", ""), port):
            return None
        if not token.for_all and not is_passed_on(headers) and is_own_program(request.scope):
            return None
        # Browsers keep the cookie back where another site's link leads here: our own page, which costs nothing, asks
        # once more.
        return bounce() if from_elsewhere(headers) else entrance(request, "wrong-token" if shown else "no-token")

    def _shown(self, request: Request, token: AccessToken, shown: str) -> Response:
        """A page's address with the token in it leads to the same one without, which can be copied and handed on. So
        does one with a ticket that is used up, for who is known already: a page that is opened again, or a bookmark."""
        scope = request.scope
        address = relative({**scope, "query_string": without(scope["query_string"])})
        port = scope["server"][1]
        if token.admits(pasted(shown)):
            # At the page itself the browser knows better than the server under which path that stands.
            path = self.behind.path or ("" if scope["path"] == "/" else "/")
            kept = {"Set-Cookie": token.set_cookie(port, path), "Cache-Control": "no-store"}
            return RedirectResponse(address, 303, kept)
        if token.admits_cookie(request.headers.get("cookie", ""), port):
            return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
        return entrance(request, "wrong-token")


def without_host(scope: Scope) -> Scope:
    """The request as one for the path alone, where it asks for a whole address, as programs do that take this server
    for a proxy. What that names as its host counts, whatever `Host` says (RFC 9112, 3.2.2)."""
    whole = WHOLE_ADDRESS.fullmatch(scope["raw_path"])
    if whole is None:
        return scope
    path = whole["path"] or b"/"
    others = [header for header in scope["headers"] if header[0] != b"host"]
    headers = [*others, (b"host", whole["host"])]
    return {**scope, "path": unquote(path.decode("ascii")), "raw_path": path, "headers": headers}


def without(query: bytes, keys: Collection[str] | None = None) -> bytes:
    """What an address asks for without those tokens, or without any; the rest stays as it was written."""
    parts = query.decode("latin-1").split("&")
    named = [(part, dict(parse_qsl(part, keep_blank_values=True)).get(PARAMETER)) for part in parts]
    rest = [part for part, shown in named if shown is None or (keys is not None and shown not in keys)]
    return "&".join(rest).encode("latin-1")


def relative(scope: Scope, end: str = "") -> str:
    """The address that is asked for, said so that it leads nowhere else, under whatever path the server stands."""
    last = scope["raw_path"].decode("latin-1").rpartition("/")[2]
    query = scope["query_string"].decode("latin-1")
    return f"./{last}{end}{query and '?'}{query}"


def pasted(shown: str) -> str:
    """The token of what somebody has put in its place: it itself, or the whole address that ends with it."""
    return shown.strip().rpartition(f"{PARAMETER}=")[2]


def for_data(scope: Scope) -> bool:
    """Whether the address is one that only pages and programs ask, never a person."""
    path: str = scope["path"]
    return path == "/api" or path.startswith("/api/")


def from_elsewhere(headers: Headers) -> bool:
    """Whether the browser says that another site led here. Other programs, and the person's own typing, say nothing."""
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def is_foreign(headers: Headers, behind: Behind) -> bool:
    """Whether the page that asks is named, and is none of ours.

    A server in front may have changed the host, so that this and the page's origin differ; that both are the same to
    the browser, it says in a header which no page can write.
    """
    ours = f"http://{headers.get('host', '')}".lower(), behind.origin or None
    return (
        any(named.lower() not in ours for named in headers.getlist("origin"))
        and headers.get("sec-fetch-site") != "same-origin"
    )


def opens_a_page(headers: Headers) -> bool:
    """Whether a person goes to the address, in a window of its own: nothing embeds it, fetches it or looks ahead."""
    purpose = headers.get("sec-purpose", headers.get("purpose", ""))
    asked = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    return asked == ("navigate", "document") and not purpose


def why_not(scope: Scope, behind: Behind) -> PellucidError | None:
    """Why the request is refused, if it is, whoever sends it."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if not HOST.fullmatch(host) and host.lower() != (behind.host or None):
        return PellucidError(
            "foreign-host",
            f"This server is at 127.0.0.1, not at '{host[:60]}': open the address that `pellucid` printed.",
            host=host[:60],
        )
    changes = scope["method"] in CHANGING and for_data(scope)
    if scope["method"] not in METHODS and not changes:
        return PellucidError(
            "method-not-allowed",
            f"{scope['method'][:20]} is not understood here: ask with GET.",
            method=scope["method"][:20],
        )
    if headers.get("upgrade", "").lower() == "websocket":
        return PellucidError("no-websocket", "No WebSocket is spoken here: ask with GET alone.")
    if changes and headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return PellucidError("foreign-origin", "Only the page of this server may change anything here.")
    if is_foreign(headers, behind) or (from_elsewhere(headers) and (for_data(scope) or not opens_a_page(headers))):
        return PellucidError("foreign-origin", "Another web site may not ask this server: open its own page instead.")
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        return PellucidError(
            "too-large", f"The address is longer than {LONGEST_ADDRESS:,} bytes: ask for less.", most=LONGEST_ADDRESS
        )
    return None
