"""What a model can do without each of its heads: all 729 questions of sorting, with the nine heads off in turn.

The numbers are those of a sweep that was not remembered. The bar is a second, on two cores.
"""

from collections.abc import Iterator

import numpy as np

import pellucid
from benchmarks.measure import Comparison, Contender, Work, peer
from benchmarks.models import in_transformer_lens, threads
from pellucid import Model
from pellucid.run.cells import Cells
from pellucid.run.interventions import Intervention
from pellucid.tasks.ablation import accuracy_with, gathers, without_each_head
from pellucid.tasks.sort import Sort

QUESTIONS = Sort().checked
SEQUENCES = Sort().sequences(QUESTIONS)[0]
FIRST = QUESTIONS.shape[1] - 1
"""The position that writes the first letter of the answer."""


def comparisons() -> Iterator[Comparison]:
    threads(1)
    model = pellucid.load("nano")
    yield Comparison(
        f"Nano, {len(QUESTIONS)} questions, each head off",
        [
            Contender("Pellucid: side by side", lambda: list(without_each_head(model))),
            Contender("Pellucid: one head after another", lambda: one_by_one(model)),
            peer("TransformerLens: run_with_hooks", "transformer_lens", lambda: hooked(model)),
        ],
    )


def one_by_one(model: Model) -> list[int]:
    """How many questions are answered rightly without each head."""
    written = [op.output for op in model.graph.ops if gathers(op)]
    off = [Intervention.zero(Cells.of(z, h=head)) for z in written for head in range(model.graph.sizes["h"])]
    found = [accuracy_with(model, one) for one in off]
    return [accuracy.trained_correct + accuracy.heldout_correct for accuracy in found]


def hooked(model: Model) -> Work:
    import torch

    bridge = in_transformer_lens(model)
    tokens, answers = torch.tensor(SEQUENCES), np.sort(QUESTIONS, axis=1)

    def run() -> list[int]:
        right = []
        for layer in range(model.config.n_layer):
            for head in range(model.graph.sizes["h"]):

                def off(z: torch.Tensor, hook: object, head: int = head) -> torch.Tensor:
                    z[:, :, head] = 0
                    return z

                with torch.no_grad():
                    logits = bridge.run_with_hooks(tokens, fwd_hooks=[(f"blocks.{layer}.attn.hook_z", off)])
                right.append(int((logits[:, FIRST:].argmax(-1).numpy() == answers).all(axis=1).sum()))
        return right

    np.testing.assert_array_equal(run(), one_by_one(model))
    return run
