"""The loss: how far a model's probabilities are from the right answers, which training makes small."""

from pellucid.graph import Graph, ops
from pellucid.words.errors import bad_graph


def with_loss(graph: Graph) -> Graph:
    """A graph that has, beside what this one has, the right answers as an input (-1 where none is asked) and the mean
    cross-entropy. Raises PellucidError for a graph with right answers of its own."""
    if graph.inputs.targets:
        raise bad_graph(f"the graph {graph.name} has a loss already: it needs no other.")
    g, made = graph.copy(), graph.outputs
    with g.group("loss", "loss"):
        targets = g.input("targets", "t", "right answers", r"\mathrm{target}", role="targets")
        entropy = ops.cross_entropy(made.logits, made.largest, made.total, targets)
        g.loss = g.apply(entropy, "loss", "", "loss", r"\mathcal{L}", kind="statistic")
    return g
