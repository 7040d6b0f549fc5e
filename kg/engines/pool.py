"""Map papers to records on several cores: children that are handed chunks, and never more chunks than they can hold.

Records come in the order in which they are ready, which plays no part in the fold. Only plain text crosses
between processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING

from kg.engines.worker import packed, unpacked, work
from kg.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from kg.engines.worker import Failure
    from kg.model import Paper
    from kg.store import Row

CHUNK = 25
SMALL = 300
"""So many papers are read sooner in this process than children start."""
_CHILD = "import sys; sys.path[:] = {path!r}; from kg.engines.worker import main; main()"


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def chosen(workers: int, papers: int) -> int:
    """Return how many workers read so many papers: the number asked for, or for 0 what is soonest."""
    return workers or (cores() if papers > SMALL else 1)


def mapped(
    papers: Iterable[Paper], *, workers: int = 1, chunk: int = CHUNK
) -> Generator[tuple[list[Row], list[Failure]], None, None]:
    """Yield the records of papers, a chunk at a time; one worker is this process."""
    stream = iter(papers)
    chunks = iter(lambda: list(islice(stream, chunk)), [])
    if workers == 1:
        yield from map(work, chunks)
    else:
        yield from _pooled(chunks, workers)


def _pooled(chunks: Iterator[list[Paper]], workers: int) -> Iterator[tuple[list[Row], list[Failure]]]:
    children: list[subprocess.Popen[bytes]] = []
    own = threading.local()

    def start() -> None:
        own.child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _CHILD.format(path=sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        children.append(own.child)

    def ask(papers: list[Paper]) -> tuple[list[Row], list[Failure]]:
        return _asked(own.child, papers)

    pool = ThreadPoolExecutor(workers, initializer=start)
    try:
        open_ones: set[Future[tuple[list[Row], list[Failure]]]] = set()
        for papers in chunks:
            open_ones.add(pool.submit(ask, papers))
            # Two chunks a child: one in work and one that waits.
            while len(open_ones) >= 2 * workers:
                done, open_ones = wait(open_ones, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in done)
        while open_ones:
            done, open_ones = wait(open_ones, return_when=FIRST_COMPLETED)
            yield from (each.result() for each in done)
    finally:
        for child in children:
            child.kill()
        pool.shutdown(cancel_futures=True)
        for child in children:
            child.kill()  # one may have started meanwhile
            child.communicate()


def _asked(child: subprocess.Popen[bytes], papers: list[Paper]) -> tuple[list[Row], list[Failure]]:
    line = b""
    if child.stdin and child.stdout:
        try:
            child.stdin.write(packed(papers))
            child.stdin.flush()
            line = child.stdout.readline()
        except (BrokenPipeError, ValueError):
            pass  # the child is gone, as an empty answer says too
    if not line.endswith(b"\n"):
        where = papers[0].origin or papers[0].id
        raise EngineError(
            f"A worker died (exit code {child.wait()}) at one of {len(papers)} papers from {where!r}. "
            "What was read so far is kept; run the command again, with fewer --workers if memory is short."
        )
    return unpacked(line)
