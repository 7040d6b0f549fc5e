"""The graph as a NetworkX multigraph with flat attributes, and as GraphML, which NetworkX writes.

Papers and entities are nodes; each merged claim is one edge whose key is the relation. Lists are joined
with "|" because GraphML, GEXF and most tables hold no lists. Reported numbers are n-ary and stay in
`graph.results`.
"""

from __future__ import annotations

import io
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

import networkx

from kg import iri, ontology
from kg.views.vocabulary import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kg.graph import Edge, KnowledgeGraph, PaperNode
    from kg.model import Node

Plain = str | int | float | bool


def to_networkx(graph: KnowledgeGraph) -> networkx.MultiDiGraph:
    """Return papers and entities as nodes and the merged claims as edges keyed by relation.

    >>> from kg.graph import fold
    >>> from kg.model import Entity, Mention, Record
    >>> bert = Entity("BERT", "Model", mentions=(Mention("title", 0, 4, "BERT", "names.known"),))
    >>> found = to_networkx(fold([Record("a", "BERT", "", "0", "0", entities=(bert,))]))
    >>> [(key, data["sentence"]) for *_, key, data in found.edges(keys=True, data=True)]
    [('mentions', 'BERT')]
    """
    out = networkx.MultiDiGraph()
    for paper in graph.papers.values():
        out.add_node(paper.id, **_paper(paper))
    for node in graph.nodes.values():
        out.add_node(node.id, **_entity(node))
    for edge in graph.edges:
        out.add_edge(edge.subject, edge.object, key=edge.predicate, **_edge(edge, graph))
    return out


def to_graphml(graph: KnowledgeGraph) -> bytes:
    """Return the multigraph as GraphML, the same bytes for equal graphs."""
    return "".join(graphml(graph)).encode()


def graphml(graph: KnowledgeGraph) -> Iterator[str]:
    """Yield the multigraph as GraphML, piece by piece, so that a large one need not be held twice.

    Everything is made type-clean first: real titles hold control characters, which XML cannot express, and
    one of them would make the whole file unreadable. NetworkX writes the head, from one node and edge of each kind.
    """
    papers, nodes, edges = iter(graph.papers.values()), iter(graph.nodes.values()), iter(graph.edges)
    sample = networkx.MultiDiGraph()
    for paper in islice(graph.papers.values(), 1):
        sample.add_node(paper.id, **_paper(paper))
    for node in islice(graph.nodes.values(), 1):
        sample.add_node(node.id, **_entity(node))
    for edge in islice(graph.edges, 1):
        sample.add_edge(edge.subject, edge.object, **_edge(edge, graph))
    out = io.BytesIO()
    # Not write_graphml: that one takes lxml where it is installed, which writes other bytes.
    networkx.write_graphml_xml(sample, out, named_key_ids=True)
    head, opening, _ = out.getvalue().decode().partition('<graph edgedefault="directed"')
    yield f"{head}{opening}>\n"
    for paper in papers:
        yield _element("node", {"id": paper.id}, _paper(paper))
    for node in nodes:
        yield _element("node", {"id": node.id}, _entity(node))
    for edge in edges:
        # Readers want ids of edges to be unique, which the key of a multigraph is not.
        ends = {"source": edge.subject, "target": edge.object}
        place = {**ends, "id": iri.statement_id("edge", edge.subject, edge.predicate, edge.object)}
        yield _element("edge", place, _edge(edge, graph))
    yield "  </graph>\n</graphml>\n"


def _element(name: str, place: Mapping[str, str], data: Mapping[str, Plain]) -> str:
    """Return a node or an edge of GraphML with its data."""
    where = "".join(f' {key}="{escape(clean(value))}"' for key, value in place.items())
    lines = (
        f'      <data key="{key}">{escape(text, quote=False)}</data>\n' if text else f'      <data key="{key}" />\n'
        for key, text in ((key, str(plain(value))) for key, value in data.items())
    )
    return f"    <{name}{where}>\n{''.join(lines)}    </{name}>\n"


def plain(value: Any) -> Plain:
    r"""Return the value as something that GraphML can hold.

    >>> plain("a\x00b") == "a\N{REPLACEMENT CHARACTER}b"
    True
    >>> plain(None), plain(["x", 1]), plain(0.5)
    ('', 'x|1', 0.5)
    """
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return "|".join(str(plain(item)) for item in value)
    return "" if value is None else clean(str(value))


def _paper(paper: PaperNode) -> dict[str, Plain]:
    return {
        "label": paper.name,
        "type": ontology.load().terms.Paper,
        "source_id": paper.source_id,
        "date": paper.date,
        "url": paper.url,
        "authors": _joined(paper.authors),
    }


def _entity(node: Node) -> dict[str, Plain]:
    terms = ontology.load().terms
    return {
        "label": node.label,
        "type": node.type,
        "aliases": _joined(node.aliases),
        "support": len(node.papers),
        "papers": _joined(node.papers),
        "introduced_by": _joined(node.introduced_by),
        terms.confidence: node.confidence,
    }


def _edge(edge: Edge, graph: KnowledgeGraph) -> dict[str, Plain]:
    """Return the attributes of an edge, with the sentence of its surest assertion."""
    known = ontology.load()
    best = min(edge.assertions, key=lambda a: (-a.confidence, a.id))
    shown = best.evidence[0] if best.evidence else None
    return {
        "relation": edge.predicate,
        "label": known.relations[edge.predicate].label,
        "support": len(edge.papers),
        "papers": _joined(edge.papers),
        known.terms.confidence: edge.confidence,
        "sentence": graph.sentence(shown, paper=best.paper) if shown else "",
        "sentence_paper": best.paper,
        "extraction_rule": shown.rule if shown else "",
    }


def _joined(names: Iterable[str]) -> str:
    return "|".join(names)
