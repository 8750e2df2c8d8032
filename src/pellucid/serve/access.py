"""The access token: what a visitor shows so that other users of the machine do not get in (docs/security.md).

It is kept in the user's own folder, so that a page goes on when its server is started again. A browser shows it once,
in the address that is opened, and a cookie from then on; a program sends it in the header Authorization.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
import time
from pathlib import Path

from pellucid.graph import PellucidError
from pellucid.train.cache import cache

SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes of chance in URL-safe Base64."""
FILE = "token"
COOKIE_DAYS = 90
TICKET_SECONDS = 300.0
OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR


class AccessToken:
    """A secret, and all that is as good as it: the cookie of a port, and tickets that let in once."""

    def __init__(self, secret: str, *, for_all: bool = False) -> None:
        """`for_all`: whether the user's own programs are asked for it too."""
        self.secret = secret
        self.for_all = for_all
        self._tickets: dict[str, float] = {}

    def ticket(self) -> str:
        """What to open a browser with: a command line can be read by every user of the machine, so it lets in once."""
        made = secrets.token_urlsafe(32)
        self._tickets[made] = time.monotonic() + TICKET_SECONDS
        return made

    def admits(self, shown: str) -> bool:
        """Whether this is the token, or a ticket that has not been used."""
        deadline = self._tickets.pop(shown, None)
        return (deadline is not None and time.monotonic() < deadline) or same(shown, self.secret)

    def admits_program(self, authorization: str) -> bool:
        """Whether the header Authorization has the token: `Bearer TOKEN`, or `token TOKEN`."""
        scheme, _, shown = authorization.partition(" ")
        return scheme.lower() in ("bearer", "token") and same(shown.strip(), self.secret)

    def admits_cookie(self, header: str, port: int) -> bool:
        """Whether one of the cookies is ours. The others are those of other programs of the machine, which may look
        like anything, and may even have our name."""
        pairs = (cookie.partition("=") for cookie in header.split(";"))
        ours = [value.strip() for name, _, value in pairs if name.strip() == cookie_name(port)]
        return any(same(value, self._cookie(port)) for value in ours)

    def set_cookie(self, port: int, path: str = "/") -> str:
        """The header that gives a browser the cookie. It is sent to our own pages only, and no script sees it.

        Without a path, to those beside the page that it is given with.
        """
        seconds = COOKIE_DAYS * 24 * 3600
        value = f"{cookie_name(port)}={self._cookie(port)}"
        return f"{value}; HttpOnly; SameSite=Strict; {path and f'Path={path}; '}Max-Age={seconds}"

    def _cookie(self, port: int) -> str:
        """Browsers send a cookie to every port of a machine: so it is not the token, and good for one port only."""
        return hmac.new(self.secret.encode(), f"cookie of port {port}".encode(), hashlib.sha256).hexdigest()


def cookie_name(port: int) -> str:
    return f"pellucid-{port}"


def same(shown: str, expected: str) -> bool:
    """Compared in a time that does not tell how much of it was right."""
    return hmac.compare_digest(shown.encode("utf-8", "replace"), expected.encode())


def kept_token(*, for_all: bool = False) -> AccessToken:
    """The user's token, made at the first time; one for this run alone where there is no folder to keep it in."""
    folder = cache()
    try:
        if folder is not None:
            path = folder / FILE
            return AccessToken(read(path) or write(path), for_all=for_all)
    except (OSError, PellucidError):  # a full disk, or no right to write
        pass
    return AccessToken(secrets.token_urlsafe(32), for_all=for_all)


def read(path: Path) -> str | None:
    """The secret in the file; None where there is none, or where others could have read or written it."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        private = os.name == "nt" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
        secret = file.read(100) if stat.S_ISREG(found.st_mode) and private else b""
    text = secret.decode("ascii", "replace").strip()
    return text if SECRET.fullmatch(text) else None


def write(path: Path) -> str:
    """A new secret in the file, which nobody else can read at any moment."""
    secret = secrets.token_urlsafe(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
            file.write(secret + "\n")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return secret
