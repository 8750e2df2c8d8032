"""The models that one server shows, each with what is made of it once: its description and its weights."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.graph import Graph, PellucidError
from pellucid.models import PRESETS, GPT2Config, gpt2
from pellucid.run.interventions import Intervention, together
from pellucid.run.model import Model
from pellucid.run.size import NUMBER_BYTES, trace_bytes
from pellucid.run.trace import Run
from pellucid.run.wire import weights_file
from pellucid.scene import layout
from pellucid.serve.answers import Body
from pellucid.serve.runs import RecentRuns

LARGEST_ANSWER = 64 * 2**20
"""Weights or traces of more bytes are not sent whole."""

LONGEST_VOCABULARY = 1000
"""Longer ones are not listed in a description."""


class Collection:
    """Models by the ids that addresses use: those the server was started with, then the presets without weights."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._shown: dict[str, Shown] = {}
        for model in models:
            id = self._free(model.name or "model")
            self._shown[id] = Shown(id, model.config, model)
        self.default = next(iter(self._shown))
        for name, config in PRESETS.items():
            self._shown.setdefault(name, Shown(name, config, None))

    def _free(self, name: str) -> str:
        """The name; with a number behind it where an earlier folder has the same."""
        id, number = name, 1
        while id in self._shown:
            number += 1
            id = f"{name}-{number}"
        return id

    def entries(self) -> list[dict[str, Any]]:
        return [shown.entry() for shown in self._shown.values()]

    def find(self, id: str) -> "Shown":
        if id not in self._shown:
            raise PellucidError(
                "unknown-model", f"There is no model '{id}' here: there are {', '.join(self._shown)}.", model=id
            )
        return self._shown[id]


class Shown:
    """A model and its id; a preset without weights is known by its sizes alone."""

    def __init__(self, id: str, config: GPT2Config, model: Model | None) -> None:
        self.id = id
        self.config = config
        self._model = model
        self._runs = RecentRuns()

    @property
    def model(self) -> Model:
        """Raises PellucidError (`no-weights`) where there are only sizes."""
        if self._model is None:
            raise PellucidError(
                "no-weights",
                f"{self.id} has no weights here, only its sizes: start the server with a folder that holds them.",
                model=self.id,
            )
        return self._model

    @cached_property
    def graph(self) -> Graph:
        return self._model.graph if self._model else gpt2(self.config)

    @cached_property
    def parameters(self) -> int:
        return self.graph.parameters()

    def entry(self) -> dict[str, Any]:
        """What the list of models says."""
        return {"id": self.id, "title": self.id, "parameters": self.parameters, "loaded": self._model is not None}

    @cached_property
    def description(self) -> Body:
        model = self._model
        pieces = model.vocabulary.pieces if model and model.vocabulary else None
        return Body.json(
            {
                **self.entry(),
                "context": self.graph.sizes["t"],
                "config": asdict(self.config),
                "task": model.task if model else None,
                "vocabulary": pieces if pieces and len(pieces) <= LONGEST_VOCABULARY else None,
                "example": example(model) if model else "",
                "accuracy": model.about.get("accuracy") if model else None,
                "graph": self.graph.describe(),
                "scene": layout(self.graph).describe(),
            }
        )

    @cached_property
    def weights(self) -> Body:
        """Every weight by its graph name, as safetensors. Raises PellucidError (`too-large`)."""
        parameters = self.model.parameters
        self._small_enough("Its weights", NUMBER_BYTES * self.parameters)
        return Body.tensors(weights_file(parameters))

    def run(self, tokens: tuple[int, ...], interventions: tuple[Intervention, ...] = ()) -> Run:
        """The run over these tokens. Raises PellucidError (`too-large`, or for interventions that cannot be done)."""
        key = tokens, together(interventions)
        kept = self._runs.get(key)
        if kept is not None:
            return kept
        self._small_enough(f"A trace of {len(tokens)} tokens", trace_bytes(self.graph, len(tokens)))
        run = self.model.trace(tokens, interventions=interventions)
        self._runs.keep(key, run)
        return run

    def _small_enough(self, what: str, size: int) -> None:
        if size > LARGEST_ANSWER:
            raise PellucidError(
                "too-large",
                f"{what} would take {size / 2**20:,.0f} MiB, but {self.id} is shown in pieces of at most "
                f"{LARGEST_ANSWER / 2**20:,.0f} MiB: ask for less.",
                bytes=size,
                most=LARGEST_ANSWER,
            )


def example(model: Model) -> str:
    """A prompt to begin with, as long as the task's questions are: CBABBC for the nano-GPT that sorts."""
    length = model.task["length"] if model.task else min(6, model.context)
    return model.text(np.random.default_rng(349).integers(model.graph.sizes["v"], size=length).tolist())
