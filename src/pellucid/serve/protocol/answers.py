"""What the server says about a model and its runs: one struct per object of docs/protocol.md."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from pellucid.serve.protocol.rule import Rule

Vector = Annotated[tuple[float, float, float], Meta(title="Vector")]
TensorKind = Annotated[Literal["input", "weight", "activation", "statistic", "gradient"], Meta(title="TensorKind")]
Combine = Annotated[
    Literal["sum", "max", "single"], Meta(title="Combine", description="How the terms of a cell come together.")
]
Real = Annotated[
    float | Literal["Infinity", "-Infinity", "NaN"],
    Meta(
        title="Real",
        description="JSON has no infinities: they travel as words, and are numbers again once the page has read them.",
        extra_json_schema={"tsType": "number"},
    ),
]
Sign = Annotated[Literal["+", "−", "×", "÷"], Meta(title="Sign")]


class Answer(Struct, forbid_unknown_fields=True):
    """Nothing travels that is not declared."""


class ModelEntry(Answer):
    id: str
    title: str
    parameters: int
    loaded: Annotated[bool, Meta(description="False for a preset that has no weights on this machine.")]
    learned: Annotated[
        str | UnsetType, Meta(description="What it was taught, as `pellucid train` calls it, where that is known.")
    ] = UNSET
    kept: Annotated[
        bool | UnsetType,
        Meta(description="Whether the server trained the model and keeps it: it can be renamed, removed and packed."),
    ] = UNSET


class NewModel(Answer):
    """What a new model could be taught. Another is had by naming settings: `new:reverse,length=5,layers=2`."""

    id: str
    task: str
    settings: Annotated[dict[str, int | str], Meta(description="All that can be set, as it is where nobody says.")]


class ModelList(Answer):
    """`GET /api/models`"""

    default: str
    models: list[ModelEntry]
    new: Annotated[list[NewModel], Meta(description="What could be taught here, from nothing.")]
    trains: Annotated[bool, Meta(description="Whether the server trains models and keeps them, for whoever asks.")]


class Measure(Answer):
    """A size that people compare models by."""

    name: str
    title: str
    value: int


class Task(Answer):
    name: str
    alphabet: list[str]
    length: int
    answer_length: int
    hold_out: Annotated[
        Literal["multisets"] | UnsetType,
        Meta(description="Where training left out whole multisets of letters, in every order, not single questions."),
    ] = UNSET
    digits: Annotated[
        int | UnsetType, Meta(description="How many digits the added numbers have, where the task is addition.")
    ] = UNSET
    modulus: Annotated[int | UnsetType, Meta(description="The modulus, where the task is modular addition.")] = UNSET


class Accuracy(Answer):
    trained_correct: int
    trained_total: int
    heldout_correct: int
    heldout_total: int
    questions: Annotated[
        int, Meta(description="How many the task has in all: where the two totals are fewer, they are a fixed sample.")
    ]


class Loss(Answer):
    """How surprised a model is by a letter of a text, in nats; `letters` is how many were held out."""

    heldout: float
    trained: float
    single: Annotated[float, Meta(description="What counting letters gets on the text that was held out.")]
    pairs: Annotated[float, Meta(description="What counting which letter follows which gets there.")]
    letters: int


class Axis(Answer):
    size: int
    name: str
    grows: Annotated[
        bool,
        Meta(description="True for the axes that are as long as the number of tokens in a trace (except in weights)."),
    ]
    vocabulary: Annotated[bool, Meta(description="True for the axes whose indices are those of the vocabulary.")]


class Tensor(Answer):
    name: str
    axes: Annotated[list[str], Meta(description="Axis letters, in the order of the data.")]
    shape: Annotated[list[int], Meta(description="The lengths at full context, in the same order.")]
    kind: TensorKind
    group: Annotated[str, Meta(description="Dotted path, such as `blocks.0.attn`.")]
    title: str
    symbol: str
    op: Annotated[int | None, Meta(description="Index of the op that makes it, null for weights and inputs.")]
    aliases: Annotated[list[str], Meta(description="What other programs call it.")]
    residual: Annotated[bool, Meta(description="Whether it is a state of the residual stream.")]


class Op(Answer):
    kind: str
    title: str
    group: str
    output: str
    inputs: Annotated[dict[str, str], Meta(description="Role of the operand → tensor name.")]
    letters: Annotated[
        dict[str, list[str]],
        Meta(description="Role → for each axis of the operand, where one cell of the output reads it."),
    ]
    combine: Combine
    formula: Annotated[str, Meta(description="LaTeX, with axis letters.")]
    rule: Rule


class Group(Answer):
    name: str
    title: str


class Inputs(Answer):
    """Which tensors hold what a run is given."""

    tokens: str
    positions: str | UnsetType = UNSET
    targets: str | UnsetType = UNSET


class Outputs(Answer):
    """Which tensors hold what comes out: the scores, and the softmax that makes probabilities of them."""

    logits: str
    largest: str
    total: str
    probs: str


class Graph(Answer):
    axes: dict[str, Axis]
    tensors: Annotated[list[Tensor], Meta(description="In the order of computing.")]
    ops: Annotated[list[Op], Meta(description="In the order of computing.")]
    groups: Annotated[list[Group], Meta(description="The parts of the architecture, by dotted path.")]
    inputs: Inputs
    outputs: Outputs | None
    loss: Annotated[str | None, Meta(description="The tensor that training makes small, in a graph that has one.")]


class Bounds(Answer):
    min: Vector
    size: Vector


class Box(Bounds):
    """One tensor's place."""

    tensor: str
    axes: Annotated[
        tuple[str | None, str | None, str | None],
        Meta(description="The tensor axis whose index runs along x, y and z, or null."),
    ]
    cells: Annotated[Vector, Meta(description="How many cells there are in each direction at full context.")]
    pitch: Annotated[
        Vector,
        Meta(description="The step from one cell to the next; negative: counted from the high end downwards."),
    ]


