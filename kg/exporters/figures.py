"""How much is in a graph: what its cards (VoID, DCAT) say of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kg import iri
from kg.exporters.claimed import Census
from kg.views import shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kg.graph import KnowledgeGraph


@dataclass
class Figures:
    """Counts of a graph, the extractors that read its papers, and nodes that show what is in it.

    `entities` and `claims` are counted by type and relation; `properties` and `classes` are statements of the default
    graph by IRI; `subjects` and `objects` are the different ones there, and `quads` all statements of all graphs.
    """

    papers: int = 0
    results: int = 0
    entities: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, int] = field(default_factory=dict)
    extractors: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    properties: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    subjects: int = 0
    objects: int = 0
    quads: int = 0

    @classmethod
    def of(cls, graph: KnowledgeGraph) -> Figures:
        """Return the counts of a graph in memory, but those of its RDF."""
        nodes = ((node.id, node.type, len(node.papers), node.introduced_by) for node in graph.nodes.values())
        return cls(
            papers=len(graph.papers),
            results=len(graph.results),
            entities=Counter(node.type for node in graph.nodes.values()),
            claims=Counter(edge.predicate for edge in graph.edges),
            extractors=tuple(sorted({paper.extractor for paper in graph.papers.values()})),
            examples=examples(nodes),
        )

    @classmethod
    def with_rdf(cls, graph: KnowledgeGraph, *, base: str = iri.BASE) -> Figures:
        """Return all counts of a graph in memory, for which its RDF is made."""
        claims, *said = shards.of_graph(graph, base=base)
        census = Census()
        census.add(claims)
        return replace(
            cls.of(graph),
            properties=census.properties,
            classes=census.classes,
            subjects=len({line.partition(b" ")[0] for line in claims}),
            objects=len(set(census.objects)),
            quads=len(claims) + sum(map(len, said)),
        )


def examples(nodes: Iterable[tuple[str, str, int, tuple[str, ...]]]) -> tuple[str, ...]:
    """Return the most mentioned entity of each type, and a paper that introduces one of them.

    Nodes are given by id, type, number of papers, and the papers that introduce them.
    """
    first: dict[str, tuple[int, str, tuple[str, ...]]] = {}
    for node, type_, papers, introduced_by in nodes:
        first[type_] = min(first.get(type_, (0, "~", ())), (-papers, node, introduced_by))

    def found() -> Iterator[str]:
        yield from sorted(node for _, node, _ in first.values())
        yield from sorted({paper for *_, papers in first.values() for paper in papers})[:1]

    return tuple(found())
