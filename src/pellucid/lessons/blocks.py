"""YAML as lessons use it: mappings, lists and text, each with the line it stands on.

YAML's own idea of what is a number, a truth value or a date is left aside (`off`, `no` and `1:30` are words here):
whoever wants a number reads the text as one. Nothing is ever constructed from a tag, and aliases are refused.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml

from pellucid.lessons.problems import Mistake, Source, choices

Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""The one written in C where PyYAML was built with it."""

WHOLE = re.compile(r"[0-9]{1,18}")

PAIR = re.compile(r"\s*(?:- )?(\w[\w-]*): +(.+)")
"""A line that gives a key its value."""

MOST_ITEMS = 200
"""A list has at most so many items."""

DEEPEST = 20
"""Lists and mappings stand in one another at most so deep."""

WIDE = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
FOLDED = re.compile(f"(?<=[{WIDE}]) (?=[{WIDE}])")
"""YAML makes a space of a line's end, which has no place between two letters of Japanese or Chinese."""


@dataclass(frozen=True)
class Entry:
    """A value, and the line of its first letter."""

    value: "str | list[Entry] | dict[str, Entry]"
    line: int

    def text(self, what: str) -> str:
        if not isinstance(self.value, str):
            raise Mistake(f"{what} must be text.")
        return self.value

    def whole(self, what: str) -> int:
        if not isinstance(self.value, str) or not WHOLE.fullmatch(self.value):
            raise Mistake(f"{what} must be a whole number, 0 or more.")
        return int(self.value)

    def number(self, what: str, least: float, most: float) -> float:
        try:
            number = float(self.value) if isinstance(self.value, str) else float("nan")
        except ValueError:
            number = float("nan")
        if not least <= number <= most:
            raise Mistake(f"{what} must be a number from {least:g} to {most:g}.")
        return number

    def truth(self, what: str) -> bool:
        if self.value not in ("true", "false"):
            raise Mistake(f"{what} must be true or false.")
        return self.value == "true"

    def items(self) -> "list[Entry]":
        """The items of a list; something alone counts as a list of one. Raises Mistake for a list without end."""
        if not isinstance(self.value, list):
            return [self]
        if len(self.value) > MOST_ITEMS:
            raise Mistake(f"the list has {len(self.value):,} items: give at most {MOST_ITEMS}.")
        return self.value

    def mapping(self, what: str, known: Iterable[str] | None = None) -> "dict[str, Entry]":
        """The entries by key, all of them known ones."""
        if not isinstance(self.value, dict):
            raise Mistake(f"{what} must be a mapping, such as {{tensor: probs}}.")
        for key in self.value:
            if known is not None and key not in known:
                raise Mistake(f"{what} knows no '{key}': {choices(key, known)}")
        return self.value


def read_block(source: Source, text: str, line: int, what: str) -> dict[str, Entry] | None:
    """The mapping that a block of YAML says, its first line being `line` of the source; empty for an empty block, and
    None for one that cannot be read, which is noted."""
    block = read_mapping(source, text, line, what)
    source.unread |= block is None
    return block


def read_mapping(source: Source, text: str, line: int, what: str) -> dict[str, Entry] | None:
    try:
        check_depth(text)
        node = yaml.compose(text, Loader=Loader)
    except TooDeep as deep:
        source.refuse(line + deep.line, f"{what} is not YAML as lessons use it: nest at most {DEEPEST} deep.")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = max(text.count("\n") - 1, 0)
        found = min(mark.line, last) if mark else 0
        said = f"{what} is not YAML: {error.problem or error.context}."
        if (bare := unquoted(text.splitlines()[: found + 1])) is not None:
            found, key = bare
            said += f" Put what follows '{key}:' in quotation marks, as a text with such signs must be."
        source.refuse(line + found, said)
        return None
    except (yaml.YAMLError, RecursionError) as error:
        source.refuse(line, f"{what} is not YAML: {error}.")
        return None
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        source.refuse(line, f"{what} must hold keys and values, such as 'focus: probs'.")
        return None
    return entries(source, node, line, set())


def unquoted(lines: Sequence[str]) -> tuple[int, str] | None:
    """The last of the lines whose text YAML takes for something else unless it stands in quotation marks: its number
    among them, and its key. None where no line is like that."""
    for number in reversed(range(len(lines))):
        said = PAIR.fullmatch(lines[number])
        if said and is_misread(said[2]):
            return number, said[1]
    return None


def is_misread(text: str) -> bool:
    """A bracket that is still open may be closed on a later line."""
    if any(text.count(left) > text.count(right) for left, right in ("[]", "{}")):
        return False
    try:
        node = yaml.compose(text, Loader=Loader)
    except (yaml.YAMLError, RecursionError):
        return True
    return isinstance(node, yaml.MappingNode) and not node.flow_style


class TooDeep(Exception):
    """At which line."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def check_depth(text: str) -> None:
    """Raise TooDeep before anything is made of text that nests so deep that it would exhaust whoever follows it."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise TooDeep(event.start_mark.line if event.start_mark else 0)


def entries(source: Source, node: yaml.MappingNode, line: int, seen: set[int]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for key_node, value_node in node.value:
        own = line + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            source.refuse(own, "a key must be a word.")
        elif key_node.value in found:
            source.refuse(own, f"'{key_node.value}' stands here twice: keep one of them.")
        else:
            with source.noting(line + value_node.start_mark.line):
                found[key_node.value] = entry(source, value_node, line, seen)
    return found


def entry(source: Source, node: yaml.Node, line: int, seen: set[int]) -> Entry:
    own = line + node.start_mark.line
    if id(node) in seen:
        raise Mistake("aliases (*) are not used in lessons: write it out.")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return Entry(entries(source, node, line, seen), own)
    if isinstance(node, yaml.SequenceNode):
        return Entry([entry(source, item, line, seen) for item in node.value], own)
    return Entry(FOLDED.sub("", node.value), own)
