"""A model as a still picture, drawn without a browser: `draw` for a run, `draw_scene` for all that can be said."""

from pellucid.scene.drawing.picture import Picture, draw, picture_path, pieces_of
from pellucid.scene.drawing.plot import plot
from pellucid.scene.drawing.scenery import cell_size, draw_excerpt, draw_scene

__all__ = ["Picture", "cell_size", "draw", "draw_excerpt", "draw_scene", "picture_path", "pieces_of", "plot"]
