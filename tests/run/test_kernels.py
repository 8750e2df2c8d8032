"""A program computes what its ops say, forward and backward, and computes together exactly what shares work."""

import warnings
from collections import Counter
from collections.abc import Sequence
from threading import Thread

import numpy as np
import pytest
from graph.library import LLAMA, MIXTURE, NEIGHBOURS, Sizes, small_llama
from small import TIED, UNTIED, loss_and_gradients, random_model, random_parameters

from pellucid.graph import Graph, Stored, Tensor, ops
from pellucid.graph.op import Op
from pellucid.models import GPT2Config, gpt2, preset, with_loss
from pellucid.run.engine import Values, inputs
from pellucid.run.numpy import engine as programs
from pellucid.run.numpy.program import Program
from pellucid.run.parameters import Parameters
from pellucid.run.reference import walk

WIDE = GPT2Config(n_layer=1, n_head=4, n_embd=32, vocab_size=1500, n_positions=70)
"""Long enough for rows that are summed pairwise, patterns searched row by row, tables longer than texts."""

CONFIGS = [preset("nano"), TIED, UNTIED, WIDE]


def given(graph: Graph, batch: int | None, length: int, seed: int = 1) -> Values:
    random = np.random.default_rng(seed)
    shape = (length,) if batch is None else (batch, length)
    targets = random.integers(0, graph.sizes["v"], shape) if "targets" in graph.tensors else None
    if targets is not None:
        targets[..., : length // 3] = -1
    return inputs(graph, random.integers(0, graph.sizes["v"], shape), targets)


def parameters_of(graph: Graph) -> Parameters:
    """Random weights, small enough that rounding does not grow from block to block."""
    parameters, buffer = Parameters.zeros(graph)
    buffer[:] = np.random.default_rng(0).normal(0, 0.1, buffer.size)
    return parameters


def assert_close(
    actual: np.ndarray, expected: np.ndarray, tolerance: float, what: str, made_of: np.ndarray | None = None
) -> None:
    """Infinities alike, and numbers within `tolerance` of the largest: of those averaged where they cancel out."""
    assert actual.shape == expected.shape, what
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(actual[~finite], expected[~finite], what)
    scale = np.abs(expected[finite] if made_of is None else made_of[np.isfinite(made_of)]).max(initial=0)
    np.testing.assert_allclose(actual[finite], expected[finite], rtol=0, atol=tolerance * scale, err_msg=what)


def assert_same_forward(graph: Graph, needed: Sequence[Op], parameters: Parameters, values: Values) -> Program:
    program = Program(needed, parameters, values)
    actual, expected = program.forward(values), walk(needed, {**parameters, **values})
    assert actual.keys() >= expected.keys()
    made = {op.name: op for op in needed}
    for name, array in expected.items():
        averaged = expected[made[name].operand_names[0]] if name in made and made[name].kind == "mean" else array
        assert_close(actual[name], array, 1e-6, name, averaged)
    return program


def kinds(program: Program) -> Counter[tuple[str, ...]]:
    return Counter(tuple(op.kind for op in kernel.ops) for kernel in program.kernels)


@pytest.mark.parametrize("batch", [None, 1, 3])
@pytest.mark.parametrize("share", [0, 0.6, 1])
@pytest.mark.parametrize("config", CONFIGS, ids=["nano", "tied", "untied", "wide"])
def test_every_tensor_is_what_its_op_says(config: GPT2Config, share: float, batch: int | None) -> None:
    graph = gpt2(config)
    values = given(graph, batch, max(1, int(share * config.n_positions)))
    assert_same_forward(graph, graph.ops, parameters_of(graph), values)


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize("asked", [None, "loss"], ids=["every op", "the loss's ops"])
@pytest.mark.parametrize("config", CONFIGS, ids=["nano", "tied", "untied", "wide"])
def test_every_weight_gets_the_gradient_that_the_ops_give(
    config: GPT2Config, asked: str | None, batch: int | None
) -> None:
    graph = with_loss(gpt2(config))
    parameters, (gradients, buffer) = parameters_of(graph), Parameters.zeros(graph)
    needed = graph.ops if asked is None else graph.ancestors([asked])
    buffer[:] = np.nan
    program = Program(needed, parameters, given(graph, batch, config.n_positions), gradients)
    for seed in (1, 2):
        values = given(graph, batch, config.n_positions, seed)
        program.forward(values)
        program.backward()
        assert_same_gradients(gradients, loss_and_gradients(graph, parameters, values)[1])
        parameters.stored["transformer.wpe.weight"][...] *= 1.5  # the next pass is to see it


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("sizes", [LLAMA, NEIGHBOURS, MIXTURE], ids=["halves", "neighbours", "mixture"])
def test_the_weights_of_other_families_get_the_gradient_that_the_ops_give(sizes: Sizes, batch: int | None) -> None:
    """What is read from outside, such as positions, has no gradient, even where the output depends on it smoothly;
    experts' matrices are one for each, and shared by all texts."""
    graph = with_loss(small_llama(sizes))
    parameters, (gradients, buffer) = parameters_of(graph), Parameters.zeros(graph)
    buffer[:] = np.nan
    values = given(graph, batch, graph.sizes["t"])
    program = Program(graph.ops, parameters, values, gradients)
    program.forward(values)
    program.backward()
    assert_same_gradients(gradients, loss_and_gradients(graph, parameters, values)[1])


def assert_same_gradients(actual: Parameters, expected: Values) -> None:
    """Within 1e-5 of the largest; a bias of keys, which moves whole rows of scores, gets nothing but rounding."""
    largest = max(np.abs(expected[name]).max() for name in actual)
    for name, gradient in actual.items():
        scale = max(np.abs(expected[name]).max(), 1e-2 * largest)
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=1e-5 * scale, err_msg=name)


