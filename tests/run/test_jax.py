"""The engine on JAX gives the numbers of the default one: traces, generation, losses and gradients."""

import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
from small import TIED, UNTIED, random_model

from pellucid.models import GPT2Config, with_loss
from pellucid.run.engine import engine, inputs
from pellucid.run.parameters import Parameters


@pytest.mark.parametrize("config", [TIED, UNTIED], ids=["tied", "untied"])
def test_every_tensor_is_the_default_engines(jax: ModuleType, config: GPT2Config) -> None:
    model = random_model(config)
    other = model.on("jax")
    for text in ("ABCDE", "EDC"):
        ours, theirs = model.trace(text), other.trace(text)
        for name, array in ours.items():
            np.testing.assert_allclose(theirs[name], array, rtol=1e-5, atol=1e-5, err_msg=name)
    assert list(other.trace("ABC", ["logits"])) == ["logits"]
    changed = "blocks.0.attn.z[h=1]~scale(2)"
    expected = model.trace("ABCD", interventions=changed)["logits"]
    np.testing.assert_allclose(other.trace("ABCD", interventions=changed)["logits"], expected, rtol=1e-5, atol=1e-5)


def test_it_sees_weights_that_have_changed(jax: ModuleType) -> None:
    model = random_model().on("jax")
    before = model.trace("ABC")["logits"]
    model.parameters.set_cells("embed.W_E", (0, 0), 3.0)
    assert not np.allclose(before, model.trace("ABC")["logits"])
    np.testing.assert_allclose(model.trace("ABC")["logits"], model.on("numpy").trace("ABC")["logits"], atol=1e-5)


def test_it_writes_what_the_default_engine_writes(jax: ModuleType) -> None:
    model = random_model()
    assert model.on("jax").generate("ABC", 6) == model.generate("ABC", 6)


def test_loss_and_gradients_are_the_default_engines(jax: ModuleType) -> None:
    graph = with_loss(UNTIED.graph())
    parameters, buffer = Parameters.zeros(graph)
    buffer[:] = np.random.default_rng(0).normal(0, 0.4, buffer.size)
    random = np.random.default_rng(1)
    targets = random.integers(-1, 5, (3, 7))
    given = inputs(graph, random.integers(0, 5, (3, 7)), targets)
    found = []
    for name in ("numpy", "reference", "jax"):
        learner = engine(name, parameters).learn(given)
        found.append((float(learner.step(given)["loss"]), learner.gradient.copy()))
    for loss, gradient in found[1:]:
        assert loss == pytest.approx(found[0][0], abs=1e-5)
        np.testing.assert_allclose(gradient, found[0][1], atol=1e-5)


def test_nothing_of_jax_is_imported_unless_it_is_asked_for() -> None:
    asked = "import sys, pellucid; pellucid.train('sort', steps=1); sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_where_jax_is_missing_a_sentence_says_so() -> None:
    asked = (
        "import sys; sys.modules['jax'] = None\n"
        "import pellucid\n"
        "try: pellucid.train('sort', steps=1).on('jax')\n"
        "except pellucid.PellucidError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout
    assert said == "The engine jax needs jax: install it with pip install 'pellucid[jax]'.\n"
