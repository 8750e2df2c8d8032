"""What a measurement says, as a plain sentence in a reader's language, made from its numbers."""

from pellucid.why.attribution import BIAS, FINAL
from pellucid.why.contributions import BIASES, REST, Contributions
from pellucid.why.measurement import Measurement
from pellucid.words import Words, words_in

NAMED = 3
"""At most so many parts are named in a sentence."""

WORTH = 0.1
"""A part is named where it is at least this share of the largest."""


def number(value: float) -> str:
    """Three decimals, with a real minus sign."""
    return f"{value:.3f}".replace("-", "−")


def said(found: Measurement, kind: str, language: str = "en", **about: object) -> str:
    """The sentence of a `kind`, such as "attribution", whose largest parts are named."""
    words = words_in(language)
    (first, *others), largest = named(found, language), found.largest(1)[0][1]
    more = "".join(
        words.why["then"].format(part=part, amount=number(value))
        for part, value in others
        if abs(value) >= WORTH * abs(largest)
    )
    return words.why[kind].format(first=first[0], amount=number(first[1]), more=more, **about)


def named(found: Measurement, language: str) -> list[tuple[str, float]]:
    return [(part(label, language), value) for (label,), value in found.largest(NAMED)]


def part(label: str, language: str) -> str:
    """What adds to a logit, in words where it is no tensor."""
    words = words_in(language).why
    tensor, comma, _ = label.partition(f", {BIAS}")
    return words["final"] if label == FINAL else words["bias"].format(tensor=tensor) if comma else label


def of_attribution(found: Measurement, token: str, position: int, against: str | None, language: str = "en") -> str:
    about = {"token": token, "position": position, "value": number(found.about["sum"]), "against": against}
    return said(found, "attribution" if against is None else "attribution-against", language, **about)


def of_letters(found: Measurement, token: str, position: int, language: str = "en") -> str:
    return said(found, "letters", language, token=token, position=position)


def of_lens(found: Measurement, position: int, language: str = "en") -> str:
    """From which layer on the answer is the one that the model gives."""
    answers = found.values[:, position].argmax(axis=-1)
    last = answers[-1]
    agreeing = len(answers)
    while agreeing and answers[agreeing - 1] == last:
        agreeing -= 1
    tokens = found.labels["v"]
    return (
        words_in(language)
        .why["lens"]
        .format(
            position=position,
            answers=" ".join(tokens[answer] for answer in answers),
            layer=found.labels["layer"][agreeing],
            token=tokens[last],
        )
    )


def of_contributions(found: Contributions, token: str, position: int, language: str = "en") -> str:
    words: Words = words_in(language)
    about = {"token": token, "position": position, "value": number(found.value), "share": f"{found.shown:.0%}"}
    return words.why["contributions"].format(way=" → ".join(strongest(found)), **about)


def strongest(found: Contributions) -> list[str]:
    """The way to the target along the largest edge at each step, the beginning first."""
    way = [found.target]
    while edges := [edge for edge in found.into(way[0]) if edge.source not in (BIASES, REST)]:
        way.insert(0, edges[0].source)
    return way


def of_patching(found: Measurement, token: str, position: int, language: str = "en") -> str:
    """The patch that brings the logit furthest from where it was."""
    words, base = words_in(language), found.about["corrupted"]
    place, by = moved(found).largest(1)[0]
    about = {"token": token, "position": position, "corrupted": number(base), "clean": number(found.about["clean"])}
    if abs(by) < 1e-6:
        return words.why["patching-nothing"].format(**about)
    return words.why["patching"].format(place=placed(found, place), value=number(base + by), **about)


def moved(found: Measurement) -> Measurement:
    """How far each patch moves the logit from what it is in the text itself."""
    return Measurement(found.name, found.axes, found.labels, found.values - found.about["corrupted"])


def placed(found: Measurement, place: tuple[str, ...]) -> str:
    """Where in a tensor a patch is: "blocks.0.attn.z, h=0, t=5:C"."""
    told = zip(found.axes, place, strict=True)
    return ", ".join(label if axis == "tensor" else f"{axis}={label}" for axis, label in told)