def test_what_shares_work_is_computed_together() -> None:
    graph = preset("nano").graph()
    program = Program(graph.ops, parameters_of(graph), given(graph, None, 6))
    assert kinds(program) == {
        ("lookup",): 2,
        ("add",): 1 + 2 * 3,
        ("mean", "deviation", "normalise"): 2 * 3 + 1,
        ("linear", "linear", "linear"): 3,
        ("scores",): 3,
        ("mask",): 3,
        ("maximum", "exponential_sum", "softmax"): 3 + 1,
        ("weighted_sum",): 3,
        ("linear",): 3 * 3 + 1,
        ("gelu",): 3,
    }


def test_parts_of_a_pattern_alone_compute_as_they_say() -> None:
    graph = gpt2(TIED)
    names = ["blocks.0.ln1.scale", "blocks.0.attn.q", "blocks.0.attn.k", "blocks.0.attn.max"]
    program = assert_same_forward(graph, graph.ancestors(names), parameters_of(graph), given(graph, None, 5))
    assert kinds(program)["linear",] == 2, "without v, q and k are not all of what is stored side by side"
    assert kinds(program)["maximum",] == 1
    statistics = Program(graph.ancestors(["blocks.0.ln1.scale"]), parameters_of(graph), given(graph, None, 5))
    assert {("mean",), ("deviation",)} < kinds(statistics).keys()


def test_looks_alike_is_not_computed_together() -> None:
    """A norm by another tensor's deviation, a softmax by another's maximum, maps stored apart or fed otherwise."""
    graph, x, other = two_tensors()
    mean, foreign = statistic(graph, ops.mean(x), "mean"), statistic(graph, ops.mean(other), "foreign mean")
    deviation = statistic(graph, ops.deviation(other, foreign, epsilon=1e-5), "deviation")
    scale, shift = (graph.weight(name, "c", name, name, stored=Stored.at(name, "c")) for name in ("scale", "shift"))
    normal = graph.apply(ops.normalise(x, mean, deviation, scale, shift), "normal", "t c", "", "")
    largest = statistic(graph, ops.maximum(other), "largest")
    total = statistic(graph, ops.exponential_sum(x, largest), "total")
    graph.apply(ops.softmax(x, largest, total), "proportions", "t c", "", "")
    for name, key, fed in (("a", "apart", x), ("b", "joined", x), ("c", "joined", normal)):
        part = (0, 1) if key == "apart" else ("bc".index(name), 2)
        weight = graph.weight(name, "c f", name, name, stored=Stored.at(key, "c | f", part=part))
        graph.apply(ops.linear(fed, weight), f"{name} x", "t f", "", "")
    program = assert_same_forward(graph, graph.ops, random_parameters(graph), token_inputs([3, 0, 2]))
    assert all(len(kernel.ops) == 1 for kernel in program.kernels)
    assert len(program.kernels) == len(graph.ops)


