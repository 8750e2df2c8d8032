"""Training from a person's side: it learns, repeats itself exactly, and survives being stopped or killed."""

import copy
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from threadpoolctl import threadpool_info

from pellucid.files.safetensors import StoredArrays
from pellucid.graph import PellucidError
from pellucid.run.model import Model
from pellucid.tasks import TASKS, Names, Teachable, make
from pellucid.tasks.sort import Sort
from pellucid.train import Progress, Recipe, Training, train
from pellucid.train.catalogue import load
from pellucid.train.growing import Growing
from pellucid.train.metrics import METRICS
from pellucid.train.state import STATE
from pellucid.words.errors import PellucidWarning


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


def test_a_stopped_training_can_be_ended_where_it_is(tmp_path: Path) -> None:
    for progress in Training(make("sort"), folder=tmp_path):
        if progress.step == 4:
            break
    for _ in range(2):
        assert train(folder=tmp_path, resume=True, steps=4).about["training"]["steps"] == 4
    assert train(folder=tmp_path, resume=True, steps=6).about["training"]["steps"] == 6


KILLED = """
import sys
from pathlib import Path
from pellucid.train import train
folder = Path(sys.argv[1])
train("sort", seed=5, steps=300, folder=folder, resume=(folder / "training.safetensors").exists())
"""


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_training_is_not_copied_into_one_that_learns_nothing(copied: Callable[[Training], object]) -> None:
    with pytest.raises(PellucidError, match="cannot be copied or pickled: train in a folder"):
        copied(Training(make("sort")))


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
    (tmp_path / f".{STATE}.00000000.pellucid").write_bytes(b"half")
    train("sort", steps=2, folder=tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {STATE, METRICS, "config.json", "model.safetensors", "vocab.json"}


# One training at a time.

HOLDING = """
import sys, time
from pathlib import Path
from pellucid.train import train
train("sort", folder=Path(sys.argv[1]), progress=lambda done: (print(flush=True), time.sleep(600)))
"""


def test_two_trainings_never_write_one_folder(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        with pytest.raises(PellucidError, match=f"in use by process {process.pid}") as refusal:
            train("sort", steps=2, folder=tmp_path)
        assert (refusal.value.code, refusal.value.exit_code) == ("folder-in-use", 1)
        process.kill()
    train("sort", steps=2, folder=tmp_path)
    assert Training.resumed(tmp_path).state.step == 2


def test_two_trainings_of_one_process_never_write_one_folder_either(tmp_path: Path) -> None:
    def again(progress: Progress) -> None:
        with pytest.raises(PellucidError, match=f"in use by process {os.getpid()}"):
            train("sort", steps=1, folder=tmp_path)

    train("sort", steps=2, folder=tmp_path, progress=again)


@pytest.mark.parametrize("ended", [False, True])
def test_two_trainings_never_write_one_folder_though_it_is_removed_meanwhile(tmp_path: Path, ended: bool) -> None:
    folder = tmp_path / "sorter"

    def hand_over(progress: Progress) -> None:
        if progress.step == 2:
            shutil.rmtree(folder)
            process = stack.enter_context(
                subprocess.Popen([sys.executable, "-c", HOLDING, str(folder)], stdout=subprocess.PIPE)
            )
            assert process.stdout
            process.stdout.readline()
            stack.callback(process.kill)
            if ended:
                process.kill()
                process.wait()

    wrong = "Somebody else has gone on" if ended else "in use by process"
    with ExitStack() as stack, pytest.raises(PellucidError, match=wrong) as refusal:
        train("sort", steps=3, folder=folder, progress=hand_over)
    assert refusal.value.code == "folder-in-use"
    assert Training.resumed(folder).state.step < 2


def test_a_training_whose_folder_is_removed_is_kept_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "sorter"
    train("sort", steps=3, folder=folder, progress=lambda done: shutil.rmtree(folder, ignore_errors=True))
    assert Training.resumed(folder).state.step == 3
    assert not list(folder.glob(".*"))


def test_a_training_that_somebody_else_went_on_with_is_not_thrown_back(tmp_path: Path) -> None:
    train("sort", steps=3, folder=tmp_path)
    opened = Training.resumed(tmp_path, 9)
    train(folder=tmp_path, resume=True, steps=6)
    with pytest.raises(PellucidError, match="Somebody else has gone on with the training"):
        list(opened)
    assert Training.resumed(tmp_path).state.step == 6


def test_threads_are_given_back_when_trainings_overlap() -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info()]

    before = threads()
    first, second = iter(Training(make("sort"))), iter(Training(make("sort")))
    next(first)
    next(second)
    assert set(threads()) == {1}
    first.close()  # type: ignore[attr-defined]
    assert set(threads()) == {1}
    second.close()  # type: ignore[attr-defined]
    assert threads() == before


# What is refused.


def test_a_folder_that_cannot_be_written_is_refused_before_any_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    heard: list[Progress] = []
    with pytest.raises(PellucidError, match="cannot be written") as refusal:
        train("sort", folder=tmp_path / "file" / "sorter", progress=heard.append)
    assert refusal.value.exit_code == 1
    assert not heard


@pytest.mark.parametrize("left", [["config.json", "model.safetensors"], ["model.safetensors"], ["config.json"]])
def test_a_model_that_was_not_trained_here_is_never_written_over(tmp_path: Path, left: list[str]) -> None:
    model = train("sort", steps=1)
    model.about.clear()
    model.save(tmp_path)
    for name in {"config.json", "model.safetensors"} - {*left}:
        (tmp_path / name).unlink()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(PellucidError, match="did not train, which would be lost: name another folder"):
        train("sort", steps=1, folder=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_model_of_the_same_task_gives_way_to_the_next(tmp_path: Path) -> None:
    for seed in (0, 1):
        train("sort", steps=1, seed=seed, folder=tmp_path)
    assert Model.load(tmp_path).about["training"]["seed"] == 1
    train(make("sort", hold_out="multisets"), steps=1, folder=tmp_path)
    assert Model.load(tmp_path).task == make("sort", hold_out="multisets").describe()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (make("sort"), "a model of reverse"),
        (make("reverse", length=4), "a model of reverse with other settings"),
        (Names(), "a model of reverse"),
        (None, "a model of reverse of other sizes"),
    ],
)
def test_a_model_of_another_task_or_of_other_sizes_is_never_lost(
    tmp_path: Path, other: Teachable | None, said: str
) -> None:
    folder, task = tmp_path / "backwards", make("reverse", length=5)
    train(task, steps=1, folder=folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    config = task.model.scaled(layers=1) if other is None else None
    with pytest.raises(PellucidError) as refusal:
        train(other or task, steps=1, folder=folder, config=config)
    lost = "which would be lost: name another folder, or remove it."
    assert refusal.value.message == f"{folder} holds {said}, {lost}"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert train(other or task, steps=1, folder=folder, config=config, replace=True).about["training"]["steps"] == 1


def test_a_stopped_training_of_another_task_is_not_lost_either(tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train("reverse", folder=tmp_path, progress=interrupt)
    with pytest.raises(PellucidError, match="holds a training of reverse, which would be lost: name another folder"):
        train("sort", steps=1, folder=tmp_path)
    assert train("reverse", steps=1, folder=tmp_path).about["training"]["steps"] == 1


def test_a_folder_that_no_system_can_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PellucidError, match="cannot be written") as refusal:
        train("sort", steps=1, folder=tmp_path / ("a" * 300))
    assert refusal.value.code == "cannot-write"


def test_a_folder_of_other_things_is_no_place_for_a_model(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada")
    (tmp_path / ".hidden").write_text("")
    with pytest.raises(PellucidError, match=r"holds other things than a model \(letter\.txt\): name a new folder"):
        train("sort", steps=1, folder=tmp_path)
    (tmp_path / "letter.txt").unlink()
    train("sort", steps=1, folder=tmp_path)
    (tmp_path / "letter.txt").write_text("Dear Ada")
    train("sort", steps=1, folder=tmp_path)
    assert (tmp_path / "letter.txt").exists()


def test_going_on_needs_something_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(PellucidError, match=r"holds no training\.safetensors"):
        train(folder=tmp_path, resume=True)
    with pytest.raises(PellucidError, match="needs the folder"):
        train(resume=True)


def test_a_name_that_is_nearly_a_folders_is_answered_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train("reverse", steps=1, folder=tmp_path / "backwards")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PellucidError, match="neither a preset nor a folder: did you mean the folder backwards"):
        load("backward")
    with pytest.raises(PellucidError, match="the presets are nano"):
        load("emty")


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


@pytest.mark.parametrize("home", ["file/inside", "long/" * 1000, "x" * 300])
def test_nano_is_nano_where_nothing_can_be_kept(tmp_path: Path, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PELLUCID_HOME", f"{tmp_path}/{home}")
    with pytest.warns(PellucidWarning, match="set PELLUCID_HOME"):
        assert load("nano").name == "nano"


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        *(("seconds", "1" + "0" * 400), ("seconds", "1e999"), ("seconds", "-1"), ("seconds", DEEP), ("recipe", DEEP)),
        *(("step", "2"), ("steps", str(10**30)), ("averaged_from", "10001"), ("seed", str(2**64)), ("seed", "1.5")),
        *(("n_layer", "1000"), ("n_embd", "300000000"), ("n_positions", "1000000000"), ("vocab_size", "1000000000")),
        *(("n_embd", "24"), ("alphabet", '["A", "B"]'), ("length", "5")),
    ],
)
def test_a_training_that_says_what_none_comes_to_is_refused(tmp_path: Path, entry: str, value: str) -> None:
    """Before anything of the sizes that it speaks of is made."""
    train("sort", steps=1, folder=tmp_path)
    stored = StoredArrays(tmp_path / STATE)
    told = stored.metadata["training"]
    found = json.loads(told)
    before = next(json.dumps(part[entry]) for part in (found, found["task"], found["config"]) if entry in part)
    start, found_there, end = told.rpartition(f'"{entry}": {before}')
    assert found_there
    save_file(dict(stored), tmp_path / STATE, {"training": f'{start}"{entry}": {value}{end}'})
    with pytest.raises(PellucidError, match="is not a whole training"):
        train(folder=tmp_path, resume=True)


