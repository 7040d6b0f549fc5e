"""A part of a graph that is a graph itself: what stands around a thing, or what an answer speaks of.

A part keeps the assertions between its nodes with their papers and sentences, so that it can be asked, drawn
and written like the whole. Its entities are supported by the part's papers alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from kg import iri, ontology
from kg.errors import QueryError
from kg.views.explain import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kg.graph import Assertion, KnowledgeGraph
    from kg.views.answer import Answer, Value


def around(graph: KnowledgeGraph, name: str, *, depth: int = 1) -> KnowledgeGraph:
    """Return what is within `depth` relations of a thing; mere mentions are no step.

    `name` is a name, alias or node id of an entity, or the id or title of a paper; QueryError says if it is unknown.
    """
    if depth < 0:
        raise QueryError(f"a depth of {depth} means nothing. Give 0 for the thing alone, or 1, 2, 3 ...")
    centre = find(graph, name)
    mentions = ontology.load().terms.mentions
    near: defaultdict[str, set[str]] = defaultdict(set)
    for a in graph.assertions:
        if a.polarity == "asserted" and a.predicate != mentions:
            near[a.subject].add(a.object)
            near[a.object].add(a.subject)
    reached, ring = set(centre), set(centre)
    for _ in range(depth):
        ring = {other for node in ring for other in near[node]} - reached
        reached |= ring
    naming = {a.paper for a in graph.assertions if a.predicate == mentions and a.object in centre}
    return _part(graph, reached, lambda a: a.predicate != mentions, papers=naming)


def opening(graph: KnowledgeGraph, name: str, *, depth: int = 1) -> str:
    """Return the page's address fragment for the surroundings of a thing, "" for the overview."""
    if not name:
        return ""
    found = sorted(
        find(graph, name),
        key=lambda key: (key in graph.papers, -len(graph.nodes[key].papers) if key in graph.nodes else 0, key),
    )
    return f"around={quote(found[0], safe='/')}" + (f"&depth={min(depth, 3)}" if depth > 1 else "")


def of_answer(graph: KnowledgeGraph, answer: Answer) -> KnowledgeGraph:
    """Return what an answer speaks of: the nodes that its rows name, and what is said between them.

    Of triples (CONSTRUCT, DESCRIBE) only these relations are kept; of rows (SELECT) all relations between the nodes.
    Where rows hold no IRI of the graph, names are looked for. QueryError says if the answer names nothing.
    """
    known, mentions = ontology.load(), ontology.load().terms.mentions
    rows = [[_node(graph, value) for value in row] for row in answer.values]
    nodes = {node for row in rows for node in row if node}
    if not nodes:
        nodes = _named(graph, (value for row in answer.values for value in row if isinstance(value, str)))
    if not nodes:
        raise QueryError(
            "the answer names nothing of the graph, so there is nothing to draw. Select entities or papers."
        )
    if not answer.triples:
        return _part(graph, nodes, lambda a: a.predicate != mentions)
    stated = {(row[0], answer.values[i][1], row[2]) for i, row in enumerate(rows) if row[0] and row[2]}

    def asked(a: Assertion) -> bool:
        return any((a.subject, ontology.NS + name, a.object) in stated for name in known.closure(a.predicate))

    return _part(graph, nodes, asked)


def _node(graph: KnowledgeGraph, value: Value) -> str:
    """Return the id of the node or paper that an IRI names, for a result that of its subject, or ""."""
    key = value.removeprefix(iri.BASE) if isinstance(value, str) else ""
    return key if key in graph.nodes or key in graph.papers else ""


def _named(graph: KnowledgeGraph, names: Iterable[str]) -> set[str]:
    wanted = {name.casefold() for name in names}
    found = {
        node.id
        for node in graph.nodes.values()
        if not wanted.isdisjoint(n.casefold() for n in (node.label, *node.aliases))
    }
    return found | {paper.id for paper in graph.papers.values() if paper.name.casefold() in wanted}


def _part(
    graph: KnowledgeGraph, reached: set[str], wanted: Callable[[Assertion], bool], *, papers: Iterable[str] = ()
) -> KnowledgeGraph:
    """Return the part of the graph with these nodes, and the papers that say something of it."""
    mentions = ontology.load().terms.mentions
    inside = [a for a in graph.assertions if a.subject in reached and a.object in reached]
    said = [a for a in inside if wanted(a)]
    results = [
        r for r in graph.results if {r.subject, r.target} <= {*reached, ""} and (r.subject or r.paper in reached)
    ]
    kept = {p for p in reached if p in graph.papers} | {a.paper for a in said} | {*papers}
    ids = {n for n in reached if n in graph.nodes}
    if not said and not kept:  # of things that nothing joins, the papers that name them are the evidence
        kept = {p for node in ids for p in graph.nodes[node].papers}
    results = [r for r in results if r.paper in kept]
    ids |= {r.metric for r in results if r.metric}
    named = [a for a in graph.assertions if a.predicate == mentions and a.paper in kept and a.object in ids]
    chosen = {a.id: a for a in (*said, *named)}
    nodes = {
        key: replace(
            node,
            papers=tuple(p for p in node.papers if p in kept),
            introduced_by=tuple(p for p in node.introduced_by if p in kept),
            variant_of=node.variant_of if node.variant_of in ids else "",
        )
        for key, node in graph.nodes.items()
        if key in ids
    }
    sources = {graph.papers[p].source_id for p in kept}
    return replace(
        graph,
        papers={key: paper for key, paper in graph.papers.items() if key in kept},
        nodes=nodes,
        assertions=tuple(a for a in graph.assertions if a.id in chosen),
        results=tuple(results),
        records=tuple(record for record in graph.records if record.id in sources),
        merges=tuple(merge for merge in graph.merges if merge.node in ids),
        unused_overrides=(),
    )
