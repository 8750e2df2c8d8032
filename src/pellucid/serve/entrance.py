"""Where a visitor without the token stands: a page with a place to give it, or an error for programs."""

import html

from starlette.requests import Request
from starlette.responses import Response

from pellucid.graph import PellucidError
from pellucid.serve.answers import error_answer, sentence_page
from pellucid.serve.language import preferred
from pellucid.words import LANGUAGES, said_alone

PARAMETER = "token"

REASONS = {
    "no-token": "This server asks for its token: open the address that `pellucid` printed in its terminal, "
    "or give the token here.",
    "wrong-token": "This is not the token of this server, or the link has been used already: open the address that "
    "`pellucid` printed in its terminal, or give the token here.",
}


def entrance(request: Request, code: str) -> Response:
    """Why the visitor is not let in, and how to get in."""
    words = said_alone("entrance", preferred(request.headers.get("accept-language", ""), LANGUAGES))
    kept = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in request.query_params.multi_items()
        if name != PARAMETER
    )
    form = (
        f'<form method="get">{kept}<label>{words["label"]} <input name="{PARAMETER}" type="password" '
        f'autocomplete="off" required autofocus></label> <button>{words["button"]}</button></form>'
    )
    return error_answer(request, PellucidError(code, REASONS[code]), form=form)


def bounce() -> Response:
    """Leads a person who comes by another site's link to the same address once more, as coming from here."""
    link = '<meta http-equiv="refresh" content="0"><p><a href="">Pellucid</a></p>'
    return sentence_page(link, headers={"Cache-Control": "no-store"})
