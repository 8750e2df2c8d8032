"""Graph -> boxes, ribbons and frames in space, without a browser."""

from pellucid.scene.layout import layout
from pellucid.scene.scene import Bounds, Box, Frame, Ribbon, Scene

__all__ = ["Bounds", "Box", "Frame", "Ribbon", "Scene", "layout"]