class Ribbon(Answer, rename={"source": "from"}):
    """One operand's way into an op."""

    op: int
    role: str
    source: str
    to: str
    width: float
    points: list[Vector]


class SceneGroup(Bounds):
    name: str
    title: str


class SceneColumn(Bounds):
    parts: Annotated[list[str], Meta(description="From the top down.")]


class Scene(Answer):
    """Where everything stands: x to the right, y up, z towards the viewer; one cell is one unit wide and high."""

    bounds: Bounds
    boxes: list[Box]
    ribbons: list[Ribbon]
    groups: list[SceneGroup]
    columns: Annotated[
        list[SceneColumn],
        Meta(description="Where a tower of many blocks is folded: its columns, in the order of reading."),
    ]


class Description(Answer):
    """`GET /api/models/MODEL`"""

    id: str
    title: str
    parameters: int
    context: int
    loaded: bool
    sizes: Annotated[list[Measure], Meta(description="In the order of a table, the number of parameters last.")]
    config: Annotated[
        dict[str, int | float | str | bool | None],
        Meta(description="What config.json says of the sizes, in the architecture's own words."),
    ]
    name: Annotated[str, Meta(description="What the lessons call it.")]
    training: Annotated[
        dict[str, float],
        Meta(description="How it was trained: `steps`, `batch` and `rate`, as far as that is known."),
    ]
    task: Task | None
    ends: Annotated[list[int], Meta(description="The tokens with which a text ends: none is generated after one.")]
    asked_in: Annotated[
        Literal["letters", "text", "numbers"],
        Meta(description="What a prompt is: letters, each a token; text that a tokenizer takes apart; or tokens."),
    ]
    vocabulary: list[str] | None
    example: Annotated[str, Meta(description="A prompt to begin with, as one types it.")]
    accuracy: Accuracy | None
    graph: Graph
    scene: Scene
    loss: Annotated[
        Loss | UnsetType, Meta(description="The loss on held-out text, for a model that learned from a text.")
    ] = UNSET
    learned: Annotated[str | UnsetType, Meta(description="As in the list of models.")] = UNSET


class OperandCell(Answer):
    role: str
    tensor: str
    index: dict[str, int]
    value: Real


