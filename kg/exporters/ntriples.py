"""Write the merged claims as sorted N-Triples, for line tools and for stores without named graphs."""

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
    """Write the default graph to `path`, a triple a line."""
    path.write_bytes(syntax.lines(rdf.triples(graph, base=base), ox.RdfFormat.N_TRIPLES))
    return path
