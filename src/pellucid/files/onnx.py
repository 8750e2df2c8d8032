"""A model as an ONNX file: its whole forward pass, with every tensor asked for as an output of its own name.

The nodes come from the formulas (recording.py). Texts may have any length, and there may be many at once. Axes are
named: by the letters in an output's description, and by the words for them as denotations of its dimensions. Tensors
can be opened for change: the model then has two more inputs for each, `NAME.changed` (where it is to be changed) and
`NAME.value` (to what), which change nothing unless they are given.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from onnx import ModelProto, ValueInfoProto, checker, helper

from pellucid.files.recording import NUMPY, ONNX, Dimension, Length, Recorded, Recorder, Type
from pellucid.files.writing import is_stream, refusals_said, replace_file
from pellucid.graph import Graph, PellucidError, Tensor
from pellucid.graph.axes import AXES
from pellucid.graph.op import Op
from pellucid.words.errors import shortened

ENDING = ".onnx"

OPSET = 18
"""The version of ONNX's operators, which programs of 2023 and later read."""
FORMAT = 8
"""The version of the file's format that belongs to it."""

MOST_BYTES = 2_000_000_000
"""What a file of this kind can hold: its format counts bytes with 31 bits."""

POSITIONS, TEXTS = "positions", "texts"
"""What dimensions are called whose length is not fixed."""


