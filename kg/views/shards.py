"""The N-Quads of a graph in parts, those of each paper, of entities and of runs; their union is the whole.

Lines have no ends. Those of the default graph, which several papers may claim, stand apart from those of named graphs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kg import iri
from kg.graph import KnowledgeGraph
from kg.views.claims import Claims
from kg.views.evidence import Sources
from kg.views.statements import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kg.model import Node

_NOTHING = KnowledgeGraph(papers={}, nodes={}, assertions=(), results=(), records=())


class Lines(NamedTuple):
    """Lines of the default graph, each once, and of named graphs."""

    claimed: list[bytes]
    said: list[bytes]


def of_graph(graph: KnowledgeGraph, *, base: str = iri.BASE) -> Iterator[list[bytes]]:
    """Yield all lines of a graph: first those of the default graph, then those of each paper and run."""
    yield claims(graph, base=base)
    yield from _said(graph, base)


def claims(graph: KnowledgeGraph, *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines of the default graph."""
    return lines(Claims(graph, base).all())


def of_paper(graph: KnowledgeGraph, *, base: str = iri.BASE) -> Lines:
    """Return the lines of the graph of one paper, but for what entities and runs are."""
    sources = Sources(graph, base)
    said = [
        line
        for paper in graph.papers.values()
        for line in lines(sources.paper_graph(paper), graph=sources.claims.node(paper.id))
    ]
    return Lines(lines(Claims(graph, base).claimed()), said)


def of_entities(nodes: Iterable[Node], *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines that say what entities are."""
    about = Claims(_NOTHING, base)
    return lines(statement for node in nodes for statement in about.entity(node))


def of_claims(triples: Iterable[tuple[str, str, str]], *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines of some claims, each a node, a relation and a node."""
    about = Claims(_NOTHING, base)
    return lines(about.claim(*triple) for triple in triples)


def of_runs(fired: Mapping[str, Iterable[str]], *, base: str = iri.BASE) -> list[bytes]:
    """Return the lines of the graph of each run, by extractor and the rules that fired."""
    sources = Sources(_NOTHING, base)
    return [
        line
        for extractor, rules in fired.items()
        for line in lines(sources.run_graph(extractor, rules), graph=sources.run(extractor))
    ]


def _said(graph: KnowledgeGraph, base: str) -> Iterator[list[bytes]]:
    """Yield the lines of each named graph."""
    for name, statements in Sources(graph, base).all():
        yield lines(statements, graph=name)
