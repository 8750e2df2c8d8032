"""See how a GPT works, number by number: train a tiny one, trace it, take every number apart.

import pellucid

model = pellucid.train("sort", seed=0)
run = model.trace("CBABBC")
run["blocks.0.attn.pattern"]                              # an array with the axes h t s
print(run.explain("blocks.0.attn.q[h=2,t=3,d=7]"))        # one of its numbers, taken apart
model.generate("CBABBC")                                  # "ABBBCC"
model.trace("CBABBC", interventions="blocks.1.attn.z[h=2]")   # computed without one head
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pellucid import ending  # noqa: F401 - before anything that takes a moment to import
from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.models import Architecture, GPT2Config, gpt2, preset
from pellucid.run.cells import Cells
from pellucid.run.explain import Explanation
from pellucid.run.interventions import Intervention
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.train import train  # the function: it takes the place of the package of the same name
from pellucid.train.catalogue import load

if TYPE_CHECKING:
    from pellucid import why as why
    from pellucid.notebook import View
    from pellucid.run.size import Size
    from pellucid.scene.drawing import draw, plot

LATER = {"draw": "pellucid.scene.drawing", "plot": "pellucid.scene.drawing", "Size": "pellucid.run.size"}
"""What is imported when it is first asked for: nobody waits for pictures who draws none."""


def __getattr__(name: str) -> Any:
    if name == "why":
        return import_module("pellucid.why")
    if name == "__version__":
        return import_module("importlib.metadata").version("pellucid")
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = getattr(import_module(LATER[name]), name)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER, "why"})


def show(
    model: Any, prompt: Any = None, *, interventions: Any = (), height: int = 640, name: str | None = None
) -> "View":
    """The page in a notebook's cell, for a model, a run, the name or folder of a model, or a GPT-2 of transformers.

    `prompt` is text, or numbers of tokens ([5, 0, 2], and for a model without a vocabulary also "5,0,2"). `name` is
    what a GPT-2 of transformers is called; without it, by what it was loaded from, or else gpt2.

    The view's `selection` and `interventions` are what is chosen on the page, and may be set; `on_select` has a
    function called with what is chosen. Takes the extra `notebook`. Raises PellucidError for what cannot be shown.
    """
    try:
        from pellucid.notebook import show as shown
    except ModuleNotFoundError as error:
        raise PellucidError(
            "extra-not-installed",
            f"Showing a model in a notebook needs {error.name}: install it with pip install 'pellucid[notebook]'.",
            name="notebook",
        ) from error
    return shown(model, prompt, interventions=interventions, height=height, name=name)


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
    "show",
    "train",
]
