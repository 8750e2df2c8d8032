"""All that compute agree: NumPy, JAX, onnxruntime, and the page's walker in a browser, on a site without a server."""

import base64
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from browser.driving import opened
from playwright.sync_api import Page

from pellucid.run.engine import inputs
from pellucid.run.model import Model

INPUTS = 100
TOLERANCE = 1e-5
"""Relative and absolute: all compute in float32, in different orders."""

# The worker by which the page of a site computes, told the graph and the weights that lie in the folder.
WALKER = """async () => {
  const names = performance.getEntriesByType('resource').map(({ name }) => name)
  const folder = document.querySelector('meta[name=pellucid-site]').content + 'models/0/'
  const packed = await fetch(folder + 'description.json.gz')
  const unpacked = packed.body.pipeThrough(new DecompressionStream('gzip'))
  const { graph } = await new Response(unpacked).json()
  const file = await (await fetch(folder + 'weights.safetensors')).arrayBuffer()
  const length = Number(new DataView(file).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)))
  const weights = new Map()
  for (const [name, { data_offsets: place }] of Object.entries(header))
    if (place) weights.set(name, new Float32Array(file.slice(8 + length + place[0], 8 + length + place[1])))
  const worker = new Worker(names.find((name) => /worker-[\\w-]+\\.js/.test(name)), { type: 'module' })
  let last = 0
  const ask = (method, given) => new Promise((resolve, reject) => {
    const id = ++last
    const hear = ({ data }) => {
      if (data.id !== id) return
      worker.removeEventListener('message', hear)
      if ('error' in data) reject(new Error(data.error))
      else resolve(data.result)
    }
    worker.addEventListener('message', hear)
    worker.postMessage({ id, method, given })
  })
  await ask('load', [graph, weights])
  window.walker = ask
}"""

# Every tensor of a run: their places, and all numbers as text.
RUN = """async (tokens) => {
  const { buffer, index } = await window.walker('run', [{ tokens }])
  const url = await new Promise((resolve) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result)
    reader.readAsDataURL(new Blob([buffer]))
  })
  return { index, numbers: url.slice(url.indexOf(',') + 1) }
}"""

# The likeliest letters, six for each question.
ANSWERS = """async (questions) => {
  const answers = []
  for (const question of questions) {
    const tokens = [...question]
    for (let step = 0; step < 6; step++) tokens.push((await window.walker('next', [{ tokens }])).token)
    answers.push(tokens.slice(question.length))
  }
  return answers
}"""


@pytest.fixture
def walker(page: Page, hosted: str) -> Page:
    """A page of the site that computes as it does for its reader, asked by `RUN` and `ANSWERS`."""
    opened(page, hosted)
    page.wait_for_function("() => window.pellucid.local")
    page.evaluate(WALKER)
    return page


def run(walker: Page, tokens: list[int]) -> dict[str, np.ndarray]:
    made: dict[str, Any] = walker.evaluate(RUN, tokens)
    numbers = np.frombuffer(base64.b64decode(made["numbers"]), np.float32)
    return {
        name: numbers[place["offset"] :][: int(np.prod(place["shape"]))].reshape(place["shape"])
        for name, place in made["index"].items()
    }


def written(model: Model, questions: np.ndarray) -> list[list[int]]:
    """What the model answers to all questions at once, six letters each."""
    logits = model.graph.outputs.logits.name
    tokens = questions
    for _ in range(6):
        values = model.engine.run(inputs(model.graph, tokens), [logits]).values
        tokens = np.concatenate([tokens, np.asarray(values[logits])[:, -1].argmax(-1)[:, None]], 1)
    found: list[list[int]] = tokens[:, questions.shape[1] :].tolist()
    return found


def same(ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray], where: str) -> None:
    for name in ours:
        np.testing.assert_allclose(theirs[name], ours[name], TOLERANCE, TOLERANCE, err_msg=f"{where}: {name}")


@pytest.mark.timeout(1200)
def test_everything_that_computes_agrees(
    walker: Page, nano_model: Model, jax: ModuleType, onnxruntime: ModuleType
) -> None:
    others = {engine: nano_model.on(engine) for engine in ("jax", "onnx")}
    random = np.random.default_rng(0)
    for length in random.integers(1, nano_model.context + 1, INPUTS):
        tokens = random.integers(0, 3, length).tolist()
        ours = nano_model.trace(tokens)
        for name, model in others.items():
            same(ours, model.trace(tokens), f"{name} {tokens}")
        page = run(walker, tokens)
        assert page.keys() >= nano_model.graph.makers.keys(), "the page lacks a tensor"
        same({name: ours[name] for name in page}, page, f"the page {tokens}")
    questions = np.indices((3,) * 6).reshape(6, -1).T
    answers = written(nano_model, questions)
    assert len(answers) == 729
    for name, model in others.items():
        assert written(model, questions) == answers, name
    assert walker.evaluate(ANSWERS, questions.tolist()) == answers
