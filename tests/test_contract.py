"""The contract of Python: every public function answers what it cannot use with a PellucidError, in one sentence.

The table goes through `pellucid.__all__`, `pellucid.why.__all__` and every public method of what stands there; a test
holds it to be whole.
"""

import copy
import inspect
import json
import math
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from small import TIED, random_model

import pellucid
from pellucid import why
from pellucid.cached import cached_property
from pellucid.run.model import Model
from pellucid.run.trace import Run
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks import check, make
from pellucid.train.recipe import Recipe
from pellucid.why import asking
from pellucid.words.errors import UnknownName

MODEL = random_model()
RUN = MODEL.trace("ABCD")
GRAPH = MODEL.graph
LOGITS = GRAPH.find("logits")
CELLS = pellucid.Cells.of(LOGITS, t=1, v=2)
CHANGE = pellucid.Intervention.scale("logits[t=1]", 2)
EXPLANATION = RUN.explain("logits[1,2]")
SHARES = why.attribution(RUN, "A")
WAYS = why.contributions(RUN, "A")


LETTERS = Vocabulary("ABC")


class Unspeakable:
    """What says nothing of itself."""

    def __repr__(self) -> str:
        raise RuntimeError


class Unusable:
    """What says that it is a number, and fails when it is asked which."""

    shape = ()
    dtype = "int64"

    def __index__(self) -> int:
        raise RuntimeError

    __float__ = __index__


class Unknowable:
    """What cannot even be asked what it has."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError


class Untellable:
    """What says that it is a list and a path, and fails when it is gone through."""

    def __iter__(self) -> Any:
        raise RuntimeError

    __fspath__ = __iter__


def nested(depth: int) -> list[Any]:
    """A list in a list in a list."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)

GARBAGE: list[Any] = [
    *(
        Unusable(),
        [Unusable()],
        Unknowable(),
        Untellable(),
        nested(100_000),
        CIRCLE,
        range(10**15),
        np.zeros(2, [("at", int)]),
        np.nditer(np.arange(2)),
        memoryview(bytearray(4)).cast("B", (2, 2)),
        memoryview(bytearray(b"ABC")),
    ),
    *(
        None,
        True,
        1.5,
        -1,
        10**400,
        10**5000,
        float("nan"),
        float("inf"),
        1j,
        "",
        "nonsense",
        "a\0b",
        "\x1b[31m",
        "\ud800",
        "A" * 100_000,
    ),
    *(b"ABC", [], [[0, 1], [1, 0]], [0.5], ["A"], [None], {}, {"A": 1}, {1, 2}, object(), Unspeakable(), len, int),
    *(np.float32(1), np.bool_(True), np.array([True, False]), np.array([0.5]), np.zeros((2, 2), int), np.array("A")),
    *(slice(None), range(3), range(0), iter([1.5]), CELLS, LOGITS, MODEL, RUN, GRAPH),
]

Call = Callable[[Any], object]