class Term(Answer):
    value: Real
    label: str
    cells: list[OperandCell]
    plain: Annotated[
        str | UnsetType,
        Meta(description="The term in numbers, as text, where the page has taken the cell apart itself."),
    ] = UNSET


class Step(Answer):
    label: str
    latex: str
    value: Annotated[Real, Meta(description="What is reached by this step.")]
    sign: Annotated[
        Sign | None, Meta(description="Which of the four operations it is with one number, null where none.")
    ]
    operand: Annotated[Real | None, Meta(description="That number.")]


class Read(Answer):
    """The cells of one operand that were read: a half-open range of indices along each of the operand's axes."""

    role: str
    tensor: str
    region: list[tuple[int, int]]


class Explanation(Answer):
    """`GET /api/models/MODEL/explain`: the arithmetic of one cell."""

    tensor: str
    index: dict[str, int]
    value: Real
    op: Annotated[str | None, Meta(description="The op's kind; null for a weight or an input.")]
    title: str
    formula: str
    substituted: str
    combine: Combine
    terms: list[Term]
    steps: list[Step]
    reads: list[Read]


class PythonLines(Answer):
    """`GET /api/models/MODEL/python`: what a person would write with NumPy to compute some tensors."""

    lines: list[str]


class WhyRow(Answer):
    label: Annotated[str, Meta(description="What the number belongs to; cells in the spelling below.")]
    cells: Annotated[str | None, Meta(description="The cells of the run that are meant, where there are some.")]
    value: Real


class WhyEdge(Answer):
    source: Annotated[str, Meta(description="Cells, or `biases`, or `rest` for what is too small to be shown.")]
    target: str
    value: Real


class WhyGrid(Answer):
    """Numbers along axes that have names."""

    axes: list[str]
    labels: Annotated[list[list[str]], Meta(description="What stands along each axis.")]
    values: Annotated[list[Real], Meta(description="One after the other, the last axis lying closest.")]


class Why(Answer):
    """`GET /api/models/MODEL/why`: what a token's logit comes from, measured in one of five ways."""

    by: Literal["parts", "ways", "layers", "letters", "patches"]
    token: str
    position: int
    sentence: Annotated[str, Meta(description="What the numbers say, in the language asked for.")]
    rows: Annotated[list[WhyRow], Meta(description="The numbers furthest from 0 first; layers and letters in order.")]
    edges: Annotated[list[WhyEdge], Meta(description="For ways: what arrives at each of the cells, and at the logit.")]
    about: Annotated[dict[str, Real], Meta(description="Single numbers that belong to it, such as the `sum`.")]
    grid: Annotated[
        WhyGrid | None,
        Meta(description="For patches: what the logit becomes with the numbers of each place from the other text."),
    ]


class Chosen(Answer):
    token: int
    text: str
    probability: Real


class Candidate(Answer):
    token: int
    text: str
    logit: Real
    probability: Annotated[Real, Meta(description="After temperature.")]
    kept: Annotated[bool, Meta(description="False for what top-k or top-p cut away.")]


class NextToken(Answer):
    """`GET /api/models/MODEL/next`: one step of generation."""

    tokens: list[int]
    chosen: Chosen
    distribution: list[Candidate]


class FileState(Answer):
    """`GET /api/models/MODEL/file`: the model stays what it was when it was read, whatever becomes of its files."""

    changed: Annotated[bool, Meta(description="Whether they are others now; `?read=again` shows those.")]


class ReadTokens(Answer):
    """`GET /api/models/MODEL/tokens`: a prompt as the model reads it."""

    tokens: list[int]
    pieces: Annotated[list[str], Meta(description="What a reader is shown for each token.")]
    text: Annotated[str, Meta(description="The text of all of them.")]


class Fault(Answer):
    code: str
    message: str
    details: dict[str, str | int | float]


class ErrorBody(Answer):
    """The body of every answer whose status is an error."""

    error: Fault


ANSWERS = (ModelList, Description, Explanation, PythonLines, Why, NextToken, ReadTokens, FileState, ErrorBody)
