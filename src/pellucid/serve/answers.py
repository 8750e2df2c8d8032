"""The forms that answers take: JSON (compressed), tensors (as they are), errors (one sentence and a code)."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pellucid.graph import PellucidError

TENSORS = "application/octet-stream"
JSON = "application/json"

SMALLEST_COMPRESSED = 1024
"""Below this, one network packet carries the answer anyway."""

STATUS = {
    "unknown-model": 404,
    "unknown-tensor": 404,
    "no-such-page": 404,
    "no-weights": 404,
    "too-large": 413,
    "busy": 503,
    "too-slow": 503,
    "no-page": 503,
}
"""The HTTP status of an error's code; every other error a person can cause is a bad request, 400."""


def accepts(request: Request, coding: str) -> bool:
    """Whether the visitor's Accept-Encoding allows that content coding (RFC 9110, section 12.5.3)."""
    weights = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = part.partition(";")
        weights[name.strip()] = quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return weights.get(coding, weights.get("*", False))


def answer(request: Request, body: bytes, media_type: str) -> Response:
    """The body, or 304 where the visitor holds these very bytes.

    JSON is compressed, to about a tenth; tensors are not, they would stay nearly as long as they are.
    """
    compressed = media_type == JSON and len(body) >= SMALLEST_COMPRESSED and accepts(request, "gzip")
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    headers = {"ETag": f'"{digest}{"-gzip" if compressed else ""}"', "Cache-Control": "private, no-cache"}
    if media_type == JSON:
        headers["Vary"] = "Accept-Encoding"
    if headers["ETag"] in (
        tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")
    ):
        return Response(status_code=304, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=6, mtime=0)
    return Response(body, media_type=media_type, headers=headers)


def encoded(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def error_answer(error: PellucidError, status: int | None = None, headers: Mapping[str, str] | None = None) -> Response:
    body = {"error": {"code": error.code, "message": error.message, "details": dict(error.details)}}
    status = status or STATUS.get(error.code, 400)
    shared = {"Cache-Control": "no-store", **({"Retry-After": "1"} if status == 503 else {})}
    return Response(encoded(body), status, media_type=JSON, headers={**shared, **(headers or {})})


async def refused(request: Request, error: Exception) -> Response:
    """The answer to a PellucidError."""
    assert isinstance(error, PellucidError)
    return error_answer(error)


async def not_served(request: Request, error: Exception) -> Response:
    """The answer where no address, or no method of it, matches."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        sentence = PellucidError("method-not-allowed", f"{request.method} is not understood here: ask with GET.")
    else:
        sentence = PellucidError(
            "no-such-page", "There is nothing at this address: the page is at /, its data under /api."
        )
    return error_answer(sentence, error.status_code, error.headers)


async def failed(request: Request, error: Exception) -> Response:
    """The answer to a defect of ours; the server's terminal shows where it is."""
    return error_answer(PellucidError("defect", "The server failed at this: its terminal says where."), 500)
