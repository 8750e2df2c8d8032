"""A view: the page in a cell of a notebook, as a widget that works wherever anywidget does."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import anywidget
import numpy as np
import traitlets

from pellucid.cached import cached_property
from pellucid.graph import PellucidError
from pellucid.run.cells import Cells, tensor_named
from pellucid.run.interventions import Interventions, interventions_of, together
from pellucid.run.model import Model, Prompt
from pellucid.run.trace import Run
from pellucid.train.catalogue import load
from pellucid.words.errors import printable, shortened
from pellucid.words.given import LONGEST, attribute, bad_argument, numbers_in, shown, whole

if TYPE_CHECKING:
    from pellucid.notebook.asking import Asking

BUNDLE = Path(__file__).with_name("bundle")
CARRIED = {"page.js": "text/javascript", "page.css": "text/css"}
"""What the page is made of: brought once for all views of a notebook, and kept in none of its files."""

PICTURED = ("cell", "change", "text", "tokens")
"""What of an address the still picture shows."""

COMPARED = 16
"""A model of transformers is compared with what is shown of it on so many tokens."""
COARSEST = 5e-2
ROUNDING = {4: 1e-3, 8: 1e-3}
"""How far the two may be apart by rounding, of the largest number, by the bytes of a weight; COARSEST for others."""
HEIGHT = 640
LOWEST, HIGHEST = 100, 10_000
"""Pixels."""
STILL_WIDTH = 720

if not (BUNDLE / "view.js").exists():  # a widget's class takes its script when it is made
    from pellucid.serve.files import page_not_built

    raise page_not_built()

Shown = Model | Run | str | Path
Chosen = Callable[[Cells | None], object]


class View(anywidget.AnyWidget):
    """What `show` gives. Its cell in the notebook shows the page; `selection`, `interventions` and `run` are what is
    chosen there, and may be set."""

    _esm = BUNDLE / "view.js"
    height = traitlets.Int(HEIGHT).tag(sync=True)
    _begins = traitlets.Unicode("").tag(sync=True)
    _place = traitlets.Unicode("").tag(sync=True)
    _wanted = traitlets.Dict().tag(sync=True)
    _times = traitlets.Int(0).tag(sync=True)
    _obeyed = traitlets.Int(0).tag(sync=True)

    def __init__(self, model: Model, tokens: Iterable[int], interventions: Interventions, height: int) -> None:
        begins = {"view": "explore", "tokens": ",".join(map(str, tokens))}
        if changes := together(interventions_of(interventions, model.graph)):
            begins["change"] = changes
        super().__init__(height=height, _begins=f"?{urlencode(begins)}")
        self.model = model
        self._told: list[Chosen] = []
        self._coming: dict[str, str] = {}
        self._still: Any = None
        self.on_msg(self._answer)
        self.observe(self._arrived, "_place")

    def __repr__(self) -> str:
        """What stands in its place where nothing but text is shown."""
        try:
            text = self.model.text(self.tokens)
        except PellucidError:  # the page has said something that no text is
            return f"View of {printable(self.model.name)}"
        return f"View of {printable(self.model.name)} for {shortened(printable(text), LONGEST)}"

    # Asked by the page.

    def _answer(self, view: object, asked: Any, buffers: object) -> None:
        """Answer whatever is asked, so that nobody waits for ever."""
        told = asked if isinstance(asked, dict) else {}
        path = told.get("path")
        if isinstance(path, str) and path in CARRIED:
            self.send({"id": told.get("id"), "status": 200, "type": CARRIED[path]}, [(BUNDLE / path).read_bytes()])
            return
        found = self._asking.ask(path)
        self.send({"id": told.get("id"), "status": found.status, "type": found.type}, [found.body])

    @cached_property
    def _asking(self) -> "Asking":
        """What answers the page. The server's application is imported with its first question."""
        from pellucid.notebook.asking import Asking

        return Asking([self.model])

    # What is chosen.

    @property
    def _address(self) -> dict[str, str]:
        """Where the page is, or will be as soon as it has done what was last wanted of it."""
        place = str(self._place or self._begins)
        there = {name: values[-1] for name, values in parse_qs(place.removeprefix("?")).items()}
        return there | self._coming if self._obeyed < self._times else there

    @property
    def selection(self) -> Cells | None:
        """The cell, or the whole tensor, that is chosen on the page; None where nothing is. May be set to cells, to
        their spelling ("blocks.0.attn.q[h=2,t=3,d=7]"), or to None."""
        said = self._address.get("cell")
        return Cells.parse(said, self.model.graph_of(tensor_named(said))) if said else None

    @selection.setter
    def selection(self, cells: Cells | str | None) -> None:
        if cells is None:
            self._go("cell", None, "")
            return
        found = Cells.parse(cells, self.model.graph) if isinstance(cells, str) else cells
        if not isinstance(found, Cells):
            raise bad_argument("selection", cells, "cells such as 'blocks.0.attn.q[h=2,t=3,d=7]', or None")
        found.check(self.model.graph, len(self.tokens))
        index = list(found.index) if found.single and found.axes else None
        self._go("cell", {"tensor": found.tensor, "index": index}, str(found))

    def on_select(self, told: Chosen) -> Chosen:
        """Have a function called with the selection whenever another one is made; usable as a decorator."""
        self._told.append(told)
        return told

    @property
    def tokens(self) -> list[int]:
        """The tokens that the page shows the model reading."""
        address = self._address
        if "tokens" not in address:
            from pellucid.serve.collection import opening

            return self.model.tokens(address.get("text", opening(self.model)))
        said = address["tokens"]
        try:
            return self.model.tokens([int(token) for token in said.split(",") if token])
        except ValueError:
            raise PellucidError(
                "bad-tokens", f"The page reads the tokens {shown(said)}: they must be numbers with commas between."
            ) from None

    @property
    def interventions(self) -> str:
        """What is changed on the page, as docs/protocol.md spells it; may be set to all that `model.trace` takes."""
        return self._address.get("change", "")

    @interventions.setter
    def interventions(self, changes: Interventions | None) -> None:
        found = interventions_of(() if changes is None else changes, self.model.graph)
        for each in found:
            each.check(self.model.graph, len(self.tokens))
        changes = together(found)
        self._go("change", changes, changes)

    @property
    def run(self) -> Run:
        """The run that the page shows: its prompt, with its changes."""
        return self.model.trace(self.tokens, interventions=self.interventions or ())

    def _go(self, name: str, wanted: object, said: str) -> None:
        """Want something of the page: as the page takes it, and as an address says it. The page may still be busy, or
        not there yet: what it has not done is wanted on, together with what is new."""
        if self._obeyed >= self._times:
            self._wanted, self._coming = {}, {}
        self._wanted = {**self._wanted, name: wanted}
        self._coming = {**self._coming, name: said}
        self._times = max(self._times, self._obeyed) + 1

    def _arrived(self, change: Any) -> None:
        before, now = (
            {name: said for name, said in parse_qs(place.removeprefix("?")).items() if name in PICTURED}
            for place in (change["old"], change["new"])
        )
        if before == now:
            return  # the camera has moved, or another page of the reader is open
        if before.get("cell") != now.get("cell") and self._is_here():
            for told in self._told:
                told(self.selection)
        self._keep_still()  # which takes a moment

    def _is_here(self) -> bool:
        """Whether what is chosen is of this view's model: the page has sizes of others too, without weights."""
        try:
            return self.selection is None or bool(self.tokens)
        except PellucidError:
            return False

    # What stays of it in a notebook that is only looked at.

    def still(self) -> str:
        """The state as a still picture in HTML: what is chosen and what it was computed from, or else the model."""
        from pellucid.scene.drawing import draw

        run, chosen = self.run, self.selection
        if chosen is not None and chosen.single:
            explained = run.explain(chosen)
            parts = [chosen.tensor, *(tensor.name for _, tensor, _ in explained.reads)]
            picture = draw(run, *dict.fromkeys(parts), explained=explained, width=STILL_WIDTH, theme="light")
        else:
            picture = draw(run, *([chosen.tensor] if chosen else []), width=STILL_WIDTH, theme="light")
        words = escape(self.model.text(run.tokens))
        return f'<figure data-pellucid-still="{id(self)}">{picture}<figcaption>{words}</figcaption></figure>'

    def _ipython_display_(self) -> None:
        """The widget, and beside it the still picture, which a living view hides."""
        from IPython import display

        widget, _ = self._repr_mimebundle_() or ({}, {})
        display.display(widget, raw=True)  # type: ignore[no-untyped-call]
        self._still = display.display(display.HTML(self.still()), display_id=True)  # type: ignore[no-untyped-call]

    def _keep_still(self) -> None:
        if self._still is not None:
            from IPython.display import HTML

            with suppress(PellucidError):  # another model is shown: the last picture of this one stays
                self._still.update(HTML(self.still()))  # type: ignore[no-untyped-call]


