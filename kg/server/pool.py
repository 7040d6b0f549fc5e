"""Who answers next: workers, a queue that is bounded, a time limit for each query, and the newest graph."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from kg.errors import KGError, ServerError
from kg.server.refusals import RefusalError
from kg.server.workers import Keeper, Reply, Worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from kg.server.limits import Limits

_LOOK_EVERY = 1.0


def unavailable(message: str, *, retry: int = 1) -> RefusalError:
    """Return what a client hears that has to come back, after `retry` seconds at the earliest."""
    return RefusalError(503, message, {"Retry-After": str(retry)})


class ClientGoneError(Exception):
    """The client has left, so that nobody waits for the answer."""


class Pool:
    """The workers of a served folder."""

    def __init__(self, folder: Path, limits: Limits, tell: Callable[[str], None]) -> None:
        self.folder, self.limits, self.tell = folder, limits, tell
        self.waiting = 0
        self._keeper: Keeper | None = None
        self._idle: list[tuple[Keeper, Worker]] = []
        self._slots = asyncio.Semaphore(limits.workers)
        self._loading = asyncio.Lock()
        self._seen = self._state()
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Load the graph, make the first workers and return how many statements the graph has."""
        keeper = self._keeper = await Keeper.start(self.folder, self.limits)
        for _ in range(self.limits.workers):
            self._idle.append((keeper, await keeper.fork()))
        self._watcher = asyncio.create_task(self._watch())
        return int(keeper.info["quads"])

    async def close(self) -> None:
        """End all processes."""
        if self._watcher:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        if self._keeper:
            await self._keeper.close()

    async def ask(self, job: Mapping[str, Any], *, gone: Callable[[], Awaitable[object]]) -> Reply:
        """Return the answer to a job; RefusalError says why there is none.

        `gone` ends when the client has left; then the work is stopped, and ClientGoneError raised.
        """
        if self.waiting >= self.limits.queue:
            raise unavailable("Too many queries are waiting. Try again soon.")
        self.waiting += 1
        try:
            async with asyncio.timeout(self.limits.timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise unavailable("All workers are busy with other queries. Try again soon.", retry=2) from None
        finally:
            self.waiting -= 1
        try:
            return await self._work(job, gone)
        finally:
            self._slots.release()

    async def _work(self, job: Mapping[str, Any], gone: Callable[[], Awaitable[object]]) -> Reply:
        keeper, worker = await self._worker()
        work = asyncio.ensure_future(worker.do(job))
        left = asyncio.ensure_future(gone())
        try:
            async with asyncio.timeout(self.limits.timeout):
                await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            raise ClientGoneError
        except TimeoutError:
            limit = f"{self.limits.timeout:g} s"
            raise unavailable(
                f"The query took longer than {limit} and was stopped. Add LIMIT or narrow its patterns.", retry=5
            ) from None
        except (OSError, asyncio.IncompleteReadError):
            raise unavailable(
                "The query ended its worker: it probably needs more memory than a query may have. Ask for less.",
                retry=5,
            ) from None
        finally:
            left.cancel()
            good = work.done() and not work.cancelled() and not work.exception() and worker.again
            work.cancel()
            # Not to be stopped halfway when the request is: the worker would be lost.
            await asyncio.shield(asyncio.ensure_future(self._put_back(keeper, worker, good=good)))

    async def _worker(self) -> tuple[Keeper, Worker]:
        while self._idle:
            keeper, worker = self._idle.pop()
            if not worker.dead:
                return keeper, worker
            await keeper.end(worker)
        async with self._loading:
            if self._keeper is None or self._keeper.dead:
                self.tell("the process that holds the graph has died; it is started again")
                try:
                    self._keeper = await Keeper.start(self.folder, self.limits)
                except KGError as error:
                    raise unavailable(f"The graph cannot be loaded: {error}", retry=10) from None
        try:
            return self._keeper, await self._keeper.fork()
        except (OSError, ServerError):
            raise unavailable("No worker could be started. Try again soon.") from None

    async def _put_back(self, keeper: Keeper, worker: Worker, *, good: bool) -> None:
        if good and keeper is self._keeper and not keeper.dead:
            self._idle.append((keeper, worker))
        else:
            await keeper.end(worker)

    async def _watch(self) -> None:
        """Take up a graph that is built anew; the former one answers until the new one is loaded."""
        before = self._seen
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            state = self._state()
            # What changes still, or is gone for now, is looked at again later.
            if state and state == before and state != self._seen:
                self._seen = state
                await self._take_up()
            before = state

    async def _take_up(self) -> None:
        try:
            keeper = await Keeper.start(self.folder, self.limits)
        except (KGError, OSError) as error:
            self.tell(f"the graph was built anew, but cannot be loaded, so the former one stays: {error}")
            return
        former, self._keeper = self._keeper, keeper
        idle, self._idle = self._idle, []
        for owner, worker in idle:
            await owner.end(worker)
        if former:
            await former.retire()
        self.tell(f"the graph was built anew and is served: {keeper.info['quads']:,} statements")

    def _state(self) -> tuple[int, int, int] | None:
        try:
            stat = (self.folder / "graph.nq").stat()
        except OSError:
            return None
        return stat.st_ino, stat.st_size, stat.st_mtime_ns
