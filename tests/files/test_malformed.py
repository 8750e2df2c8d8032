"""Whatever a stranger's folder holds, it is opened as it should be or refused in a sentence, soon and with little
memory: from Python, and by every command that takes a model.
"""

import io
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from itertools import cycle
from pathlib import Path

import pytest
from files.malformed import folders
from small import random_model

from pellucid import cli
from pellucid.files.safetensors import StoredArrays
from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.serve.collection import Collection
from pellucid.train.catalogue import load
from pellucid.words.errors import PellucidWarning

LONGEST = 700
"""Letters of a sentence, with the name of the program before it."""
MEMORY = 200 * 2**20
COMMANDS = (
    ("generate", "{}", "1,2,1"),
    ("generate", "{}", "ABA", "--temperature", "1"),
    ("trace", "{}", "ABA", "--json"),
    ("explain", "{}", "ABA", "probs[t=0,v=1]"),
    ("check", "{}"),
    ("info", "{}"),
)


@pytest.fixture(scope="module")
def malformed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    return list(folders(tmp_path_factory.mktemp("malformed")))


OPENING = """
import resource, sys
from pathlib import Path
from pellucid.graph import PellucidError
from pellucid.run.model import Model

good, *others = sys.argv[1:]
most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = Model.load(good)
model.generate([1, 2, 1])
before = most()
for folder in others:
    try:
        model = Model.load(folder)
        if model.vocabulary:
            model.vocabulary.pieces
    except PellucidError:
        pass
print(most() - before)
"""


def test_there_are_more_than_three_hundred(malformed: list[tuple[str, Path]]) -> None:
    assert len(malformed) > 300
    assert len({what for what, _ in malformed}) == len(malformed)


def test_each_is_opened_and_used_or_refused_in_a_sentence(malformed: list[tuple[str, Path]]) -> None:
    Model.load(malformed[0][1].parent / "model").generate([1, 2, 1])
    wrong, opened = [], 0
    for what, folder in malformed:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", PellucidWarning)
                use(load(folder))
            opened += 1
        except PellucidError as error:
            if problem := unfit(error.message):
                wrong.append(f"{what}: {problem}: {error.message[:200]!a}")
        except Exception as error:  # noqa: BLE001 - all of them are told, not the first
            wrong.append(f"{what}: {error!r:.200}")
    assert not wrong, f"{len(wrong)} of {len(malformed)}:\n" + "\n".join(wrong)
    assert opened > 30


def test_none_takes_much_memory(malformed: list[tuple[str, Path]]) -> None:
    good = malformed[0][1].parent / "model"
    large = [folder for _, folder in malformed if size(folder) > 100_000]
    assert len(large) > 30
    done = subprocess.run([sys.executable, "-c", OPENING, good, *large], capture_output=True, check=True)
    assert int(done.stdout) * (1 if sys.platform == "darwin" else 1024) < MEMORY


def test_a_link_that_leads_nowhere_is_called_so(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        random_model().save(tmp_path / name)
        (tmp_path / name / name).unlink()
        (tmp_path / name / name).symlink_to("nowhere")
        with pytest.raises(PellucidError, match=rf"/{name}/{name} is a link that leads nowhere"):
            load(tmp_path / name)


def test_of_several_files_the_one_that_is_damaged_is_named(tmp_path: Path) -> None:
    random_model().save(tmp_path)
    names = [*StoredArrays(tmp_path / "model.safetensors")]
    os.rename(tmp_path / "model.safetensors", tmp_path / "a.safetensors")
    (tmp_path / "b.safetensors").write_bytes(b"x")
    places = {**dict.fromkeys(names, "a.safetensors"), "x": "b.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    with pytest.raises(PellucidError, match=r"/b\.safetensors is not a whole safetensors file"):
        load(tmp_path)


def size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.iterdir())


def use(model: Model) -> None:
    """What a page asks of a model first, and what a person asks."""
    collection = Collection([model])
    shown = collection.find(collection.default)
    assert shown.description.content.decode()
    for prompt in ([1, 2, 1], "ABA"):
        run = model.trace(prompt)
        run.explain(model.graph.outputs.probs.name, (0, 1))
        model.generate(run.tokens if model.task is None else run.tokens[: model.task["length"]])


def unfit(message: str) -> str | None:
    """What is wrong with a sentence, if anything is."""
    if len(message) > LONGEST:
        return f"{len(message)} letters"
    if not message.isprintable():
        return "not printable"
    return None if message.endswith((".", "?", "…")) else "no sentence"


def test_each_is_answered_by_the_command_line(
    malformed: list[tuple[str, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one command each, in turn."""
    wrong = []
    for (what, folder), command in zip(malformed, cycle(COMMANDS), strict=False):
        arguments = [part.format(folder) for part in command]
        if problem := next(problems(arguments, monkeypatch), None):
            wrong.append(f"{what}: {command[0]}: {problem}")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def problems(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What is wrong with how a command ends."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "argv", ["pellucid", *arguments])
    try:
        with redirect_stdout(out), redirect_stderr(err):
            cli.main()
    except SystemExit as end:
        if end.code not in (0, 2):
            yield f"ends with {end.code}: {err.getvalue()[:200]!a}"
        if end.code and (problem := unfit(err.getvalue().removesuffix("\n"))):
            yield f"{problem}: {err.getvalue()[:200]!a}"
    except BaseException as error:  # noqa: BLE001 - all of them are told, not the first
        yield f"{error!r:.200}"
    if not out.getvalue().replace("\n", "").replace("\t", "").isprintable():
        yield f"writes {out.getvalue()[:100]!a}"
