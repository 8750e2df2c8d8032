"""Works that lessons cite: links in the text, and a list at the end."""

import re

import pytest
from lesson_files import Write

from pellucid.lessons import TOUR, compile_lesson
from pellucid.lessons.article import article
from pellucid.run.model import Model

ONE = "one2019: {authors: [Ann A. One], year: 2019, title: A & B, where: Journal, link: 'https://example.org/a?b&c'}\n"
TWO = "two2020: {authors: [B Two, C Three], year: 2020a, title: T, where: W, link: https://example.org/2}\n"
MANY = "many2021: {authors: [D Many, others], year: 2021, title: U, where: W, link: https://example.org/3}\n"
CHAPTER = "```stage\nfocus: output\n```\nAs found [@one2019; @two2020] and **[@many2021]**.\n"


def test_works_are_cited_and_listed(write: Write, random_nano: Model) -> None:
    lesson = write({"en/01-one.md": CHAPTER, "references.yaml": ONE + TWO + MANY})
    assert not lesson.problems, lesson.problems
    html = lesson.chapter("en", "01-one").steps[0].html
    cited = re.findall(r'<a data-work="(\w+)" href="([^"]*)"[^>]*>([^<]*)</a>', html)
    assert cited == [
        ("one2019", "https://example.org/a?b&amp;c", "One 2019"),
        ("two2020", "https://example.org/2", "Two and Three 2020a"),
        ("many2021", "https://example.org/3", "Many et al. 2021"),
    ]
    page = article(lesson, "en", random_nano, "CBABBC")
    assert '(<a href="#work-one2019">One 2019</a>, <a href="#work-two2020">' in page
    assert '<li id="work-many2021">D Many, et al. (2021). <a href="https://example.org/3">' in page
    assert "<cite>A &amp; B</cite></a>. Journal.</li>" in page
    assert [work["id"] for work in lesson.glossary("en").to_json()["works"]] == ["one2019", "two2020", "many2021"]


def test_citations_stand_in_the_parentheses_of_their_writing(write: Write) -> None:
    text = """```stage
focus: output
```
As found [@one2019]. As
[@one2019; @two2020] found.

仕組みは同じです [@one2019]。最初の GPT
[@one2019]も、次の
[@two2020]
も同じです。
"""
    lesson = write({"en/01-one.md": text, "references.yaml": ONE + TWO})
    assert not lesson.problems, lesson.problems
    html = re.sub("</?a[^>]*>", "", lesson.chapter("en", "01-one").steps[0].html)
    english, japanese = re.findall("<p>(.*?)</p>", html, re.DOTALL)
    assert english.replace("\n", " ") == "As found (One 2019). As (One 2019, Two and Three 2020a) found."
    expected = "仕組みは同じです（One 2019）。最初の GPT（One 2019）も、次の（Two and Three 2020a）も同じです。"
    assert japanese == expected


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("", "no work 'one2019'"),
        (ONE.replace("https:", "http:"), "leads nowhere"),
        (ONE.replace("where: Journal, ", ""), "has no where"),
        (ONE.replace("[Ann A. One]", "['']"), "has no name"),
        (ONE.replace("where", "were"), "knows no 'were'"),
    ],
)
def test_what_is_wrong_with_the_list_is_said(file: str, sentence: str, write: Write) -> None:
    problems = write({"en/01-one.md": "```stage\nfocus: output\n```\n[@one2019]\n", "references.yaml": file}).problems
    assert any(sentence in problem.message for problem in problems), problems


def test_every_work_of_the_tour_can_be_cited() -> None:
    lesson = compile_lesson(TOUR)
    works = lesson.glossary("en").works
    assert works is lesson.glossary("ja").works
    assert "vaswani2017" in works
    assert [*works] == sorted(works)
    assert all(work.key.startswith(work.authors[0].split()[-1].lower()) for work in works.values())
    assert all(work.key.endswith(work.year) for work in works.values())
