"""The same random weights in Pellucid, in transformers and in TransformerLens, with as many threads."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pellucid import GPT2Config, Model
from pellucid.run.parameters import Parameters
from pellucid.run.vocabulary import Vocabulary

LETTERS = "ABC"


def random_model(name: str, config: GPT2Config) -> Model:
    """As a model starts: small random weights, norms that change nothing yet."""
    parameters, buffer = Parameters.zeros(config.graph())
    np.random.default_rng(0).standard_normal(out=buffer, dtype=np.float32)
    buffer *= 0.02
    for weight in parameters.graph.weights():
        if weight.initial in ("zeros", "ones"):
            parameters[weight.name][...] = weight.initial == "ones"
    return Model(name, config, parameters, Vocabulary(LETTERS) if config.vocab_size == len(LETTERS) else None)


def in_transformers(model: Model, attention: str = "sdpa") -> Any:
    """A GPT2LMHeadModel with the model's weights; `sdpa` is what transformers takes by itself."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    config = model.config
    peer = GPT2LMHeadModel(
        GPT2Config(
            n_layer=config.n_layer,
            n_head=config.n_head,
            n_embd=config.n_embd,
            vocab_size=config.vocab_size,
            n_positions=config.n_positions,
            tie_word_embeddings=config.tie_word_embeddings,
            attn_implementation=attention,
            pad_token_id=0,
            bos_token_id=None,
            eos_token_id=None,
        )
    )
    weights = {key: torch.from_numpy(np.ascontiguousarray(array)) for key, array in model.parameters.stored.items()}
    unknown = peer.load_state_dict(weights, strict=False).unexpected_keys
    assert not unknown
    peer.tie_weights()
    return peer.eval()


def in_transformer_lens(model: Model) -> Any:
    """A TransformerBridge around the same, with a tokenizer of our letters, which it does not start without."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformer_lens import TransformerBridge
    from transformers import PreTrainedTokenizerFast

    letters = Tokenizer(WordLevel({letter: number for number, letter in enumerate(LETTERS)}, unk_token=LETTERS[0]))
    return TransformerBridge.boot_transformers(
        "gpt2",
        hf_model=in_transformers(model, "eager"),
        tokenizer=PreTrainedTokenizerFast(tokenizer_object=letters),
        device="cpu",
    )


def threads(count: int) -> None:
    """How many threads matrix products may take from now on, in NumPy and in PyTorch."""
    threadpool_limits(count)
    if find_spec("torch"):
        import torch

        torch.set_num_threads(count)


def check_same(ours: np.ndarray, theirs: Any) -> None:
    """Nobody is faster by computing something else."""
    np.testing.assert_allclose(theirs.detach().numpy()[0], ours, rtol=1e-3, atol=1e-4)
