"""Files are written as the shell would write them: through links, into pipes, with the rights of the user."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pellucid.files.locks import lock, opened
from pellucid.files.writing import begun, check_place, replace_file
from pellucid.graph import PellucidError


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_rights_that_the_mask_leaves(tmp_path: Path, mask: int, expected: int) -> None:
    before = os.umask(mask)
    try:
        replace_file(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert rights(tmp_path / "new") == expected


def test_an_old_file_keeps_its_rights(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    (tmp_path / "old").chmod(0o640)
    replace_file(tmp_path / "old", b"x")
    assert (tmp_path / "old").read_bytes() == b"x"
    assert rights(tmp_path / "old") == 0o640


def test_a_place_is_tried_before_anything_is_made_for_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"as it was")
    check_place(tmp_path / "file")
    check_place(tmp_path / "new" / "file")
    check_place(Path("/dev/null"))
    assert (tmp_path / "file").read_bytes() == b"as it was"
    assert {path.name for path in tmp_path.rglob("*")} == {"file"}, "no folder is left behind"
    for path in (tmp_path, tmp_path / "file" / "below", Path(), tmp_path / ("n" * 300)):
        with pytest.raises(PellucidError, match="cannot be written"):
            check_place(path)


@pytest.mark.parametrize("name", ["n" * 255, "n" * 240, "絵" * 85, "é" * 119])
def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path, name: str) -> None:
    abandoned, handle = begun(tmp_path / name)
    os.close(handle)
    replace_file(tmp_path / name, b"x")
    assert (tmp_path / name).read_bytes() == b"x"
    assert not abandoned.exists()


def test_a_link_stays_one_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    for name in ("far/target", "far/not yet"):
        link = tmp_path / Path(name).name
        link.symlink_to(name)
        replace_file(link, b"through")
        assert link.is_symlink()
        assert (tmp_path / name).read_bytes() == b"through"
    assert list(tmp_path.rglob(".*")) == []


def test_devices_and_pipes_are_written_into(tmp_path: Path) -> None:
    replace_file(Path("/dev/null"), b"gone")
    assert not Path("/dev/null").is_file()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    replace_file(pipe, b"y" * 200_000)
    reader.join()
    assert read == [b"y" * 200_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("how", ["> out", "| cat > out", ">> out"])
def test_standard_output_is_written_into(tmp_path: Path, how: str) -> None:
    program = (
        "from pathlib import Path; from pellucid.files.writing import replace_file;"
        "replace_file(Path('/dev/stdout'), b'bytes')"
    )
    subprocess.run(["sh", "-c", f"'{sys.executable}' -c \"{program}\" {how}"], cwd=tmp_path, check=True)
    assert (tmp_path / "out").read_bytes() == b"bytes"


def test_what_killed_writers_left_is_swept_and_what_is_being_written_is_not(tmp_path: Path) -> None:
    for leftover in (".file.00000000.pellucid", ".file.swp", ".other.00000000.pellucid"):
        (tmp_path / leftover).write_text("half")
    under_way, handle = begun(tmp_path / "file")
    replace_file(tmp_path / "file", b"x")
    kept = {".file.swp", ".other.00000000.pellucid", under_way.name, "file"}
    assert {path.name for path in tmp_path.iterdir()} == kept
    os.close(handle)
    replace_file(tmp_path / "file", b"x")
    assert {path.name for path in tmp_path.iterdir()} == kept - {under_way.name}


def test_a_failure_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path, words in (
        (tmp_path / "folder", "it is a folder"),
        (tmp_path / "no\0name", "null"),
        (tmp_path / ("n" * 300), "File name too long"),
        (Path(), "no name of a file"),
    ):
        with pytest.raises(PellucidError, match=words) as refusal:
            replace_file(path, b"x")
        assert (refusal.value.code, refusal.value.exit_code) == ("cannot-write", 1)
    with pytest.raises(PellucidError, match="cannot be written"):
        replace_file(Path("/dev/full"), b"x")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(PellucidError, match="symbolic links"):
        replace_file(tmp_path / "circle", b"x")
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "circle"}


def test_a_lock_is_let_go_of_with_its_handle(tmp_path: Path) -> None:
    with opened(tmp_path) as first, opened(tmp_path) as second:
        assert first is not None
        assert second is not None
        assert lock(first)
        assert not lock(second)
    with opened(tmp_path) as third:
        assert third is not None
        assert lock(third)
    with opened(tmp_path / "nothing") as missing:
        assert missing is None
