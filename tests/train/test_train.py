"""Training from a person's side: it learns, repeats itself exactly, and survives being stopped or killed."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pellucid.files.safetensors import StoredArrays
from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.tasks import make
from pellucid.train import Progress, Recipe, Training, train
from pellucid.train.metrics import METRICS
from pellucid.train.state import STATE


def assert_same_weights(first: Model, second: Model) -> None:
    for name, weight in first.parameters.items():
        np.testing.assert_array_equal(weight, second.parameters[name], err_msg=name)


@pytest.fixture(scope="module")
def uninterrupted() -> Model:
    return train("sort", seed=5, steps=300)


@pytest.mark.parametrize("seed", [0, 3])
def test_it_learns_to_sort_what_it_never_saw(seed: int) -> None:
    model = train("sort", seed=seed)
    assert model.about["accuracy"] == {
        "trained_correct": 547,
        "trained_total": 547,
        "heldout_correct": 182,
        "heldout_total": 182,
        "questions": 729,
    }
    assert model.graph.parameters() == 85_728
    assert model.generate("CBABBC") == "ABBBCC"


def test_another_alphabet_and_length() -> None:
    model = train(make("sort", alphabet="wxyz", length=4))
    assert model.about["task"] == {"name": "sort", "alphabet": list("wxyz"), "length": 4, "answer_length": 4}
    assert model.about["accuracy"]["trained_correct"] == 192
    assert model.about["accuracy"]["heldout_correct"] >= 62
    assert model.generate("zwyw") == "wwyz"


def test_a_seed_gives_the_same_weights_again(uninterrupted: Model) -> None:
    assert_same_weights(train("sort", seed=5, steps=300), uninterrupted)
    other = train("sort", seed=6, steps=300)
    assert (other.parameters["embed.W_E"] != uninterrupted.parameters["embed.W_E"]).any()


def test_what_was_trained_can_be_saved_and_loaded(tmp_path: Path) -> None:
    model = train("sort", steps=3, folder=tmp_path / "new" / "sorter")
    again = Model.load(tmp_path / "new" / "sorter")
    assert_same_weights(model, again)
    assert again.about == json.loads(json.dumps(model.about))
    assert again.about["training"]["steps"] == 3
    assert again.about["training"]["seed"] == 0


def test_progress_tells_how_it_goes() -> None:
    heard: list[Progress] = []
    train("sort", seed=0, steps=120, progress=heard.append)
    assert [progress.step for progress in heard] == list(range(1, 121))
    assert {progress.steps for progress in heard} == {120}
    assert heard[0].loss > 1
    # A single batch may be an unlucky one, and which is depends on the machine's rounding.
    assert sum(progress.loss for progress in heard[-20:]) / 20 < 0.2
    assert heard[0].accuracy < 0.2
    assert sum(progress.accuracy for progress in heard[-20:]) / 20 > 0.8
    assert all(before.seconds < after.seconds for before, after in pairwise(heard))


def test_the_plan_grows_until_the_trained_questions_are_right() -> None:
    training = Training(make("sort"), recipe=Recipe(steps=20))
    plans = [progress.steps for progress in training]
    assert plans[0] == 20
    assert plans == sorted(plans)
    assert len(plans) == plans[-1] in (30, 45, 68, 102, 153, 230, 345, 518)
    accuracy = training.model().about["accuracy"]
    assert accuracy["trained_correct"] == accuracy["trained_total"]


def test_a_plan_never_grows_beyond_the_most() -> None:
    training = Training(make("sort"), recipe=Recipe(steps=4, most=7))
    assert len(list(training)) == 7


# Stopping, being killed, going on.


def test_leaving_the_loop_and_going_on_gives_the_same_weights(tmp_path: Path, uninterrupted: Model) -> None:
    training = Training(make("sort"), seed=5, recipe=Recipe().lasting(300), folder=tmp_path)
    for stop in (1, 130, 250):
        for progress in training:
            if progress.step == stop:
                break
        training = Training.resumed(tmp_path)
        assert training.state.step == stop
    assert_same_weights(train(folder=tmp_path, resume=True), uninterrupted)
    assert steps_of(tmp_path / METRICS) == list(range(1, 301))


def test_an_interruption_by_hand_loses_no_step(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.step == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train("sort", folder=tmp_path, progress=interrupt)
    assert Training.resumed(tmp_path).state.step == 9


def test_a_training_that_does_not_say_what_learns_is_a_nano_gpts(tmp_path: Path) -> None:
    """As the first version of Pellucid wrote them."""
    first = train("sort", steps=10, folder=tmp_path)
    arrays = load_file(tmp_path / STATE)
    training = json.loads(StoredArrays(tmp_path / STATE).metadata["training"])
    del training["config"]
    save_file(arrays, tmp_path / STATE, {"training": json.dumps(training)})
    assert_same_weights(train(folder=tmp_path, resume=True), first)
    training["config"] = {"model_type": "none such"}
    save_file(arrays, tmp_path / STATE, {"training": json.dumps(training)})
    with pytest.raises(PellucidError, match="model_type 'none such'"):
        train(folder=tmp_path, resume=True)


def test_a_finished_training_can_be_made_longer(tmp_path: Path) -> None:
    first = train("sort", steps=10, folder=tmp_path)
    assert_same_weights(train(folder=tmp_path, resume=True), first)
    longer = train(folder=tmp_path, resume=True, steps=25)
    assert longer.about["training"]["steps"] == 25
    with pytest.raises(PellucidError, match="25 are done"):
        train(folder=tmp_path, resume=True, steps=24)


KILLED = """
import sys
from pathlib import Path
from pellucid.train import train
folder = Path(sys.argv[1])
train("sort", seed=5, steps=300, folder=folder, resume=(folder / "training.safetensors").exists())
"""


def test_killed_again_and_again_it_ends_with_the_same_weights(tmp_path: Path, uninterrupted: Model) -> None:
    metrics = tmp_path / METRICS
    for least in (20, 120, 200):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)]) as process:
            while process.poll() is None and (not metrics.exists() or len(metrics.read_bytes().splitlines()) < least):
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        assert steps_of(metrics) == list(range(1, len(steps_of(metrics)) + 1))
        assert 0 <= Training.resumed(tmp_path).state.step < 300
    model = train(folder=tmp_path, resume=True)
    assert_same_weights(model, uninterrupted)
    assert_same_weights(Model.load(tmp_path), uninterrupted)
    assert steps_of(metrics) == list(range(1, 301))


def steps_of(metrics: Path) -> list[int]:
    """The steps of a file in which every line must be whole."""
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    assert all(line.keys() >= {"step", "loss", "accuracy", "rate", "gradient_norm", "seconds"} for line in lines)
    return [line["step"] for line in lines]


def test_an_abandoned_half_written_file_is_cleared_away(tmp_path: Path) -> None:
    train("sort", steps=2, folder=tmp_path)
    old, new = tmp_path / f".{STATE}.old", tmp_path / f".{STATE}.new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    Training.resumed(tmp_path)
    assert not old.exists()
    assert new.exists()


# What is refused.


def test_a_folder_that_cannot_be_written_is_refused_before_any_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    heard: list[Progress] = []
    with pytest.raises(PellucidError, match="cannot be written") as refusal:
        train("sort", folder=tmp_path / "file" / "sorter", progress=heard.append)
    assert refusal.value.exit_code == 1
    assert not heard


def test_going_on_needs_something_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(PellucidError, match=r"holds no training\.safetensors"):
        train(folder=tmp_path, resume=True)
    with pytest.raises(PellucidError, match="needs the folder"):
        train(resume=True)


@pytest.mark.parametrize("spoil", ["cut", "other", "no metadata", "strange metadata"])
def test_a_damaged_training_is_refused(tmp_path: Path, nano_folder: Path, spoil: str) -> None:
    train("sort", steps=1, folder=tmp_path)
    path = tmp_path / STATE
    path.write_bytes(
        {
            "cut": path.read_bytes()[:-4],
            "other": b"not at all",
            "no metadata": (nano_folder / "model.safetensors").read_bytes(),
            "strange metadata": path.read_bytes().replace(b'"step\\": 1', b'"step\\":-1'),
        }[spoil]
    )
    with pytest.raises(PellucidError, match="is not a whole training"):
        train(folder=tmp_path, resume=True)


@pytest.mark.parametrize(
    "change", [{"steps": 0}, {"rate": -1.0}, {"rate": float("nan")}, {"batch": 0}, {"averaged": 1.5}, {"most": 10}]
)
def test_an_impossible_recipe_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(PellucidError, match=next(iter(change))) as refusal:
        Recipe(**change)  # type: ignore[arg-type]
    assert refusal.value.code == "bad-recipe"


def test_a_seed_below_zero_is_refused() -> None:
    with pytest.raises(PellucidError, match="seed is -1"):
        train("sort", seed=-1)


def test_numbers_that_explode_are_said_to() -> None:
    with pytest.raises(PellucidError, match="not finite") as refusal:
        train("sort", recipe=Recipe(deviation=1e30))
    assert refusal.value.code == "diverged"
