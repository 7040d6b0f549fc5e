"""Who says so and where: the named graph of each paper, and of each run of the extractor."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import iri, ontology
from kg.graph import Assertion, Evidence, KnowledgeGraph, PaperNode, ResultNode
from kg.views import vocabulary
from kg.views.claims import Claims
from kg.views.vocabulary import literal, term, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Sources:
    """Write what each paper says, with sentence, rule and run, as quads."""

    def __init__(self, graph: KnowledgeGraph, base: str) -> None:
        self.graph, self.claims, self.known = graph, Claims(graph, base), ontology.load()
        self.said: defaultdict[str, list[Assertion]] = defaultdict(list)
        self.described: set[tuple[str, int, int]] = set()
        self.reported: defaultdict[str, list[ResultNode]] = defaultdict(list)
        for assertion in graph.assertions:
            self.said[assertion.paper].append(assertion)
        for result in graph.results:
            self.said[result.paper].append(self.report(result))
            self.reported[result.paper].append(result)

    def all(self) -> Iterator[ox.Quad]:
        """Yield all named graphs, each quad once."""
        for paper in self.graph.papers.values():
            name = self.claims.node(paper.id)
            yield from (_quad(triple, name) for triple in dict.fromkeys(self.paper_graph(paper)))
        for run, triples in self.runs().items():
            yield from (_quad(triple, run) for triple in dict.fromkeys(triples))

    def report(self, result: ResultNode) -> Assertion:
        """Return the assertion that a paper reports a result, which has a sentence as any other."""
        triple = (result.paper, self.known.terms.reportsResult, result.id)
        name = iri.statement_id("assertion", result.paper, *triple)
        return Assertion(name, result.paper, *triple, "asserted", result.confidence, (result.evidence,))

    def paper_graph(self, paper: PaperNode) -> Iterator[ox.Triple]:
        """Yield all that one paper says: its texts, its triples, and an assertion for each."""
        self.described = set()
        yield from self.claims.paper(paper)
        for field, text in (("title", paper.title), ("abstract", paper.abstract)):
            context = self.context(paper, field)
            yield ox.Triple(context, word("rdf:type"), word("nif:Context"))
            if text:  # a graph that keeps texts to itself still says where its spans are
                yield ox.Triple(context, word("nif:isString"), literal(text))
        for result in self.reported[paper.id]:
            yield from self.claims.result(result)
        for assertion in self.said[paper.id]:
            if assertion.polarity == "asserted":
                for predicate in self.known.closure(assertion.predicate):
                    yield self.claims.claim(assertion.subject, predicate, assertion.object)
            yield from self.assertion(assertion, paper)

    def assertion(self, assertion: Assertion, paper: PaperNode) -> Iterator[ox.Triple]:
        """Yield an assertion with its sentences; a negated or hedged one is said without being a triple."""
        terms, node = self.known.terms, self.claims.node(assertion.id)
        confidence = vocabulary.decimal(f"{assertion.confidence:.4f}")
        yield ox.Triple(node, word("rdf:type"), term(terms.Assertion))
        yield ox.Triple(node, word("rdf:subject"), self.claims.node(assertion.subject))
        yield ox.Triple(node, word("rdf:predicate"), term(assertion.predicate))
        yield ox.Triple(node, word("rdf:object"), self.claims.node(assertion.object))
        yield ox.Triple(node, term(terms.polarity), literal(assertion.polarity))
        yield ox.Triple(node, term(terms.confidence), literal(confidence, type="decimal"))
        yield ox.Triple(node, word("prov:wasDerivedFrom"), self.claims.node(paper.id))
        yield ox.Triple(node, word("prov:wasGeneratedBy"), self.run(paper.extractor))
        for evidence in assertion.evidence:
            yield ox.Triple(node, term(terms.rule), self.rule(evidence.rule))
            yield from self.spans(node, evidence, paper)
            for start, end in self.subject_spans(assertion, evidence):
                # The span itself is described where the paper's mention of the subject is.
                yield ox.Triple(node, term(terms.subjectSpan), self.span(paper, evidence.field, start, end))

    def spans(self, assertion: ox.NamedNode, evidence: Evidence, paper: PaperNode) -> Iterator[ox.Triple]:
        """Yield the sentence of an assertion and the places of its object in the sentence."""
        terms = self.known.terms
        sentence = self.span(paper, evidence.field, evidence.start, evidence.end)
        yield ox.Triple(assertion, term(terms.evidence), sentence)
        yield ox.Triple(sentence, word("rdf:type"), word("nif:Sentence"))
        for start, end in evidence.spans:
            yield ox.Triple(assertion, term(terms.objectSpan), self.span(paper, evidence.field, start, end))
        for start, end in ((evidence.start, evidence.end), *evidence.spans):
            # Many assertions share a sentence; a paper's graph describes it once.
            if (place := (evidence.field, start, end)) in self.described:
                continue
            self.described.add(place)
            node = self.span(paper, evidence.field, start, end)
            yield ox.Triple(node, word("rdf:type"), term(terms.Span))
            # Not xsd:nonNegativeInteger, as NIF has it: Oxigraph stores that as xsd:integer.
            yield ox.Triple(node, word("nif:beginIndex"), literal(str(start), type="integer"))
            yield ox.Triple(node, word("nif:endIndex"), literal(str(end), type="integer"))
            if text := paper.text(evidence.field)[start:end]:
                yield ox.Triple(node, word("nif:anchorOf"), literal(text))
            yield ox.Triple(node, word("nif:referenceContext"), self.context(paper, evidence.field))

    def subject_spans(self, assertion: Assertion, where: Evidence) -> Iterator[tuple[int, int]]:
        """Yield the places of an assertion's subject in one of its sentences; a paper has none."""
        mention = self.graph.mentions.get((assertion.paper, assertion.subject))
        for evidence in mention.evidence if mention else ():
            if (evidence.field, evidence.start, evidence.end) == (where.field, where.start, where.end):
                yield from evidence.spans

    def context(self, paper: PaperNode, field: str) -> ox.NamedNode:
        """Return the IRI of a paper's title or abstract, the text that offsets count in."""
        return self.claims.node(f"{paper.id}#{field}")

    def span(self, paper: PaperNode, field: str, start: int, end: int) -> ox.NamedNode:
        """Return the IRI of a stretch of a paper's text."""
        return self.claims.node(f"{paper.id}#{'title-' if field == 'title' else ''}char={start},{end}")

    def run(self, extractor: str) -> ox.NamedNode:
        """Return the IRI of all work of one version of the extractor."""
        return self.claims.node(f"run/{vocabulary.path(extractor)}")

    def agent(self, extractor: str) -> ox.NamedNode:
        """Return the IRI of the software that ran: one for each of its versions, whatever its rules were."""
        return self.claims.node(f"run/agent-kg-{vocabulary.path(extractor.partition('+')[0])}")

    def rule(self, rule: str) -> ox.NamedNode:
        """Return the IRI of a rule."""
        return self.claims.node(f"{self.known.terms.rule}/{vocabulary.path(rule)}")

    def runs(self) -> dict[ox.NamedNode, Iterable[ox.Triple]]:
        """Return what is known of each run: the extractor's version and the rules that fired in it."""
        out: defaultdict[ox.NamedNode, list[ox.Triple]] = defaultdict(list)
        for paper in self.graph.papers.values():
            run = self.run(paper.extractor)
            out[run].append(ox.Triple(run, word("rdf:type"), word("prov:Activity")))
            out[run].append(ox.Triple(run, word("dct:hasVersion"), literal(paper.extractor)))
            agent, version = self.agent(paper.extractor), paper.extractor.partition("+")[0]
            out[run].append(ox.Triple(run, word("prov:wasAssociatedWith"), agent))
            out[run].append(ox.Triple(agent, word("rdf:type"), word("prov:SoftwareAgent")))
            out[run].append(ox.Triple(agent, word("dct:hasVersion"), literal(version)))
            for rule in {evidence.rule for assertion in self.said[paper.id] for evidence in assertion.evidence}:
                out[run].append(ox.Triple(self.rule(rule), word("rdf:type"), term(self.known.terms.Rule)))
                out[run].append(ox.Triple(self.rule(rule), word("dct:identifier"), literal(rule)))
        return dict(out)


def _quad(triple: ox.Triple, graph: ox.NamedNode) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)
