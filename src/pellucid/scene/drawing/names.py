"""What there is to be named in a drawing: its parts, its tensors with their shapes, the value of the selected cell."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pellucid.scene.drawing.cells import Face, written
from pellucid.scene.drawing.composition import Composition
from pellucid.scene.drawing.labels import CHOSEN, COVERING, PART, TENSOR, Subject
from pellucid.scene.drawing.plane import Rect
from pellucid.scene.drawing.request import Request
from pellucid.scene.drawing.rulers import Pieces, Ruler
from pellucid.scene.drawing.text import is_told, text_width, value_text
from pellucid.scene.drawing.words import Title
from pellucid.words.errors import shortened

SMALLEST = 18.0
LEAST_SHARE = 0.34
"""A thing is named when its size is at least this share of its name's width."""
MOST_READ = 24
"""Signs of what was read beside the part that reads it."""
MOST_BRIGHT = 6
"""Where tensors are too many to be named, those that matter are, unless these are many too."""
COVERING_BRIGHT, COVERING_CHOSEN = 0.35, 10.0
"""How much a name that matters may cover of what is drawn; what is selected is named at whatever cost."""


def subjects(
    request: Request, composition: Composition, laid: Sequence[Ruler], pieces: Pieces, title: Title
) -> Iterator[Subject]:
    yield from parts(composition, title, letters(request, pieces) if request.whole else {})
    for name in composition.faces:
        if found := tensor(name, request, composition, laid, title):
            yield found
    yield from chosen(request, composition, laid)


def letters(request: Request, pieces: Pieces) -> dict[str, str]:
    """By part, what the model has read and what it finds the likeliest to come next, where its parts hold that."""
    read, known = pieces.get("t", ()), pieces.get("v", ())
    logits = request.array(request.graph.outputs.logits) if read and known else None
    if logits is None or not len(logits) or not np.isfinite(logits[-1]).any():
        return {}
    inputs = {tensor.group for tensor in request.graph.tensors.values() if tensor.kind == "input"}
    best = int(np.argmax(logits[-1]))
    answer = {request.graph.outputs.logits.group: f"→ {known[best]}"} if best < len(known) else {}
    return {part: shortened(" ".join(read), MOST_READ) for part in inputs} | answer


def parts(composition: Composition, title: Title, told: Mapping[str, str]) -> Iterator[Subject]:
    areas = {part.name: area for part, area in composition.parts}
    for part, area in composition.parts:
        words = title(part.title)
        if is_worth(area, words, PART.title):
            yield Subject(
                part.name,
                words,
                told.get(part.name, ""),
                area,
                area,
                PART,
                importance=2 * size_of(area),
                avoided=tuple(inner for other, inner in composition.parts if other.name.startswith(part.name + ".")),
                home=areas.get(part.name.rpartition(".")[0]),
                raised=composition.names_tensors,
            )


def tensor(
    name: str, request: Request, composition: Composition, laid: Sequence[Ruler], title: Title
) -> Subject | None:
    """None for what recedes: it is there to be seen through, and its name would speak as loudly as the others."""
    if request.is_faint(name):
        return None
    area, words = composition.stack(name), title(request.graph.tensors[name].title)
    bright = request.bright is not None and size_of(area) >= SMALLEST
    named = composition.names_tensors or (bright and len(request.bright or ()) <= MOST_BRIGHT and alone(name, request))
    if not named or not (bright or is_worth(area, words, TENSOR.title)):
        return None
    return Subject(
        name,
        words,
        detail_of(name, request, composition),
        area,
        Rect.around([area, *(ruler.area for ruler in laid if ruler.tensor == name)]),
        TENSOR,
        importance=size_of(area) + (1e6 if bright else 0),
        covering=COVERING_BRIGHT if bright else COVERING,
    )


def alone(name: str, request: Request) -> bool:
    """Whether nothing else that stands out is called the same, as only its place could tell."""
    called = request.graph.tensors[name].title
    return [request.graph.tensors[other].title for other in request.bright or ()].count(called) == 1


def chosen(request: Request, composition: Composition, laid: Sequence[Ruler]) -> Iterator[Subject]:
    """The selected cell's value, unless it is printed in the cell."""
    if not request.chosen or request.chosen[0] not in composition.faces:
        return
    (name, index), value = request.chosen, request.value(*request.chosen)
    face = composition.front(name)
    span = face.card.span(tuple((at, at + 1) for at in index))
    if value is None or span is None or is_printed(face, span, value):
        return
    axes = request.graph.tensors[name].axes
    place = ", ".join(f"{axis}={at}" for axis, at in zip(axes, index, strict=True))
    area = face.card.place(*span).grown(4)
    ruled = Rect.around([composition.stack(name), *(ruler.area for ruler in laid if ruler.tensor == name)])
    words = f"[{place}] = {value_text(value)}"
    yield Subject(name, words, "", area, ruled, CHOSEN, importance=2e6, covering=COVERING_CHOSEN, look="chosen")


def is_printed(face: Face, span: tuple[range, range], value: float) -> bool:
    """Whether digits in the cell say its value."""
    texts, (columns, rows) = written(face), span
    return bool(texts) and is_told(texts[rows[0]][columns[0]], value)


def detail_of(name: str, request: Request, composition: Composition) -> str:
    """Axes and shape, and which matrix of a stack is spoken of."""
    tensor, array = request.graph.tensors[name], request.array(request.graph.tensors[name])
    shape = request.graph.shape(tensor) if array is None else array.shape
    if not shape:
        return ""
    words = f"{' '.join(tensor.axes)} · {'×'.join(map(str, shape))}"
    axis = composition.front(name).card.box.axes[2]
    return f"{words} · {axis}={composition.first[axis]}" if axis and axis in composition.first else words


def is_worth(area: Rect, words: str, size: float) -> bool:
    return size_of(area) >= max(SMALLEST, LEAST_SHARE * text_width(words, size, bold=True))


def size_of(area: Rect) -> float:
    return max(area.width, area.height)
