"""Frames as a film: ffmpeg, which the package imageio-ffmpeg carries, reads pictures and writes the file.

The same frames give the same file: nothing of the time, the program or the machine is written into it.
"""

import importlib
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from pellucid.graph import PellucidError
from pellucid.words.errors import shortened
from pellucid.words.given import path_of

PALETTE = (
    "[scaled]split[all][again];[all]palettegen=stats_mode=diff[palette];"
    "[again][palette]paletteuse=dither=bayer:bayer_scale=5:diff_mode=rectangle"
)
"""A GIF has 256 colours: those that fit what moves in the whole film."""

ENDINGS: dict[str, Sequence[str]] = {
    ".mp4": ["-c:v", "libx264", "-crf", "18", "-preset", "medium", "-pix_fmt", "yuv420p", "-movflags", "+faststart"],
    ".webm": ["-c:v", "libvpx-vp9", "-crf", "30", "-b:v", "0", "-row-mt", "1", "-pix_fmt", "yuv420p"],
    ".gif": ["-loop", "0"],
    ".webp": ["-c:v", "libwebp_anim", "-quality", "70", "-compression_level", "6", "-loop", "0"],
}
SUFFIXES = tuple(ENDINGS)
NOTHING_ELSE = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]


def film_path(file: object) -> Path:
    """Raises PellucidError (`bad-argument`) for what is no name of a film."""
    path = path_of(file, "--output")
    *others, last = SUFFIXES
    if path.suffix.lower() not in ENDINGS:
        ending = f"ends in '{shortened(path.suffix, 20)}'" if path.suffix else "has no ending"
        raise PellucidError(
            "bad-argument",
            f"The file '{shortened(path.name, 40)}' {ending}: name a film {', '.join(others)} or {last}.",
        )
    return path


def ffmpeg() -> str:
    """Where the program is. Raises PellucidError (`no-film`)."""
    try:
        carrier: Any = importlib.import_module("imageio_ffmpeg")
        return str(carrier.get_ffmpeg_exe())
    except ModuleNotFoundError:
        raise PellucidError(
            "no-film", "A film takes the package imageio-ffmpeg: `pip install 'pellucid[film]'` installs it."
        ) from None
    except RuntimeError:
        raise PellucidError(
            "no-film", "There is no ffmpeg for this machine: install one, and name it in IMAGEIO_FFMPEG_EXE."
        ) from None


class Encoder:
    """Takes frames (PNG files, all of one size) and writes them to a file, in the size that the film is to have.

    The file is whole when the encoder has been closed.
    """

    def __init__(self, path: Path, fps: int, size: tuple[int, int]) -> None:
        command = [ffmpeg(), "-hide_banner", "-loglevel", "error", "-y", "-f", "image2pipe", "-c:v", "png"]
        scaled = f"scale={size[0]}:{size[1]}:flags=lanczos"
        filters = f"{scaled}[scaled];{PALETTE}" if path.suffix.lower() == ".gif" else scaled
        command += [
            "-framerate",
            str(fps),
            "-i",
            "-",
            "-filter_complex",
            filters,
            *ENDINGS[path.suffix.lower()],
            *NOTHING_ELSE,
            str(path),
        ]
        # In a group of its own: Ctrl-C is for us, who end it.
        self._program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )

    def add(self, frame: bytes) -> None:
        assert self._program.stdin is not None
        try:
            self._program.stdin.write(frame)
        except BrokenPipeError:
            self.finish()

    def finish(self) -> None:
        """Raises PellucidError (`no-film`) where ffmpeg has failed."""
        _, said = self._program.communicate()
        if self._program.returncode:
            reason = shortened(said.decode(errors="replace").strip().splitlines()[-1:][0] if said.strip() else "", 120)
            raise PellucidError("no-film", f"ffmpeg could not write the film ({reason}): try another ending.")

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self.finish()
        else:
            self._program.kill()
            self._program.communicate()
