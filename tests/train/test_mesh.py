"""`--mesh`: one loop over several devices, of one process or of two, learns what it learns on one processor."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pellucid.graph import PellucidError
from pellucid.tasks import make
from pellucid.train import Recipe, Training
from pellucid.train.mesh import Mesh

STEPS, RATE = 20, 1e-3
"""At eight times the rate, which is the usual one, rounding alone grows to 1e-4 within twenty steps."""

SORT = ["train", "sort", "--rate", str(RATE), "--engine", "jax", "--mesh", "data=2", "--output"]
SECONDS = 300

LOWERED = """
from pellucid.models import PRESETS, with_loss
from pellucid.run.engine import inputs
from pellucid.run.parameters import Parameters
from pellucid.tasks import make
from pellucid.train.mesh import Mesh
import numpy as np
parameters, _ = Parameters.zeros(with_loss(PRESETS["nano"].graph()))
learner = Mesh(2).learner(parameters)
given = inputs(parameters.graph, *make("sort").batch(np.random.default_rng(0), 32))
text = learner.program.lower(*learner.arguments(given)).as_text()
print(text.count("all_reduce") + text.count("all-reduce"))
"""

WITHOUT_JAX = "import sys; sys.modules['jax'] = None; from pellucid.cli import main; sys.argv[0] = 'pellucid'; main()"


def started(arguments: list[str], **settings: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": "", **settings}
    command = [sys.executable, "-m", "pellucid", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def together(arguments: list[str]) -> list[subprocess.Popen[str]]:
    """Two processes with what Open MPI tells those it starts: who they are, and where the first is found."""
    port = next(free_ports())
    job = (port - (65536 - 4096)) * 4096
    return [
        started(
            arguments,
            OMPI_MCA_orte_hnp_uri=f"{job}.0;tcp://127.0.0.1:{port}",
            OMPI_COMM_WORLD_SIZE="2",
            OMPI_COMM_WORLD_RANK=str(rank),
            OMPI_COMM_WORLD_LOCAL_RANK=str(rank),
        )
        for rank in (0, 1)
    ]


def free_ports() -> Iterator[int]:
    """Those among the last 4,096, from which JAX takes one by the number of Open MPI's job."""
    for port in np.random.default_rng().permutation(range(65536 - 4096 + 1, 65536)).tolist():
        with socket.socket() as free:
            if free.connect_ex(("127.0.0.1", port)):
                yield port


def diary(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def expected_losses() -> list[float]:
    """Those of NumPy, on one processor."""
    training = Training(make("sort"), seed=0, recipe=Recipe(rate=RATE))
    return [progress.loss for progress, _ in zip(training, range(STEPS), strict=False)]


def refusal(arguments: list[str], **settings: str) -> str:
    process = started(["train", "sort", *arguments], **settings)
    said, complaint = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (2, "")
    assert complaint.count("\n") == 1, complaint
    return complaint.removeprefix("pellucid: ").strip()


def test_two_devices_learn_as_numpy_does(jax: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    process = started([*SORT, str(folder), "--steps", str(STEPS), "--json"])
    said, complaint = process.communicate(timeout=SECONDS)
    assert (process.returncode, complaint) == (0, "")
    assert json.loads(said)["steps"] == STEPS
    np.testing.assert_allclose([step["loss"] for step in diary(folder)], expected_losses(), rtol=0, atol=1e-5)


def test_a_step_has_one_sum_over_the_devices(jax: ModuleType) -> None:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""}
    command = [sys.executable, "-c", LOWERED]
    assert subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout == "1\n"


def test_two_processes_learn_as_numpy_does_stop_together_and_go_on(jax: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    arguments, steps = [*SORT, str(folder), "--steps", "300", "--json"], folder / "metrics.jsonl"
    first, second = together(arguments)
    while not (steps.exists() and steps.read_bytes().count(b"\n") > STEPS):
        assert first.poll() is None, first.communicate()
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    said, complaint = first.communicate(timeout=SECONDS)
    assert first.returncode == 130, complaint
    assert json.loads(said)["error"]["code"] == "stopped"
    assert json.loads(second.communicate(timeout=SECONDS)[0])["error"]["code"] == "process-lost"
    assert second.returncode == 1
    done = len(diary(folder))
    assert done < 300
    np.testing.assert_allclose([step["loss"] for step in diary(folder)[:STEPS]], expected_losses(), rtol=0, atol=1e-5)

    first, second = together(arguments)
    (said, complaint), nothing = (process.communicate(timeout=SECONDS) for process in (first, second))
    assert (first.returncode, second.returncode) == (0, 0), (complaint, nothing)
    assert json.loads(said)["steps"] == 300
    assert nothing[0] == ""
    assert [step["step"] for step in diary(folder)] == list(range(1, 301))
    assert diary(folder)[-1]["loss"] < diary(folder)[done]["loss"]


def test_what_cannot_be_is_refused_in_a_sentence(jax: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "none"
    on_jax = ["--output", str(folder), "--engine", "jax", "--mesh"]
    for mesh in ("data=0", "rows=2", "data", "data=2,rows=2", ""):
        assert refusal([*on_jax, mesh]) == (
            f"The mesh {mesh!r} will not do: give data and the number of devices that share a batch, such as data=2."
        )
    assert refusal([*on_jax, "data=3"]).startswith("A batch of 32 cannot be divided evenly among 3 devices: ")
    assert refusal(["--output", str(folder), "--mesh", "data=2"]).startswith(
        "A mesh is made of JAX's devices, but the engine is 'numpy': "
    )
    one = "--xla_force_host_platform_device_count=1"
    assert refusal([*on_jax, "data=2"], XLA_FLAGS=one) == (
        "The mesh asks for 2 devices, but JAX has 1 here (cpu): choose a smaller mesh."
    )
    assert not folder.exists()


def test_without_jax_a_sentence_says_what_to_install(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_JAX, *SORT, str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 2
    assert done.stderr == "pellucid: The engine jax needs jax: install it with pip install 'pellucid[jax]'.\n"


@pytest.mark.parametrize("text", [2, None, {"data": 2}, "data=9999999", "data=٢"])
def test_from_python_too(text: object) -> None:
    with pytest.raises(PellucidError, match=r"^The mesh .* will not do"):
        Mesh.read(text, "jax")
