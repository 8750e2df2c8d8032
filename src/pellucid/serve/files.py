"""The page's files, as Vite built them into page/: hashed names are kept for ever, compressed twins sent if wanted."""

from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pellucid.graph import PellucidError
from pellucid.serve.answers import accepts
from pellucid.serve.policies import PAGE_POLICY, SCRIPT_POLICY

FOLDER = Path(__file__).with_name("page")
START, HASHED = "index.html", "assets"

TWINS = {"br": ".br", "gzip": ".gz"}
"""The content codings that the build has made a twin of each text file for, smallest first."""

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
"""Stated here because on Windows other programs can change what Python guesses."""


class PageFiles(StaticFiles):
    """Every file under the folder and nothing else. The build may come, or come again, while the server runs.

    `soon` says, as the value of a Link header, what the page will ask for first.
    """

    def __init__(self, folder: Path = FOLDER, soon: Callable[[Request], str] | None = None) -> None:
        super().__init__(directory=folder, check_dir=False)
        self.folder = folder
        self.soon = soon

    async def check_config(self) -> None:
        """A folder that is not there yet is no defect."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not (self.folder / START).is_file():
            raise page_not_built()
        # Files are sent whole: what Starlette answers to parts that cannot be had is no sentence of ours.
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"range"]
        path = START if path == "." else path
        response = await super().get_response(path, scope)
        coding = self.coding(path, Request(scope))
        if coding:
            response = await super().get_response(path + TWINS[coding], scope)
        suffix = Path(path).suffix
        if isinstance(response, FileResponse) and suffix in MEDIA_TYPES:
            response.headers["Content-Type"] = f"{MEDIA_TYPES[suffix]}; charset=utf-8"
        if coding:
            response.headers["Content-Encoding"] = coding
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Accept-Ranges"] = "none"
        if self.soon and path == START:
            response.headers["Link"] = await run_in_threadpool(self.soon, Request(scope))
        response.headers["Content-Security-Policy"] = SCRIPT_POLICY if suffix == ".js" else PAGE_POLICY
        hashed = Path(path).parts[0] == HASHED
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response

    def coding(self, path: str, request: Request) -> str | None:
        """The best content coding that the visitor understands and the build has made."""
        for coding, suffix in TWINS.items():
            if accepts(request, coding) and self.lookup_path(path + suffix)[1]:
                return coding
        return None


def page_not_built() -> PellucidError:
    return PellucidError(
        "page-not-built",
        "The page has not been built: run `make run` in Pellucid's repository, or install a released package.",
    )