def test_lines_of_the_diary_that_tell_of_no_step_are_left_out(tmp_path: Path) -> None:
    train("sort", steps=3, folder=tmp_path)
    path = tmp_path / METRICS
    good = path.read_bytes()
    strange = [b'{"step": 1e999}', b'{"step": ' + DEEP.encode(), b'{"step": "1"}', b"\xff\x00", b'{"step": 4}', b'{"st']
    path.write_bytes(good + b"\n".join(strange))
    train(folder=tmp_path, resume=True)
    assert path.read_bytes() == good


def test_a_diary_longer_than_any_is_not_read(tmp_path: Path) -> None:
    train("sort", steps=3, folder=tmp_path)
    os.truncate(tmp_path / METRICS, 100 * 2**30)
    with pytest.raises(PellucidError, match=f"{METRICS} is longer than .* bytes"):
        train(folder=tmp_path, resume=True)


@pytest.mark.parametrize(
    "change",
    [
        *({"steps": 0}, {"rate": -1.0}, {"rate": float("nan")}, {"batch": 0}, {"averaged": 1.5}, {"most": 10}),
        *({"steps": 1.0}, {"steps": 10**400}, {"batch": True}, {"rate": "0.1"}, {"betas": 0.9}, {"betas": "ab"}),
        *({"level": 10**400}, {"clip": float("inf")}, {"weight_decay": None}, {"deviation": 10**400}),
    ],
)
def test_an_impossible_recipe_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PellucidError, match=next(iter(change))) as refusal:
        Recipe(**change)
    assert refusal.value.code == "bad-recipe"


