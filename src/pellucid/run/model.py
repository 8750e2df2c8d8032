"""A model: its graph, its weights, its vocabulary, and what it was taught."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.cached import cached_property
from pellucid.files import huggingface
from pellucid.files.generation import GENERATION
from pellucid.files.huggingface import Checkpoint
from pellucid.files.origin import Origin
from pellucid.files.together import read_together
from pellucid.files.weights import CONFIG
from pellucid.graph import Graph, PellucidError
from pellucid.models import Architecture, with_loss
from pellucid.run.engine import engine
from pellucid.run.generate import Sampling, Step, generate
from pellucid.run.interventions import Interventions, interventions_of
from pellucid.run.parameters import Parameters
from pellucid.run.snapshot import Snapshot
from pellucid.run.trace import Run, names_of
from pellucid.run.vocabulary import Tokenizer, Vocabulary, unknown_token, whole_numbers
from pellucid.words.errors import UnknownName, warn
from pellucid.words.given import bad_argument, of_kind, path_of, shown, truth, whole
from pellucid.words.spellings import spellings

if TYPE_CHECKING:
    from pellucid.files.onnx import Written

Prompt = str | Sequence[int]


class Model:
    """What `pellucid.train` and `pellucid.load` give.

    `about` is what a checkpoint remembers beside sizes and weights: `task` (what was taught), `accuracy` (how well).
    `ends` are the tokens with which a text ends: nothing is generated after one of them.
    """

    def __init__(
        self,
        name: str,
        config: Architecture,
        parameters: Parameters,
        vocabulary: Vocabulary | None = None,
        about: dict[str, Any] | None = None,
        engine_name: str = "numpy",
        ends: Sequence[int] = (),
    ) -> None:
        self.name = of_kind(name, str, "the name of a model", "text")
        self.config = of_kind(config, Architecture, "config", "an architecture, such as a GPT2Config")
        self.parameters = of_kind(parameters, Parameters, "parameters", "the Parameters of the config's graph")
        self.engine_name = engine_name
        self.engine = engine(engine_name, parameters)
        if vocabulary is not None:
            of_kind(vocabulary, Vocabulary, "vocabulary", "a Vocabulary, or None")
        self.vocabulary = vocabulary
        self.about: dict[str, Any] = {} if about is None else of_kind(about, dict, "about", "a dictionary, or None")
        self.ends = tuple(whole_numbers(ends, "ends are the numbers of tokens, such as [0]"))
        self.traced = [tensor.name for tensor in parameters.graph.tensors.values() if tensor.kind != "weight"]
        """The names that a whole trace holds, in the order of computing."""
        self.origin: Origin | None = None
        """The folder that `load` read it from."""

    def __repr__(self) -> str:
        return f"<Model {self.name}: {self.graph.parameters():,} parameters>"

    @property
    def graph(self) -> Graph:
        return self.parameters.graph

    @cached_property
    def learning(self) -> Graph:
        """The graph with a loss, and with the gradient of every tensor behind it."""
        return with_loss(self.config.graph()).gradients()

    def graph_of(self, *names: str) -> Graph:
        """The model's graph; the one with its loss and gradients where that alone has all these tensors and parts.

        Raises PellucidError (`bad-argument`) for what is no name, and for the gradient of what has none.
        """
        for name in names:
            of_kind(name, str, "a tensor or part", "a name, such as 'blocks.0.attn'")
        beyond = [name for name in names if not self.graph.knows(name) and name not in self.graph.groups]
        for name in beyond:
            self._refuse_flat(name)
        if beyond and all(name in self.learning.groups or self.learning.knows(name) for name in beyond):
            return self.learning
        return self.graph

    def _refuse_flat(self, name: str) -> None:
        """Raise PellucidError where the name is that of a gradient of something that the loss does not depend on."""
        of = name.removeprefix("grad.")
        if of != name and self.learning.knows(of) and not self.learning.knows(name):
            raise UnknownName(
                "unknown-tensor",
                f"There is no {name}: only what the loss is computed from has a gradient, "
                f"such as grad.{self.graph.outputs.logits.name}.",
                name=name,
            )

    def on(self, engine_name: str) -> "Model":
        """The same model, computed by another engine: "numpy", "reference", "jax" or "onnx"."""
        return Model(self.name, self.config, self.parameters, self.vocabulary, self.about, engine_name, self.ends)

    @property
    def snapshot(self) -> Snapshot:
        """The identity and version of the weights at this moment: the key for whatever is computed with them."""
        return self.parameters.snapshot

    @property
    def context(self) -> int:
        """The most tokens the model can read."""
        return self.graph.sizes["t"]

    @property
    def task(self) -> dict[str, Any] | None:
        return self.about.get("task")

    def tokens(self, prompt: Prompt) -> list[int]:
        """The token numbers of a text, or of a list of numbers. Raises PellucidError for what the model cannot read."""
        if isinstance(prompt, str):
            if self.vocabulary is None:
                raise PellucidError(
                    "no-vocabulary",
                    "This model has no vocabulary: give token numbers, such as [2, 1, 0], for a prompt.",
                )
            tokens = self.vocabulary.encode(prompt)
        else:
            tokens = whole_numbers(prompt, "a prompt is one text, or the numbers of its tokens such as [2, 1, 0]")
        if not tokens:
            raise PellucidError("empty-prompt", "The prompt is empty: give at least one token.")
        if len(tokens) > self.context:
            raise PellucidError(
                "too-long",
                f"The prompt has {len(tokens)} tokens, but this model reads at most {self.context}: shorten it.",
                length=len(tokens),
                most=self.context,
            )
        last = self.graph.sizes["v"] - 1
        for token in tokens:
            if not 0 <= token <= last:
                raise unknown_token(token, last)
        return tokens

    def question(self, prompt: Prompt) -> list[int]:
        """The tokens of a prompt that the model's task can be asked, which fixes their number."""
        tokens = self.tokens(prompt)
        if self.task and len(tokens) != self.task["length"]:
            raise PellucidError(
                "wrong-length",
                f"The prompt has {len(tokens)} letters, but this model was taught with exactly {self.task['length']}.",
                length=len(tokens),
                expected=self.task["length"],
            )
        return tokens

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens; numbers with commas for a model without a vocabulary."""
        known = self._known(tokens)
        return self.vocabulary.decode(known) if self.vocabulary else ",".join(map(str, known))

    def pieces(self, tokens: Sequence[int]) -> list[str]:
        """What a reader is shown for each token: a letter, a piece of text with all signs visible, or a number."""
        shown = self.vocabulary.pieces if self.vocabulary else None
        return [shown[token] if shown else str(token) for token in self._known(tokens)]

    def _known(self, tokens: Sequence[int]) -> list[int]:
        """Tokens that the model has, as plain numbers. Raises PellucidError for others."""
        last, known = self.graph.sizes["v"] - 1, whole_numbers(tokens, "tokens are their numbers, such as [2, 1, 0]")
        for token in known:
            if not 0 <= token <= last:
                raise unknown_token(token, last)
        return known

    def trace(
        self,
        prompt: Prompt,
        names: str | Iterable[str] | None = None,
        *,
        interventions: Interventions | None = None,
        targets: Prompt | None = None,
    ) -> Run:
        """One forward pass, keeping every tensor, or the ones named; `interventions` change cells on the way.

        `model.trace("CBABBC", interventions="blocks.1.attn.z[h=2]")` computes without one head; run/interventions.py
        lists what else can be done. `targets` are the right answers, for each token read the one that should follow,
        or -1: the run's `loss` and gradients (`run["grad.blocks.0.attn.q"]`) are those for them.
        """
        return Run(self, prompt, names, () if interventions is None else interventions, targets)

    def run_with_cache(
        self,
        prompt: Prompt,
        names_filter: str | Iterable[str] | Callable[[str], bool] | None = None,
        *,
        interventions: Interventions | None = None,
    ) -> tuple[np.ndarray, Run]:
        """The logits (`t v`) and the run, as TransformerLens gives them: its names find our tensors.

        `names_filter` says what to keep beside the logits: names, or a function of a name, which is asked about
        TransformerLens's spelling as well as ours.
        """
        logits = self.graph.outputs.logits.name
        if names_filter is None:
            kept = None
        elif callable(names_filter):
            kept = [name for name in self.traced if any(map(kept_by(names_filter), (name, *spellings(name))))]
        else:
            kept = names_of(names_filter)
        run = self.trace(prompt, None if kept is None else [*kept, logits], interventions=interventions)
        return run[logits], run

    def answers(self, targets: Prompt) -> list[int]:
        """The right answers as token numbers, from a text or from numbers, among which -1 asks for none."""
        if isinstance(targets, str):
            return self.tokens(targets)
        return whole_numbers(targets, "targets are one text, or token numbers with -1 where none is asked for")

    def steps(
        self,
        prompt: Prompt,
        count: int | None = None,
        *,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        interventions: Interventions | None = None,
    ) -> Iterator[Step]:
        """Generate token by token, each with the distribution it was chosen from.

        `count` is the length of the task's answer, or as many tokens as fit; a token of `ends` is the last one. Cells
        of `interventions` change as soon as the text is long enough to have them. Raises PellucidError at once.
        """
        tokens = self.question(prompt)
        room = self.context - len(tokens) + 1
        most = self.task["answer_length"] if self.task else room
        count = most if count is None else whole_number(count, "count")
        if not 0 <= count <= room:
            raise PellucidError(
                "too-long",
                f"{shown(count)} more tokens do not fit: after this prompt the model can write from 0 to {room}.",
                length=count,
                most=room,
            )
        changes = interventions_of(() if interventions is None else interventions, self.graph)
        for intervention in changes:
            intervention.check(self.graph, len(tokens) + max(count - 1, 0))
        return generate(self, tokens, count, Sampling(temperature, top_k, top_p, seed), changes)

    def generate(
        self,
        prompt: Prompt,
        count: int | None = None,
        *,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        interventions: Interventions | None = None,
    ) -> str:
        """The text that the model writes after the prompt."""
        steps = self.steps(
            prompt,
            count,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            seed=seed,
            interventions=interventions,
        )
        return self.text([step.token for step in steps])

    def save(self, folder: str | Path) -> None:
        """Write a checkpoint folder that Pellucid opens, and transformers where it knows the architecture.

        Raises PellucidError where it cannot be written, or `about` holds what JSON has no word for.
        """
        try:
            json.dumps(self.about)
        except (TypeError, ValueError) as error:
            raise bad_argument("about", self.about, f"what JSON has words for ({error})") from error
        files = self.vocabulary.files if isinstance(self.vocabulary, Tokenizer) else None
        letters = self.vocabulary.pieces if self.vocabulary and not files else None
        kept = Checkpoint(self.config, self.parameters.stored, letters, files, self.about, self.ends)
        huggingface.write(kept, path_of(folder, "folder"))

    def to_onnx(
        self,
        file: str | Path,
        tensors: str | Iterable[str] | None = None,
        *,
        texts: bool = False,
        open_for_change: str | Iterable[str] = (),
    ) -> "Written":
        """Write an ONNX file that computes these tensors (every activation by default) from `tokens` (`t`).

        With `texts` it reads many texts of one length at once (`b t`). Each tensor that is open for change has two more
        inputs, `NAME.changed` and `NAME.value`, which set its cells and may be left out; they stretch as arrays do.
        Gradients are tensors too; the file then asks for `targets`. Raises PellucidError for what cannot be written,
        and where the extra `onnx` is not installed.
        """
        try:
            from pellucid.files.onnx import write
        except ModuleNotFoundError as error:
            raise PellucidError(
                "extra-not-installed",
                f"Writing ONNX needs {error.name}: install it with pip install 'pellucid[onnx]'.",
                name="onnx",
            ) from error
        keep = None if tensors is None else names_of(tensors, "tensors")
        changeable, texts = names_of(open_for_change, "open_for_change"), truth(texts, "texts")
        graph = self.graph_of(*(keep or ()), *changeable)
        about = {"vocabulary": json.dumps(self.vocabulary.pieces, ensure_ascii=False)} if self.vocabulary else {}
        return write(
            path_of(file, "file"), graph, self.parameters, keep, texts, changeable, {"model": self.name, **about}
        )

    @classmethod
    def load(cls, folder: str | Path) -> "Model":
        """Open such a folder, whoever wrote it. Raises PellucidError if anything in it is not as it should be."""
        path = path_of(folder, "folder")
        try:
            origin, found = read_together(path, huggingface.FILES, lambda: (Origin(path), huggingface.read(path)))
        except OSError as error:  # such as a name that is too long for a file
            raise PellucidError("no-such-folder", f"{shown(str(path))} cannot be opened: {error.strerror}.") from error
        parameters = Parameters(found.config.graph(), found.arrays)
        vocabulary = Vocabulary(found.letters) if found.letters else None
        if found.tokenizer:
            vocabulary = Tokenizer(found.tokenizer, parameters.graph.sizes["v"])
        model = cls(huggingface.name_of(path), found.config, parameters, vocabulary, found.about, ends=found.ends)
        model.origin = origin
        if found.unheeded:
            warn(
                f"{model.name} has settings by which transformers writes other tokens, and which are not heeded here "
                f"({', '.join(found.unheeded)}): take them out of {GENERATION} and {CONFIG} to compare the two."
            )
        return model

    def __copy__(self) -> "Model":
        """The same weights, in the same memory."""
        return self.on(self.engine_name)

    def __deepcopy__(self, known: dict[int, Any]) -> "Model":
        copied = self.parameters.copy(), self.vocabulary, deepcopy(self.about, known)
        return Model(self.name, self.config, *copied, self.engine_name, self.ends)

    def __reduce__(self) -> tuple[Any, ...]:
        """The state that pickle keeps: not the graph, which follows from the sizes, nor what an engine has compiled."""
        arrays = dict(self.parameters.stored)
        told = self.vocabulary, self.about, self.engine_name, self.ends
        return restored, (self.name, self.config, arrays, *told)


def kept_by(names_filter: Callable[[str], bool]) -> Callable[[str], bool]:
    """The same function with its answers checked: whatever Python takes for true or false will do; an array will not.

    Raises PellucidError (`bad-argument`).
    """

    def kept(name: str) -> bool:
        answer = names_filter(name)
        try:
            return bool(answer)
        except Exception as error:
            raise bad_argument("what names_filter answers", answer, "true or false") from error

    return kept


def whole_number(value: object, name: str) -> int:
    """Raises PellucidError (`bad-argument`) for what is none."""
    try:
        return whole(value)
    except TypeError:
        raise bad_argument(name, value, "a whole number, or None") from None


def restored(
    name: str,
    config: Architecture,
    arrays: Mapping[str, np.ndarray],
    vocabulary: Vocabulary | None,
    about: dict[str, Any],
    engine_name: str,
    ends: tuple[int, ...],
) -> Model:
    """The model that was pickled."""
    return Model(name, config, Parameters(config.graph(), arrays), vocabulary, about, engine_name, ends)
