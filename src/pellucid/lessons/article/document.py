"""A whole article: its head, what a reader may change, the table of contents, and the chapters between."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from pellucid.lessons.article.chapters import chapter_section, glossary_section, references_section
from pellucid.lessons.article.links import Links
from pellucid.lessons.article.pictures import told_once
from pellucid.lessons.article.telling import Reading
from pellucid.lessons.article.words import Words, name_of, words_in
from pellucid.lessons.chapter import Chapter
from pellucid.lessons.lesson import TOUR, Lesson
from pellucid.lessons.moment import Lens
from pellucid.run.model import Model, Prompt

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; base-uri 'none'; form-action 'none'"
"""What an article in a file may do: nothing but show what it holds, and where it has a place, its icon."""

STYLE = Path(__file__).with_name("article.css")


@dataclass(frozen=True)
class Place:
    """Where an article is read: the id of its model there, and where from there, relative to it, other things are."""

    model: str
    page: str
    """The interactive page."""
    icon: str
    articles: str
    """The article in a language, or one chapter of it: `{language}` and `{chapter}` (with a slash before it, or empty)
    are filled in."""
    answers: bool = True
    """Whether an article can be asked for with other letters."""

    @classmethod
    def on_server(cls, model: str, *, alone: bool) -> "Place":
        """On a server, under an address of docs/protocol.md: that of all chapters, or of one alone."""
        up = "../../" if alone else "../"
        return cls(model, up, f"{up}icon.svg", f"{up}read/{{language}}{{chapter}}")

    def query(self, model: Model, question: Sequence[int]) -> dict[str, str]:
        """The model and the question, as both the article and the interactive page are asked for them."""
        if model.vocabulary and model.vocabulary.letters:
            return {"model": self.model, "text": model.text(question)}
        return {"model": self.model, "tokens": ",".join(map(str, question))}

    def address(self, language: str, query: Mapping[str, str], slug: str = "") -> str:
        file = self.articles.format(language=language, chapter=slug and f"/{slug}")
        return f"{file}?{urlencode(query, safe=',')}" if self.answers else file


def article(
    lesson: Lesson, language: str, model: Model, prompt: Prompt, *, place: Place | None = None, slug: str | None = None
) -> str:
    """The lesson in that language, or one chapter of it, filled in for a question to the model, as one HTML file.

    Without a place it stands for itself: it has no links to pages of a server, and nothing that needs one.
    The lesson is one that was compiled for that very model.
    Raises PellucidError for an unknown language or chapter, and for a prompt that is no question of the model's task.
    """
    question = model.question(prompt)
    chapters = lesson.chapters[language] if slug is None and language in lesson.chapters else ()
    if not chapters:
        chapters = (lesson.chapter(language, slug or ""),)
    return Document(lesson, language, chapters, model, question, place, alone=slug is not None).html()


class Document:
    """The parts of the page, each as HTML."""

    def __init__(
        self,
        lesson: Lesson,
        language: str,
        chapters: Sequence[Chapter],
        model: Model,
        question: Sequence[int],
        place: Place | None,
        *,
        alone: bool,
    ) -> None:
        self.lesson = lesson
        self.language = language
        self.chapters = chapters
        self.model = model
        self.question = question
        self.place = place
        self.alone = alone
        self.words: Words = words_in(language)
        self.query = place.query(model, question) if place else {}

    def html(self) -> str:
        words = self.words
        page = self.place.page if self.place else None
        links = Links(page, {**self.query, "lang": self.language}, self.chapter_address)
        lens = Lens(self.model.trace(self.question), on_page=False)
        reading = Reading(self.language, words, lens, links, self.lesson.fits)
        sections = "".join(chapter_section(chapter, reading) for chapter in self.chapters)
        glossary = self.lesson.glossaries[self.language]
        told = self.lesson.chapters.get(self.language, self.chapters)
        sections = told_once(sections) + glossary_section(glossary, told, reading)
        sections += references_section(glossary.works, words)
        icon = self.place.icon if self.place else "data:,"
        title = self.title
        if self.alone and (chapter := html.escape(self.chapters[0].title)) != title:
            title = f"{chapter} · {title}"
        return (
            f'<!doctype html>\n<html lang="{html.escape(self.language)}">\n<head>\n<meta charset="utf-8"/>\n'
            '<meta name="viewport" content="width=device-width"/>\n<meta name="color-scheme" content="light dark"/>\n'
            f'{self.policy()}<link rel="icon" href="{icon}"/>\n<title>{title}</title>\n'
            f"<style>{style()}</style>\n</head>\n<body>\n"
            f'<a class="skip" href="#article">{words.skip}</a>\n{self.header()}{self.contents()}'
            f'<main id="article">\n{sections}</main>\n{self.neighbours()}<footer><p>{words.made}</p></footer>\n'
            "</body>\n</html>\n"
        )

    @property
    def title(self) -> str:
        """That of the tour; lessons of one's own are called by their only chapter, or else by the model."""
        if self.lesson.folder == TOUR:
            return self.words.title
        chapters = self.lesson.chapters.get(self.language, self.chapters)
        if len(chapters) == 1:
            return html.escape(chapters[0].title)
        return self.words.own_title.format(model=html.escape(self.model.name))

    def policy(self) -> str:
        """Of an article in a file; a server says its own."""
        if self.place and self.place.answers:
            return ""
        policy = POLICY.format(images="'self' data:" if self.place else "data:")
        return f'<meta http-equiv="Content-Security-Policy" content="{policy}"/>\n'

    def chapter_address(self, slug: str) -> str:
        return self.place.address(self.language, self.query, slug) if self.place and self.alone else f"#{slug}"

    def header(self) -> str:
        words, model = self.words, self.model
        letters = model.vocabulary.pieces if model.vocabulary else None
        prompt = " ".join(letters[token] if letters else str(token) for token in self.question)
        lead = words.lead.format(
            model=html.escape(model.name), parameters=f"{model.graph.parameters():,}", prompt=html.escape(prompt)
        )
        count = max(1, round(sum(chapter.seconds for chapter in self.chapters) / 60))
        minutes = words.minute if count == 1 else words.minutes.format(minutes=count)
        reader = self.reader(self.place) if self.place else ""
        return f"<header>\n<h1>{self.title}</h1>\n<p>{lead}</p>\n<p>{minutes}</p>\n{reader}</header>\n"

    def reader(self, place: Place) -> str:
        """What a reader may change: the letters, where there is somebody to answer, and the language."""
        return (self.form(place) if place.answers else "") + self.languages(place)

    def form(self, place: Place) -> str:
        """To type other letters; the browser itself says what is wrong with them, in the reader's language.

        Tokens that no text gives (half of a letter's bytes) are shown as numbers, to type others.
        """
        words, task = self.words, self.model.task
        letters = self.model.vocabulary.pieces if self.model.vocabulary else None
        known = letters and task and all(len(letter) == 1 for letter in letters)
        checks = ""
        if known and letters and task:
            said = html.escape(words.format.format(length=task["length"], alphabet=", ".join(letters)))
            pattern = "[" + "".join(letter if letter.isalnum() else f"\\{letter}" for letter in letters) + "]"
            checks = f' pattern="{html.escape(pattern)}{{{task["length"]}}}" title="{said}"'
        name, label = ("text", words.letters) if "text" in self.query else ("tokens", words.tokens)
        fields = "".join(
            f'<input type="hidden" name="{html.escape(key)}" value="{html.escape(value)}"/>'
            for key, value in self.query.items()
            if key != name
        )
        action = place.address(self.language, {}, self.chapters[0].slug if self.alone else "").partition("?")[0]
        return (
            f'<form action="{html.escape(action)}" method="get">{fields}'
            f'<label for="prompt">{label}</label> '
            f'<input id="prompt" name="{name}" value="{html.escape(self.query[name])}" required="" autocomplete="off" '
            f'autocapitalize="characters" spellcheck="false"{checks}/> <button>{words.show}</button></form>\n'
        )

    def languages(self, place: Place) -> str:
        """Links to the same in other languages, and to the interactive tour."""
        slug = self.chapters[0].slug if self.alone else ""
        others = [
            f'<li><a href="{html.escape(place.address(other, self.query, slug))}" lang="{other}" hreflang="{other}">'
            f"{name_of(other)}</a></li>"
            for other in self.lesson.chapters
            if other != self.language
        ]
        page = html.escape(place.page + "?" + urlencode({**self.query, "lang": self.language}, safe=","))
        return (
            f'<ul class="ways" aria-label="{self.words.languages}">{"".join(others)}'
            f'<li><a href="{page}">{self.words.interactive}</a></li></ul>\n'
        )

    def contents(self) -> str:
        if self.alone:
            return ""
        entries = "".join(
            f'<li value="{int(chapter.slug[:2])}"><a href="#{chapter.slug}">{html.escape(chapter.title)}</a> '
            f"<span>{html.escape(chapter.summary)}</span></li>\n"
            for chapter in self.chapters
        )
        words, glossary = self.words, self.lesson.glossaries[self.language]
        there = (("glossary", words.glossary, glossary.terms), ("references", words.references, glossary.works))
        lists = " · ".join(f'<a href="#{anchor}">{name}</a>' for anchor, name, holds in there if holds)
        return (
            f'<nav class="contents" aria-labelledby="contents"><h2 id="contents">{words.contents}</h2>\n'
            f"<ol>\n{entries}</ol>{f'<p>{lists}</p>' if lists else ''}</nav>\n"
        )

    def neighbours(self) -> str:
        """After a chapter that is read alone: the ones before and after it, and the whole."""
        if not self.alone or not self.place:
            return ""
        slugs = [chapter.slug for chapter in self.lesson.chapters[self.language]]
        here = slugs.index(self.chapters[0].slug)
        ways = [(self.words.whole, "")]
        if here > 0:
            ways.insert(0, (self.words.previous, slugs[here - 1]))
        if here + 1 < len(slugs):
            ways.append((self.words.next, slugs[here + 1]))
        entries = "".join(
            f'<li><a href="{html.escape(self.place.address(self.language, self.query, slug))}">{name}</a></li>'
            for name, slug in ways
        )
        return f'<nav aria-label="{self.words.contents}"><ul class="ways">{entries}</ul></nav>\n'


@lru_cache
def style() -> str:
    return STYLE.read_text(encoding="utf-8")
