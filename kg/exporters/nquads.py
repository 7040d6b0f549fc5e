"""Write the whole graph as sorted N-Quads: the archive, with claims, sentences, rules and runs.

A large graph has more text than memory: lines are sorted in runs, and the runs are merged.
"""

from __future__ import annotations

import heapq
import tempfile
from itertools import groupby, islice
from typing import TYPE_CHECKING, BinaryIO, cast

import pyoxigraph as ox

from kg import iri
from kg.views import rdf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kg.graph import KnowledgeGraph

_RUN = 1_000_000
"""Lines of a run: some hundred megabytes."""


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write every quad on a line of its own to `path`, sorted, so that the same graph gives the same bytes."""
    with path.open("wb") as file:
        file.writelines(sorted_lines(rdf.quads(graph, base=base), path.parent))
    return path


def sorted_lines(quads: Iterable[ox.Quad], folder: Path, *, run: int = _RUN) -> Iterable[bytes]:
    """Return quads as sorted lines, each once; no more than two runs of them are in memory, `folder` holds the rest."""
    stream, runs = iter(quads), list[BinaryIO]()
    lines = _run(stream, run)
    while more := _run(stream, run):
        runs.append(_aside(lines, folder))
        lines = more
    if not runs:
        return lines
    return _merged(runs, lines)


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


def _run(quads: Iterator[ox.Quad], size: int) -> list[bytes]:
    text = ox.serialize(islice(quads, size), format=ox.RdfFormat.N_QUADS) or b""
    # Only "\n" ends a line of N-Quads; splitlines() would cut at others too.
    return sorted({line + b"\n" for line in text.split(b"\n") if line})
