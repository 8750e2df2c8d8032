"""What the server says in the guided tour: one struct per object of docs/protocol.md, under "Lessons"."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType


class Answer(Struct, forbid_unknown_fields=True):
    """Nothing travels that is not declared."""


class ChapterEntry(Answer):
    slug: str
    title: str
    summary: str
    words: int
    minutes: float
    steps: int


class ContentsEntry(ChapterEntry):
    fits: Annotated[bool, Meta(description="False where the chapter speaks of what the model does not have.")]


class Contents(Answer):
    """`GET /api/lessons?model=MODEL`"""

    languages: dict[str, list[ContentsEntry]]
    own: Annotated[bool, Meta(description="Whether these are somebody's own lessons, and not Pellucid's tour.")]


class CellRegion(Answer):
    """Half-open ranges of indices by axis letter."""

    tensor: str
    at: dict[str, tuple[int, int]]


class ChangedRegion(CellRegion):
    change: Annotated[
        str | UnsetType, Meta(description="What happens to the cells, where they are not set to zero.")
    ] = UNSET


class SelectedCell(Answer):
    tensor: str
    index: dict[str, int]


class CueCamera(Answer):
    """From where it looks, in degrees to the right of the front and above it; null: as the page sees fit."""

    turn: float | None
    tilt: float | None
    follow: Annotated[bool, Meta(description="Whether it goes along with single cells while they are played.")]


class Cue(Answer):
    """All that the stage shows in a step."""

    focus: list[str]
    show: list[str]
    run: list[str]
    at: list[CellRegion]
    select: SelectedCell | None
    generated: int
    tokens: list[int]
    off: list[ChangedRegion]
    instead: Annotated[
        list[int] | None,
        Meta(description="A question shown in place of the reader's own: the first that what is off breaks."),
    ]
    models: list[str]
    view: Literal["part", "home"]
    camera: CueCamera
    fan: Annotated[bool, Meta(description="Whether heads of what is in focus lie side by side.")]
    flight: Annotated[bool, Meta(description="Whether the camera flies from one number out to the models beside.")]
    note: str


class ExerciseText(Answer):
    question: str
    answer: list[CellRegion]
    hint: str
    praise: str


class WidgetCall(Answer):
    kind: str
    options: dict[str, Any]


class LiveValue(Answer):
    text: str
    cells: list[CellRegion]


class LessonStep(Answer):
    title: Annotated[str, Meta(description="HTML, as all texts of a step.")]
    html: str
    seconds: Annotated[int, Meta(description="How long a careful reader takes.")]
    cue: Cue
    exercises: list[ExerciseText]
    widgets: list[WidgetCall]


class Chapter(Answer):
    """`GET /api/lessons/LANGUAGE/SLUG`: filled in for a model and a question."""

    language: str
    slug: str
    title: str
    summary: str
    words: int
    minutes: float
    steps: list[LessonStep]
    values: list[LiveValue]


class Term(Answer):
    id: str
    word: str
    definition: Annotated[str, Meta(description="HTML.")]
    see: Annotated[list[str], Meta(description="Tensors in which it can be seen.")]


class Work(Answer):
    """Something that the lessons cite."""

    id: str
    authors: str
    year: str
    title: str
    where: str
    link: str


class Glossary(Answer):
    """`GET /api/glossary/LANGUAGE`"""

    terms: list[Term]
    works: list[Work]


class HeadResult(Answer):
    tensor: str
    head: int
    correct: int


class Heads(Answer):
    """`GET /api/models/MODEL/heads`"""

    correct: int
    total: int
    heads: list[HeadResult]


class PartResult(Answer):
    block: str
    part: Annotated[str, Meta(description="The part's path; that of the block where it is the whole block.")]
    head: int | None
    change: Annotated[str, Meta(description="What switches it off.")]
    correct: Annotated[int, Meta(description="How many questions are answered rightly without it.")]
    broken: Annotated[list[int] | None, Meta(description="The first question that is then answered wrongly.")]


class Ablations(Answer):
    """`GET /api/models/MODEL/ablations`"""

    correct: int
    total: int
    parts: list[PartResult]


class Consequence(Answer):
    """`GET /api/models/MODEL/consequences?change=CHANGE`: what the model can still do when cells are changed."""

    change: str
    right: Annotated[int, Meta(description="How many questions are then answered rightly.")]
    asked: Annotated[int, Meta(description="How many were asked: all that the task has, or a sample of many.")]
    broken: Annotated[
        list[int] | None, Meta(description="The first question that is answered rightly, but wrongly then.")
    ]


class Questions(Answer):
    """`GET /api/models/MODEL/questions`: what the model's task asks, and the right answers."""

    asked: Annotated[
        list[list[int]],
        Meta(description="All questions in alphabetical order, or a sample where they are many: tokens of each."),
    ]
    answers: Annotated[list[list[int]], Meta(description="The right answer to each of them.")]


