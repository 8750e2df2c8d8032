"""The page's files, as Vite built them into page/: hashed names to be kept for ever, compressed twins where possible."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pellucid.graph import PellucidError
from pellucid.serve.answers import accepts

FOLDER = Path(__file__).with_name("page")
START = "index.html"

CODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings that the build made files for, best first."""

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Stated here because Windows lets other programs change what Python's mimetypes says."""


class PageFiles(StaticFiles):
    """Files under page/ and nothing else; the build may come, or come again, while the server runs."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER, check_dir=False)

    async def check_config(self) -> None:
        """The folder may be missing: then there is a sentence to say, not a defect to raise."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == ".":
            path = START
        if not (FOLDER / START).is_file():
            raise PellucidError(
                "no-page",
                "The page has not been built: run `make run` in Pellucid's repository, or install a released wheel.",
            )
        request, suffix = Request(scope), Path(path).suffix
        coding = next(
            (coding for coding, added in CODINGS.items() if accepts(request, coding) and self.has(path + added)), None
        )
        response = await super().get_response(path + CODINGS[coding] if coding else path, scope)
        if isinstance(response, FileResponse) and suffix in MEDIA_TYPES:
            response.headers["Content-Type"] = f"{MEDIA_TYPES[suffix]}; charset=utf-8"
        if coding:
            response.headers["Content-Encoding"] = coding
        response.headers["Vary"] = "Accept-Encoding"
        hashed = Path(path).parts[0] == "assets"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response

    def has(self, path: str) -> bool:
        return self.lookup_path(path)[1] is not None
