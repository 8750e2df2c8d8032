"""Activation patching: which numbers of one text, put into the run of another, bring the first one's answer about.

All patches are computed in one pass: each is a text of a batch, which parts from the others where it is patched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.graph import PellucidError, Tensor
from pellucid.run.engine import inputs
from pellucid.run.model import Model, Prompt
from pellucid.run.reference import walk
from pellucid.run.trace import Run, names_of
from pellucid.why.measurement import Measurement, logits_of, position_of, positions, token_of
from pellucid.words.given import of_kind

AT_ONCE = 1 << 26
"""So many numbers of a pass are computed together at most; more patches take several passes."""


@dataclass(frozen=True)
class Patch:
    """Cells of a tensor that are taken from the other run."""

    tensor: Tensor
    place: tuple[int | slice, ...]


def patching(
    model: Model,
    clean: Prompt,
    corrupted: Prompt,
    token: object,
    position: object = -1,
    *,
    against: object = None,
    tensors: str | Iterable[str] | None = None,
) -> Measurement:
    """What a token's logit at a position becomes in the run of `corrupted`, when a tensor's numbers at one position are
    those of the run of `clean`: `tensor t`, or `tensor h t` where all tensors have heads (Meng et al. 2022).

    `tensors` are the states of the residual stream where none are named. `against`: the difference from the logit of
    another token. `about` holds what it is in both runs. Raises PellucidError for texts of different lengths.
    """
    of_kind(model, Model, "model", "a model")
    good, bad = model.trace(clean), model.trace(corrupted)
    if len(good.tokens) != len(bad.tokens):
        raise PellucidError(
            "unlike-texts",
            f"The texts have {len(good.tokens)} and {len(bad.tokens)} tokens: patching needs two of one length.",
        )
    chosen = patchable(model, tensors)
    by_head = all("h" in tensor.axes for tensor in chosen)
    heads = range(model.graph.sizes["h"]) if by_head else [None]
    patches = [
        Patch(
            tensor, tuple({"t": t, "h": slice(None) if head is None else head}.get(a, slice(None)) for a in tensor.axes)
        )
        for tensor in chosen
        for head in heads
        for t in range(len(bad.tokens))
    ]
    t, asked = position_of(bad, position), token_of(bad, token)
    other = None if against is None else token_of(bad, against)

    def read(logits: np.ndarray) -> np.ndarray:
        found: np.ndarray = logits[..., t, asked] - (0 if other is None else logits[..., t, other])
        return found

    logits = logits_of(bad).name
    together = max(1, AT_ONCE // max(1, bad.nbytes // 4))
    found = np.concatenate(
        [read(patched(good, bad, patches[start : start + together])) for start in range(0, len(patches), together)]
    )
    names, along = [tensor.name for tensor in chosen], positions(bad)
    labels = {"tensor": names, "h": [str(head) for head in heads], "t": along}
    axes = ("tensor", "h", "t") if by_head else ("tensor", "t")
    values = found.reshape([len(labels[axis]) for axis in axes])
    about = {"clean": float(read(good[logits])), "corrupted": float(read(bad[logits]))}
    return Measurement("activation patching", axes, {axis: labels[axis] for axis in axes}, values, about)


def patchable(model: Model, tensors: str | Iterable[str] | None) -> list[Tensor]:
    """The tensors of these names, each with a position. Raises PellucidError."""
    graph = model.graph
    if tensors is None:
        return [op.output for op in graph.ancestors([graph.outputs.logits.name]) if op.output.residual]
    chosen = [graph.find(name) for name in names_of(tensors)]
    for tensor in chosen:
        if "t" not in tensor.axes or tensor.kind in ("weight", "input"):
            raise PellucidError(
                "unfit-tensor",
                f"{tensor.name} is not computed for each position: name tensors of the pass with an axis t.",
            )
    if not chosen:
        raise PellucidError("unfit-tensor", "No tensor is named: name one, or leave `tensors` out for the stream.")
    return chosen


def patched(good: Run, bad: Run, patches: Sequence[Patch]) -> np.ndarray:
    """The logits of the patched runs, `b t v`."""
    model = bad.model
    rows: dict[str, list[int]] = {}
    for row, patch in enumerate(patches):
        rows.setdefault(patch.tensor.name, []).append(row)

    def observer(name: str, array: np.ndarray) -> np.ndarray:
        if name not in rows:
            return array
        ranks = len(patches[rows[name][0]].tensor.axes)
        array = np.array(np.broadcast_to(array, (len(patches), *array.shape[-ranks:])))
        for row in rows[name]:
            place = patches[row].place
            array[(row, *place)] = good[name][place]
        return array

    logits = model.graph.outputs.logits.name
    values = {**dict(model.parameters.items()), **inputs(model.graph, np.array(bad.tokens))}
    with np.errstate(all="ignore"):
        found = walk(model.graph.ancestors([logits]), values, observer=observer, keep={logits})[logits]
    return np.broadcast_to(found, (len(patches), *found.shape[-2:]))