def show(
    model: Any,
    prompt: Prompt | None = None,
    *,
    interventions: Interventions = (),
    height: int = HEIGHT,
    name: str | None = None,
) -> View:
    """The page in a notebook's cell, for a model, a run, the name or folder of a model, or a GPT-2 of transformers.

    `prompt` is what the model reads, by default its own example: text, or for a model without a vocabulary the numbers
    of tokens, as a list or as text such as "5,0,2". `name` is what the page calls a GPT-2 of transformers; without it,
    by what it was loaded from, or else "gpt2". Raises PellucidError for what cannot be shown.
    """
    from pellucid.serve.collection import opening

    height = checked_height(height)
    if name is not None and (not isinstance(name, str) or not is_of_transformers(model)):
        raise bad_argument("name", name, "text, and only for a GPT-2 of transformers, which has no name of its own")
    if isinstance(model, Run):
        return View(model.model, model.tokens, interventions or model.interventions, height)
    found = model_of(model, name)
    if isinstance(prompt, str) and found.vocabulary is None:
        prompt = numbers_in(prompt) or prompt
    tokens = found.tokens(opening(found) if prompt is None else prompt)
    return View(found, tokens, interventions, height)


def checked_height(height: object) -> int:
    """Raises PellucidError (`bad-argument`) for what no page could be seen in."""
    try:
        pixels = whole(height)
        if not LOWEST <= pixels <= HIGHEST:
            raise TypeError
    except TypeError:
        raise bad_argument("height", height, f"a whole number of pixels from {LOWEST} to {HIGHEST:,}") from None
    return pixels