class Losses(Answer):
    before: float
    after: float


class DescentWeight(Answer):
    tensor: str
    index: dict[str, int]
    before: float
    gradient: float
    after: float


class DescentProbabilities(Answer):
    target: int
    before: list[float]
    after: list[float]


class Descent(Answer):
    """`GET /api/models/MODEL/descent`"""

    rate: float
    loss: Losses
    weight: DescentWeight
    probabilities: DescentProbabilities


class TrainingStep(Answer):
    step: int
    loss: float
    accuracy: float


class TrainingCurve(Answer):
    """`GET /api/models/MODEL/training`"""

    seed: int
    steps: list[TrainingStep]
    correct: int
    total: int
    heldout_correct: int
    heldout_total: int


class Recipe(Answer):
    """How a model is trained; docs of `pellucid.train.Recipe` say what each number does."""

    steps: int
    most: int
    batch: int
    rate: float
    warm_up: int
    level: int
    averaged: float
    betas: tuple[float, float]
    weight_decay: float
    clip: float
    deviation: float


class Start(Answer):
    """How a weight begins: normal numbers of that deviation around that value."""

    tensor: str
    value: float
    deviation: float
    decays: Annotated[bool, Meta(description="Whether weight decay makes it smaller.")]


class Sequences(Answer):
    tokens: list[list[int]]
    targets: Annotated[list[list[int]], Meta(description="The right token after each; -1 where none is asked.")]


class Checked(Sequences):
    held_out: Annotated[list[bool], Meta(description="Which of the questions are never trained on.")]
    questions: Annotated[int, Meta(description="How many the task has in all: where these are fewer, a sample.")]


class Place(Answer):
    """Where a weight lies in a checkpoint: one of so many parts, side by side in the last dimension, of an array whose
    dimensions are these axes, merged."""

    tensor: str
    key: str
    layout: list[list[str]]
    part: tuple[int, int]


class Folder(Answer):
    """What it takes to write the folder of a model that was taught so."""

    config: Annotated[dict[str, Any], Meta(description="The whole of `config.json`.")]
    letters: Annotated[dict[str, int] | None, Meta(description="The whole of `vocab.json`, for models of letters.")]
    arrays: Annotated[list[Place], Meta(description="Where `model.safetensors` has each weight.")]


class Teaching(Answer):
    """`GET /api/models/MODEL/teaching`: all that it takes to teach the model its task anew."""

    graph: Annotated[
        dict[str, Any],
        Meta(description="As in a description, with the loss and the gradient of every tensor behind it."),
    ]
    starts: list[Start]
    recipe: Recipe
    taught: Annotated[Sequences, Meta(description="Drawn from the task at random; none is held out.")]
    checked: Annotated[Checked, Meta(description="The questions on which changes are tried out.")]
    folder: Folder


TrainingState = Annotated[
    Literal["running", "paused", "done", "diverged", "failed"],
    Meta(title="TrainingState", description="Failed: its process has ended by itself."),
]


class TrainingEntry(Answer):
    """A training on the computer that serves."""

    id: str
    model: Annotated[str, Meta(description="The model that is taught anew.")]
    title: Annotated[str, Meta(description="What that model is called.")]
    task: str
    seed: int
    state: TrainingState
    step: int
    steps: Annotated[int, Meta(description="How many are planned.")]
    recipe: Recipe


class TrainingList(Answer):
    """`GET /api/trainings`"""

    trainings: list[TrainingEntry]


class StepTaken(Answer):
    """How a step went."""

    step: int
    loss: float
    accuracy: Annotated[float, Meta(description="The share of the batch's answers that were right before it.")]
    rate: float
    norm: Annotated[float, Meta(description="The norm of the gradient.")]


class TrainingAccuracy(Answer):
    trained_correct: int
    trained_total: int
    heldout_correct: int
    heldout_total: int
    questions: int


class TrainingTold(TrainingEntry):
    """`GET /api/trainings/TRAINING?after=STEP`"""

    progress: Annotated[list[StepTaken], Meta(description="The steps after that one.")]
    whole: Annotated[bool, Meta(description="False where more of them are to be asked for.")]
    moments: Annotated[list[int], Meta(description="After which steps the weights are kept, the latest last.")]
    accuracy: Annotated[TrainingAccuracy | None, Meta(description="At the end: how many questions are answered.")]
    apart: Annotated[int | None, Meta(description="The latest step, where it was ordered alone and is taken apart.")]


ANSWERS = (
    Contents,
    Chapter,
    Glossary,
    Heads,
    Ablations,
    Consequence,
    Questions,
    Descent,
    TrainingCurve,
    Teaching,
    TrainingList,
    TrainingTold,
)
