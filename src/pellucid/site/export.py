"""Writing a site: a folder that a person may put on a web host, whole or not at all.

The files of a version lie in a folder called by it. The pages above are put in their places last and together, so that
they lead to a version that is there; then older versions go. A kill at any moment leaves the site that was there
before, or none.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

from pellucid.files.reading import read_json
from pellucid.files.together import replace_together
from pellucid.files.writing import check_place, refusals_said, replace_file
from pellucid.graph import PellucidError
from pellucid.lessons import TOUR, Subject, compile_lesson
from pellucid.lessons.article import Place, article
from pellucid.run.model import Model
from pellucid.serve.collection import Collection, Shown, asked_in, opening
from pellucid.serve.files import FOLDER as BUILT
from pellucid.serve.files import TWINS, page_not_built
from pellucid.site.contents import MOST_PARAMETERS, File, contents
from pellucid.site.pages import MANIFEST, PAGE, WORKER, manifest, page, worker
from pellucid.words.given import path_of

NOTE = "pellucid-site.json"
"""Lies in every site of ours: which version it is, and what stands beside it."""

VERSION = re.compile(r"v-[0-9a-f]{12}")
ARTICLE = re.compile(r"read-[a-z-]+\.html")
UNKNOWN = "v-000000000000"
"""Stands for the version in what the version is counted from."""

NEVER_SENT = (*TWINS.values(), ".sha256", PAGE)
"""How the names of those files of the page end that a server alone has a use for."""


@dataclass(frozen=True)
class Written:
    """`size` is in bytes, of all files together."""

    folder: Path
    version: str
    files: int
    size: int


def export(models: Sequence[Model], folder: str | Path, lessons: Path = TOUR) -> Written:
    """Write a site of these models, the first by default, and these lessons; in place of one that is there.

    Raises PellucidError (`not-a-site`, `too-large-for-page`, `needs-tokenizer`, `page-not-built`, `cannot-write`).
    """
    folder = path_of(folder, "folder")
    with refusals_said(folder):
        earlier = found(folder)
    if not (folder / NOTE).is_symlink():  # which the site will replace, wherever it leads
        check_place(folder / NOTE)  # before the articles, which take a while
    collection = Collection(models)
    for entry in collection.entries():
        if entry["loaded"]:
            check(collection.find(entry["id"]))
    if not (BUILT / PAGE).is_file():
        raise page_not_built()
    files = dict([*built(), *contents(collection, lessons)])
    articles = dict(readings(collection, lessons))
    listed = [(entry["id"], entry["loaded"]) for entry in collection.entries()]
    version = f"v-{hashlib.blake2b(digested(files, articles, listed), digest_size=6).hexdigest()}"
    top = pages(files, articles, version, listed)
    with refusals_said(folder):
        write(folder, version, files, top, earlier)
    return Written(folder, version, len(files) + len(top), sum(map(len, [*files.values(), *top.values()])))


def check(shown: Shown) -> None:
    """Whether a page can compute the model itself, as isReadHere of web/src/source/local.ts has it."""
    if shown.parameters > MOST_PARAMETERS:
        raise PellucidError(
            "too-large-for-page",
            f"{shown.id} has {shown.parameters:,} parameters, and a page computes models of at most "
            f"{MOST_PARAMETERS:,}: show it with `pellucid serve`, or name a smaller one.",
            model=shown.id,
            parameters=shown.parameters,
            most=MOST_PARAMETERS,
        )
    if asked_in(shown.model) == "text":
        raise PellucidError(
            "needs-tokenizer",
            f"{shown.id} reads text by a tokenizer, which a page does not have: show it with `pellucid serve`, or name "
            "a model of single letters.",
            model=shown.id,
        )


def found(folder: Path) -> dict[str, object] | None:
    """What the site that is there says of itself; None where nothing is there.

    Raises PellucidError (`not-a-site`) where something else is.
    """
    if not folder.exists() and not folder.is_symlink():
        return None
    if not folder.is_dir():
        raise PellucidError("not-a-site", f"{folder} is no folder: name a new one for the site.")
    try:
        return read_json(folder / NOTE)
    except PellucidError as error:
        missing = error.code == "missing-file"
    strangers = [path.name for path in folder.iterdir() if not path.name.startswith(".")] if missing else [NOTE]
    if strangers:
        raise PellucidError(
            "not-a-site",
            f"{folder} holds other things than a site of Pellucid's ({min(strangers)[:40]}): name a new folder, or an "
            "empty one.",
        )
    return None


def built() -> list[File]:
    """The page's own files, without what a server alone has a use for."""
    paths = sorted(path for path in BUILT.rglob("*") if path.is_file() and not path.name.endswith(NEVER_SENT))
    return [(path.relative_to(BUILT).as_posix(), path.read_bytes()) for path in paths]


