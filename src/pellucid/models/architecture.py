"""What every architecture states: its name, its sizes, its graph, and how its checkpoints look on disk.

A new architecture is one file with one subclass of `Architecture`, such as models/gpt2.py: a frozen dataclass whose
fields are the settings of its config.json. Nothing else has to know its name.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import lru_cache
from typing import Any, ClassVar, Self

from pellucid.graph import Graph, PellucidError
from pellucid.words.given import in_json, of_kind, whole

LARGEST_SIZE = 10**9
MOST_LAYERS = 1_000
"""The most that a damaged or malicious configuration may ask for: several times what the largest models have."""

OTHER_MODELS: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "attribute_map": ((None,), "its settings go by other names: write them by their own, and remove the setting"),
    "is_causal": ((None, True), "each token is to see the later ones too, which cannot be computed so far"),
    "per_layer_config": ((None, {}), "its layers differ, which cannot be computed so far"),
    "quantization_config": ((None,), "its weights are quantised: save the model without that first"),
    "transformers_weights": (
        (None, "model.safetensors"),
        "its weights are in another file: rename that to model.safetensors, and remove the setting",
    ),
}
"""Settings that transformers heeds whichever the architecture is, with the values that change nothing, and what any
other one means."""

ARCHITECTURES: dict[str, type["Architecture"]] = {}
"""Every architecture by its `model_type`; a subclass is added when it is defined."""


@dataclass(frozen=True)
class Measure:
    """A size by which people compare models. `title` is a reader's word for it, `name` what programs ask for it by."""

    name: str
    title: str
    value: int


