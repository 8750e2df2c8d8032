"""What a small model is taught: questions over an alphabet, each with one right answer, some of them never shown.

A sequence is minGPT's: the question, then all letters of the answer but the last; the targets are -1 (no answer asked)
up to the question's last letter, which is to predict the answer's first.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from pellucid.cached import cached_property
from pellucid.graph import PellucidError
from pellucid.tasks.teachable import Teachable
from pellucid.words.given import bad_argument, shown, whole

FEW = 4096
"""Tasks with at most so many questions are checked on all of them, others on a fixed sample of that size."""

MOST_LETTERS = 10_000
"""An alphabet has at most so many."""

LONGEST = 64
"""Questions have at most so many letters."""

HELD_OUT = 4
"""One question in so many is never trained on; or one multiset of letters in so many."""

EXAMPLE = 349
"""The seed of the question to begin with, by which sorting begins with C B A B B C."""

MOST_DRAWS = 1000
"""A batch is drawn in so many goes at most; two are usual."""

HoldOut = Literal["questions", "multisets"]
"""What is never trained on: single questions, most of which have others of the same letters beside them; or all
questions of some multisets of letters, so that these are not seen in any order."""


@dataclass(frozen=True)
class Accuracy:
    """How many answers were right in every letter, for questions of the trained part and for those held out of it.

    `questions` is how many the task has in all: where the two totals are fewer, they are a fixed sample.
    """

    trained_correct: int
    trained_total: int
    heldout_correct: int
    heldout_total: int
    questions: int

    @property
    def perfect(self) -> bool:
        return self.trained_correct == self.trained_total and self.heldout_correct == self.heldout_total

    @property
    def exhaustive(self) -> bool:
        return self.trained_total + self.heldout_total == self.questions


class Task(Teachable):
    """Questions of `length` letters, answers of `answer_length`: as many, unless a subclass says otherwise. A subclass
    says how a question is answered. `hold_out` is what is never trained on.

    Where not every row of letters is a question, the subclass says how many `questions` there are, and which (`every`).
    Arrays of questions are token numbers, one question a row.
    """

    answer_length: int

    def __init__(
        self, alphabet: str, length: int, hold_out: HoldOut = "questions", *, answer_length: int | None = None
    ) -> None:
        if not isinstance(alphabet, str):
            raise bad_argument("alphabet", alphabet, "text, such as 'ABC'")
        if (
            len(alphabet) > MOST_LETTERS
            or len(alphabet) < 2
            or len(set(alphabet)) < len(alphabet)
            or not all(map(visible, alphabet))
        ):
            raise PellucidError(
                "bad-alphabet",
                f"The alphabet {shown(alphabet)} will not do: "
                f"give from two to {MOST_LETTERS:,} different visible characters, such as ABC.",
                alphabet=alphabet,
                most=MOST_LETTERS,
            )
        try:
            length = whole(length)
        except TypeError:
            raise bad_argument("length", length, "a whole number, such as 6") from None
        if not 2 <= length <= LONGEST:
            raise PellucidError(
                "bad-length",
                f"The length {shown(length)} will not do: questions have from 2 to {LONGEST} letters.",
                length=length,
                most=LONGEST,
            )
        self.alphabet = tuple(alphabet)
        self.length = length
        self.answer_length = getattr(self, "answer_length", length) if answer_length is None else answer_length
        self.hold_out = hold_out

    @property
    def hold_out(self) -> HoldOut:
        """What is never trained on. It can be set until the first question has been drawn or checked."""
        return self._hold_out

    @hold_out.setter
    def hold_out(self, what: HoldOut) -> None:
        if not isinstance(what, str) or what not in get_args(HoldOut):
            raise bad_argument("hold_out", what, " or ".join(f"'{one}'" for one in get_args(HoldOut)))
        self._hold_out = what

    @abstractmethod
    def answers(self, questions: np.ndarray) -> np.ndarray:
        """The right answer to each question. Raises PellucidError (`no-question`) for rows that are none."""

    def draw(self, random: "np.random.Generator", count: int) -> np.ndarray:
        """Questions at random, as often of each kind as is good for learning: evenly, unless a subclass says otherwise.
        Held-out ones may be among them."""
        return random.integers(len(self.alphabet), size=(count, self.length))

    def describe(self) -> dict[str, Any]:
        """What a checkpoint remembers; `pellucid.tasks.remade` makes the task of it again."""
        described = {
            "name": self.name,
            "alphabet": list(self.alphabet),
            "length": self.length,
            "answer_length": self.answer_length,
        }
        return described if self.hold_out == "questions" else {**described, "hold_out": self.hold_out}

    @property
    def context(self) -> int:
        """How many tokens a model must be able to read."""
        return self.length + self.answer_length - 1

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return int(len(self.alphabet) ** self.length)

    def every(self) -> np.ndarray:
        """Every question, in alphabetical order; asked for only where they are few."""
        return np.indices((len(self.alphabet),) * self.length).reshape(self.length, -1).T

    @property
    def example(self) -> tuple[int, ...]:
        """A question to begin with."""
        return tuple(np.random.default_rng(EXAMPLE).integers(len(self.alphabet), size=self.length).tolist())

    @property
    def baseline(self) -> float:
        """What guessing gets: the share of the checked questions that the commonest answer is right for."""
        _, counts = np.unique(self.answers(self.checked), axis=0, return_counts=True)
        return float(counts.max() / counts.sum())

    # What is never trained on.

    def held_out(self, questions: np.ndarray) -> np.ndarray:
        """Which of the questions are never trained on: the quarter whose hashes are smallest, or those whose letters
        are of the quarter of multisets whose hashes are.

        The hash depends on the letters' numbers alone, so that no seed, sample or machine moves a question across.
        """
        return self._hashes(questions) < self._border

    def alike(self, questions: np.ndarray) -> np.ndarray:
        """One row for each question, the same for those that are only held out together: seeing one would give the
        other away, as 12+34 does 34+12."""
        return questions

    def _hashes(self, questions: np.ndarray) -> np.ndarray:
        """Of each question's letters, in their order or in that of the alphabet, whatever it is that is held out."""
        return hashes(np.sort(questions, axis=1) if self.hold_out == "multisets" else self.alike(questions))

    @cached_property
    def _border(self) -> np.uint64:
        """Hashes below it are held out: exactly a quarter of few questions or multisets, as good as a quarter of many,
        and one at least."""
        if self.questions > FEW:
            return np.uint64(2**64 // HELD_OUT)
        different = np.unique(self._hashes(self.every()))
        border: np.uint64 = different[max(1, len(different) // HELD_OUT)]
        return border

    # What is trained on.

    def sequences(self, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and targets, `b t`, for a model to learn or to be checked on."""
        answers = self._letters(self.answers(questions), self.answer_length, "answers")
        unasked = np.full((len(questions), self.length - 1), -1)
        return np.hstack([questions, answers[:, :-1]]), np.hstack([unasked, answers])

    def batch(self, random: "np.random.Generator", size: int) -> tuple[np.ndarray, np.ndarray]:
        """Sequences of questions drawn at random, none of them held out.

        Raises PellucidError (`bad-task`) for a task that draws next to nothing but held-out questions.
        """
        chosen = np.empty((0, self.length), int)
        for _ in range(MOST_DRAWS):
            if len(chosen) >= size:
                break
            drawn = self._letters(self.draw(random, 2 * size), self.length, "draw")
            chosen = np.vstack([chosen, drawn[~self.held_out(drawn)]])
        else:
            raise PellucidError(
                "bad-task",
                f"`draw` of the task {self.name} gives hardly any question that is not held out: "
                "it must draw from all questions, a quarter of which are never trained on.",
            )
        return self.sequences(chosen[:size])

    def right(self, written: np.ndarray, targets: np.ndarray) -> float:
        """The share of the answers that are right in every letter."""
        return float(((written == targets) | (targets < 0)).all(axis=1).mean())

    def no_question(self, expected: str) -> PellucidError:
        """The error that says that a row of letters is none of the questions."""
        return PellucidError(
            "no-question", f"That is no question of the task {self.name}: give {expected}.", task=self.name
        )

    def _letters(self, made: np.ndarray, columns: int, method: str) -> np.ndarray:
        """What a method of the task has made. Raises PellucidError (`bad-task`) unless that is the numbers of letters,
        so many in a row."""
        rows = np.asarray(made)
        known = rows.dtype.kind in "iu" and bool(np.all((rows >= 0) & (rows < len(self.alphabet))))
        if rows.ndim != 2 or rows.shape[1] != columns or not known:
            last = len(self.alphabet) - 1
            raise PellucidError(
                "bad-task",
                f"`{method}` of the task {self.name} must give rows of {columns} whole numbers from 0 to {last}, "
                f"one for each letter, but gave {shown(rows)}.",
            )
        return rows

    # What is checked.

    @cached_property
    def checked(self) -> np.ndarray:
        """All questions where they are few; else different ones drawn once and for all."""
        if self.questions <= FEW:
            return self.every()
        return np.unique(self.draw(np.random.default_rng(0), FEW), axis=0)


def visible(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace()


def hashes(questions: np.ndarray) -> np.ndarray:
    """A number below 2**64 for each row, by SplitMix64 (Steele, Lea and Flood 2014) over its letters."""
    mixed = np.zeros(len(questions), np.uint64)
    for letters in questions.T.astype(np.uint64):
        mixed = mixed + letters + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    return mixed
