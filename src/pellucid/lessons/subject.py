"""What a lesson speaks of: a model's graph, its letters, and how long questions and answers are."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.graph.axes import AXES, GROWING
from pellucid.lessons.problems import Mistake
from pellucid.models import preset
from pellucid.run.model import Model
from pellucid.tasks.sort import Sort


@dataclass(frozen=True)
class Subject:
    """`letters` is empty for a model whose tokens are no letters; `length` is None where a question may have any.

    `task` is what the model was taught, where it was taught one.
    """

    graph: Graph
    letters: tuple[str, ...]
    length: int | None
    answer_length: int
    task: str | None = None

    @classmethod
    def of(cls, model: Model) -> "Subject":
        letters = model.vocabulary.pieces if model.vocabulary and model.vocabulary.letters else ()
        task = model.task
        if task is None:
            return cls(model.graph, letters, None, 0)
        return cls(model.graph, letters, task["length"], task["answer_length"], task["name"])

    def read(self, generated: int) -> int | None:
        """How many tokens the model has read when so many letters of its answer have been fed back; None: unknown."""
        return None if self.length is None else self.length + generated

    @property
    def most_generated(self) -> int:
        """How many letters of an answer can be fed back in before the context is full."""
        return self.graph.sizes["t"] - (self.length or 1)

    def extent(self, tensor: Tensor, axis: str, generated: int) -> int | None:
        """How far that axis of the tensor goes in a run; None where that depends on the question."""
        if axis in GROWING and tensor.kind != "weight":
            return self.read(generated)
        return self.graph.sizes[axis]


@lru_cache
def nano() -> Subject:
    """The nano model and the sort task: what lessons are checked against unless another model is given."""
    task = Sort()
    return Subject(preset("nano").graph(), task.alphabet, task.length, task.answer_length, task.name)


@dataclass(frozen=True)
class Named:
    """The tensors that a name means, and the part of the architecture they belong to."""

    tensors: tuple[Tensor, ...]
    part: str


def find(graph: Graph, name: str, bases: tuple[str, ...]) -> Named:
    """What is named: a tensor, or a part with all its tensors. Raises Mistake.

    A short name (`q`) is looked up in `bases`, the parts in focus, the last one first, and in the parts around each.
    """
    candidates = [name]
    for base in reversed(bases):
        while base:
            candidates.append(f"{base}.{name}")
            base = base.rpartition(".")[0]
    for candidate in candidates:
        if candidate in graph.groups:
            return Named(tuple(tensor for tensor in graph.tensors.values() if inside(tensor, candidate)), candidate)
        if candidate in graph.tensors:
            return Named((graph.tensors[candidate],), graph.tensors[candidate].group)
    try:
        tensor = graph.find(name)  # in another program's spelling
    except PellucidError:
        raise Mistake(f"there is no tensor or part named '{name}': {suggestion(graph, name)}") from None
    return Named((tensor,), tensor.group)


def suggestion(graph: Graph, name: str) -> str:
    """The nearest full name there is, or else one whose last word is near."""
    names = [*graph.groups, *graph.tensors]
    by_last_word = {full.rpartition(".")[2]: full for full in reversed(names)}
    near = get_close_matches(name, names, n=1, cutoff=0.6) or [
        by_last_word[word] for word in get_close_matches(name, by_last_word, n=1, cutoff=0.6)
    ]
    return f"did you mean '{near[0]}'?" if near else "`pellucid trace nano CBABBC` lists the names there are."


def find_tensor(graph: Graph, name: str, bases: tuple[str, ...]) -> Tensor:
    """The one tensor of that name. Raises Mistake."""
    found = find(graph, name, bases).tensors
    if len(found) != 1:
        raise Mistake(f"'{name}' is a part of {len(found)} tensors: name one of them, such as {found[-1].name}.")
    return found[0]


def inside(tensor: Tensor, group: str) -> bool:
    return tensor.group == group or tensor.group.startswith(f"{group}.")


def check_axis(graph: Graph, axis: str) -> None:
    if axis not in graph.sizes:
        known = ", ".join(f"{letter} ({AXES[letter]})" for letter in graph.sizes)
        raise Mistake(f"there is no axis '{axis}': use one of {known}.")