CALLS: dict[str, list[Call]] = {
    "Cells.of": [lambda x: pellucid.Cells.of(x, t=1), lambda x: pellucid.Cells.of(LOGITS, t=x)],
    "Cells.at_index": [
        lambda x: pellucid.Cells.at_index(x, (0, 0)),
        lambda x: pellucid.Cells.at_index(LOGITS, x),
        lambda x: pellucid.Cells.at_index(LOGITS, (x, 0)),
    ],
    "Cells.parse": [lambda x: pellucid.Cells.parse(x, GRAPH), lambda x: pellucid.Cells.parse("logits", x)],
    "Cells.from_json": [
        lambda x: pellucid.Cells.from_json(x, GRAPH),
        lambda x: pellucid.Cells.from_json({"at": x}, GRAPH),
    ],
    "Cells.check": [lambda x: CELLS.check(x), lambda x: CELLS.check(GRAPH, x)],
    "Cells.within": [lambda x: CELLS.within(x)],
    "Cells.bounded": [lambda x: CELLS.bounded(x)],
    "GPT2Config": [
        lambda x: pellucid.GPT2Config(x, 1, 1, 1, 1),
        lambda x: pellucid.GPT2Config(1, 1, 1, 1, 1, x),
        lambda x: pellucid.GPT2Config(1, 1, 1, 1, 1, layer_norm_epsilon=x),
    ],
    "GPT2Config.from_json": [
        lambda x: pellucid.GPT2Config.from_json(x),
        lambda x: pellucid.GPT2Config.from_json({"n_layer": x}),
    ],
    "GPT2Config.resized": [
        lambda x: TIED.resized(vocabulary=x, context=3),
        lambda x: TIED.resized(vocabulary=3, context=x),
    ],
    "GPT2Config.scaled": [
        lambda x: TIED.scaled(layers=x),
        lambda x: TIED.scaled(heads=x),
        lambda x: TIED.scaled(width=x),
    ],
    "Graph": [
        lambda x: pellucid.Graph(x, {}),
        lambda x: pellucid.Graph("g", x),
        lambda x: pellucid.Graph("g", {"t": x}),
    ],
    "Graph.find": [lambda x: GRAPH.find(x)],
    "Graph.gradients": [lambda x: GRAPH.gradients(x)],
    "Graph.shape": [lambda x: GRAPH.shape(x), lambda x: GRAPH.shape(LOGITS, x)],
    "Graph.ancestors": [lambda x: GRAPH.ancestors(x)],
    "Intervention": [lambda x: pellucid.Intervention(x, CHANGE.change), lambda x: pellucid.Intervention("logits", x)],
    "Intervention.zero": [lambda x: pellucid.Intervention.zero(x)],
    "Intervention.set": [lambda x: pellucid.Intervention.set("logits", x)],
    "Intervention.scale": [lambda x: pellucid.Intervention.scale("logits", x)],
    "Intervention.add": [lambda x: pellucid.Intervention.add("logits", x)],
    "Intervention.mean": [lambda x: pellucid.Intervention.mean("logits", x)],
    "Intervention.mean_over": [lambda x: pellucid.Intervention.mean_over("logits", x)],
    "Intervention.replace": [lambda x: pellucid.Intervention.replace("logits", x)],
    "Intervention.freeze": [lambda x: pellucid.Intervention.freeze(x)],
    "Intervention.parse": [
        lambda x: pellucid.Intervention.parse(x, GRAPH),
        lambda x: pellucid.Intervention.parse("logits", x),
    ],
    "Intervention.from_json": [lambda x: pellucid.Intervention.from_json(x, GRAPH)],
    "Intervention.bound": [lambda x: CHANGE.bound(x)],
    "Intervention.check": [lambda x: CHANGE.bound(GRAPH).check(x, 3), lambda x: CHANGE.bound(GRAPH).check(GRAPH, x)],
    "Model": [
        lambda x: Model(x, TIED, MODEL.parameters),
        lambda x: Model("m", TIED, x),
        lambda x: Model("m", TIED, MODEL.parameters, engine_name=x),
        lambda x: Model("m", x, MODEL.parameters),
        lambda x: Model("m", TIED, MODEL.parameters, x),
        lambda x: Model("m", TIED, MODEL.parameters, about=x),
        lambda x: Model("m", TIED, MODEL.parameters, ends=x),
    ],
    "Model.on": [lambda x: MODEL.on(x)],
    "Model.tokens": [lambda x: MODEL.tokens(x), lambda x: MODEL.tokens([x])],
    "Model.question": [lambda x: MODEL.question(x)],
    "Model.text": [lambda x: MODEL.text(x), lambda x: MODEL.text([x])],
    "Model.graph_of": [lambda x: MODEL.graph_of(x)],
    "Model.pieces": [lambda x: MODEL.pieces(x), lambda x: MODEL.pieces([x])],
    "Model.answers": [lambda x: MODEL.answers(x)],
    "Model.run_with_cache": [
        lambda x: MODEL.run_with_cache(x),
        lambda x: MODEL.run_with_cache("ABCD", interventions=x),
        lambda x: MODEL.run_with_cache("ABCD", lambda name: x),
    ],
    "Model.trace": [
        lambda x: MODEL.trace(x),
        lambda x: MODEL.trace("ABCD", x),
        lambda x: MODEL.trace("ABCD", [x]),
        lambda x: MODEL.trace("ABCD", interventions=x),
        lambda x: MODEL.trace("ABCD", interventions=[x]),
        lambda x: MODEL.trace("ABCD", targets=x),
        lambda x: MODEL.trace("ABCD", targets=[x] * 4),
    ],
    "Model.steps": [lambda x: list(MODEL.steps(x, 1)), lambda x: list(MODEL.steps("AB", x))],
    "Model.generate": [
        lambda x: MODEL.generate(x, 1),
        lambda x: MODEL.generate("AB", x),
        lambda x: MODEL.generate("AB", 1, temperature=x),
        lambda x: MODEL.generate("AB", 1, temperature=1, top_k=x),
        lambda x: MODEL.generate("AB", 1, temperature=1, top_p=x),
        lambda x: MODEL.generate("AB", 1, temperature=1, seed=x),
        lambda x: MODEL.generate("AB", 1, interventions=x),
    ],
    "Model.load": [lambda x: Model.load(x)],
    "Run": [lambda x: Run(MODEL, x), lambda x: Run(MODEL, [1], x), lambda x: Run(x, [1])],
    "Run.find": [lambda x: RUN.find(x)],
    "Run.__getitem__": [lambda x: RUN[x]],
    "Run.__contains__": [lambda x: x in RUN],
    "plot": [
        lambda x: pellucid.plot(x, "logits"),
        lambda x: pellucid.plot(RUN, x),
        lambda x: pellucid.plot(RUN, "logits", x) if x is not None else None,
    ],
    "show": [lambda x: pellucid.show(x), lambda x: pellucid.show(MODEL, height=x)],
    "check": [lambda x: check(x)],
    "make": [lambda x: make("sort", hold_out=x), lambda x: make("sort", length=x), lambda x: make("sort", alphabet=x)],
    "Run.explain": [
        lambda x: RUN.explain(x),
        lambda x: RUN.explain("logits", x),
        lambda x: RUN.explain("logits", (x, 0)),
        lambda x: RUN.explain("logits", t=x, v=0),
        lambda x: RUN.explain("grad.logits", t=x, v=0),
    ],
    "Size.of": [lambda x: pellucid.Size.of(x)],
    "draw": [
        lambda x: pellucid.draw(x),
        lambda x: pellucid.draw(RUN, x),
        lambda x: pellucid.draw(RUN, "logits", explained=x),
        lambda x: pellucid.draw(RUN, "logits", width=x),
        lambda x: pellucid.draw(RUN, "logits", theme=x),
        lambda x: pellucid.draw(RUN, "logits", kind=x),
        lambda x: pellucid.draw(RUN, "logits", language=x),
        lambda x: pellucid.draw(RUN, "logits", title=x) if not callable(x) else None,
        lambda x: pellucid.draw(RUN, "logits", file=x),
        lambda _: pellucid.draw(RUN, "logits", file=Path.cwd()),
    ],
    "gpt2": [lambda x: pellucid.gpt2(x)],
    "load": [
        lambda x: pellucid.load(x),
        lambda x: pellucid.load("nano", x) if not callable(x) and x is not None else None,
    ],
    "preset": [lambda x: pellucid.preset(x)],
    "train": [
        lambda x: pellucid.train(x, steps=1),
        lambda x: pellucid.train("sort", steps=1, seed=x),
        lambda x: pellucid.train("sort", steps=1, config=x),
        lambda x: pellucid.train("sort", steps=1, recipe=x),
        lambda x: pellucid.train("sort", steps=1, engine=x),
        lambda x: pellucid.train("sort", steps=1, resume=x),
        lambda x: pellucid.train("sort", steps=1, replace=x) if not isinstance(x, bool | np.bool_) else None,
    ],
    "why.ablations": [lambda x: why.ablations(x)],
    "why.attribution": [
        lambda x: why.attribution(x, "A"),
        lambda x: why.attribution(RUN, x),
        lambda x: why.attribution(RUN, "A", x),
        lambda x: why.attribution(RUN, "A", against=x),
    ],
    "why.contributions": [
        lambda x: why.contributions(x, "A"),
        lambda x: why.contributions(RUN, x),
        lambda x: why.contributions(RUN, "A", x),
        lambda x: why.contributions(RUN, "A", share=x),
        lambda x: why.contributions(RUN, "A", most=x),
    ],
    "why.asking.answer": [
        lambda x: asking.answer(x, "AB", asking.Question()),
        lambda x: asking.answer(MODEL, x, asking.Question()),
        lambda x: asking.answer(MODEL, "AB", x),
        lambda x: asking.answer(MODEL, "AB", asking.Question(), x),
    ],
    "train.Recipe": [
        lambda x: Recipe(betas=x),
        lambda x: Recipe().rate_at(x),
        lambda x: Recipe().averaged_from(x),
        lambda x: Recipe().lasting(x),
    ],
    "Vocabulary": [lambda x: LETTERS.encode(x), lambda x: LETTERS.decode(x)],
    "why.Contributions.into": [lambda x: WAYS.into(x)],
    "why.Contributions.out_of": [lambda x: WAYS.out_of(x)],
    "why.gradient_times_input": [
        lambda x: why.gradient_times_input(x, "A"),
        lambda x: why.gradient_times_input(RUN, x),
        lambda x: why.gradient_times_input(RUN, "A", x),
    ],
    "why.logit_lens": [lambda x: why.logit_lens(x)],
    "why.Measurement.labelled": [lambda x: SHARES.labelled(x), lambda x: SHARES.labelled([x])],
    "why.Measurement.largest": [lambda x: SHARES.largest(x)],
    "why.patching": [
        lambda x: why.patching(x, "AB", "BA", "A"),
        lambda x: why.patching(MODEL, x, "BA", "A"),
        lambda x: why.patching(MODEL, "AB", "BA", x),
        lambda x: why.patching(MODEL, "AB", "BA", "A", x),
        lambda x: why.patching(MODEL, "AB", "BA", "A", tensors=x),
    ],
    "why.top_activations": [
        lambda x: why.top_activations(x, "blocks.1.mlp.post[f=1]"),
        lambda x: why.top_activations(MODEL, x),
        lambda x: why.top_activations(MODEL, "blocks.1.mlp.post[f=1]", x, ["AB"]),
        lambda x: why.top_activations(MODEL, "blocks.1.mlp.post[f=1]", texts=x),
        lambda x: why.top_activations(MODEL, "blocks.1.mlp.post[f=1]", texts=[x]),
    ],
}

