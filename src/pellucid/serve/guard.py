"""Who may ask, and what a browser may do with the answers.

The server is for the person at this machine. A web site that the same browser has open could send it requests, or make
its own name point here (DNS rebinding): so a request must name this machine as its host, and come from our own page.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pellucid.graph import PellucidError
from pellucid.serve.answers import error_answer

HOSTS = ("127.0.0.1", "localhost")

METHODS = ("GET", "HEAD")

LONGEST_ADDRESS = 32 * 1024
"""Some thousands of tokens: the longest context of a preset takes 12 kB."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",  # formulas are laid out by inline styles
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",  # the reading view asks for other letters with a form
    "frame-ancestors 'none'",
)

HEADERS = {
    "Content-Security-Policy": "; ".join(CONTENT_SECURITY_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """ASGI middleware around the whole application: refuses strangers, adds `HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = why_not(scope)
        app = error_answer(Request(scope), refusal) if refusal else self.app

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await app(scope, receive, send_guarded)


def why_not(scope: Scope) -> PellucidError | None:
    """Why the request is refused, if it is."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if host.partition(":")[0].lower() not in HOSTS:
        return PellucidError(
            "foreign-host",
            f"This server is at 127.0.0.1, not at '{host}': open the address that `pellucid` printed.",
            host=host,
        )
    if scope["method"] not in METHODS:
        return PellucidError("method-not-allowed", f"{scope['method']} is not understood here: ask with GET.")
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    data = scope["path"].startswith("/api")
    if origin not in (None, f"http://{host}") or (data and site not in ("same-origin", "none")):
        return PellucidError("foreign-origin", "Another web site may not ask this server: open its own page instead.")
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        return PellucidError(
            "too-large", f"The address is longer than {LONGEST_ADDRESS:,} bytes: ask for less.", most=LONGEST_ADDRESS
        )
    return None
