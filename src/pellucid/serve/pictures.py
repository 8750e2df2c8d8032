"""The addresses of still pictures, as SVG: a model that has read a prompt, a part of it, a step of the tour."""

from collections.abc import Mapping
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pellucid.graph import PellucidError
from pellucid.lessons.article.still import still
from pellucid.run.cells import Cells
from pellucid.run.interventions import Intervention
from pellucid.scene.drawing import draw
from pellucid.scene.drawing.style import Choice
from pellucid.serve.answers import Body
from pellucid.serve.collection import Shown
from pellucid.serve.policies import PICTURE_POLICY
from pellucid.serve.query import CHANGES, changes_of, needed, one_of, parameters, whole, wholes
from pellucid.serve.tour import Tour
from pellucid.words import words_in


class Pictures:
    """One method per address."""

    def __init__(self, tour: Tour) -> None:
        self.tour = tour
        self.api = tour.api

    def routes(self) -> list[Route]:
        return [
            Route("/api/models/{model}/picture", self.model, methods=["GET"]),
            Route("/api/lessons/{language}/{slug}/picture", self.step, methods=["GET"]),
        ]

    async def model(self, request: Request) -> Response:
        """The whole model; or what `cells` names, one cell with all that it is made from."""
        given = parameters(request, ("tokens", "cells", "language", "theme", *CHANGES))
        shown, tokens = self.api.asked(request, given)
        changes = changes_of(given, shown.graph)
        cells = Cells.parse(given["cells"], shown.graph) if "cells" in given else None
        if shown.large:
            raise PellucidError(
                "too-large-to-draw", f"{shown.id} is too large to be drawn as a picture.", model=shown.id
            )
        language, theme = given.get("language", "en"), theme_of(given)
        return await self.api.computed(
            request, lambda: svg(drawn(shown, tokens, changes, cells, language, theme)), shown
        )

    async def step(self, request: Request) -> Response:
        given = parameters(request, ("model", "tokens", "step", "theme"))
        collection = self.api.collection
        shown = collection.find(given.get("model", collection.default))
        model = shown.model
        tokens = wholes("tokens", needed(given, "tokens", "2,1,0,1,1,2"))
        number = whole("step", needed(given, "step", "1"))
        shown.check_size(len(tokens))
        language, slug = request.path_params["language"], request.path_params["slug"]
        theme = theme_of(given)
        return await self.api.computed(
            request, lambda: svg(still(self.tour.lesson(model), language, slug, number, model, tokens, theme)), shown
        )


def theme_of(given: Mapping[str, str]) -> Choice:
    """By default that of whoever looks at it."""
    return one_of("theme", given.get("theme", "auto"), get_args(Choice))


def drawn(
    shown: Shown,
    tokens: tuple[int, ...],
    changes: tuple[Intervention, ...],
    cells: Cells | None,
    language: str,
    theme: Choice,
) -> str:
    run = shown.run(tokens, changes)
    title = words_in(language).title
    if cells is None:
        return draw(run, language=language, theme=theme, title=title)
    if not cells.single:
        return draw(run, cells.tensor, language=language, theme=theme, title=title)
    explained = run.explain(cells.tensor, cells.index)
    operands = dict.fromkeys(tensor.name for _, tensor, _ in explained.reads)
    return draw(run, cells.tensor, *operands, explained=explained, language=language, theme=theme, title=title)


def svg(picture: str) -> Body:
    return Body(picture.encode(), "image/svg+xml", PICTURE_POLICY)
