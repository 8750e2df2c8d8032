"""The command line as a person or a program meets it: the real `pellucid` in a process of its own."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small import random_model

from pellucid import cli
from pellucid.run.model import Model
from pellucid.train import state
from pellucid.train.cache import cache

PROGRAM = str(Path(sys.executable).with_name("pellucid"))
COMMANDS = [
    "train",
    "check",
    "generate",
    "trace",
    "explain",
    "draw",
    "film",
    "export",
    "info",
    "lessons",
    "serve",
    "site",
]
SECONDS = 600


def pellucid(*arguments: object, **environment: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        check=False,
    )


def answer(*arguments: object) -> Any:
    """The one line of JSON that a command prints."""
    done = pellucid(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def refusal(done: subprocess.CompletedProcess[str], status: int = 2) -> str:
    """The sentence on standard error, which is all that there is."""
    assert done.returncode == status, done.stderr
    assert re.fullmatch(r"pellucid: [^\n]+[.?)\]]\n", done.stderr), done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.removeprefix("pellucid: ").strip()


# What the commands answer.


def test_help_lists_every_command() -> None:
    done = pellucid("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str) -> None:
    done = pellucid(command, "--help")
    assert done.returncode == 0
    assert f"Example: pellucid {command}" in done.stdout


def test_train_says_how_well_it_learned_and_where_the_model_is(tmp_path: Path) -> None:
    folder = tmp_path / "sorter"
    started = time.monotonic()
    trained = answer("train", "sort", "--seed", 1, "--output", folder)
    assert 0 < trained.pop("seconds") < time.monotonic() - started, "training is a part of what the command does"
    assert trained.pop("steps") > 0
    assert trained == {
        "task": "sort",
        "trained_correct": 547,
        "trained_total": 547,
        "heldout_correct": 182,
        "heldout_total": 182,
        "path": str(folder),
    }
    counts = answer("check", folder)
    assert counts == {name: counts[name] for name in ("task", *(key for key in trained if key.endswith(("ct", "tal"))))}
    assert {name: trained[name] for name in counts} == counts


def test_train_takes_another_alphabet_and_length(tmp_path: Path) -> None:
    folder = tmp_path / "two"
    done = pellucid("train", "sort", "--alphabet", "xy", "--length", "3", "--steps", "40", "--output", folder)
    assert done.returncode == 0, done.stderr
    assert str(folder) in done.stdout
    written = answer("generate", folder, "yxy")
    assert len(written["output"]) == 3
    assert set(written["output"]) <= {"x", "y"}


def test_train_teaches_other_tasks_with_other_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "adder"
    sizes = ("--layers", 2, "--heads", 2, "--width", 16, "--rate", 0.004, "--batch", 8, "--weight-decay", 0.1)
    trained = answer("train", "addition", "--digits", 1, *sizes, "--steps", 5, "--output", folder)
    assert trained["trained_total"] + trained["heldout_total"] == 100
    assert answer("info", folder)["config"].items() >= {"n_layer": 2, "n_head": 2, "n_embd": 16}.items()
    assert len(answer("generate", folder, "3+4=")["output"]) == 2
    assert answer("check", folder)["task"] == "addition"


def test_train_teaches_names_and_texts(tmp_path: Path) -> None:
    words, folder = tmp_path / "words.txt", tmp_path / "words"
    words.write_text("\n".join(f"{first}{second}{third}" for first in "bdg" for second in "aeiou" for third in "lmn"))
    trained = answer("train", "names", "--words", words, "--steps", 60, "--output", folder)
    assert trained["heldout"] < trained["single"]
    measured = answer("check", folder)
    assert measured["heldout"] == pytest.approx(trained["heldout"], abs=1e-4)
    assert re.search(r"loss \d\.\d+ for each of 16 letters held out; counting single", pellucid("check", folder).stdout)
    assert answer("generate", folder, ".b")["output"].endswith(".")
    text, folder = tmp_path / "text.txt", tmp_path / "text"
    text.write_text("so it goes, and so it went. " * 60)
    trained = answer("train", "text", "--file", text, "--context", 16, "--steps", 30, "--output", folder)
    assert trained["heldout"] < trained["single"]
    assert len(answer("generate", folder, "so it ", "--count", 4)["output"]) == 4
    assert answer("info", folder)["context"] == 16


def test_check_counts_what_the_model_answers_rightly(nano_folder: Path) -> None:
    counts = answer("check", nano_folder)
    assert (counts["trained_correct"], counts["trained_total"]) == (547, 547)
    assert (counts["heldout_correct"], counts["heldout_total"]) == (182, 182)
    assert "729 of 729" in pellucid("check", nano_folder).stdout


def test_generate_writes_the_answer(nano_folder: Path) -> None:
    assert pellucid("generate", nano_folder, "CBABBC").stdout == "ABBBCC\n"
    written = answer("generate", nano_folder, "CBABBC")
    assert written["prompt"] == "CBABBC"
    assert written["output"] == "ABBBCC"
    assert len(written["probs"]) == 6
    assert all(0.5 < share <= 1 for share in written["probs"])


def test_generate_draws_by_chance_if_asked(nano_folder: Path, nano_model: Model) -> None:
    options = ["--temperature", 40, "--top-k", 2, "--top-p", 0.9, "--seed", 5, "--count", 4]
    expected = nano_model.generate("CBABBC", 4, temperature=40, top_k=2, top_p=0.9, seed=5)
    assert answer("generate", nano_folder, "CBABBC", *options)["output"] == expected
    assert answer("generate", nano_folder, "CBABBC", *options)["output"] == expected


def test_trace_lists_names_axes_and_shapes(nano_folder: Path) -> None:
    lines = pellucid("trace", nano_folder, "CBABBC").stdout.splitlines()
    assert any(re.match(r"blocks\.0\.attn\.pattern +h t s +3 × 6 × 6 +attention pattern", line) for line in lines)
    traced = answer("trace", nano_folder, "CBABBC")
    assert traced["tokens"] == [2, 1, 0, 1, 1, 2]
    assert traced["path"] is None
    pattern = next(tensor for tensor in traced["tensors"] if tensor["name"] == "blocks.0.attn.pattern")
    assert pattern == {
        "name": "blocks.0.attn.pattern",
        "axes": ["h", "t", "s"],
        "shape": [3, 6, 6],
        "kind": "activation",
    }


def test_trace_writes_a_file(nano_folder: Path, nano_model: Model, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "trace.safetensors"
    done = pellucid("trace", nano_folder, "CBABBC", "-o", path)
    assert done.returncode == 0
    assert str(path) in done.stdout
    run, written = nano_model.trace("CBABBC"), load_file(path)
    assert written.keys() == run.keys()
    for name, array in written.items():
        np.testing.assert_array_equal(array, run[name])


def test_draw_writes_a_picture_with_the_cell_that_was_asked_for(nano_folder: Path, tmp_path: Path) -> None:
    path, cell = tmp_path / "attention.svg", "blocks.0.attn.pattern[h=0,t=5,s=2]"
    done = pellucid("draw", nano_folder, "CBABBC", "blocks.0.attn", "-o", path, "--cell", cell)
    assert done.returncode == 0, done.stderr
    assert path.read_text().startswith("<svg")
    assert "[h=0, t=5, s=2] = " in path.read_text()
    assert "taught with" not in done.stderr
    few = pellucid("draw", nano_folder, "CBA", "logits", "-o", path)
    assert "was taught with questions of 6 tokens: what it makes of 3 it has never learned" in few.stderr
    assert "'nonsense'" in refusal(pellucid("draw", nano_folder, "CBABBC", "nonsense", "-o", path))


@pytest.mark.parametrize(
    "cell", ["blocks.0.attn.q[h=2,t=3,d=7]", "blocks.0.attn.q[2, 3, 7]", "blocks.0.attn.hook_q[d=7,h=2,t=3]"]
)
def test_explain_takes_a_cell_apart(nano_folder: Path, nano_model: Model, cell: str) -> None:
    expected = nano_model.trace("CBABBC").explain("blocks.0.attn.q", h=2, t=3, d=7)
    assert answer("explain", nano_folder, "CBABBC", cell) == json.loads(json.dumps(expected.to_json()))
    assert pellucid("explain", nano_folder, "CBABBC", cell).stdout == f"{expected}\n"


def test_a_number_without_axes_is_named_without_brackets(nano_folder: Path) -> None:
    assert pellucid("explain", nano_folder, "CBABBC", "loss").stdout.startswith("loss = ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_tokens_are_counted_where_somebody_watches(nano_model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    import pty

    steps = [step.token for step in nano_model.steps("CBABBC")]
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(cli, "LONG", 0.0)
        assert [step.token for step in cli.counted(nano_model.steps("CBABBC"))] == steps
        terminal.close()
        said = b""
        with suppress(OSError):  # which the end of what a terminal has shown is
            while more := screen.read(1 << 16):
                said += more
        assert b"6 tokens" in said


def test_cells_are_changed_on_the_way(nano_folder: Path, nano_model: Model, tmp_path: Path) -> None:
    changes = ["blocks.1.attn.z[h=2]", "blocks.0.attn.z~scale(-3)"]
    options = [option for change in changes for option in ("--change", change)]
    run = nano_model.trace("CBABBC", interventions=changes)
    path = tmp_path / "trace.safetensors"
    assert pellucid("trace", nano_folder, "CBABBC", *options, "-o", path).returncode == 0
    written = load_file(path)
    for name in run:
        np.testing.assert_array_equal(written[name], run[name])
    explained = answer("explain", nano_folder, "CBABBC", "logits[5,0]", *options)
    assert explained == json.loads(json.dumps(run.explain("logits[5,0]").to_json()))
    generated = answer("generate", nano_folder, "CBABBC", *options)["output"]
    assert generated == nano_model.generate("CBABBC", interventions=changes) != "ABBBCC"
    picture = tmp_path / "model.svg"
    assert pellucid("draw", nano_folder, "CBABBC", "blocks.1.attn", *options, "-o", picture).returncode == 0
    assert "switched off: gathered values [h=2]" in picture.read_text()


@pytest.mark.parametrize(
    ("preset", "parameters", "context"),
    [
        ("nano", 85_728, 11),
        ("gpt2", 124_439_808, 1024),
        ("gpt2-xl", 1_557_611_200, 1024),
        ("gpt3", 174_604_259_328, 2048),
    ],
)
def test_info_tells_sizes_at_once(preset: str, parameters: int, context: int) -> None:
    told = answer("info", preset)
    assert told["parameters"] == parameters
    assert told["context"] == context
    assert told["weight_bytes"] == 4 * parameters
    assert f"{parameters:,}" in pellucid("info", preset).stdout


def test_info_of_a_folder_reads_its_sizes(nano_folder: Path) -> None:
    assert answer("info", nano_folder) == answer("info", "nano")


def test_a_model_without_letters_reads_token_numbers(nano_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(nano_folder, tmp_path / "numbers")
    (folder / "vocab.json").unlink()
    assert answer("generate", folder, "2,1,0,1,1,2")["output"] == "0,1,1,1,2,2"
    assert "give token numbers with commas" in refusal(pellucid("generate", folder, "CBABBC"))


def test_the_nano_model_is_trained_once_where_it_is_wanted(tmp_path: Path) -> None:
    first = pellucid("generate", "nano", "BACCAB", PELLUCID_HOME=tmp_path / "cache")
    assert (first.returncode, first.stdout) == (0, "AABBCC\n"), first.stderr
    weights = next((tmp_path / "cache").rglob("model.safetensors"))
    written = weights.stat().st_mtime_ns
    assert pellucid("generate", "nano", "BACCAB", PELLUCID_HOME=tmp_path / "cache").stdout == "AABBCC\n"
    assert weights.stat().st_mtime_ns == written


def test_nobody_reading_on_is_no_failure(nano_folder: Path) -> None:
    shell = f"'{PROGRAM}' explain '{nano_folder}' CBABBC 'blocks.0.mlp_out[0,0]' | head -1"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.stdout.startswith("blocks.0.mlp_out[t=0, c=0] = ")
    assert done.stderr == ""


def test_a_terminal_that_knows_few_letters_is_no_failure(nano_folder: Path) -> None:
    done = pellucid("trace", nano_folder, "CBABBC", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert re.search(r"blocks\.0\.attn\.pattern +h t s +3 \? 6 \? 6", done.stdout)


@pytest.mark.parametrize("encoding", ["idna", "undefined"])
def test_an_encoding_in_which_nothing_can_be_written_is_no_failure(nano_folder: Path, encoding: str) -> None:
    done = pellucid("generate", nano_folder, "CBABBC", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ABBBCC\n", "")
    assert refusal(pellucid("generate", nano_folder, "X", PYTHONIOENCODING=encoding)).startswith("'X' is not in")


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"pellucid \d+\.\d+\.\d+\S*\n", pellucid("--version").stdout)


# Bad input.


def test_bad_arguments_are_said_in_one_sentence(nano_folder: Path) -> None:
    table: list[tuple[list[object], str]] = [
        (["generate", nano_folder, "CBADBC"], "'D' is not in this model's alphabet: use only A, B, C."),
        (["generate", nano_folder, "CBA"], "The prompt has 3 letters, but this model was taught with exactly 6."),
        (["generate", nano_folder, ""], "The prompt is empty"),
        (["generate", nano_folder, "CBABBC", "--count", "7"], "7 more tokens do not fit"),
        (["generate", nano_folder, "CBABBC", "--temperature", "-1"], "temperature is -1.0"),
        (["generate", nano_folder, "CBABBC", "--temperature", "warm"], "--temperature takes a number, not 'warm'"),
        (["generate", nano_folder, "CBABBC", "--top-p", "0"], "top_p is 0.0"),
        (["generate", nano_folder], "PROMPT is missing: `pellucid generate --help`"),
        (["trace", nano_folder, "CBABBCABBBCC"], "The prompt has 12 tokens, but this model reads at most 11"),
        (["trace", nano_folder, "ABC", "--loud"], "There is no option --loud: `pellucid trace --help`"),
        (["why", nano_folder, "CBABBC", "A", "--language", "xx"], "--language takes en or ja, not 'xx'."),
        (["why", nano_folder, "CBABBC", "A", "--lang", "xx"], "--language takes en or ja, not 'xx'."),
        (["explain", nano_folder, "ABC", "logit[0,0]"], "no tensor named 'logit'; did you mean logits"),
        (
            ["draw", nano_folder, "ABC", "blocks.0.attnn"],
            "no part or tensor named 'blocks.0.attnn'; did you mean blocks.0.attn ",
        ),
        (["draw", nano_folder, "ABC", "probs[last,A]"], "name the tensor alone, and mark --cell 'probs[last,A]'."),
        (["explain", nano_folder, "ABC", "probs[last,D]"], "v is a whole number, or one of A, B, C, not 'D'."),
        (["draw", nano_folder, "ABC", "attn"], "did you mean blocks.0.attn or blocks.1.attn or blocks.2.attn?"),
        (["draw", nano_folder, "ABC", "hook_qq"], "`pellucid trace MODEL PROMPT` lists the names there are."),
        (["explain", nano_folder, "ABC", "logits[3,0]"], "t=3 is outside logits: t (position) runs from 0 to 2."),
        (["explain", nano_folder, "ABC", "logits[t=0]"], "logits has the axes t v: give one number for each"),
        (["explain", nano_folder, "ABC", "logits[0,0"], "'logits[0,0' does not name a cell"),
        (["explain", nano_folder, "ABC", "logits[t=0,t=1]"], "t stands twice in [t=0,t=1]"),
        (
            ["trace", nano_folder, "ABC", "--change", "logits[t=3]"],
            "t=3 is outside logits: t (position) runs from 0 to 2.",
        ),
        (["trace", nano_folder, "ABC", "--change", "logits~half"], "'half' does not say what happens to cells"),
        (["generate", nano_folder, "CBABBC", "--change", "logits[t=11]"], "t=11 is outside logits"),
        (["info", "gpt5"], "'gpt5' is neither a preset nor a folder: the presets are nano, gpt2"),
        (["check", "gpt2"], "The preset gpt2 is known by its sizes only"),
        (["serve", "./nowhere"], "There is no folder"),
        (
            ["serve", "nano", "--root-path", "course/../x"],
            "--root-path is 'course/../x': give a path such as /pellucid",
        ),
        (["site", "gpt2", "-o", "site"], "The preset gpt2 is known by its sizes only"),
        (["site", nano_folder, "-o", nano_folder], "holds other things than a site of Pellucid's"),
        (["site", nano_folder, "-o", "site", "--lessons", "./nowhere"], "There is no folder"),
        (["train", "juggle"], "juggle"),
        (["train", "text"], "The task text needs file: give that too."),
        (["train", "text", "--file", "./nowhere"], "There is no file nowhere: name one to learn from."),
        (["train", "text", "--file", nano_folder / "model.safetensors"], "is not text in UTF-8"),
        (["train", "text", "--file", nano_folder / "vocab.json"], "too few to learn from"),
        (["train", "names", "--words", nano_folder / "vocab.json"], "has 5 different words: give at least 20"),
        (["train", "addition", "--digits", "0"], "Numbers of 0 digits cannot be added here"),
        (["train", "addition", "--alphabet", "AB"], "The task addition has no alphabet: it has digits."),
        (["train", "reverse", "--heads", "0"], "heads is 0: it must be a whole number from 1"),
        (["train", "reverse", "--width", "50"], "50 channels do not divide into 3 heads"),
        (
            ["train", "sort", "--heads", "5"],
            "48 channels do not divide into 5 heads: make --width a multiple of --heads",
        ),
        (["train", "sort", "--width", "100000"], "has 360,005,800,000 parameters: 10,000,000,000 are the most"),
        (["train", "sort", "--width", "99999"], "Give a smaller --width or fewer --layers"),
        (["why", nano_folder, "CBABBC", "--by", "patches"], "from another text: give that with --other"),
        (["why", nano_folder, "CBABBC", "--other", "AAAAAA"], "--other is the text that --by patches takes from"),
        (
            ["why", nano_folder, "CBABBC", "--by", "layers", "--against", "B"],
            "--against cannot be asked with --by layers",
        ),
        (["train", "reverse", "--rate=-1"], "rate is -1.0: it must be between 0 and 1."),
        (["train", "sort", "--alphabet", "AA"], "The alphabet 'AA' will not do"),
        (["train", "sort", "--length", "1"], "The length 1 will not do"),
        (["train", "sort", "--steps", "0"], "0"),
        (["train", "sort", "--steps", "9" * 400], "steps is 999"),
        (
            ["train", "sort", "--seed", "9" * 400],
            "--seed takes a whole number from 0 to 18446744073709551615, not '999",
        ),
        (["train", "sort", "--seed=-1"], "not '-1'"),
        (["train", "sort", "--steps"], "The option --steps needs a value behind it"),
        (["generate", nano_folder, "CBABBC", "--json=3"], "The option --json takes no value"),
        (["generate", nano_folder, "CBABBC", "--sed", "3"], "There is no option --sed; did you mean --seed?"),
        (["generate", nano_folder, "CBABBC", "--seed", "3"], "--seed is given without --temperature"),
        (["trace", nano_folder, "ABC", "DEF"], "There are more arguments than `pellucid trace` takes"),
        (["train", "sort", "--output", ""], "--output is ''"),
        (["trace", nano_folder, "ABC", "--output", ""], "--output is ''"),
        (["draw", nano_folder, "ABC", "--output", ""], "--output is ''"),
        (
            ["draw", nano_folder, "ABC", "--output", "g.txt"],
            "The file 'g.txt' ends in '.txt': name a picture .svg, .png or .pdf.",
        ),
        (["draw", nano_folder, "ABC", "--theme", "blue"], "--theme takes light, dark, print or auto, not 'blue'"),
        (["draw", nano_folder, "ABC", "--width", "nan"], "--width takes a number from 200 to 4000, not 'nan'"),
        (["draw", nano_folder, "ABC", "--width", "0"], "--width"),
        (["draw", nano_folder, "ABC", "--width", "1e9"], "--width"),
        (["draw", nano_folder, "ABC", "--kind", "card"], "A card is about one cell, and none was named"),
        (["draw", nano_folder, "ABC", "--lang", "xx"], "--language takes en or ja, not 'xx'"),
        (
            ["film", "04-self-attention", "-o", "f.avi"],
            "'f.avi' ends in '.avi': name a film .mp4, .webm, .gif or .webp.",
        ),
        (["film", "04-self-attention", "-o", "f.gif", "--size", "big"], "--size takes even numbers from 160 to 7680"),
        (["film", "04-self-attention", "-o", "f.gif", "--steps", "5..2"], "--steps takes a range such as 2..5"),
        (["film", "04-self-attention", "-o", "f.gif", "--steps", "99"], "04-self-attention has 8 steps, not 99"),
        (["film", "nothing", "-o", "f.gif"], "There is no chapter 'nothing'"),
        (["lessons", "--article", ""], "--article is ''"),
        (["generate", "", "ABC"], "the name of a model is ''"),
        (["generate", "x" * 5000, "ABC"], "neither a preset nor a folder"),
        (["dance"], "There is no command 'dance'; did you mean trace?"),
    ]
    for arguments, words in table:
        assert words in refusal(pellucid(*arguments)), arguments


def test_with_json_an_error_is_json_too(nano_folder: Path) -> None:
    done = pellucid("generate", nano_folder, "CBADBC", "--json")
    sentence = refusal(done)
    error = json.loads(done.stdout)["error"]
    assert error == {"code": "unknown-letter", "message": sentence, "details": {"letter": "D", "alphabet": "A, B, C"}}


def broken(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], None]:
    """A folder with changed weights."""

    def breaking(folder: Path) -> None:
        arrays = load_file(folder / "model.safetensors")
        change(arrays)
        save_file(arrays, folder / "model.safetensors")

    return breaking


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def nothing_left(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def set_nan(arrays: dict[str, np.ndarray]) -> None:
    arrays["transformer.ln_f.bias"][3] = np.nan


def misshape(arrays: dict[str, np.ndarray]) -> None:
    arrays["transformer.ln_f.bias"] = np.zeros(47, np.float32)


def edit(folder: Path, **changed: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (
        broken(lambda arrays: arrays.pop("transformer.ln_f.bias")),
        "The checkpoint lacks transformer.ln_f.bias",
    ),
    "misshapen": (broken(misshape), "transformer.ln_f.bias has the shape (47,), but config.json asks for (48,)"),
    "not a number": (broken(set_nan), "transformer.ln_f.bias holds numbers that are not finite"),
    "extra": (
        broken(lambda arrays: arrays.update(more=np.zeros(2, np.float32))),
        "The checkpoint holds more, for which",
    ),
    "truncated": (truncate, "model.safetensors is not a whole safetensors file"),
    "empty": (nothing_left, "model.safetensors is not a whole safetensors file"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "holds no model.safetensors"),
    "no config": (lambda folder: (folder / "config.json").unlink(), "holds no config.json"),
    "bad config": (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read as JSON"),
    "other kind": (lambda folder: (folder / "config.json").write_text('{"model_type": "bert"}'), "model_type 'bert'"),
    "bad sizes": (
        lambda folder: edit(folder, n_layer=10**9),
        "n_layer is 1000000000: it must be a whole number from 1",
    ),
    "bad task": (lambda folder: edit(folder, pellucid={"task": 5}), "under 'pellucid', 'task', is not what Pellucid"),
    "bad letters": (lambda folder: (folder / "vocab.json").write_text('{"A": 0, "B": 0}'), "vocab.json must give each"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_checkpoint_is_refused(kind: str, nano_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(nano_folder, tmp_path / "model")
    breaking, words = BROKEN[kind]
    breaking(folder)
    assert words in refusal(pellucid("generate", folder, "CBABBC"))


@pytest.mark.parametrize("damage", ["weights cut off", "another model", "no training either"])
def test_a_broken_cache_is_said_and_healed(nano_folder: Path, tmp_path: Path, damage: str) -> None:
    folder = shutil.copytree(nano_folder, tmp_path / "models" / "nano")
    if damage == "another model":
        random_model().save(folder)
    else:
        truncate(folder)
    if damage == "no training either":
        (folder / "training.safetensors").write_bytes(b"nonsense")
    first, second = (pellucid("generate", "nano", "CBABBC", PELLUCID_HOME=tmp_path) for _ in range(2))
    assert (first.returncode, first.stdout) == (second.returncode, second.stdout) == (0, "ABBBCC\n")
    assert first.stderr == (
        f"pellucid: {folder} holds a damaged nano, which is trained again and kept there anew: "
        "there is nothing for you to do.\n"
    )
    assert second.stderr == ""


def test_nano_runs_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    inside = tmp_path / "file" / "inside"
    done = pellucid("generate", "nano", "CBABBC", PELLUCID_HOME=inside)
    assert (done.returncode, done.stdout) == (0, "ABBBCC\n")
    assert re.fullmatch(
        r"pellucid: \S+ cannot be written, so nano is trained anew: set PELLUCID_HOME [^\n]+\n", done.stderr
    )


def test_what_a_person_should_know_is_said_though_pythons_warnings_are_errors(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = pellucid("generate", "nano", "CBABBC", PELLUCID_HOME=tmp_path / "file", PYTHONWARNINGS="error")
    assert (done.returncode, done.stdout) == (0, "ABBBCC\n")
    assert re.fullmatch(r"pellucid: \S+ cannot be written, so nano is trained anew: [^\n]+\n", done.stderr)


def test_two_who_want_nano_at_once_both_get_it(tmp_path: Path) -> None:
    with (
        running("generate", "nano", "CBABBC", PELLUCID_HOME=tmp_path) as first,
        running("generate", "nano", "CBABBC", PELLUCID_HOME=tmp_path) as second,
    ):
        for process in (first, second):
            assert process.communicate(timeout=SECONDS) == ("ABBBCC\n", "")


WITHOUT_A_HOME = """
import os, sys, pwd, runpy
def nobody(number): raise KeyError(number)
pwd.getpwuid = nobody
os.environ.pop("HOME", None), os.environ.pop("XDG_CACHE_HOME", None), os.environ.pop("PELLUCID_HOME", None)
sys.argv = ["pellucid", "generate", "nano", "CBABBC"]
runpy.run_module("pellucid", run_name="__main__")
"""


def test_nano_runs_where_nobody_has_a_home() -> None:
    """As in a container, for a user whom no list names."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_A_HOME], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ABBBCC\n"), done.stderr
    assert done.stderr.startswith(
        "pellucid: There is no home folder, so nano is trained anew each time: set PELLUCID_HOME"
    )


