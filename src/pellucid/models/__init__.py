"""Architectures: sizes in, a Graph out. One file each, no numerics, no drawing."""

from pellucid.models.architecture import Architecture, Measure, architecture_of, measures
from pellucid.models.gpt2 import GPT2Config, gpt2
from pellucid.models.loss import with_loss
from pellucid.models.presets import PRESETS, preset

__all__ = [
    "PRESETS",
    "Architecture",
    "GPT2Config",
    "Measure",
    "architecture_of",
    "gpt2",
    "measures",
    "preset",
    "with_loss",
]
