"""The N-Quads of a graph in parts: those of each paper, and those of entities; their union is the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri
from kg.graph import KnowledgeGraph
from kg.views.claims import Claims
from kg.views.evidence import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.model import Node


def of_paper(graph: KnowledgeGraph, *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines of the graph of one paper, but for what entities are."""
    return _lines((*(ox.Quad(*triple) for triple in _claimed(graph, base)), *Sources(graph, base).all()))


def of_entities(nodes: Iterable[Node], *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines that say what entities are."""
    nothing = KnowledgeGraph(papers={}, nodes={}, assertions=(), results=(), records=())
    claims = Claims(nothing, base)
    return _lines(ox.Quad(*triple) for node in nodes for triple in claims.entity(node))


def _claimed(graph: KnowledgeGraph, base: str) -> Iterator[ox.Triple]:
    claims = Claims(graph, base)
    for paper in graph.papers.values():
        yield from claims.paper(paper)
    for edge in graph.edges:
        yield claims.claim(edge.subject, edge.predicate, edge.object)
    for result in graph.results:
        yield from claims.result(result)


def _lines(quads: Iterable[ox.Quad]) -> list[bytes]:
    text = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    return [line for line in dict.fromkeys(text.split(b"\n")) if line]
