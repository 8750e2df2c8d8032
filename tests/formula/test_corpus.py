"""A text and a list of words as the page cuts them, and a model that learns from them there, against Python's."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from formula.test_teaching import fill
from walking import Walker

from pellucid.models import with_loss
from pellucid.run.engine import engine, inputs
from pellucid.run.parameters import Parameters
from pellucid.tasks import Names, Text
from pellucid.tasks.corpus import Corpus, counting, fingerprint_of, letters_in, total_loss
from pellucid.tasks.names import LIST
from pellucid.train.fresh import fresh
from pellucid.train.recipe import Recipe
from pellucid.train.teaching import teaching

EXAM = 1 << 13
SOUGHT = ["", "Zoë", "😀", "a" * 55, "a" * 56, "a" * 64, "words " * 100]
STEPS = 4


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "book.txt"
    lines = LIST.read_text(encoding="utf-8").replace("a", "a 😀").split("\n")
    file.write_text("\r\n".join(lines), encoding="utf-8-sig")
    return file


@pytest.mark.parametrize("kind", ["text", "names"])
def test_the_page_cuts_a_text_as_python_does(walker: Walker, book: Path, kind: str) -> None:
    corpus: Corpus = Text(book, context=24) if kind == "text" else Names()
    text = book.read_bytes().decode("utf-8-sig") if kind == "text" else LIST.read_text(encoding="utf-8")
    told = walker.ask("corpus", {"kind": kind, "text": text, "context": corpus.context, "exam": EXAM, "others": SOUGHT})
    assert told["alphabet"] == [*corpus.alphabet]
    assert told["context"] == corpus.context
    assert told["example"] == corpus.example
    assert told["ends"] == [*corpus.ends]
    assert told["fingerprints"] == [fingerprint_of(text) for text in SOUGHT]
    unseen, seen = corpus.exam(corpus.heldout, corpus.vocabulary, corpus.context), corpus.seen()
    for rows, name in ((unseen, "unseen"), ([part[: len(unseen[0])] for part in seen], "seen")):
        for part, what in zip(rows, ("tokens", "targets"), strict=True):
            np.testing.assert_array_equal(told["reading"][name][what], part)
    if kind == "text":
        tokens, _ = seen
        assert told["taught"]["text"][: tokens.size] == tokens.flatten().tolist()
    else:
        np.testing.assert_array_equal(told["taught"]["tokens"], seen[0])
        np.testing.assert_array_equal(told["taught"]["targets"], seen[1])
    letters = letters_in(unseen, corpus.vocabulary)
    single, pairs = counting(seen, unseen, len(corpus.alphabet))
    assert told["reading"]["letters"] == letters
    assert told["reading"]["single"] == pytest.approx(single / letters)
    assert told["reading"]["pairs"] == pytest.approx(pairs / letters)


def test_a_text_is_learned_with_the_losses_that_python_has(walker: Walker, book: Path) -> None:
    corpus = Text(book, context=16)
    letters = len(corpus.alphabet)
    model = fresh(f"new:text,letters={letters},context=16,layers=1,heads=2,width=16")
    given = {"kind": "text", "text": book.read_bytes().decode("utf-8-sig"), "context": 16, "exam": 500, "others": []}
    told = walker.ask("corpus", given)
    taught = teaching(model) | {"taught": told["taught"], "reading": told["reading"]}
    recipe = replace(Recipe(**Text.recipe), steps=STEPS, most=STEPS, batch=3, averaged=1.0)
    done = walker.ask("teach", {"teaching": taught, "recipe": asdict(recipe), "seed": 1, "steps": STEPS})

    graph = with_loss(model.config.graph())
    parameters, _ = Parameters.zeros(graph)
    fill(parameters, done, "before")
    text = np.array(told["taught"]["text"])
    places = np.array(done["done"][0]["rows"])[:, None] + np.arange(16)
    values = (
        engine("numpy", parameters)
        .learn(inputs(graph, text[places], text[places + 1]))
        .step(inputs(graph, text[places], text[places + 1]))
    )
    assert done["done"][0]["loss"] == pytest.approx(float(values[graph.loss.name]), rel=1e-5)
    assert set(done["done"][0]["rows"]) <= {*range(len(text) - 16)}

    averaged, _ = Parameters.zeros(model.graph)
    fill(averaged, done, "average")
    for name, loss in (("unseen", "heldout"), ("seen", "trained")):
        tokens, targets = (np.array(told["reading"][name][what]) for what in ("tokens", "targets"))
        expected = total_loss(engine("numpy", averaged), (tokens, targets)) / (targets >= 0).sum()
        assert done["examined"]["loss"][loss] == pytest.approx(expected, rel=1e-5)
    assert "heldOut" in done["done"][0]
    assert "heldOut" not in done["done"][1]
