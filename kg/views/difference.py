"""What came, went or changed between two graphs: papers, entities, claims and results, in an order of their own."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg import ontology

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kg.graph import Edge, Evidence, KnowledgeGraph, PaperNode, ResultNode
    from kg.model import Node

KINDS = ("papers", "entities", "claims", "results")
HOWS = ("came", "went", "changed")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that a terminal may obey, or that turn the direction of what follows."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that came, went or changed; `fields` are what changed of it: name, before, after.

    `sentence` is what a paper says for it, in the newer graph if it stands there.
    """

    kind: str
    how: str
    id: str
    name: str
    fields: tuple[tuple[str, str, str], ...] = ()
    sentence: str = ""
    paper: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the change as plain values for JSON."""
        fields = {name: {"before": before, "after": after} for name, before, after in self.fields}
        said = {"sentence": self.sentence, "paper": self.paper} if self.sentence else {}
        return {"id": self.id, "name": self.name, **({"fields": fields} if fields else {}), **said}


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes from one graph to another, by kind, by what happened, and by name."""

    changes: tuple[Change, ...]

    def of(self, kind: str, how: str) -> tuple[Change, ...]:
        """Return the changes of one kind and sort."""
        return tuple(change for change in self.changes if (change.kind, change.how) == (kind, how))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many changes there are of each kind and sort."""
        found = Counter((change.kind, change.how) for change in self.changes)
        return {kind: {how: found[kind, how] for how in HOWS} for kind in KINDS}

    def as_dict(self) -> dict[str, Any]:
        """Return counts and changes as plain values for JSON."""
        changes = {kind: {how: [c.as_dict() for c in self.of(kind, how)] for how in HOWS} for kind in KINDS}
        return {"counts": self.counts(), **changes}


def diff(old: KnowledgeGraph, new: KnowledgeGraph) -> Difference:
    """Return what came, went and changed from one graph to another.

    Mere mentions are left out of the claims: they come and go with papers and entities.

    >>> from kg.graph import fold
    >>> from kg.model import Entity, Record
    >>> paper = Record("a", "T", "", "0", "0", entities=(Entity("BERT", "Model"),))
    >>> [(change.how, change.name) for change in diff(fold([]), fold([paper])).changes]
    [('came', 'T'), ('came', 'BERT (Model)')]
    """
    mentions = ontology.load().terms.mentions
    sides = (old, new)
    parts: tuple[tuple[str, list[Mapping[str, Any]], Callable[[KnowledgeGraph, Any], _Shown]], ...] = (
        ("papers", [side.papers for side in sides], _paper),
        ("entities", [side.nodes for side in sides], _entity),
        (
            "claims",
            [{_key(edge): edge for edge in side.edges if edge.predicate != mentions} for side in sides],
            _claim,
        ),
        ("results", [{result.id: result for result in side.results} for side in sides], _result),
    )
    found = [
        change for kind, (before, after), show in parts for change in _changes(kind, (old, before), (new, after), show)
    ]
    order = {kind: number for number, kind in enumerate(KINDS)}
    return Difference(tuple(sorted(found, key=lambda c: (order[c.kind], HOWS.index(c.how), c.name.casefold(), c.id))))


@dataclass(frozen=True, slots=True)
class _Shown:
    """A thing as a difference shows it: its name, what may change of it, and a sentence with its paper."""

    name: str
    fields: dict[str, str]
    sentence: str = ""
    paper: str = ""


def _changes(
    kind: str,
    old: tuple[KnowledgeGraph, Mapping[str, Any]],
    new: tuple[KnowledgeGraph, Mapping[str, Any]],
    show: Callable[[KnowledgeGraph, Any], _Shown],
) -> Iterator[Change]:
    (before, old_ones), (after, new_ones) = old, new
    for name in old_ones.keys() | new_ones.keys():
        side, things = (after, new_ones) if name in new_ones else (before, old_ones)
        here, how = show(side, things[name]), "came" if name in new_ones else "went"
        changed: tuple[tuple[str, str, str], ...] = ()
        if name in old_ones and name in new_ones:
            was, how = show(before, old_ones[name]).fields, "changed"
            changed = tuple((field, was[field], now) for field, now in here.fields.items() if was[field] != now)
        if changed or how != "changed":
            yield Change(kind, how, name, here.name, changed, here.sentence, here.paper)


def _key(edge: Edge) -> str:
    return f"{edge.subject} {edge.predicate} {edge.object}"


def _name(graph: KnowledgeGraph, node: str) -> str:
    return plain(graph.papers[node].name if node in graph.papers else graph.nodes[node].label)


def _paper(_: KnowledgeGraph, paper: PaperNode) -> _Shown:
    fields = {"title": paper.title, "abstract": paper.abstract, "date": paper.date, "url": paper.url}
    fields["authors"] = ", ".join(paper.authors)
    return _Shown(plain(paper.name), {name: plain(value) for name, value in fields.items()})


def _entity(graph: KnowledgeGraph, node: Node) -> _Shown:
    family = _name(graph, node.variant_of) if node.variant_of in graph.nodes else ""
    fields = {
        "label": plain(node.label),
        "also called": ", ".join(map(plain, node.aliases)),
        "papers": str(len(node.papers)),
        "variant of": family,
    }
    return _Shown(f"{plain(node.label)} ({node.type})", fields)


def _claim(graph: KnowledgeGraph, edge: Edge) -> _Shown:
    best = min(edge.assertions, key=lambda a: (-a.confidence, a.id))
    sentence = _sentence(graph, best.evidence[0], best.paper) if best.evidence else ""
    name = f"{_name(graph, edge.subject)} {edge.predicate} {_name(graph, edge.object)}"
    return _Shown(name, {"papers": str(len(edge.papers))}, sentence, _name(graph, best.paper))


def _result(graph: KnowledgeGraph, result: ResultNode) -> _Shown:
    subject, target, metric = (
        _name(graph, node) if node else "" for node in (result.subject, result.target, result.metric)
    )
    parts = (subject or _name(graph, result.paper), metric, plain(f"{result.value}{result.unit}"))
    on = f" on {target}" if target else ""
    gain = "" if result.kind == "absolute" else f" ({plain(result.kind)})"
    fields = {"confidence": f"{result.confidence:.2f}", "metric": metric, "target": target}
    name = ": ".join(filter(None, (parts[0], " ".join(filter(None, parts[1:]))))) + on + gain
    return _Shown(name, fields, _sentence(graph, result.evidence, result.paper), _name(graph, result.paper))


def _sentence(graph: KnowledgeGraph, evidence: Evidence, paper: str) -> str:
    return plain(graph.sentence(evidence, paper=paper))


def plain(text: str) -> str:
    r"""Return text on one line, without the characters that a terminal or a page may obey.

    >>> plain("a\x1b[31m\nb")
    'a [31m b'
    """
    return " ".join(_CONTROL.sub(" ", text).split())