TAKING_NOTHING = {
    *("Cells", "Explanation", "Explanation.to_json", "Cells.to_json", "Intervention.to_json", "Size.to_json", "Tensor"),
    *(
        "GPT2Config.graph",
        "GPT2Config.parameters",
        "GPT2Config.sizes",
        "GPT2Config.settings",
        "GPT2Config.to_json",
        "Graph.describe",
        "Size",
    ),
    *("Graph.other_names", "Graph.parameters", "Graph.weights", "PellucidError", "PellucidError.to_json", "Run.get"),
    *("Run.items", "Run.keys", "Run.values", "Architecture", "Graph.copy"),
    *("why.Activation", "why.Contributions", "why.Contributions.to_json", "why.Measurement"),
    *("why.Measurement.rows", "why.Measurement.to_json", "why.Measurement.to_xarray"),
    *("Model.to_onnx", "Run.show", "Run.to_xarray", "Run.to_torch"),  # tested with the libraries that they are for
}
"""Records and functions without arguments, and what a mapping has from elsewhere."""
FOR_AUTHORS = {
    *(
        "Graph.alias",
        "Graph.apply",
        "Graph.group",
        "Graph.input",
        "Graph.weight",
        "Tensor.indexed",
        "Tensor.written",
        "Model.save",
    ),
    *("GPT2Config.check_sizes", "GPT2Config.fitting", "GPT2Config.refuse", "Intervention.positions_needed"),
    *("Intervention.within", "GPT2Config.check_shapes", "Graph.knows"),
}
"""What an architecture is written with: its arguments are tensors and ops of the author's own."""


