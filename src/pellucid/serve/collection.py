"""The models that one server shows, each with what is made of it once: its description and its weights."""

import math
import threading
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from pellucid.cached import cached_property
from pellucid.files.origin import Origin
from pellucid.graph import Graph, PellucidError
from pellucid.lessons.facts import trained
from pellucid.lessons.python import program
from pellucid.models import PRESETS, Architecture, measures
from pellucid.run.cells import Cells
from pellucid.run.explain import Explanation
from pellucid.run.interventions import Intervention, together
from pellucid.run.model import Model
from pellucid.run.recent import Recent
from pellucid.run.size import NUMBER_BYTES, trace_bytes
from pellucid.run.snapshot import Snapshot
from pellucid.run.trace import Run
from pellucid.run.wire import cells_file, trace_file, weights_file
from pellucid.scene import layout
from pellucid.serve.answers import Body
from pellucid.serve.kept import Kept
from pellucid.serve.runs import Reader, RecentRuns
from pellucid.tasks import askable
from pellucid.train.fresh import fresh, is_fresh, offered
from pellucid.why.asking import Question
from pellucid.why.asking import answer as why
from pellucid.why.measurement import flat

LARGEST_ANSWER = 64 * 2**20
"""Weights or traces of more bytes are not sent whole."""

SENTENCE = "Once upon a time"
"""What a model that was taught no task begins with."""

LARGE = 4_000_000
"""Models of more parameters are computed apart from others, which answer in milliseconds."""

FRESH = 8
"""So many models that nobody has taught yet are kept, once they are asked for."""

LONGEST_VOCABULARY = 1 << 16
"""Longer ones are not listed in a description."""


class Collection:
    """Models by the ids that addresses use: those that were added, in order, those that were trained here and kept,
    then the presets without weights; and any that is still to be taught, by a name that says all of it.

    It may grow and shrink while it is asked, from any thread; who has found a model may go on with it.
    """

    def __init__(self, models: Sequence[Model] = (), kept: Kept | None = None) -> None:
        """Without `kept`, nothing is trained here, and nothing is changed."""
        self.kept = kept
        self._shelf: dict[str, Shown] = {}
        self._added: dict[str, Shown] = {}
        self._presets = {name: Shown(name, config, None) for name, config in PRESETS.items()}
        self._fresh: Recent[Shown] = Recent(FRESH)
        self._lock = threading.Lock()
        for model in models:
            self.add(model)

    def add(self, model: Model) -> str:
        """Show the model from now on; the id by which it is found."""
        with self._lock:
            id = self._free(model.name or "model")
            self._added[id] = Shown(id, model.config, model)
        return id

    def remove(self, id: str) -> None:
        """Show the model no longer. Raises PellucidError (`unknown-model`) where none of that id was added."""
        with self._lock:
            if id not in self._added:
                raise self._unknown(id, self._added)
            del self._added[id]

    def read_again(self, id: str) -> None:
        """Show what the model's folder holds now; where that is no model, go on as before and raise PellucidError."""
        origin = self.find(id).origin
        if origin is None:
            raise PellucidError("no-folder", f"{id} was not read from a folder: there is nothing to read again.")
        model = Model.load(origin.folder)
        with self._lock:
            if self.kept is not None and id in self._shelf:
                self.kept.read_again(id)
            else:
                self._added[id] = Shown(id, model.config, model)

    @property
    def default(self) -> str:
        """The model that is shown first: of those that are left, the one that was added first."""
        return next(iter(self._all()))

    def entries(self) -> list[dict[str, Any]]:
        """What the list says of each."""
        shelf = self._kept_here()
        return [shown.entry() | ({"kept": True} if id in shelf else {}) for id, shown in self._all().items()]

    def listed(self) -> dict[str, Any]:
        """What there is to be shown, and what else there is to be taught."""
        trains = self.kept is not None
        return {"default": self.default, "models": self.entries(), "new": list(offered()), "trains": trains}

    def find(self, id: str) -> "Shown":
        with self._lock:
            found = self._added.get(id) or self._presets.get(id)
        if found is None and is_fresh(id):
            return self._fresh.recall(id, lambda: untaught(id))
        if found is None:  # only then the disk is looked at
            found = self._kept_here().get(id)
        if found is None:
            raise self._unknown(id, self._all())
        return found

    def _all(self) -> dict[str, "Shown"]:
        shelf = self._kept_here()
        with self._lock:
            hidden = {**self._added, **shelf}
            return {**hidden, **{name: shown for name, shown in self._presets.items() if name not in hidden}}

    def _kept_here(self) -> dict[str, "Shown"]:
        """Those that were trained here and kept, as they are now: another server may have kept one, or removed it."""
        if self.kept is None:
            return {}
        models = self.kept.models()
        with self._lock:
            known = self._shelf
            self._shelf = {
                id: known[id] if id in known and known[id].is_of(model) else Shown(id, model.config, model, model.name)
                for id, model in models.items()
            }
            return self._shelf

    def _free(self, name: str) -> str:
        """The name; with a number behind it where an earlier folder has the same."""
        id, number = name, 1
        while id in self._added:
            number += 1
            id = f"{name}-{number}"
        return id

    @staticmethod
    def _unknown(id: str, known: Iterable[str]) -> PellucidError:
        there = ", ".join(known) or "none"
        return PellucidError("unknown-model", f"There is no model '{id}' here: there are {there}.", model=id)


