"""The configuration of a GPT-2: its sizes, in the words of Hugging Face's config.json, checked."""

from dataclasses import dataclass

from pellucid.graph import PellucidError

LARGEST_SIZE = 10**9
MOST_LAYERS = 10_000
"""What a damaged or malicious configuration may ask for at most; ten times the largest models there are."""


@dataclass(frozen=True)
class GPT2Config:
    """How many layers, heads and channels, which vocabulary and context; impossible sizes raise PellucidError."""

    n_layer: int
    n_head: int
    n_embd: int
    vocab_size: int
    n_positions: int
    n_inner: int | None = None
    layer_norm_epsilon: float = 1e-5
    tie_word_embeddings: bool = True

    def __post_init__(self) -> None:
        sizes = ("n_layer", "n_head", "n_embd", "vocab_size", "n_positions")
        for name in sizes if self.n_inner is None else (*sizes, "n_inner"):
            largest = MOST_LAYERS if name == "n_layer" else LARGEST_SIZE
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= largest:
                raise self._refused(name, f"a whole number from 1 to {largest:,}")
        if self.n_embd % self.n_head:
            raise PellucidError(
                "bad-config",
                f"{self.n_embd} channels do not divide into {self.n_head} heads: make n_embd a multiple of n_head.",
                name="n_head",
            )
        if type(self.layer_norm_epsilon) not in (int, float) or not 0 <= self.layer_norm_epsilon < 1:
            raise self._refused("layer_norm_epsilon", "a number from 0 to below 1")
        if type(self.tie_word_embeddings) is not bool:
            raise self._refused("tie_word_embeddings", "true or false")

    def _refused(self, name: str, expected: str) -> PellucidError:
        return PellucidError(
            "bad-config", f"{name} is {getattr(self, name)!r}: it must be {expected}.", name=name, expected=expected
        )
