"""Write the merged claims as Turtle: one block a subject, for people and for any RDF tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri
from kg.views import rdf
from kg.views.vocabulary import word

if TYPE_CHECKING:
    from pathlib import Path

    from kg.graph import KnowledgeGraph


def write(graph: KnowledgeGraph, path: Path, *, base: str = iri.BASE) -> Path:
    """Write the default graph to `path`, sorted, so that the same graph gives the same bytes."""
    type_ = word("rdf:type")

    def key(triple: ox.Triple) -> tuple[str, bool, str, str]:
        return str(triple.subject), triple.predicate != type_, triple.predicate.value, str(triple.object)

    triples = sorted(rdf.triples(graph, base=base), key=key)
    text = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=rdf.prefixes(base=base)) or b""
    path.write_bytes(text)
    return path
