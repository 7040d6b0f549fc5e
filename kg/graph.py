"""The knowledge graph: an order-independent fold of records into plain values.

The fold keeps every assertion with its paper and sentence, so that a merged edge can always say why it
is there. Views (RDF, NetworkX) and writers are reached by name and loaded on first use, which keeps
this module free of their libraries.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kg import iri, linking, ontology
from kg.linking.nodes import VARIANT, Names
from kg.model import PAPER, Claim, Entity, Field, NameMerge, Node, PaperSource, Polarity, Record, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import networkx
    import rdflib

    from kg.exporters.frame import Frame
    from kg.views.explain import Explanation
    from kg.views.leaderboard import Place
    from kg.views.sparql import Answer


@dataclass(frozen=True, slots=True)
class PaperNode:
    """A paper as the graph holds it; `id` is its node id, `source_id` the id in the record that stands for it.

    `sources` are all records of the paper. `arxiv` and `doi` are its numbers there, or "".
    """

    id: str
    source_id: str
    title: str
    abstract: str
    date: str
    url: str
    authors: tuple[str, ...]
    extractor: str
    sentences: tuple[tuple[Field, int, int], ...]
    sources: tuple[PaperSource, ...] = ()
    arxiv: str = ""
    doi: str = ""

    @property
    def name(self) -> str:
        """Return what the paper is called: its title, or its id where the source gives no title."""
        return self.title or self.source_id

    def text(self, field: Field) -> str:
        """Return the text that offsets of `field` count in."""
        return self.title if field == "title" else self.abstract


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """A sentence (field, start, end), the rule that read it, and the spans of the object in it."""

    field: Field
    start: int
    end: int
    rule: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Assertion:
    """What one paper says: subject, predicate and object (node ids and an ontology term), with evidence."""

    id: str
    paper: str
    subject: str
    predicate: str
    object: str
    polarity: Polarity
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ResultNode:
    """A reported number; subject, target, metric and baseline are node ids, or "" where the sentence names none."""

    id: str
    paper: str
    subject: str
    target: str
    metric: str
    value: str
    unit: str
    kind: str
    confidence: float
    evidence: Evidence
    baseline: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A merged claim: all assertions of one triple, or of a more special one that implies it."""

    subject: str
    predicate: str
    object: str
    assertions: tuple[Assertion, ...]

    @property
    def papers(self) -> tuple[str, ...]:
        """Return the papers that support the edge."""
        return tuple(sorted({a.paper for a in self.assertions}))

    @property
    def confidence(self) -> float:
        """Return the confidence of the best supported assertion."""
        return max(a.confidence for a in self.assertions)


