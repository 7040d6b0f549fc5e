"""The graph as four flat tables, which CSV, Parquet and Neo4j files are written from.

Nodes are papers and entities, edges the merged claims; a row of evidence is one sentence for one assertion,
whatever its polarity, and a row of results one reported number. Rows come in the order of their ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from kg import iri, ontology
from kg.views import vocabulary
from kg.views.claims import value_kind
from kg.views.evidence import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.graph import Edge, KnowledgeGraph, PaperNode
    from kg.model import Node

Cell = str | int | float | tuple[str, ...] | None
Kind = Literal["text", "texts", "whole", "number"]
_COLUMNS = {
    "nodes": (
        "id iri type label aliases:texts support:whole introduced_by:texts confidence:number better variant_of "
        "parameters:whole source_id date url authors:texts"
    ),
    "edges": (
        "subject predicate object subject_label object_label support:whole papers:texts confidence:number "
        "sentence sentence_paper rule"
    ),
    "evidence": (
        "assertion paper subject predicate object subject_label object_label polarity confidence:number "
        "field start:whole end:whole rule sentence"
    ),
    "results": (
        "id paper paper_label subject subject_label target target_label metric metric_label value:number value_text "
        "unit kind confidence:number field start:whole end:whole rule sentence"
    ),
}
"""Names of columns, with the kind of their cells where these are not text."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns (name, kind of cell) and rows; a cell that says nothing is None, an empty list an empty tuple."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(graph: KnowledgeGraph, *, base: str = iri.BASE) -> tuple[Table, ...]:
    """Return the tables of nodes, edges, evidence and results.

    >>> from kg.graph import fold
    >>> [table.name for table in tables(fold([]))]
    ['nodes', 'edges', 'evidence', 'results']
    """
    write = _Rows(graph, base)
    rows = (write.nodes(), map(write.edge, graph.edges), write.evidence(), write.results())
    return tuple(
        Table(name, _columns(spec), tuple(_clean(found)))
        for (name, spec), found in zip(_COLUMNS.items(), rows, strict=True)
    )


def _columns(spec: str) -> tuple[tuple[str, Kind], ...]:
    pairs = (word.partition(":") for word in spec.split())
    return tuple((name, cast("Kind", kind or "text")) for name, _, kind in pairs)


class _Rows:
    """Write the values of a graph as rows."""

    def __init__(self, graph: KnowledgeGraph, base: str) -> None:
        self.graph, self.base, self.paper_type = graph, base, ontology.load().terms.Paper
        self.labels = {paper.id: paper.name for paper in graph.papers.values()}
        self.labels |= {node.id: node.label for node in graph.nodes.values()}
        self.labels |= {result.id: f"{result.value} {result.unit}".strip() for result in graph.results}

    def nodes(self) -> Iterator[tuple[Cell, ...]]:
        yield from map(self.paper, self.graph.papers.values())
        yield from map(self.entity, self.graph.nodes.values())

    def paper(self, paper: PaperNode) -> tuple[Cell, ...]:
        said = (paper.source_id, paper.date, paper.url, paper.authors)
        return (
            *(paper.id, self.base + paper.id, self.paper_type, paper.name),
            *((), None, (), None, None, None, None),
            *said,
        )

    def entity(self, node: Node) -> tuple[Cell, ...]:
        return (
            *(node.id, self.base + node.id, node.type, node.label, node.aliases),
            *(len(node.papers), node.introduced_by, node.confidence, node.better, node.variant_of),
            *(node.parameters or None, None, None, None, ()),
        )

    def edge(self, edge: Edge) -> tuple[Cell, ...]:
        """Return an edge with the sentence of its surest assertion."""
        best = min(edge.assertions, key=lambda a: (-a.confidence, a.id))
        shown = best.evidence[0] if best.evidence else None
        return (
            *(edge.subject, edge.predicate, edge.object, self.labels[edge.subject], self.labels[edge.object]),
            *(len(edge.papers), edge.papers, edge.confidence),
            self.graph.sentence(shown, paper=best.paper) if shown else None,
            best.paper,
            shown.rule if shown else None,
        )

    def evidence(self) -> Iterator[tuple[Cell, ...]]:
        """Yield a row for each sentence of each assertion, those that report a number included."""
        report = Sources(self.graph, self.base).report
        reported = (report(result) for result in self.graph.results)
        for said in sorted((*self.graph.assertions, *reported), key=lambda a: a.id):
            for found in said.evidence:
                yield (
                    *(said.id, said.paper, said.subject, said.predicate, said.object),
                    *(self.labels[said.subject], self.labels[said.object], said.polarity, said.confidence),
                    *(found.field, found.start, found.end, found.rule),
                    self.graph.sentence(found, paper=said.paper),
                )

    def results(self) -> Iterator[tuple[Cell, ...]]:
        for result in self.graph.results:
            number, found = vocabulary.decimal(result.value), result.evidence
            yield (
                *(result.id, result.paper, self.labels[result.paper]),
                *(part for name in (result.subject, result.target, result.metric) for part in self.named(name)),
                *(float(number) if number else None, result.value, result.unit, value_kind(result), result.confidence),
                *(found.field, found.start, found.end, found.rule),
                self.graph.sentence(found, paper=result.paper),
            )

    def named(self, node: str) -> tuple[str, str]:
        return (node, self.labels[node]) if node else ("", "")


def _clean(rows: Iterable[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
    """Yield rows whose texts every file can hold, on one line: offsets belong to the paper's own text, not to cells."""
    for row in rows:
        yield tuple(map(_cell, row))


def _cell(value: Cell) -> Cell:
    if isinstance(value, str):
        return _line(value) or None
    return tuple(map(_line, value)) if isinstance(value, tuple) else value


def _line(text: str) -> str:
    return " ".join(vocabulary.clean(text).split())