def test_a_folder_that_is_gone_under_ones_feet_is_said(tmp_path: Path) -> None:
    line = f"mkdir gone; cd gone; rmdir ../gone; '{PROGRAM}' generate . ABC"
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pellucid: '.' cannot be found: the folder in which this runs is gone.")


def test_a_pdf_is_drawn_although_the_folder_one_works_in_is_gone(tmp_path: Path) -> None:
    drawn = tmp_path / "logits.pdf"
    line = f"mkdir gone; cd gone; rmdir ../gone; '{PROGRAM}' draw nano CBA logits -o '{drawn}'"
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert drawn.read_bytes().startswith(b"%PDF-")


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME is Linux's")
def test_a_cache_that_is_no_absolute_path_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As its standard asks: else there would be one wherever one happens to be."""
    monkeypatch.delenv("PELLUCID_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for value, expected in (("caches", tmp_path / ".cache"), ("", tmp_path / ".cache"), ("/var/c", Path("/var/c"))):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache() == expected / "pellucid"


# Ending quietly.


def in_a_shell(folder: Path, arguments: str, redirected: str) -> subprocess.CompletedProcess[str]:
    line = f"'{PROGRAM}' {arguments.replace('MODEL', shlex.quote(str(folder)))} {redirected}"
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.mark.parametrize(
    ("redirected", "status", "said"),
    [
        (">&-", 0, ""),
        (">/dev/full", 1, "pellucid: This machine refuses: No space left on device.\n"),
        ("2>/dev/full", 0, ""),
        (">&- 2>&- <&-", 0, ""),
        ("| head -c 1", 0, ""),
    ],
)
@pytest.mark.parametrize(
    "arguments", ["generate MODEL CBABBC", "trace MODEL CBABBC", "trace MODEL ABC --json", "--help"]
)
def test_closed_and_full_streams_are_no_drama(
    nano_folder: Path, arguments: str, redirected: str, status: int, said: str
) -> None:
    done = in_a_shell(nano_folder, arguments, redirected)
    assert (done.returncode, done.stderr) == (status, said)


@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-", ">/dev/full 2>&1", ">&- 2>&-"])
@pytest.mark.parametrize("arguments", ["generate MODEL XYZ", "generate MODEL XYZ --json", "dance"])
def test_a_refusal_that_nobody_can_hear_still_has_its_status(
    nano_folder: Path, arguments: str, redirected: str
) -> None:
    line = arguments.replace("MODEL", f"'{nano_folder}'")
    done = subprocess.run(
        ["sh", "-c", f"'{PROGRAM}' {line} {redirected}"], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize("how", [[PROGRAM], [sys.executable, "-m", "pellucid"]], ids=["pellucid", "python -m pellucid"])
def test_ctrl_c_at_any_moment_is_one_line(nano_folder: Path, how: list[str]) -> None:
    """From when our own code runs: before, it is Python itself that begins."""
    command = [*how, "generate", str(nano_folder), "CBABBC"]
    quiet, stopped = 0, 0
    for delay in range(12):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None and not imports_numpy(process.pid):
                time.sleep(0.0005)
            time.sleep(delay * 0.04)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=SECONDS)
        quiet += (process.returncode, err) == (0, "") and out == "ABBBCC\n"
        stopped += (process.returncode, err) == (130, "pellucid: Stopped.\n")
        assert quiet + stopped == delay + 1, (delay, process.returncode, err)
    assert stopped


def imports_numpy(pid: int) -> bool:
    """Whether it is already in memory, or about to be: the first thing of any size that is imported."""
    try:
        return "numpy" in Path(f"/proc/{pid}/maps").read_text()
    except OSError:  # it has ended
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_training_that_is_terminated_keeps_what_was_done(tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "sorter"
    with running("train", "sort", "--steps", 100_000, "--output", folder) as process:
        while not (folder / "metrics.jsonl").exists() or not (folder / "metrics.jsonl").read_bytes():
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 128 + number
    assert said == f"pellucid: Stopped: the same command goes on with the training in {folder}.\n"
    done = len((folder / "metrics.jsonl").read_bytes().splitlines())
    assert state.read(folder).step == done


@pytest.mark.parametrize("command", ["trace", "draw"])
def test_what_is_written_to_standard_output_is_all_that_is_there(
    nano_folder: Path, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "file.svg"
    assert pellucid(command, nano_folder, "CBABBC", "-o", path).returncode == 0
    piped = subprocess.run(
        ["sh", "-c", f"'{PROGRAM}' {command} '{nano_folder}' CBABBC -o /dev/stdout | cat"],
        capture_output=True,
        check=True,
    )
    assert piped.stdout == path.read_bytes()


def test_right_answers_can_be_given_for_gradients(nano_folder: Path, nano_model: Model) -> None:
    cell, answers = "grad.blocks.0.attn.q[h=0,t=3,d=7]", [-1, -1, -1, -1, -1, 0]
    expected = nano_model.trace("CBABBC", targets=answers).explain(cell).to_json()
    given = "--targets=" + ",".join(map(str, answers))
    assert answer("explain", nano_folder, "CBABBC", cell, given) == json.loads(json.dumps(expected))
    letters = nano_model.trace("CBABBC", targets="BABBCA").explain("loss").value
    assert answer("explain", nano_folder, "CBABBC", "loss", "--targets", "BABBCA")["value"] == letters
    assert "targets must be 6 token numbers" in refusal(
        pellucid("explain", nano_folder, "CBABBC", "loss", "--targets=B")
    )


def test_no_permission_to_write_is_said(nano_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    inside = tmp_path / "file" / "inside"
    assert "cannot be written" in refusal(pellucid("trace", nano_folder, "ABC", "-o", inside), status=1)
    assert "cannot be written" in refusal(pellucid("train", "sort", "--output", inside), status=1)


# Serving, and ending.


@contextmanager
def running(*arguments: object, **environment: object) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline().strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", line), line
    return line


def interrupt(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit status after Ctrl-C, and what was said on standard error."""
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=SECONDS)
    return process.returncode, said


