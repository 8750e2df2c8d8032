"""Learning to sort: one step, and the whole way from a cold process to 729 of 729 right."""

import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Comparison, Contender, Work, peer
from benchmarks.models import random_model, threads
from benchmarks.start import command
from pellucid import Model, preset
from pellucid.models import with_loss
from pellucid.run.engine import engine, inputs
from pellucid.run.parameters import Parameters

BATCH, POSITIONS = 32, 11


def comparisons() -> Iterator[Comparison]:
    threads(1)
    model = random_model("nano", preset("nano"))
    random = np.random.default_rng(0)
    tokens, targets = random.integers(0, 3, (2, BATCH, POSITIONS))
    targets[:, :5] = -1
    yield Comparison(
        f"Loss and gradients, {BATCH} sequences of {POSITIONS} tokens, one thread",
        [
            Contender("Pellucid: a program's forward and backward", compiled(model, tokens, targets)),
            Contender("Pellucid, op by op", op_by_op(model, tokens, targets), "the reference; keeps every gradient"),
            peer("PyTorch, by hand (benchmarks/by_hand.py)", "torch", lambda: in_torch(tokens, targets)),
        ],
    )
    yield Comparison(
        "Cold process to 729 of 729 right (another seed each time)",
        [
            trained(),
            peer("PyTorch, by hand, minGPT's settings", "torch", by_hand_until_right, "checked every 100 steps"),
        ],
        rounds=3,
    )


def compiled(model: Model, tokens: np.ndarray, targets: np.ndarray) -> Work:
    graph = with_loss(model.config.graph())
    given = inputs(graph, tokens, targets)
    learner = engine("numpy", Parameters(graph, model.parameters.stored)).learn(given)
    return lambda: learner.step(given)


def op_by_op(model: Model, tokens: np.ndarray, targets: np.ndarray) -> Work:
    graph = with_loss(model.config.graph())
    given = inputs(graph, tokens, targets)
    learner = engine("reference", Parameters(graph, model.parameters.stored)).learn(given)
    return lambda: learner.step(given)


def in_torch(tokens: np.ndarray, targets: np.ndarray) -> Work:
    import torch

    from benchmarks.by_hand import GPT, loss_of

    network, x, y = GPT(dropout=0.0), torch.tensor(tokens), torch.tensor(targets)

    def run() -> None:
        network.zero_grad(set_to_none=True)
        loss_of(network, x, y).backward()

    return run


def trained() -> Contender:
    """Training by the command line; the note says how it did on all 729, of which only the trained decide the end."""
    seeds, right = itertools.count(), []

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            place = str(Path(folder) / "sorter")
            arguments = [*command(), "train", "sort", "--seed", str(next(seeds)), "--output", place, "--json"]
            said = json.loads(subprocess.run(arguments, check=True, capture_output=True).stdout.splitlines()[-1])
        right.append(said["trained_correct"] + said["heldout_correct"])
        contender.note = f"right in the end: {', '.join(map(str, right))}"

    contender = Contender("pellucid train sort", run)
    return contender


def by_hand_until_right() -> Work:
    seeds = itertools.count()
    return lambda: subprocess.run(
        [sys.executable, "-m", "benchmarks.by_hand", str(next(seeds))], check=True, capture_output=True
    )
