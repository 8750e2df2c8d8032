"""What a model is: named tensors with named axes, joined by ops. Imports nothing of ours but words/."""

from pellucid.graph.graph import Graph, Group, Inputs, Outputs
from pellucid.graph.tensor import Stored, Tensor
from pellucid.words.errors import PellucidError

__all__ = ["Graph", "Group", "Inputs", "Outputs", "PellucidError", "Stored", "Tensor"]