def test_tensors_that_lie_otherwise_than_a_kernel_reads_are_computed_all_the_same() -> None:
    """Queries, which lie beside keys, are normalised per head, projected twice in different orders, and learn."""
    graph, x, _ = two_tensors(h=2, d=3, v=6)
    q = graph.apply(ops.linear(x, head_weight(graph, "q", 0), head_bias(graph, "q bias", 0)), "q x", "h t d", "", "")
    k = graph.apply(ops.linear(x, head_weight(graph, "k", 1), head_bias(graph, "k bias", 1)), "k x", "h t d", "", "")
    mean = graph.apply(ops.mean(q), "mean", "h t", "", "", kind="statistic")
    deviation = graph.apply(ops.deviation(q, mean, epsilon=1e-5), "deviation", "h t", "", "", kind="statistic")
    scale, shift = (graph.weight(name, "d", name, name, stored=Stored.at(name, "d")) for name in ("scale", "shift"))
    normal = graph.apply(ops.normalise(q, mean, deviation, scale, shift), "normal", "h t d", "", "")
    by_heads = graph.weight("by heads", "h d v", "", "", stored=Stored.at("by heads", "h d | v"))
    by_channels = graph.weight("by channels", "d h v", "", "", stored=Stored.at("by channels", "d h | v"))
    graph.apply(ops.scores(normal, k), "scores", "h t s", "", "")
    one = graph.apply(ops.linear(normal, by_heads), "one", "t v", "", "")
    two = graph.apply(ops.linear(normal, by_channels), "two", "t v", "", "")
    assert_same_forward(graph, graph.ops, random_parameters(graph), token_inputs([3, 0, 2, 1]))
    learn(graph, graph.apply(ops.add(one, two), "sum", "t v", "", ""))


def test_a_tensor_read_in_many_ways_gets_the_sum_of_the_gradients() -> None:
    """The same tensor added to itself, read twice by the same matrix, and one matrix of a joined pair used again."""
    graph, x, _ = two_tensors(h=2, d=2, v=4)
    double = graph.apply(ops.add(x, x), "double", "t c", "", "")
    weights = [head_weight(graph, name, part) for part, name in enumerate("qk")]
    first = [graph.apply(ops.linear(double, weight), f"{weight.name} x", "h t d", "", "") for weight in weights]
    again = graph.apply(ops.linear(x, weights[0]), "again", "h t d", "", "")
    heads = graph.apply(ops.add(graph.apply(ops.add(*first), "both", "h t d", "", ""), again), "heads", "h t d", "", "")
    out = graph.weight("out", "h d v", "", "", stored=Stored.at("out", "h d | v"))
    learn(graph, graph.apply(ops.linear(heads, out), "logits", "t v", "", ""))


def test_what_all_texts_of_a_batch_share_gets_the_sum_of_their_gradients() -> None:
    """Embeddings of positions, that are read otherwise than by an addition: as a gate, and by the dot products."""
    graph, x, _ = two_tensors(h=2, d=2, v=4)
    positions = graph.input("positions", "t", "", "", role="positions")
    table = graph.weight("places", "t c", "", "", stored=Stored.at("places", "t | c"))
    places = graph.apply(ops.lookup(table, positions), "places looked up", "t c", "", "")
    gated = graph.apply(ops.gate(x, places), "gated", "t c", "", "")
    q, k = (
        graph.apply(ops.linear(read, head_weight(graph, name, part)), name + " x", "h t d", "", "")
        for part, (name, read) in enumerate(zip("qk", (gated, places), strict=True))
    )
    products = graph.apply(ops.scores(q, k), "scores", "h t s", "", "")
    found = graph.apply(ops.weighted_sum(products, k), "found", "h t d", "", "")
    out = graph.weight("out", "h d v", "", "", stored=Stored.at("out", "h d | v"))
    learn(graph, graph.apply(ops.linear(found, out), "logits", "t v", "", ""))


def learn(graph: Graph, logits: Tensor) -> None:
    """Add a loss to the graph, and compare the gradients of all its weights."""
    largest = statistic(graph, ops.maximum(logits), "largest")
    total = statistic(graph, ops.exponential_sum(logits, largest), "total")
    targets = graph.input("targets", "t", "", "")
    graph.apply(ops.cross_entropy(logits, largest, total, targets), "loss", "", "", "", kind="statistic")
    needed, parameters, (gradients, _) = graph.ancestors(["loss"]), random_parameters(graph), Parameters.zeros(graph)
    for batch in (None, 3):
        values = token_inputs(np.random.default_rng(0).integers(0, 4, (4,) if batch is None else (batch, 4)))
        values |= {"targets": values["tokens"][..., ::-1], "positions": np.arange(4)}
        program = Program(needed, parameters, values, gradients)
        program.forward(values)
        program.backward()
        expected = loss_and_gradients(graph, parameters, values)[1]
        used = [name for name in parameters if name in expected]
        assert used
        for name in used:
            assert_close(gradients[name], expected[name], 1e-5, name)


