"""Models that nobody has taught yet, by names that say all of them: `new:reverse`, `new:addition,digits=1,layers=2`.

So whoever wants to watch one learn can ask for it as for any other model, and an address that names it can be shared.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pellucid.graph import PellucidError
from pellucid.models import Architecture
from pellucid.run.model import Model
from pellucid.run.parameters import Parameters
from pellucid.run.vocabulary import Vocabulary
from pellucid.tasks import Task, Text, make
from pellucid.tasks.lookup import CORPORA, TASKS, settings_of
from pellucid.train.initialise import initialise
from pellucid.train.loop import Training
from pellucid.train.recipe import Recipe
from pellucid.words.errors import printable, shortened
from pellucid.words.given import LONGEST, shown

PREFIX = "new:"
SIZES = ("layers", "heads", "width")
MOST_LAYERS, MOST_CHANNELS, MOST_LETTERS, MOST_PARAMETERS = 8, 192, 64, 1_000_000
"""What a page can teach while somebody watches."""
LONGEST_NAME = 300
UNREAD = "unread"
"""So a model is marked that is to learn from a text which the reader's browser keeps to itself."""
TEXT_SIZES: Mapping[str, int] = {"letters": 12, "context": 32, "layers": 2, "heads": 2, "width": 32}
"""Of a model for such a text, where nobody says: it learns while one watches."""
MOST_TEXT_LETTERS, MOST_CONTEXT = 512, 64
FIRST_SIGN = 0xE000
"""Signs that Unicode leaves without a meaning stand for its letters, which nobody knows here."""


def is_fresh(name: str) -> bool:
    """Whether the name is one of a model that nobody has taught yet."""
    return name.startswith(PREFIX)


def fresh(name: str) -> Model:
    """The model of that name, with the weights that a training with seed 0 begins with.

    Raises PellucidError for a task that there is none of, for settings that it does not have or that will not do, and
    for a model that is too large to be taught in a page.
    """
    if len(name) > LONGEST_NAME:
        raise unreadable(name)
    kind, *settings = name.removeprefix(PREFIX).split(",")
    given = dict(setting(each, name) for each in settings)
    if kind == Text.name and len(given) == len(settings):
        return unread(given, name)
    if not kind or len(given) < len(settings) or kind in CORPORA:
        raise unreadable(name)
    task = make(kind, **{key: value for key, value in given.items() if key not in SIZES})
    config = sized(task, {key: value for key, value in given.items() if key in SIZES})
    recipe = Recipe(**task.recipe)
    training = Training(task, config=config, recipe=recipe)
    parameters = Parameters(training.config.graph(), training.parameters.stored)
    about = {"task": task.describe(), "training": {"seed": 0, "steps": 0, "recipe": asdict(recipe)}}
    return Model(f"new-{kind}", training.config, parameters, task.vocabulary, about, ends=task.ends)


def unread(given: Mapping[str, Any], name: str) -> Model:
    """A model for a text of which nothing is known here but how many different letters it has.

    Raises PellucidError for settings that it does not have, and for sizes that will not do.
    """
    if not given.keys() <= TEXT_SIZES.keys():
        raise unreadable(name)
    sizes = {**TEXT_SIZES, **given}
    letters, context = (whole_size(key, sizes[key]) for key in ("letters", "context"))
    limits = (
        Limit("too-many-letters", "letters in the text", letters, MOST_TEXT_LETTERS),
        Limit("too-long-context", "letters read at once", context, MOST_CONTEXT),
    )
    config = scaled(Text.model, {key: sizes[key] for key in SIZES}, letters, context, limits)
    recipe = Recipe(**Text.recipe)
    parameters = Parameters.zeros(config.graph())[0]
    initialise(parameters.graph, parameters, recipe.deviation, np.random.default_rng((0, 0)))
    about = {UNREAD: True, "training": {"seed": 0, "steps": 0, "recipe": asdict(recipe)}}
    signs = Vocabulary([chr(FIRST_SIGN + number) for number in range(letters)])
    return Model(f"new-{Text.name}", config, parameters, signs, about)