def readings(collection: Collection, lessons: Path) -> list[tuple[str, str]]:
    """The lessons as an article, in every language, told of the first model that they fit."""
    for entry in collection.entries():
        if not entry["loaded"]:
            continue
        model = collection.find(entry["id"]).model
        lesson = compile_lesson(lessons, Subject.of(model))
        if any(lesson.fits(chapter) for chapters in lesson.chapters.values() for chapter in chapters):
            place = Place(entry["id"], "./", f"{UNKNOWN}/icon.svg", "read-{language}.html", answers=False)
            return [
                (f"read-{language}.html", article(lesson, language, model, opening(model), place=place))
                for language in lesson.chapters
            ]
    return []


def digested(files: dict[str, bytes], articles: dict[str, str], models: Sequence[tuple[str, bool]]) -> bytes:
    """A number for all that there is, names included."""
    total = hashlib.blake2b()
    for name, content in sorted({**files, **{name: text.encode() for name, text in articles.items()}}.items()):
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    top = pages(files, articles, UNKNOWN, models)
    total.update(top[PAGE] + top[WORKER])
    return total.digest()


def pages(
    files: dict[str, bytes], articles: dict[str, str], version: str, models: Sequence[tuple[str, bool]]
) -> dict[str, bytes]:
    """The files at the top, all of which lead to the version."""
    (module,) = (name for name in files if re.fullmatch(r"assets/site-[\w-]+\.js", name))
    note = {"pellucid": version_of("pellucid"), "version": version, "articles": sorted(articles)}
    texts = {
        NOTE: json.dumps(note) + "\n",
        MANIFEST: manifest(version),
        **{name: text.replace(UNKNOWN, version) for name, text in articles.items()},
        WORKER: worker(version, sorted(articles), sorted(files)),
        PAGE: page((BUILT / PAGE).read_text(encoding="utf-8"), version, module, models),
    }
    return {name: text.encode() for name, text in texts.items()}


def write(
    folder: Path, version: str, files: dict[str, bytes], top: dict[str, bytes], earlier: dict[str, object] | None
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if earlier is None:
        # Whoever is interrupted from here on finds the folder to be ours the next time.
        replace_file(folder / NOTE, b"{}\n")
    remove_links(folder / version)
    for name, content in files.items():
        path = folder / version / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # The same version again: somebody may be reading it.
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
    replace_together(folder, {**top, **dict.fromkeys(articles_of(earlier or {}) - top.keys())})
    for path in folder.iterdir():
        if VERSION.fullmatch(path.name) and path.name != version:
            remove_links(path)
            if path.is_dir():
                shutil.rmtree(path)


def remove_links(path: Path) -> None:
    """Remove what is a link there: what it leads to belongs to no site."""
    if path.is_symlink():
        path.unlink()
    for parent, folders, names in os.walk(path):
        for entry in (Path(parent, name) for name in (*folders, *names)):
            if entry.is_symlink():
                entry.unlink()


def articles_of(note: dict[str, object]) -> set[str]:
    """The articles that a site's note names. Other files of such names are somebody's own."""
    named = note.get("articles")
    return {str(name) for name in named if ARTICLE.fullmatch(str(name))} if isinstance(named, list) else set()
