"""Write the whole graph as sorted N-Quads: the archive, with claims, sentences, rules and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri
from kg.views import rdf

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write every quad on a line of its own to `path`, sorted, so that the same graph gives the same bytes."""
    text = ox.serialize(rdf.quads(graph, base=base), format=ox.RdfFormat.N_QUADS) or b""
    lines = sorted(line for line in text.split(b"\n") if line)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
