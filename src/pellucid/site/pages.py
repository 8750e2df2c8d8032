"""The files at the top of a site: the page with what it needs in its head, and what lets a browser keep and install it.

A static host sends no headers and knows no routes, so the page says its own policy, and all addresses are relative.
"""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files

from pellucid.serve.policies import ALONE_POLICY

PAGE, WORKER, MANIFEST = "index.html", "service-worker.js", "manifest.webmanifest"


SOON = (
    "models.json.gz",
    "models/0/description.json.gz",
    "models/0/opening.safetensors.gz",
)
"""What the page asks for first, one after the other: browsers that are told so bring it at once."""

ICON_SIZES = (192, 512)


def page(built: str, version: str, module: str) -> str:
    """The page as Vite built it, with its files in the folder of the version; `module` is its part that reads them."""
    head = [
        f'<meta http-equiv="Content-Security-Policy" content="{ALONE_POLICY}" />',
        f'<meta name="pellucid-site" content="./{version}/" />',
        f'<link rel="manifest" href="./{MANIFEST}" />',
        f'<link rel="apple-touch-icon" href="./{version}/icon-192.png" />',
        f'<link rel="modulepreload" crossorigin href="./{version}/{module}" />',
        *(f'<link rel="preload" as="fetch" crossorigin href="./{version}/{name}" />' for name in SOON),
    ]
    text = re.sub(r'((?:href|src|content)=")\./', rf"\1./{version}/", built)
    charset = '<meta charset="utf-8" />'
    if text.count(charset) != 1:
        raise ValueError("The page that was built says its charset otherwise than it did.")
    return text.replace(charset, "\n    ".join([charset, *head]))


def manifest(version: str) -> str:
    """What a browser asks for that is to put the page among a person's programs (W3C, Web Application Manifest)."""
    return json.dumps(
        {
            "name": "Pellucid",
            "short_name": "Pellucid",
            "description": "See how a GPT works, number by number.",
            "id": "./",
            "start_url": "./",
            "scope": "./",
            "display": "standalone",
            "background_color": "#f6f5f1",
            "theme_color": "#f6f5f1",
            "icons": [
                {"src": f"./{version}/icon.svg", "sizes": "any", "type": "image/svg+xml"},
                *(
                    {"src": f"./{version}/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
                    for size in ICON_SIZES
                ),
            ],
        },
        indent=2,
    )


def worker(version: str, pages: Iterable[str], names: Iterable[str]) -> str:
    """The service worker, told what there is to keep."""
    told: Mapping[str, object] = {
        "VERSION": version,
        "PAGES": ["./", *pages],
        "FILES": [MANIFEST, *(f"{version}/{name}" for name in names)],
    }
    said = "".join(f"const {name} = {json.dumps(value)}\n" for name, value in told.items())
    return said + files("pellucid.site").joinpath(WORKER).read_text(encoding="utf-8")
