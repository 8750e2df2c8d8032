"""A model's folder changes as one, whoever is killed, whoever reads, whoever else saves."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import killed_saves
import numpy as np
import pytest
from killed_saves import LETTERS, NUMBERS

from pellucid.files.locks import lock, opened
from pellucid.files.together import NOTE, replace_together, settle
from pellucid.files.turns import turn
from pellucid.graph import PellucidError
from pellucid.run.model import Model

SECONDS = 600


@pytest.mark.parametrize(("how", "least"), [("each", 15), ("60", 60)])
def test_a_killed_save_leaves_one_model_or_the_other_and_nothing_to_sweep(tmp_path: Path, how: str, least: int) -> None:
    command = [sys.executable, killed_saves.__file__, str(tmp_path / "model"), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    kills, old, new = map(int, done.stdout.split())
    assert kills >= least
    assert old
    assert new or how != "each"


def test_a_model_without_letters_leaves_no_letters_of_another_behind(tmp_path: Path) -> None:
    LETTERS.save(tmp_path)
    NUMBERS.save(tmp_path)
    assert not (tmp_path / "vocab.json").exists()
    assert Model.load(tmp_path).vocabulary is None


def test_who_reads_while_others_save_reads_one_model_whole(tmp_path: Path) -> None:
    LETTERS.save(tmp_path)
    done = threading.Event()

    def save() -> None:
        while not done.is_set():
            NUMBERS.save(tmp_path)
            LETTERS.save(tmp_path)

    savers = [threading.Thread(target=save) for _ in range(2)]
    for saver in savers:
        saver.start()
    try:
        for _ in range(60):
            model = Model.load(tmp_path)
            expected = LETTERS if model.config == LETTERS.config else NUMBERS
            assert (model.config, model.about) == (expected.config, expected.about)
            for name, array in expected.parameters.items():
                np.testing.assert_array_equal(model.parameters[name], array)
    finally:
        done.set()
        for saver in savers:
            saver.join()


# What a save that was interrupted after its note leaves behind.


def interrupted(folder: Path, names: tuple[str, ...] = ("one", "two")) -> None:
    """As if killed right after the note was put there."""
    moves = []
    for name in names:
        place = folder / name
        known = place.stat()
        (folder / f".{name}.00000000.pellucid").write_text(f"new {name}")
        moves.append((name, f".{name}.00000000.pellucid", [known.st_ino, known.st_size, known.st_mtime_ns]))
    (folder / NOTE).write_text(json.dumps(moves))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    replace_together(tmp_path, {"one": b"old one", "two": b"old two"})
    interrupted(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_it_is_finished_by_who_comes_next(folder: Path) -> None:
    settle(folder)
    assert contents(folder) == {"one": "new one", "two": "new two"}


def test_it_is_finished_even_if_that_was_interrupted_too(folder: Path) -> None:
    (folder / ".one.00000000.pellucid").replace(folder / "one")
    settle(folder)
    assert contents(folder) == {"one": "new one", "two": "new two"}


def test_it_is_given_up_where_somebody_else_has_written_since(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).write_text("another program's")
    settle(folder)
    assert (folder / "one").read_text() == (folder / "two").read_text() == "another program's"
    replace_together(folder, {"one": b"1", "two": None})
    assert contents(folder) == {"one": "1"}


STRANGE = [
    '[["one", "two", null]]',
    '[["one", ".one.0.pellucid", null]]',
    '[["..", null, null]]',
    '[["", null, null]]',
    '[["one\\u0000", null, null]]',
    '[["one\\ud800", ".one\\ud800.00000000.pellucid", null]]',
    '[["one", ["two"], null]]',
    "[[1, 2, null]]",
    "[" * 10_000,
]
"""What no save of ours writes."""


@pytest.mark.parametrize("note", ["", "{", "[1]", '[["../x", ".y", null]]', '[["one", "/etc/passwd", null]]', *STRANGE])
def test_a_note_that_is_none_of_ours_says_nothing(folder: Path, note: str) -> None:
    (folder / NOTE).write_text(note)
    settle(folder)
    assert (folder / "one").read_text() == "old one"
    assert not (folder / NOTE).exists()


# A stranger may have made the folder: what lies beside it is the reader's own.


def known(place: Path) -> list[int]:
    found = place.lstat()
    return [found.st_ino, found.st_size, found.st_mtime_ns]


@pytest.fixture
def strangers(tmp_path: Path) -> Path:
    """A model's folder, beside files that are none of its maker's business."""
    model = tmp_path / "model"
    NUMBERS.save(model)
    (tmp_path / ".bashrc").write_text("precious")
    (tmp_path / ".gone.00000000.pellucid").write_text("precious too")
    return model


def beside(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.parent.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("leads", "temporary"),
    [
        ("../gone", ".bashrc"),  # where nothing is, a file of the reader's would go
        ("../gone", ".gone.00000000.pellucid"),
        ("../gone", ".x.00000000.pellucid"),
        ("../.bashrc", ".x.00000000.pellucid"),
        ("../.bashrc", None),
        ("..", ".x.00000000.pellucid"),
    ],
)
def test_opening_a_strangers_folder_touches_nothing_outside_it(
    strangers: Path, leads: str, temporary: str | None
) -> None:
    before = beside(strangers)
    target = strangers / leads
    link = strangers / "x"
    link.symlink_to(leads)
    for told in (None, known(link), known(target) if target.exists() else [1, 2, 3]):
        (strangers / ".x.00000000.pellucid").unlink(missing_ok=True)
        (strangers / ".x.00000000.pellucid").symlink_to("../.bashrc")
        (strangers / NOTE).write_text(json.dumps([["x", temporary, told]]))
        Model.load(strangers)
        assert beside(strangers) == before


def test_a_note_that_is_a_link_is_not_read(strangers: Path) -> None:
    (strangers / ".config.json.00000000.pellucid").write_text("{}")
    move = ["config.json", ".config.json.00000000.pellucid", known(strangers / "config.json")]
    (strangers.parent / "note").write_text(json.dumps([move]))
    (strangers / NOTE).symlink_to("../note")
    assert Model.load(strangers).config == NUMBERS.config
    assert (strangers.parent / "note").exists()


def test_a_save_replaces_links_and_leaves_what_they_lead_to(strangers: Path) -> None:
    before = beside(strangers)
    for name in ("config.json", "model.safetensors"):
        (strangers / name).unlink()
        (strangers / name).symlink_to("../.bashrc")
    (strangers / ".config.json.00000001.pellucid").symlink_to("../.bashrc")
    LETTERS.save(strangers)
    assert Model.load(strangers).config == LETTERS.config
    assert beside(strangers) == before


def test_a_folder_in_the_place_of_a_file_is_said_before_anything_is_changed(strangers: Path) -> None:
    (strangers / "vocab.json").mkdir()
    with pytest.raises(PellucidError, match=r"vocab\.json is a folder"):
        LETTERS.save(strangers)
    assert not (strangers / NOTE).exists()


@pytest.mark.parametrize("leads", ["../.bashrc", "../new"])
def test_a_turn_in_a_folder_empties_nothing_by_a_link(strangers: Path, leads: str) -> None:
    before = beside(strangers)
    (strangers / ".training.lock").symlink_to(leads)
    with pytest.raises(PellucidError, match="cannot be written"), turn(strangers, "training"):
        pass
    assert beside(strangers) == before


def test_a_folder_in_use_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.files.together.PATIENCE", 0.05)
    with opened(folder) as handle:
        assert handle is not None
        assert lock(handle)
        with pytest.raises(PellucidError, match="Another process has been writing into") as refusal:
            replace_together(folder, {"one": b""})
    assert refusal.value.code == "folder-in-use"
