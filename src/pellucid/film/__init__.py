"""Films of chapters: a real browser shows the page, its clock is driven frame by frame, and ffmpeg puts the frames
together. What is filmed depends on no machine's speed; an extra (`pip install 'pellucid[film]'`) brings what it takes.

`shots` says what is filmed for how long, `browser` drives the page, `encoder` writes the file, `filming` does it all.
"""

from pellucid.film.encoder import SUFFIXES, film_path
from pellucid.film.filming import Filmed, film
from pellucid.film.shots import Range

__all__ = ["SUFFIXES", "Filmed", "Range", "film", "film_path"]
