"""Write the whole graph as sorted N-Quads: the archive, with claims, sentences, rules and runs.

A large graph has more text than memory: lines are sorted in runs, and the runs are merged.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

from kg import iri
from kg.views import shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kg.graph import KnowledgeGraph

_RUN = 1_000_000
"""Lines of a run: some hundred megabytes."""
_JOINED = 2_000


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write every quad on a line of its own to `path`, sorted, so that the same graph gives the same bytes."""
    with path.open("wb") as file:
        for some in sorted_lines(shards.of_graph(graph, base=base), path.parent):
            file.write(some)
    return path


def merged(runs: Iterable[Path], *, unique: bool = False) -> Iterator[bytes]:
    """Yield the lines of sorted files as one sorted stream of whole lines, some at a time, or each line once."""
    last = b""
    for some in _merged([path.open("rb") for path in runs], []):
        if not unique:
            yield some
            continue
        lines = list(dict.fromkeys(some.splitlines(keepends=True)))
        # A line may end one piece and begin the next.
        yield b"".join(lines[1:] if lines[0] == last else lines)
        last = lines[-1]


def sorted_lines(parts: Iterable[list[bytes]], folder: Path, *, run: int = _RUN) -> Iterator[bytes]:
    """Yield the lines of all parts sorted, some at a time; a run of them is in memory, `folder` holds the rest."""
    lines: list[bytes] = []
    runs: list[BinaryIO] = []
    for part in parts:
        lines += part
        if len(lines) >= run:
            runs.append(_aside(sorted(lines), folder))
            lines = []
    lines.sort()
    if runs:
        yield from _merged(runs, lines)
    else:
        yield from _joined(lines)


def _merged(runs: list[BinaryIO], lines: list[bytes]) -> Iterator[bytes]:
    """Yield the lines of sorted runs, block by block, since sorting what is nearly sorted is cheap."""
    streams: list[Iterator[bytes]] = [*runs, (line + b"\n" for line in lines)]
    blocks = [list(islice(stream, _JOINED)) for stream in streams]
    try:
        while any(blocks):
            # Beyond the first end of a block, lines of its run may be missing yet.
            bound = min(block[-1] for block in blocks if block)
            some: list[bytes] = []
            for i, block in enumerate(blocks):
                if cut := bisect_right(block, bound):
                    some += block[:cut]
                    blocks[i] = block[cut:] or list(islice(streams[i], _JOINED))
            some.sort()
            yield b"".join(some)
    finally:
        for run in runs:
            run.close()


def _aside(lines: list[bytes], folder: Path) -> BinaryIO:
    """Return lines as a file that is gone when it is closed."""
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as the merge
    for some in _joined(lines):
        file.write(some)
    file.seek(0)
    return cast("BinaryIO", file)


def _joined(lines: list[bytes]) -> Iterator[bytes]:
    for start in range(0, len(lines), _JOINED):
        yield b"".join([b"\n".join(lines[start : start + _JOINED]), b"\n"])
