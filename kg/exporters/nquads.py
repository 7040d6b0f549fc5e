"""Write the whole graph as sorted N-Quads: the archive, with claims, sentences, rules and runs."""

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
    """Write every quad on a line of its own to `path`, sorted, so that the same graph gives the same bytes."""
    path.write_bytes(syntax.lines(rdf.quads(graph, base=base), ox.RdfFormat.N_QUADS))
    return path
