"""The glossary of a language: glossary.yaml beside its chapters, one entry per term.

    softmax:
      word: softmax
      definition: Turns a row of numbers into proportions that add up to 1.
      see: [probs, blocks.0.attn.pattern]

`[softmax](term:softmax)` in a text opens the entry. The definition is a sentence or two of Markdown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellucid.lessons.blocks import Entry, read_block
from pellucid.lessons.problems import Mistake, Source, read_text
from pellucid.lessons.prose import Writer
from pellucid.lessons.references import Works
from pellucid.lessons.subject import Subject, find_tensor

FILE = "glossary.yaml"
KEYS = ("word", "definition", "see")


@dataclass(frozen=True)
class Term:
    """`definition` is HTML; `see` are tensors in which the thing can be looked at."""

    id: str
    word: str
    definition: str
    see: tuple[str, ...]
    line: int

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "word": self.word, "definition": self.definition, "see": list(self.see)}


@dataclass(frozen=True)
class Glossary:
    """`works` are those that a lesson cites in all languages. `readable` is False where not even the YAML was right, so
    that nobody can say which terms there are."""

    path: Path
    terms: Mapping[str, Term]
    works: Works
    readable: bool = True

    def to_json(self) -> dict[str, Any]:
        """The form of docs/protocol.md."""
        return {
            "terms": [term.to_json() for term in self.terms.values()],
            "works": [work.to_json() for work in self.works.values()],
        }


def read_glossary(source: Source, subject: Subject, works: Works) -> Glossary:
    """The glossary in that file; an empty one where there is none."""
    terms: dict[str, Term] = {}
    with source.until_enough():
        return read_terms(source, subject, works, terms)
    return Glossary(source.path, terms, works, readable=False)


def read_terms(source: Source, subject: Subject, works: Works, terms: dict[str, Term]) -> Glossary:
    """Raises Enough, with `terms` being those read so far."""
    block = read_block(source, read_text(source), 1, "the glossary") if source.path.exists() else {}
    if block is None or (source.problems and not block):
        return Glossary(source.path, {}, works, readable=False)
    writer = Writer(source, subject, block.keys(), places=False, works=works)
    for name, entry in block.items():
        with source.noting(entry.line):
            terms[name] = read_term(writer, name, entry)
    return Glossary(source.path, terms, works)


def read_term(writer: Writer, name: str, entry: Entry) -> Term:
    said = entry.mapping(f"the entry '{name}'", KEYS)
    for key in ("word", "definition"):
        if key not in said:
            raise Mistake(f"the entry '{name}' has no {key}: add the line '{key}: ...'.")
    see: tuple[str, ...] = ()
    for item in said["see"].items() if "see" in said else ():
        with writer.source.noting(item.line):
            see = (*see, find_tensor(writer.scope.subject.graph, item.text("see"), ()).name)
    definition = writer.inline(said["definition"].text("definition").strip(), said["definition"].line)
    return Term(name, said["word"].text("word"), definition, see, entry.line)
