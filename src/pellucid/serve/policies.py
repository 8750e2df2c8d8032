"""What a browser may do with each kind of answer: content security policies, each as narrow as its kind allows."""

import base64
import hashlib

SEALED = "base-uri 'none'; frame-ancestors 'none'"

DATA_POLICY = f"default-src 'none'; form-action 'none'; {SEALED}"
"""Of all that is no page: nothing is loaded, run or sent."""

ALONE_POLICY = (
    "default-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
    "object-src 'none'; form-action 'self'; base-uri 'none'"
)
"""Of the page where it says its policy itself, which cannot be who may frame it. Formulas are laid out by the style
attributes of their elements."""

PAGE_POLICY = f"{ALONE_POLICY}; frame-ancestors 'none'"
"""Of the page as the server sends it."""

SCRIPT_POLICY = f"{PAGE_POLICY}; script-src 'self' 'wasm-unsafe-eval'"
"""Of scripts, which it concerns where they are workers: these compile the instructions by which they multiply matrices,
which is not the evaluation of text."""

PICTURE_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; {SEALED}"
"""Of a still picture, which carries its own styles."""

ARTICLE_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; {SEALED}"
"""Of the reading view, which has no script. Its pictures carry their own styles, as they do in files."""


def sentence_policy(style: str) -> str:
    """Of a small page that says something, with this one style sheet."""
    return f"default-src 'none'; style-src {allowed(style)}; form-action 'self'; {SEALED}"


def allowed(text: str) -> str:
    """This one script or style sheet, where it stands in the page itself."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
