"""What a question about a model is answered with: an array whose axes have names, and whose places have words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.graph import PellucidError, Tensor
from pellucid.run.convert import library
from pellucid.run.trace import Run
from pellucid.words.given import bad_argument, counted, number, of_kind, shown, whole, wholes


@dataclass(frozen=True, eq=False)
class Measurement:
    """`values` lie along `axes`; `labels` says what stands along each, where that is not only a number.

    NumPy takes it as an array; `to_xarray` gives it with names. `about` holds single numbers that belong to it, such as
    what the values add up to.
    """

    name: str
    axes: tuple[str, ...]
    labels: Mapping[str, Sequence[str]]
    values: np.ndarray
    about: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values.flags.writeable = False

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.values, dtype) if copy or dtype not in (None, self.values.dtype) else self.values

    def __getitem__(self, place: Any) -> Any:
        return self.values[place]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def largest(self, count: int | None = None) -> list[tuple[tuple[str, ...], float]]:
        """The places with the numbers furthest from 0, by their labels, and the numbers."""
        most = None if count is None else counted(count, "count")
        order = np.argsort(-np.abs(self.values), axis=None, kind="stable")[:most]
        places = zip(*(index.tolist() for index in np.unravel_index(order, self.shape)), strict=True)
        return [(self._labelled(place), float(self.values[place])) for place in places]

    def labelled(self, place: Sequence[int]) -> tuple[str, ...]:
        """What stands along the axes at a place. Raises PellucidError (`bad-argument`) where there is none such."""
        try:
            where = wholes(place)
            self.values[tuple(where)]
            return self._labelled(where)
        except (TypeError, OverflowError, IndexError, ValueError):
            shape = " × ".join(map(str, self.shape))
            raise bad_argument("place", place, f"a place in {shape} numbers, as whole numbers") from None

    def _labelled(self, place: Sequence[int]) -> tuple[str, ...]:
        return tuple(
            self.labels[axis][index] if axis in self.labels else str(index)
            for axis, index in zip(self.axes, place, strict=True)
        )

    def rows(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """Every place by its labels, and its number, in order."""
        for place in np.ndindex(self.shape):
            yield self._labelled(place), float(self.values[place])

    def to_xarray(self) -> Any:
        """As an xarray.DataArray. Raises PellucidError where xarray is not installed."""
        xarray = library("xarray", "A measurement with named axes")
        found = xarray.DataArray(self.values, dims=self.axes, name=self.name, coords=dict(self.labels))
        found.attrs.update(self.about)
        return found

    def to_json(self) -> dict[str, Any]:
        """What a program reads: the axes, the labels, the numbers nested along them, and what belongs to it."""
        return {
            "name": self.name,
            "axes": list(self.axes),
            "labels": {axis: list(labels) for axis, labels in self.labels.items()},
            "values": self.values.tolist(),
            "about": dict(self.about),
        }


def flat(found: Measurement) -> dict[str, Any]:
    """What the page reads: every axis with its labels, and the numbers one after the other."""
    labels = [
        list(found.labels.get(axis, map(str, range(size)))) for axis, size in zip(found.axes, found.shape, strict=True)
    ]
    return {"axes": list(found.axes), "labels": labels, "values": found.values.ravel().tolist()}


def a_run(given: object) -> Run:
    """Raises PellucidError (`bad-argument`) for anything else."""
    return of_kind(given, Run, "run", "a run, such as model.trace('CBABBC')")


def token_of(run: Run, token: object) -> int:
    """A token by its letter or piece, or by its number. Raises PellucidError (`unknown-token`)."""
    pieces = run.model.pieces(range(run.model.graph.sizes["v"])) if isinstance(token, str) else []
    if isinstance(token, str):
        if token in pieces:
            return pieces.index(token)
        raise PellucidError(
            "unknown-token", f"This model has no token {shown(token)}: give one of its own, or a number."
        )
    return place_of(token, run.model.graph.sizes["v"], "token")


def position_of(run: Run, position: object) -> int:
    """A position of the text, counted from its end where negative. Raises PellucidError (`bad-argument`)."""
    return place_of(position, len(run.tokens), "position")


def place_of(given: object, length: int, name: str) -> int:
    expected = f"a whole number from 0 to {length - 1}, or from -1 to {-length} counted from the end"
    try:
        place = whole(given)
    except TypeError:
        raise bad_argument(name, given, expected) from None
    if not -length <= place < length:
        raise bad_argument(name, given, expected)
    return place % length


def share_of_all(share: object) -> float:
    """Raises PellucidError (`bad-argument`) for what is no share."""
    try:
        found = number(share)
        if 0 < found <= 1:
            return found
    except (TypeError, OverflowError):
        pass  # it is refused below, as one that is too large or too small is
    raise bad_argument("share", share, "a number above 0 and up to 1, such as 0.8")


def positions(run: Run) -> list[str]:
    """What stands along the positions of a text: each position's number and token."""
    return [f"{number}:{piece}" for number, piece in enumerate(run.model.pieces(run.tokens))]


def vocabulary(run: Run) -> list[str]:
    return list(run.model.pieces(range(run.model.graph.sizes["v"])))


def logits_of(run: Run) -> Tensor:
    return run.model.graph.outputs.logits