@dataclass(frozen=True)
class KnowledgeGraph:
    """Papers, entities, assertions and results, each sorted by id.

    The same records in any order give an equal graph.
    """

    papers: Mapping[str, PaperNode]
    nodes: Mapping[str, Node]
    assertions: tuple[Assertion, ...]
    results: tuple[ResultNode, ...]
    records: tuple[Record, ...]
    merges: tuple[NameMerge, ...] = ()
    overrides: linking.Overrides = linking.NONE
    unused_overrides: tuple[str, ...] = ()

    def entities(self, type: str = "") -> tuple[Node, ...]:
        """Return the entities, all or those of one type (subclasses too), the most mentioned first."""
        known = ontology.load()
        if type:
            known.check_type(type)
        chosen = (n for n in self.nodes.values() if not type or known.is_a(n.type, type))
        return tuple(sorted(chosen, key=lambda n: (-len(n.papers), n.id)))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Return the merged triples, those implied by sub-properties included; negated and hedged claims are none."""
        known = ontology.load()
        support: defaultdict[tuple[str, str, str], list[Assertion]] = defaultdict(list)
        asserted = [a for a in self.assertions if a.polarity == "asserted"]
        stated = {(a.paper, a.subject, a.predicate, a.object) for a in asserted}
        for a in asserted:
            support[a.subject, a.predicate, a.object].append(a)
            for implied in known.closure(a.predicate)[1:]:
                # A paper that states the implied triple itself supports it once, by its own assertion.
                if (a.paper, a.subject, implied, a.object) not in stated:
                    support[a.subject, implied, a.object].append(a)
        return tuple(Edge(*triple, tuple(found)) for triple, found in sorted(support.items()))

    @cached_property
    def mentions(self) -> Mapping[tuple[str, str], Assertion]:
        """Return which assertion says that a paper mentions an entity, by the ids of the two."""
        term = ontology.load().terms.mentions
        return {(a.paper, a.object): a for a in self.assertions if a.predicate == term}

    def sentence(self, evidence: Evidence, *, paper: str) -> str:
        """Return the sentence that a piece of evidence points to."""
        return self.papers[paper].text(evidence.field)[evidence.start : evidence.end]

    def query(self, sparql: str) -> Answer:
        """Answer a SPARQL query over the whole graph, natively by Oxigraph."""
        answer: Answer = _lazy("kg.views.sparql:query")(self, sparql)
        return answer

    def explain(self, subject: str, predicate: str = "", object: str = "") -> tuple[Explanation, ...]:
        """Return every sentence behind what the graph says of a thing, or of two (`kg.views.explain`)."""
        found: tuple[Explanation, ...] = _lazy("kg.views.explain:explain")(self, subject, predicate, object)
        return found

    def leaderboard(self, dataset: str = "", *, metric: str = "", task: str = "") -> tuple[Place, ...]:
        """Return the values that abstracts claim on a dataset or for a task, best first (`kg.views.leaderboard`)."""
        found: tuple[Place, ...] = _lazy("kg.views.leaderboard:of_graph")(self, dataset, metric=metric, task=task)
        return found

    def subgraph(self, around: str = "", *, depth: int = 1, answer: Answer | None = None) -> KnowledgeGraph:
        """Return a part as a graph of its own: what is within `depth` relations of a thing, or what an answer names.

        The answer is one of `query`: of triples (CONSTRUCT) only their relations are kept (`kg.views.subgraph`).
        """
        if answer is None:
            part: KnowledgeGraph = _lazy("kg.views.subgraph:around")(self, around, depth=depth)
            return part
        drawn: KnowledgeGraph = _lazy("kg.views.subgraph:of_answer")(self, answer)
        return drawn.subgraph(around, depth=depth) if around else drawn

    def to_html(self, path: str | Path, *, title: str = "Knowledge graph", around: str = "", depth: int = 1) -> Path:
        """Write the graph as one interactive page that works offline; it opens on `around`, where that is given."""
        start = _lazy("kg.views.subgraph:opening")(self, around, depth=depth)
        written: Path = _lazy("kg.exporters.html:write")(self, Path(path), title=title, start=start)
        return written

    def show(self, *, around: str = "", depth: int = 1, height: int = 640) -> Frame:
        """Return the page as a frame that a notebook shows; it opens on `around`, where that is given."""
        start = _lazy("kg.views.subgraph:opening")(self, around, depth=depth)
        frame: Frame = _lazy("kg.exporters.frame:Frame")(_lazy("kg.exporters.html:page")(self, start=start), height)
        return frame

    def to_networkx(self) -> networkx.MultiDiGraph:
        """Return the merged graph as a NetworkX multigraph keyed by predicate."""
        graph: networkx.MultiDiGraph = _lazy("kg.views.network:to_networkx")(self)
        return graph

    def to_rdflib(self) -> rdflib.Dataset:
        """Return everything as an rdflib Dataset: merged claims in the default graph, a named graph a paper."""
        dataset: rdflib.Dataset = _lazy("kg.views.rdf:to_rdflib")(self)
        return dataset

    def export(self, path: str | Path, *, format: str = "", profile: str = "", text: bool = True) -> Path:
        """Write the graph in one format, by default that of the path's ending (`kg.exporters.export`).

        A profile says it in the words of another vocabulary; without `text`, no abstract or sentence is written.
        """
        written: Path = _lazy("kg.exporters.export:export")(self, Path(path), format=format, profile=profile, text=text)
        return written

    def write(self, folder: str | Path) -> Path:
        """Write store, RDF files, GraphML and page into `folder`, which must be new, empty or ours."""
        path: Path = _lazy("kg.exporters:write_all")(self, Path(folder))
        return path


def _lazy(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def fold(records: Iterable[Record], overrides: linking.Overrides = linking.NONE) -> KnowledgeGraph:
    """Merge records into a graph; order plays no part. Overrides are what a user rules about names.

    >>> from kg.model import Entity
    >>> paper = Record("a", "T", "", "0", "0", entities=(Entity("BERT", "Model"),))
    >>> [node.id for node in fold([paper]).entities()]
    ['model/bert']
    """
    ordered = tuple(sorted(records, key=lambda r: (r.id, r.text_sha256)))
    recorded = linking.papers(ordered)
    names = Names(recorded, overrides)
    papers, assertions, results = {}, [], []
    for each in recorded:
        paper = PaperFold(each, names)
        papers[paper.node.id] = paper.node
        assertions += paper.assertions()
        results += paper.results
    return KnowledgeGraph(
        papers=dict(sorted(papers.items())),
        nodes=names.nodes(),
        assertions=tuple(sorted(assertions, key=lambda a: a.id)),
        results=tuple(sorted({r.id: r for r in results}.values(), key=lambda r: r.id)),
        records=ordered,
        merges=tuple(sorted((*names.merges(), *(merge for each in recorded for merge in paper_merges(each))))),
        overrides=overrides,
        unused_overrides=names.unused(),
    )


class NodeNames(Protocol):
    """What a paper's fold asks of linking."""

    def id(self, paper: str, name: str) -> str:
        """Return the node of an entity of a paper."""

    def type(self, node: str) -> str:
        """Return the type of a node."""

    def variant(self, family: str, surface: str) -> str:
        """Return the node of a size or version that a mention of a family names, or ""."""

    def family(self, node: str) -> str:
        """Return the node that a node is a variant of, or ""."""


