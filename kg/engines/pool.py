"""Map chunks of work on several cores: children that are handed chunks, and never more chunks than they can hold.

Answers come in the order in which they are ready, which plays no part in the fold. Only plain text crosses
between processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Any

from kg.engines.worker import packed, task, unpacked, work
from kg.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from kg.engines.worker import Failure
    from kg.model import Paper
    from kg.store import Row

CHUNK = 25
SMALL = 300
"""So many papers are read sooner in this process than children start."""
_CHILD = "import sys; sys.path[:] = {path!r}; from kg.engines.worker import main; main({task!r})"


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
        asked = ((f"one of {len(some)} papers from {some[0].origin or some[0].id!r}", packed(some)) for some in chunks)
        yield from map(unpacked, _pooled("extract", asked, workers))


def spread(name: str, requests: Iterable[Any], *, workers: int = 1) -> Generator[Any, None, None]:
    """Yield the answers to requests of a task (`kg.engines.worker`), all of them plain values."""
    if workers == 1:
        yield from map(task(name), requests)
    else:
        asked = ((f"the task {name!r}", json.dumps(request).encode() + b"\n") for request in requests)
        yield from map(json.loads, _pooled(name, asked, workers))


def _pooled(name: str, asked: Iterator[tuple[str, bytes]], workers: int) -> Iterator[bytes]:
    """Yield the answers to lines, each told by what it is about."""
    children: list[subprocess.Popen[bytes]] = []
    own = threading.local()

    def start() -> None:
        program = _CHILD.format(path=sys.path, task=name)
        own.child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        children.append(own.child)

    def ask(about: str, line: bytes) -> bytes:
        return _asked(own.child, about, line)

    pool = ThreadPoolExecutor(workers, initializer=start)
    try:
        open_ones: set[Future[bytes]] = set()
        for about, line in asked:
            open_ones.add(pool.submit(ask, about, line))
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


def _asked(child: subprocess.Popen[bytes], about: str, request: bytes) -> bytes:
    line = b""
    if child.stdin and child.stdout:
        try:
            child.stdin.write(request)
            child.stdin.flush()
            line = child.stdout.readline()
        except (BrokenPipeError, ValueError):
            pass  # the child is gone, as an empty answer says too
    if not line.endswith(b"\n"):
        raise EngineError(
            f"A worker died (exit code {child.wait()}) at {about}. "
            "What was read so far is kept; run the command again, with fewer --workers if memory is short."
        )
    return line