def setting(text: str, name: str) -> tuple[str, Any]:
    """What is set, and to what. Raises PellucidError (`bad-name`)."""
    key, equals, value = text.partition("=")
    if not equals:
        raise unreadable(name)
    return key, int(value) if value.isascii() and value.isdecimal() and len(value) < 10 and key != "alphabet" else value


def unreadable(name: str) -> PellucidError:
    return PellucidError(
        "bad-name",
        f"{shown(name)} names no new model: write new:TASK,SETTING=VALUE, such as new:reverse,layers=2, "
        f"with one of {', '.join(TASKS)}.",
        name=shortened(printable(name), LONGEST),
    )


def sized(task: Task, sizes: dict[str, Any]) -> Architecture:
    """The architecture. Raises PellucidError for one that is too large, before anything of it is made."""
    letters = len(task.vocabulary.pieces)
    limit = Limit("too-many-letters", "letters in the alphabet", letters, MOST_LETTERS)
    return scaled(task.model, sizes, letters, task.context, [limit])


def scaled(
    model: Architecture, sizes: Mapping[str, Any], letters: int, context: int, limits: Iterable["Limit"]
) -> Architecture:
    """The architecture with those sizes. Raises PellucidError for such as there are none of, and for too large ones."""
    for key, value in sizes.items():
        whole_size(key, value)
    usual = {size.name: size.value for size in model.sizes()}
    heads, width = sizes.get("heads", usual["heads"]), sizes.get("width", usual["channels"])
    for limit in (
        Limit("too-many-blocks", "blocks (layers)", sizes.get("layers", 1), MOST_LAYERS),
        Limit("too-many-channels", "channels", sizes.get("width", 1), MOST_CHANNELS),
        *limits,
    ):
        limit.check()
    if width % heads:
        raise PellucidError(
            "uneven-heads",
            f"{width:,} channels cannot be shared out among {heads:,} heads: make width a multiple of heads.",
            channels=width,
            heads=heads,
        )
    config = model.scaled(**sizes).resized(vocabulary=letters, context=context)
    if (parameters := config.graph().parameters()) > MOST_PARAMETERS:
        raise PellucidError(
            "too-many-parameters",
            f"A model of {parameters:,} parameters is too large to be taught in a page: {MOST_PARAMETERS:,} are the "
            "most. Give fewer blocks (layers) or channels.",
            count=parameters,
            most=MOST_PARAMETERS,
        )
    return config


@dataclass(frozen=True)
class Limit:
    """How many of something a model would have that is taught in a page, and how many it may have."""

    code: str
    what: str
    count: int
    most: int

    def check(self) -> None:
        """Raises PellucidError by the code."""
        if self.count > self.most:
            raise PellucidError(
                self.code,
                f"{self.count:,} {self.what} are too many to be taught in a page: {self.most} are the most.",
                count=self.count,
                most=self.most,
            )


def whole_size(key: str, value: Any) -> int:
    """Raises PellucidError (`bad-size`) for what is no size."""
    if isinstance(value, int) and value >= 1:
        return value
    raise PellucidError(
        "bad-size",
        f"{key} is {shown(value)}: give a whole number from 1 on, as in {key}=2.",
        setting=key,
        value=shortened(printable(str(value)), LONGEST),
    )


def offered() -> Iterator[dict[str, Any]]:
    """What there is to be taught: each task, with what can be set of it and how that is set where nobody says; and a
    text of the reader's own, whose letters only the page knows."""
    for name in TASKS:
        task = make(name)
        own = {key: getattr(task, key) for key in settings_of(type(task))}
        sizes = [size for size in task.model.sizes() if size.name in ("layers", "heads", "channels")]
        yield {
            "id": PREFIX + name,
            "task": name,
            "settings": {key: "".join(value) if key == "alphabet" else value for key, value in own.items()}
            | {size.name if size.name != "channels" else "width": size.value for size in sizes},
        }
    yield {
        "id": PREFIX + Text.name,
        "task": Text.name,
        "settings": {key: value for key, value in TEXT_SIZES.items() if key != "letters"},
    }
