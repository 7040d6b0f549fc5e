"""One interactive HTML file that makes no network request: graph, evidence, search and drawing library.

pyvis builds the nodes and edges and carries the vis-network library. Its own page template is not used:
even its inline mode loads scripts from the network, and it pastes titles into the page as markup.
Here all text travels as JSON and becomes DOM text, and the page's policy admits only its own two scripts.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import defaultdict
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import pyvis
from pyvis.network import Network

from kg import ontology
from kg.errors import StoreError
from kg.model import FIELDS
from kg.views.layout import positions, radius

if TYPE_CHECKING:
    from kg.graph import Assertion, Evidence, KnowledgeGraph, PaperNode

POLARITIES = ("asserted", "negated", "hedged")
_PAPER_SIZE = 5.0
_OPTIONS = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {"hover": True, "dragNodes": False, "selectConnectedEdges": False, "hoverConnectedEdges": False},
    "nodes": {"borderWidth": 1, "chosen": False, "shadow": False},
    "edges": {"smooth": False, "chosen": False, "shadow": False, "arrows": {"to": {"scaleFactor": 0.4}}},
}


def write(graph: KnowledgeGraph, path: Path, *, title: str = "Knowledge graph") -> Path:
    """Write the graph as one self-contained page, the same bytes for equal graphs, and return `path`."""
    style, script, library = _asset("viewer.css"), _asset("viewer.js"), _library()
    sources = " ".join(map(_hash, (library, script)))
    page = Template(_asset("template.html")).substitute(
        policy=(
            f"default-src 'none'; script-src {sources}; style-src {_hash(style)}; img-src data:; "
            "connect-src 'none'; base-uri 'none'; form-action 'none'"
        ),
        title=html.escape(_text(title)),
        style=style,
        data=_json({"title": _text(title), **_Page(graph).data()}),
        library=library,
        script=script,
    )
    path.write_bytes(page.encode())
    return path


class _Page:
    """The graph as rows of plain values in which papers, entities and rules are numbers."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph
        self.known = ontology.load()
        self.papers = tuple(graph.papers.values())
        # Papers are the first nodes, so that the number of a paper is the number of its node.
        self.number = {node: i for i, node in enumerate((*graph.papers, *graph.nodes))}
        self.types = {name: i for i, name in enumerate((*self.known.entity_types, self.known.terms.Paper))}
        self.relations = {name: i for i, name in enumerate(self.known.relations)}
        evidence = [e for a in graph.assertions for e in a.evidence] + [r.evidence for r in graph.results]
        self.rules = {rule: i for i, rule in enumerate(sorted({e.rule for e in evidence}))}
        self.named: defaultdict[str, list[Assertion]] = defaultdict(list)
        for assertion in graph.assertions:
            if assertion.predicate == self.known.terms.mentions:
                self.named[assertion.paper].append(assertion)
        self.units = {(p.id, f): _utf16_offsets(p.text(f)) for p in self.papers for f in FIELDS}

    def data(self) -> dict[str, Any]:
        """Return everything that the page shows."""
        network = self.network()
        nodes, edges, *_, options = network.get_network_data()
        return {
            "types": [
                {"name": t.name, "label": t.label, "about": t.definition, "colour": t.colour, "shape": t.shape}
                for t in map(self.known.types.__getitem__, self.types)
            ],
            "paperType": self.types[self.known.terms.Paper],
            "relations": [
                {"name": r.name, "label": r.label, "about": r.definition, "symmetric": r.symmetric}
                for r in self.known.relations.values()
            ],
            "quiet": self.relations[self.known.terms.mentions],
            "polarities": POLARITIES,
            "rules": [_text(rule) for rule in self.rules],
            "papers": [self.paper(paper) for paper in self.papers],
            "results": self.results(),
            "nodes": nodes,
            "edges": edges,
            "options": json.loads(options),
        }

    def network(self) -> Network:
        """Return the pyvis network: one line for each two nodes that claims join."""
        network = Network(directed=True, cdn_resources="in_line")
        network.set_options(json.dumps(_OPTIONS))
        places = positions(self.graph)
        paper_type = self.known.types[self.known.terms.Paper]
        for paper in self.papers:
            x, y = places[paper.id]
            network.add_node(
                self.number[paper.id], _text(paper.name) or paper.id, paper_type.shape, paper_type.colour,
                x=x, y=y, size=_PAPER_SIZE, key=paper.id, kind=self.types[paper_type.name],
            )  # fmt: skip
        for node in self.graph.nodes.values():
            x, y = places[node.id]
            look = self.known.types[node.type]
            network.add_node(
                self.number[node.id], _text(node.label) or node.id, look.shape, look.colour,
                x=x, y=y, size=radius(len(node.papers)), key=node.id, kind=self.types[node.type],
                aliases=[_text(alias) for alias in node.aliases],
                papers=[self.number[paper] for paper in node.papers],
                introduced=[self.number[paper] for paper in node.introduced_by],
            )  # fmt: skip
        for (a, b), claims in sorted(self.claims().items()):
            network.add_edge(a, b, claims=claims)
        return network

    def claims(self) -> dict[tuple[int, int], list[list[Any]]]:
        """Return for each two nodes the claims that papers make: relation, subject, object, polarity, evidence.

        A claim stands here once, under the relation that the text states, not also under those it implies.
        """
        merged: defaultdict[tuple[int, int, int, int], list[list[Any]]] = defaultdict(list)
        for a in self.graph.assertions:
            relation, polarity = self.relations[a.predicate], POLARITIES.index(a.polarity)
            rows = merged[relation, self.number[a.subject], self.number[a.object], polarity]
            rows += [[*self.place(a.paper, e), a.confidence] for e in a.evidence]
        lines: defaultdict[tuple[int, int], list[list[Any]]] = defaultdict(list)
        for (relation, subject, object_, polarity), rows in sorted(merged.items()):
            line = (min(subject, object_), max(subject, object_))
            lines[line].append([relation, subject, object_, polarity, sorted(rows, key=lambda r: (-r[-1], r))])
        return lines

    def place(self, paper: str, evidence: Evidence) -> list[int]:
        """Return paper, field, start, end and rule of a piece of evidence, as numbers."""
        units = self.units[paper, evidence.field]
        start, end = (units[min(offset, len(units) - 1)] for offset in (evidence.start, evidence.end))
        return [self.number[paper], FIELDS.index(evidence.field), start, end, self.rules[evidence.rule]]

    def paper(self, paper: PaperNode) -> dict[str, Any]:
        """Return a paper with the places of all names in it."""
        return {
            "source": _text(paper.source_id),
            "title": _text(paper.title),
            "abstract": _text(paper.abstract),
            "date": _text(paper.date),
            "url": _text(paper.url),
            "authors": [_text(author) for author in paper.authors],
            "spans": sorted(self.spans(paper)),
        }

    def spans(self, paper: PaperNode) -> list[list[int]]:
        """Return field, start, end and node of each name in a paper."""
        out = []
        for assertion in self.named[paper.id]:
            for evidence in assertion.evidence:
                units = self.units[paper.id, evidence.field]
                field, node = FIELDS.index(evidence.field), self.number[assertion.object]
                out += [[field, units[start], units[end], node] for start, end in evidence.spans]
        return out

    def results(self) -> list[list[Any]]:
        """Return the reported numbers: subject, target, metric (or -1), number, unit, kind, place and confidence."""
        number = {**self.number, "": -1}
        return [
            [
                *(number[node] for node in (r.subject, r.target, r.metric)),
                *(_text(said) for said in (r.value, r.unit, r.kind)),
                *(*self.place(r.paper, r.evidence), r.confidence),
            ]
            for r in self.graph.results
        ]


