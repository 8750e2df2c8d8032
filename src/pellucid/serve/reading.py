"""The addresses of the reading view: the tour, or one chapter of it, as an article for the reader's letters."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pellucid.graph import PellucidError
from pellucid.lessons import Lesson, Subject, compile_lesson
from pellucid.lessons.article import Place, article
from pellucid.run.model import Model, Prompt
from pellucid.run.recent import Recent
from pellucid.serve.answers import Body, error_answer
from pellucid.serve.collection import Shown, opening
from pellucid.serve.language import preferred
from pellucid.serve.policies import ARTICLE_POLICY
from pellucid.serve.query import parameters, wholes
from pellucid.serve.tour import MODELS, Tour

ARTICLES = 8
"""How many articles are kept, of some megabytes each."""
KNOWN = ("model", "text", "tokens")


class ReadingView:
    """Articles are kept by what they were made from."""

    def __init__(self, tour: Tour) -> None:
        self.tour = tour
        self._written: Recent[Body] = Recent(ARTICLES)

    def routes(self) -> list[Route]:
        return [
            Route("/read", self.choose, methods=["GET"]),
            Route("/read/{language}", self.read, methods=["GET"]),
            Route("/read/{language}/{slug}", self.read, methods=["GET"]),
        ]

    async def choose(self, request: Request) -> Response:
        """To the first of the reader's languages that the lessons are in."""
        given = parameters(request, KNOWN)
        model = self._shown(given).model
        languages = list((await self.tour.api.workers.run(self.tour.lesson, model)).chapters)
        language = preferred(request.headers.get("accept-language", ""), languages)
        query = f"?{urlencode(given, safe=',')}" if given else ""
        return RedirectResponse(f"read/{language}{query}", headers={"Vary": "Accept-Language"})

    async def read(self, request: Request) -> Response:
        """The article; or why it cannot be had, in the language that it was asked for in."""
        try:
            return await self._read(request)
        except PellucidError as error:
            return error_answer(request, error, request.path_params["language"])

    async def _read(self, request: Request) -> Response:
        given = parameters(request, KNOWN)
        shown = self._shown(given)
        model = shown.model
        question = tuple(model.question(prompt(model, given)))
        language, slug = request.path_params["language"], request.path_params.get("slug")
        shown.check_size(len(question))
        compiled = (model.parameters.id, *self.tour.version), self.tour.folder
        asked = language, shown.id, question, slug
        return await self.tour.api.computed_apart(
            request, shown, self._written, (compiled, asked, model.snapshot), written, model, compiled, asked
        )

    def _shown(self, given: dict[str, str]) -> Shown:
        collection = self.tour.api.collection
        return collection.find(given.get("model", collection.default))


LESSONS: Recent[Lesson] = Recent(MODELS)
"""Compiled where articles are written: in the processes that help the server."""

Compiled = tuple[tuple[object, ...], Path]
"""What lessons are compiled from: a model and versions of files, and their folder."""
Asked = tuple[str, str, tuple[int, ...], str | None]
"""The language, the model's id, the question, and the one chapter, if not all."""


def written(model: Model, compiled: Compiled, asked: Asked) -> Body:
    language, id, question, slug = asked
    lesson = LESSONS.recall(compiled, lambda: compile_lesson(compiled[1], Subject.of(model)))
    place = Place.on_server(id, alone=slug is not None)
    page = article(lesson, language, model, question, place=place, slug=slug)
    return Body(page.encode(), "text/html", ARTICLE_POLICY)


def prompt(model: Model, given: Mapping[str, str]) -> Prompt:
    """What the model is to read; an example where nothing is asked for. Raises PellucidError."""
    if "text" in given and "tokens" in given:
        raise PellucidError("bad-prompt", "Give the prompt once: as text=CBABBC, or as tokens=2,1,0,1,1,2.")
    if "tokens" in given:
        return wholes("tokens", given["tokens"])
    return given["text"] if "text" in given else opening(model)