def test_pellucid_alone_trains_and_serves_and_does_not_train_again(tmp_path: Path) -> None:
    written = []
    for _ in range(2):
        with running("--port", 0, "--no-browser", "--no-token", PELLUCID_HOME=tmp_path) as process:
            models = httpx2.get(f"{address_of(process)}api/models", timeout=30).json()
            written.append([path.stat().st_mtime_ns for path in tmp_path.rglob("model.safetensors")])
            assert models["default"] == "nano"
            assert models["models"][0]["loaded"]
            status, said = interrupt(process)
        assert status == 0
        assert "Traceback" not in said
    assert written[0] == written[1], "the second time nothing is trained"


def test_the_page_is_opened_in_the_browser(nano_folder: Path, tmp_path: Path) -> None:
    opened, browser = tmp_path / "opened.txt", tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$1\" > '{opened}'\n")
    browser.chmod(0o755)
    with running("serve", nano_folder, "--port", 0, BROWSER=f"{browser} %s") as process:
        assert process.stdout
        address, _, token = process.stdout.readline().strip().partition("?token=")
        deadline = time.monotonic() + SECONDS
        while not (opened.exists() and opened.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        link = opened.read_text().strip()
        assert link.startswith(f"{address}?token=")
        assert token not in link, "what stands on a command line can be read by everybody, and lets in once"
        assert [httpx2.get(link, timeout=30).status_code for _ in range(2)] == [303, 401]
        assert interrupt(process)[0] == 0


def test_serve_shows_several_models(nano_folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(nano_folder, tmp_path / "other")
    with running("serve", other, nano_folder, "--port", 0, "--no-browser", "--no-token") as process:
        models = httpx2.get(f"{address_of(process)}api/models", timeout=30).json()
        assert models["default"] == "other"
        assert [model["id"] for model in models["models"] if model["loaded"]] == ["other", "nano"]
        assert interrupt(process)[0] == 0


def test_serve_says_which_of_several_models_cannot_be_opened(nano_folder: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(nano_folder, tmp_path / "broken")
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, "n_layer": 0}))
    several = refusal(pellucid("serve", nano_folder, broken, "--port", 0, "--no-browser"))
    alone = refusal(pellucid("serve", broken, "--port", 0, "--no-browser"))
    assert several == f"{broken}: {alone}"
    assert alone.startswith("n_layer is 0")