@dataclass(frozen=True)
class Architecture(ABC):
    """A kind of model with its sizes: all that its graph and its files follow from, and no weights.

    An instance is what Hugging Face calls a configuration: `GPT2Config(n_layer=12, ...)`. Subclasses are frozen
    dataclasses that refuse impossible sizes with a PellucidError.
    """

    model_type: ClassVar[str]
    """What config.json calls the architecture."""
    written: ClassVar[Mapping[str, Any]] = {}
    """Further settings for config.json, so that other programs can open it."""
    computed: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    """Settings and the values of them that can be computed; the first is meant where config.json says nothing."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Sizes for fields without a default of their own, where config.json says nothing."""
    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names of settings that config.json may use, and ours for each."""
    prefix: ClassVar[str] = ""
    """What older files leave out before the names of their arrays."""
    landmark: ClassVar[str] = ""
    """An array that every checkpoint holds: what stands before its name is a prefix that a wrapper put everywhere."""
    buffers: ClassVar[tuple[str, ...]] = ()
    """Endings of the names of arrays that are not weights, such as a causal mask."""
    copies: ClassVar[Mapping[str, str]] = {}
    """Arrays that some files hold a second time, under these names, and the one that serves for each."""
    matrices: ClassVar[tuple[str, ...]] = ()
    """Endings of the names of arrays that other programs store transposed."""
    layered: ClassVar[tuple[str, str] | None] = None
    """The setting that says how many layers there are, and how the names of the first one's arrays begin (`h.0.`),
    where all layers have the same arrays: a checkpoint is compared with one layer before all of them are built."""

    def __init_subclass__(cls) -> None:
        ARCHITECTURES[cls.model_type] = cls

    @abstractmethod
    def graph(self) -> Graph:
        """From tokens to the next token's probabilities."""

    @abstractmethod
    def sizes(self) -> tuple[Measure, ...]:
        """The sizes that people compare, in the order of a table: layers, heads, channels, context or the like."""

    @abstractmethod
    def resized(self, *, vocabulary: int, context: int) -> Self:
        """The same architecture with that many tokens in its vocabulary and its context."""

    def scaled(self, *, layers: int | None = None, heads: int | None = None, width: int | None = None) -> Self:
        """The same architecture with other numbers of layers, attention heads and channels, where they are given."""
        raise PellucidError(
            "bad-config", f"Other sizes of a {self.model_type} cannot be asked for by layers, heads and width."
        )

    def parameters(self) -> int:
        """How many numbers it learns. Where all layers have the same arrays, no more than two are built to know it."""
        if self.layered is None:
            return self.graph().parameters()
        setting, _ = self.layered
        one, two = (replace(self, **{setting: layers}).graph().parameters() for layers in (1, 2))
        return one + (int(getattr(self, setting)) - 1) * (two - one)

    def fitting(self, own: Collection[str]) -> Self:
        """The same architecture, for a checkpoint in which these `copies` hold numbers of their own."""
        return self

    def check_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Raise PellucidError (`misfit`) where the shapes of a checkpoint's arrays contradict the sizes so far that
        nothing should be built of them. What is wrong in a single array is found later."""
        return

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read a Hugging Face config.json. Raises PellucidError for sizes and settings that cannot be computed."""
        of_kind(content, Mapping, "config.json", "an object of settings")
        content = cls._by_our_names(content)
        for name, (harmless, meaning) in OTHER_MODELS.items():
            if content.get(name) not in harmless:
                raise PellucidError(
                    "unknown-architecture", f"config.json says {name} {in_json(content[name])}: {meaning}.", name=name
                )
        for name, known in cls.computed.items():
            if content.get(name, known[0]) not in known:
                raise PellucidError(
                    "unknown-architecture",
                    f"config.json says {name} {in_json(content[name])}: "
                    f"only {' or '.join(map(in_json, known))} can be computed so far.",
                )
        found = {}
        for field in fields(cls):
            found[field.name] = content.get(field.name, cls.defaults.get(field.name, field.default))
            if found[field.name] is MISSING:
                raise PellucidError(
                    "bad-config", f"config.json says no {field.name}: add it, or copy the file again.", name=field.name
                )
        return cls(**found)

    @classmethod
    def _by_our_names(cls, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings by our names. Raises PellucidError if one of them has two values."""
        found = dict(content)
        for alias, name in cls.aliases.items():
            if alias in found:
                value = found.pop(alias)
                if found.setdefault(name, value) != value:
                    raise PellucidError(
                        "bad-config",
                        f"config.json says {name} {in_json(found[name])} and {alias} {in_json(value)}, "
                        "which are two names of one setting: remove the wrong one.",
                        name=name,
                    )
        return found

    def to_json(self) -> dict[str, Any]:
        """What config.json says; `from_json` makes the same of it again."""
        known = {name: values[0] for name, values in self.computed.items()}
        return {"model_type": self.model_type, **self.settings(), **known, **self.written}

    def settings(self) -> dict[str, Any]:
        """The sizes by the names that config.json has for them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def refuse(self, name: str, expected: str) -> PellucidError:
        """The error that says why a setting cannot be."""
        return PellucidError(
            "bad-config",
            f"{name} is {in_json(getattr(self, name))}: it must be {expected}.",
            name=name,
            expected=expected,
        )

    def check_sizes(self, **largest: int) -> None:
        """Raise PellucidError unless each setting named is a whole number from 1 to its largest."""
        for name, most in largest.items():
            size = size_of(getattr(self, name), most)
            if size is None:
                raise self.refuse(name, f"a whole number from 1 to {most:,}")
            object.__setattr__(self, name, size)  # as Python's own number, which JSON knows


def size_of(value: Any, most: int) -> int | None:
    """The value as Python's own number, if it is a whole number from 1 to the most."""
    try:
        size = whole(value)
    except TypeError:
        return None
    return size if 1 <= size <= most else None


def check_given(name: str, size: int | None, most: int) -> None:
    """Raise PellucidError unless the size, where one is given, is a whole number from 1 to the most. It is called what
    the caller called it, which is not what a config.json calls it."""
    if size is not None and size_of(size, most) is None:
        raise PellucidError(
            "bad-config", f"{name} is {in_json(size)}: it must be a whole number from 1 to {most:,}.", name=name
        )


def architecture_of(content: Mapping[str, Any]) -> Architecture:
    """The architecture and sizes that a Hugging Face config.json speaks of. Raises PellucidError for an unknown one."""
    of_kind(content, Mapping, "config.json", "an object of settings")
    kind = content.get("model_type", named_class(content))
    if not isinstance(kind, str) or kind not in ARCHITECTURES:
        known = " or ".join(f"'{name}'" for name in ARCHITECTURES)
        said = f"says model_type {in_json(kind)}" if "model_type" in content else "says no model_type"
        raise PellucidError("unknown-architecture", f"config.json {said}: only {known} can be opened so far.")
    return ARCHITECTURES[kind].from_json(content)


def named_class(content: Mapping[str, Any]) -> str | None:
    """The model_type that follows from the class of transformers that config.json names, as the oldest files do."""
    named = content.get("architectures")
    for kind, architecture in ARCHITECTURES.items():
        if named and named == architecture.written.get("architectures"):
            return kind
    return None


@lru_cache
def measures(architecture: Architecture) -> tuple[Measure, ...]:
    """The sizes that people compare, followed by the number of parameters."""
    return (*architecture.sizes(), Measure("parameters", "parameters", architecture.parameters()))
