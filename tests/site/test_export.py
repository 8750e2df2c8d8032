"""A site is written whole or not at all, into a folder of its own, and the same again is the same."""

import base64
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rights import of_a_user
from safetensors.numpy import load as tensors
from small import TIED, random_model

from pellucid.graph import PellucidError
from pellucid.models import GPT2Config
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.run.vocabulary import Vocabulary
from pellucid.serve.policies import ALONE_POLICY, allowed
from pellucid.site import export
from pellucid.site.contents import MOST_PARAMETERS
from pellucid.site.export import NOTE, found, write

LESSON = """---
title: Mine
summary: A lesson of my own.
---

## What it has read

```stage
focus: logits
```

It has read {letters}.
"""

# Writes a site of the model and lessons, and is killed when it is about to open that many files for writing.
KILLED = """
import os, sys
from pathlib import Path
from pellucid.run.model import Model
from pellucid.site import export

model, folder, lessons, left = sys.argv[1], os.path.abspath(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])

def count(event, given):
    global left
    if event == "open" and str(given[0]).startswith(folder) and isinstance(given[2], int) and given[2] & os.O_CREAT:
        left -= 1
        if left == 0:
            os._exit(9)

sys.addaudithook(count)
export([Model.load(model)], Path(folder), lessons)
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return random_model()


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lessons")
    for language in ("en", "ja"):
        (folder / language).mkdir()
        (folder / language / "01-mine.md").write_text(LESSON)
    return folder


def whole(folder: Path) -> dict[str, bytes]:
    """The files of a site that looks whole: each that its pages lead to is there."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    index = files["index.html"].decode()
    led = re.findall(r'(?:href|src)="\./([^"#?]+)"', index)
    assert len(led) >= 5
    worker = files["service-worker.js"].decode()
    kept = json.loads(re.findall(r"^const FILES = (.*)$", worker, re.MULTILINE)[0])
    assert {*led, *kept} <= files.keys()
    version = json.loads(files["pellucid-site.json"])["version"]
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {version}
    assert f'content="./{version}/"' in index
    return files


def unpacked(files: dict[str, bytes], end: str) -> Any:
    (content,) = [content for name, content in files.items() if name.endswith(end)]
    return json.loads(gzip.decompress(content))


def test_a_site_holds_what_the_page_asks_for(model: Model, lessons: Path, tmp_path: Path) -> None:
    written = export([model], tmp_path / "site", lessons)
    files = whole(tmp_path / "site")
    assert (written.files, written.size) == (len(files), sum(map(len, files.values())))
    assert unpacked(files, "models.json.gz")["default"] == "small"
    assert unpacked(files, "models/0/description.json.gz")["parameters"] == model.graph.parameters()
    assert [entry["fits"] for entry in unpacked(files, "models/0/lessons.json.gz")["languages"]["ja"]] == [True]
    assert "no-task" in unpacked(files, "models/0/heads.json.gz")["error"]["code"]
    assert unpacked(files, "models/1/lessons.json.gz")["error"]["code"] == "no-weights"
    listed = unpacked(files, "models.json.gz")
    for place, new in enumerate(listed["new"], len(listed["models"])):
        assert unpacked(files, f"models/{place}/description.json.gz")["id"] == new["id"]
        assert len(unpacked(files, f"models/{place}/teaching.json.gz")["starts"]) > 0
        assert [entry["fits"] for entry in unpacked(files, f"models/{place}/lessons.json.gz")["languages"]["ja"]] == [
            False
        ]
    index, article = (files[name].decode() for name in ("index.html", "read-ja.html"))
    (script,) = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    policy = f"{ALONE_POLICY}; script-src 'self' {allowed(script)}"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}" />' in index
    assert not re.search(r'(?:href|src)="/', index + article)
    assert "It has read" in article
    assert "<form" not in article, "nobody answers for other letters"
    assert f'href="{written.version}/icon.svg"' in article


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_site_holds_what_browsers_cannot_draw(model: Model, lessons: Path, tmp_path: Path, language: str) -> None:
    """Pictures of the model and of each step, which every program reads; images are in a file of their own, once."""
    export([model], tmp_path / "site", lessons)
    files = whole(tmp_path / "site")
    images = unpacked(files, "pictures/images.json.gz")
    assert len(images) == len(set(images))
    used = set()
    for name, tensor in ((f"pictures/{language}.json.gz", "logits"), (f"{language}/01-mine.json.gz", "logits")):
        (picture,) = unpacked({path: content for path, content in files.items() if "/pictures/" in path}, name)
        root = ElementTree.fromstring(picture)
        assert root.get("lang") == language
        assert not list(root.iter("{http://www.w3.org/2000/svg}style"))
        assert picture.count(f'data-tensor="{tensor}"') == 1
        assert "base64" not in picture
        used |= {int(place) for place in re.findall(r'"image:(\d+)"', picture)}
    assert used <= set(range(len(images)))
    assert used
    assert all(base64.b64decode(image).startswith(b"\x89PNG") for image in images)


