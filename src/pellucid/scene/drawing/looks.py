"""How a picture is to be drawn, whatever it shows: its width, its colours, and the reader's words."""

from dataclasses import dataclass

from pellucid.scene.drawing import words as drawing
from pellucid.scene.drawing.style import Choice
from pellucid.scene.drawing.words import Title, Words


@dataclass(frozen=True)
class Looks:
    """`width` is in pixels; `title` has the reader's words for titles of tensors and parts."""

    width: float
    theme: Choice
    language: str
    title: Title

    @property
    def words(self) -> Words:
        return drawing.words_in(self.language)
