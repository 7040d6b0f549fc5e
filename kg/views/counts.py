"""The counts of a graph in memory: what `kg.views.tallies` makes lists of."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from kg import iri, ontology
from kg.views import vocabulary
from kg.views.claims import Claims, value_kind
from kg.views.evidence import Sources
from kg.views.tallies import surest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kg.graph import KnowledgeGraph
    from kg.model import Node


def names(node: Node) -> int:
    """Return how many keys an entity is looked up by."""
    return len(set(map(vocabulary.key, (node.label, *node.aliases))))


class OfGraph:
    """Count in a graph (`kg.views.tallies.Counts`)."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph, self.known = graph, ontology.load()

    def claims(self) -> Iterator[tuple[str, str, str, int, float]]:
        """Yield merged claims of entities, those that others imply included."""
        for edge in self.graph.edges:
            if edge.subject not in self.graph.papers:
                yield edge.subject, edge.predicate, edge.object, len(edge.papers), edge.confidence

    def together(self) -> Iterator[tuple[str, str, int]]:
        """Yield pairs of methods that papers mention both."""
        methods: defaultdict[str, list[str]] = defaultdict(list)
        for edge in self.graph.edges:
            node = self.graph.nodes.get(edge.object)
            if edge.predicate == self.known.terms.mentions and node and node.type == self.known.terms.Method:
                methods[edge.subject].append(node.id)
        pairs = Counter(pair for found in methods.values() for pair in combinations(sorted(found), 2))
        yield from ((*pair, papers) for pair, papers in pairs.items())

    def compared(self) -> Iterator[tuple[str, str, int]]:
        """Yield pairs that papers compare."""
        papers: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for edge in self.graph.edges:
            if edge.predicate == self.known.terms.comparedWith:
                papers[tuple(sorted((edge.subject, edge.object)))].update(edge.papers)
        yield from ((one, other, len(found)) for (one, other), found in papers.items())

    def named(self) -> Iterator[tuple[str, str, int]]:
        """Yield what papers of a year mention."""
        years = Counter(
            (date.value[:4], edge.object)
            for edge in self.graph.edges
            if edge.predicate == self.known.terms.mentions
            for date in vocabulary.date(self.graph.papers[edge.subject].date)
        )
        yield from ((*named, papers) for named, papers in years.items())

    def names(self) -> Iterator[tuple[str, int]]:
        """Yield the number of names of each entity."""
        for node in self.graph.nodes.values():
            yield node.id, names(node)

    def values(self) -> Iterator[tuple[str, str, str, str, bool, str]]:
        """Yield what a leaderboard can show."""
        terms = self.known.terms
        for result in self.graph.results:
            number = vocabulary.decimal(result.value)
            metric, target = self.graph.nodes.get(result.metric), self.graph.nodes.get(result.target)
            if not number or value_kind(result) != "absolute" or not metric or not target:
                continue
            if self.known.allows(terms.Result, terms.onDataset, target.type):
                date = "".join(found.value for found in vocabulary.date(self.graph.papers[result.paper].date))
                yield target.id, metric.id, result.id, number, metric.better == "lower", date

    def read(self) -> Iterator[tuple[str, str, float]]:
        """Yield what each rule read."""
        for said in Sources(self.graph, iri.BASE).said.values():
            for assertion in said:
                for rule in {evidence.rule for evidence in assertion.evidence}:
                    yield vocabulary.path(rule), assertion.id, assertion.confidence

    def rules(self) -> Iterator[tuple[str, int, tuple[str, ...]]]:
        """Yield how much each rule read, and what it is surest of."""
        yield from surest(self.read())

    def dated(self) -> Iterator[tuple[str, str]]:
        """Yield papers that have a date."""
        for paper in self.graph.papers.values():
            for date in vocabulary.date(paper.date):
                yield paper.id, date.value

    def classes(self) -> dict[str, int]:
        """Return how many nodes there are of each class."""
        terms, types = self.known.terms, self.known.types
        found = Counter({terms.Paper: len(self.graph.papers), terms.Result: len(self.graph.results)})
        for node in self.graph.nodes.values():
            found.update([node.type, *(up for up in types[node.type].parents if types[up].entity)])
        return dict(+found)

    def relations(self) -> dict[str, int]:
        """Return how many triples there are of each relation."""
        found = Counter(edge.predicate for edge in self.graph.edges)
        claims = Claims(self.graph, iri.BASE)
        ours = f"<{ontology.NS}"
        for result in self.graph.results:
            for _, predicate, object_ in (statement.split(" ", 2) for statement in claims.result(result)):
                if object_.startswith("<") and predicate.startswith(ours):
                    found[predicate[len(ours) : -1]] += 1
        return dict(found)