@pytest.mark.parametrize("name", CALLS)
def test_what_cannot_be_used_is_refused_in_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for call in CALLS[name]:
        for value in GARBAGE:
            check_refusal(refusal_of(call, value))


def refusal_of(call: Call, value: object) -> pellucid.PellucidError | None:
    """What is said, or None where the value could be used. Any other error fails the test."""
    try:
        call(value)
    except pellucid.PellucidError as error:
        return error
    return None


def check_refusal(error: pellucid.PellucidError | None) -> None:
    if error is not None:
        assert 10 < len(error.message) <= 600, error.message
        assert error.message.isprintable(), error.message
        assert error.message[-1] in ".?!…", error.message
        assert json.dumps(error.to_json(), allow_nan=False)


def test_the_table_is_whole() -> None:
    there = set()
    things = {name: getattr(pellucid, name) for name in pellucid.__all__}
    for name, thing in {**things, **{f"why.{name}": getattr(why, name) for name in why.__all__}}.items():
        there.add(name)
        if inspect.isclass(thing) and name != "Architecture":
            members = (part for part in dir(thing) if not part.startswith("_"))
            there |= {f"{name}.{part}" for part in members if callable(getattr(thing, part, None))}
    there -= {name for name in there if name.endswith((".with_traceback", ".add_note"))}
    assert there - {*CALLS} - TAKING_NOTHING - FOR_AUTHORS == set()


