"""What the page asks for first, told to the browser along with the page, which then brings it while it reads the
scripts (Web Linking, RFC 8288, and HTML's `preload`)."""

from urllib.parse import quote, urlencode

from starlette.requests import Request

from pellucid.graph import PellucidError
from pellucid.serve.collection import Collection
from pellucid.train.fresh import is_fresh

LONGEST_NAME = 200
"""A header is no place for longer names of models."""

UNQUOTED = "!'()*"
"""What the page's encodeURIComponent leaves as it is and `quote` does not."""


def soon(collection: Collection, request: Request) -> str:
    """The value of a Link header: the list of models, and what there is of the one that the page's address names."""
    paths = ["api/models", *of_model(collection, request.query_params.get("model", collection.default))]
    return ", ".join(f"<{path}>; rel=preload; as=fetch; crossorigin" for path in paths)


def of_model(collection: Collection, model: str) -> list[str]:
    if is_fresh(model) or len(model) > LONGEST_NAME:  # a fresh one takes its time to be made
        return []
    try:
        shown = collection.find(model)
    except PellucidError:  # the page says it
        return []
    path = f"api/models/{quote(model, safe=UNQUOTED)}"
    if not shown.sent_whole:
        return [path]
    return [path, f"{path}/weights", f"api/lessons?{urlencode({'model': model})}"]
