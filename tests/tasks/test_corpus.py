"""Text without right answers: how it is read and cut, what is held out of it, and what counting gets."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.graph import PellucidError
from pellucid.run.vocabulary import Tokenizer
from pellucid.tasks import Names, Text, check, check_loss, teachable
from pellucid.tasks.corpus import counting
from pellucid.train import Recipe, Training, train
from pellucid.train.catalogue import load

WORDS = [first + second for first in ("ka", "mo", "ti", "su", "re") for second in ("ra", "no", "li", "ku", "ta")]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A text whose letters are far from random, so that little training shows."""
    file = tmp_path / "book.txt"
    random = np.random.default_rng(0)
    file.write_text("".join(f"{WORDS[number]} " for number in random.integers(len(WORDS), size=900)), encoding="utf-8")
    return file


def test_names_that_come_along_are_learned_in_part() -> None:
    names = Names()
    assert len(names.words) > 500
    heldout = names.heldout.split("\n")
    assert len(heldout) == len(names.words) // 10
    tokens, targets = names.batch(np.random.default_rng(0), 2000)
    letters = np.array(names.alphabet)
    shown = {"".join(letters[row[row >= 0]]).rstrip(".") for row in targets}
    assert shown.isdisjoint(heldout)
    assert shown < {*names.words}
    assert (tokens[:, 0] == 0).all()
    np.testing.assert_array_equal(tokens[:, 1:][targets[:, 1:] >= 0], targets[:, :-1][targets[:, 1:] >= 0])


def test_words_come_from_a_list_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes("\r\n".join([*WORDS, "", WORDS[0], "  Zoë "]).encode("utf-8-sig"))
    assert Names(file).words == [*WORDS, "Zoë"]
    assert Names([*WORDS, "Zoë"]).describe() == Names(str(file)).describe()


def test_the_end_of_a_text_is_held_out(book: Path) -> None:
    text = book.read_text(encoding="utf-8")
    corpus = Text(book, context=16)
    assert text.endswith(corpus.heldout)
    tokens, targets = corpus.batch(np.random.default_rng(0), 300)
    border = len(text) - len(text) // 10
    letters = np.array(corpus.alphabet)
    for row, following in zip(tokens, targets, strict=True):
        assert "".join(letters[[*row, following[-1]]]) in text[:border]
    np.testing.assert_array_equal(tokens[:, 1:], targets[:, :-1])


def test_what_counting_gets_is_the_entropy_of_letters_and_of_pairs() -> None:
    random = np.random.default_rng(0)
    seen, unseen = (random.integers(3, size=(2, 40, 5)) for _ in range(2))
    seen[1][:, -1] = unseen[1][:, -1] = -1
    pairs = [pair for pair in zip(seen[0].flat, seen[1].flat, strict=True) if pair[1] >= 0]
    asked = [pair for pair in zip(unseen[0].flat, unseen[1].flat, strict=True) if pair[1] >= 0]
    after, before, both = Counter(b for _, b in pairs), Counter(a for a, _ in pairs), Counter(pairs)
    single = -sum(math.log((after[b] + 1) / (len(pairs) + 3)) for _, b in asked)
    double = -sum(math.log((both[a, b] + 1) / (before[a] + 3)) for a, b in asked)
    assert counting((seen[0], seen[1]), (unseen[0], unseen[1]), 3) == pytest.approx((single, double))


def test_a_model_of_words_is_saved_opened_asked_and_gone_on_with(tmp_path: Path) -> None:
    names = Names(WORDS * 2)
    model = train(names, steps=120, folder=tmp_path / "words")
    assert model.task is None
    loss = check_loss(load(tmp_path / "words"))
    assert model.about["loss"] == pytest.approx(vars(loss), abs=1e-5)
    assert loss.heldout < loss.single
    assert loss.letters == sum(len(word) + 1 for word in names.heldout.split("\n"))
    opened = load(tmp_path / "words")
    assert opened.ends == (0,)
    assert opened.generate(".ka").endswith(".")
    longer = train(Names(WORDS), steps=130, folder=tmp_path / "words", resume=True)
    assert longer.about["training"]["steps"] == 130
    with pytest.raises(PellucidError, match="give the very same text to go on with its training") as refusal:
        train(folder=tmp_path / "words", resume=True)
    assert refusal.value.code == "no-text"
    with pytest.raises(PellucidError, match="was not taught a task"):
        check(opened)


