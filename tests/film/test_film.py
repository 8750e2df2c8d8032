"""What a film is made of, without a browser: what is shown for how long, and frames put together as a file."""

import io
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import pytest

from pellucid.film import Range, film, film_path
from pellucid.film.browser import browser
from pellucid.film.encoder import SUFFIXES, Encoder
from pellucid.film.filming import WORKSHOP, workshop
from pellucid.film.shots import SHORTEST, shots
from pellucid.graph import PellucidError
from pellucid.lessons import TOUR, compile_lesson
from pellucid.run.model import Model

pytest.importorskip("imageio_ffmpeg")


def frame(shade: int, width: int = 64, height: int = 48) -> bytes:
    """A PNG of one grey."""
    lines = (b"\0" + bytes([shade] * width)) * height
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(lines))]
    written = io.BytesIO()
    written.write(b"\x89PNG\r\n\x1a\n")
    for name, content in [*chunks, (b"IEND", b"")]:
        written.write(struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content)))
    return written.getvalue()


def test_steps_are_shown_as_long_as_they_take_to_read() -> None:
    chapter = compile_lesson(TOUR).chapter("en", "04-self-attention")
    found = shots(chapter, None, 30, 1.0)
    assert [shot.step for shot in found] == list(range(len(chapter.steps)))
    assert [shot.frames / 30 for shot in found] == [max(SHORTEST, step.seconds) for step in chapter.steps]
    (one,) = shots(chapter, Range.read("2"), 10, 2.0)
    assert (one.step, one.frames) == (1, round(chapter.steps[1].seconds * 10 / 2))
    with pytest.raises(PellucidError, match=r"has 8 steps, not 9: choose --steps among 1\.\.8"):
        shots(chapter, Range.read("2..9"), 30, 1.0)


def test_a_place_that_cannot_be_written_is_refused_before_a_browser_is_started(
    tmp_path: Path, nano_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(PellucidError, match="it is a folder") as refused:
        film(nano_model, "04-self-attention", tmp_path / "film.mp4")
    assert refused.value.code == "cannot-write"


@pytest.mark.parametrize("text", ["", "0", "3..2", "a", "1..", "..2", "1..2..3", "-1", "1" * 500])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(PellucidError, match="--steps takes a range such as") as refused:
        Range.read(text)
    assert len(refused.value.message) < 200


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_frames_are_the_same_film(tmp_path: Path, suffix: str) -> None:
    made = []
    for name in ("one", "other"):
        path = film_path(tmp_path / f"{name}{suffix}")
        with Encoder(path, 10, (64, 48)) as encoder:
            for shade in range(0, 250, 25):
                encoder.add(frame(shade))
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert len(made[0]) > 200


def test_frames_that_are_none_are_refused(tmp_path: Path) -> None:
    def write() -> None:
        with Encoder(tmp_path / "film.mp4", 10, (64, 48)) as encoder:
            for _ in range(100):
                encoder.add(b"no picture" * 10_000)

    with pytest.raises(PellucidError, match="ffmpeg could not write the film"):
        write()


def test_what_is_interrupted_ends_ffmpeg(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path / "film.mp4", 10, (64, 48))

    def write() -> None:
        with encoder:
            encoder.add(frame(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert encoder._program.poll() is not None


@pytest.mark.parametrize("text", ["1e999", "\udcff", "ABC" * 100])
def test_a_text_that_the_model_cannot_read_is_refused_before_anything_is_filmed(
    text: str, nano_model: Model, tmp_path: Path
) -> None:
    with pytest.raises(PellucidError, match=r"alphabet|at most"):
        film(nano_model, "04-self-attention", tmp_path / "film.webp", text=text)


def test_what_a_killed_film_has_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, elsewhere = tmp_path / f"{WORKSHOP}left", tmp_path / "elsewhere"
    for folder in (left, elsewhere):
        folder.mkdir()
        (folder / "film.mp4").write_bytes(b"x")
    (tmp_path / f"{WORKSHOP}link").symlink_to(elsewhere)
    with workshop() as one:
        assert not left.exists()
        assert (elsewhere / "film.mp4").exists()
        with workshop() as other:
            assert one.exists()
            assert other != one
    assert not one.exists()
    assert not other.exists()


def test_what_is_not_installed_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(PellucidError, match=r"takes the package imageio-ffmpeg: `pip install 'pellucid\[film\]'`"):
        Encoder(tmp_path / "film.mp4", 10, (64, 48))
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(PellucidError, match="takes the package playwright"), browser(tmp_path):
        pass
