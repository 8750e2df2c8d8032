"""Sizes are known without allocating: the published counts, and the arithmetic that everybody can redo by hand."""

import pytest
from small import UNTIED, random_model

from pellucid.models import PRESETS, GPT2Config
from pellucid.run.size import Size, trace_bytes

CONFIGS = {name: config for name, config in PRESETS.items() if isinstance(config, GPT2Config)}
PUBLISHED = {
    "nano": 85_728,
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
    "gpt3": 174_604_259_328,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_the_published_ones(name: str) -> None:
    size = Size.of(PRESETS[name].graph())
    assert size.parameters == PUBLISHED[name]
    assert sum(part.count * part.parameters for part in size.parts) == size.parameters
    assert size.weight_bytes == 4 * size.parameters
    assert size.context == CONFIGS[name].n_positions


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_unembedding_is_counted_where_it_is_a_matrix_of_its_own(name: str) -> None:
    config, size = CONFIGS[name], Size.of(PRESETS[name].graph())
    table = config.vocab_size * config.n_embd
    output = size.parts[-1]
    assert (output.title, output.parameters) == ("output", 0 if config.tie_word_embeddings else table)
    shared = [(weight.tensor, weight.used_for, weight.parameters) for weight in size.shared]
    assert shared == ([("embed.W_E", ["embed", "logits"], table)] if config.tie_word_embeddings else [])


@pytest.mark.parametrize("name", PUBLISHED)
def test_operations_and_memory_follow_the_usual_formulas(name: str) -> None:
    config, size = CONFIGS[name], Size.of(PRESETS[name].graph())
    layers, channels, context = config.n_layer, config.n_embd, config.n_positions
    matrices = layers * 12 * channels**2 + config.vocab_size * channels
    attention = layers * 2 * context * channels
    products = 2 * (matrices + attention)
    assert products < size.flops_per_token < products + 100 * layers * (channels + context * config.n_head)
    assert size.cache_bytes == 4 * layers * 2 * context * channels


def test_a_trace_takes_what_is_foretold() -> None:
    model = random_model(UNTIED)
    run = model.trace([1, 2, 3])
    floats = sum(array.nbytes for array in run.values() if array.dtype != "int64")
    numbers = sum(4 * array.size for array in run.values() if array.dtype == "int64")
    assert trace_bytes(model.graph, 3) == floats + numbers
    assert Size.of(model.graph).tensors["weight"] == len(model.parameters)
