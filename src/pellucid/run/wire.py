"""Tensors on the wire and in files: safetensors by graph name, in the axis order of the graph (docs/protocol.md).

Written here because the safetensors library puts metadata in a random order: the same run is to give the same bytes, so
that a browser which holds them need not be sent them again. Its reader reads them.
"""

import json
from collections.abc import Mapping

import numpy as np

from pellucid.run.cells import Cells
from pellucid.run.interventions import together
from pellucid.run.parameters import Parameters
from pellucid.run.trace import Run

DTYPES = {np.dtype(np.float32): "F32", np.dtype(np.int64): "I64"}
ALIGNMENT = 8
"""The data begin at a multiple of this many bytes, so that a reader's views of them are aligned."""


def trace_file(run: Run) -> bytes:
    """Every tensor of the run; the metadata hold `tokens` and `pieces`, as JSON, their text, and what was changed."""
    pieces = run.model.pieces(run.tokens)
    metadata = {
        "tokens": json.dumps(run.tokens),
        "pieces": json.dumps(pieces, ensure_ascii=False),
        "text": run.model.text(run.tokens),
    }
    if run.interventions:
        metadata["change"] = together(run.interventions)
    return safetensors(run, metadata)


def cells_file(region: Cells, array: np.ndarray, run: Run | None = None) -> bytes:
    """The cells of a tensor in that region; the metadata say which these are, and of what run."""
    metadata = {"cells": json.dumps(region.to_json())}
    if run is not None:
        metadata["tokens"] = json.dumps(run.tokens)
        if run.interventions:
            metadata["change"] = together(run.interventions)
    return safetensors({region.tensor: array[region.slices]}, metadata)


def weights_file(parameters: Parameters) -> bytes:
    """Every weight."""
    return safetensors(parameters, {})


def safetensors(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """The file's bytes: the header's length, the header, the arrays, those with the widest numbers first."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    parts, end = [], 0
    held = {name: arrays[name] for name in arrays}  # a run makes a view at each access
    for name, array in sorted(held.items(), key=lambda item: -item[1].itemsize):
        header[name] = {
            "dtype": DTYPES[array.dtype],
            "shape": array.shape,
            "data_offsets": (end, end + array.nbytes),
        }
        parts.append(array.tobytes())
        end += array.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
