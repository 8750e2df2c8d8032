"""What single numbers of the output come from: the logit lens, direct logit attribution, gradient times input."""

import numpy as np

from pellucid.graph import Graph, Tensor
from pellucid.graph.op import gradient_of
from pellucid.run.reference import walk
from pellucid.run.trace import Run
from pellucid.why.changed import as_changed
from pellucid.why.linear import WEIGHTS, LinearPass, Writer, reading, scored
from pellucid.why.measurement import Measurement, a_run, logits_of, positions, vocabulary

BIAS, FINAL = "bias", "final biases"
"""What is no part's own: the bias of what heads share, and those of the final norm and the unembedding."""


def logit_lens(run: Run) -> Measurement:
    """What the model would say if it ended early: each state of the residual stream read as the last one is, through
    the final norm and the unembedding, `layer t v` (nostalgebraist 2020, "interpreting GPT: the logit lens").

    The last layer's are the logits.
    """
    graph, logits = a_run(run).model.graph, logits_of(run)
    ops = graph.ancestors([logits.name])
    states = [one.output for one in ops if one.output.residual]
    last = states[-1]
    behind, read = [], {logits}
    for one in reversed(ops):
        if one.output in read and one.output is not last:
            behind.append(one)
            read.update(one.operands)
    values = {**dict(run.model.parameters.items()), last.name: np.stack([run[state.name] for state in states])}
    found = walk(behind[::-1], values)[logits.name]
    labels = {"layer": [state.name for state in states], "t": positions(run), "v": vocabulary(run)}
    return Measurement("logit lens", ("layer", "t", "v"), labels, found)


def attribution(run: Run, token: object, position: object = -1, *, against: object = None) -> Measurement:
    """Direct logit attribution (Elhage et al. 2021): what each head, MLP and embedding adds itself to a token's logit
    at a position, past all that comes after it; `part`, which sum to the logit (`about["sum"]`).

    The final norm's deviation is held as it was. `against`: the difference of the logit from that of another token.
    Biases stand with what has them, where they add anything. Raises PellucidError for a run with interventions.
    """
    wanted, linear = reading(run, token, position, against), LinearPass(run)
    reader = linear.reader(wanted.tensor)
    gradient = reader.gradient(wanted.weights)
    labels, values = list[str](), list[float]()
    for writer in linear.writers:
        parts, bias = (each.sum(axis=-1)[0] for each in linear.contributions(writer, gradient))
        if writer.part == "h":
            labels += [f"{writer.inner.name}[h={head}]" for head in range(len(parts))]
            values += parts.tolist()
            if bias:
                labels.append(f"{writer.tensor.name}, {BIAS}")
                values.append(float(bias))
        else:
            labels.append(writer.tensor.name)
            values.append(float(parts.sum() + bias))
    if constant := float(reader.constant(wanted.weights)[0]):
        labels.append(FINAL)
        values.append(constant)
    about = {"sum": wanted.value}
    return Measurement("direct logit attribution", ("part",), {"part": labels}, np.array(values), about)


def gradient_times_input(run: Run, token: object, position: object = -1) -> Measurement:
    """How much each letter of the text matters to a token's logit, to first order: the gradient of the logit at the
    letter's embedding times the embedding, `t` (Shrikumar et al. 2016).

    In a run with interventions the gradient is that of the changed pass: it stops at cells whose numbers were replaced,
    such as those set to zero, is multiplied where they were scaled, and is shared out where they became a mean of
    cells of this run.
    """
    asked = reading(run, token, position)
    graph, values = as_changed(run)
    entered = embeddings(graph)
    learning = scored(graph, asked.tensor, graph.ancestors([asked.tensor.name]))
    wanted = [op for op in learning.ancestors([gradient_of(entered).name]) if op.output.gradient_of]
    found = walk(wanted, {**values, WEIGHTS: asked.weights[0]})[gradient_of(entered).name]
    share = (found * values[entered.name]).sum(axis=-1)
    return Measurement("gradient times input", ("t",), {"t": positions(run)}, share, {"logit": asked.value})


def embeddings(graph: Graph) -> Tensor:
    """The rows that the tokens choose from their table."""
    return next(op.output for op in graph.ops if graph.inputs.tokens in op.operands)


def described(writer: Writer, part: int, position: int) -> str:
    """The cells of a writer's part at a position, as one writes them."""
    if writer.part is None:
        return f"{writer.inner.name}[t={position}]"
    order = [axis for axis in writer.inner.axes if axis in (writer.part, "t")]
    at = {writer.part: part, "t": position}
    return f"{writer.inner.name}[{','.join(f'{axis}={at[axis]}' for axis in order)}]"
