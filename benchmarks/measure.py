"""Timing things that take turns, and the table that says how they compare."""

import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.table import Table

ROUNDS = 9
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
INSTALL = "pip install '.[bench]' brings it"

Work = Callable[[], object]


@dataclass
class Contender:
    """Something to be timed. Without `run` it is missing, and `note` says why. `wake` and `rest` are done before and
    after each run, and not timed."""

    name: str
    run: Work | None
    note: str = ""
    seconds: list[float] = field(default_factory=list)
    wake: Work = field(default=lambda: None)
    rest: Work = field(default=lambda: None)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def timed(self) -> float:
        assert self.run
        self.wake()
        start = time.perf_counter()
        self.run()
        taken = time.perf_counter() - start
        self.rest()
        return taken


def peer(name: str, package: str, prepare: Callable[[], Work], note: str = "") -> Contender:
    """Another program's work, prepared only where its package is installed."""
    if importlib.util.find_spec(package) is None:
        return Contender(name, None, f"not installed: {INSTALL}")
    return Contender(name, prepare(), note)


@dataclass(frozen=True)
class Comparison:
    """A table of times. The others are compared with the first; with `amount`, how much one run does of `unit` is shown
    as so many a second."""

    title: str
    contenders: Sequence[Contender]
    rounds: int = ROUNDS
    amount: float = 0
    unit: str = ""

    def race(self, seconds: float) -> "Comparison":
        """Time everything for about so long in all, in turns; the first run of each is not counted."""
        present = [contender for contender in self.contenders if contender.run]
        for contender in present:
            contender.timed()
        for _ in range(self.rounds):
            for contender in present:
                end = time.perf_counter() + seconds / self.rounds / len(present)
                contender.seconds.append(contender.timed())
                while time.perf_counter() < end:
                    contender.seconds.append(contender.timed())
        return self

    def table(self) -> Table:
        table = Table(title=self.title, title_justify="left", title_style="bold")
        table.add_column()
        for heading in ("median", "fastest", "ratio", "runs"):
            table.add_column(heading, justify="right")
        if self.amount:
            table.add_column(self.unit, justify="right")
        table.add_column()
        for contender in self.contenders:
            table.add_row(contender.name, *self._cells(contender), contender.note)
        return table

    def _cells(self, contender: Contender) -> list[str]:
        if not contender.seconds:
            return ["-"] * (5 if self.amount else 4)
        ratio = contender.median / self.contenders[0].median
        cells = [shown(contender.median), shown(min(contender.seconds)), f"{ratio:.2f}×", str(len(contender.seconds))]
        return [*cells, f"{self.amount / contender.median:.1f}"] if self.amount else cells


def shown(seconds: float) -> str:
    """Three digits and a unit."""
    scale, unit = next(((scale, unit) for scale, unit in UNITS if seconds >= scale), UNITS[-1])
    return f"{seconds / scale:#.3g}".rstrip(".") + f" {unit}"