# What is taken.


def libraries(torch: ModuleType, jax: ModuleType) -> dict[str, Callable[[Any], Any]]:
    return {"numpy": np.array, "torch": torch.tensor, "jax": jax.numpy.array}


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
def test_whole_numbers_of_any_library_are_taken_wherever_a_number_is(
    library: str, torch: ModuleType, jax: ModuleType
) -> None:
    make = libraries(torch, jax)[library]
    for tokens in (make([0, 1, 2, 3]), make([[0, 1, 2, 3]]), [make(0), make(1), 2, 3], (0, 1, 2, 3), [[0, 1, 2, 3]]):
        run = MODEL.trace(tokens)  # type: ignore[arg-type]
        assert run.tokens == (0, 1, 2, 3)
        assert {type(token) for token in run.tokens} == {int}
    expected = EXPLANATION.to_json()
    for found in (
        RUN.explain("logits", t=make(1), v=make(2)),
        RUN.explain("logits", make([1, 2])),
        RUN.explain("logits", (make(1), 2)),
    ):
        assert json.dumps(found.to_json()) == json.dumps(expected)
    assert MODEL.text(make([0, 1])) == "AB"
    assert MODEL.generate("AB", make(2)) == MODEL.generate("AB", 2)
    sampled = MODEL.generate("AB", 3, temperature=1.5, top_k=3, top_p=0.5, seed=7)
    options = {"temperature": make(1.5), "top_k": make(3), "top_p": make(0.5), "seed": make(7)}
    assert MODEL.generate("AB", 3, **options) == sampled
    assert MODEL.trace("ABCD", targets=make([1, -1, 2, 3])).targets == [1, -1, 2, 3]
    assert pellucid.Intervention.scale("logits", make(2.0)) == pellucid.Intervention.scale("logits", 2)
    assert pellucid.Intervention.replace("logits", make([1, 2])) == pellucid.Intervention.replace("logits", [1, 2])
    config = pellucid.GPT2Config(make(1), make(1), make(2), make(3), make(4))
    assert json.dumps(config.to_json()) == json.dumps(pellucid.GPT2Config(1, 1, 2, 3, 4).to_json())


@pytest.mark.parametrize(
    "tokens",
    [[0.0, 1.0], [True, False], np.array([0.9, 1.7]), np.array([True]), [[0], [1]], np.zeros((2, 2), int), b"AB"],
)
def test_what_is_no_row_of_token_numbers_is_never_rounded(tokens: Any) -> None:
    with pytest.raises(pellucid.PellucidError, match="a prompt is one text, or the numbers of its tokens") as refusal:
        MODEL.trace(tokens)
    assert refusal.value.code == "bad-tokens"