def test_a_model_may_be_called_anything(model: Model, lessons: Path, tmp_path: Path) -> None:
    """Its name stands in the script of the page, and ends that as little as it adds to it."""
    name = """</script><script>alert("1")</script> '\\"""
    export([Model(name, model.config, model.parameters, model.vocabulary)], tmp_path / "site", lessons)
    index = (tmp_path / "site" / "index.html").read_text()
    (script,) = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    assert allowed(script) in index
    assert json.loads(re.findall(r"^const USUAL = (.*)$", script, re.MULTILINE)[0]) == name


def test_a_model_without_letters_opens_with_numbers(model: Model, lessons: Path, tmp_path: Path) -> None:
    bare = Model("bare", model.config, model.parameters)
    export([bare], tmp_path / "site", lessons)
    files = whole(tmp_path / "site")
    (content,) = [content for name, content in files.items() if name.endswith("models/0/opening.safetensors.gz")]
    example = unpacked(files, "models/0/description.json.gz")["example"]
    assert tensors(gzip.decompress(content))["tokens"].tolist() == [int(number) for number in example.split(",")]
    assert "It has read" in files["read-ja.html"].decode()


def test_the_same_again_is_the_same_and_another_takes_its_place(model: Model, lessons: Path, tmp_path: Path) -> None:
    first = export([model], tmp_path, lessons)
    before = whole(tmp_path)
    assert export([model], tmp_path, lessons).version == first.version
    assert whole(tmp_path) == before
    (tmp_path / ".nojekyll").touch()
    other = export([random_model(seed=1)], tmp_path)  # which the tour does not fit
    assert other.version != first.version
    after = whole(tmp_path)
    assert not [name for name in after if name.startswith("read-")]
    assert (tmp_path / ".nojekyll").exists()


@pytest.mark.parametrize("count", [2, 40, -1])
def test_a_killed_export_leaves_the_old_site_or_none(model: Model, lessons: Path, tmp_path: Path, count: int) -> None:
    """Killed early, half-way, and when the pages are about to be put in their places."""
    model.save(tmp_path / "model")
    count = len(whole(export([model], tmp_path / "counted", lessons).folder)) if count < 0 else count

    def killed(folder: Path) -> None:
        command = [sys.executable, "-c", KILLED, tmp_path / "model", folder, lessons, str(count)]
        assert subprocess.run([*map(str, command)], check=False).returncode == 9

    killed(tmp_path / "fresh")
    assert not (tmp_path / "fresh" / "index.html").exists()
    export([model], tmp_path / "fresh", lessons)
    whole(tmp_path / "fresh")

    export([random_model(seed=1)], tmp_path / "old", lessons)
    index = (tmp_path / "old" / "index.html").read_text()
    killed(tmp_path / "old")
    assert (tmp_path / "old" / "index.html").read_text() == index
    assert all((tmp_path / "old" / name).exists() for name in re.findall(r'(?:href|src)="\./([^"#?]+)"', index))
    export([model], tmp_path / "old", lessons)
    whole(tmp_path / "old")


