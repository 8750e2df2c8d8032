"""Runs as other libraries have arrays: with named axes in xarray, as tensors in PyTorch."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.graph import PellucidError, Tensor
from pellucid.graph.axes import AXES, GROWING, VOCABULARY

if TYPE_CHECKING:
    from pellucid.run.model import Model


def library(name: str, what: str) -> Any:
    """The library of that name. Raises PellucidError (`extra-not-installed`) if it is missing."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise PellucidError(
            "extra-not-installed", f"{what} needs {name}: install it with pip install {name}.", name=name
        ) from error


def as_xarray(model: "Model", tokens: tuple[int, ...], tensor: Tensor, array: np.ndarray) -> Any:
    """The array with its axes by name, without a copy. Positions carry the tokens read, logits those they score."""
    xarray = library("xarray", "A run with named axes")
    found = xarray.DataArray(array, dims=tensor.axes, name=tensor.name, coords=labels(model, tokens, tensor))
    found.attrs.update(long_name=tensor.title, kind=tensor.kind)
    for axis in tensor.axes:
        if axis in found.coords:
            found.coords[axis].attrs["long_name"] = AXES[axis]
    return found


def labels(model: "Model", tokens: tuple[int, ...], tensor: Tensor) -> Mapping[str, Any]:
    """The labels along the axes: numbers, or tokens along the vocabulary; positions have both."""
    pieces = model.pieces(range(model.graph.sizes["v"])) if VOCABULARY & {*tensor.axes} else []
    found: dict[str, Any] = {axis: pieces for axis in tensor.axes if axis in VOCABULARY}
    if not tensor.fixed:
        read = model.pieces(tokens)
        found |= {f"token_{axis}": (axis, read) for axis in tensor.axes if axis in GROWING}
    return found


def as_torch(array: np.ndarray) -> Any:
    """A copy in PyTorch, whose tensors can always be written to."""
    return library("torch", "A tensor of PyTorch").tensor(array)
