"""The forms that answers take: JSON, tensors, and errors as one sentence with a code (docs/protocol.md)."""

import gzip
import hashlib
import html
import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pellucid.cached import cached_property
from pellucid.graph import PellucidError
from pellucid.serve.language import preferred
from pellucid.serve.policies import sentence_policy
from pellucid.serve.refusals import refusal
from pellucid.words import LANGUAGES

SMALLEST_COMPRESSED = 1024
"""A shorter answer is one packet anyway."""

STATUS = {
    "unknown-model": 404,
    "unknown-tensor": 404,
    "unknown-language": 404,
    "unknown-chapter": 404,
    "unknown-step": 404,
    "unknown-training": 404,
    "unknown-moment": 404,
    "nothing-removed": 404,
    "no-such-page": 404,
    "no-weights": 404,
    "no-token": 401,
    "wrong-token": 401,
    "foreign-origin": 403,
    "read-only": 403,
    "not-kept": 403,
    "method-not-allowed": 405,
    "asked-too-slowly": 408,
    "cut-off": 408,
    "file-changed": 409,
    "stale-run": 409,
    "already-training": 409,
    "trainings-full": 409,
    "trainings-many": 409,
    "too-large": 413,
    "too-large-to-draw": 413,
    "too-large-to-teach": 413,
    "too-long-context": 413,
    "too-many-blocks": 413,
    "too-many-channels": 413,
    "too-many-letters": 413,
    "too-many-parameters": 413,
    "not-json": 415,
    "foreign-host": 421,
    "defect": 500,
    "busy": 503,
    "too-slow": 503,
    "stopping": 503,
    "page-not-built": 503,
}
"""The status of an error by its code; anything else that a person can get wrong is a bad request, 400."""

FURTHER_HEADERS = {
    "no-token": {"WWW-Authenticate": "Bearer"},
    "wrong-token": {"WWW-Authenticate": "Bearer"},
    "method-not-allowed": {"Allow": "GET, HEAD"},
    "busy": {"Retry-After": "1"},
    "too-slow": {"Retry-After": "1"},
}

STYLE = "body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1.5rem }"

SENTENCE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Pellucid</title>
<style>{style}</style>
<h1>Pellucid</h1>
{content}
"""


class Body:
    """The bytes of an answer, and what is made of them once however often they are sent."""

    def __init__(self, content: bytes, media_type: str, policy: str | None = None, *, kept: bool = False) -> None:
        """With a content security policy of its own, where that for data is too narrow; `kept` if it is sent often."""
        self.content = content
        self.media_type = media_type
        self.policy = policy
        self.kept = kept

    @classmethod
    def json(cls, content: Mapping[str, Any]) -> "Body":
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return cls(text.encode(), "application/json")

    @classmethod
    def tensors(cls, content: bytes, *, kept: bool = False) -> "Body":
        return cls(content, "application/octet-stream", kept=kept)

    @property
    def shrinks(self) -> bool:
        """Whether compressing pays: JSON comes to an eighth, a drawing to a sixth; tensors shrink by a tenth, which is
        worth it only where they are sent many times."""
        dense = self.media_type in ("application/json", "image/svg+xml") or self.kept
        return dense and len(self.content) >= SMALLEST_COMPRESSED

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.content, compresslevel=9, mtime=0)

    @cached_property
    def digest(self) -> str:
        return hashlib.blake2b(self.content, digest_size=16).hexdigest()


def answer(request: Request, body: Body) -> Response:
    """The body, compressed where that pays and is understood, or 304 where the visitor holds these very bytes."""
    compressed = body.shrinks and accepts(request, "gzip")
    tag = f'"{body.digest}-gzip"' if compressed else f'"{body.digest}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if body.policy:
        headers["Content-Security-Policy"] = body.policy
    if holds(request, tag):
        return Response(status_code=304, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(body.gzipped if compressed else body.content, media_type=body.media_type, headers=headers)


def accepts(request: Request, coding: str) -> bool:
    """Whether the visitor understands that content coding (Accept-Encoding, RFC 9110, section 12.5.3)."""
    allowed = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = part.partition(";")
        allowed[name.strip()] = quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return allowed.get(coding, allowed.get("*", False))


def holds(request: Request, tag: str) -> bool:
    """Whether the visitor says that it has the answer of that tag already (If-None-Match)."""
    held = request.headers.get("if-none-match", "").split(",")
    return tag in (each.strip().removeprefix("W/") for each in held)


def error_answer(request: Request, error: PellucidError, language: str | None = None, form: str = "") -> Response:
    """The error as JSON; as a page, with that form below the sentence, where a person has opened the address.

    It is said in the language if one is given, otherwise in English, on a page in the reader's own.
    """
    headers = {"Cache-Control": "no-store", **FURTHER_HEADERS.get(error.code, {})}
    status = STATUS.get(error.code, 400)
    if "text/html" in request.headers.get("accept", ""):
        said = refusal(error, language or preferred(request.headers.get("accept-language", ""), LANGUAGES))
        return sentence_page(f"<p>{html.escape(said.message)}</p>{form}", said.language, status, headers)
    message = refusal(error, language).message if language else error.message
    body = Body.json({"error": {**error.to_json(), "message": message}})
    return Response(body.content, status, headers, body.media_type)


def sentence_page(
    content: str, language: str = "en", status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A small page for a person."""
    page = SENTENCE.format(language=language, style=STYLE, content=content)
    return Response(page, status, {"Content-Security-Policy": sentence_policy(STYLE), **(headers or {})}, "text/html")


async def refused(request: Request, error: Exception) -> Response:
    """The answer to what a person can get wrong."""
    assert isinstance(error, PellucidError)
    return error_answer(request, error)


async def not_served(request: Request, error: Exception) -> Response:
    """The answer where no address matches."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed, method = (error.headers or {}).get("Allow", "GET, HEAD"), request.method[:20]
        sentence = f"{method} is not understood at this address, which takes {allowed}."
        response = error_answer(request, PellucidError("method-not-allowed", sentence, method=method))
        response.headers["Allow"] = allowed
        return response
    sentence = "There is nothing at this address: the page is at /, its data is under /api."
    return error_answer(request, PellucidError("no-such-page", sentence))


async def failed(request: Request, error: Exception) -> Response:
    """The answer to a defect of ours; the terminal shows where it is."""
    sentence = "The server failed at this, which is a defect in Pellucid: its terminal says where."
    return error_answer(request, PellucidError("defect", sentence))
