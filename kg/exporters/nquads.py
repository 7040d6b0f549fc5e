"""Write the whole graph as sorted N-Quads: the archive, with claims, sentences, rules and runs.

A large graph has more text than memory: lines are sorted in runs, and the runs are merged.
"""

from __future__ import annotations

import heapq
import tempfile
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, cast

from kg import iri
from kg.views import shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kg.graph import KnowledgeGraph

_RUN = 1_000_000
"""Lines of a run: some hundred megabytes."""


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write every quad on a line of its own to `path`, sorted, so that the same graph gives the same bytes."""
    with path.open("wb") as file:
        file.writelines(sorted_lines(shards.of_graph(graph, base=base), path.parent))
    return path


def sorted_lines(parts: Iterable[list[bytes]], folder: Path, *, run: int = _RUN) -> Iterable[bytes]:
    """Return the lines of all parts sorted, each once; a run of them is in memory, `folder` holds the rest."""
    lines: list[bytes] = []
    runs: list[BinaryIO] = []
    for part in parts:
        lines += part
        if len(lines) >= run:
            runs.append(_aside(sorted(lines), folder))
            lines = []
    lines.sort()
    return _merged(runs, lines) if runs else lines


def _merged(runs: list[BinaryIO], lines: list[bytes]) -> Iterator[bytes]:
    try:
        yield from (line for line, _ in groupby(heapq.merge(*runs, lines)))
    finally:
        for run in runs:
            run.close()


def _aside(lines: list[bytes], folder: Path) -> BinaryIO:
    """Return lines as a file that is gone when it is closed."""
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as the merge
    file.writelines(lines)
    file.seek(0)
    return cast("BinaryIO", file)
