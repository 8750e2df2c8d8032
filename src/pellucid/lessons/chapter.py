"""A chapter: from its Markdown file to steps, which filling.py fills in for the letters at hand.

A file begins with its front matter (title, summary). Every fenced `stage` block begins a step, the heading right before
it names that step, and all text up to the next one belongs to it, with its `exercise`, `widget` and `picture` blocks.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it.token import Token

from pellucid.cached import cached_property
from pellucid.lessons.blocks import Entry, read_block
from pellucid.lessons.claims import Claim
from pellucid.lessons.compiled import Compiled, CompiledStep
from pellucid.lessons.cue import Cue, ReadCue, read_cue, steady_change
from pellucid.lessons.exercise import Exercise, read_exercise
from pellucid.lessons.markdown import parse_blocks
from pellucid.lessons.parse import Scope
from pellucid.lessons.picture import Picture, read_picture
from pellucid.lessons.problems import Mistake, Source, choices, read_text
from pellucid.lessons.prose import PLACE, Place, Writer, first_branches, plain
from pellucid.lessons.references import Works
from pellucid.lessons.subject import Subject
from pellucid.lessons.widget import Widget, read_widget

BESIDE = ("exercise", "widget", "picture")
BLOCKS = ("stage", *BESIDE)
CODE = ("text", "python", "console", "json", "yaml")
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*\n", re.DOTALL | re.MULTILINE)
FORMULA = re.compile(r'<(?:span class="math inline"|div class="math block")>.*?</(?:span|div)>', re.DOTALL)
SETTING = re.compile(r"\\(?:[A-Za-z]+|.)|[_^{}]")
"""What sets a formula and is not read: commands, and the signs of indices and powers."""
WORDS_PER_MINUTE = 200
"""The speed of careful reading, in languages that part words by spaces."""
LETTERS_PER_MINUTE = 500
"""The same in Chinese and Japanese."""


@dataclass(frozen=True)
class Step:
    """`title`, `note` and `html` are HTML with places left for live values; `exercises` and `widgets` stand in it as
    `<div data-exercise="0"></div>`, `pictures` as what they are. `read` is its stage block, and `change` what it
    changes in the model, where that is the same for all questions."""

    read: ReadCue
    title: str
    note: str
    html: str
    places: tuple[Place, ...]
    exercises: tuple[Exercise, ...]
    widgets: tuple[Widget, ...]
    pictures: tuple[Picture, ...]
    claims: tuple[Claim, ...]
    change: str | None = None

    @property
    def cue(self) -> Cue:
        return self.read.cue

    @cached_property
    def compiled(self) -> CompiledStep:
        return CompiledStep(
            title=self.title,
            html=self.html,
            note=self.note,
            seconds=self.seconds,
            cue=self.cue,
            places=self.places,
            exercises=self.exercises,
            widgets=self.widgets,
        )

    @cached_property
    def counts(self) -> tuple[int, int]:
        texts = [self.title, self.html, *(exercise.question for exercise in self.exercises)]
        return counts(plain(as_read(text) for text in texts))

    @property
    def words(self) -> int:
        """Each letter of Chinese or Japanese counts as one."""
        return sum(self.counts)

    @property
    def seconds(self) -> int:
        """How long a careful reader takes."""
        spaced, wide = self.counts
        return round(60 * (spaced / WORDS_PER_MINUTE + wide / LETTERS_PER_MINUTE))


@dataclass(frozen=True)
class Chapter:
    language: str
    slug: str
    source: Source
    title: str
    summary: str
    steps: tuple[Step, ...]

    @property
    def words(self) -> int:
        return sum(step.words for step in self.steps)

    @property
    def is_wide(self) -> bool:
        """Whether it is the letters of Chinese or Japanese, more than words, that are counted."""
        return sum(step.counts[1] for step in self.steps) > self.words / 2

    @property
    def seconds(self) -> int:
        return sum(step.seconds for step in self.steps)

    @cached_property
    def compiled(self) -> Compiled:
        """What is filled in."""
        entry = self.entry()
        return Compiled(
            language=self.language,
            slug=self.slug,
            title=self.title,
            summary=self.summary,
            words=entry["words"],
            minutes=entry["minutes"],
            steps=tuple(step.compiled for step in self.steps),
            changes=tuple(dict.fromkeys(step.change for step in self.steps if step.change is not None)),
        )

    def entry(self) -> dict[str, Any]:
        """Its line in a table of contents."""
        return {
            "slug": self.slug,
            "title": self.title,
            "summary": self.summary,
            "words": self.words,
            "minutes": round(self.seconds / 60, 1),
            "steps": len(self.steps),
        }


def as_read(text: str) -> str:
    """HTML whose formulas have only what is read of them."""
    return FORMULA.sub(lambda found: SETTING.sub("", found[0]), PLACE.sub("0", text))


def counts(text: str) -> tuple[int, int]:
    """How many words, and how many letters of scripts that write without spaces."""
    wide = [letter.isalnum() and unicodedata.east_asian_width(letter) in "WF" for letter in text]
    spaced = "".join(" " if is_wide else letter for letter, is_wide in zip(text, wide, strict=True))
    return len(re.findall(r"\w[\w'’.,-]*", spaced)), sum(wide)


# Reading.


@dataclass
class Draft:
    """A step whose tokens are still being gathered."""

    title: Token | None
    fence: Token
    tokens: list[Token] = field(default_factory=list)


def read_chapter(
    source: Source,
    language: str,
    subject: Subject,
    terms: Collection[str] | None,
    chapters: Collection[str],
    works: Works | None = None,
) -> Chapter:
    """The chapter in that file; what is wrong with it is noted in the source and left out."""
    front: dict[str, str] = {}
    steps: list[Step] = []
    before: ReadCue | None = None
    with source.until_enough():
        text = read_text(source)
        front, body, first = front_matter(source, text)
        writer = Writer(source, subject, terms, chapters, works=works)
        for draft in drafts(source, parse_blocks(body, {"source": source, "first": first})):
            step, before = read_step(writer, draft, subject, before)
            steps.append(step)
        if text and not steps:
            source.refuse(first, "a chapter needs a step: begin one with a fenced block ```stage.")
    slug = source.path.stem
    return Chapter(language, slug, source, front.get("title", ""), front.get("summary", ""), tuple(steps))


def front_matter(source: Source, text: str) -> tuple[dict[str, str], str, int]:
    """Title and summary, the rest of the text, and the line where that begins."""
    match = FRONT_MATTER.match(text)
    if match is None:
        if text:
            source.refuse(1, "the file must begin with '---', a title: and a summary:, and '---' again.")
        return {}, text.removeprefix("---"), 1
    body, first = text[match.end() :], match[0].count("\n") + 1
    block = read_block(source, match[1], 2, "the front matter")
    if block is None:
        return {}, body, first
    said = {}
    for key, entry in block.items():
        with source.noting(entry.line):
            if key not in ("title", "summary"):
                raise Mistake(f"the front matter knows no '{key}': {choices(key, ('title', 'summary'))}")
            said[key] = entry.text(key).strip()
    for key in ("title", "summary"):
        if key not in block or said.get(key) == "":
            source.refuse(1, f"the front matter has no {key}: add the line '{key}: ...'.")
    return said, body, first


def drafts(source: Source, tokens: Sequence[Token]) -> list[Draft]:
    """The steps: each a stage block, the heading right before it, and what follows."""
    steps: list[Draft] = []
    title: Token | None = None
    for number, token in enumerate(tokens):
        check_block(source, token)
        following = tokens[number + 3] if number + 3 < len(tokens) else None
        if token.type == "heading_open":
            if following and kind(following) == "stage":
                title = tokens[number + 1]
            else:
                source.refuse(
                    token.meta["line"], "a heading names the step after it: put a ```stage block right below."
                )
        elif kind(token) == "stage":
            steps.append(Draft(title, token))
            title = None
        elif token.type == "heading_close" or (number and tokens[number - 1].type == "heading_open"):
            continue
        elif steps:
            steps[-1].tokens.append(token)
        elif token.nesting != -1 and token.type != "inline":
            source.refuse(
                token.meta["line"], "text before the first ```stage block belongs to no step: put one above it."
            )
    return steps


def kind(token: Token) -> str:
    """What a fenced block is; empty for everything else."""
    return token.info.strip() if token.type == "fence" else ""


def check_block(source: Source, token: Token) -> None:
    word = kind(token)
    if word and word not in BLOCKS and word not in CODE:
        source.refuse(token.meta["line"], f"there is no block '{word}': {choices(word, [*BLOCKS, *CODE])}")
    elif word in BLOCKS and token.level:
        source.refuse(
            token.meta["line"], f"a {word} block cannot stand inside a list or quotation: begin it at the margin."
        )


def read_step(writer: Writer, draft: Draft, subject: Subject, before: ReadCue | None) -> tuple[Step, ReadCue]:
    source = writer.source
    block = yaml_of(source, draft.fence) or {}
    read = read_cue(source, block, draft.fence.meta["line"], subject, before)
    cue = read.cue
    writer.scope = Scope(subject, read.bases, cue.generated)
    title = writer.blocks([draft.title]) if draft.title else ""
    note = writer.inline(read.note, block["note"].line) if read.note else ""
    exercises: list[Exercise] = []
    widgets: list[Widget] = []
    pictures: list[Picture] = []
    for token in draft.tokens:
        line = token.meta["line"]
        if kind(token) not in BESIDE:
            continue
        said = yaml_of(source, token)
        if said is None:
            token.type, token.content = "mark", ""
        elif kind(token) == "exercise":
            exercises.append(read_exercise(writer, said, line))
            token.type, token.content = "mark", f'<div data-exercise="{len(exercises) - 1}"></div>\n'
        elif kind(token) == "widget":
            widget = read_widget(source, said, line, writer.scope)
            token.type, token.content = "mark", f'<div data-widget="{len(widgets)}"></div>\n'
            widgets.extend([widget] if widget else [])
        elif kind(token) == "picture":
            picture = read_picture(source, said, line)
            token.type, token.content = "mark", picture.html if picture else ""
            pictures.extend([picture] if picture else [])
    html = writer.blocks(draft.tokens)
    if not first_branches(html).strip():
        source.refuse(read.line, "this step has no text on the page: write what there is to see.")
    step = Step(
        read,
        title,
        note,
        html,
        writer.take_places(),
        tuple(exercises),
        tuple(widgets),
        tuple(pictures),
        writer.take_claims(),
        steady_change(cue.off, writer.scope),
    )
    return step, read


def yaml_of(source: Source, fence: Token) -> Mapping[str, Entry] | None:
    return read_block(source, fence.content, fence.meta["line"] + 1, f"the {kind(fence)} block")