def test_none_is_no_limit() -> None:
    greedy = MODEL.generate("AB", 4)
    assert MODEL.generate("AB", 4, temperature=None, top_k=None, top_p=None, seed=None, interventions=None) == greedy
    free = MODEL.generate("AB", 4, temperature=2.0)
    assert MODEL.generate("AB", 4, temperature=2.0, top_k=None, top_p=None, seed=None) == free
    assert len(MODEL.generate("AB", None)) == 8


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("temperature", [1e-320, 5e-324, 1e-30])
def test_a_temperature_too_low_to_divide_by_takes_the_likeliest(temperature: float) -> None:
    assert MODEL.generate("AB", 5, temperature=temperature) == MODEL.generate("AB", 5)
    assert math.isclose(next(MODEL.steps("AB", 1, temperature=temperature)).probability, 1)


# What a run is.


def test_a_run_is_a_mapping() -> None:
    assert len(RUN) == len(list(RUN)) == len(RUN.keys()) == len(RUN.items())
    assert all(name in RUN for name in RUN)
    assert "blocks.0.attn.hook_q" in RUN
    assert RUN.get("blocks.0.attn.hook_q") is not None
    unknown: Any
    for unknown in ("logit", "", 5, None, ["logits"]):
        assert unknown not in RUN
        assert RUN.get(unknown) is None
    assert MODEL.trace("ABCD") == RUN
    assert {**RUN} == RUN
    assert MODEL.trace("ABCE") != RUN
    assert MODEL.trace("ABCD", "logits") != RUN
    assert RUN != 5
    with pytest.raises(KeyError, match="did you mean logits") as missing:
        RUN["logit"]
    assert isinstance(missing.value, pellucid.PellucidError)
    with pytest.raises(KeyError, match="not kept"):
        MODEL.trace("ABCD", "probs")["logits"]


@pytest.mark.parametrize("engine", ["numpy", "reference", "jax"])
def test_arrays_of_a_run_are_read_only_whatever_computed_them(engine: str, jax: ModuleType) -> None:
    run = MODEL.on(engine).trace("ABCD")
    changed = MODEL.on(engine).trace("ABCD", interventions="logits~scale(2)")
    part = MODEL.on(engine).trace("ABCD", ["logits", "embed"])
    for each in (run, changed, part, copy.deepcopy(run), pickle.loads(pickle.dumps(run))):
        for name in each:
            assert not each[name].flags.writeable, name
    for name in ("loss", "grad.embed", "embed.W_E", "transformer.wte.weight"):
        assert not run[name].flags.writeable, name


@pytest.mark.parametrize(
    "ask",
    [
        lambda: RUN.explain("probs", (1, 0), t=2),
        lambda: RUN.explain("probs[t=1,v=0]", v=0),
        lambda: RUN.explain("probs[t=1]", v=0),
        lambda: RUN.explain("probs[1,0]", (1, 0)),
        lambda: RUN.explain(pellucid.Cells.of(GRAPH.find("probs"), t=1), v=0),
        lambda: RUN.explain("grad.logits[1,0]", t=1, v=0),
    ],
)
def test_an_index_that_is_given_twice_is_said_to_be(ask: Callable[[], object]) -> None:
    with pytest.raises(pellucid.PellucidError, match="is given twice"):
        ask()


# Copies, threads and processes.

COPIES: dict[str, Callable[[Any], Any]] = {
    "pickled": lambda thing: pickle.loads(pickle.dumps(thing)),
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
}


