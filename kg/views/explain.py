"""Explain a graph: for what it says of a thing, every supporting sentence with paper, rule and confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg import linking, ontology
from kg.errors import QueryError, hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kg.graph import Assertion, Evidence, KnowledgeGraph, ResultNode


@dataclass(frozen=True, slots=True, order=True)
class Explanation:
    """One sentence that supports one statement.

    `subject`, `object` and `paper` are names to show, and `marked` are the places in `sentence` (start, end) of
    what the statement is about. A reported number is a statement too: its predicate is `reportsResult`, its object
    says metric, value and target.
    """

    subject: str
    predicate: str
    object: str
    polarity: str
    paper: str
    date: str
    url: str
    sentence: str
    marked: tuple[tuple[int, int], ...]
    rule: str
    confidence: float

    def text(self, *, left: str = "[", right: str = "]") -> str:
        """Return the sentence on one line, with brackets around the marked places.

        >>> Explanation("A", "uses", "B", "asserted", "P", "", "", "A uses B.", ((7, 8),), "r", 1.0).text()
        'A uses [B].'
        """
        out, at = [], 0
        for start, end in self.marked:
            if start >= at:
                out += [self.sentence[at:start], left, self.sentence[start:end], right]
                at = end
        return " ".join("".join([*out, self.sentence[at:]]).split())


def explain(graph: KnowledgeGraph, subject: str, predicate: str = "", object: str = "") -> tuple[Explanation, ...]:
    """Return every sentence behind what a graph says of a thing, sorted by statement and paper.

    `subject` and `object` are names, aliases or node ids of entities, in any case; `subject` may be the id or
    title of a paper too. Without `object` the statements in which the subject is the object are given as well.
    Mere mentions are left out, unless `predicate` asks for them. QueryError says where a name is unknown.
    """
    known = ontology.load()
    if predicate:
        known.check_relation(predicate)
    subjects, objects = find(graph, subject), find(graph, object) if object else frozenset[str]()

    def asked(s: str, p: str, o: str) -> bool:
        if predicate and predicate not in known.closure(p):
            return False
        if objects:
            return s in subjects and o in objects
        return (s in subjects or o in subjects) and (bool(predicate) or p != known.terms.mentions)

    out = [e for a in graph.assertions if asked(a.subject, a.predicate, a.object) for e in _of_assertion(graph, a)]
    if not predicate or predicate == known.terms.reportsResult:
        out += [e for r in graph.results for e in _of_result(graph, r, subjects, objects)]
    return tuple(sorted(set(out)))


def find(graph: KnowledgeGraph, name: str) -> frozenset[str]:
    """Return the ids of nodes and papers of a name."""
    wanted, folded = linking.form_of(name), name.casefold().strip()
    found = {
        node.id
        for node in graph.nodes.values()
        if node.id == folded or wanted in map(linking.form_of, (node.label, *node.aliases))
    }
    found |= {
        paper.id
        for paper in graph.papers.values()
        if folded in (paper.id, paper.name.casefold(), *(source.id.casefold() for source in paper.sources))
    }
    if not found:
        names = [*(node.label for node in graph.nodes.values()), *(paper.source_id for paper in graph.papers.values())]
        raise QueryError(f"the graph knows nothing called {name!r}.{hint(name, names)}")
    return frozenset(found)


def _of_assertion(graph: KnowledgeGraph, a: Assertion) -> Iterator[Explanation]:
    subject = None if a.subject == a.paper else a.subject
    for evidence in a.evidence:
        spans = {*evidence.spans, *_mentions(graph, a.paper, subject, evidence)}
        yield _explanation(graph, a, evidence, (a.subject, a.predicate, _name(graph, a.object)), spans)


def _of_result(
    graph: KnowledgeGraph, r: ResultNode, subjects: frozenset[str], objects: frozenset[str]
) -> Iterator[Explanation]:
    ends = {r.subject, r.target, r.metric, r.paper}
    if not subjects & ends or (objects and not objects & ends):
        return
    value = f"{r.value}{'' if r.unit in ('%', 'x') else ' ' if r.unit else ''}{r.unit}"
    parts = [_name(graph, r.metric) if r.metric else "", value, f"on {_name(graph, r.target)}" if r.target else ""]
    parts += [f"over {_name(graph, r.baseline)}" if r.baseline else ""]
    said = " ".join(part for part in (*parts, "(difference)" if r.kind == "delta" else "") if part)
    sentence = graph.sentence(r.evidence, paper=r.paper)
    spans = {s for end in (r.subject, r.target, r.metric) for s in _mentions(graph, r.paper, end, r.evidence)}
    if (at := sentence.find(r.value)) >= 0:
        spans.add((r.evidence.start + at, r.evidence.start + at + len(r.value)))
    triple = (r.subject or r.paper, ontology.load().terms.reportsResult, said)
    yield _explanation(graph, r, r.evidence, triple, spans)


def _explanation(
    graph: KnowledgeGraph,
    said: Assertion | ResultNode,
    evidence: Evidence,
    triple: tuple[str, str, str],
    spans: Iterable[tuple[int, int]],
) -> Explanation:
    source = graph.papers[said.paper]
    return Explanation(
        subject=_name(graph, triple[0]),
        predicate=triple[1],
        object=triple[2],
        polarity=getattr(said, "polarity", "asserted"),
        paper=source.name,
        date=source.date,
        url=source.url,
        sentence=graph.sentence(evidence, paper=said.paper),
        marked=tuple(sorted((s - evidence.start, e - evidence.start) for s, e in spans)),
        rule=evidence.rule,
        confidence=said.confidence,
    )


def _name(graph: KnowledgeGraph, node: str) -> str:
    return graph.papers[node].name if node in graph.papers else graph.nodes[node].label


def _mentions(graph: KnowledgeGraph, paper: str, node: str | None, where: Evidence) -> Iterator[tuple[int, int]]:
    """Yield the places of an entity in a sentence."""
    if node and (said := graph.mentions.get((paper, node))):
        for evidence in said.evidence:
            if (evidence.field, evidence.start, evidence.end) == (where.field, where.start, where.end):
                yield from evidence.spans
