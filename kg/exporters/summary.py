"""Write what is counted over the whole graph as sorted N-Quads, so that questions over everything are answered fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import iri
from kg.views import counts, summary

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph
    from kg.views.tallies import Counts


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the lists of `kg.views.tallies` to `path`."""
    return write_counts(counts.OfGraph(graph), path, base=base)


def write_counts(known: Counts, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the lists of a graph of which the counts are known."""
    path.write_bytes(b"".join(line + b"\n" for line in summary.lines(known, base=base)))
    return path