class PaperFold:
    """What one paper adds to the graph: what the record says that stands for it."""

    def __init__(self, paper: linking.RecordedPaper, names: NodeNames) -> None:
        self.record = record = paper.record
        self.known = ontology.load()
        self.node = PaperNode(
            id=paper.id,
            source_id=record.id,
            title=record.title,
            abstract=record.abstract,
            date=record.date or min(filter(None, (source.date for source in paper.sources)), default=""),
            url=record.url or min(filter(None, (source.url for source in paper.sources)), default=""),
            authors=record.authors,
            extractor=record.extractor,
            sentences=record.sentences,
            sources=paper.sources,
            arxiv=paper.arxiv,
            doi=paper.doi,
        )
        self.names = names
        self.ids = {entity.name: names.id(self.node.id, entity.name) for entity in record.entities}
        self.types = {node: names.type(node) for node in self.ids.values()}
        self.new = [entity for entity in record.entities if entity.introduced]
        self._found: dict[tuple[str, str, str, Polarity], tuple[float, set[Evidence]]] = {}
        self.results: list[ResultNode] = []

    def assertions(self) -> list[Assertion]:
        """Return the paper's assertions: its mentions, its claims, and what its results imply."""
        terms = self.known.terms
        shown = {claim.object for claim in self.record.relations if claim.predicate == terms.introduces}
        for entity in self.record.entities:
            # A record of another extractor may only flag what is introduced; then every mention is the evidence.
            flagged = entity.introduced and entity.name not in shown
            for node, evidence in self._mentioned(entity):
                for predicate in (terms.mentions, terms.introduces)[: 1 + (flagged and node == self.ids[entity.name])]:
                    self._add((self.node.id, predicate, node), entity.confidence, evidence, polarity="asserted")
                if family := self.names.family(node):
                    said = replace(evidence, rule=VARIANT)
                    self._add((node, terms.variantOf, family), entity.confidence, said, polarity="asserted")
        for claim in self.record.relations:
            self._claim(claim)
        for result in self.record.results:
            self._result(result)
        return [
            Assertion(
                id=iri.statement_id(
                    "assertion", self.node.id, subject, predicate, object_, *_unless_asserted(polarity)
                ),
                paper=self.node.id,
                subject=subject,
                predicate=predicate,
                object=object_,
                polarity=polarity,
                confidence=round(confidence, 4),
                evidence=tuple(sorted(evidence)),
            )
            for (subject, predicate, object_, polarity), (confidence, evidence) in self._found.items()
        ]

    def _add(self, triple: tuple[str, str, str], confidence: float, evidence: Evidence, *, polarity: Polarity) -> None:
        best, found = self._found.get((*triple, polarity), (0.0, set()))
        self._found[*triple, polarity] = (max(best, confidence), found | {evidence})

    def _mentioned(self, entity: Entity) -> list[tuple[str, Evidence]]:
        """Return the nodes that an entity's mentions name, itself or its sizes, with a piece of evidence a sentence."""
        found: defaultdict[tuple[str, tuple[Field, int, int, str]], list[tuple[int, int]]] = defaultdict(list)
        for mention in entity.mentions:
            start, end = self.record.sentence_at(mention.field, mention.start)
            node = self.names.variant(self.ids[entity.name], mention.text) or self.ids[entity.name]
            found[node, (mention.field, start, end, mention.rule)].append((mention.start, mention.end))
        return [(node, Evidence(*where, tuple(sorted(spans)))) for (node, where), spans in sorted(found.items())]

    def subject(self, name: str, admitted: Iterable[str], object_id: str) -> str:
        """Return the node that makes the claim: the named one, or for PAPER what the paper introduces.

        Where the paper introduces no thing of an admitted type, or several of which none stands
        alone in the title, the paper itself is the subject.
        """
        if name != PAPER:
            return self.ids[name]
        fitting = [
            e for e in self.new if self.ids[e.name] != object_id and any(self.known.is_a(e.type, t) for t in admitted)
        ]
        titled = [e for e in fitting if any(m.field == "title" for m in e.mentions)]
        for chosen in (fitting, titled):
            if len(chosen) == 1:
                return self.ids[chosen[0].name]
        return self.node.id

    def _claim(self, claim: Claim) -> None:
        object_id = self.ids[claim.object]
        relation = self.known.relations[claim.predicate]
        evidence = self._evidence(claim, claim.object)
        paper_type = self.known.terms.Paper
        if claim.subject == PAPER and paper_type in relation.domain:
            subject, predicate = self.node.id, claim.predicate
        else:
            subject = self.subject(claim.subject, relation.domain, object_id)
            predicate = claim.predicate if subject != self.node.id else relation.paper_level
        # Records of other extractors may claim what the ontology does not admit; the record keeps it.
        if not predicate or subject == object_id or not self.known.in_range(self.types[object_id], predicate):
            return
        if subject == self.node.id or self.known.in_domain(self.types[subject], predicate):
            self._add((subject, predicate, object_id), claim.confidence, evidence, polarity=claim.polarity)

    def _evidence(self, said: Claim | Result, name: str) -> Evidence:
        """Return the sentence of a claim or result, with the places of an entity in it."""
        spans = (
            (m.start, m.end)
            for e in self.record.entities
            if e.name == name
            for m in e.mentions
            if m.field == said.field and said.start <= m.start < said.end
        )
        return Evidence(said.field, said.start, said.end, said.rule, tuple(sorted(spans)))

    def _baseline(self, result: Result) -> str:
        node = self.ids.get(result.baseline, "")
        admitted = node and self.known.in_range(self.types[node], self.known.terms.baseline)
        return node if admitted else ""

    def _result(self, result: Result) -> None:
        terms = self.known.terms
        target = self.ids.get(result.target, "")
        admitted = self.known.relations[terms.evaluatesModel].range
        subject = self.subject(result.subject, admitted, target)
        if subject != self.node.id and not any(self.known.is_a(self.types[subject], t) for t in admitted):
            subject = self.node.id
        node = ResultNode(
            id=iri.statement_id(
                "result", self.node.id, subject, target, result.metric, result.value, result.unit, result.kind
            ),
            paper=self.node.id,
            subject=subject if subject != self.node.id else "",
            target=target,
            metric=self.ids.get(result.metric, ""),
            value=result.value,
            unit=result.unit,
            kind=result.kind,
            confidence=round(result.confidence, 4),
            evidence=Evidence(result.field, result.start, result.end, result.rule),
            baseline=self._baseline(result),
        )
        self.results.append(node)
        # A target that an earlier sentence names is the result's, but this sentence is no evidence of more.
        evidence = self._evidence(result, result.target)
        if (
            node.subject
            and evidence.spans
            and self.known.allows(self.types[node.subject], terms.evaluatedOn, self.types[target])
        ):
            triple = (node.subject, terms.evaluatedOn, target)
            self._add(triple, result.confidence, evidence, polarity="asserted")


def paper_merges(paper: linking.RecordedPaper) -> Iterator[NameMerge]:
    """Yield why each further record of a paper is of it, as for names of an entity."""
    type_ = ontology.load().terms.Paper
    for source in paper.sources:
        if source.reason and source.id != paper.record.id:
            yield NameMerge(paper.id, source.id, type_, source.reason, source.evidence, (paper.id,))


def _unless_asserted(polarity: Polarity) -> tuple[str, ...]:
    return () if polarity == "asserted" else (polarity,)
