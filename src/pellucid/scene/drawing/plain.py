"""The style sheet of a drawing written into its elements, for programs that have no cascade.

LibreOffice, ImageMagick and others read the attributes of an element and little or nothing of a style sheet: what the
rules of one theme say to an element is written there. Only such selectors are understood as style.py has: names of
elements and classes, one inside another.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ET.register_namespace("", SVG)
ET.register_namespace("xlink", XLINK)

RULE = re.compile(r"([^{]+)\{([^}]*)\}")


@dataclass(frozen=True)
class Simple:
    """One link of a selector: `text`, `.digits` or `.statistic.frame`."""

    name: str
    classes: frozenset[str]

    @staticmethod
    def read(text: str) -> "Simple":
        name, *classes = text.split(".")
        return Simple(name, frozenset(classes))

    def meets(self, element: ET.Element) -> bool:
        named = not self.name or element.tag == f"{{{SVG}}}{self.name}"
        return named and self.classes <= set(element.get("class", "").split())


@dataclass(frozen=True)
class Rule:
    """What is declared for elements that meet the last of these, inside others that meet those before."""

    chain: tuple[Simple, ...]
    declared: dict[str, str]

    @property
    def weight(self) -> tuple[int, int]:
        """A rule with more classes, or else more names, prevails over those with fewer."""
        return sum(len(each.classes) for each in self.chain), sum(bool(each.name) for each in self.chain)

    def meets(self, element: ET.Element, around: Sequence[ET.Element]) -> bool:
        *outer, own = self.chain
        if not own.meets(element):
            return False
        left = iter(around)
        return all(any(wanted.meets(each) for each in left) for wanted in outer)


def rules(sheet: str) -> list[Rule]:
    """In the order in which each prevails over those before."""
    found = [
        Rule(tuple(map(Simple.read, selector.split())), dict(each.split(":", 1) for each in declared.split(";")))
        for selector, declared in RULE.findall(sheet)
    ]
    return sorted(found, key=lambda rule: rule.weight)


def plain(drawing: str, sheet: str) -> str:
    """The drawing with all that the rules of this style sheet say as attributes."""
    root, known = ET.fromstring(drawing), rules(sheet)
    for element, around in within(root, ()):
        for rule in known:
            if rule.meets(element, around):
                element.attrib.update(rule.declared)
        if href := element.attrib.pop("href", None):
            element.set(f"{{{XLINK}}}href", href)  # what SVG 1.1 calls it, which all programs know
    return ET.tostring(root, encoding="unicode")


def within(element: ET.Element, around: tuple[ET.Element, ...]) -> Iterator[tuple[ET.Element, tuple[ET.Element, ...]]]:
    """Each element with those that it stands in, the outermost first."""
    yield element, around
    for child in element:
        yield from within(child, (*around, element))