def test_numbers_of_other_libraries_are_numbers(tmp_path: Path) -> None:
    recipe = Recipe(steps=np.int64(2), most=np.uint8(2), rate=np.float32(0.5), betas=np.array([0.5, 0.75]))  # type: ignore[arg-type]
    model = train("sort", seed=np.int32(7), recipe=recipe, folder=tmp_path)  # type: ignore[arg-type]
    told = json.loads((tmp_path / "config.json").read_text())["pellucid"]["training"]
    assert told == json.loads(json.dumps(model.about["training"]))
    assert (told["seed"], told["steps"], told["recipe"]["rate"], told["recipe"]["betas"]) == (7, 2, 0.5, [0.5, 0.75])
    assert Recipe(most=None, clip=None).most > 10_000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        *({"seed": -1}, {"seed": 1.5}, {"seed": "1"}, {"seed": None}, {"seed": True}, {"seed": 10**400}),
        *({"steps": "3"}, {"steps": 2.0}, {"steps": 0}, {"steps": float("nan")}, {"folder": 5}, {"folder": ""}),
        *({"folder": "a\0b"}, {"resume": True}, {"progress": 5}, {"recipe": "fast"}, {"config": "nano"}, {"engine": 3}),
        *({"engine": "abacus"}, {"task": None}, {"task": 5}, {"task": ["sort"]}, {"task": Sort}),
    ],
)
def test_what_could_not_be_saved_in_the_end_is_refused_before_the_first_step(change: dict[str, Any]) -> None:
    heard: list[Progress] = []
    with pytest.raises(PellucidError):
        train(**{"steps": 1, "progress": heard.append, **change})
    assert not heard


