"""Computing for visitors, in three lanes, so that what takes long never keeps what does not waiting.

Quick questions have threads, those to large models one of their own, and costly ones (training, articles) processes
(apart.py). Identical costly questions are computed once. What nobody waits for any more is given up: at once where a
process computes it, before it begins where a thread would.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, ParamSpec, TypeVar

from pellucid.graph import PellucidError
from pellucid.serve.apart import Helper, HelperFailedError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

WAITING_MOST = 1024
"""Quick questions: a full house, each of whose readers asks a few things at once."""
COSTLY_WAITING_MOST = 32

SECONDS_MOST = 30.0
COSTLY_SECONDS_MOST = 120.0
"""How long a visitor waits, the time in the queue included."""


class Job(Generic[Result]):
    """One question that is computed, or waits for that, and those who wait for its answer."""

    def __init__(self, function: Callable[["Job[Result]"], Result]) -> None:
        self.future: Future[Result] = Future()
        self.askers = 0
        self.stopped = False
        self._function = function
        self._end: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def compute(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self._function(self)
        except Exception as error:  # noqa: BLE001  (whoever asked hears of it)
            self.future.set_exception(error)
        else:
            self.future.set_result(result)

    def ended_by(self, end: Callable[[], None]) -> None:
        """How to end what computes it."""
        with self._lock:
            self._end = end
            if self.stopped:
                end()

    def stop(self) -> None:
        self.future.cancel()
        with self._lock:
            self.stopped = True
            if self._end and not self.future.done():
                self._end()


class Lane:
    """Threads that compute jobs in their order. They keep nobody from ending the program."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self.name = name
        self._most_threads = threads
        self._most = threads + waiting
        self._threads = 0
        self._queue: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._jobs: set[Job[Any]] = set()
        self._lock = threading.Lock()

    def submit(self, function: Callable[[Job[Result]], Result]) -> Job[Result]:
        """Raises PellucidError (`busy`) where too many wait."""
        job = Job(function)
        with self._lock:
            if len(self._jobs) >= self._most:
                raise PellucidError("busy", "The server is computing as much as it can: ask again in a moment.")
            self._jobs.add(job)
            if self._threads < min(len(self._jobs), self._most_threads):
                self._threads += 1
                threading.Thread(target=self._work, name=f"pellucid-{self.name}", daemon=True).start()
        job.future.add_done_callback(lambda _: self._done(job))
        self._queue.put(job)
        return job

    def _done(self, job: Job[Any]) -> None:
        with self._lock:
            self._jobs.discard(job)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            job.compute()

    def close(self) -> None:
        with self._lock:
            jobs, threads = list(self._jobs), self._threads
        for job in jobs:
            job.stop()
        for _ in range(threads):
            self._queue.put(None)


class Workers:
    """The lanes, as coroutines see them."""

    def __init__(self, threads: int | None = None, waiting: int = WAITING_MOST, seconds: float = SECONDS_MOST) -> None:
        cores = os.cpu_count() or 1
        self._seconds = seconds
        self._quick = Lane("quick", threads or max(2, cores), waiting)
        self._large = Lane("large", 1, waiting)
        self._costly = Lane("costly", cores, COSTLY_WAITING_MOST)
        self._under_way: dict[Hashable, Job[Any]] = {}
        self._helpers: list[Helper] = []
        self._closed = False

    async def run(
        self, function: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """What the function returns, computed quickly, in a thread.

        Raises PellucidError (`busy`, `too-slow`) instead of letting a visitor wait on.
        """
        return await self._answer(self._quick.submit(lambda _: function(*arguments, **named)), self._seconds)

    async def run_large(self, function: Callable[[], Result]) -> Result:
        """The same for a large model: one question at a time, apart from the quick ones."""
        return await self._answer(self._large.submit(lambda _: function()), COSTLY_SECONDS_MOST)

    async def run_apart(self, key: Hashable, function: Callable[..., Result], *arguments: Any) -> Result:
        """What the function returns, computed in another process, once for all who ask by the same key meanwhile."""
        job = self._under_way.get(key)
        if job is None or job.stopped or job.future.done():
            job = self._costly.submit(lambda job: self._helped(job, function, *arguments))
            self._under_way[key] = job
            job.future.add_done_callback(lambda _: self._forget(key, job))
        return await self._answer(job, COSTLY_SECONDS_MOST)

    def _forget(self, key: Hashable, job: Job[Any]) -> None:
        if self._under_way.get(key) is job:
            del self._under_way[key]

    def _helped(self, job: Job[Result], function: Callable[..., Result], *arguments: Any) -> Result:
        """The answer of a helper, which is kept for the next question unless this one was given up."""
        helper = self._helpers.pop() if self._helpers else Helper()
        job.ended_by(helper.end)
        kept = False
        try:
            result: Result = helper.ask(function, *arguments)
            kept = True
        except PellucidError:
            kept = True
            raise
        except HelperFailedError:
            if job.stopped:
                raise stopped() from None
            raise
        finally:
            if kept and not job.stopped and not self._closed:
                self._helpers.append(helper)
            else:
                helper.close()
        return result

    async def _answer(self, job: Job[Result], seconds: float) -> Result:
        """The job's result; a job that its last asker leaves is given up."""
        job.askers += 1
        result = asyncio.wrap_future(job.future)
        result.add_done_callback(lambda done: done.cancelled() or done.exception())  # who has left need not hear of it
        try:
            return await asyncio.wait_for(asyncio.shield(result), seconds)
        except TimeoutError:
            raise PellucidError(
                "too-slow", f"Computing this took longer than {seconds:.0f} s: ask for less, or ask again later."
            ) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if job.stopped and task and not task.cancelling():  # the job was given up, not this asker
                raise stopped() from None
            raise
        finally:
            job.askers -= 1
            if not job.askers and not job.future.done():
                job.stop()

    def close(self) -> None:
        """Give up what is under way, and end the helpers."""
        self._closed = True
        for lane in (self._quick, self._large, self._costly):
            lane.close()
        while self._helpers:
            self._helpers.pop().close()


def stopped() -> PellucidError:
    return PellucidError("stopping", "The server is being ended: start it again, then ask again.")
