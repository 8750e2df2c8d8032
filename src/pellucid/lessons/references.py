"""The works that a lesson cites: references.yaml beside its languages, one entry per work.

    vaswani2017:
      authors: [Ashish Vaswani, Noam Shazeer, others]
      year: 2017
      title: Attention Is All You Need
      where: NeurIPS 2017
      link: https://arxiv.org/abs/1706.03762

`[@vaswani2017]` in a text is a link in parentheses, "(Vaswani et al. 2017)", and `[@a2019; @b2020]` two of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pellucid.lessons.blocks import Entry, read_block
from pellucid.lessons.problems import Mistake, Source, read_text

FILE = "references.yaml"
KEYS = ("authors", "year", "title", "where", "link")
OTHERS = "others"
"""What stands in place of authors that are not named."""
LINK = re.compile(r"https://[^\s\"<>]+")


@dataclass(frozen=True)
class Work:
    """`year` may have a letter behind it, where the same people have published several works in it."""

    key: str
    authors: tuple[str, ...]
    year: str
    title: str
    where: str
    link: str

    @property
    def cited(self) -> str:
        """`Vaswani et al. 2017`"""
        names = [author.split()[-1] for author in self.authors]
        if len(names) > 2 or OTHERS in names:
            return f"{names[0]} et al. {self.year}"
        return f"{' and '.join(names)} {self.year}"

    @property
    def named(self) -> str:
        """Its authors for the list of references."""
        return ", ".join("et al." if author == OTHERS else author for author in self.authors)

    def to_json(self) -> dict[str, str]:
        return {
            "id": self.key,
            "authors": self.named,
            "year": self.year,
            "title": self.title,
            "where": self.where,
            "link": self.link,
        }


Works = Mapping[str, Work]


def read_works(source: Source) -> Works:
    """The works in that file; none where there is no file."""
    works: dict[str, Work] = {}
    with source.until_enough():
        block = read_block(source, read_text(source), 1, "the list of references") if source.path.exists() else {}
        for key, entry in (block or {}).items():
            with source.noting(entry.line):
                works[key] = read_work(key, entry)
    return works


def read_work(key: str, entry: Entry) -> Work:
    said = entry.mapping(f"the work '{key}'", KEYS)
    for needed in KEYS:
        if needed not in said:
            raise Mistake(f"the work '{key}' has no {needed}: add the line '{needed}: ...'.")
    authors = tuple(author.text("an author").strip() for author in said["authors"].items())
    if not all(authors):
        raise Mistake(f"an author of '{key}' has no name: write names, or leave the empty one out.")
    year, title, where, link = (said[name].text(name).strip() for name in KEYS[1:])
    if not LINK.fullmatch(link):
        raise Mistake(f"the link of '{key}' leads nowhere: it must begin with https: and have no spaces.")
    return Work(key, authors, year, title, where, link)
