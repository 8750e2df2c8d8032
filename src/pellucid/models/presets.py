"""Models by name: the nano-GPT that sorts (minGPT's gpt-nano) and the published sizes of GPT-2 and GPT-3."""

from pellucid.graph import PellucidError
from pellucid.models.architecture import Architecture
from pellucid.models.gpt2 import GPT2Config
from pellucid.words.given import shown

PRESETS: dict[str, Architecture] = {
    "nano": GPT2Config(n_layer=3, n_head=3, n_embd=48, vocab_size=3, n_positions=11, tie_word_embeddings=False),
    "gpt2": GPT2Config(n_layer=12, n_head=12, n_embd=768, vocab_size=50257, n_positions=1024),
    "gpt2-medium": GPT2Config(n_layer=24, n_head=16, n_embd=1024, vocab_size=50257, n_positions=1024),
    "gpt2-large": GPT2Config(n_layer=36, n_head=20, n_embd=1280, vocab_size=50257, n_positions=1024),
    "gpt2-xl": GPT2Config(n_layer=48, n_head=25, n_embd=1600, vocab_size=50257, n_positions=1024),
    "gpt3": GPT2Config(n_layer=96, n_head=96, n_embd=12288, vocab_size=50257, n_positions=2048),
}


def preset(name: str) -> Architecture:
    """The architecture and sizes of that name. Raises PellucidError (`unknown-preset`)."""
    if not isinstance(name, str) or name not in PRESETS:
        raise PellucidError(
            "unknown-preset",
            f"{shown(name)} is neither a preset nor a folder: the presets are {', '.join(PRESETS)}.",
            name=name,
            presets=", ".join(PRESETS),
        )
    return PRESETS[name]
