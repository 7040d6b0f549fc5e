"""What the graph claims, as plain triples: entities, papers, relations and results."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import ontology, rules
from kg.views import vocabulary
from kg.views.vocabulary import literal, term, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.graph import KnowledgeGraph, PaperNode, ResultNode
    from kg.model import Node


def value_kind(result: ResultNode) -> str:
    """Return what the number is; only "absolute" belongs in a leaderboard.

    A gain in per cent may be relative, one in points or in the metric's own unit is not; "12-38" is a range.
    """
    if not vocabulary.decimal(result.value):
        return "range"
    if result.unit == "x":
        return "ratio"
    if result.kind == "absolute":
        return result.kind
    return "delta-relative" if result.unit == "%" else "delta-points"


@lru_cache(maxsize=50_000)
def _named(address: str) -> ox.NamedNode:
    """Return an IRI, checked once."""
    return ox.NamedNode(address)


class Claims:
    """Write the values of a graph as triples, with IRIs on one base."""

    def __init__(self, graph: KnowledgeGraph, base: str) -> None:
        self.graph, self.base, self.known = graph, base, ontology.load()

    def node(self, node_id: str) -> ox.NamedNode:
        """Return the IRI of a node id."""
        return _named(self.base + node_id)

    def claim(self, subject: str, predicate: str, object: str) -> ox.Triple:
        """Return the triple of two node ids and a term of the ontology."""
        return ox.Triple(self.node(subject), term(predicate), self.node(object))

    def all(self) -> Iterator[ox.Triple]:
        """Yield everything the default graph holds, each triple once."""
        for entity in self.graph.nodes.values():
            yield from dict.fromkeys(self.entity(entity))
        for paper in self.graph.papers.values():
            yield from dict.fromkeys(self.paper(paper))
            yield from self.keys(self.node(paper.id), paper.name, paper.source_id)
        for edge in self.graph.edges:
            yield self.claim(edge.subject, edge.predicate, edge.object)
        for result in self.graph.results:
            yield from self.result(result)

    def entity(self, entity: Node) -> Iterator[ox.Triple]:
        """Yield type and names of an entity; a benchmark is also written as the dataset it is."""
        node, types = self.node(entity.id), self.known.types
        for type_name in (entity.type, *(up for up in types[entity.type].parents if types[up].entity)):
            yield ox.Triple(node, word("rdf:type"), term(type_name))
        yield ox.Triple(node, word("skos:prefLabel"), vocabulary.name(entity.label))
        if entity.better:
            higher = literal(str(entity.better == "higher").lower(), type="boolean")
            yield ox.Triple(node, term(self.known.terms.higherIsBetter), higher)
        if entity.parameters:
            yield ox.Triple(node, term(self.known.terms.paramCount), literal(str(entity.parameters), type="integer"))
        for scheme, page in rules.pages(entity.ids):
            yield ox.Triple(node, word(rules.schemes()[scheme].property), vocabulary.link(page))
        for alias in entity.aliases:
            if vocabulary.clean(alias) != vocabulary.clean(entity.label):
                yield ox.Triple(node, word("skos:altLabel"), vocabulary.name(alias))
            if vocabulary.is_abbreviation(alias, entity.label):
                yield ox.Triple(node, term(self.known.terms.abbreviation), vocabulary.name(alias))
        yield from self.keys(node, entity.label, *entity.aliases)
        for part in {part for name in (entity.label, *entity.aliases) for part in vocabulary.key(name).split()}:
            yield ox.Triple(node, term(self.known.terms.nameWord), literal(part))
        yield ox.Triple(node, term(self.known.terms.paperCount), literal(str(len(entity.papers)), type="integer"))

    def keys(self, node: ox.NamedNode, *names: str) -> Iterator[ox.Triple]:
        """Yield what a node is looked up by, so that a query finds a name in any case without reading all names."""
        for each in dict.fromkeys(map(vocabulary.key, names)):
            yield ox.Triple(node, term(self.known.terms.nameKey), literal(each))

    def paper(self, paper: PaperNode) -> Iterator[ox.Triple]:
        """Yield what the source says of a paper."""
        node = self.node(paper.id)
        yield ox.Triple(node, word("rdf:type"), term(self.known.terms.Paper))
        yield ox.Triple(node, word("dct:title"), literal(paper.name))
        for source in (paper.source_id, *(source.id for source in paper.sources)):
            yield ox.Triple(node, word("dct:identifier"), literal(source))
        for author in paper.authors:
            yield ox.Triple(node, word("dct:creator"), literal(author))
        for date in vocabulary.date(paper.date):
            yield ox.Triple(node, word("dct:date"), date)
        if paper.url:
            yield ox.Triple(node, word("schema:url"), vocabulary.link(paper.url))
        numbers = (f"{scheme}:{number}" for scheme, number in (("arxiv", paper.arxiv), ("doi", paper.doi)) if number)
        for _, page in rules.pages(numbers):
            yield ox.Triple(node, word("schema:sameAs"), vocabulary.link(page))

    def result(self, result: ResultNode) -> Iterator[ox.Triple]:
        """Yield a reported number with all that its sentence names, and the paper that reports it."""
        terms, node = self.known.terms, self.node(result.id)
        yield self.claim(result.paper, terms.reportsResult, result.id)
        yield ox.Triple(node, word("rdf:type"), term(terms.Result))
        if result.subject:
            yield self.claim(result.id, terms.evaluatesModel, result.subject)
        if result.baseline:
            yield self.claim(result.id, terms.baseline, result.baseline)
        if result.metric:
            yield self.claim(result.id, terms.byMetric, result.metric)
        for relation in (terms.onDataset, terms.forTask):
            if result.target and self.known.allows(terms.Result, relation, self.graph.nodes[result.target].type):
                yield self.claim(result.id, relation, result.target)
        if number := vocabulary.decimal(result.value):
            yield ox.Triple(node, term(terms.value), literal(number, type="decimal"))
        texts = {terms.valueText: result.value, terms.unit: result.unit, terms.valueKind: value_kind(result)}
        for name, text in texts.items():
            if text:
                yield ox.Triple(node, term(name), literal(text))
