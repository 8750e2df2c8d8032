"""Models of one's own on the page: asked in letters, text or numbers, without the tour, larger than can be sent, changed on disk."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser.driving import faultless, inspector, opened, opened_at, ready, select, state
from playwright.sync_api import Browser, Locator, Page, expect
from running import running_server
from small import random_model, random_parameters

from pellucid.models import GPT2Config
from pellucid.run.model import Model
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks import make

SIZES = GPT2Config(n_layer=2, n_head=2, n_embd=12, vocab_size=40, n_positions=16)
LARGE = replace(SIZES, n_embd=96, vocab_size=180_000)
"""Its embedding alone is more than is sent at once."""
ALPHABETS = {"circled": "①②③", "halfwidth": "ｱｲｳ", "wide": "ＡＢＣ", "emoji": "😀🦉❤", "marks": "e\u0301é"}
PIECES = ["a", "b", "c", "Ġ", "ab", "Ġc"]
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def model(config: GPT2Config, letters: str | None = None, **about: object) -> Model:
    return Model("own", config, random_parameters(config.graph()), Vocabulary(letters) if letters else None, {**about})


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    model(SIZES).save(folder / "numbers")
    model(replace(SIZES, vocab_size=26), "abcdefghijklmnopqrstuvwxyz").save(folder / "letters")
    model(LARGE).save(folder / "large")
    for name, alphabet in ALPHABETS.items():
        task = make("sort", alphabet=alphabet, length=4)
        config = replace(SIZES, vocab_size=3)
        model(config, alphabet, task={**task.to_json()} if hasattr(task, "to_json") else None).save(folder / name)
    text = folder / "text"
    model(replace(SIZES, vocab_size=len(PIECES))).save(text)
    (text / "vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(PIECES)}))
    (text / "merges.txt").write_text("#version: 0.2\na b\nĠ c\n")
    return folder


@pytest.fixture(scope="module")
def own(folders: Path, nano_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    others = [str(path) for path in sorted(folders.iterdir())]
    with running_server(nano_folder, tmp_path_factory.mktemp("log") / "stderr.txt", *others) as address:
        yield address


def field(page: Page) -> Locator:
    return page.locator("section[aria-labelledby=tokens-heading] input")


def problem(page: Page) -> Locator:
    return page.locator("#prompt-problem")
