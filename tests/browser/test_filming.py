"""A film of a chapter, by the real program: it shows what the step plays, and Ctrl-C leaves nothing behind."""

import io
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.asks_server("a film is made at one of the program's own, whatever host is named")

PROGRAM = str(Path(sys.executable).with_name("pellucid"))

LESSON = """\
---
title: A film
summary: What is filmed in a test.
---

# Queries

```stage
focus: [blocks.0.attn.q]
run: blocks.0.attn.q
```

A query, in four seconds.
"""


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    folder = tmp_path / "lessons" / "en"
    folder.mkdir(parents=True)
    (folder / "01-film.md").write_text(LESSON)
    return folder.parent


@contextmanager
def filming(lessons: Path, path: Path, chromium_path: str) -> Iterator["subprocess.Popen[str]"]:
    """The program at work; ended, where it is not awaited."""
    command = [PROGRAM, "film", "01-film", "--lessons", lessons, "-o", path, "--size", "320x180", "--fps", "10"]
    program = subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PELLUCID_CHROMIUM": chromium_path},
        start_new_session=True,
    )
    try:
        yield program
    finally:
        program.terminate()
        program.wait()


@pytest.mark.timeout(1200)  # some hundred pictures by a processor alone, which others may be using too
def test_a_film_shows_what_a_step_plays_and_is_the_same_again(
    lessons: Path, tmp_path: Path, chromium_path: str
) -> None:
    pytest.importorskip("imageio_ffmpeg")
    pillow = pytest.importorskip("PIL.Image")
    films = []
    for name in ("one.gif", "other.gif"):
        with filming(lessons, tmp_path / name, chromium_path) as done:
            said, complaint = done.communicate()
        assert done.returncode == 0, complaint
        assert "4.0 s, 40 frames" in said
        films.append((tmp_path / name).read_bytes())
    is_same = films[0] == films[1]  # pytest would spend an hour on what differs
    assert is_same
    film = pillow.open(io.BytesIO(films[0]))
    assert film.size == (320, 180)
    frames = []
    for place in range(film.n_frames):
        film.seek(place)
        frames.append(np.asarray(film.convert("L"), dtype=int))
    stage, caption = np.s_[:130, :], np.s_[142:, :]
    changes = [np.abs(one[stage] - other[stage]).max() for one, other in itertools.pairwise(frames)]
    assert sum(change > 20 for change in changes) > len(changes) / 3  # it moves
    assert np.ptp(frames[-1][caption]) > 100  # and there are letters under it


@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
def test_ctrl_c_ends_a_film_quietly(lessons: Path, tmp_path: Path, chromium_path: str) -> None:
    path = tmp_path / "films" / "film.mp4"
    with filming(lessons, path, chromium_path) as program:
        with pytest.raises(subprocess.TimeoutExpired):
            program.communicate(timeout=12)
        os.killpg(program.pid, signal.SIGINT)  # as a terminal sends it, to all that run in it
        said, complaint = program.communicate()
    assert (program.returncode, said, complaint) == (130, "", "pellucid: Stopped.\n")
    assert not path.parent.exists()
