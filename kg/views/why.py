"""Why two names are one node, or two, in a sentence; and all names of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg import linking, ontology
from kg.graph import PaperNode
from kg.model import Node
from kg.views.explain import find

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.model import NameMerge

_REASONS = {
    "normal form": "is a spelling of it",
    "lexicon": "stands in the lexicon row {evidence}",
    "wrapping noun": "only adds a noun that says what it is",
    "short form": "is what {evidence} gives it as short or long form",
    "override": "is made the same by {evidence}",
    "abbreviated word": "is {evidence} with a word in its short form",
    "spelling": "is one slip of the pen away from it",
    "type of other papers": "has that type in {evidence}",
    "arXiv number": "has its arXiv number {evidence}",
    "DOI": "has its DOI {evidence}",
    "title": "has its title and a like abstract",
}


def why_same(graph: KnowledgeGraph, one: str, other: str) -> str:
    """Return why two names are one node, or that they are not. QueryError says where a name is unknown."""
    nodes, others = _nodes(graph, one), _nodes(graph, other)
    shared = sorted(set(nodes) & set(others))
    if not shared:
        return f"{one} and {other} are not the same. {why_apart(graph, one, other)}"
    lines = []
    for node in (nodes[n] for n in shared):
        if isinstance(node, PaperNode):
            kind, label = ontology.load().terms.Paper.lower(), node.name
            reasons = [_source_reason(node, name) for name in dict.fromkeys((one, other))]
        else:
            kind, label = node.type.lower(), node.label
            reasons = [_reason(graph, node, name) for name in dict.fromkeys((one, other))]
        lines.append(f"{one} and {other} are one {kind}, {label} ({node.id}): " + "; ".join(reasons))
    return "\n".join(f"{line}." for line in lines)


def why_apart(graph: KnowledgeGraph, one: str, other: str) -> str:
    """Return why two names are two nodes, or that they are one."""
    nodes, others = _nodes(graph, one), _nodes(graph, other)
    if set(nodes) & set(others):
        return f"{one} and {other} are not apart. {why_same(graph, one, other)}"
    lines = [_ruled(graph, a, b) or _apart(a, b) for a in nodes.values() for b in others.values()]
    return "\n".join(f"{line}." for line in lines)


def aliases(graph: KnowledgeGraph, name: str) -> tuple[NameMerge, ...]:
    """Return the names of what is called so, with reasons; the label itself comes first."""
    out = []
    for node in _nodes(graph, name).values():
        if isinstance(node, PaperNode):
            type_, papers = ontology.load().terms.Paper, (node.id,)
            out += [linking.NameMerge(node.id, s.id, type_, s.reason or "id", s.evidence, papers) for s in node.sources]
            continue
        out.append(linking.NameMerge(node.id, node.label, node.type, "label", "", node.papers))
        known = [merge for merge in graph.merges if merge.node == node.id]
        said = {merge.name for merge in known} | {node.label}
        out += known
        out += [
            linking.NameMerge(node.id, alias, node.type, "given in a paper", "", ())
            for alias in node.aliases
            if alias not in said
        ]
    return tuple(out)


def _nodes(graph: KnowledgeGraph, name: str) -> dict[str, Node | PaperNode]:
    return {found: graph.nodes.get(found) or graph.papers[found] for found in sorted(find(graph, name))}


def _source_reason(paper: PaperNode, name: str) -> str:
    for source in paper.sources:
        if source.id.casefold() == name.casefold().strip() and source.reason:
            return f"{name} {_REASONS[source.reason].format(evidence=source.evidence)}"
    return f"{name} is its id" if name != paper.name else f"{name} is its title"


def _reason(graph: KnowledgeGraph, node: Node, name: str) -> str:
    form = linking.form_of(name)
    for merge in graph.merges:
        if merge.node == node.id and linking.form_of(merge.name) == form:
            typed = f" as a {merge.type.lower()}" if merge.type != node.type else ""
            return f"{merge.name}{typed} {_REASONS[merge.reason].format(evidence=merge.evidence)}"
    if form == linking.form_of(node.label):
        return f"{name} is its name"
    return f"{name} is another name of it in a paper"


def _ruled(graph: KnowledgeGraph, a: Node | PaperNode, b: Node | PaperNode) -> str:
    """Return the override that parts two nodes, or ""."""
    for row in graph.overrides.of("never-same"):
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Node) and isinstance(other, Node) and row.parts(one, other):
                return f"{one.label} and {other.label} are parted by {row.where}"
    return ""


def _apart(a: Node | PaperNode, b: Node | PaperNode) -> str:
    if isinstance(a, PaperNode) and isinstance(b, PaperNode):
        for what, one, other in (("arXiv numbers", a.arxiv, b.arxiv), ("DOIs", a.doi, b.doi)):
            if one and other and one != other:
                return f"{a.name} and {b.name} have different {what}, {one} and {other}"
        return f"{a.name} and {b.name} share no number, and no title with like abstracts"
    if isinstance(a, PaperNode):
        return f"{a.name} is a paper and {b.id} is none"
    return f"{b.name} is a paper and {a.id} is none" if isinstance(b, PaperNode) else _difference(a, b)


def _difference(a: Node, b: Node) -> str:
    if a.variant_of == b.id or b.variant_of == a.id:
        small, family = (a, b) if a.variant_of == b.id else (b, a)
        return f"{small.label} is a size or version of {family.label}, a node of its own"
    if a.type != b.type:
        return f"{a.label} is a {a.type.lower()} and {b.label} a {b.type.lower()}"
    marks = [linking.marks(node.label) for node in (a, b)]
    if marks[0] != marks[1]:
        shown = ", ".join(" ".join(found) or "none" for found in marks)
        return f"{a.label} and {b.label} differ in numbers or signs ({shown}), which are never mere spelling"
    if linking.form_of(a.label) == linking.form_of(b.label):
        return f"{a.id} and {b.id} share a name that papers give two meanings"
    return (
        f"nothing says that {a.label} and {b.label} are one: no spelling, no lexicon row, no paper that gives one "
        "as short form of the other"
    )