@pytest.mark.parametrize("how", COPIES)
def test_everything_can_be_copied_and_pickled(how: str) -> None:
    again = COPIES[how]
    assert again(MODEL).trace("ABCD") == RUN
    run = again(RUN)
    assert run == RUN
    assert run.explain("logits[1,2]") == EXPLANATION != run.explain("logits[1,1]")
    np.testing.assert_array_equal(run["grad.embed"], RUN["grad.embed"])
    assert MODEL.vocabulary
    assert again(MODEL.vocabulary).pieces == MODEL.vocabulary.pieces
    MODEL.on("reference").trace("AB")  # compiles the graph's own closures
    for graph in (GRAPH, MODEL.learning):
        assert again(graph).describe() == graph.describe()
    for thing in (CELLS, CHANGE, TIED, pellucid.Size.of(GRAPH)):
        assert again(thing) == thing
    assert again(EXPLANATION) == EXPLANATION


def test_a_run_whose_weights_have_changed_stays_stale_when_it_is_pickled() -> None:
    model = copy.deepcopy(MODEL)
    run = model.trace("ABCD")
    model.parameters.changed()
    with pytest.raises(pellucid.PellucidError, match="weights have changed"):
        COPIES["pickled"](run)["embed.W_E"]


@pytest.mark.parametrize("name", ["A" * 5000, "/abc" * 2000, "a b " * 2000, "\n" * 5000])
def test_a_sentence_about_a_long_name_still_says_what_to_do(name: str) -> None:
    error = pellucid.PellucidError("some-code", f"There is no folder {name}: give a folder that holds config.json.")
    assert len(error.message) <= 600
    assert "…" in error.message
    assert error.message.startswith("There is no folder ")
    assert error.message.endswith(": give a folder that holds config.json.")


@pytest.mark.parametrize("kind", [pellucid.PellucidError, UnknownName])
def test_errors_pickle_with_all_they_say(kind: type[pellucid.PellucidError]) -> None:
    error = kind("some-code", "A sentence.", exit_code=1, number=np.int64(3), thing=object())
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.to_json(), again.exit_code) == (str(error), error.to_json(), 1)
    assert again.details["number"] == 3


@pytest.mark.parametrize("engine", ["numpy", "reference", "jax"])
def test_many_threads_trace_one_model(engine: str, jax: ModuleType) -> None:
    model = MODEL.on(engine)
    texts = ["ABCD", "BCDE", "CDEF", "GFEDCBA", "ABCDEFG", "BBCD", "ABBB", "DDDD"]  # of two lengths: JAX compiles each

    def answers(text: str) -> list[object]:
        return [model.trace(text), model.trace(text, "logits"), model.generate(text, 2)]

    alone = {text: answers(text) for text in texts}
    wrong: list[object] = []

    def work(texts: Iterable[str]) -> None:
        wrong.extend(text for text in texts if answers(text) != alone[text])

    threads = [threading.Thread(target=work, args=([*texts[start:], *texts[:start]] * 2,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def refused(text: str) -> str:
    return MODEL.generate(text)


def test_a_pool_hears_of_an_error() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        waiting = pool.apply_async(refused, ("XYZ",))
        with pytest.raises(pellucid.PellucidError, match="'X' is not in this model's alphabet"):
            waiting.get(timeout=600)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_process_forked_while_what_is_kept_is_first_computed_does_not_wait() -> None:
    """Python 3.11's own property would hold a lock of the class meanwhile."""
    begun, done = threading.Event(), threading.Event()

    class Slow:
        @cached_property
        def value(self) -> int:
            begun.set()
            done.wait(60)
            return 1

    thread = threading.Thread(target=lambda: Slow().value)
    thread.start()
    begun.wait(60)
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # ends a process that waits for ever
        done = threading.Event()
        done.set()
        os._exit(0 if Slow().value == 1 else 1)
    status = os.waitpid(child, 0)[1]
    done.set()
    thread.join()
    assert status == 0


def test_a_process_forked_while_another_thread_traces_can_trace() -> None:
    done = threading.Event()

    def trace() -> None:
        while not done.is_set():
            MODEL.trace("ABCD")  # the same text as below, so that forks come in the middle of the very pass

    threads = [threading.Thread(target=trace) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(40):
            child = os.fork()
            if child == 0:
                try:
                    os._exit(0 if MODEL.trace("ABCD") == RUN else 1)
                finally:
                    os._exit(2)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        done.set()
        for thread in threads:
            thread.join()
