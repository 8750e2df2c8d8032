"""Architectures: a configuration in, a Graph out. One file each, no numerics, no drawing."""

from pellucid.models.config import GPT2Config
from pellucid.models.gpt2 import gpt2
from pellucid.models.presets import PRESETS, preset

__all__ = ["PRESETS", "GPT2Config", "gpt2", "preset"]
