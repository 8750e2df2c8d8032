"""Tables of an article, which can be moved sideways where they are wider than the page."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """`rows` begin with their heads; every cell is HTML."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def html(self) -> str:
        columns = "".join(f'<th scope="col">{head}</th>' if head else "<td></td>" for head in self.heads)
        lines = "".join(
            f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
            for row in self.rows
        )
        return (
            f'<div class="wide"><table><caption>{self.caption}</caption>'
            f"<thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table></div>"
        )