@pytest.mark.parametrize("pieces", [None, 280])
def test_a_model_of_a_text_beats_counting(book: Path, tmp_path: Path, pieces: int | None) -> None:
    text = Text(book, context=16, pieces=pieces)
    assert isinstance(text.vocabulary, Tokenizer) == (pieces is not None)
    model = train(text, steps=100, folder=tmp_path / "text")
    found = check_loss(load(tmp_path / "text"))
    assert found.heldout == pytest.approx(model.about["loss"]["heldout"], abs=1e-5)
    assert found.heldout < found.single
    assert found.letters > 300
    assert len(load(tmp_path / "text").generate("kara", 8)) >= 8


@pytest.mark.parametrize("pieces", [None, 280])
def test_a_stopped_training_of_a_text_is_gone_on_with(book: Path, tmp_path: Path, pieces: int | None) -> None:
    text = Text(book, context=16, pieces=pieces)
    stopped = iter(Training(text, recipe=Recipe().lasting(4), folder=tmp_path))
    next(stopped)
    del stopped
    model = train(text, folder=tmp_path, resume=True)
    assert model.trace("kara") == train(text, recipe=Recipe().lasting(4)).trace("kara")


def test_pieces_spell_the_text_again(book: Path) -> None:
    text = Text(book, pieces=280)
    written = book.read_text(encoding="utf-8")
    assert text.vocabulary.decode(text.vocabulary.encode(written)) == written
    assert len(text.vocabulary.encode(written)) < len(written) / 2
    assert len(text.vocabulary.pieces) == 280


def test_a_loss_is_a_mean_over_letters_as_computed_one_by_one(book: Path) -> None:
    text = Text(book, context=16)
    model = train(text, steps=3)
    total, count = 0.0, 0
    for start in range(0, len(text.heldout) - 17, 16):
        row = text.heldout[start : start + 17]
        probabilities = model.trace(row[:-1])["probs"]
        numbers = model.tokens(row[1:])
        total -= float(np.log(probabilities[np.arange(16), numbers]).sum())
        count += 16
    assert check_loss(model).letters == count
    assert check_loss(model).heldout == pytest.approx(total / count, abs=1e-4)


@pytest.mark.parametrize("words", [np.array("one"), range(10**12), 5, b"one\ntwo"])
def test_what_is_no_list_of_words_is_refused(words: Any) -> None:
    with pytest.raises(PellucidError, match="it must be a file with a word on each line, or a list of up to"):
        Names(words)


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "bad-text", "is empty, so that there is nothing to learn: give"),
        (b"a" * 5000, "bad-text", "has one letter alone, so that there is nothing"),
        (b"abc" * 30, "too-short", "has 90 letters, too few to learn from .* give at least 650"),
        ("café ".encode("latin-1") * 500, "bad-encoding", "is not text in UTF-8 .*byte 4 is 0xE9"),
        ("hello ".encode("utf-16") * 500, "bad-encoding", "is not text in UTF-8"),
        (b"a\0b\0" * 500, "bad-encoding", "holds null characters"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, code: str, sentence: str) -> None:
    file = tmp_path / "given.txt"
    file.write_bytes(content)
    with pytest.raises(PellucidError, match=sentence) as refusal:
        Text(file)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("text", {}, "The task text needs file: give that too."),
        ("text", {"file": "nowhere.txt"}, "There is no file nowhere.txt: name one to learn from."),
        ("text", {"file": "book.txt", "context": 0}, "context is 0: it must be a whole number from 2 to 512"),
        ("text", {"file": "book.txt", "pieces": 5}, "pieces is 5: it must be a whole number from 257"),
        (
            "text",
            {"file": "book.txt", "alphabet": "AB"},
            "The task text has no alphabet: it has file, context, pieces.",
        ),
        ("names", {"words": ["a", "b"]}, "the list has 2 different words: give at least 20"),
        ("names", {"words": ["a.b"]}, "Word 1 of the list is 'a.b': give words of at most 40 visible letters"),
        ("names", {"words": [1]}, "word 1 of the list is 1: it must be text"),
        ("names", {"words": 7}, "words is 7: it must be a file"),
        ("names", {"hold_out": "multisets"}, "A tenth of names is always held out"),
    ],
)
def test_settings_that_will_not_do_are_refused(name: str, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PellucidError, match=sentence):
        teachable(name, **settings)
