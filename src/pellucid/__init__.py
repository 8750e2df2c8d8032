"""See how a GPT works, number by number: train a tiny one, trace it, take every number apart.

import pellucid

model = pellucid.train("sort", seed=0)
run = model.trace("CBABBC")
run["blocks.0.attn.pattern"]                              # an array with the axes h t s
print(run.explain("blocks.0.attn.q[h=2,t=3,d=7]"))        # one of its numbers, taken apart
model.generate("CBABBC")                                  # "ABBBCC"
model.trace("CBABBC", interventions="blocks.1.attn.z[h=2]")   # computed without one head
"""

from pellucid import ending  # noqa: F401 - before anything that takes a moment to import
from pellucid.graph import Cells, Graph, PellucidError, Tensor
from pellucid.models import Architecture, GPT2Config, gpt2, preset
from pellucid.run.explain import Explanation
from pellucid.run.interventions import Intervention
from pellucid.run.model import Model
from pellucid.run.size import Size
from pellucid.run.trace import Run
from pellucid.scene.drawing import draw, plot
from pellucid.train import train  # the function: it takes the place of the package of the same name
from pellucid.train.catalogue import load

__all__ = [
    "Architecture",
    "Cells",
    "Explanation",
    "GPT2Config",
    "Graph",
    "Intervention",
    "Model",
    "PellucidError",
    "Run",
    "Size",
    "Tensor",
    "draw",
    "gpt2",
    "load",
    "plot",
    "preset",
    "train",
]
