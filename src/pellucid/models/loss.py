"""The loss: how far a model's probabilities are from the right answers, which training makes small."""

from pellucid.graph import Graph, ops


def with_loss(g: Graph) -> Graph:
    """The same graph with the right answers as an input (-1 where none is asked) and the mean cross-entropy."""
    made = g.outputs
    with g.group("loss", "loss"):
        targets = g.input("targets", "t", "right answers", r"\mathrm{target}", role="targets")
        entropy = ops.cross_entropy(made.logits, made.largest, made.total, targets)
        g.loss = g.apply(entropy, "loss", "", "loss", r"\mathcal{L}", kind="statistic")
    return g