def two_tensors(**sizes: int) -> tuple[Graph, Tensor, Tensor]:
    """A graph with two activations `t c`, looked up by the tokens in two tables."""
    graph = Graph("by hand", {"t": 4, "s": 4, "c": 5, "v": 4, "f": 3, **sizes})
    tokens = graph.input("tokens", "t", "", "")
    tables = [graph.weight(f"table {n}", "v c", "", "", stored=Stored.at(f"table {n}", "v | c")) for n in (1, 2)]
    x, other = (graph.apply(ops.lookup(table, tokens), f"{table.name} x", "t c", "", "") for table in tables)
    return graph, x, other


def head_weight(graph: Graph, name: str, part: int) -> Tensor:
    return graph.weight(name, "h c d", "", "", stored=Stored.at("qk", "c | h d", part=(part, 2)))


def head_bias(graph: Graph, name: str, part: int) -> Tensor:
    return graph.weight(name, "h d", "", "", stored=Stored.at("qk bias", "h d", part=(part, 2)))


def statistic(graph: Graph, op: Op, name: str) -> Tensor:
    return graph.apply(op, name, "t", "", "", kind="statistic")


def token_inputs(tokens: Sequence[int] | np.ndarray) -> Values:
    return {"tokens": np.asarray(tokens)}


def test_rows_that_are_masked_but_for_one_cell_make_no_noise() -> None:
    graph = gpt2(UNTIED)
    values = given(graph, 2, 8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = assert_same_forward(graph, graph.ops, random_parameters(graph), values)
    first = program.values["blocks.0.attn.pattern"][:, :, 0]
    np.testing.assert_array_equal(first, np.eye(1, 8, dtype=np.float32) + np.zeros_like(first))


def test_a_mask_hides_even_infinite_scores() -> None:
    graph = Graph("by hand", {"t": 3, "s": 3, "h": 1})
    graph.apply(ops.mask(graph.input("x", "h t s", "", "")), "masked", "h t s", "", "")
    x = np.full((1, 3, 3), np.inf, np.float32)
    assert_same_forward(graph, graph.ops, Parameters(graph, {}), {"x": x})


def test_a_weight_changed_in_place_is_seen_by_the_next_trace() -> None:
    model = random_model()
    before = model.trace("ABC")
    model.parameters["blocks.0.attn.b_Q"][0, 0] += 1
    after = model.trace("ABC")
    np.testing.assert_allclose(after["blocks.0.attn.q"][0, :, 0], before["blocks.0.attn.q"][0, :, 0] + 1, rtol=1e-6)
    np.testing.assert_array_equal(after["blocks.0.attn.v"], before["blocks.0.attn.v"])


@pytest.mark.parametrize("names", [None, ["blocks.1.attn.pattern", "logits"]])
def test_large_models_trace_alike(monkeypatch: pytest.MonkeyPatch, names: list[str] | None) -> None:
    """Their programs are compiled for each text, and their buffers handed over instead of copied."""
    small = random_model().trace("ABCD", names)
    monkeypatch.setattr(programs, "SMALL", 0)
    model = random_model()
    large, other = model.trace("ABCD", names), model.trace("DCBA", names)
    assert list(small) == list(large) == list(other)
    for name, array in large.items():
        np.testing.assert_array_equal(array, small[name])
        assert not array.flags.writeable
    assert not np.array_equal(large["logits"], other["logits"])


def test_only_so_many_programs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST", 2)
    model = random_model()
    first = {text: model.trace(text)["logits"] for text in ("A", "AB", "ABC", "ABCD")}
    for text, logits in first.items():
        np.testing.assert_array_equal(model.trace(text)["logits"], logits)


def test_threads_do_not_disturb_each_other() -> None:
    model = random_model()
    texts = ["ABCD", "DCBA", "AAAA", "CDCD"]
    expected = {text: model.trace(text)["logits"] for text in texts}
    wrong: list[str] = []

    def trace_over_and_over(text: str) -> None:
        wrong.extend(text for _ in range(200) if not np.array_equal(model.trace(text)["logits"], expected[text]))

    threads = [Thread(target=trace_over_and_over, args=[text]) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
