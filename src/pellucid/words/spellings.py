"""The names by which other programs call the same tensors: TransformerLens 2 (`hook_` names) and 4 (module ports).

Hugging Face's module names depend on the architecture, so models/ states them as aliases when it builds a graph.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, SupportsIndex

from pellucid.words.errors import UnknownName, shortened
from pellucid.words.given import LONGEST, shown

PORTS = {
    "embed.hook_out": "embed",
    "pos_embed.hook_out": "pos_embed",
    "unembed.hook_out": "logits",
    "ln_final.hook_out": "ln_final.normalized",
}

BLOCK_PORTS = {
    "hook_in": "resid_pre",
    "hook_out": "resid_post",
    "ln1.hook_out": "ln1.normalized",
    "ln2.hook_out": "ln2.normalized",
    "attn.hook_in": "ln1.normalized",
    "attn.q.hook_out": "attn.q",
    "attn.k.hook_out": "attn.k",
    "attn.v.hook_out": "attn.v",
    "attn.o.hook_in": "attn.z",
    "attn.o.hook_out": "attn_out",
    "attn.hook_out": "attn_out",
    "mlp.hook_in": "ln2.normalized",
    "mlp.in.hook_out": "mlp.pre",
    "mlp.out.hook_in": "mlp.post",
    "mlp.out.hook_out": "mlp_out",
    "mlp.hook_out": "mlp_out",
}


def transformer_lens(name: str) -> str:
    """Our spelling of a TransformerLens name; a name that is not one comes back as it was."""
    if name in PORTS:
        return PORTS[name]
    block = re.fullmatch(r"(blocks\.\d+)\.(.+)", name)
    if block and block[2] in BLOCK_PORTS:
        return f"{block[1]}.{BLOCK_PORTS[block[2]]}"
    return name.replace("hook_attn_scores", "scores").replace("hook_", "")


HOOKED = {
    *("embed", "pos_embed", "resid_pre", "resid_mid", "resid_post", "attn_out", "mlp_out", "pre", "post"),
    *("scale", "normalized", "q", "k", "v", "z", "pattern"),
}
"""The last parts of the names that TransformerLens 2 spells with `hook_` and otherwise as we do."""


def spellings(name: str) -> list[str]:
    """How TransformerLens spells our `name`: in version 2, then in version 4; nothing where it has no such name."""
    path, _, last = name.rpartition(".")
    hook = "hook_attn_scores" if last == "scores" else f"hook_{last}" if last in HOOKED else None
    ports = [port for port, ours in PORTS.items() if ours == name]
    if block := re.fullmatch(r"(blocks\.\d+)\.(.+)", name):
        ports += [f"{block[1]}.{port}" for port, ours in BLOCK_PORTS.items() if ours == block[2]]
    return [*([f"{path}.{hook}".lstrip(".")] if hook else []), *ports]


PARTS = {"a": "attn", "m": "mlp", "b": "", "block": ""}
"""How TransformerLens shortens the parts of a block."""
SHORTENED = {"attn": "pattern", "attn_logits": "attn_scores"}


def names_in_layer(key: tuple[Any, ...], groups: Collection[str]) -> list[str]:
    """What may be meant by a key of TransformerLens's caches, such as ("pattern", 0) or ("scale", -1, "ln1")."""
    match key:
        case (str(last), SupportsIndex() as at, *part) if [*map(type, part)] in ([], [str]):
            layer, layers = at.__index__(), sum(re.fullmatch(r"blocks\.\d+", group) is not None for group in groups)
            if -layers <= layer < layers:
                places = [f"{PARTS.get(one, one)}.".removeprefix(".") for one in part] or ["", "attn.", "mlp."]
                hook = f"hook_{SHORTENED.get(last, last)}"
                return [f"blocks.{layer % layers}.{place}{hook}" for place in places]
    return []


def named_by(key: tuple[Any, ...], groups: Collection[str], knows: Callable[[str], bool]) -> str:
    """The name for which such a key stands in a graph of these groups. Raises PellucidError (`unknown-tensor`), a
    KeyError too, where it can be none."""
    names = names_in_layer(key, groups)
    if not names:
        raise UnknownName(
            "unknown-tensor",
            f"{shown(key)} names no tensor: give a name such as 'logits', or a name and a layer that there is, such as "
            "('pattern', 0).",
        )
    return next(filter(knows, names), names[0])


def our_spelling(name: str, tensors: Collection[str], aliases: Mapping[str, str]) -> str | None:
    """Which of these tensors is meant, by our name, another program's or a graph's alias; None where none is."""
    lens = transformer_lens(name)
    for spelling in (name, aliases.get(name), lens, aliases.get(lens)):
        if spelling in tensors:
            return spelling
    differentiated = our_spelling(name.removeprefix("grad."), tensors, aliases) if name.startswith("grad.") else None
    gradient = f"grad.{differentiated}"
    return gradient if gradient in tensors else None


def other_spellings(tensors: Collection[str], aliases: Mapping[str, str]) -> dict[str, list[str]]:
    """For each tensor, what other programs call it: their hooks, and by a graph's aliases their modules."""
    names = {name: spellings(name) for name in tensors}
    for alias, name in aliases.items():
        if alias not in tensors:
            names[name] += [alias, *spellings(alias)]
    return names


def unknown_tensor(name: str, near: list[str]) -> UnknownName:
    """No tensor has that name, but those are near."""
    hint = f"did you mean {' or '.join(near)}?" if near else "`pellucid trace MODEL PROMPT` lists the names there are."
    return no_such_tensor(name, hint, near)


def of_a_run(name: str) -> UnknownName:
    """The loss or a gradient was asked of a graph that has none, or is to be changed."""
    return no_such_tensor(name, "the loss and gradients are read off a run, as run['loss'], and cannot be changed.", [])


def no_such_tensor(name: str, hint: str, near: list[str]) -> UnknownName:
    sentence = f"This model has no tensor named '{shortened(name, LONGEST)}'; {hint}"
    return UnknownName("unknown-tensor", sentence, name=name, near=", ".join(near))