def model_of(given: Any, name: str | None = None) -> Model:
    if isinstance(given, Model):
        return given
    if isinstance(given, str | Path):
        return load(given)
    if is_of_transformers(given):
        with TemporaryDirectory() as folder:
            with without_bars(), refusing_to_save():
                given.save_pretrained(folder)
            model = Model.load(folder)
        check_alike(given, model)
        model.name = name or name_of(given)
        model.origin = None  # a folder that is gone
        return model
    raise bad_argument("model", given, "a model, a run, the name or folder of a model, or a GPT-2 of transformers")


def is_of_transformers(given: Any) -> bool:
    return attribute(given, "save_pretrained") is not None and attribute(given, "config") is not None


def name_of(given: Any) -> str:
    """What a model of transformers was loaded from, without the folders around it; else what kind it is."""
    loaded_from = attribute(given.config, "name_or_path")
    name = re.split(r"[\\/]", loaded_from.rstrip("\\/"))[-1] if isinstance(loaded_from, str) else ""
    return printable(name or str(attribute(given.config, "model_type") or type(given).__name__.lower()))


def check_alike(given: Any, model: Model) -> None:
    """Raise PellucidError (`another-model`) where a model of transformers computes other numbers than its weights and
    settings alone say: hooks, or layers that somebody has changed, are in neither."""
    import torch

    tokens = [place % model.graph.sizes["v"] for place in range(min(COMPARED, model.context))]
    modes = [(module, module.training) for module in given.modules()]
    try:
        given.eval()
        with torch.no_grad():
            answer = given(torch.tensor([tokens], device=given.device), return_dict=True)
    finally:
        for module, training in modes:
            module.training = training
    last = model.graph.outputs.logits
    if given.get_output_embeddings() is None:  # a model without its last layer answers with what that would read
        last = model.graph.makers[last.name].operands[0]
    theirs = answer[0][0].float().cpu().numpy()
    ours = model.trace(tokens, last.name)[last.name]
    # Where both have come to no number, or to infinity, they agree.
    agree = (theirs == ours) | (np.isnan(theirs) & np.isnan(ours))
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.where(agree, 0, np.abs(theirs - ours)).max()
        most = np.nanmax(np.abs(ours), initial=0) * ROUNDING.get(given.dtype.itemsize, COARSEST)
    if not apart <= most + 1e-6:
        raise PellucidError(
            "another-model",
            f"This model computes other numbers than its weights and its config say ({last.name} differ by up to "
            f"{apart:.2g}), because of hooks or of changed layers, which cannot be shown: take them out.",
        )


@contextmanager
def refusing_to_save() -> Iterator[None]:
    """Refuse what transformers cannot write: a model without numbers (on the device meta), or with others' parts."""
    try:
        yield
    except Exception as error:
        told = shortened(printable(str(error).partition("\n")[0]), LONGEST)
        raise PellucidError(
            "bad-argument",
            f"This model cannot be shown, because its own save_pretrained fails "
            f"({type(error).__name__}: {told}): give one that transformers can save.",
            name="model",
        ) from error


@contextmanager
def without_bars() -> Iterator[None]:
    """transformers shows no progress bars meanwhile: what is written here is nobody's business."""
    told = sys.modules.get("transformers.utils.logging")
    if told is None or not told.is_progress_bar_enabled():
        yield
        return
    told.disable_progress_bar()
    try:
        yield
    finally:
        told.enable_progress_bar()
