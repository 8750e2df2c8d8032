"""Why a model says what it says: measured answers, each an array with named axes or a graph of cells.

from pellucid import why

why.logit_lens(run)                                   # what each layer would say already: layer t v
why.attribution(run, "A")                             # what each head and MLP adds to the logit of A
why.contributions(run, "A")                           # the ways from the letters to that logit, exactly
why.gradient_times_input(run, "A")                    # how much each letter matters, to first order
why.patching(model, "CBABBC", "CBBBBC", "A")          # what of one text brings its answer about in another
why.top_activations(model, "blocks.1.mlp.post[f=17]") # what a cell answers to most
why.ablations(model)                                  # which questions are lost without each head, MLP and block
"""

from pellucid.tasks.ablation import ablations
from pellucid.why.activations import Activation, top_activations
from pellucid.why.attribution import attribution, gradient_times_input, logit_lens
from pellucid.why.contributions import Contributions, contributions
from pellucid.why.measurement import Measurement
from pellucid.why.patching import patching

__all__ = [
    "Activation",
    "Contributions",
    "Measurement",
    "ablations",
    "attribution",
    "contributions",
    "gradient_times_input",
    "logit_lens",
    "patching",
    "top_activations",
]