def test_a_task_that_json_has_no_words_for_is_refused_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Sort):
        def describe(self) -> dict[str, Any]:
            return {**super().describe(), "made": {1, 2}}

    monkeypatch.setitem(TASKS, "sort", Odd)
    with pytest.raises(PellucidError, match="cannot be written as JSON"):
        Training(Odd())


@pytest.mark.parametrize("name", ["backwards", "sort", None])
def test_a_task_that_cannot_be_found_by_its_name_is_refused_before_the_first_step(name: Any) -> None:
    """One of the same name is another task: the model would learn that one."""

    class Backwards(Sort):
        pass

    Backwards.name = name
    sentence = r"write `pellucid.tasks.TASKS\[Backwards.name\] = Backwards`"
    with pytest.raises(PellucidError, match=sentence) as refusal:
        train(Backwards(), steps=1)
    assert refusal.value.code == "unknown-task"


def test_a_model_says_what_of_it_cannot_be_saved(tmp_path: Path) -> None:
    model = train("sort", steps=1)
    model.about["by"] = object()
    with pytest.raises(PellucidError, match="about is"):
        model.save(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_loss_that_has_grown_is_warned_of_once_and_the_training_goes_on() -> None:
    with pytest.warns(PellucidWarning, match=r"The loss has grown from 1\.\d+ to about .* give a lower rate") as warned:
        model = train("sort", recipe=Recipe(rate=0.9).lasting(40))
    assert len(warned) == 1
    assert model.about["training"]["steps"] == 40


def test_a_small_loss_that_wavers_where_a_training_is_gone_on_with_is_nothing_to_be_warned_of() -> None:
    growing = Growing(3)

    def hear(*losses: float) -> None:
        for loss in losses:
            growing.hear(Progress(30, 100, loss, 1, 1e-3, 1, 0))

    hear(0.03, *[0.08] * 20)
    with pytest.warns(PellucidWarning, match=r"The loss has grown from 0\.03 to about 1\.2 "):
        hear(*[1.2] * 10)


def test_numbers_that_explode_are_said_to() -> None:
    with pytest.raises(PellucidError, match="not finite") as refusal:
        train("sort", recipe=Recipe(deviation=1e30))
    assert refusal.value.code == "diverged"


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")
def test_weights_that_explode_at_the_last_step_are_said_to(tmp_path: Path) -> None:
    recipe = Recipe(weight_decay=1e300).lasting(1)
    with pytest.raises(PellucidError, match=r"The weights of step 1 are not finite: .* a weight_decay lower than 1e"):
        train("sort", recipe=recipe, folder=tmp_path)
    with pytest.raises(PellucidError, match=r"holds no config\.json"):
        Model.load(tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"clip": None}, {"most": None}, {"rate": 1e-18, "weight_decay": 1e17}, {"deviation": 1e-300}, {"betas": (0, 0)}],
)
def test_what_was_trained_by_any_recipe_opens_again(tmp_path: Path, change: dict[str, Any]) -> None:
    training = Training(make("sort"), recipe=Recipe(**{"steps": 1, **change}), folder=tmp_path)
    next(iter(training))
    training.model().save(tmp_path)
    assert Model.load(tmp_path).trace("CBABBC") == training.model().trace("CBABBC")
