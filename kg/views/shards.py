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


def of_graph(graph: KnowledgeGraph, *, base: str = iri.BASE) -> Iterator[list[bytes]]:
    """Yield all lines of a graph: first those of the default graph, then those of each paper and run."""
    yield _lines(Claims(graph, base).all())
    yield from _said(graph, base)


def of_paper(graph: KnowledgeGraph, *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines of the graph of one paper, but for what entities are."""
    nameless = _lines(_claimed(graph, base))
    return [*nameless, *(line for part in _said(graph, base) for line in part)]


def of_entities(nodes: Iterable[Node], *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines that say what entities are."""
    nothing = KnowledgeGraph(papers={}, nodes={}, assertions=(), results=(), records=())
    claims = Claims(nothing, base)
    return _lines(triple for node in nodes for triple in claims.entity(node))


def _claimed(graph: KnowledgeGraph, base: str) -> Iterator[ox.Triple]:
    claims = Claims(graph, base)
    for paper in graph.papers.values():
        yield from claims.paper(paper)
    for edge in graph.edges:
        yield claims.claim(edge.subject, edge.predicate, edge.object)
    for result in graph.results:
        yield from claims.result(result)


def _said(graph: KnowledgeGraph, base: str) -> Iterator[list[bytes]]:
    """Yield the lines of each named graph."""
    sources = Sources(graph, base)
    for paper in graph.papers.values():
        yield _lines(sources.paper_graph(paper), name=sources.claims.node(paper.id))
    for run, triples in sources.runs().items():
        yield _lines(triples, name=run)


def _lines(triples: Iterable[ox.Triple], *, name: ox.NamedNode | None = None) -> list[bytes]:
    """Return triples as lines, each once, in the graph of a name.

    That costs less as text than as quads: a line of N-Triples ends in " ." and has no place for a name.
    """
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    if name:
        text = text.replace(b" .\n", f" {name} .\n".encode())
    # Only "\n" ends a line, and none stands in it; splitlines() would cut at others too.
    return [line for line in dict.fromkeys(text.split(b"\n")) if line]