class Shown:
    """A model and its id; a preset without weights is known by its sizes alone.

    What is made of a model is kept by the snapshot of its weights, so that a model in training is never answered for
    from what it was before.
    """

    def __init__(self, id: str, config: Architecture, model: Model | None, title: str | None = None) -> None:
        self.id = id
        self.title = id if title is None else title
        self.config = config
        self._model = model
        self._runs = RecentRuns()
        self._descriptions: Recent[Body] = Recent(1)
        self._weights: Recent[Body] = Recent(1)
        self._openings: Recent[Body] = Recent(1)
        self._sizes: dict[int, int] = {}
        self._reader = Reader()

    @property
    def model(self) -> Model:
        """Raises PellucidError (`no-weights`) where there are only sizes."""
        if self._model is None:
            raise self.without_weights
        return self._model

    @property
    def without_weights(self) -> PellucidError:
        return PellucidError(
            "no-weights",
            f"{self.id} has no weights here, only its sizes: start the server with a folder that holds them.",
            model=self.id,
        )

    def is_of(self, model: Model) -> bool:
        return self._model is model

    @property
    def origin(self) -> Origin | None:
        """The folder that the model was read from; None where it was not."""
        return self._model.origin if self._model else None

    @cached_property
    def graph(self) -> Graph:
        return self._model.graph if self._model else self.config.graph()

    @cached_property
    def parameters(self) -> int:
        return self._model.graph.parameters() if self._model else self.config.parameters()

    @property
    def large(self) -> bool:
        return self.parameters > LARGE

    def entry(self) -> dict[str, Any]:
        """What the list of models says."""
        told = {"id": self.id, "title": self.title, "parameters": self.parameters, "loaded": self._model is not None}
        taught = self._model and (self._model.task or self._model.about.get("corpus"))
        return {**told, "learned": taught["name"]} if taught else told

    @property
    def snapshot(self) -> Snapshot | None:
        """Which weights the model has now; None for a preset."""
        return self._model.snapshot if self._model else None

    @property
    def description(self) -> Body:
        return self._descriptions.recall(self.snapshot, self._described)

    def _described(self) -> Body:
        model = self._model
        pieces = model.vocabulary.pieces if model and model.vocabulary else None
        return Body.json(
            {
                **self.entry(),
                "context": self.graph.sizes["t"],
                "sizes": [vars(size) for size in measures(self.config)],
                "config": self.config.settings(),
                "name": model.name if model else self.id,
                "training": trained(model) if model else {},
                "task": model.task if model else None,
                "ends": list(model.ends) if model else [],
                "asked_in": asked_in(model),
                "vocabulary": pieces if pieces and len(pieces) <= LONGEST_VOCABULARY else None,
                "example": example(model) if model else "",
                "accuracy": model.about.get("accuracy") if model else None,
                "graph": self.graph.describe(),
                "scene": layout(self.graph).describe(),
                **({"loss": model.about["loss"]} if model and model.about.get("loss") else {}),
            }
        )

    @property
    def sent_whole(self) -> bool:
        """Whether there are weights, and few enough to be sent all at once."""
        return self._model is not None and NUMBER_BYTES * self.parameters <= LARGEST_ANSWER

    @property
    def weights(self) -> Body:
        """Every weight by its graph name, as safetensors. Raises PellucidError (`too-large`)."""
        parameters = self.model.parameters
        self._small_enough("Its weights", NUMBER_BYTES * self.parameters)
        return self._weights.recall(self.snapshot, lambda: Body.tensors(weights_file(parameters)))

    def graph_of(self, tensor: str) -> Graph:
        """The graph that has a tensor, as `Model.graph_of`; of a preset, the only one there is."""
        return self._model.graph_of(tensor) if self._model else self.graph

    def run(
        self,
        tokens: tuple[int, ...],
        interventions: tuple[Intervention, ...] = (),
        names: tuple[str, ...] | None = None,
        targets: tuple[int, ...] | None = None,
    ) -> Run:
        """The run over these tokens: whole, or where that is too large and they are given, with the tensors named.

        Raises PellucidError (`too-large`, or for interventions that cannot be done).
        """
        if names is None or self._trace_bytes(len(tokens)) <= LARGEST_ANSWER:
            self.check_size(len(tokens))
            names = None
        snapshot = self.snapshot
        key = snapshot, tokens, together(interventions), names, targets
        kept = self._runs.get(key)
        if kept is not None:
            return kept
        run = self.model.trace(tokens, names, interventions=interventions, targets=targets)
        if self.snapshot == snapshot:  # the weights may have changed while it was computed
            self._runs.keep(key, run)
        return run

    def explain(
        self,
        tokens: tuple[int, ...],
        interventions: tuple[Intervention, ...],
        cell: Cells,
        targets: tuple[int, ...] | None = None,
    ) -> Explanation:
        """One cell taken apart, with no more of the run than that takes; the loss and gradients take all of it."""
        if cell.tensor not in self.graph.tensors:
            return self.run(tokens, interventions, targets=targets).explain(cell)
        maker = self.graph.makers.get(cell.tensor)
        read = [cell.tensor, *(maker.operand_names if maker else ())]
        return self.run(tokens, interventions, self._computed(read)).explain(cell)

    def trace(self, tokens: tuple[int, ...], interventions: tuple[Intervention, ...]) -> Body:
        """Every tensor of a run. What every visitor is shown first is kept, and sent compressed."""
        if interventions or tokens != self.opening:
            return Body.tensors(trace_file(self.run(tokens, interventions)))
        return self._openings.recall(
            self.model.snapshot, lambda: Body.tensors(trace_file(self.run(tokens, ())), kept=True)
        )

    def why(self, tokens: tuple[int, ...], question: Question, language: str) -> dict[str, Any]:
        """What a logit comes from. Raises PellucidError (`too-large`, or for what cannot be asked)."""
        self.check_size(len(tokens))
        found = why(self.model, tokens, question, language)
        grid = flat(found.grid) if found.grid is not None and question.by == "patches" else None
        return {**found.to_json(), "grid": grid}

    @cached_property
    def opening(self) -> tuple[int, ...]:
        return opening(self._model) if self._model else ()

    def python(self, names: Sequence[str]) -> tuple[str, ...]:
        """What makes these tensors, as lines of NumPy. Raises PellucidError (`unknown-tensor`, `not-computed`)."""
        ops = []
        for name in names:
            graph = self.graph_of(name)
            tensor = graph.find(name)
            if tensor.name not in graph.makers:
                raise PellucidError(
                    "not-computed",
                    f"{tensor.name} is a weight or an input, which no formula makes: name a tensor that is computed.",
                    name=tensor.name,
                )
            ops.append(graph.makers[tensor.name])
        return program(ops)

    def cells(self, cells: Cells, tokens: tuple[int, ...] | None, interventions: tuple[Intervention, ...]) -> bytes:
        """The numbers in a region of a tensor, as safetensors; without tokens, of a weight.

        Raises PellucidError (`missing-parameter`, `index-out-of-range`, `too-large`).
        """
        tensor = self.graph.tensors[cells.tensor]
        if tokens is None and tensor.kind != "weight":
            raise PellucidError(
                "missing-parameter",
                f"{tensor.name} is computed from a text: give its tokens, such as tokens=2,1,0.",
                name="tokens",
            )
        positions = None if tokens is None else len(tokens)
        cells.check(self.graph, positions)
        region = cells.bounded(self.graph.shape(tensor, positions))
        self._small_enough(str(cells), NUMBER_BYTES * math.prod(span[1] - span[0] for span in region.spans if span))
        if tokens is None:
            return cells_file(region, self.model.parameters[tensor.name])
        readers = [op.name for op in self.graph.ops if tensor in op.operands]  # a run changes a weight as it is read
        run = self.run(tokens, interventions, self._computed([tensor.name, *readers[:1]]))
        return cells_file(region, run[tensor.name], run)

    def _computed(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the tensors that are no weights; the tokens where all are."""
        tensors = self.graph.tensors
        found = tuple(sorted({name for name in names if tensors[name].kind != "weight"}))
        return found or (self.graph.inputs.tokens.name,)

    def logits(self, tokens: tuple[int, ...], interventions: tuple[Intervention, ...]) -> np.ndarray:
        """The logits after the last token."""
        name = self.graph.outputs.logits.name
        if self.large and not interventions:
            return self._reader.logits(self.model, tokens)
        last: np.ndarray = self.run(tokens, interventions, (name,))[name][-1]
        return last

    def check_size(self, positions: int) -> None:
        """Raise PellucidError (`too-large`) unless everything that is computed for so many tokens may be kept."""
        self._small_enough(f"A trace of {positions} tokens", self._trace_bytes(positions))

    def _trace_bytes(self, positions: int) -> int:
        if positions not in self._sizes:
            self._sizes[positions] = trace_bytes(self.graph, positions)
        return self._sizes[positions]

    def _small_enough(self, what: str, size: int) -> None:
        if size > LARGEST_ANSWER:
            raise PellucidError(
                "too-large",
                f"{what} would take {size / 2**20:,.0f} MiB, but {self.id} is shown in pieces of at most "
                f"{LARGEST_ANSWER / 2**20:,.0f} MiB: ask for less.",
                bytes=size,
                most=LARGEST_ANSWER,
            )


def untaught(id: str) -> Shown:
    """A model that nobody has taught yet (train/fresh.py). Raises PellucidError where there can be none of it."""
    model = fresh(id)
    return Shown(id, model.config, model)


def asked_in(model: Model | None) -> str:
    """What a prompt is: letters, text for a tokenizer, or numbers where a model has neither."""
    if model is None or model.vocabulary is None:
        return "numbers"
    return "letters" if model.vocabulary.letters else "text"


def example(model: Model) -> str:
    """A prompt to begin with, as one types it. A model that learned from a text begins as that goes on, one with a
    tokenizer with as much of a sentence as it can read; others with tokens."""
    if own := beginning(model):
        return own
    if model.vocabulary and not model.vocabulary.letters:
        return next(filter(partial(readable, model), (SENTENCE[:end] for end in range(len(SENTENCE), 0, -1))), "")
    return model.text(opening(model))


def beginning(model: Model) -> str:
    """How the text goes on that the model learned from; nothing, where it learned from none, or could not read that."""
    own = str((model.about.get("corpus") or {}).get("example", ""))
    return own if own and model.vocabulary and readable(model, own) else ""


def opening(model: Model) -> tuple[int, ...]:
    """The tokens of the example, as many as the task's questions have: C B A B B C for the nano-GPT that sorts. None
    where a tokenizer can read nothing of the sentence."""
    if beginning(model) or (model.vocabulary and not model.vocabulary.letters):
        text = example(model)
        return tuple(model.tokens(text)) if text else ()
    try:
        return askable(model).example
    except PellucidError:  # any letters do where nobody can say what a question is
        pass
    length = model.task["length"] if model.task else min(6, model.context)
    return tuple(np.random.default_rng(349).integers(model.graph.sizes["v"], size=length).tolist())


def readable(model: Model, text: str) -> bool:
    """Whether the model can be given that text."""
    try:
        return bool(model.tokens(text))
    except PellucidError:
        return False
