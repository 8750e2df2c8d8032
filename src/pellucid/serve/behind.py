"""Another server in front of this one (a reverse proxy, a notebook hub), which passes on what is asked under a path.

The page's own addresses are relative, so that most such servers need nothing said. What they cannot tell is said here:
the path, where they pass it on with the rest or other people's servers stand beside it; the host, where they pass on
what the browser called it.
"""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from pellucid.graph import PellucidError
from pellucid.words.errors import shortened

ADDRESS = re.compile(
    r"(?P<origin>https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?)?(?P<path>(/(?!\.\.?(/|$))[A-Za-z0-9._~@+-]+)*/?)"
)
"""No part of its path is one or two points: browsers ask for the path without these."""
TOLD = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""Headers by which servers in front say that somebody else asks."""


@dataclass(frozen=True)
class Behind:
    """`path` begins with a slash and ends without one; `origin` is empty where only the path is known."""

    path: str
    origin: str = ""

    @classmethod
    def read(cls, text: str) -> "Behind":
        """`/pellucid`, or a whole address, `https://example.org/pellucid`. Raises PellucidError (`bad-argument`)."""
        found = ADDRESS.fullmatch(text)
        if not text or found is None:
            raise PellucidError(
                "bad-argument",
                f"--root-path is '{shortened(text, 60)}': give a path such as /pellucid, or the whole address such as "
                "https://example.org/pellucid.",
            )
        return cls(found["path"].rstrip("/"), (found["origin"] or "").lower())

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    def within(self, scope: Scope) -> Scope:
        """The request as if the path in front were not there: some servers pass it on, and some take it away."""
        path, raw = scope["path"], scope["raw_path"]
        if not self.path or not path.startswith(f"{self.path}/"):
            return scope
        return {**scope, "path": path.removeprefix(self.path), "raw_path": raw[len(self.path) :]}


NOTHING = Behind("")
"""Browsers reach the server itself."""


def is_passed_on(headers: Headers) -> bool:
    """Whether the request says that another server passes it on: its program asks, for somebody whom nobody knows."""
    return any(name in headers for name in TOLD)
