"""The tour's addresses: chapters from the reader's own run, the glossary, heads switched off, one step of descent."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import numpy as np
import pytest
from safetensors.numpy import load

from pellucid.lessons import TOUR
from pellucid.run.model import Model
from pellucid.tasks import make
from pellucid.tasks.ablation import without_each_head
from pellucid.train import Recipe, Training
from pellucid.train.descent import descend

TOKENS = "2,1,0,1,1,2"


def get(server: str, address: str) -> httpx2.Response:
    return httpx2.get(f"{server}api/{address}", timeout=600)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_chapter_is_filled_in_for_the_letters_at_hand(server: str, language: str) -> None:
    listed = get(server, "lessons").json()["languages"][language]
    assert [entry["slug"] for entry in listed] == sorted(path.stem for path in (TOUR / language).glob("*.md"))
    for entry in listed:
        chapter = get(server, f"lessons/{language}/{entry['slug']}?tokens={TOKENS}").json()
        assert chapter["title"] == entry["title"]
        assert len(chapter["steps"]) == entry["steps"]
        assert all(step["html"] for step in chapter["steps"])


def test_other_letters_give_other_text(server: str) -> None:
    one, other = (
        get(server, f"lessons/en/00-overview?tokens={tokens}").json()["steps"][0]["html"]
        for tokens in (TOKENS, "1,0,2,2,0,1")
    )
    assert "C B A B B C" in one
    assert "B A C C A B" in other


def test_the_glossary_defines_what_chapters_refer_to(server: str) -> None:
    terms = {term["id"] for term in get(server, "glossary/ja").json()["terms"]}
    assert {"token", "embedding", "self-attention", "softmax"} <= terms


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"lessons/xx/00-overview?tokens={TOKENS}", "unknown-language"),
        (f"lessons/en/99-nothing?tokens={TOKENS}", "unknown-chapter"),
        ("glossary/xx", "unknown-language"),
        ("lessons/en/99-nothing/compiled", "unknown-chapter"),
        ("models/nano/consequences?change=nothing", "unknown-tensor"),
        ("models/gpt2/consequences?change=probs", "no-weights"),
    ],
)
def test_what_there_is_not_is_answered_with_a_sentence(server: str, address: str, code: str) -> None:
    answer = get(server, address)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    "address",
    [
        "lessons/en/00-overview",
        "lessons/en/00-overview?tokens=2,1",
        "models/nano/descent?tokens=2,1,0,1,1,2&tensor=probs&index=0,0",
        "models/nano/descent?tokens=2,1,0,1,1,2&tensor=unembed.W_U&index=48,0",
        "models/nano/descent?tokens=2,1,0,1,1,2&tensor=unembed.W_U&index=0,0&rate=99",
        "models/nano/consequences",
        "models/nano/consequences?change=probs[t=11]",
        "models/nano/consequences?change=probs~much",
        "models/nano/training",
        "models/nano/training?steps=0",
        "models/nano/training?steps=1001",
    ],
)
def test_bad_questions_are_refused(server: str, address: str) -> None:
    answer = get(server, address)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith(".")


def test_heads_switched_off_and_one_step_of_descent_are_the_engines(server: str, nano_model: Model) -> None:
    heads = get(server, "models/nano/heads").json()
    expected = [
        {"tensor": name, "head": head, "correct": accuracy.trained_correct + accuracy.heldout_correct}
        for name, head, accuracy in without_each_head(nano_model)
    ]
    assert heads == {"heads": expected, "correct": 729, "total": 729}
    step = get(server, f"models/nano/descent?tokens={TOKENS}&tensor=embed.W_E&index=2,5&rate=0.2").json()
    done = descend(nano_model, "CBABBC", 0.2)
    assert step["loss"] == {"before": done.loss, "after": done.loss_after}
    assert step["weight"]["gradient"] == float(done.gradients["embed.W_E"][2, 5])
    assert step["weight"]["after"] == float(done.after.parameters["embed.W_E"][2, 5])
    assert sum(step["probabilities"]["after"]) == pytest.approx(1, abs=1e-5)


def test_the_weights_of_a_training_begin_with_noise_and_end_with_what_it_made(server: str, nano_model: Model) -> None:
    told = load(get(server, "models/nano/training/weights?steps=12").content)
    steps = {int(name.partition("/")[0]) for name in told}
    assert {0, 1, 12} <= steps
    training = Training(make("sort"), seed=0, recipe=Recipe().lasting(12))
    assert np.array_equal(told["0/embed.W_E"], training.parameters["embed.W_E"])
    for _ in training:
        pass
    assert np.array_equal(told["12/embed.W_E"], training.parameters["embed.W_E"])
    step = get(server, f"models/nano/descent?tokens={TOKENS}&tensor=embed.W_E&index=2,5&untrained=1").json()
    assert step["weight"]["before"] == float(told["0/embed.W_E"][2, 5])
    assert step["loss"]["after"] < step["loss"]["before"], "there is something to learn"


def test_the_training_is_the_models_own_once_more(server: str, nano_model: Model) -> None:
    told = get(server, "models/nano/training?steps=12").json()
    recipe = Recipe().lasting(12)
    expected = [(done.step, done.loss) for done in Training(make("sort"), seed=0, recipe=recipe)]
    assert nano_model.about["training"]["seed"] == told["seed"] == 0
    assert [(step["step"], step["loss"]) for step in told["steps"]] == expected
    assert 0 <= told["correct"] < told["total"] == 729


def test_lessons_of_ones_own_are_served_and_mistakes_in_them_refused(nano_folder: Path, tmp_path: Path) -> None:
    lessons = tmp_path / "lessons"
    shutil.copytree(TOUR / "en", lessons / "en")
    shutil.copy(TOUR / "references.yaml", lessons)
    chapter = next((lessons / "en").glob("00-*.md"))
    chapter.write_text(chapter.read_text().replace("title: Overview", "title: My own"))
    program = Path(sys.executable).with_name("pellucid")
    options = ["--port", "0", "--no-browser", "--no-token", "--lessons", str(lessons)]
    command = [str(program), "serve", str(nano_folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert get(address, "lessons").json()["languages"]["en"][0]["title"] == "My own"
        chapter.write_text(chapter.read_text().replace("title: My own", "title: Mine now"))
        assert get(address, "lessons").json()["languages"]["en"][0]["title"] == "Mine now"
        process.terminate()
    chapter.write_text(re.sub("focus: .*", "focus: outptu", chapter.read_text(), count=1))
    refused = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert refused.returncode == 2
    assert "00-overview.md:" in refused.stderr
    assert "outptu" in refused.stderr
    assert "Traceback" not in refused.stderr