def _utf16_offsets(text: str) -> tuple[int, ...] | range:
    """Return for each code point where it begins in UTF-16, in which JavaScript counts, and at last the length.

    >>> list(_utf16_offsets("a\N{GRINNING FACE}b"))
    [0, 1, 3, 4]
    """
    if not text or max(text) <= "\uffff":
        return range(len(text) + 1)
    return tuple(accumulate((2 if c > "\uffff" else 1 for c in text), initial=0))


def _text(text: str) -> str:
    """Return the text without lone surrogates, which no UTF-8 file can hold; offsets stay."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def _json(value: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _asset(name: str) -> str:
    return (Path(str(files("kg"))) / "data" / "viewer" / name).read_text(encoding="utf-8")


def _library() -> str:
    """Return the newest vis-network that pyvis carries, without the source map that a browser would ask for."""
    found = sorted((Path(pyvis.__file__).parent / "lib").glob("vis-*/vis-network.min.js"), key=_version)
    if not found:
        raise StoreError(f"{pyvis.__file__}: this pyvis carries no vis-network. Install pyvis 0.3.2.")
    code = re.sub(r"//# sourceMappingURL=\S*", "", found[-1].read_text(encoding="utf-8"))
    return code.replace("</script", "<\\/script")


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.parent.name)]


def _hash(content: str) -> str:
    """Return what the page's policy calls an inline script or style by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
