"""A compiled chapter, which both Python and the page fill in: docs/protocol.md, "Compiled chapters"."""

from pellucid.lessons.compiled import Compiled, CompiledStep
from pellucid.lessons.cue import Camera, Cue
from pellucid.lessons.exercise import Exercise
from pellucid.lessons.expression import (
    Arithmetic,
    Cellwise,
    Comparison,
    Constant,
    Expression,
    Letter,
    LetterOf,
    LikeliestLetter,
    LiveCells,
    Logic,
    NumberFact,
    OnPage,
    Place,
    Position,
    Reduced,
    TextFact,
    TruthFact,
    Where,
)
from pellucid.lessons.moment import LiveIntervention
from pellucid.lessons.prose import Choice, Pointer, Value
from pellucid.lessons.widget import Widget

__all__ = [
    "Arithmetic",
    "Camera",
    "Cellwise",
    "Choice",
    "Comparison",
    "Compiled",
    "CompiledStep",
    "Constant",
    "Cue",
    "Exercise",
    "Expression",
    "Letter",
    "LetterOf",
    "LikeliestLetter",
    "LiveCells",
    "LiveIntervention",
    "Logic",
    "NumberFact",
    "OnPage",
    "Place",
    "Pointer",
    "Position",
    "Reduced",
    "TextFact",
    "TruthFact",
    "Value",
    "Where",
    "Widget",
]

ANSWERS = (Compiled,)