@dataclass(frozen=True)
class Written:
    """What a file takes and gives."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def write(
    path: Path,
    graph: Graph,
    weights: Mapping[str, np.ndarray],
    keep: Sequence[str] | None,
    texts: bool,
    open_for_change: Sequence[str],
    about: Mapping[str, str],
) -> Written:
    """Put the model of `to_onnx` into a file. Raises PellucidError (`bad-argument`) for one with another ending."""
    with refusals_said(path):
        named_right = path.suffix.lower() == ENDING or is_stream(path)
    if not named_right:
        ending = f"ends in '{shortened(path.suffix, 20)}'" if path.suffix else "has no ending"
        raise PellucidError(
            "bad-argument", f"The file '{shortened(path.name, 40)}' {ending}: a model is written as {ENDING}."
        )
    model = to_onnx(graph, weights, keep, texts=texts, open_for_change=open_for_change, about=about)
    replace_file(path, model.SerializeToString())
    return Written(*(tuple(one.name for one in part) for part in (model.graph.input, model.graph.output)))


def to_onnx(
    graph: Graph,
    weights: Mapping[str, np.ndarray],
    keep: Collection[str] | None = None,
    *,
    texts: bool = False,
    open_for_change: Sequence[str] = (),
    about: Mapping[str, str] | None = None,
) -> ModelProto:
    """The model that computes the tensors `keep` from `tokens` (`t`), and from `targets` where they depend on a loss.

    Without `keep` it computes all that need no targets. With `texts` it reads many texts of one length at once (`b t`),
    and an output that depends on the text has that axis in front. `about` travels with the file. Raises PellucidError
    (`bad-argument`, `too-large`) for what is no output, and for weights that the format cannot hold.
    """
    changeable = list(dict.fromkeys(graph.find(name).name for name in open_for_change))
    if keep is None:
        made = [op.name for op in graph.ops if not needs_answers(graph, op.name)]
    else:
        made = list(dict.fromkeys(graph.find(name).name for name in keep))
    computed = {op.name for op in graph.ops}
    for name in made:
        if name not in computed:
            kind = {"input": "an input", "weight": "a weight"}[graph.tensors[name].kind]
            raise PellucidError("bad-argument", f"{name} is {kind}, which nothing computes: name an activation.")
    ops = graph.ancestors(made)
    refuse_too_large(graph, ops)
    writing = Writing(graph, weights, texts, changeable)
    if any(needs_answers(graph, name) for name in made):
        writing.answers()
    for op in ops:
        writing.compute(op)
    for name in changeable:
        if name not in writing.values:
            raise PellucidError(
                "bad-argument", f"{name} is not needed for {', '.join(made[:3])}: it cannot be changed."
            )
    return writing.finished(made, about or {})


def needs_answers(graph: Graph, name: str) -> bool:
    """Whether a tensor can only be computed where the right answers are given, as a loss is."""
    targets = graph.inputs.targets
    return targets is not None and (
        graph.tensors[name] is targets or any(targets in op.operands for op in graph.ancestors([name]))
    )


def refuse_too_large(graph: Graph, ops: Sequence[Op]) -> None:
    read = {operand for op in ops for operand in op.operands if operand.kind == "weight"}
    numbers = sum(int(np.prod(graph.shape(weight), dtype=np.int64)) for weight in read)
    if 4 * numbers > MOST_BYTES:
        raise PellucidError(
            "too-large",
            f"An ONNX file holds up to 2 GB, and these weights take {4 * numbers / 1e9:.1f} GB: name tensors of the "
            "first blocks only, or keep the model as safetensors.",
        )


class Writing:
    """The model as it is written: what has been recorded for each tensor so far."""

    def __init__(self, graph: Graph, weights: Mapping[str, np.ndarray], texts: bool, changeable: Sequence[str]) -> None:
        self.graph = graph
        self.weights = weights
        self.recorder = Recorder()
        self.values: dict[str, Recorded] = {}
        self.inputs: list[ValueInfoProto] = []
        self.changeable = changeable
        asked, recorder = graph.inputs, self.recorder
        self.symbols = [TEXTS, POSITIONS] if texts else [POSITIONS]
        tokens = self.given(asked.tokens.name, "int64", self.symbols)
        self.lengths = [recorder.length(tokens, place, symbol) for place, symbol in enumerate(self.symbols)]
        self.values[asked.tokens.name] = replace(tokens, shape=tuple(self.lengths))
        if asked.positions:
            self.values[asked.positions.name] = self.named(recorder.arange(self.lengths[-1]), asked.positions.name)
        for name in self.changeable:
            if name in self.values:
                self.values[name] = self.changed(name, self.values[name])

    def given(self, name: str, kind: Type, symbols: Sequence[str | int]) -> Recorded:
        """One more input of the model."""
        self.inputs.append(helper.make_tensor_value_info(name, ONNX[kind], list(symbols)))
        return Recorded(self.recorder, name, kind, tuple(1 for _ in symbols))

    def answers(self) -> None:
        """What the model is to answer at each position, as one more input."""
        targets = self.graph.inputs.targets
        assert targets is not None
        given = self.given(targets.name, "int64", self.symbols)
        self.values[targets.name] = replace(given, shape=tuple(self.lengths))

    def value(self, tensor: Tensor) -> Recorded:
        """What has been recorded for a tensor; a weight is brought along when it is first read."""
        if tensor.name not in self.values:
            array = self.weights[tensor.name]
            self.recorder.initializer(tensor.name, np.asarray(array, np.float32))
            held = Recorded(self.recorder, tensor.name, "float", array.shape)
            self.values[tensor.name] = self.changed(tensor.name, held) if tensor.name in self.changeable else held
        return self.values[tensor.name]

    def compute(self, op: Op) -> None:
        self.recorder.part = op.name
        operands = [self.value(operand) for operand in op.operands]
        start = len(self.recorder.nodes)
        made = op.compute(self.recorder, *operands)
        if op.name in self.changeable:
            self.values[op.name] = self.named(self.changed(op.name, made), op.name)
        else:
            self.values[op.name] = self.named(made, op.name, since=start)

    def changed(self, name: str, computed: Recorded) -> Recorded:
        """The tensor as it is unless the model's user changes it."""
        symbols = [f"{name}.{place}" for place in range(computed.ndim)]
        kinds: dict[str, Type] = {f"{name}.changed": "bool", f"{name}.value": computed.type}
        for one, kind in kinds.items():
            self.given(one, kind, symbols)
            self.recorder.initializer(one, np.zeros((1,) * computed.ndim, NUMPY[kind]))
        where, value = kinds
        chosen = self.recorder.node("Where", where, value, computed.name)
        return Recorded(self.recorder, chosen, computed.type, computed.shape)

    def named(self, made: Recorded, name: str, since: int = 0) -> Recorded:
        """The same under the tensor's own name: the last node's output is renamed, where nothing else reads it."""
        nodes = self.recorder.nodes
        if len(nodes) > since and list(nodes[-1].output) == [made.name]:
            nodes[-1].output[0] = name
        else:
            self.recorder.node("Identity", made.name)
            nodes[-1].output[0] = name
        return Recorded(self.recorder, name, made.type, made.shape)

    def finished(self, outputs: Sequence[str], about: Mapping[str, str]) -> ModelProto:
        recorder, tensors = self.recorder, self.graph.tensors
        model = helper.make_model(
            helper.make_graph(
                recorder.nodes,
                self.graph.name,
                self.inputs,
                [self.described(tensors[name]) for name in outputs],
                list(recorder.initializers.values()),
            ),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=FORMAT,
            producer_name="pellucid",
            producer_version=version("pellucid"),
        )
        axes = {name: " ".join([*(["b"] if self.batched(name) else []), *tensors[name].axes]) for name in outputs}
        helper.set_model_props(model, {"axes": json.dumps(axes), **about})
        checker.check_model(model, full_check=True)
        return model

    def batched(self, name: str) -> bool:
        return self.values[name].ndim > len(self.graph.tensors[name].axes)

    def described(self, tensor: Tensor) -> ValueInfoProto:
        """An output, with what it is, and with the names of its axes."""
        found = self.values[tensor.name]
        info = helper.make_tensor_value_info(tensor.name, ONNX[found.type], [symbol_of(one) for one in found.shape])
        info.doc_string = f"{tensor.title}; axes: {' '.join(tensor.axes)}"
        names = [*(["text"] if self.batched(tensor.name) else []), *(AXES[axis] for axis in tensor.axes)]
        for dimension, name in zip(info.type.tensor_type.shape.dim, names, strict=True):
            dimension.denotation = name
        return info


def symbol_of(length: Dimension) -> str | int | None:
    return length.symbol or None if isinstance(length, Length) else length
