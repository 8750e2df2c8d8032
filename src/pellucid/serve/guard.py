"""Who may ask, and what a browser may do with the answers.

The server is for the person at this machine. A web site that the same browser has open could send it requests, or make
its own name point here (DNS rebinding): requests must name this machine as their host and come from our own page.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pellucid.graph import PellucidError
from pellucid.serve.answers import error_answer

HOSTS = ("127.0.0.1", "localhost", "[::1]")

LONGEST_ADDRESS = 32 * 1024
"""Some thousands of tokens; the longest context that a preset has takes 12 kB."""

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # formulas are laid out by inline styles
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """ASGI middleware, outermost: refuses what must not reach the application, adds `HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = refused(scope)
        app = self.app if refusal is None else error_answer(*refusal)
        await app(scope, receive, with_headers(send))


def with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending


def refused(scope: Scope) -> tuple[PellucidError, int] | None:
    """Why the request is not answered, and the status that says so."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if host.rsplit(":", 1)[0] not in HOSTS and host not in HOSTS:
        sentence = f"This server answers to 127.0.0.1 and localhost, not to '{host}': open the address that it printed."
        return PellucidError("foreign-host", sentence), 421
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    asks_for_data = scope["path"].startswith("/api")
    if origin not in (None, f"http://{host}") or (asks_for_data and site not in ("same-origin", "none")):
        return PellucidError("foreign-origin", "Only this server's own page may ask it: other web sites may not."), 403
    if len(scope["query_string"]) + len(scope["raw_path"]) > LONGEST_ADDRESS:
        sentence = f"The address is longer than {LONGEST_ADDRESS} bytes: ask for less at once."
        return PellucidError("too-large", sentence), 413
    return None
