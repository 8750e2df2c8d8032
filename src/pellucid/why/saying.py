"""What a measurement says, as a plain sentence in a reader's language, made from its numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pellucid.graph import Graph
from pellucid.run.trace import Run
from pellucid.why.attribution import BIAS, FINAL
from pellucid.why.contributions import BIASES, REST, Contributions
from pellucid.why.measurement import Measurement
from pellucid.words import words_in

NAMED = 3
"""At most so many parts are named in a sentence."""

WORTH = 0.1
"""A part is named where it is at least this share of the largest."""


def number(value: float) -> str:
    """Three decimals, with a real minus sign."""
    return f"{value:.3f}".replace("-", "−")


BLOCK = re.compile(r"[^.]+\.\d+")
"""A group that is one of many alike, such as blocks.0."""
LABEL = re.compile(r"(?P<tensor>[^\[,]+)(\[|, |$)(?P<places>.*)", re.DOTALL)
POSITION = re.compile(r"(\d+):")
PLACE = re.compile(r"(?:^|, ?)([a-z])=(\d+)")


@dataclass(frozen=True)
class Speech:
    """How a reader is told: in which sentences, what each tensor is called, and what stands at each position."""

    words: Mapping[str, str]
    titles: Mapping[str, str]
    pieces: Sequence[str]

    def part(self, label: str) -> str:
        """What a label of a measurement means: "blocks.0.attn.z[h=1,t=5]" is "block 1: gathered values, h=1, t=5 (C)".

        A position, such as "5:C", is "t=5 (C)"; what else names no tensor is left as it is.
        """
        if label == FINAL:
            return self.words["final"]
        if position := POSITION.match(label):
            return self._place("t", int(position[1]))
        found = LABEL.fullmatch(label)
        if found is None or found["tensor"] not in self.titles:
            return label
        title = self.titles[found["tensor"]]
        if found["places"] == BIAS:
            return self.words["bias"].format(tensor=title)
        return ", ".join([title, *(self._place(axis, int(number)) for axis, number in PLACE.findall(found["places"]))])

    def _place(self, axis: str, number: int) -> str:
        return f"t={number} ({self.pieces[number]})" if axis == "t" else f"{axis}={number}"


def speech(run: Run, language: str) -> Speech:
    return Speech(words_in(language).why, titles(run.model.graph, language), run.model.pieces(run.tokens))


def titles(graph: Graph, language: str) -> dict[str, str]:
    """What each tensor is called, with its block, as the page's lists have it: "block 1: MLP output"."""
    words = words_in(language)
    blocks = [group for group in graph.groups.values() if BLOCK.fullmatch(group.name)]
    found = dict[str, str]()
    for tensor in graph.tensors.values():
        block = next((block for block in blocks if tensor.name.startswith(f"{block.name}.")), None)
        title = words.title(tensor.title)
        found[tensor.name] = f"{words.title(block.title)}: {title}" if block else title
    return found


def said(found: Measurement, kind: str, speech: Speech, **about: object) -> str:
    """The sentence of a `kind`, such as "attribution", whose largest parts are named."""
    (first, *others), largest = named(found, speech), found.largest(1)[0][1]
    more = "".join(
        speech.words["then"].format(part=part, amount=number(value))
        for part, value in others
        if abs(value) >= WORTH * abs(largest)
    )
    return speech.words[kind].format(first=first[0], amount=number(first[1]), more=more, **about)


def named(found: Measurement, speech: Speech) -> list[tuple[str, float]]:
    return [(speech.part(label), value) for (label,), value in found.largest(NAMED)]


def of_attribution(found: Measurement, token: str, position: int, against: str | None, speech: Speech) -> str:
    about = {"token": token, "position": position, "value": number(found.about["sum"]), "against": against}
    return said(found, "attribution" if against is None else "attribution-against", speech, **about)


def of_letters(found: Measurement, token: str, position: int, speech: Speech) -> str:
    return said(found, "letters", speech, token=token, position=position)


def of_lens(found: Measurement, position: int, speech: Speech) -> str:
    """From which layer on the answer is the one that the model gives."""
    answers = found.values[:, position].argmax(axis=-1)
    last = answers[-1]
    agreeing = len(answers)
    while agreeing and answers[agreeing - 1] == last:
        agreeing -= 1
    tokens = found.labels["v"]
    return speech.words["lens"].format(
        position=position,
        answers=" ".join(tokens[answer] for answer in answers),
        layer=speech.part(found.labels["layer"][agreeing]),
        token=tokens[last],
    )


def of_contributions(found: Contributions, token: str, position: int, speech: Speech) -> str:
    about = {"token": token, "position": position, "value": number(found.value), "share": f"{found.shown:.0%}"}
    way = " → ".join(map(speech.part, strongest(found)))
    return speech.words["contributions"].format(way=way, **about)


def strongest(found: Contributions) -> list[str]:
    """The way to the target along the largest edge at each step, the beginning first."""
    way = [found.target]
    while edges := [edge for edge in found.into(way[0]) if edge.source not in (BIASES, REST)]:
        way.insert(0, edges[0].source)
    return way


def of_patching(found: Measurement, token: str, position: int, speech: Speech) -> str:
    """The patch that brings the logit furthest from where it was."""
    base = found.about["corrupted"]
    place, by = moved(found).largest(1)[0]
    about = {"token": token, "position": position, "corrupted": number(base), "clean": number(found.about["clean"])}
    if abs(by) < 1e-6:
        return speech.words["patching-nothing"].format(**about)
    value = number(base + by)
    return speech.words["patching"].format(place=speech.part(placed(found, place)), value=value, **about)


def moved(found: Measurement) -> Measurement:
    """How far each patch moves the logit from what it is in the text itself."""
    return Measurement(found.name, found.axes, found.labels, found.values - found.about["corrupted"])


def placed(found: Measurement, place: tuple[str, ...]) -> str:
    """Where in a tensor a patch is: "blocks.0.attn.z, h=0, t=5:C"."""
    told = zip(found.axes, place, strict=True)
    return ", ".join(label if axis == "tensor" else f"{axis}={label}" for axis, label in told)