def test_a_port_in_use_is_said(nano_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pellucid("serve", nano_folder, "--port", port, "--no-browser")
    assert refusal(done, status=1) == (
        f"Port {port} is used by another program: choose another with --port, or --port 0 for any."
    )


def test_a_port_that_does_not_exist_is_said(nano_folder: Path) -> None:
    assert "65535" in refusal(pellucid("serve", nano_folder, "--port", 70_000, "--no-browser"))


def test_training_stopped_by_hand_ends_at_once_and_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "sorter"
    with running("train", "sort", "--steps", 100_000, "--output", folder) as process:
        while not (folder / "metrics.jsonl").exists():
            assert process.poll() is None
            time.sleep(0.01)
        status, said = interrupt(process)
    assert status == 130
    assert said == f"pellucid: Stopped: the same command goes on with the training in {folder}.\n"


def test_killed_training_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    command = ["train", "sort", "--seed", 4, "--steps", 600, "--output"]
    assert pellucid(*command, undisturbed).returncode == 0
    with running(*command, killed) as process:
        metrics = killed / "metrics.jsonl"
        while not metrics.exists() or metrics.stat().st_size < 5_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert not (killed / "model.safetensors").exists()
    assert pellucid(*command, killed).returncode == 0
    weights = [(folder / "model.safetensors").read_bytes() for folder in (undisturbed, killed)]
    assert weights[0] == weights[1]


def test_a_model_of_another_task_is_not_written_over(tmp_path: Path) -> None:
    command = ["train", "reverse", "--length", 5, "--steps", 1, "-o", tmp_path / "backwards"]
    assert pellucid(*command).returncode == 0
    said = refusal(pellucid("train", "sort", "--steps", 1, "-o", tmp_path / "backwards"))
    assert "backwards holds a model of reverse, which would be lost: name another folder, or remove it." in said
    assert pellucid(*command, "--seed", 1).returncode == 0


def test_the_terminated_server_ends(nano_folder: Path) -> None:
    with running("serve", nano_folder, "--port", 0, "--no-browser", "--no-token") as process:
        address_of(process)
        process.terminate()
        process.communicate(timeout=SECONDS)
        assert process.returncode in (0, -signal.SIGTERM)


def test_ctrl_c_within_code_made_from_text_ends_as_any_other(tmp_path: Path) -> None:
    """Python itself would end `python -m` by the signal then, after all has been said."""
    stop = "import pellucid.cli as cli; cli.app = lambda **options: exec('raise KeyboardInterrupt')"
    script = f"import sys; sys.argv = ['pellucid']; {stop}; cli.main()"
    (tmp_path / "ended.py").write_text(script)
    command = [sys.executable, "-m", "ended"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (done.returncode, done.stderr) == (130, "pellucid: Stopped.\n")


@pytest.mark.parametrize("size", ["x", "-5", "1.5", "9" * 400, "9" * 5000])
@pytest.mark.parametrize("name", ["TERMINAL_WIDTH", "COLUMNS"])
def test_a_size_of_the_terminal_that_is_none_is_forgotten(name: str, size: str) -> None:
    done = pellucid("--help", **{name: size})
    assert done.returncode == 0, done.stderr
    assert "Usage: pellucid" in done.stdout


def test_the_name_of_a_file_is_never_obeyed_by_a_terminal(nano_folder: Path, tmp_path: Path) -> None:
    for done in (
        pellucid("trace", nano_folder, "CBABBC", "-o", tmp_path / "\x1b[2J.safetensors"),
        pellucid("draw", nano_folder, "CBABBC", "-o", tmp_path / "\x1b[2J.svg"),
        pellucid("train", "sort", "--steps", 1, "-o", tmp_path / "\x1b[2J"),
    ):
        assert done.returncode == 0, done.stderr
        assert "\x1b[2J" not in done.stdout + done.stderr
        assert "\\x1b[2J" in done.stdout + done.stderr
