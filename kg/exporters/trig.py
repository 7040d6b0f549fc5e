"""Write the whole graph as TriG: merged claims, then a block a paper with assertions and spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri
from kg.exporters import syntax
from kg.views import rdf

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write every quad to `path`, sorted, so that the same graph gives the same bytes."""
    path.write_bytes(syntax.blocks(rdf.quads(graph, base=base), ox.RdfFormat.TRIG, rdf.prefixes(base=base)))
    return path
