"""How long readers wait for the server: alone, two hundred at a time, and while it trains four models.

python -m benchmarks.readers [--readers 200] [--seconds 20]

Every reader asks for the trace of other letters, a second after the last answer. All are processes of this machine, so
that what they take themselves counts as well.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from subprocess import PIPE, Popen
from urllib.parse import urlsplit

from benchmarks.start import command

TRAININGS = 4


@dataclass
class Waits:
    """Seconds until each answer, and what was not answered with 200."""

    seconds: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    def share(self, share: float) -> float:
        return sorted(self.seconds)[min(int(share * len(self.seconds)), len(self.seconds) - 1)]

    def told(self, name: str, quiet: float) -> str:
        middle, slowest = statistics.median(self.seconds), self.share(0.99)
        return (
            f"{name:<36} {len(self.seconds):>6} answers, {len(self.refused)} refused; "
            f"median {1e3 * middle:.1f} ms, p99 {1e3 * slowest:.1f} ms = {slowest / quiet:.1f} quiet medians"
        )


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Host and port of a server of the nano model."""
    options = ["serve", "nano", "--port", "0", "--no-browser", "--no-token"]
    with Popen([*command(), *options], stdout=PIPE, text=True) as process:
        assert process.stdout
        place = urlsplit(process.stdout.readline().strip())
        try:
            yield str(place.hostname), int(place.port or 0)
        finally:
            process.terminate()


class Visitor:
    """A connection that is kept, as browsers keep theirs."""

    def __init__(self, place: tuple[str, int]) -> None:
        self.place = place
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str) -> int:
        """The status of the answer, which is read to its end."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self.place)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.place[0]}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r")[0]))
        if b"connection: close" in head:
            self._streams = None
        return int(head.split(b" ", 2)[1])


async def read(place: tuple[str, int], waits: Waits, end: float, pause: float) -> None:
    """One reader, who goes on until the end."""
    visitor = Visitor(place)
    await asyncio.sleep(random.random() * pause)
    while time.perf_counter() < end:
        letters = "".join(random.choices("ABC", k=6))
        start = time.perf_counter()
        status = await visitor.ask(f"/api/models/nano/trace?text={letters}")
        if status == 200:
            waits.seconds.append(time.perf_counter() - start)
        else:
            waits.refused.append(status)
        await asyncio.sleep(pause)


async def train(place: tuple[str, int], numbers: Iterator[int]) -> None:
    visitor = Visitor(place)
    while True:
        await visitor.ask(f"/api/models/nano/training?steps={next(numbers)}")


async def measure(place: tuple[str, int], readers: int, seconds: float) -> None:
    async def waits(count: int, pause: float) -> Waits:
        found = Waits()
        end = time.perf_counter() + seconds
        await asyncio.gather(*(read(place, found, end, pause) for _ in range(count)))
        return found

    await waits(1, 0.02)  # the first answers are not counted
    quiet = await waits(1, 0.02)
    median = statistics.median(quiet.seconds)
    print(quiet.told("one reader", median))
    print((await waits(readers, 1.0)).told(f"{readers} readers, a second apart", median))
    numbers = itertools.count(900)
    trainings = [asyncio.ensure_future(train(place, numbers)) for _ in range(TRAININGS)]
    await asyncio.sleep(2)
    print((await waits(1, 0.02)).told(f"one reader beside {TRAININGS} trainings", median))
    for training in trainings:
        training.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readers", description=__doc__)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20, help="how long each measurement takes (default: 20)")
    asked = parser.parse_args()
    with served() as place:
        asyncio.run(measure(place, asked.readers, asked.seconds))


if __name__ == "__main__":
    main()
