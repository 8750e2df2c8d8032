"""Patching agrees with TransformerLens on the same weights, state by state and head by head.

Tolerance: 1e-5, beside logits of up to 7. Both compute in float32, in another order of additions.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

from benchmarks.models import in_transformer_lens
from pellucid import Model
from pellucid.why import patching

CLEAN, CORRUPTED = "CABACB", "CABBCB"
TOKEN, POSITION = 0, 3

NAMES = {
    "resid_pre": "hook_resid_pre",
    "resid_mid": "hook_resid_mid",
    "resid_post": "hook_resid_post",
    "attn.q": "attn.hook_q",
    "attn.k": "attn.hook_k",
    "attn.v": "attn.hook_v",
    "attn.z": "attn.hook_z",
}
"""What TransformerLens calls the tensors of a block."""


@pytest.fixture(scope="module")
def bridge(transformer_lens: ModuleType, nano_model: Model) -> Any:
    return in_transformer_lens(nano_model)


@pytest.mark.parametrize("name", NAMES)
def test_patches_agree(nano_model: Model, bridge: Any, torch: ModuleType, name: str) -> None:
    tensors = [tensor for tensor in nano_model.graph.tensors if tensor.endswith(f".{name}")]
    found = patching(nano_model, CLEAN, CORRUPTED, TOKEN, POSITION, tensors=tensors)
    clean, corrupted = (torch.tensor([nano_model.tokens(text)]) for text in (CLEAN, CORRUPTED))
    with torch.no_grad():
        cache = bridge.run_with_cache(clean)[1]
        for row, tensor in enumerate(tensors):
            hook = tensor.removesuffix(name) + NAMES[name]
            for t in range(len(CLEAN)):
                heads: list[Any] = [*range(nano_model.graph.sizes["h"])] if "h" in found.axes else [...]
                for head in heads:
                    logits = bridge.run_with_hooks(corrupted, fwd_hooks=[(hook, taken(cache, hook, t, head))])
                    ours = found[row, t] if head is ... else found[row, head, t]
                    assert ours == pytest.approx(float(logits[0, POSITION, TOKEN]), abs=1e-5)


def taken(cache: Mapping[str, Any], hook: str, t: int, head: Any) -> Any:
    """What takes the numbers of one position, of one head where there are heads, from the other run."""

    def patch(values: Any, **_: object) -> Any:
        values[:, t, head] = cache[hook][:, t, head]
        return values

    return patch
