"""Writes tests/golden/tiny: a small random GPT-2 made by transformers, and what transformers computes with it.

The tests that use it need neither PyTorch nor transformers. Run `python tests/golden/make.py` with the oracle extra to
make it again; the version that made it is in the file's metadata.
"""

from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

FOLDER = Path(__file__).parent / "tiny"
TOKENS = [3, 1, 4, 1, 5, 2, 6, 0]


def main() -> None:
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        n_layer=2,
        n_head=2,
        n_embd=8,
        vocab_size=7,
        n_positions=10,
        bos_token_id=None,
        eos_token_id=None,
        attn_implementation="eager",
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    seen = {}
    for layer, block in enumerate(model.transformer.h):
        block.mlp.register_forward_hook(
            lambda module, given, output, layer=layer: seen.update({f"blocks.{layer}.mlp_out": output})
        )
    with torch.no_grad():
        out = model(torch.tensor([TOKENS]), output_hidden_states=True, output_attentions=True)
    expected = {"tokens": torch.tensor([TOKENS]), "logits": out.logits, **seen}
    for layer in range(config.n_layer):
        expected[f"blocks.{layer}.attn.pattern"] = out.attentions[layer]
        expected[f"blocks.{layer}.resid_pre"] = out.hidden_states[layer]
    model.save_pretrained(FOLDER)
    (FOLDER / "generation_config.json").unlink(missing_ok=True)
    arrays = {name: tensor[0].contiguous().clone() for name, tensor in expected.items()}
    versions = {"transformers": transformers.__version__, "torch": torch.__version__}
    save_file(arrays, FOLDER / "expected.safetensors", versions)


if __name__ == "__main__":
    main()
