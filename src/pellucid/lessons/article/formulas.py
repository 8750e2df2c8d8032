"""Formulas: LaTeX as lessons use it to MathML, which browsers set by themselves and read aloud.

The conversion is latex2mathml's. What it leaves to a typesetter's eye is put right here: a minus that is a sign and not
an operation, the space after `ln`, commas within numbers, infinity. A formula that it does not understand stays LaTeX.
"""

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element, tostring

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

FORMULA = re.compile(r'<(span|div) class="math (inline|block)">(.*?)</\1>', re.DOTALL)
"""A formula in the HTML of a lesson."""

NOT_UNDERSTOOD: tuple[type[Exception], ...] = (
    RecursionError,
    *(found for found in vars(exceptions).values() if isinstance(found, type) and issubclass(found, Exception)),
)
"""The library's errors, which have nothing in common but their module, and what becomes of a deep formula."""

ALIGNED = re.compile(r"(\\(?:begin|end)\{)aligned\}")
ELEMENTS = frozenset(
    (
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
        *("munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose"),
    )
)
ATTRIBUTES = frozenset(
    (
        *("xmlns", "display", "displaystyle", "scriptlevel", "mathvariant", "mathcolor", "mathsize", "stretchy"),
        *("fence", "separator", "form", "lspace", "rspace", "width", "height", "depth", "voffset", "linethickness"),
        *("columnalign", "rowalign", "rowspacing", "columnspacing", "columnlines", "rowlines", "columnspan", "rowspan"),
        *("movablelimits", "accent", "accentunder", "largeop", "symmetric", "minsize", "maxsize", "notation"),
    )
)
VALUE = re.compile(r"http://www\.w3\.org/1998/Math/MathML|[\w .%#+-]*")
"""No value that leads anywhere, or styles anything."""
FUNCTIONS = frozenset(("arg", "cos", "exp", "lim", "ln", "log", "max", "min", "sin", "tan", "tanh"))
SIGNS = frozenset("+-−±")
PRIMES = frozenset("′″‴")
CLOSING = frozenset(")]}|!%")
THIN = "0.1667em"


def with_formulas(text: str) -> str:
    """The HTML with MathML in place of LaTeX."""
    return FORMULA.sub(lambda match: formula(html.unescape(match[3]).strip(), match[2]), text)


def formula(latex: str, display: str) -> str:
    """The formula as HTML, `inline` or a `block` of its own."""
    found = mathml(latex, display) or f"<code>{html.escape(latex)}</code>"
    return f'<div class="formula">{found}</div>' if display == "block" else found


@lru_cache(1024)
def mathml(latex: str, display: str) -> str | None:
    """The MathML; None for what is not understood."""
    try:
        root = convert_to_element(ALIGNED.sub(r"\1align*}", latex), display=display)
    except NOT_UNDERSTOOD:
        return None
    for element in root.iter():
        element.text = element.text and html.unescape(element.text)
    if any(element.tag == "mi" and (element.text or "").startswith("\\") for element in root.iter()):
        return None  # a command that the library passes on as a name
    if not all(map(is_harmless, root.iter())):
        return None
    raise_primes(root)
    typeset(root)
    return tostring(root, encoding="unicode")


def is_harmless(element: Element) -> bool:
    """Whether it only sets a formula: nothing that is not known to do just that leaves here."""
    return element.tag in ELEMENTS and all(
        name in ATTRIBUTES and VALUE.fullmatch(value) for name, value in element.items()
    )


def raise_primes(parent: Element) -> None:
    """Set primes beside their letter, and not over it as an index: they have their height by themselves."""
    for place, child in enumerate(list(parent)):
        raise_primes(child)
        if child.tag in ("msup", "msubsup") and set(child[-1].text or " ") <= PRIMES:
            base = Element("mrow")
            base.extend([child[0], Element("mo", lspace="0", rspace="0")])
            base[1].text = child[-1].text
            child.remove(child[-1])
            child.tag = "msub" if len(child) > 1 else "mrow"
            child[0] = base
            parent[place] = child


def typeset(parent: Element) -> None:
    """Put right what lies side by side in this element, and in all within it."""
    join_thousands(parent)
    join_words(parent)
    before: Element | None = None
    for child in list(parent):
        if child.tag == "mo" and child.text == "∞":
            child.tag = "mi"
        if child.tag == "mi" and child.get("mathvariant") is None and is_letter(child.text or ""):
            child.set("class", "letter")
        if child.tag == "mo" and child.text in SIGNS and opens(before):
            child.set("form", "prefix")
        elif before is not None and is_function(before) and child.tag != "mspace" and not in_brackets(child):
            parent.insert(list(parent).index(child), Element("mspace", width=THIN))
        typeset(child)
        before = child


def opens(before: Element | None) -> bool:
    """Whether a minus after this is a sign: at the beginning, after a bracket, after another operator."""
    return before is None or (before.tag == "mo" and before.text not in CLOSING)


def is_letter(text: str) -> bool:
    """Whether it is set in italics: a single letter, but for Greek capitals."""
    return len(text) == 1 and text.isalpha() and not ("\u0391" <= text <= "\u03a9")


def is_function(element: Element) -> bool:
    """`ln`, or `max` with something under it."""
    named = element[0] if element.tag in ("munder", "msub", "msup") else element
    return named.tag in ("mi", "mo") and named.text in FUNCTIONS


def in_brackets(element: Element) -> bool:
    first = element[0] if element.tag == "mrow" and len(element) else element
    return first.tag == "mo"


def join_thousands(parent: Element) -> None:
    """Make one number of `12{,}288`."""
    children = list(parent)
    for before, comma, after in zip(children, children[1:], children[2:], strict=False):
        grouped = comma.tag == "mrow" and len(comma) == 1 and comma[0].text == ","
        if grouped and before.tag == "mn" and after.tag in ("mn", "msup"):
            number = after if after.tag == "mn" else after[0]
            number.text = f"{before.text},{number.text}"
            parent.remove(before)
            parent.remove(comma)


def join_words(parent: Element) -> None:
    r"""Make one word of the letters of `\mathrm{target}`, as it is to be read aloud."""
    word: Element | None = None
    for child in list(parent):
        if child.tag != "mi" or child.get("mathvariant") != "normal":
            word = None
        elif word is None:
            word = child
        else:
            word.text = f"{word.text}{child.text}"
            parent.remove(child)
