"""The files at the top of a site: the page with what it needs in its head, and what lets a browser keep and install it.

A static host sends no headers and knows no routes, so the page says its own policy, and all addresses are relative.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from pellucid.serve.policies import ALONE_POLICY, allowed

PAGE, WORKER, MANIFEST = "index.html", "service-worker.js", "manifest.webmanifest"

FIRST, RUN = "description.json.gz", "opening.safetensors.gz"
"""What the page asks for of the model that it opens with: browsers that are told so bring it at once."""

ICON_SIZES = (192, 512)


def page(built: str, version: str, module: str, models: Sequence[tuple[str, bool]]) -> str:
    """The page as Vite built it, with its files in the folder of the version; `module` is its part that reads them.

    `models` are those of the list, in its order, each with whether its numbers are here; the page opens with the first.
    """
    script = soon(version, models)
    policy = f"{ALONE_POLICY}; script-src 'self' {allowed(script)}"
    head = [
        f'<meta http-equiv="Content-Security-Policy" content="{policy}" />',
        f'<meta name="pellucid-site" content="./{version}/" />',
        f'<link rel="manifest" href="./{MANIFEST}" />',
        f'<link rel="apple-touch-icon" href="./{version}/icon-192.png" />',
        f'<link rel="modulepreload" crossorigin href="./{version}/{module}" />',
        f'<link rel="preload" as="fetch" crossorigin href="./{version}/models.json.gz" />',
        f"<script>{script}</script>",
    ]
    text = re.sub(r'((?:href|src|content)=")\./', rf"\1./{version}/", built)
    charset = '<meta charset="utf-8" />'
    if text.count(charset) != 1:
        raise ValueError("The page that was built says its charset otherwise than it did.")
    return text.replace(charset, "\n    ".join([charset, *head]))


def soon(version: str, models: Sequence[tuple[str, bool]]) -> str:
    """The one script that stands in the page itself: only there is known which model the address names."""
    places = [
        (model, [f"./{version}/models/{number}/{name}" for name in ((FIRST, RUN) if loaded else (FIRST,))])
        for number, (model, loaded) in enumerate(models)
    ]
    return scripted("soon.js", {"SOON": places, "USUAL": models[0][0]})


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
    return scripted(WORKER, told)


def scripted(name: str, told: Mapping[str, object]) -> str:
    """A script of this folder that is told something: as JavaScript, whatever is in it."""
    # A sign that would end the script, where it stands in a page.
    said = {each: json.dumps(value).replace("<", "\\u003c") for each, value in told.items()}
    consts = "".join(f"const {each} = {value}\n" for each, value in said.items())
    return consts + files("pellucid.site").joinpath(name).read_text(encoding="utf-8")
