"""Who says so and where: the named graph of each paper, and of each run of the extractor."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from kg import iri, ontology
from kg.graph import Assertion, Evidence, KnowledgeGraph, PaperNode, ResultNode
from kg.views import vocabulary
from kg.views.claims import Claims
from kg.views.statements import literal, statement, term, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Sources:
    """Write what each paper says, with sentence, rule and run, a graph of statements each."""

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

    def all(self) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield all named graphs: their names, and the statements of each."""
        for paper in self.graph.papers.values():
            yield self.claims.node(paper.id), self.paper_graph(paper)
        for extractor, rules in fired(self.graph).items():
            yield self.run(extractor), self.run_graph(extractor, rules)

    def report(self, result: ResultNode) -> Assertion:
        """Return the assertion that a paper reports a result, which has a sentence as any other."""
        triple = (result.paper, self.known.terms.reportsResult, result.id)
        name = iri.statement_id("assertion", result.paper, *triple)
        return Assertion(name, result.paper, *triple, "asserted", result.confidence, (result.evidence,))

    def paper_graph(self, paper: PaperNode) -> Iterator[str]:
        """Yield all that one paper says: its texts, its triples, and an assertion for each."""
        self.described = set()
        yield from self.claims.paper(paper)
        for field, text in (("title", paper.title), ("abstract", paper.abstract)):
            context = self.context(paper, field)
            yield statement(context, word("rdf:type"), word("nif:Context"))
            if text:  # a graph that keeps texts to itself still says where its spans are
                yield statement(context, word("nif:isString"), literal(text))
        for result in self.reported[paper.id]:
            yield from self.claims.result(result)
        for assertion in self.said[paper.id]:
            if assertion.polarity == "asserted":
                for predicate in self.known.closure(assertion.predicate):
                    yield self.claims.claim(assertion.subject, predicate, assertion.object)
            yield from self.assertion(assertion, paper)

    def assertion(self, assertion: Assertion, paper: PaperNode) -> Iterator[str]:
        """Yield an assertion with its sentences; a negated or hedged one is said without being a triple."""
        terms, node = self.known.terms, self.claims.node(assertion.id)
        confidence = vocabulary.decimal(f"{assertion.confidence:.4f}")
        yield statement(node, word("rdf:type"), term(terms.Assertion))
        yield statement(node, word("rdf:subject"), self.claims.node(assertion.subject))
        yield statement(node, word("rdf:predicate"), term(assertion.predicate))
        yield statement(node, word("rdf:object"), self.claims.node(assertion.object))
        yield statement(node, term(terms.polarity), literal(assertion.polarity))
        yield statement(node, term(terms.confidence), literal(confidence, type="decimal"))
        yield statement(node, word("prov:wasDerivedFrom"), self.claims.node(paper.id))
        yield statement(node, word("prov:wasGeneratedBy"), self.run(paper.extractor))
        for evidence in assertion.evidence:
            yield statement(node, term(terms.rule), self.rule(evidence.rule))
            yield from self.spans(node, evidence, paper)
            for start, end in self.subject_spans(assertion, evidence):
                # The span itself is described where the paper's mention of the subject is.
                yield statement(node, term(terms.subjectSpan), self.span(paper, evidence.field, start, end))

    def spans(self, assertion: str, evidence: Evidence, paper: PaperNode) -> Iterator[str]:
        """Yield the sentence of an assertion and the places of its object in the sentence."""
        terms = self.known.terms
        sentence = self.span(paper, evidence.field, evidence.start, evidence.end)
        yield statement(assertion, term(terms.evidence), sentence)
        yield statement(sentence, word("rdf:type"), word("nif:Sentence"))
        for start, end in evidence.spans:
            yield statement(assertion, term(terms.objectSpan), self.span(paper, evidence.field, start, end))
        for start, end in ((evidence.start, evidence.end), *evidence.spans):
            # Many assertions share a sentence; a paper's graph describes it once.
            if (place := (evidence.field, start, end)) in self.described:
                continue
            self.described.add(place)
            node = self.span(paper, evidence.field, start, end)
            yield statement(node, word("rdf:type"), term(terms.Span))
            # Not xsd:nonNegativeInteger, as NIF has it: Oxigraph stores that as xsd:integer.
            yield statement(node, word("nif:beginIndex"), literal(str(start), type="integer"))
            yield statement(node, word("nif:endIndex"), literal(str(end), type="integer"))
            if text := paper.text(evidence.field)[start:end]:
                yield statement(node, word("nif:anchorOf"), literal(text))
            yield statement(node, word("nif:referenceContext"), self.context(paper, evidence.field))

    def subject_spans(self, assertion: Assertion, where: Evidence) -> Iterator[tuple[int, int]]:
        """Yield the places of an assertion's subject in one of its sentences; a paper has none."""
        mention = self.graph.mentions.get((assertion.paper, assertion.subject))
        for evidence in mention.evidence if mention else ():
            if (evidence.field, evidence.start, evidence.end) == (where.field, where.start, where.end):
                yield from evidence.spans

    def context(self, paper: PaperNode, field: str) -> str:
        """Return the IRI of a paper's title or abstract, the text that offsets count in."""
        return self.claims.node(f"{paper.id}#{field}")

    def span(self, paper: PaperNode, field: str, start: int, end: int) -> str:
        """Return the IRI of a stretch of a paper's text."""
        return self.claims.node(f"{paper.id}#{'title-' if field == 'title' else ''}char={start},{end}")

    def run(self, extractor: str) -> str:
        """Return the IRI of all work of one version of the extractor."""
        return self.claims.node(run(extractor))

    def agent(self, extractor: str) -> str:
        """Return the IRI of the software that ran: one for each of its versions, whatever its rules were."""
        return self.claims.node(f"run/agent-kg-{vocabulary.path(extractor.partition('+')[0])}")

    def rule(self, rule: str) -> str:
        """Return the IRI of a rule."""
        return self.claims.node(f"{self.known.terms.rule}/{vocabulary.path(rule)}")

    def run_graph(self, extractor: str, rules: Iterable[str]) -> Iterator[str]:
        """Yield what is known of a run: the extractor's version and the rules that fired in it."""
        node, agent, version = self.run(extractor), self.agent(extractor), extractor.partition("+")[0]
        yield statement(node, word("rdf:type"), word("prov:Activity"))
        yield statement(node, word("dct:hasVersion"), literal(extractor))
        yield statement(node, word("prov:wasAssociatedWith"), agent)
        yield statement(agent, word("rdf:type"), word("prov:SoftwareAgent"))
        yield statement(agent, word("dct:hasVersion"), literal(version))
        for rule in rules:
            yield statement(self.rule(rule), word("rdf:type"), term(self.known.terms.Rule))
            yield statement(self.rule(rule), word("dct:identifier"), literal(rule))


def run(extractor: str) -> str:
    """Return the node id of all work of one version of the extractor."""
    return f"run/{vocabulary.path(extractor)}"


def fired(graph: KnowledgeGraph) -> dict[str, set[str]]:
    """Return the rules that fired in each run, by extractor."""
    out: defaultdict[str, set[str]] = defaultdict(set)
    for assertion in graph.assertions:
        out[graph.papers[assertion.paper].extractor].update(evidence.rule for evidence in assertion.evidence)
    for result in graph.results:
        out[graph.papers[result.paper].extractor].add(result.evidence.rule)
    for paper in graph.papers.values():  # a paper that says nothing was read too
        out[paper.extractor].update(())
    return dict(out)