def test_another_folder_is_left_as_it_is(model: Model, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(PellucidError, match=r"holds other things .* \(thesis.tex\): name a new folder") as refused:
        export([model], tmp_path)
    assert refused.value.code == "not-a-site"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(PellucidError, match="folder is None: it must be a path"):
        export([], None)  # type: ignore[arg-type]
    with pytest.raises(PellucidError, match="is no folder"):
        export([model], tmp_path / "thesis.tex")
    with pytest.raises(PellucidError, match="cannot be written"):
        export([model], Path("/proc/nowhere/site"))


@pytest.mark.parametrize("place", ["locked", "locked/new", "locked/new/site"])
def test_a_place_that_may_not_be_written_is_refused_before_anything_is_computed(
    model: Model, tmp_path: Path, place: str
) -> None:
    """Even lessons that are not there would be found missing only later."""
    (tmp_path / "locked").mkdir(mode=0o555)
    with of_a_user(), pytest.raises(PellucidError, match=r"cannot be written \(Permission denied\)"):
        export([model], tmp_path / place, tmp_path / "no lessons")
    assert not [*(tmp_path / "locked").iterdir()]


def test_a_place_that_may_be_written_is_left_as_it_was_until_then(model: Model, tmp_path: Path) -> None:
    with pytest.raises(PellucidError, match="lessons"):
        export([model], tmp_path / "new" / "site", tmp_path / "no lessons")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "put",
    [
        lambda note: os.mkfifo(note),
        lambda note: note.symlink_to("/dev/zero"),
        lambda note: note.symlink_to("nowhere"),
        lambda note: note.mkdir(),
        lambda note: note.write_text("[" * 100_000),
        lambda note: note.write_text("[]"),
        lambda note: note.write_bytes(b"\xff"),
        lambda note: note.open("wb").truncate(1 << 40),
    ],
    ids=["a pipe", "a device", "a link to nowhere", "a folder", "nested", "a list", "no text", "a terabyte"],
)
def test_what_is_no_note_of_a_site_is_said_at_once(put: Callable[[Path], object], tmp_path: Path) -> None:
    put(tmp_path / NOTE)
    with pytest.raises(PellucidError, match=r"holds other things .* \(pellucid-site.json\)"):
        found(tmp_path)


def test_a_site_anew_leaves_alone_what_no_site_has_written(tmp_path: Path) -> None:
    old, new, outside = "v-000000000001", "v-000000000002", tmp_path / "outside"
    folder = tmp_path / "site"
    outside.mkdir()
    (outside / "a").write_text("precious")
    note = {"articles": ["read-en.html", "../outside/a", "read-/../../outside/a.html", 5, None]}
    top = {"index.html": b"x", "read-en.html": b"x", NOTE: json.dumps(note).encode()}
    write(folder, old, {"a": b"1"}, top, None)
    (folder / "read-notes.html").write_text("mine")
    (folder / new).symlink_to(outside)
    (folder / "v-000000000003").symlink_to(outside)
    write(folder, new, {"a": b"2", "b/c": b"3"}, {"index.html": b"y", NOTE: b"{}"}, found(folder))
    assert (folder / "read-notes.html").read_text() == "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", NOTE, "read-notes.html", new]
    (folder / new / "a").unlink()
    (folder / new / "a").symlink_to(outside / "a")
    write(folder, new, {"a": b"2", "b/c": b"3"}, {"index.html": b"y", NOTE: b"[]"}, found(folder))
    assert (folder / new / "a").read_text() == "2"
    assert (outside / "a").read_text() == "precious"


class Pieces(Vocabulary):
    """What a tokenizer makes of a text."""

    letters = False


def test_what_a_page_cannot_compute_is_refused() -> None:
    large = random_model(GPT2Config(n_layer=3, n_head=2, n_embd=200, vocab_size=7, n_positions=9))
    assert large.graph.parameters() > MOST_PARAMETERS
    with pytest.raises(PellucidError, match="a page computes models of at most 1,000,000"):
        export([large], Path("nowhere"))
    parameters, _ = Parameters.zeros(TIED.graph())
    reads = Model("reads", TIED, parameters, Pieces("abcdefg"))
    with pytest.raises(PellucidError, match="by a tokenizer, which a page does not have"):
        export([reads], Path("nowhere"))
    assert not Path("nowhere").exists()
