"""The graph as RDF: what is claimed in the default graph, who says so and where in one graph a paper.

Queries over claims need no knowledge of provenance and stay fast; whoever wants the sentence behind a
triple asks the named graph of a paper, which holds the paper's triples again, an assertion for each,
and the spans of text. Every term is a pure function of content: no blank nodes, counters or clocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri
from kg.views import counts, shards, summary
from kg.views.statements import parsed
from kg.views.vocabulary import prefixes, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    import rdflib

    from kg.graph import KnowledgeGraph

__all__ = ["prefixes", "quads", "summarised", "to_rdflib", "to_store", "triples"]


def quads(graph: KnowledgeGraph, *, base: str = iri.BASE) -> Iterator[ox.Quad]:
    """Yield the whole graph but its summary, each quad once, in an order that means nothing."""
    for some in shards.of_graph(graph, base=base):
        yield from parsed(some)


def summarised(graph: KnowledgeGraph, *, base: str = iri.BASE) -> Iterator[ox.Quad]:
    """Yield the whole graph and its summary: all that queries read."""
    yield from quads(graph, base=base)
    yield from summary.quads(counts.OfGraph(graph), base=base)


def triples(graph: KnowledgeGraph, *, base: str = iri.BASE) -> Iterator[ox.Triple]:
    """Yield the default graph, each triple once: entities, papers, merged claims and results."""
    yield from (quad.triple for quad in parsed(shards.claims(graph, base=base)))


def to_store(graph: KnowledgeGraph, *, base: str = iri.BASE) -> ox.Store:
    """Return an Oxigraph store in memory that holds the whole graph and its summary."""
    store = ox.Store()
    for some in shards.of_graph(graph, base=base):
        store.load(b"\n".join(some), format=ox.RdfFormat.N_QUADS)
    store.bulk_extend(summary.quads(counts.OfGraph(graph), base=base))
    return store


def to_rdflib(graph: KnowledgeGraph, *, base: str = iri.BASE) -> rdflib.Dataset:
    """Return an rdflib Dataset that holds the whole graph and its summary."""
    import rdflib  # noqa: PLC0415 - only callers of this function pay for the import
    import rdflib.plugins.sparql  # noqa: PLC0415

    # rdflib would fetch whatever a query names in FROM, local files included.
    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False

    def term(node: ox.NamedNode | ox.Literal) -> rdflib.URIRef | rdflib.Literal:
        if isinstance(node, ox.NamedNode):
            return rdflib.URIRef(node.value)
        plain = node.language or node.datatype == word("xsd:string")
        return rdflib.Literal(node.value, lang=node.language, datatype=None if plain else node.datatype.value)

    dataset = rdflib.Dataset()
    for prefix, namespace in prefixes(base=base).items():
        dataset.bind(prefix, namespace)
    # Not dataset.parse() or .add(): these use what rdflib has deprecated, and warn of it.
    places = {ox.DefaultGraph(): dataset.graph(rdflib.graph.DATASET_DEFAULT_GRAPH_ID)}
    for subject, predicate, object_, name in summarised(graph, base=base):
        if name not in places:
            places[name] = dataset.graph(term(name))
        places[name].add((term(subject), term(predicate), term(object_)))
    return dataset
