"""Arrays are read one by one, are what the library says they are, and stay so whatever becomes of their file."""

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small import random_parameters

from pellucid.files.safetensors import Damaged, StoredArrays
from pellucid.graph import PellucidError
from pellucid.models import GPT2Config
from pellucid.run.model import Model

LARGE = GPT2Config(n_layer=1, n_head=1, n_embd=256, vocab_size=17_000, n_positions=16)
"""Just above what is read at once."""
EMBEDDING, LAST = "transformer.wte.weight", "transformer.ln_f.bias"
Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "model"
    Model("model", LARGE, random_parameters(LARGE.graph())).save(folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    shutil.copytree(saved, tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_arrays_are_those_that_the_library_reads(tmp_path: Path, dtype: type) -> None:
    random = np.random.default_rng(1)
    arrays: dict[str, np.ndarray] = {
        f"a{rank}": random.normal(size=(2, 3, 4)[:rank]).astype(dtype) for rank in range(4)
    }
    arrays["none"] = np.zeros((0, 3), dtype)
    save_file(arrays, tmp_path / "file", {"format": "pt"})
    found = StoredArrays(tmp_path / "file")
    assert found.metadata == {"format": "pt"}
    assert found.shapes == {name: array.shape for name, array in arrays.items()}
    for name, array in load_file(tmp_path / "file").items():
        np.testing.assert_array_equal(found[name], array.astype(np.float32))
        assert found[name].dtype == np.float32


def test_bfloat16_is_read_as_pytorch_reads_it(tmp_path: Path, torch: ModuleType) -> None:
    from safetensors.torch import save_file as save

    numbers = torch.randn(5, 7).bfloat16()
    save({"x": numbers}, tmp_path / "file")
    np.testing.assert_array_equal(StoredArrays(tmp_path / "file")["x"], numbers.float().numpy())


def write_over(path: Path) -> None:
    """As cp, scp and rsync --inplace do: into the same file."""
    with path.open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00" * 1000)


def replace_by_another(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"something else")
    other.replace(path)


IN_PLACE: dict[str, Change] = {"overwritten": write_over, "cut short": lambda path: os.truncate(path, 3000)}
ELSEWHERE: dict[str, Change] = {"replaced": replace_by_another, "removed": os.unlink}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_model_that_is_open_outlives_its_file(folder: Path, what: str) -> None:
    expected = Model.load(folder).trace([1, 2, 3])["logits"]
    model = Model.load(folder)
    ELSEWHERE[what](folder / "model.safetensors")
    np.testing.assert_array_equal(model.trace([1, 2, 3])["logits"], expected)


@pytest.mark.parametrize("what", IN_PLACE)
def test_a_file_that_is_written_into_is_noticed(folder: Path, what: str) -> None:
    model = Model.load(folder)
    table = model.parameters["embed.W_E"].copy()
    IN_PLACE[what](folder / "model.safetensors")
    with pytest.raises(PellucidError, match="was written into after it was opened") as caught:
        model.trace([1, 2, 3])
    assert caught.value.code == "file-changed"
    np.testing.assert_array_equal(model.parameters["embed.W_E"], table)


def test_asking_what_there_is_reads_nothing(folder: Path) -> None:
    arrays = StoredArrays(folder / "model.safetensors")
    os.truncate(folder / "model.safetensors", 0)
    assert EMBEDDING in arrays
    assert "nothing" not in arrays
    assert arrays.shapes[EMBEDDING] == (17_000, 256)
    assert arrays.size > 4 * 17_000 * 256
    with pytest.raises(PellucidError, match="written into"):
        arrays[EMBEDDING]


@pytest.mark.parametrize("what", [*IN_PLACE, *ELSEWHERE])
def test_a_model_that_is_read_whole_stays_what_it_was(folder: Path, what: str) -> None:
    model = Model.load(folder)
    before = model.trace([1, 2, 3])["logits"].copy()
    {**IN_PLACE, **ELSEWHERE}[what](folder / "model.safetensors")
    np.testing.assert_array_equal(model.trace([1, 2, 3])["logits"], before)
    np.testing.assert_allclose(model.trace([1, 2, 3, 4])["logits"][:3], before, atol=1e-3)


def test_opening_reads_nothing_and_a_number_that_is_not_finite_is_found_when_it_is_used(folder: Path) -> None:
    path = folder / "model.safetensors"
    place = StoredArrays(path).entries[LAST]
    with path.open("r+b") as file:
        file.seek(place.start)
        file.write(np.array([np.nan], "<f4").tobytes())
    model = Model.load(folder)
    assert np.isfinite(model.parameters["embed.W_E"]).all()
    with pytest.raises(PellucidError, match=r"ln_f\.bias holds numbers that are not finite"):
        model.trace([1])


def test_many_threads_read_each_array_once(folder: Path) -> None:
    model, found = Model.load(folder), list[np.ndarray]()
    threads = [threading.Thread(target=lambda: found.append(model.parameters.stored[EMBEDDING])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(array is found[0] for array in found)


@pytest.fixture
def in_parts(folder: Path) -> Path:
    """The same model in two files."""
    arrays = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {name: "a.safetensors" if name == EMBEDDING else "b.safetensors" for name in arrays}
    for file in set(places.values()):
        save_file({name: arrays[name] for name in arrays if places[name] == file}, folder / file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    return folder


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_model_in_several_files_outlives_them(saved: Path, in_parts: Path, what: str) -> None:
    model = Model.load(in_parts)
    for file in ("a.safetensors", "b.safetensors"):
        ELSEWHERE[what](in_parts / file)
    np.testing.assert_array_equal(model.trace([1, 2, 3])["logits"], Model.load(saved).trace([1, 2, 3])["logits"])


@pytest.mark.parametrize("what", IN_PLACE)
def test_one_of_several_files_that_is_written_into_is_noticed(in_parts: Path, what: str) -> None:
    model = Model.load(in_parts)
    IN_PLACE[what](in_parts / "a.safetensors")
    with pytest.raises(PellucidError, match=r"a\.safetensors was written into after it was opened"):
        model.trace([1, 2, 3])


def test_arrays_are_compared_number_by_number(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    one = random.normal(size=(700, 400)).astype(np.float32)  # more than a piece
    other, none = one.copy(), one.copy()
    other[-1, -1] += 1
    none[0, 0] = np.nan
    arrays = {"one": one, "same": one.copy(), "other": other, "none": none, "flat": one.reshape(-1)}
    save_file({**arrays, "double": one.astype(np.float64)}, tmp_path / "file")
    found = StoredArrays(tmp_path / "file")
    assert found.equal("one", "same")
    assert found.equal("one", "double")
    assert not found.equal("one", "other")
    assert not found.equal("one", "flat")
    assert not found.equal("none", "none")


HEADER: dict[str, Any] = {"x": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}


def file_of(header: object, data: int = 16) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(data)


BROKEN = {
    "empty": b"",
    "no header": bytes(7),
    "a header longer than the file": (10**6).to_bytes(8, "little") + b"{}",
    "not JSON": (2).to_bytes(8, "little") + b"{x",
    "not text": (2).to_bytes(8, "little") + b"\xff\xff",
    "deep": (200_000).to_bytes(8, "little") + b"[" * 200_000,
    "a list": file_of([]),
    "an entry that is none": file_of({"x": 5}),
    "no place": file_of({"x": {"dtype": "F32", "shape": [2, 2]}}),
    "a shape of text": file_of({"x": {**HEADER["x"], "shape": "22"}}),
    "a negative length": file_of({"x": {**HEADER["x"], "shape": [-2, -2]}}),
    "a length that is true": file_of({"x": {**HEADER["x"], "shape": [4, True]}}),
    "more dimensions than arrays have": file_of({"x": {**HEADER["x"], "shape": [2, 2] + [1] * 99}}),
    "another shape": file_of({"x": {**HEADER["x"], "shape": [2, 3]}}),
    "a place that runs backwards": file_of({"x": {"dtype": "?", "shape": [2], "data_offsets": [16, 0]}}),
    "a gap": file_of({"x": {**HEADER["x"], "data_offsets": [4, 20]}}, 20),
    "two in one place": file_of({**HEADER, "y": HEADER["x"]}),
    "too short": file_of(HEADER, 15),
    "too long": file_of(HEADER, 17),
    "metadata of numbers": file_of({**HEADER, "__metadata__": {"a": 1}}),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_not_whole_is_refused(tmp_path: Path, case: str) -> None:
    (tmp_path / "file").write_bytes(BROKEN[case])
    with pytest.raises(Damaged):
        StoredArrays(tmp_path / "file")


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """The file that the broken ones were made of."""
    (tmp_path / "file").write_bytes(file_of(HEADER))
    np.testing.assert_array_equal(StoredArrays(tmp_path / "file")["x"], np.zeros((2, 2)))


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Damaged, match="regular file"):
        StoredArrays(tmp_path / "pipe")


def test_random_bytes_are_refused(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for length in range(300):
        content = random.bytes(length)
        (tmp_path / "file").write_bytes(length.to_bytes(8, "little") + content)
        with pytest.raises(Damaged):
            StoredArrays(tmp_path / "file")
