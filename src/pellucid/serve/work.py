"""Computing for visitors: a few threads, a short queue, and a time after which an answer no longer comes."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from pellucid.graph import PellucidError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

WAITING_MOST = 64
"""A page that is scrubbed through asks many times a second; more than this many questions at once is no reader."""

SECONDS_MOST = 30.0


class Workers:
    """Runs functions off the event loop, at most one per core at a time."""

    def __init__(self, threads: int | None = None, waiting: int = WAITING_MOST, seconds: float = SECONDS_MOST) -> None:
        threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="pellucid")
        self._most = threads + waiting
        self._seconds = seconds
        self._under_way: set[Future[Any]] = set()

    async def run(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """What the function returns. Raises PellucidError (`busy`, `too-slow`) instead of letting a visitor wait on."""
        if len(self._under_way) >= self._most:
            raise PellucidError("busy", "The server is computing as much as it can: ask again in a moment.")
        future = self._pool.submit(function, *arguments, **named)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._seconds)
        except TimeoutError:
            raise PellucidError(
                "too-slow", f"Computing this took longer than {self._seconds:.0f} s: ask for less, or ask again later."
            ) from None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
