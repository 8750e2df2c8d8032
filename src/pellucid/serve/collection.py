"""The models that one server shows, each with what is made of it once: description, weights, recent runs."""

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
from safetensors.numpy import save as serialise

from pellucid.graph import Graph, PellucidError
from pellucid.models import PRESETS, GPT2Config, gpt2
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.serve.answers import encoded

FLOAT_BYTES = 4

LARGEST_WEIGHTS = 64 * 2**20
LARGEST_TRACE = 256 * 2**20
KEPT_RUNS_BYTES = 512 * 2**20
"""What is sent whole, and what recent runs may take in memory together."""

LISTED_VOCABULARY = 1000


class Shown:
    """A model by the id that addresses use; without weights it is known by its sizes alone."""

    def __init__(self, id: str, config: GPT2Config, model: Model | None) -> None:
        self.id = id
        self.config = config
        self.model = model

    @cached_property
    def graph(self) -> Graph:
        return self.model.graph if self.model else gpt2(self.config)

    @cached_property
    def parameters(self) -> int:
        return self.graph.parameters()

    def entry(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.id, "parameters": self.parameters, "loaded": self.model is not None}

    @cached_property
    def description(self) -> bytes:
        model = self.model
        letters = model.vocabulary.pieces if model and model.vocabulary else ()
        return encoded(
            {
                **self.entry(),
                "context": self.graph.sizes["t"],
                "config": asdict(self.config),
                "task": model.task if model else None,
                "vocabulary": list(letters) if 0 < len(letters) <= LISTED_VOCABULARY else None,
                "example": example(model) if model else "",
                "accuracy": model.about.get("accuracy") if model else None,
                "graph": self.graph.describe(),
                "scene": {},
            }
        )

    @cached_property
    def weights(self) -> bytes:
        """Every weight by its graph name, as safetensors. Raises PellucidError (`too-large`)."""
        model = self.loaded()
        size = FLOAT_BYTES * self.parameters
        if size > LARGEST_WEIGHTS:
            raise too_large(f"The weights of {self.id}", size, LARGEST_WEIGHTS)
        return serialise({name: np.ascontiguousarray(array) for name, array in model.parameters.items()})

    def loaded(self) -> Model:
        """The model, with weights. Raises PellucidError (`no-weights`)."""
        if self.model is None:
            raise PellucidError(
                "no-weights",
                f"{self.id} has no weights here, only its sizes: start the server with a folder that holds them.",
                model=self.id,
            )
        return self.model


def example(model: Model) -> str:
    """A prompt that the model can read: as long as its task's questions, or the first few tokens."""
    letters = model.graph.sizes["v"]
    length = model.task["length"] if model.task else min(6, model.context)
    return model.text([(2 + 2 * place) % letters for place in range(length)])


def too_large(what: str, size: int, most: int) -> PellucidError:
    return PellucidError(
        "too-large",
        f"{what} would take {size / 2**20:,.0f} MiB, more than the {most / 2**20:,.0f} MiB sent at once: ask for less.",
        bytes=size,
        most=most,
    )


class Collection:
    """Models by id: those that the server was started with, in their order, then the presets without weights."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._shown: dict[str, Shown] = {}
        for model in models:
            id = self._free(model.name)
            self._shown[id] = Shown(id, model.config, model)
        self.default = next(iter(self._shown))
        for name, config in PRESETS.items():
            if name not in self._shown:
                self._shown[name] = Shown(name, config, None)
        self._runs: OrderedDict[tuple[str, tuple[int, ...]], Run] = OrderedDict()
        self._lock = threading.Lock()

    def _free(self, name: str) -> str:
        """The name, or where two folders bear it, the name with a number behind."""
        number = 1
        while (id := name if number == 1 else f"{name}-{number}") in self._shown:
            number += 1
        return id

    def entries(self) -> list[dict[str, Any]]:
        return [shown.entry() for shown in self._shown.values()]

    def find(self, id: str) -> Shown:
        if id not in self._shown:
            raise PellucidError(
                "unknown-model", f"There is no model '{id}' here: there are {', '.join(self._shown)}.", model=id
            )
        return self._shown[id]

    def run(self, shown: Shown, tokens: tuple[int, ...]) -> Run:
        """The run over these tokens, kept for the questions that follow. Raises PellucidError (`too-large`)."""
        key = shown.id, tokens
        with self._lock:
            if key in self._runs:
                self._runs.move_to_end(key)
                return self._runs[key]
        size = trace_bytes(shown.graph, len(tokens))
        if size > LARGEST_TRACE:
            raise too_large(f"Every number of {len(tokens)} tokens", size, LARGEST_TRACE)
        run = shown.loaded().trace(tokens)
        with self._lock:
            self._runs[key] = run
            while (
                sum(trace_bytes(kept.model.graph, len(kept.tokens)) for kept in self._runs.values()) > KEPT_RUNS_BYTES
            ):
                self._runs.popitem(last=False)
        return run


def trace_bytes(graph: Graph, positions: int) -> int:
    """What every input, activation and statistic of so many tokens takes."""
    return FLOAT_BYTES * sum(
        int(np.prod(graph.shape(tensor, positions))) for tensor in graph.tensors.values() if tensor.kind != "weight"
    )


def trace_file(run: Run) -> bytes:
    """The run as safetensors, with `tokens` and `pieces` in the metadata."""
    pieces = [run.model.text([token]) for token in run.tokens]
    metadata = {"tokens": json.dumps(run.tokens), "pieces": json.dumps(pieces, ensure_ascii=False)}
    return serialise({name: np.ascontiguousarray(array) for name, array in run.items()}, metadata)
