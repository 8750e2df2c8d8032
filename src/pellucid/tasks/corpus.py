"""What has no right answer: text that goes on in some way, of which a model learns how likely each next letter is.

It is judged by its loss on text that it never saw, and that is compared with what counting gets: the entropy of single
letters, and that of letters after the one before. All of it is in nats for each letter, so that a text cut into longer
pieces can be compared with one cut into letters.
"""

import hashlib
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.files.reading import read_bytes
from pellucid.graph import PellucidError
from pellucid.run.engine import Engine, inputs
from pellucid.run.model import Model
from pellucid.run.threads import one_thread
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks.teachable import Teachable

HELD_OUT = 10
"""A tenth of the text is never trained on."""

EXAM = 1 << 13
"""The most letters that a loss is measured on. The model keeps those that were held out, to be asked again."""

LARGEST_FILE = 1 << 24
"""The most bytes of a file that is learned from: more than is read in minutes."""

AT_ONCE = 1 << 19
"""So many letters are made tokens of at a time."""

TOGETHER = 16
"""So many rows are read at a time."""

Rows = tuple[np.ndarray, np.ndarray]
"""Tokens and targets, `b t`; a target is -1 where none is asked for."""


@dataclass(frozen=True)
class Loss:
    """How surprised the model is by a letter, in nats: of text that it never saw, and of text that it has seen.

    `single` and `pairs` are what counting how often letters stand in the text, and which ones stand behind which, gets
    on the text that was held out, which has so many `letters`.
    """

    heldout: float
    trained: float
    single: float
    pairs: float
    letters: int


class Corpus(Teachable):
    """Text that a model learns to go on with. A subclass says how it is cut into rows."""

    heldout: str
    """What is never trained on, as far as losses are measured on it."""

    @property
    @abstractmethod
    def example(self) -> str:
        """A beginning to go on from."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """What tells this text from any other."""

    @abstractmethod
    def seen(self) -> Rows:
        """What is trained on, each token once, beginning with as much as losses are measured on."""

    @staticmethod
    @abstractmethod
    def exam(text: str, vocabulary: Vocabulary, context: int) -> Rows:
        """The rows of a text that losses are measured on."""

    def right(self, written: np.ndarray, targets: np.ndarray) -> float:
        """The share of the letters that are."""
        return float((written == targets)[targets >= 0].mean())

    def describe(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "context": self.context,
            "example": self.example,
            "fingerprint": self.fingerprint,
            "heldout": self.heldout,
        }

    def loss(self, computing: Engine) -> Loss:
        """How well the engine's weights know the text."""
        unseen, seen = self.exam(self.heldout, self.vocabulary, self.context), self.seen()
        single, pairs = counting(seen, unseen, len(self.vocabulary.pieces))
        letters = letters_in(unseen, self.vocabulary)
        tokens, targets = seen
        first = tokens[: len(unseen[0])], targets[: len(unseen[0])]
        return Loss(
            heldout=total_loss(computing, unseen) / letters,
            trained=total_loss(computing, first) / letters_in(first, self.vocabulary),
            single=single / letters,
            pairs=pairs / letters,
            letters=letters,
        )


def remeasured(model: Model, exam: Rows) -> Loss:
    """The model's loss on what it was never trained on, measured again; the rest is what was noted in its training."""
    if model.vocabulary is None:
        raise no_exam(model)
    letters = letters_in(exam, model.vocabulary)
    found = total_loss(model.engine, exam) / letters
    return replace(Loss(**model.about["loss"]), heldout=found, letters=letters)


def no_exam(model: Model) -> PellucidError:
    return PellucidError(
        "task-mismatch", f"{model.name} cannot be asked about its text: its tokens are not those of that text."
    )


def total_loss(computing: Engine, rows: Rows) -> float:
    """The sum of the losses of all targets."""
    with one_thread():
        return math.fsum(losses(computing, rows))


def losses(computing: Engine, rows: Rows) -> Iterator[float]:
    graph = computing.parameters.graph
    logits = graph.outputs.logits.name
    for start in range(0, len(rows[0]), TOGETHER):
        tokens, targets = (part[start : start + TOGETHER] for part in rows)
        values = computing.run(inputs(graph, tokens), {logits}).values[logits].astype(np.float64)
        shifted = values - values.max(axis=-1, keepdims=True)
        likely = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        chosen = np.take_along_axis(likely, np.maximum(targets, 0)[..., None], axis=-1)[..., 0]
        yield float(-chosen[targets >= 0].sum())


def counting(seen: Rows, unseen: Rows, count: int) -> tuple[float, float]:
    """What counting tokens, and pairs of them, gets: the sum of the losses of the unseen targets. One is added to each
    count, so that nothing is impossible."""
    before, after = asked_for(seen)
    single, first = (np.bincount(tokens, minlength=count) for tokens in (after, before))
    pairs, often = np.unique(before * count + after, return_counts=True)
    before, after = asked_for(unseen)
    wanted = before * count + after
    found = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    together = np.where(pairs[found] == wanted, often[found], 0)
    by_single = (single[after] + 1) / (single.sum() + count)
    by_pairs = (together + 1) / (first[before] + count)
    return float(-np.log(by_single).sum()), float(-np.log(by_pairs).sum())


def asked_for(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Each target, with the token that stands before it."""
    asked = rows[1] >= 0
    return rows[0][asked], rows[1][asked]


def letters_in(rows: Rows, vocabulary: Vocabulary) -> int:
    """How many letters the targets spell."""
    targets = rows[1][rows[1] >= 0]
    return len(targets) if vocabulary.letters else len(vocabulary.decode(targets.tolist()))


def encoded(text: str, vocabulary: Vocabulary) -> np.ndarray:
    """The tokens of a text however long it is."""
    parts = [vocabulary.encode(text[start : start + AT_ONCE]) for start in range(0, len(text), AT_ONCE)]
    return np.array([token for part in parts for token in part], int)


def fingerprint_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_text(path: Path) -> str:
    """A text file's letters, with line breaks as Python has them. Raises PellucidError for what is none."""
    try:
        content = read_bytes(path, LARGEST_FILE)
    except PellucidError as error:
        if error.code != "missing-file":
            raise
        raise PellucidError("no-such-file", f"There is no file {path}: name one to learn from.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PellucidError(
            "bad-encoding",
            f"{path} is not text in UTF-8 (byte {error.start + 1:,} is 0x{content[error.start]:02X}): "
            "save it in that encoding.",
        ) from None
    if "\0" in text:
        raise PellucidError("bad-encoding", f"{path} holds null characters, so it is no text in UTF-8: give another.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def described_rows(kind: type[Corpus], model: Model, description: Mapping[str, Any]) -> Rows:
    """The rows of a model's own exam. Raises PellucidError (`task-mismatch`) where it cannot read them."""
    context = description["context"]
    if model.vocabulary is None or model.context < context:
        raise no_exam(model)
    try:
        rows = kind.exam(description["heldout"], model.vocabulary, context)
    except PellucidError:
        raise no_exam(model) from None
    if not (rows[1] >= 0).any() or max(rows[0].max(), rows[1].max()) >= model.graph.sizes["v"]:
        raise no_exam(model)
    return rows
