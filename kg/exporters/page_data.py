"""What the page knows: the graph as rows of plain values in which papers, entities and rules are numbers.

pyvis makes the drawing's nodes, edges and options. Its own `add_node` and `add_edge` search all nodes each
time, so its `Node` and `Edge` are made here one by one and handed over.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pyvis.edge import Edge
from pyvis.network import Network
from pyvis.node import Node

from kg import ontology, rules
from kg.model import FIELDS
from kg.views.layout import PAPER, most_papers, positions, radius

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kg.graph import Assertion, Evidence, KnowledgeGraph, PaperNode

SOLID = 0.7
"""The confidence at which a page opens. Confidence is calibrated (README says how closely), so the least sure of
what is then shown is right seven times in ten, and all of it together nearly nine times in ten."""
POLARITIES = ("asserted", "negated", "hedged")
_OPTIONS = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {"hover": True, "selectConnectedEdges": False, "hoverConnectedEdges": False},
    "nodes": {"borderWidth": 1, "chosen": False, "shadow": False},
    "edges": {"smooth": False, "chosen": False, "shadow": False, "arrows": {"to": {"scaleFactor": 0.45}}},
}


class PageData:
    """The graph in numbers; papers are the first nodes, so that the number of a paper is that of its node."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph
        self.known = ontology.load()
        self.number = {node: i for i, node in enumerate((*graph.papers, *graph.nodes))}
        self.types = {name: i for i, name in enumerate((*self.known.entity_types, self.known.terms.Paper))}
        self.relations = {name: i for i, name in enumerate(self.known.relations)}
        evidence = [e for a in graph.assertions for e in a.evidence] + [r.evidence for r in graph.results]
        self.rules = {rule: i for i, rule in enumerate(sorted({e.rule for e in evidence}))}
        self.named: defaultdict[str, list[Assertion]] = defaultdict(list)
        for assertion in graph.assertions:
            if assertion.predicate == self.known.terms.mentions:
                self.named[assertion.paper].append(assertion)
        self.units = {(p.id, f): _utf16_offsets(p.text(f)) for p in graph.papers.values() for f in FIELDS}

    def rows(self) -> dict[str, Any]:
        """Return everything that the page shows."""
        nodes, edges, *_, options = self.network().get_network_data()
        return {
            "solid": SOLID,
            "types": [
                {"name": t.name, "label": t.label, "about": t.definition, "colour": t.colour, "shape": t.shape}
                for t in map(self.known.types.__getitem__, self.types)
            ],
            "paperType": self.types[self.known.terms.Paper],
            "relations": [
                {"name": r.name, "label": r.label, "about": r.definition, "symmetric": r.symmetric}
                for r in self.known.relations.values()
            ],
            "roles": self.roles(),
            "polarities": POLARITIES,
            "rules": [safe_text(rule) for rule in self.rules],
            "papers": [self.paper(paper) for paper in self.graph.papers.values()],
            "results": self.results(),
            "nodes": columns(nodes),
            "edges": columns(edges),
            "options": json.loads(options),
        }

    def roles(self) -> dict[str, list[int]]:
        """Return the relations and types that cards and tables speak of, each with those that imply it."""
        terms, known = self.known.terms, self.known
        relations = {
            "presents": terms.introduces,
            "variant": terms.variantOf,
            "trained": terms.trainedOn,
            "evaluated": terms.evaluatedOn,
        }
        boards = [i for name, i in self.types.items() if known.in_range(name, terms.onDataset)]
        return {
            "mentions": [self.relations[terms.mentions]],
            **{
                k: [self.relations[r] for r in known.relations if name in known.closure(r)]
                for k, name in relations.items()
            },
            "boards": boards,
        }

    def network(self) -> Network:
        """Return the pyvis network: one line for each two nodes that claims join."""
        network = Network(directed=True, cdn_resources="in_line")
        network.set_options(json.dumps(_OPTIONS))
        places, most = positions(self.graph), most_papers(self.graph)

        def add(key: str, label: str, type_: str, **more: Any) -> None:
            look, (x, y) = self.known.types[type_], places[key]
            about = {"x": x, "y": y, "key": key, "kind": self.types[type_], "color": look.colour, **more}
            network.nodes.append(Node(self.number[key], look.shape, safe_text(label) or key, **about).options)

        for paper in self.graph.papers.values():
            add(paper.id, paper.name, self.known.terms.Paper, size=PAPER)
        for node in self.graph.nodes.values():
            more = {"better": node.better, "parameters": node.parameters, "confidence": round(node.confidence, 3)}
            more["aliases"] = [safe_text(alias) for alias in node.aliases]
            more["links"] = [[rules.schemes()[scheme].label, page] for scheme, page in rules.pages(node.ids)]
            add(node.id, node.label, node.type, size=radius(len(node.papers), most=most), **more)
        network.edges += [
            Edge(a, b, directed=True, claims=said).options for (a, b), said in sorted(self.claims().items())
        ]
        return network

    def claims(self) -> dict[tuple[int, int], list[list[Any]]]:
        """Return for each two nodes the claims that papers make: relation, subject, object, polarity, evidence.

        A sentence stands under the most special relation that it states, not also under those this implies; but a
        mention stays one, for mentions are what support is counted by.
        """
        merged: defaultdict[tuple[str, str, str, int], dict[tuple[int, ...], float]] = defaultdict(dict)
        for a in self.graph.assertions:
            rows = merged[a.predicate, a.subject, a.object, POLARITIES.index(a.polarity)]
            rows.update(((*self.place(a.paper, e),), a.confidence) for e in a.evidence)
        for relation, subject, object_, polarity in list(merged):
            for implied in self.known.closure(relation)[1:]:
                if implied == self.known.terms.mentions:
                    continue
                if general := merged.get((implied, subject, object_, polarity)):
                    told = {place[:4] for place in merged[relation, subject, object_, polarity]}
                    for place in [place for place in general if place[:4] in told]:
                        del general[place]
        lines: defaultdict[tuple[int, int], list[list[Any]]] = defaultdict(list)
        for (relation, subject, object_, polarity), found in merged.items():
            s, o = self.number[subject], self.number[object_]
            rows_ = sorted(([*place, sure] for place, sure in found.items()), key=lambda r: (-r[-1], r))
            if rows_:
                lines[min(s, o), max(s, o)].append([self.relations[relation], s, o, polarity, rows_])
        return {pair: sorted(claims) for pair, claims in lines.items()}

    def place(self, paper: str, evidence: Evidence) -> list[int]:
        """Return paper, field, start, end and rule of a piece of evidence, as numbers."""
        units = self.units[paper, evidence.field]
        start, end = (units[min(offset, len(units) - 1)] for offset in (evidence.start, evidence.end))
        return [self.number[paper], FIELDS.index(evidence.field), start, end, self.rules[evidence.rule]]

    def paper(self, paper: PaperNode) -> dict[str, Any]:
        """Return a paper with the places of all names in it."""
        return {
            "source": safe_text(paper.source_id),
            "title": safe_text(paper.title),
            "abstract": safe_text(paper.abstract),
            "date": safe_text(paper.date),
            "url": safe_text(paper.url),
            "authors": [safe_text(author) for author in paper.authors],
            "spans": sorted(self.spans(paper)),
        }

    def spans(self, paper: PaperNode) -> Iterator[list[int]]:
        """Yield field, start, end and node of each name in a paper."""
        for assertion in self.named[paper.id]:
            for evidence in assertion.evidence:
                units = self.units[paper.id, evidence.field]
                field, node = FIELDS.index(evidence.field), self.number[assertion.object]
                yield from ([field, units[start], units[end], node] for start, end in evidence.spans)

    def results(self) -> list[list[Any]]:
        """Return the reported numbers: subject, target, metric (or -1), number, unit, kind, place and confidence."""
        number = {**self.number, "": -1}
        return [
            [
                *(number[node] for node in (r.subject, r.target, r.metric)),
                *(safe_text(said) for said in (r.value, r.unit, r.kind)),
                *(*self.place(r.paper, r.evidence), r.confidence),
            ]
            for r in self.graph.results
        ]


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return rows as columns, which say each name once; texts that repeat stand once and are numbered.

    >>> columns([{"id": 0, "shape": "dot"}, {"id": 1, "shape": "dot"}])
    {'id': [0, 1], 'shape': {'values': ['dot'], 'at': [0, 0]}}
    """
    out: dict[str, Any] = {}
    for name in sorted({name for row in rows for name in row}):
        values = [row.get(name) for row in rows]
        texts = sorted({value for value in values if isinstance(value, str)})
        if texts and len(texts) * 4 < len(rows) + 4 and all(isinstance(value, str) for value in values):
            at = {text: i for i, text in enumerate(texts)}
            out[name] = {"values": texts, "at": [at[str(value)] for value in values]}
        else:
            out[name] = values
    return out


def safe_text(text: str) -> str:
    """Return the text without lone surrogates, which no UTF-8 file can hold; offsets stay."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def _utf16_offsets(text: str) -> tuple[int, ...] | range:
    """Return for each code point where it begins in UTF-16, in which JavaScript counts, and at last the length.

    >>> list(_utf16_offsets("a\N{GRINNING FACE}b"))
    [0, 1, 3, 4]
    """
    if not text or max(text) <= "\uffff":
        return range(len(text) + 1)
    return tuple(accumulate((2 if c > "\uffff" else 1 for c in text), initial=0))
